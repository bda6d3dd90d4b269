// How it went, place by place, this beside the other.

import { chart, ticks, waitTicks } from "../chart.js";
import { element } from "../elements.js";
import { limit, number, text, wait } from "../words.js";
import { percent } from "./differences.js";
import { placeName, tickName } from "./labels.js";
import { LENGTHS_MS } from "./places.js";

const said = (name, values) => text(`tilbakeblikk.${name}`, values);
const KINDS = [
  { name: "mean", read: (of) => of.mean, valueOf: wait, ticksOf: waitTicks },
  { name: "share", read: (of) => of.share, valueOf: (of) => percent(of), axisOf: (of) => percent(of, 0) },
  { name: "entered", read: (of) => of.entered, valueOf: number, ticksOf: (most) => ticks(Math.max(4, most)) },
];

// Made once; `show` gives them other figures.
export function charts() {
  const made = KINDS.map((kind) => chart(spec(kind, { places: [], first: "2025-01-01", step: "15m", names: { one: "", other: null }, about: "" })));
  return {
    nodes: made.map((one, n) => element("section", { class: `card drawn ${KINDS[n].name}` }, one)),
    show: (of) => made.forEach((one, n) => one.show(spec(KINDS[n], of))),
  };
}

// `of` is { places, first, step, names, about, mean: the target }. A place's figures are drawn as if all lasted as long.
function spec({ name, read, valueOf, axisOf, ticksOf }, { places, first, step, names, about, mean }) {
  const stepMs = LENGTHS_MS[step], at = (ms) => places[Math.round(ms / stepMs)]?.place;
  const points = (side) => places.map((one, n) => [n * stepMs, one[side] === null ? null : read(one[side])]);
  const nameOf = (called) => (ms) => (at(ms) === undefined ? "" : called(at(ms), first, step));
  const lines = [{ name: names.one, points: points("one"), kind: "line" }, ...(names.other === null ? [] : [{ name: names.other, points: points("other"), kind: "dashed" }])];
  const promised = name === "mean" && mean ? { y: mean.limit.at_most_ms, name: said("target", { limit: limit(mean) }) } : undefined;
  const when = { from: 0, to: Math.max(1, places.length) * stepMs, stepMs, timeOf: nameOf(placeName), tickOf: nameOf(tickName) };
  return { title: said(name), about, height: 220, ...when, valueOf, axisOf, ticksOf, lines, limit: promised };
}
