// What the address asks for, and how it comes to ask for something else: the page is not read anew, and back works.

import * as chosen from "../chosen.js";
import { asked, by } from "../frame.js";
import { BESIDE, beside, isDate, STEPS, stretch } from "./dates.js";

// What is looked at, where it is `today`: a date that is none is today, as is no date, on a wall that is left alone.
export function read(today) {
  const step = STEPS.includes(asked.get("steg")) ? asked.get("steg") : "dag";
  const which = BESIDE.includes(asked.get("ved")) ? asked.get("ved") : "uke";
  const date = isDate(asked.get("dag")) ? asked.get("dag") : today, of = stretch(date, step);
  return { date, step, beside: which, names: chosen.names(), of, other: beside(of, step, which) };
}

// Asks for something else: of what is null nothing is said.
export function write(values) {
  for (const [name, value] of Object.entries(values)) value === null ? asked.delete(name) : asked.set(name, value);
  history.pushState(null, "", `?${said()}`);
  toWall();
}

// Calls back when the address is another by the browser's own buttons.
export function onBack(does) {
  addEventListener("popstate", () => {
    for (const name of [...asked.keys()]) asked.delete(name);
    for (const [name, value] of new URLSearchParams(location.search)) asked.set(name, value);
    toWall();
    does();
  });
}

// Commas and slashes as they are: it is read by people.
function said(of = asked) {
  return of.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
}

function toWall() {
  const wall = new URLSearchParams(asked);
  wall.set("kiosk", "");
  by("kiosk").href = `?${said(wall)}`;
}

// The names when one is taken in or out: a group is all of its queues, and all groups are as none.
export function toggled(names, groups, name, isIn) {
  const has = (group, one) => names.length === 0 || names.includes(group.name) || names.includes(one);
  const queues = new Set(groups.flatMap((group) => partsOf(group).filter((one) => has(group, one))));
  const group = groups.find((one) => one.name === name);
  for (const one of group ? partsOf(group) : [name]) isIn ? queues.add(one) : queues.delete(one);
  const isWhole = (of) => partsOf(of).every((one) => queues.has(one));
  return groups.every(isWhole) ? [] : groups.flatMap((of) => (isWhole(of) ? [of.name] : partsOf(of).filter((one) => queues.has(one))));
}

// A group of which no queues are told is its own only one.
function partsOf(group) {
  return group.queues.length ? group.queues.map((queue) => queue.name) : [group.name];
}
