// One promise in words: what it is, how it goes now, what is left of its year and what that will come to; and of each
// stretch from when it is, and which days are missing. Nothing here touches the page.

import { about, clock, look, maybe, measure, number, text } from "../words.js";
import { date, howMany, isOfDays, judged, metOf, STRETCHES } from "./rows.js";
import * as values from "./values.js";

const say = (path, of) => text(`resultatkort.${path}`, of);
const HOUR_MS = 3_600_000;

// Pairs of a heading and a sentence.
export function facts(promise, names, nowMs) {
  const sample = sampleOf(promise, names);
  return [
    [say("what"), meaning(promise, sample)],
    [say("now"), now(promise, nowMs)],
    [text("scorecard.columns.used"), budget(promise)],
    [say("rest"), rest(promise)],
    [say("pace"), pace(promise)],
    [text("scorecard.columns.becomes"), forecast(promise)],
    [say("for_all"), forAll(promise)],
    [say("least"), say("least_of", { n: number(promise.least_sample), sample })],
  ].filter(([, sentence]) => sentence);
}

function sampleOf(promise, names) {
  const { of } = names[promise.id] ?? {};
  return of ? (maybe(`resultatkort.samples.${of}`) ?? text(`scorecard.samples.${of}`)) : "";
}

function meaning(promise, sample) {
  if (isOfDays(promise)) return text(`scorecard.meanings.${promise.measure}`);
  return say("made_of", { measure: capital(measure(promise)), sample, n: number(howMany(promise)) });
}

function now(promise, nowMs) {
  if (promise.now === null) return isOfDays(promise) ? say("by_days") : say("now_unknown");
  const { verdict, value, since_ms: since } = promise.now, { shape, word } = look(verdict);
  const told = ["closed", "stale"].includes(verdict) ? "" : `, ${values.value(promise, value)}`;
  return `${shape} ${word}${since === null ? "" : ` ${text("since", { time: clock(since, nowMs) })}`}${told}.`;
}

// What is left of it is waiting time, or so many; of letters in working days.
function amount(promise, left) {
  const of = Math.abs(left), kind = values.unit(promise);
  const whole = (n) => number(left < 0 ? Math.ceil(n - 1e-9) : Math.floor(n + 1e-9));
  if (kind === "days") return whole(of / (24 * HOUR_MS));
  if (kind !== "waits") return whole(of);
  return of < HOUR_MS ? about(of) : say("hours", { n: whole(of / HOUR_MS) });
}

function budget(promise) {
  const of = promise.budget;
  if (!of) return say(promise.measure.startsWith("survey_") ? "no_budget_asked" : promise.limit.about === undefined ? "no_budget" : "no_budget_about");
  const kind = values.unit(promise), left = amount(promise, of.left), word = say(`left.${kind === "waits" || kind === "days" ? kind : "shares"}`);
  const used = of.used === null ? text("unknown") : values.percent(of.used, 0, true);
  return say(of.left < 0 ? "overdrawn" : "in_hand", { used, left, word });
}

function rest(promise) {
  const of = values.rest(promise);
  if (!promise.budget || !of.isKnown) return "";
  return of.isLost ? say("rest_lost") : of.isKept ? say("rest_kept") : say("rest_must", { rest: of.said });
}

function pace(promise) {
  if (promise.burn === null) return "";
  const { week, day, two_hours: hours, too_fast: isFast } = promise.burn;
  const times = (of) => (of === null ? text("unknown") : of.toFixed(2).replace(".", ","));
  return `${say(isFast === null ? "pace_unknown" : isFast ? "pace_fast" : "pace_well")} ${say("pace_of", { week: times(week), day: times(day), hours: times(hours) })}`;
}

function forecast(promise) {
  const of = promise.forecast;
  if (!of) return promise.budget ? say("forecast_early") : "";
  const told = { low: values.value(promise, of.low), high: values.value(promise, of.high), likely: values.value(promise, of.likely), weeks: number(of.weeks) };
  return say("forecast_of", { ...told, chance: values.chance(of) });
}

// Of a survey: between what all would say.
function forAll({ year }) {
  if (year === null || year.low === null || year.high === null) return "";
  const response = year.response === null ? text("unknown") : values.percent(year.response, 1, false);
  return say("for_all_of", { low: values.percent(year.low, 1, false), high: values.percent(year.high, 1, true), response });
}

// Each stretch: from when, what it came to, of how many, and what is missing of it. `today` is a local date.
export function stretches(promise, today) {
  const isAsked = promise.measure.startsWith("survey_");
  return STRETCHES.map((name) => {
    const of = promise[name], met = metOf(of), isTold = of !== null && of.value !== null;
    return {
      name: text(`scorecard.stretches.${name}`),
      from: of === null ? text("unknown") : date(of.since),
      value: values.value(promise, of?.value),
      judged: of === null ? judged("unknown") : judged(isTold && met ? met : "too_few"),
      met: isTold ? met : null,
      of: number(of === null || (isAsked && of.value === null) ? null : of.of),
      missing: missing(of, name, today, isAsked),
    };
  });
}

function missing(of, name, today, isAsked) {
  if (of === null) return say(isAsked && name === "day" ? "not_over" : "not_known");
  const first = firstOf(name, today);
  if (of.value === null) return isAsked ? say("too_few_to_show") : say("nobody");
  return of.since > first ? say("days_missing", { from: date(first), to: date(dayBefore(of.since)) }) : "";
}

const iso = (at) => at.toISOString().slice(0, 10);

function dayBefore(of) {
  return iso(new Date(Date.parse(of) - 86_400_000));
}

// The first day of the stretch that a day is in.
export function firstOf(name, today) {
  const [year, month] = today.split("-").map(Number), at = new Date(Date.parse(today));
  if (name === "day") return today;
  if (name === "week") return iso(new Date(at.getTime() - ((at.getUTCDay() + 6) % 7) * 86_400_000));
  const first = { month, quarter: month - ((month - 1) % 3), year: 1 }[name];
  return `${year}-${String(first).padStart(2, "0")}-01`;
}

function capital(of) {
  return of[0].toUpperCase() + of.slice(1);
}
