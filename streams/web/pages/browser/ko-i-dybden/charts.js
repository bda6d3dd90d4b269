// The day in charts: what each is of, as chart.js takes it. Nothing here touches the page.

import { waitTicks } from "../chart.js";
import { clock, limit, measure, number, wait } from "../words.js";
import { bound, isGaveUp, isMean, isShare, promised } from "./now.js";
import * as sums from "./sums.js";
import { percent, say } from "./words.js";

const DAY_MS = 86_400_000;
export const WAITS = ["spread", "mean", "gave_up", "within"];
export const VISITS = ["visits"];
export const PROMISES = ["callbacks"];

// All charts by name; one that cannot be is not there.
export function specs(quarters, entities, targets, at) {
  const time = axis(quarters, at), of = { quarters, entities, targets, time };
  return { spread: spread(of), mean: mean(of), gave_up: gaveUp(of), within: within(of), visits: visits(of), callbacks: callbacks(of) };
}

// From the first quarter in which there was anything to the end of the one that goes on; an hour at least.
function axis(quarters, at) {
  const last = quarters.at(-1)?.at ?? at, end = Math.floor(Math.max(last, Math.min(at, last + DAY_MS)) / sums.QUARTER_MS) * sums.QUARTER_MS + sums.QUARTER_MS;
  const first = Math.min(quarters[0]?.at ?? Infinity, end - 4 * sums.QUARTER_MS);
  return { from: Math.floor(first / 3_600_000) * 3_600_000, to: end, stepMs: sums.QUARTER_MS, timeOf: (ms) => clock(ms, ms) };
}

const points = (quarters, of) => quarters.map((one) => [one.at, of(one)]);

function promise(target, y = bound(target)) {
  return target && y !== null ? { y, name: say("promised", { measure: measure(target), limit: limit(target) }) } : undefined;
}

// "60:00", and not "1:00:00": it has to have room beside the chart.
function edgeOf(ms) {
  return `${Math.floor(ms / 60_000)}:${String(Math.round(ms / 1000) % 60).padStart(2, "0")}`;
}

function spread({ quarters, time }) {
  const edges = sums.edges(quarters);
  const heat = { edges: edges.length ? edges : [0], valueOf: edgeOf, points: edges.length ? points(quarters, sums.spread) : [] };
  return { title: say("spread"), about: say("spread_about"), height: 380, ...time, valueOf: number, heat };
}

function mean({ quarters, entities, targets, time }) {
  const lines = [
    { name: say("in_quarter"), points: points(quarters, sums.mean) },
    { name: say("so_far"), kind: "dashed", points: points(sums.soFar(quarters), sums.mean) },
    { name: say("longest_answered"), kind: "dotted", points: points(quarters, (one) => one.wait_max_ms) },
  ];
  return { title: say("mean"), about: say("mean_about"), height: 356, ...time, valueOf: wait, ticksOf: waitTicks, lines, limit: promise(promised(targets, entities, isMean)) };
}

function shares(title, about, of, share, target) {
  const lines = [
    { name: say("in_quarter"), points: points(of.quarters, share) },
    { name: say("so_far"), kind: "dashed", points: points(sums.soFar(of.quarters), share) },
  ];
  return { title, about, ...of.time, valueOf: percent, ticksOf: shareTicks, lines, limit: promise(target) };
}

// A share is of 100: another scale each day would make little of much.
function shareTicks(most) {
  return most <= 0.2 ? [0, 0.05, 0.1, 0.15, 0.2] : most <= 0.5 ? [0, 0.1, 0.2, 0.3, 0.4, 0.5] : [0, 0.25, 0.5, 0.75, 1];
}

function gaveUp(of) {
  return shares(say("gave_up"), say("gave_up_about"), of, sums.gaveUp, promised(of.targets, of.entities, isGaveUp));
}

// Where the promise is of a share within so long, and that is among the edges that are counted by.
function within(of) {
  const target = promised(of.targets, of.entities, isShare);
  if (!target || (of.quarters.length && !sums.edges(of.quarters).includes(target.within_ms))) return null;
  return shares(measure(target)[0].toUpperCase() + measure(target).slice(1), say("within_about"), of, (one) => sums.within(one, target.within_ms), target);
}

function visits({ quarters, time }) {
  const bar = (name, kind) => ({ name: say(`counts.${name}`), kind, points: points(quarters, (one) => one[name]) });
  const bars = [bar("answered", "a"), bar("abandoned", "b"), bar("called_back", "c"), bar("left", "d")];
  const lines = [{ name: say("counts.entered"), points: points(quarters, (one) => one.entered) }];
  return { title: say("visits"), about: say("visits_about"), height: 260, ...time, valueOf: number, bars, lines };
}

function callbacks({ quarters, time }) {
  const bar = (name, kind) => ({ name: say(`counts.${name}`), kind, points: points(quarters, (one) => one[name]) });
  const bars = [bar("callback_kept", "a"), bar("callback_broken", "b"), bar("callback_settled", "c")];
  const gone = (one) => (one.callback_cancelled === null || one.callback_failed === null ? null : one.callback_cancelled + one.callback_failed);
  bars.push({ name: say("counts.given_up"), kind: "d", points: points(quarters, gone) });
  const lines = [{ name: say("counts.called_back"), points: points(quarters, (one) => one.called_back) }];
  return { title: say("callbacks"), about: say("callbacks_about"), ...time, valueOf: number, bars, lines };
}

// The same as lines of a spreadsheet: what, from when, which figure, how much.
export function csv(specs) {
  const plain = (spec) => (spec.valueOf === wait ? (y) => (y === null ? null : Math.ceil(y / 1000)) : spec.valueOf === percent ? (y) => (y === null ? null : Math.round(y * 1000) / 10) : (y) => y);
  const unit = (spec) => (spec.valueOf === wait ? "s" : spec.valueOf === percent ? "%" : "");
  return Object.values(specs).filter(Boolean).flatMap((spec) => [
    ...[...(spec.bars ?? []), ...(spec.lines ?? [])].flatMap((of) => of.points.map(([ms, y]) => [spec.title, ms, of.name, plain(spec)(y), unit(spec), spec.limit?.name ?? ""])),
    ...(spec.heat?.points ?? []).flatMap(([ms, counts]) => counts.map((n, place) => [spec.title, ms, edge(spec.heat, place), n, "", ""])),
  ]);
}

function edge({ edges, valueOf }, place) {
  return place < edges.length ? `≤ ${valueOf(edges[place])}` : `> ${valueOf(edges.at(-1))}`;
}
