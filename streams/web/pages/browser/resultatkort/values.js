// What is promised, and what it came to, as it is written: rounded so that what was missed by a hair never looks kept, as
// streams/past/promise_text.py does it. Nothing here touches the page.

import { limit as limitOf, number, text, wait } from "../words.js";

const HAIR = 1e-9; // 0.58 * 100 is 57.99999999999999 to a computer
const DAY_MS = 86_400_000; // of letters a working day is as long
const MOST_DECIMALS = 7;
const LESS_IS_BETTER = ["at_most_ms", "at_most_visits", "at_most", "less_than"];
const SIGNS = { less_than: "<", more_than: ">" };

const senseOf = (promise) => Object.keys(promise.limit).find((name) => name !== "give_or_take");

export const limitValue = (promise) => promise.limit[senseOf(promise)];
export const isLessBetter = (promise) => LESS_IS_BETTER.includes(senseOf(promise));

// In which unit its values are, which is the table that it stands in.
export function unit(promise) {
  if (senseOf(promise) === "at_most_visits") return "numbers";
  if (senseOf(promise) !== "at_most_ms") return "shares";
  return promise.measure === "letters_mean" ? "days" : "waits";
}

export function decimals(share) {
  for (let n = 0; n < MOST_DECIMALS; n += 1) {
    const scaled = share * 100 * 10 ** n;
    if (Math.abs(Math.round(scaled) - scaled) < HAIR * 10 ** n) return n;
  }
  return MOST_DECIMALS;
}

// "82,4 %", downwards or upwards.
export function percent(share, n, isUp) {
  const scaled = share * 100 * 10 ** n, whole = isUp ? Math.ceil(scaled - HAIR) : Math.floor(scaled + HAIR);
  return `${(whole / 10 ** n).toFixed(n).replace(".", ",").replace(/^-(?=0(,0*)?$)/, "")}\u00a0%`;
}

// Working days, to a tenth; a wish is rounded down, what was is rounded up.
export function days(ms, isDown = false) {
  const tenths = isDown ? Math.max(0, Math.floor((ms / DAY_MS) * 10 + HAIR)) : Math.ceil((ms / DAY_MS) * 10 - HAIR);
  return text("resultatkort.days", { n: (tenths / 10).toFixed(1).replace(".", ",") });
}

export function value(promise, of) {
  if (of === null || of === undefined) return text("unknown");
  const kind = unit(promise);
  if (kind === "numbers") return number(Math.ceil(of));
  if (kind === "waits") return wait(of);
  if (kind === "days") return days(of);
  const { about } = promise.limit;
  return percent(of, Math.max(1, decimals(limitValue(promise))), about === undefined ? isLessBetter(promise) : of > about);
}

export function limit(promise) {
  if (unit(promise) === "days") return `≤ ${days(limitValue(promise)).replace(",0", "")}`;
  const band = promise.limit.give_or_take;
  return band === undefined ? limitOf(promise) : `${limitOf(promise)} ± ${String(Math.round(band * 1e7) / 1e5).replace(".", ",")}\u00a0%`;
}

// What the rest of the year must come to; `isKept` and `isLost` where that does not depend on it any more.
export function rest(promise) {
  const { budget } = promise, kind = unit(promise), isMost = isLessBetter(promise);
  if (!budget || budget.rest === null) return { said: text("unknown"), isKnown: false };
  if (!budget.can_be_kept) return { said: text("resultatkort.too_late"), isLost: true, isKnown: true };
  if (kind === "shares" && (isMost ? budget.rest >= 1 : budget.rest <= 0)) return { said: text("resultatkort.anyhow"), isKept: true, isKnown: true };
  if (kind === "days") return { said: `≤ ${days(budget.rest, true)}`, isKnown: true };
  if (kind === "waits") return { said: `≤ ${wait(Math.floor(budget.rest / 1000) * 1000)}`, isKnown: true };
  return { said: `${SIGNS[senseOf(promise)] ?? (isMost ? "≤" : "≥")} ${percent(budget.rest, 1, !isMost)}`, isKnown: true };
}

// A chance in steps of 5 %: more would be said than is known, and nothing is certain.
export function chance(forecast) {
  const of = forecast?.chance ?? null;
  if (of === null) return text("unknown");
  const steps = Math.round(of * 20) * 5;
  return steps < 5 ? text("resultatkort.under", { share: "5\u00a0%" }) : steps > 95 ? text("resultatkort.over", { share: "95\u00a0%" }) : `${steps}\u00a0%`;
}

// Where eight of ten such years end; in words where it is too early to say.
export function becomes(promise) {
  const { forecast, budget } = promise;
  if (!forecast) return budget ? text("resultatkort.too_early") : text("unknown");
  return `${value(promise, forecast.low)}–${value(promise, forecast.high)}`;
}
