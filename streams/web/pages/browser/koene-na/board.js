// Køene nå: what is told of each queue as it happens, beside what was promised.

import * as chosen from "../chosen.js";
import { iso, seconds, share } from "../csv.js";
import { put } from "../elements.js";
import { announce, asked, begin, by, frame, get, server } from "../frame.js";
import { Told } from "../told.js";
import { about, text } from "../words.js";
import { build, fill, fillTrends } from "./draw.js";
import { shown, verdict } from "./rows.js";
import * as trend from "./trend.js";

const NAME = "koene-na";
const TREND_EVERY_MS = 60_000;
const board = new Told(NAME);
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
  board.hear(staged, isWhole);
  say();
}

function draw() {
  board.forget(frame.clock);
  const groups = chosen.groups(), wanted = JSON.stringify([groups, frame.language]);
  if (wanted !== structure && frame.centre) {
    structure = wanted;
    cells = build(by("board"), groups, about(frame.centre.window_ms));
    if (!groups.length) put(by("board"), text("none_chosen", { names: asked.get("vis") }));
    fillTrends(by("board"), quarters, board);
  }
  fill(cells, board);
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

addEventListener("pagehide", () => board.keep(true));
setInterval(askTrend, 1000);
begin({
  name: NAME, ask, told, draw, csv, newest: () => board.newest, begun: () => board.remember(), doubted: () => board.keep(true),
  spoken: () => { structure = ""; },
});
