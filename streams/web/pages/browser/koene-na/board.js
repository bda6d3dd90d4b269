// Køene nå: what is told of each queue as it happens, beside what was promised.

import * as chosen from "../chosen.js";
import { iso, seconds, share } from "../csv.js";
import { put } from "../elements.js";
import { announce, asked, begin, by, frame, get, server } from "../frame.js";
import * as kept from "../kept.js";
import { about, text, useZone } from "../words.js";
import { build, fill, fillTrends } from "./draw.js";
import { shown, verdict } from "./rows.js";
import * as trend from "./trend.js";

const NAME = "koene-na";
const TREND_EVERY_MS = 60_000;
const board = {
  documents: new Map(), // by name, as told last
  good: new Map(), // by name, the last one that could be believed, and of when it is
  targets: [],
  newest: -Infinity, // of when the newest good figures are
  get isLive() { return frame.isLive; },
  get at() { return frame.at; },
  get clock() { return frame.clock; },
  get language() { return frame.language; },
};
let cells = new Map(), structure = "", saidOf = new Map(), quarters = new Map(), askedTrendAt = -Infinity;

async function ask() {
  const { status, said } = await get("/api/v1/targets");
  if (status === 200) board.targets = said.targets;
  askTrend();
}

// The last hours, once a minute; where this process may not read them there is no line.
async function askTrend() {
  if (!frame.isLive || frame.pausedAt !== null || performance.now() - askedTrendAt < TREND_EVERY_MS) return;
  askedTrendAt = performance.now();
  try {
    const { status, said } = await get(trend.address(server.now()));
    if (status === 200) quarters = trend.byGroup(said.rows);
  } catch {
    return; // the line stays as it was
  }
  fillTrends(by("board"), quarters, board);
}

function told(staged, isWhole) {
  if (isWhole) board.documents.clear();
  for (const [name, one] of staged) one === null ? board.documents.delete(name) : board.documents.set(name, one);
  for (const [name, one] of board.documents) {
    if (one.waiting !== null) board.good.set(name, { document: one, at: frame.at });
  }
  for (const name of board.good.keys()) if (!board.documents.has(name)) board.good.delete(name);
  keep();
  say();
}

function keep(isNow = false) {
  if (board.good.size) kept.save(NAME, { good: [...board.good], targets: board.targets, centre: frame.centre }, isNow);
}

// What this browser has kept: by the server's clock, which may be a demo's.
function remember() {
  const before = kept.load(NAME);
  const good = before?.good.filter(([, one]) => kept.isKept(one.at, server.known ? server.now() : Date.now())) ?? [];
  if (!good.length) return;
  board.good = new Map(good);
  board.targets = before.targets;
  frame.centre ??= before.centre;
  useZone(frame.centre.timezone);
}

function draw() {
  for (const [name, one] of board.good) if (!kept.isKept(one.at, frame.clock)) board.good.delete(name);
  const groups = chosen.groups(), wanted = JSON.stringify([groups, frame.language]);
  if (wanted !== structure && frame.centre) {
    structure = wanted;
    cells = build(by("board"), groups, about(frame.centre.window_ms));
    if (!groups.length) put(by("board"), text("none_chosen", { names: asked.get("vis") }));
    fillTrends(by("board"), quarters, board);
  }
  board.newest = newest();
  fill(cells, board);
}

function newest() {
  return Math.max(...[...board.good.values()].map((one) => one.at));
}

// Politely, and of changed verdicts alone; a figure changes too often to be said.
function say() {
  for (const [name, of] of cells) {
    const one = shown(name, board);
    if (!one.isNow) continue;
    const { kind, word } = verdict(one, board), before = saidOf.get(name);
    saidOf.set(name, kind);
    if (before !== undefined && before !== kind) announce(text("changed", { label: labelOf(name, of), verdict: word }));
  }
}

function labelOf(name, of) {
  return name === of.group.name ? of.group.label : `${of.group.label}, ${of.queue.label}`;
}

function csv() {
  const lines = [text("csv_columns")];
  for (const [name, of] of cells) {
    if (of.row.hidden) continue;
    const one = shown(name, board), document = one.at === null ? {} : one.document, nowMs = one.isNow ? board.clock : one.at;
    const oldest = document.oldest_entered_ms ? nowMs - document.oldest_entered_ms : null;
    const expected = document.expected_wait ?? {};
    lines.push([
      name, labelOf(name, of), one.state, document.waiting, seconds(oldest), seconds(document.wait_mean_ms),
      share(document.abandonment_rate), seconds(expected.low_ms), seconds(expected.high_ms), document.letters?.open,
      iso(document.letters?.oldest_received_ms), document.letters?.overdue, verdict(one, board).word, iso(document.verdict_since_ms),
      iso(one.at), text(one.isNow ? "no" : "yes"),
    ]);
  }
  return lines;
}

addEventListener("pagehide", () => keep(true));
setInterval(askTrend, 1000);
begin({ name: NAME, ask, told, draw, newest, csv, begun: remember, doubted: () => keep(true), spoken: () => { structure = ""; } });
