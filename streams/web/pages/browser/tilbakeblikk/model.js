// What is seen, reckoned of the answers: the figures of a stretch and of the one beside it, in all and part by part, place
// by place, and what is to be said of them. Nothing here touches the page.

import { local } from "../words.js";
import { plus } from "./dates.js";
import { rowNames, rowsOf, together } from "./figures.js";
import { axisOf, laidOut } from "./places.js";

export const FINE = { dag: "15m", uke: "1h", maned: "1d", ar: "1mo" };

// How rows are told apart: no finer than what is chosen needs.
export function byOf(names) {
  return names.every((name) => name.split("/").length <= 2) ? "group" : "queue";
}

// Where a stretch is asked for; of one in hours its days, too, as those are kept for years and hours are not.
export function paths({ first, last }, step, by) {
  const path = (of) => `/api/v1/history?step=${of}&by=${by}&from=${first}&to=${last}`;
  return { fine: path(FINE[step]), days: step === "dag" || step === "uke" ? path("1d") : null };
}

// `answers` are { one: { fine, days }, other: { fine, days } or null }, of which each may be null; `groups` what is chosen.
export function model(at, answers, groups, nowMs) {
  const names = rowNames(groups, byOf(at.names)), today = local(nowMs).date;
  const { one, other } = answers, isRunning = at.of.first <= today && today <= at.of.last;
  const areGone = { one: areHoursGone(one, names, isRunning), other: other !== null && areHoursGone(other, names, false) };
  const isOfDays = at.step === "uke" && (areGone.one || areGone.other);
  const drawn = (side) => (isOfDays && side?.days ? side.days : (side?.fine ?? null));
  const lay = (side, of) => (drawn(side) ? laidOut(drawn(side), of.first, rowsOf(drawn(side), names), nowMs) : new Map());
  const laid = { one: lay(one, at.of), other: at.other ? lay(other, at.other) : new Map() };
  const last = isRunning && at.other ? cutAt(laid) : null;
  const rows = last === null ? { one: whole(one, names), other: whole(other, names) } : { one: upTo(laid.one, last), other: upTo(laid.other, last) };
  const isComparable = at.other !== null && (!isRunning || last !== null) && isWhole(one) && isWhole(other);
  return {
    rows, isRunning, isComparable, last, isAhead: at.of.first > today,
    total: { one: together(rows.one), other: together(rows.other) },
    step: drawn(one)?.step ?? drawn(other)?.step ?? FINE[at.step],
    axis: axisOf([laid.one, laid.other], at.step === "dag"),
    laid,
    missing: { one: missing(one, at.of, names, today), other: at.other ? missing(other, at.other, names, today) : [] },
    hoursGone: areGone,
    notWhole: [...new Set([one, other].flatMap((side) => [side?.fine, side?.days]).flatMap((answer) => answer?.not_whole ?? []))],
    areOtherwise: sinceOf(rows.one) !== undefined && sinceOf(rows.other) !== undefined && sinceOf(rows.one) !== sinceOf(rows.other),
  };
}

// Whole days are kept of it, and its hours, or some of them, are not. Of what goes on more may have come between the two.
function areHoursGone(side, names, isRunning) {
  if (!side?.fine || !side.days) return false;
  const came = (answer) => together(rowsOf(answer, names))?.entered ?? 0;
  return isRunning ? came(side.fine) === 0 && came(side.days) > 0 : came(side.fine) < came(side.days);
}

function isWhole(side) {
  return [side?.fine, side?.days].every((answer) => !answer?.not_whole.length);
}

// The rows of all of a stretch: by days where there are any, else by what it is drawn by.
function whole(side, names) {
  return rowsOf(side?.days ?? side?.fine, names);
}

// The last place that is over, where both can be reckoned up to it; else null.
function cutAt({ one, other }) {
  const over = [...one].filter(([, of]) => of.isOver).map(([place]) => place);
  const isThere = [...other.values()].some((of) => of.rows.length);
  return over.length && isThere ? Math.max(...over) : null;
}

function upTo(laid, last) {
  return [...laid].filter(([place]) => place <= last).flatMap(([, of]) => of.rows);
}

// The days that are over of which nothing is kept; of a year its months, by their first day.
function missing(side, { first, last }, names, today) {
  const answer = side?.days ?? side?.fine;
  if (!answer) return [];
  const isYear = answer.step === "1mo", there = new Set(rowsOf(answer, names).map((one) => one.start.slice(0, isYear ? 7 : 10)));
  const gone = [];
  for (let date = first; date <= last && date < today; date = isYear ? `${plus(date, 31).slice(0, 7)}-01` : plus(date, 1)) {
    if (!there.has(isYear ? date.slice(0, 7) : date) && (!isYear || date.slice(0, 7) < today.slice(0, 7))) gone.push(date);
  }
  return gone;
}

function sinceOf(rows) {
  return rows.at(-1)?.since;
}

// The figures of each place of the axis that is over; null where nothing is known.
export function placesOf(made) {
  const of = (laid, place) => (laid.get(place)?.isOver ? together(laid.get(place).rows) : null);
  return made.axis.map((place) => ({ place, one: of(made.laid.one, place), other: of(made.laid.other, place) }));
}

// What is chosen, part by part: whole groups, and queues of others.
export function partsOf(made, groups, by) {
  const all = groups.flatMap((group) => (group.isWhole ? [part(group, group, by)] : group.queues.map((queue) => part(queue, group, by))));
  const of = (rows, names) => together(rows.filter((one) => names.has(one.name)));
  return all.map((one) => ({ ...one, one: of(made.rows.one, one.names), other: of(made.rows.other, one.names) }));
}

function part(of, group, by) {
  const isGroup = of === group, names = !isGroup ? [of.name] : by === "group" ? [group.name] : group.queues.map((queue) => queue.name);
  return { label: isGroup ? group.label : `${group.label}, ${of.label}`, group: group.name, queue: isGroup ? null : of.name, names: new Set(names) };
}
