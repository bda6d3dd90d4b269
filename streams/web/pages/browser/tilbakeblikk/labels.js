// What stretches, their places and what is chosen are called.

import { text } from "../words.js";
import { plus, week, weekday } from "./dates.js";
import { partsOf } from "./places.js";

const said = (name, values) => text(`tilbakeblikk.${name}`, values);

function parts(date) {
  const [year, m, d] = date.split("-").map(Number);
  return { year, m, d, day: text("weekdays")[weekday(date)], month: text("months")[m - 1] };
}

export function short(date) {
  return text("short_date", parts(date));
}

export function full(date) {
  return said("full", { date: text("date", parts(date)), year: parts(date).year });
}

const withYear = (date) => `${short(date)} ${parts(date).year}`;

function range({ first, last }) {
  const isSameYear = first.slice(0, 4) === last.slice(0, 4);
  return said("range", { from: isSameYear ? short(first) : withYear(first), to: withYear(last) });
}

// A stretch by its name: "man. 3. mars 2025", "Uke 10: man. 3.3. – søn. 9.3. 2025", "mars 2025", "2025"; one that is no
// month of the calendar by its dates.
export function stretchName(of, step) {
  const { year, month } = parts(of.first);
  if (step === "dag") return full(of.first);
  if (step === "uke") return said("week", { n: week(of.first), range: range(of) });
  if (step === "ar") return String(year);
  return isMonth(of) ? `${month} ${year}` : range(of);
}

// Likewise where there is little room, beside another: "man. 3.3.", "Uke 10", "mars"; with its year where that is another.
export function shortName(of, step, other) {
  const { year, month } = parts(of.first), isSameYear = !other || other.first.slice(0, 4) === of.first.slice(0, 4);
  const withItsYear = (name) => (isSameYear ? name : `${name} ${year}`);
  if (step === "dag") return withItsYear(short(of.first));
  if (step === "uke") return withItsYear(said("week_short", { n: week(of.first) }));
  if (step === "ar") return String(year);
  return isMonth(of) ? withItsYear(month) : said("range", { from: numbers(of.first), to: withItsYear(numbers(of.last)) });
}

const isMonth = (of) => of.first.endsWith("-01") && of.first.slice(0, 7) === of.last.slice(0, 7) && plus(of.last, 1).endsWith("-01");
const numbers = (date) => text("short_date", { ...parts(date), day: "" }).trim();

// What stands beside: "uka før", "samme ukedag året før", ...
export function besideName(step, which) {
  return said(`beside.${step}.${which}`);
}

// A place of a chart by step: as its table says it, and as there is room for below.
export function placeName(place, first, step) {
  const { day, time, isAgain } = partsOf(place), again = isAgain ? ` ${said("again")}` : "";
  if (step === "15m") return `${time}${again}`;
  if (step === "1h") return `${short(plus(first, day))} ${time}${again}`;
  return step === "1d" ? short(plus(first, day)) : text("months")[day];
}

export function tickName(place, first, step) {
  const { day, time } = partsOf(place);
  if (step === "1h") return time === "00:00" ? short(plus(first, day)) : time;
  return step === "15m" ? time : placeName(place, first, step);
}

// Dates in a row as one: "ons. 26.2. – søn. 2.3., tor. 6.3."; of months their names.
export function dates(all, isOfMonths) {
  const name = (date) => (isOfMonths ? parts(date).month : short(date)), before = (date) => (isOfMonths ? `${plus(date, -1).slice(0, 7)}-01` : plus(date, -1));
  const runs = [];
  for (const date of all) runs.at(-1)?.at(-1) === before(date) ? runs.at(-1).push(date) : runs.push([date]);
  return runs.map((run) => (run.length === 1 ? name(run[0]) : said("range", { from: name(run[0]), to: name(run.at(-1)) }))).join(", ");
}

// The queues that are chosen, in words.
export function chosenName(names, groups) {
  if (!names.length) return said("all");
  return groups.map(groupName).join(" + ");
}

function groupName(group) {
  return group.isWhole ? group.label : `${group.label}: ${group.queues.map((queue) => queue.label).join(", ")}`;
}
