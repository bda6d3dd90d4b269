// What all boards share: whose they are, what time it is there, whether to believe them, and how each likes to see them.

import { ServerClock } from "./clock.js";
import { file } from "./csv.js";
import { put } from "./elements.js";
import * as kept from "./kept.js";
import { rotate } from "./rotate.js";
import { Stream } from "./stream.js";
import { about, clock as time, maybe, text, today, use, useZone } from "./words.js";

const ASKED_EVERY_MS = 30_000;
const AGAIN_MS = 2000;
const LANGUAGES = ["nb", "nn", "en"];
const MODES = { mork: "dark", lys: "light" };

export const by = (id) => document.getElementById(id);
export const asked = new URLSearchParams(location.search);
export const server = new ServerClock();
export const frame = {
  centre: null, // what the configuration says
  isLive: false,
  why: "loading", // why it is not
  at: null, // of when what was told last is
  clock: 0, // the server's time, as drawn
  language: LANGUAGES[0],
  pausedAt: null,
};
let board = null, toSay = [], edition = null, isOutdated = false;

export async function get(path, withinMs = 4000) {
  const askedAt = performance.now();
  const answer = await fetch(path, { cache: "no-cache", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(withinMs) });
  const type = answer.headers.get("content-type") ?? "";
  if (!type.includes("json")) throw new Error("not ours");
  return { status: answer.status, said: await answer.json(), askedAt, toldAt: performance.now() };
}

// Which of the reasons of `why` in the texts a refusal is.
export function reason(problem) {
  return (problem.type ?? "").replace("urn:svartid:problem:", "");
}

// To be said politely to those who hear the page.
export function announce(said) {
  toSay.push(said);
}

// The server's time; where it is not known, the newest that is: no figure is made younger by a clock that is wrong.
export function nowMs() {
  return server.known ? server.now() : Math.max(frame.at ?? 0, Date.now());
}

// What the configuration says and what time it is there, then what the board asks for.
async function ask() {
  try {
    const { status, said, askedAt, toldAt } = await get("/pages/centre.json");
    if (status !== 200) return refused(reason(said));
    server.heard(said.now_ms, said.speed, askedAt, toldAt);
    if (edition !== null && edition !== said.edition) renew();
    edition = said.edition;
    frame.centre = said;
    useZone(said.timezone);
    if (frame.isLive) await board.ask?.();
  } catch {
    return; // whether it is there the stream knows
  }
  draw();
}

// The pages of another release are there: a wall has them at once, who reads has them when he comes back to it.
function renew() {
  isOutdated = true;
  if (asked.has("kiosk")) location.reload();
}

function refused(why) {
  if (["not-told-who", "wrong-host"].includes(why)) stream.doubt(why);
}

const stream = new Stream({
  told(staged, isWhole) {
    const isBack = !frame.isLive;
    Object.assign(frame, { isLive: true, why: null, at: server.now() });
    board.told?.(staged, isWhole);
    if (isBack) Promise.resolve(board.ask?.()).then(draw, () => {});
    if (staged.size || isBack) draw();
  },
  doubts(why) {
    Object.assign(frame, { isLive: false, why });
    board.doubted?.();
    draw();
    announce(`${text("old")}: ${text(`why.${why}`)}`);
  },
  asks: ask,
});

export function draw() {
  if (frame.pausedAt === null) {
    frame.clock = nowMs();
    board.draw();
  }
  banner();
  rotate.look();
}

// Whose it is, what time it is, and whether to believe it.
function banner() {
  const belief = frame.isLive ? "live" : frame.why === "loading" ? "loading" : "old", newest = board.newest(), atMs = nowMs();
  if (document.body.dataset.belief !== belief) document.body.dataset.belief = belief;
  put(by("belief").querySelector(".shape"), { live: "●", loading: "◐", old: "✕" }[belief]);
  put(by("believed"), belief === "old" && !Number.isFinite(newest) ? text("no_figures") : text(belief));
  put(by("why"), belief === "old" ? why(newest, atMs) : "");
  put(by("centre"), frame.centre?.name ?? "");
  put(by("time"), server.known || frame.isLive ? today(atMs) : "");
  const stops = (frame.centre?.stops ?? []).map((stop) => text("stop", { ...stop, time: time(stop.until_ms, atMs) }));
  const paused = frame.pausedAt === null ? [] : [text("paused", { time: time(frame.pausedAt, atMs) })];
  const lines = [...paused, frame.centre?.message, ...stops].filter(Boolean);
  put(by("message"), lines.join(" · "));
  by("message").hidden = !lines.length;
}

function why(newest, atMs) {
  const sentences = [figuresOf(newest, atMs), text(`why.${frame.why}`), maybe(`help.${frame.why}`)].filter(Boolean);
  return sentences.map((one) => one[0].toUpperCase() + one.slice(1).replace(/\.$/, "")).join(". ");
}

// "tall fra 10:17, 12 s gamle"; nothing where there are none.
export function figuresOf(at, atMs = frame.clock) {
  return Number.isFinite(at ?? NaN) ? text("figures_of", { time: time(at, atMs), age: about(Math.max(0, atMs - at)) }) : "";
}

function sayNow() {
  if (!toSay.length || frame.pausedAt !== null) return;
  put(by("said"), toSay.slice(-5).join(". "));
  toSay = [];
}

async function speak(language) {
  const told = await get(`/pages/texts/${language}.json`);
  use(told.said);
  frame.language = language;
  document.documentElement.lang = language;
  document.title = text(`titles.${board.name}`);
  for (const node of document.querySelectorAll("[data-text]")) put(node, text(node.dataset.text));
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
  put(by("pause"), text(frame.pausedAt === null ? "pause" : "resume"));
  put(by("said"), "");
}

function colour(mode) {
  document.documentElement.dataset.mode = mode;
  by("theme").value = mode;
}

function pause() {
  frame.pausedAt = frame.pausedAt === null ? frame.clock : null;
  by("pause").setAttribute("aria-pressed", String(frame.pausedAt !== null));
  put(by("pause"), text(frame.pausedAt === null ? "pause" : "resume"));
  rotate.pause(frame.pausedAt !== null);
  draw();
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file(board.csv())], { type: "text/csv" }));
  link.download = `${board.name}-${new Date(frame.clock).toISOString().slice(0, 19).replaceAll(":", "")}.csv`;
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
    board.spoken();
    draw();
  });
  const wall = new URLSearchParams(asked);
  wall.set("kiosk", "");
  by("controls").open = matchMedia("(min-width: 48rem)").matches;
  by("kiosk").href = `?${wall}`;
  document.addEventListener("keydown", (event) => {
    const isWriting = ["SELECT", "INPUT", "TEXTAREA"].includes(event.target.tagName);
    if (event.key === "p" && !event.ctrlKey && !event.metaKey && !event.altKey && !isWriting) pause();
  });
  document.addEventListener("visibilitychange", () => {
    if (isOutdated && !document.hidden) location.reload();
    draw();
  });
}

// Again and again, until it succeeds: a page without words says nothing.
async function surely(does) {
  for (;;) {
    try {
      return await does();
    } catch {
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

// A board has a `name`, `draw()`, `spoken()` (another language), `newest()` (of when its newest good figures are, ms) and
// `csv()` (lines of fields); and, if it likes, `begun()` (once it is known what time it is), `told(documents, isWhole)`
// and `doubted()` (by the stream), `ask()` (each half a minute, and when it may be believed again) and `watches()` (the
// queues and groups that it is told of; else all).
export async function begin(made) {
  board = made;
  const mode = asked.get("modus") ?? kept.choice("mode") ?? "auto", language = asked.get("sprak") ?? kept.choice("language");
  document.documentElement.classList.toggle("kiosk", asked.has("kiosk"));
  colour(MODES[mode] ?? mode);
  await surely(() => speak(LANGUAGES.includes(language) ? language : LANGUAGES[0]));
  by("language").value = frame.language;
  controls();
  rotate.begin(asked, by("board"), by("page"), (n, of) => text("page", { n, of }));
  await ask();
  board.begun?.();
  draw();
  stream.open(board.watches?.());
  setInterval(ask, ASKED_EVERY_MS);
  setInterval(() => frame.centre === null && ask(), AGAIN_MS);
  setInterval(draw, 1000);
  setInterval(sayNow, 1000);
}
