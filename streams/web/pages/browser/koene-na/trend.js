// How it has gone in the last hours: a small line for each group, and the same as a table. Where nothing is known of a
// quarter the line has a gap, and never a zero.

import { drawn } from "../elements.js";
import { number, wait } from "../words.js";

const QUARTER_MS = 900_000;
const HOURS = 4;
const LATELY = 4; // quarters of which it is said how many gave up
const [WIDTH, HEIGHT] = [120, 28];

// Where it is asked for, at a time of the server's.
export function address(nowMs) {
  const since = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS - HOURS * 4 * QUARTER_MS;
  return `/api/v1/history?step=15m&by=group&from=${new Date(since).toISOString()}`;
}

// By group its quarters, the oldest first.
export function byGroup(rows) {
  const found = new Map();
  for (const row of rows) {
    const name = `${row.channel}/${row.audience}`, at = Date.parse(row.start);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push({ at, mean: row.wait_mean_ms, answered: row.answered, abandoned: row.abandoned });
  }
  return found;
}

// Of those who were answered or gave up in the last hour, how many gave up; null over nobody.
export function gaveUp(quarters, nowMs) {
  const lately = quarters.filter((one) => one.at > nowMs - (LATELY + 1) * QUARTER_MS);
  const sum = (name) => lately.reduce((total, one) => total + (one[name] ?? 0), 0);
  const whole = sum("answered") + sum("abandoned");
  return whole ? sum("abandoned") / whole : null;
}

// The line, with what was promised dashed.
export function line(quarters, limitMs, nowMs) {
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", focusable: "false" });
  const since = nowMs - HOURS * 4 * QUARTER_MS, known = quarters.filter((one) => one.mean !== null && one.at >= since);
  const highest = Math.max(1, limitMs ?? 0, ...known.map((one) => one.mean)) * 1.1;
  const x = (one) => (((one.at + QUARTER_MS / 2 - since) / (nowMs - since)) * WIDTH).toFixed(1);
  const y = (ms) => (HEIGHT - 2 - (ms / highest) * (HEIGHT - 4)).toFixed(1);
  if (limitMs) svg.append(drawn("path", { class: "promised", d: `M0 ${y(limitMs)}H${WIDTH}` }));
  let path = "", before = null;
  for (const one of known) {
    path += `${before !== null && one.at - before === QUARTER_MS ? "L" : "M"}${x(one)} ${y(one.mean)}`;
    before = one.at;
  }
  if (path) svg.append(drawn("path", { class: "gone", d: path }));
  const last = known.at(-1);
  if (last) svg.append(drawn("circle", { cx: x(last), cy: y(last.mean), r: 2.5 }));
  return svg;
}

// The same as rows of a table: when, how long, how many gave up.
export function table(quarters, timeOf) {
  return quarters.map((one) => [timeOf(one.at), wait(one.mean), number(one.answered), number(one.abandoned)]);
}
