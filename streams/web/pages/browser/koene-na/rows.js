// What one queue or group says: its figures, whether they are of now, and its verdict. Nothing here touches the page.

import { about, clock, limit, look, measure, number, percent, text, wait } from "../words.js";

const OF_NOW = ["open", "closed", "insufficient"];

// The document that is shown, of when it is, and whether that is now: nothing known is no zero, the last good one stands.
export function shown(name, board) {
  const told = board.documents.get(name), good = board.good.get(name);
  const isOpen = told && OF_NOW.includes(told.state);
  if (board.isLive && told && (isOpen && (told.waiting !== null || told.state === "closed"))) {
    return { document: told, at: board.at, isNow: true, state: told.state };
  }
  const state = board.isLive ? (told?.state ?? "stale") : "old";
  if (good) return { document: good.document, at: good.at, isNow: false, state };
  return { document: told ?? null, at: null, isNow: false, state };
}

// `said` is what its note is called, for those who hear it.
function figure(value, note = "", isBeyond = false, said = "") {
  return { value, note, isBeyond, said };
}

// The figures of one row, by name; each with what it is held against.
export function figures(one, group, board) {
  const { document, at, isNow } = one, names = columns(group);
  if (document === null || at === null) return Object.fromEntries(names.map((name) => [name, figure(text("unknown"))]));
  const given = { document, group, board, nowMs: isNow ? board.clock : at };
  return Object.fromEntries(names.map((name) => [name, FIGURES[name](given)]));
}

// Those of a group's queues, but for the verdict, which is none.
export function columns(group) {
  return group.figures.filter((name) => name in FIGURES);
}

const FIGURES = {
  waiting: ({ document }) => figure(number(document.waiting), document.disputed ? text("disputed", { n: document.disputed }) : ""),
  oldest: ({ document, group, nowMs }) => oldest(document, group, nowMs),
  mean: ({ document, group, board }) => mean(document, group, board),
  gave_up: ({ document }) => figure(percent(document.abandonment_rate)),
  expected: ({ document, board }) => expected(document, board),
  open_letters: ({ document }) => figure(number(document.letters?.open)),
  oldest_letter: ({ document, nowMs }) => oldestLetter(document.letters, nowMs),
  overdue: ({ document }) => figure(number(document.letters?.overdue), "", document.letters?.overdue > 0),
};

function oldestLetter(letters, nowMs) {
  if (letters?.oldest_received_ms === null) return figure(text("nothing"));
  return figure(about(letters ? Math.max(0, nowMs - letters.oldest_received_ms) : null));
}

function oldest(document, group, nowMs) {
  const note = group.longest_ms === null ? "" : `≤ ${wait(group.longest_ms)}`, said = text("longest_limit");
  if (document.oldest_entered_ms === null) return figure(document.waiting === 0 ? text("nobody") : text("unknown"), note, false, said);
  const since = document.longest_since_ms;
  const isBeyond = group.longest_ms !== null && since !== null && nowMs - since > group.longest_ms;
  return figure(wait(Math.max(0, nowMs - document.oldest_entered_ms)), note, isBeyond, said);
}

// What a group was promised of its mean wait; undefined where nothing is.
export function promisedMean(name, board) {
  const isMean = (of) => of.measure.startsWith("mean_wait") && "at_most_ms" in of.limit && !of.queue;
  return board.targets.find((of) => isMean(of) && `${of.channel}/${of.audience}` === name);
}

// A queue is held against what its group was promised, where enough were answered to judge it.
function mean(document, group, board) {
  const target = promisedMean(group.name, board);
  const value = document.wait_mean_ms, note = target ? limit(target) : "";
  const isJudged = document.state === "open";
  return figure(wait(value), note, Boolean(target && isJudged && value !== null && value > target.limit.at_most_ms), text("target"));
}

function expected(document, board) {
  const told = document.expected_wait;
  if (!told) return figure(text("not_said"));
  if (told.said) return figure(told.said[board.language] ?? told.said.nb);
  return figure(told.withheld ? text(`withheld.${told.withheld}`) : text("not_said"));
}

// The verdict in a word, by what promise, and since when; where nothing is promised, the state.
export function verdict(one, board) {
  const { document, isNow, at, state } = one;
  if (document === null || at === null) return { kind: state === "old" ? "stale" : state, ...look(state === "old" ? "stale" : state), note: "" };
  const isState = !isNow && state !== "old";
  const kind = isState ? state : (document.state === "closed" ? "closed" : (document.verdict ?? document.state));
  const notes = [];
  const target = board.targets.find((of) => of.id === document.target);
  if (kind === document.verdict) {
    if (target && kind !== "ok" && kind !== "closed") notes.push(measure(target), ...(target.measure === "mean_wait" ? [] : [limit(target)]));
    if (document.verdict_since_ms && kind !== "closed") notes.push(text("since", { time: clock(document.verdict_since_ms, board.clock) }));
  }
  if (kind === "closed") notes.push(document.opens_ms ? text("opens", { time: clock(document.opens_ms, board.clock) }) : text("not_open_soon"));
  return { kind, ...look(kind), note: notes.join(" ") };
}

// Of when the figures are, where that is not now.
export function ageOf(one, board) {
  if (one.isNow || one.at === null) return "";
  return text("figures_of", { time: clock(one.at, board.clock), age: about(Math.max(0, board.clock - one.at)) });
}
