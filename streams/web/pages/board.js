// Køene nå: reads what the configuration says, then hears what changes, and shows it with how far it may be believed.

import { ServerClock } from "./clock.js";
import { csv } from "./csv.js";
import { build, fill, fillTrends, put } from "./draw.js";
import * as kept from "./kept.js";
import { rotate } from "./rotate.js";
import { shown, verdict } from "./rows.js";
import { Stream } from "./stream.js";
import * as trend from "./trend.js";
import { about, clock as time, text, today, use, useZone } from "./words.js";

const ASKED_EVERY_MS = 30_000;
const TREND_EVERY_MS = 60_000;
const asked = new URLSearchParams(location.search);
const by = (id) => document.getElementById(id);
const server = new ServerClock();
const board = {
  documents: new Map(), // by name, as told last
  good: new Map(), // by name, the last one that could be believed, and of when it is
  targets: [],
  centre: null,
  isLive: false,
  why: "loading",
  at: null, // of when what is shown is
  clock: 0, // the server's time, as drawn
  newest: -Infinity, // of when the newest good figures are
  language: "nb",
};
let cells = new Map(), structure = "", pausedAt = null, saidOf = new Map(), toSay = [], quarters = new Map(), askedTrendAt = -Infinity;

async function get(path) {
  const askedAt = performance.now();
  const answer = await fetch(path, { cache: "no-cache", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(4000) });
  const type = answer.headers.get("content-type") ?? "";
  if (!type.includes("json")) throw new Error("not ours");
  return { status: answer.status, said: await answer.json(), askedAt, toldAt: performance.now() };
}

// What the configuration says, what time it is there, and, where anything may be believed, what is promised.
async function ask() {
  try {
    const { status, said, askedAt, toldAt } = await get("/pages/centre.json");
    if (status !== 200) return refused(said);
    server.heard(said.now_ms, said.speed, askedAt, toldAt);
    board.centre = said;
    useZone(said.timezone);
    if (board.isLive) await askPromised();
  } catch {
    return; // whether it is there the stream knows
  }
  draw();
}

async function askPromised() {
  const { status, said } = await get("/api/v1/targets");
  if (status === 200) board.targets = said.targets;
}

// The last hours, once a minute; where this process may not read them there is no line.
async function askTrend() {
  if (!board.isLive || pausedAt !== null || performance.now() - askedTrendAt < TREND_EVERY_MS) return;
  askedTrendAt = performance.now();
  try {
    const { status, said } = await get(trend.address(server.now()));
    if (status === 200) quarters = trend.byGroup(said.rows);
  } catch {
    return; // the line stays as it was
  }
  fillTrends(by("queues"), quarters, board);
}

function refused(problem) {
  const why = (problem.type ?? "").replace("urn:svartid:problem:", "");
  if (["not-told-who", "wrong-host"].includes(why)) stream.doubt(why);
}

const stream = new Stream({
  told(staged, isWhole) {
    if (isWhole) board.documents.clear();
    for (const [name, one] of staged) one === null ? board.documents.delete(name) : board.documents.set(name, one);
    const nowMs = server.now(), isBack = !board.isLive;
    Object.assign(board, { isLive: true, why: null, at: nowMs });
    for (const [name, one] of board.documents) {
      if (one.waiting !== null) board.good.set(name, { document: one, at: nowMs });
    }
    for (const name of board.good.keys()) if (!board.documents.has(name)) board.good.delete(name);
    if (isBack) askPromised().then(draw, () => {}).then(askTrend);
    if (staged.size || isBack) draw();
    kept.save(whatIsKept());
    say();
  },
  doubts(why) {
    Object.assign(board, { isLive: false, why });
    kept.save(whatIsKept(), true);
    draw();
    toSay.push(`${text("old")}: ${text(`why.${why}`)}`);
  },
  asks: ask,
});

function whatIsKept() {
  const { good, targets, centre } = board;
  return { good, targets, centre };
}

// What this browser has kept: by the server's clock, which may be a demo's.
function remember() {
  const before = kept.load(server.known ? server.now() : Date.now());
  if (before === null) return;
  board.good = before.good;
  board.targets = before.targets;
  board.centre ??= before.centre;
  useZone(board.centre.timezone);
}

// Which groups and queues are chosen by `?vis=`: a group has all of its queues.
function chosen() {
  const names = (asked.get("vis") ?? "").split(",").map((name) => name.trim().replace(/\/$/, "")).filter(Boolean);
  const groups = board.centre?.groups ?? [];
  if (!names.length) return groups;
  const isOf = (name) => names.some((one) => one === name || name.startsWith(`${one}/`));
  return groups
    .map((group) => ({ ...group, queues: group.queues.filter((queue) => isOf(queue.name)) }))
    .filter((group) => isOf(group.name) || group.queues.length);
}

function draw() {
  if (pausedAt !== null) return banner();
  board.clock = server.known ? server.now() : Math.max(board.at ?? 0, Date.now());
  for (const [name, one] of board.good) if (!kept.isKept(one, board.clock)) board.good.delete(name);
  const groups = chosen(), wanted = JSON.stringify([groups, board.language]);
  if (wanted !== structure && board.centre) {
    structure = wanted;
    cells = build(by("queues"), groups, about(board.centre.window_ms));
    if (!groups.length) put(by("queues"), text("none_chosen", { names: asked.get("vis") }));
    fillTrends(by("queues"), quarters, board);
  }
  board.newest = Math.max(...[...board.good.values()].map((one) => one.at));
  fill(cells, board);
  banner();
  rotate.look();
}

// Whose it is, what time it is, and whether to believe it.
function banner() {
  const nowMs = server.known ? server.now() : Date.now();
  const belief = board.isLive ? "live" : board.why === "loading" ? "loading" : "old";
  if (document.body.dataset.belief !== belief) document.body.dataset.belief = belief;
  put(by("belief").querySelector(".shape"), { live: "●", loading: "◐", old: "✕" }[belief]);
  const newest = Math.max(...[...board.good.values()].map((one) => one.at));
  put(by("believed"), belief === "old" && !Number.isFinite(newest) ? text("no_figures") : text(belief));
  put(by("why"), belief === "old" ? why(newest, nowMs) : "");
  put(by("centre"), board.centre?.name ?? "");
  put(by("time"), server.known || board.isLive ? today(nowMs) : "");
  const stops = (board.centre?.stops ?? []).map((stop) => text("stop", { ...stop, time: time(stop.until_ms, nowMs) }));
  const paused = pausedAt === null ? [] : [text("paused", { time: time(pausedAt, nowMs) })];
  const lines = [...paused, board.centre?.message, ...stops].filter(Boolean);
  put(by("message"), lines.join(" · "));
  by("message").hidden = !lines.length;
}

function why(newest, nowMs) {
  const age = Number.isFinite(newest) ? text("figures_of", { time: time(newest, nowMs), age: about(Math.max(0, nowMs - newest)) }) : "";
  const help = text(`help.${board.why}`);
  const sentences = [age, text(`why.${board.why}`), help.startsWith("help.") ? "" : help].filter(Boolean);
  return sentences.map((one) => one[0].toUpperCase() + one.slice(1).replace(/\.$/, "")).join(". ");
}

// Politely, and of changed verdicts alone; a figure changes too often to be said.
function say() {
  for (const [name, of] of cells) {
    const one = shown(name, board);
    if (!one.isNow) continue;
    const { kind, word } = verdict(one, board), before = saidOf.get(name);
    saidOf.set(name, kind);
    if (before === undefined || before === kind) continue;
    const label = name === of.group.name ? of.group.label : `${of.group.label}, ${of.queue.label}`;
    toSay.push(text("changed", { label, verdict: word }));
  }
}

function sayNow() {
  if (!toSay.length || pausedAt !== null) return;
  put(by("said"), toSay.slice(-5).join(". "));
  toSay = [];
}

async function speak(language) {
  const told = await get(`/pages/texts/${language}.json`);
  use(told.said);
  board.language = language;
  document.documentElement.lang = language;
  document.title = text("title");
  for (const node of document.querySelectorAll("[data-text]")) put(node, text(node.dataset.text));
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
  put(by("pause"), text(pausedAt === null ? "pause" : "resume"));
  put(by("said"), "");
}

function colour(mode) {
  document.documentElement.dataset.mode = mode;
  by("theme").value = mode;
}

function pause() {
  pausedAt = pausedAt === null ? board.clock : null;
  by("pause").setAttribute("aria-pressed", String(pausedAt !== null));
  put(by("pause"), text(pausedAt === null ? "pause" : "resume"));
  rotate.pause(pausedAt !== null);
  draw();
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv(cells, board)], { type: "text/csv" }));
  link.download = `koene-na-${new Date(board.clock).toISOString().slice(0, 19).replaceAll(":", "")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function controls() {
  by("pause").addEventListener("click", pause);
  by("csv").addEventListener("click", download);
  by("print").addEventListener("click", () => print());
  by("theme").addEventListener("change", (event) => colour(kept.choice("mode", event.target.value)));
  by("language").addEventListener("change", async (event) => {
    await speak(kept.choice("language", event.target.value));
    structure = "";
    draw();
  });
  const wall = new URLSearchParams(asked);
  wall.set("kiosk", "");
  by("controls").open = matchMedia("(min-width: 48rem)").matches;
  by("kiosk").href = `?${wall}`;
  document.addEventListener("keydown", (event) => {
    if (event.key === "p" && !event.ctrlKey && !event.metaKey && !event.altKey && event.target.tagName !== "SELECT") pause();
  });
  addEventListener("pagehide", () => kept.save(whatIsKept(), true));
  document.addEventListener("visibilitychange", draw);
}

async function begin() {
  const known = ["nb", "nn", "en"], mode = asked.get("modus") ?? kept.choice("mode") ?? "auto";
  const language = asked.get("sprak") ?? kept.choice("language") ?? "nb";
  document.documentElement.classList.toggle("kiosk", asked.has("kiosk"));
  colour({ mork: "dark", lys: "light" }[mode] ?? mode);
  await speak(known.includes(language) ? language : "nb");
  by("language").value = board.language;
  controls();
  rotate.begin(asked, by("queues"), by("page"), (n, of) => text("page", { n, of }));
  await ask();
  remember();
  draw();
  stream.open();
  setInterval(ask, ASKED_EVERY_MS);
  setInterval(draw, 1000);
  setInterval(askTrend, 1000);
  setInterval(sayNow, 1000);
}

begin();
