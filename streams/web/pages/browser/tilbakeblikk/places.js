// Where a row of history stands beside another's: by local time from the beginning of its stretch, so that a quarter to nine
// is beside a quarter to nine also where the clock was changed meanwhile. Nothing here touches the page.

import { local } from "../words.js";
import { daysBetween, plus } from "./dates.js";

export const LENGTHS_MS = { "15m": 900_000, "1h": 3_600_000, "1d": 86_400_000, "1mo": 30 * 86_400_000 };
const isOfHours = (step) => step === "15m" || step === "1h";

// A place is a number, in order of time: the hour that comes twice when summer time ends is after itself.
function placeOf(day, time, isAgain) {
  const [hour, minute] = time.split(":").map(Number);
  return ((day * 24 + hour) * 2 + (isAgain ? 1 : 0)) * 60 + minute;
}

// What a place is: which day of the stretch, at what time, and whether that is the second time.
export function partsOf(place) {
  const minute = place % 60, hours = Math.floor(place / 60), isAgain = hours % 2 === 1, hour = Math.floor(hours / 2) % 24;
  const two = (n) => String(n).padStart(2, "0");
  return { day: Math.floor(place / 2880), time: `${two(hour)}:${two(minute)}`, isAgain };
}

// All places of a stretch by what a row's start says, with when each is over: an instant (ms), or a date after it.
export function placesOf(answer, first) {
  if (!isOfHours(answer.step)) return ofDates(answer, first);
  const found = new Map(), seen = new Set(), length = LENGTHS_MS[answer.step];
  for (let at = Date.parse(answer.start); at < Date.parse(answer.end); at += length) {
    const of = local(at), said = `${of.date} ${of.time}`, isAgain = seen.has(said);
    seen.add(said);
    found.set(at, { place: placeOf(daysBetween(first, of.date), of.time, isAgain), overMs: at + length });
  }
  return found;
}

function ofDates({ start, end, step }, first) {
  const found = new Map();
  for (let date = start.slice(0, 10); date < end.slice(0, 10); ) {
    const next = step === "1d" ? plus(date, 1) : `${plus(date, 31).slice(0, 7)}-01`;
    const n = step === "1d" ? daysBetween(first, date) : Number(date.slice(5, 7)) - 1;
    found.set(date, { place: n * 2880, overDate: next });
    date = next;
  }
  return found;
}

// By place its rows, of all places that there are, and whether it is over.
export function laidOut(answer, first, rows, nowMs) {
  const made = new Map(), places = placesOf(answer, first), today = local(nowMs).date;
  for (const { place, overMs, overDate } of places.values()) {
    made.set(place, { rows: [], isOver: overMs === undefined ? overDate <= today : overMs <= nowMs });
  }
  for (const one of rows) {
    const at = places.get(isOfHours(answer.step) ? Date.parse(one.start) : one.start.slice(0, 10));
    if (at) made.get(at.place).rows.push(one);
  }
  return made;
}

// The places of both, in order. Of a day only the hours in which anybody came, was answered or gave up: else most of it
// were a night.
export function axisOf(laid, isDay) {
  const all = [...new Set(laid.flatMap((of) => [...of.keys()]))].sort((a, b) => a - b);
  const isBusy = (place) => laid.some((of) => (of.get(place)?.rows ?? []).some((one) => one.entered || one.answered || one.abandoned));
  const busy = isDay ? all.filter(isBusy) : [];
  if (!busy.length) return all;
  const hour = (place) => Math.floor(place / 120), [first, last] = [hour(busy[0]), hour(busy.at(-1))];
  return all.filter((place) => hour(place) >= first && hour(place) <= last);
}
