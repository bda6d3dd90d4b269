// What this board alone says, and how it writes shares and errors.

import { maybe, text, wait } from "../words.js";

export const NAME = "ko-i-dybden";

export function say(path, values) {
  return text(`${NAME}.${path}`, values);
}

// Why there is no newer answer; a reason that this page has no words for is told as it is.
export function whyOf(reason) {
  return maybe(`why.${reason}`) ?? maybe(`${NAME}.why.${reason}`) ?? say("why.refused", { reason });
}

export function percent(share) {
  return share === null || share === undefined ? text("unknown") : `${Math.round(share * 100)} %`;
}

// "−1:24": what was foretold was too low by so much.
export function signed(ms) {
  if (ms === null || ms === undefined) return text("unknown");
  const sign = ms < 0 ? "−" : ms > 0 ? "+" : "";
  return `${sign}${wait(Math.abs(ms))}`;
}
