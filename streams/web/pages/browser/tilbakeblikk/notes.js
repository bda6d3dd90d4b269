// What is to be said of the figures: what is not known of them, and why. Nothing here touches the page.

import { figuresOf } from "../frame.js";
import { text } from "../words.js";
import { dates, short, shortName } from "./labels.js";
import { LENGTHS_MS, partsOf } from "./places.js";
import { plus } from "./dates.js";

const said = (name, values) => text(`tilbakeblikk.${name}`, values);
const WHYS = ["too-much", "too-many-histories", "too-often", "no-right-to-history", "nothing-counted", "other-definitions", "damaged", "bad-query", "broken"];
const SPECIAL_DAYS = { 92: "short_day", 100: "long_day" }; // of quarters, where summer time begins and ends

// A reason in words; one that nobody foresaw by its name.
export function whyOf(why) {
  return WHYS.includes(why) ? said(`why.${why}`) : text(`why.${why}`);
}

// Of a side: why there is no newer answer, and how old what is shown is; empty where there is.
export function trouble(states, called, nowMs) {
  const bad = states.find((one) => one.why !== null && one.why !== "loading");
  if (!bad) return "";
  return said(bad.said === null ? "none_of" : "old_of", { of: called, why: whyOf(bad.why), age: figuresOf(bad.at, nowMs) });
}

// Up to when both are reckoned, where the stretch is not over: "til 10:15", "til og med man. 3.3.".
export function until(made, first) {
  if (made.last === null) return "";
  const { day, time } = partsOf(made.last), length = LENGTHS_MS[made.step];
  if (made.step === "1mo") return said("through", { date: text("months")[day] });
  if (made.step === "1d") return said("through", { date: short(plus(first, day)) });
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3)) + length / 60_000, two = (n) => String(n).padStart(2, "0");
  const end = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return said("until", { time: made.step === "1h" ? `${short(plus(first, day))} ${end}` : end });
}

// In order, what is most to be known first.
export function notes(made, at, unknown) {
  const names = { one: shortName(at.of, at.step, at.other), other: at.other && shortName(at.other, at.step, at.of) };
  return [
    ...(unknown.length ? [said("no_such", { names: unknown.join(", ") })] : []),
    ...(made.isAhead ? [said("ahead")] : []),
    ...(made.notWhole.length ? [said("not_whole", { names: made.notWhole.join(", ") })] : []),
    ...running(made, at),
    ...["one", "other"].flatMap((side) => ofSide(made, side, names[side], at.step)),
    ...(made.areOtherwise ? [said("otherwise")] : []),
  ];
}

function running(made, at) {
  if (!made.isRunning) return [];
  if (made.total.other === null) return [said("running_alone")];
  return [made.last === null ? said("running_beside_none") : said("running", { until: until(made, at.of.first) })];
}

function ofSide(made, side, of, step) {
  if (!of) return [];
  const gone = made.missing[side], places = made.laid[side].size, special = step === "dag" && made.step === "15m" ? SPECIAL_DAYS[places] : undefined;
  return [
    ...(gone.length ? [said("missing", { of, dates: dates(gone, step === "ar") })] : []),
    ...(made.hoursGone[side] ? [said(`hours_gone.${step}`, { of })] : []),
    ...(special ? [said(special, { of })] : []),
  ];
}
