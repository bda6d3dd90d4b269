// Charts of figures over time, each with the same figures as a table. Where nothing is known there is a gap, never a zero.
//
// They are drawn here, as SVG: libraries that draw on a canvas leave out forced colours, print and zoom; those that draw
// SVG bring styles of their own, which the page's policy refuses, and several times all that is here.

import { drawn, element } from "./elements.js";
import { text } from "./words.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [56, 12, 10, 24];
const ROOM_PER_TICK = 72; // px, between instants that are named
const drawings = new WeakMap();
const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => drawings.get(target)?.()));

// A figure that redraws itself when it is given another width, or another spec:
// {
//   title, about: what it is of, in words; empty: nothing more is said
//   height: px
//   from, to, stepMs: of when it is, and how long one place in it lasts
//   timeOf: ms -> what is written below, and in the table's first column
//   tickOf: ms -> what is written below, where that is another
//   valueOf: y -> as it is written; axisOf: y -> as it is written at the axis (valueOf, where it is not given)
//   lines: [{ name, points: [[ms, y or null]], kind: "line" | "dashed" | "dotted" }], an instant in the middle of its place
//   bars: [{ name, points, kind: "a" | "b" | "c" | "d" }], one upon another
//   heat: { edges: [y, ascending, without the last], valueOf, points: [[ms, [count per edge and beyond]]] }
//   limit: { y, name }: what was promised
// }
export function chart(spec) {
  const picture = element("div", { class: "picture" }), table = element("table"), title = element("h3", {}, spec.title);
  const more = element("details", {}, element("summary", {}, text("as_table")), element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": spec.title }, table));
  const made = element("figure", { class: "chart" }, title, element("p", { class: "about" }), element("ul", { class: "legend" }), picture, more);
  made.show = (of) => {
    drawings.set(picture, () => picture.replaceChildren(plot(of, picture.clientWidth)));
    made.querySelector(".about").textContent = of.about ?? "";
    made.querySelector(".legend").replaceChildren(...legend(of));
    drawings.get(picture)();
    table.replaceChildren(...rowsOf(of));
  };
  made.show(spec);
  resized.observe(picture);
  return made;
}

function legend({ lines = [], bars = [], limit }) {
  const one = (name, sample) => element("li", {}, drawn("svg", { class: "sample", viewBox: "0 0 24 12", "aria-hidden": "true" }, sample), " ", name);
  return [
    ...lines.map((of) => one(of.name, drawn("path", { class: `line ${of.kind ?? "line"}`, d: "M0 6H24" }))),
    ...bars.map((of) => one(of.name, drawn("rect", { class: `bar ${of.kind}`, width: 24, height: 12 }))),
    ...(limit ? [one(limit.name, drawn("path", { class: "limit", d: "M0 6H24" }))] : []),
  ];
}

// Round numbers up to at least `most`, some four of them: in `base` steps where it is a time of so many ms.
export function ticks(most, bases = [1, 2, 5]) {
  if (!(most > 0)) return [0];
  const scale = 10 ** Math.floor(Math.log10(most / 4)), step = [...bases, 10].map((one) => one * scale).find((one) => most / one <= 5);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, n) => n * step);
}

const WAIT_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400].map((s) => s * 1000);

// Likewise of waits, in steps that a clock has.
export function waitTicks(most) {
  const step = WAIT_STEPS.find((one) => most / one <= 5) ?? Math.ceil(most / 5 / 86_400_000) * 86_400_000;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, n) => n * step);
}

function plot(spec, width) {
  const height = spec.height ?? 200, within = { width: Math.max(60, width - LEFT - RIGHT), height: height - TOP - BOTTOM };
  const svg = drawn("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spec.title });
  if (width < 1) return svg;
  const x = (ms) => LEFT + ((ms - spec.from) / (spec.to - spec.from)) * within.width;
  svg.append(...instants(spec, x, height, within.width));
  if (spec.heat) svg.append(...heat(spec, x, within));
  else svg.append(...values(spec, x, within));
  return svg;
}

function instants({ from, to, stepMs, timeOf, tickOf = timeOf }, x, height, room) {
  const places = Math.round((to - from) / stepMs), every = niceEvery(Math.ceil(places / Math.max(1, Math.floor(room / ROOM_PER_TICK))), stepMs);
  const made = [];
  for (let n = 0; n <= places; n += every) {
    const at = from + n * stepMs;
    made.push(drawn("path", { class: "tick", d: `M${x(at).toFixed(1)} ${height - BOTTOM}v4` }));
    if (x(at) <= room + LEFT - 24) made.push(drawn("text", { x: x(at).toFixed(1), y: height - 6, "text-anchor": "middle" }, tickOf(at)));
  }
  return made;
}

// Every hour, second hour, ... second day where places are hours or less; else as it comes.
function niceEvery(least, stepMs) {
  const hour = 3_600_000 / stepMs;
  if (hour < 1) return least;
  return ([1, 2, 3, 4, 6, 8, 12, 24, 48, 72].map((n) => n * hour).find((n) => n >= least) ?? least);
}

function values(spec, x, { width, height }) {
  const { lines = [], bars = [], limit } = spec, sums = stacked(bars);
  const known = [...lines.flatMap((of) => of.points.map(([, y]) => y)), ...sums.values(), limit?.y].filter((y) => Number.isFinite(y ?? NaN));
  const marks = (spec.ticksOf ?? ticks)(Math.max(0, ...known)), highest = marks.at(-1) || 1;
  const y = (value) => TOP + height - (value / highest) * height;
  const made = marks.flatMap((mark) => [
    drawn("path", { class: "grid", d: `M${LEFT} ${y(mark).toFixed(1)}h${width}` }),
    drawn("text", { x: LEFT - 6, y: (y(mark) + 4).toFixed(1), "text-anchor": "end" }, (spec.axisOf ?? spec.valueOf)(mark)),
  ]);
  made.push(...columns(spec, x, y));
  for (const of of lines) made.push(...line(of, spec.stepMs, x, y, width));
  if (limit) made.push(drawn("path", { class: "limit", d: `M${LEFT} ${y(limit.y).toFixed(1)}h${width}` }));
  return made;
}

function stacked(bars) {
  const sums = new Map();
  for (const { points } of bars) for (const [ms, y] of points) if (y !== null) sums.set(ms, (sums.get(ms) ?? 0) + y);
  return sums;
}

function columns({ bars = [], stepMs, timeOf, valueOf }, x, y) {
  const below = new Map(), made = [];
  for (const { name, kind, points } of bars) {
    for (const [ms, value] of points) {
      if (!value) continue;
      const base = below.get(ms) ?? 0, left = x(ms) + 0.5, right = x(ms + stepMs) - 0.5;
      below.set(ms, base + value);
      const said = drawn("title", {}, `${timeOf(ms)}: ${name} ${valueOf(value)}`);
      const place = { x: left.toFixed(1), width: Math.max(0.5, right - left).toFixed(1), y: y(base + value).toFixed(1), height: (y(base) - y(base + value)).toFixed(1) };
      made.push(drawn("rect", { class: `bar ${kind}`, ...place }, said));
    }
  }
  return made;
}

// Broken where a place is missing; a place by itself is a dot.
function line({ kind = "line", points }, stepMs, x, y) {
  let path = "", before = null;
  const known = points.filter(([, value]) => Number.isFinite(value ?? NaN)), alone = [];
  known.forEach(([ms, value], n) => {
    const goesOn = before !== null && ms - before < 1.5 * stepMs;
    path += `${goesOn ? "L" : "M"}${x(ms + stepMs / 2).toFixed(1)} ${y(value).toFixed(1)}`;
    const isLast = known[n + 1] === undefined || known[n + 1][0] - ms >= 1.5 * stepMs;
    if (!goesOn && isLast) alone.push(drawn("circle", { class: "dot", cx: x(ms + stepMs / 2).toFixed(1), cy: y(value).toFixed(1), r: 2.5 }));
    before = ms;
  });
  return path ? [drawn("path", { class: `line ${kind}`, d: path }), ...alone] : [];
}

// Darker is more; what is empty has no colour.
function heat({ heat: { edges, valueOf, points }, stepMs, timeOf }, x, { height }) {
  const rows = edges.length + 1, each = height / rows, most = Math.max(1, ...points.flatMap(([, counts]) => counts));
  const made = edges.map((edge, n) => drawn("text", { x: LEFT - 6, y: (TOP + height - (n + 1) * each + 4).toFixed(1), "text-anchor": "end" }, valueOf(edge)));
  for (const [ms, counts] of points) {
    counts.forEach((count, n) => {
      if (!count) return;
      const said = `${timeOf(ms)}, ${n < edges.length ? `≤ ${valueOf(edges[n])}` : `> ${valueOf(edges.at(-1))}`}: ${count}`;
      const place = { x: x(ms).toFixed(1), y: (TOP + height - (n + 1) * each).toFixed(1), width: (x(ms + stepMs) - x(ms)).toFixed(1), height: each.toFixed(1) };
      made.push(drawn("rect", { class: "cell", ...place, "fill-opacity": (0.15 + 0.85 * Math.sqrt(count / most)).toFixed(2) }, drawn("title", {}, said)));
    });
  }
  return made;
}

function rowsOf({ lines = [], bars = [], heat, timeOf, valueOf }) {
  if (heat) return heatRows(heat, timeOf);
  const all = [...bars, ...lines], instants = [...new Set(all.flatMap(({ points }) => points.map(([ms]) => ms)))].sort((a, b) => a - b);
  const by = all.map(({ points }) => new Map(points));
  const cell = (y) => element("td", {}, y === null || y === undefined ? text("unknown") : valueOf(y));
  const body = instants.map((ms) => element("tr", {}, element("th", { scope: "row" }, timeOf(ms)), ...by.map((of) => cell(of.get(ms)))));
  return [headings([text("from"), ...all.map(({ name }) => name)]), element("tbody", {}, ...body)];
}

function heatRows({ edges, valueOf, points }, timeOf) {
  const body = points.map(([ms, counts]) => element("tr", {}, element("th", { scope: "row" }, timeOf(ms)), ...counts.map((count) => element("td", {}, count === null ? text("unknown") : String(count)))));
  return [headings([text("from"), ...edges.map((edge) => `≤ ${valueOf(edge)}`), `> ${valueOf(edges.at(-1))}`]), element("tbody", {}, ...body)];
}

function headings(names) {
  return element("thead", {}, element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name))));
}
