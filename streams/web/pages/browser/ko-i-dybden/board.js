// Kø i dybden: one queue, a group or several together, through the day.

import { iso } from "../csv.js";
import { put } from "../elements.js";
import { announce, asked, begin, by, draw as drawn, figuresOf, frame, nowMs } from "../frame.js";
import { ageOf, shown, verdict } from "../koene-na/rows.js";
import { Told } from "../told.js";
import { about, clock, text } from "../words.js";
import { answers, areThere, look } from "./asking.js";
import * as charts from "./charts.js";
import * as facts from "./facts.js";
import * as page from "./draw.js";
import * as now from "./now.js";
import * as picked from "./picked.js";
import * as scores from "./scores.js";
import * as sums from "./sums.js";
import { NAME, say, whyOf } from "./words.js";

const WAITED_AT_MOST_MS = 3000; // for the first answers: the page is built when they are there, so that nothing moves
const OF_CARD = { waits: "day", exits: "day", callbacks: "day", transfers: "day", letters: "snapshot", foretold: "scores" };
const board = new Told(NAME);
let made = null, structure = "", charted = null, saidOf = new Map();

async function ask() {
  if (await look()) {
    board.targets = answers.snapshot.said?.targets ?? board.targets;
    drawn();
  }
}

// What all the page is made of, as it is now.
function what() {
  const entities = picked.entities(), lines = entities.flatMap((of) => of.lines);
  const quarters = sums.quarters(answers.day.said?.rows ?? [], lines), snapshot = answers.snapshot.said;
  return { entities, lines, quarters, snapshot, day: sums.day(quarters) };
}

function draw() {
  board.forget(frame.clock);
  board.targets = answers.snapshot.said?.targets ?? board.targets;
  const isThere = areThere() && (frame.isLive || frame.why !== "loading");
  if (!frame.centre || (!made && !isThere && performance.now() < WAITED_AT_MOST_MS)) return;
  const of = what(), isLetters = now.areLetters(of.snapshot, of.lines), hasLetters = now.hasLetters(of.snapshot, of.lines);
  const specs = charts.specs(of.quarters, of.entities, board.targets, answers.day.at ?? frame.clock);
  const wanted = JSON.stringify([frame.centre.groups, of.entities, frame.language, isLetters, hasLetters, Boolean(specs.within)]);
  if (wanted !== structure) build(of, specs, { isLetters, hasLetters });
  structure = wanted;
  if (made) fill(of, specs, isLetters);
}

function build(of, specs, sorts) {
  [made, charted, saidOf] = [null, null, new Map()];
  const groups = frame.centre.groups, label = of.entities.map((one) => one.label).join(" + ");
  const isThere = of.entities.length > 0, hadFocus = document.activeElement?.id === "picked";
  made = page.build(by("board"), { groups, specs, length: about(frame.centre.window_ms), value: picked.value(), label: isThere ? label : text("none_chosen", { names: asked.get("vis") }), choose, ...sorts });
  if (hadFocus) by("picked").focus();
  if (isThere) return;
  by("board").querySelector(".cards").replaceChildren(text("none_chosen", { names: asked.get("vis") }));
  made = null;
}

function fill(of, specs, isLetters) {
  const isSnapshotOfNow = frame.isLive && answers.snapshot.why === null && of.snapshot.status === "live";
  if (!isLetters) {
    page.fillTiles(made, { ...now.tiles(of.entities, of.snapshot, board), isSnapshotOfNow });
    page.fillEach(made, picked.parts(of.entities), board, (one) => ageOf(one, board));
    page.fillPromises(made, now.promises(board.targets, of.entities), labelOfTarget, frame.clock, about(frame.centre.window_ms));
    fillDay(of, specs);
  }
  page.fillFacts(made, "letters", facts.letters(of.day, of.snapshot, of.lines));
  for (const [name, card] of Object.entries(made.cards)) put(card.age, name === "now" ? ageOfNow(of) : state(answers[OF_CARD[name]]));
  hear(of);
}

function fillDay(of, specs) {
  page.fillFacts(made, "callbacks", facts.callbacks(of.day, of.snapshot, of.lines));
  page.fillFacts(made, "transfers", facts.transfers(of.day, of.snapshot, of.lines));
  page.fillScores(made, scores.rows(answers.scores.said?.days ?? [], of.lines), labelOf);
  const { said } = answers.day, key = JSON.stringify([said?.rows.length, answers.day.at, board.targets.map((one) => [one.id, one.limit])]);
  if (charted === key) return;
  charted = key;
  for (const [name, one] of Object.entries(made.charts)) if (specs[name]) one.show(specs[name]);
}

// Of when an answer is, where that is not now, and why there is no newer one.
function state(of) {
  if (of.said === null) return of.why === "loading" ? text("loading") : `${text("no_figures")}: ${whyOf(of.why)}`;
  const missing = of.said.not_whole?.length ? [say("not_whole", { names: of.said.not_whole.join(", ") })] : [];
  if (of.why !== null) return [`${text("old")}: ${figuresOf(of.at)}`, of.why === "loading" ? "" : whyOf(of.why), ...missing].filter(Boolean).join(". ");
  if (!frame.isLive) return [`${text("old")}: ${figuresOf(of.at)}`, ...missing].join(". ");
  return missing.join(". ") || (of === answers.day ? say("to", { time: clock(of.at, frame.clock) }) : "");
}

function ageOfNow({ entities }) {
  const ones = entities.map((of) => shown(of.name, board)), old = ones.find((one) => !one.isNow && one.at !== null);
  const whole = answers.snapshot, lacks = whole.why !== null && whole.why !== "loading" ? say("snapshot_old", { state: state(whole) }) : "";
  return [old ? ageOf(old, board) : "", lacks].filter(Boolean).join(". ");
}

function labelOf(name) {
  const group = frame.centre.groups.find((one) => name === one.name || name.startsWith(`${one.name}/`));
  const queue = group?.queues.find((one) => one.name === name);
  return queue ? (picked.entities().length > 1 ? `${group.label}, ${queue.label}` : queue.label) : (group?.label ?? name);
}

function labelOfTarget(target) {
  return labelOf([target.channel, target.audience, target.queue].filter(Boolean).join("/"));
}

// Politely, and of changed verdicts alone.
function hear({ entities }) {
  for (const of of entities) {
    const one = shown(of.name, board);
    if (!one.isNow) continue;
    const { kind, word } = verdict(one, board), before = saidOf.get(of.name);
    saidOf.set(of.name, kind);
    if (before !== undefined && before !== kind) announce(text("changed", { label: of.label, verdict: word }));
  }
}

function choose(names) {
  picked.choose(names);
  onWall();
  drawn();
}

// The wall's address is of the same choice.
function onWall() {
  const wall = new URLSearchParams(asked);
  wall.set("kiosk", "");
  by("kiosk").href = picked.address(wall);
}

function newest() {
  return Math.max(board.newest, answers.day.at ?? -Infinity);
}

function csv() {
  const of = what(), whole = answers.snapshot, told = now.tiles(of.entities, of.snapshot, board), id = picked.value();
  const line = (part, from, name, value, unit, promised, at, isOld) => [id, part, from === null ? "" : iso(from), name, value, unit, promised, iso(at), text(isOld ? "yes" : "no")];
  const tiles = now.TILES.map((name) => line(say("cards.now"), null, say(`tiles.${name}`, { length: about(frame.centre?.window_ms) }), told[name].word ?? told[name].value, "", told[name].note, name === "gave_up" ? whole.at : told.one.at, !told.one.isNow));
  const { said, at, why } = answers.day, isOld = why !== null || !frame.isLive;
  const specs = said === null ? {} : charts.specs(of.quarters, of.entities, board.targets, at);
  const day = charts.csv(specs).map(([part, from, ...rest]) => line(part, from, ...rest, at, isOld));
  const counts = ["callbacks", "transfers", "letters"].filter((name) => made?.tables[name]).flatMap((name) => facts[name](of.day, of.snapshot, of.lines).map((one) => line(say(`cards.${name}`), null, one.name, one.n, one.unit ?? "", "", one.isNow ? whole.at : at, one.isNow ? whole.why !== null : isOld)));
  return [say("csv_columns"), ...(made?.tiles.waiting ? [...tiles, ...day] : []), ...counts, ...scoresCsv(of, line)];
}

function scoresCsv(of, line) {
  const { said, at, why } = answers.scores, names = say("score_columns").slice(1, 5), seconds = (ms) => (ms === null ? null : Math.round(ms / 1000));
  return scores.rows(said?.days ?? [], of.lines).flatMap(({ day, queue, score }) => {
    const values = [score.answered, seconds(score.mean_error_ms), seconds(score.root_mean_square_ms), seconds(score.plain_root_mean_square_ms)];
    return values.map((n, place) => line(`${say("cards.foretold")}, ${queue === null ? text("of_all") : labelOf(queue)}, ${day}`, null, names[place], n, place ? "s" : "", "", at, why !== null || !frame.isLive));
  });
}

function begun() {
  board.remember();
  onWall();
  ask();
  setInterval(ask, 1000);
}

addEventListener("popstate", () => { picked.follow(); onWall(); drawn(); });
addEventListener("pagehide", () => board.keep(true));
begin({
  name: NAME, draw, newest, csv, begun,
  told: (staged, isWhole) => board.hear(staged, isWhole),
  doubted: () => board.keep(true),
  spoken: () => { structure = ""; },
});
