// What a row says of a promise: its name, its verdict, and each column. Nothing here touches the page.

import { maybe, measure, number, text } from "../words.js";
import * as values from "./values.js";

export const KINDS = ["waits", "shares", "days", "numbers"];
export const STRETCHES = ["day", "week", "month", "quarter", "year"];
const BADGES = { kept: "ok", missed: "breach", too_few: "insufficient", unknown: "insufficient" };
const MARKS = { kept: "✓", missed: "✗" };

// By kind the rows that there are, in the order of the scorecard.
export function tables(promises, names) {
  const made = KINDS.map((kind) => ({ kind, rows: promises.filter((one) => values.unit(one) === kind).map((one) => row(one, names)) }));
  return made.filter(({ rows }) => rows.length);
}

export function isOfDays(promise) {
  return maybe(`scorecard.of_days.${promise.measure}`) !== undefined;
}

// Of whom: as the configuration calls them; where that is not known, as they are called in addresses.
export function who(promise, names) {
  const told = names[promise.id];
  if (!told) return address(promise);
  if (told.group === null) return `${told.channel} ${text("scorecard.together")}`;
  return told.queue === null ? told.group : `${told.group}, ${told.queue}`;
}

export function address({ channel, audience, queue }) {
  return [channel, audience, queue].filter(Boolean).join("/");
}

export const what = (promise) => (isOfDays(promise) ? text(`scorecard.of_days.${promise.measure}`) : measure(promise));

// "24.2." of "2025-02-24".
export function date(of) {
  const [, m, d] = of.split("-").map(Number);
  return text("short_date", { day: "", d, m }).trim();
}

// A verdict of the scorecard: its shape and its word.
export function judged(of) {
  return { shape: text(`shapes.${of}`), word: text(`scorecard.judged.${of}`) };
}

export const metOf = (of) => (of === null || of.met === null ? null : of.met ? "kept" : "missed");

export function verdict(promise) {
  const { year } = promise, isLater = year !== null && !year.since.endsWith("-01-01");
  return { badge: BADGES[promise.verdict], ...judged(promise.verdict), note: isLater ? text("resultatkort.counted_from", { date: date(year.since) }) : "" };
}

function stretch(promise, name) {
  const of = promise[name], met = of?.value === null ? null : metOf(of);
  return { name, value: values.value(promise, of?.value), met, mark: MARKS[met] ?? "", said: text(`scorecard.judged.${met ?? (of ? "too_few" : "unknown")}`) };
}

// How many the year is made of: not of a survey that too few answered.
export function howMany(promise) {
  const { year } = promise, isAsked = promise.measure.startsWith("survey_");
  return year === null || (isAsked && year.value === null) ? null : year.of;
}

function used(promise) {
  const share = promise.budget?.used ?? null, isFast = promise.burn?.too_fast === true;
  return { share, said: share === null ? text("unknown") : values.percent(share, 0, true), isOver: share !== null && share > 1, note: isFast ? text("resultatkort.too_fast") : "" };
}

function row(promise, names) {
  const rest = values.rest(promise);
  return {
    id: promise.id,
    who: who(promise, names),
    what: what(promise),
    verdict: verdict(promise),
    limit: values.limit(promise),
    stretches: STRETCHES.map((name) => stretch(promise, name)),
    of: number(howMany(promise)),
    used: used(promise),
    rest: { said: rest.said, isLost: rest.isLost === true },
    becomes: values.becomes(promise),
    chance: values.chance(promise.forecast),
  };
}

// Those that an address asks for: a group has its queues' promises, and a queue is told what its group was promised.
export function chosen(promises, wanted) {
  if (!wanted.length) return promises;
  const isOf = (name) => wanted.some((one) => one === name || name.startsWith(`${one}/`) || (name.includes("/") && one.startsWith(`${name}/`)));
  return promises.filter((one) => isOf(address(one)));
}
