// svartid selv: whether the figures are fresh and whole, for who is on call.

import * as chosen from "../chosen.js";
import { announce, asked, begin, by, frame } from "../frame.js";
import { Polled } from "../polled.js";
import { text } from "../words.js";
import { build, fill } from "./draw.js";
import { essence } from "./essence.js";
import { lines } from "./file.js";
import { judged } from "./judged.js";
import { Recent } from "./recent.js";

const NAME = "svartid-selv";
const EVERY_MS = 2000;
const WOKEN_MS = 4000; // so long after nobody looked an answer may take, before it is said that there is none
const polled = new Polled(NAME, EVERY_MS, 5000, essence), recent = new Recent();
let parts = null, structure = "", saidLast = null, wokenAt = -Infinity, liveSince = null, isAsking = false, shown = null, writer = { by: null, since: null };

// Not while nobody sees it: an answer is large.
async function look() {
  if (document.hidden || isAsking) return;
  isAsking = true;
  try {
    const isNew = await polled.look("/api/v1/now");
    if (isNew && polled.why === null) recent.take(polled.said);
    if (isNew && frame.pausedAt === null) draw();
  } finally {
    isAsking = false;
  }
}

function woken() {
  if (document.hidden) return;
  wokenAt = performance.now();
  polled.again();
  look();
}

// Why the figures are not of now: a reason of `why` in the texts; null where they are. What was told last holds for as
// long as it said, whether or not there is a newer one to be had.
function why() {
  if (!frame.isLive) return frame.why;
  if (polled.said === null) return polled.why;
  const isOver = frame.clock > polled.said.fresh_until_ms && performance.now() - wokenAt > WOKEN_MS;
  return isOver ? (polled.why ?? "old") : null;
}

function draw() {
  const reason = why(), groups = chosen.groups();
  if (reason !== null) liveSince = null;
  else liveSince ??= polled.said.as_of_ms;
  if (frame.centre && frame.centre.writer !== writer.by) writer = { by: frame.centre.writer, since: frame.clock };
  if (frame.centre && !groups.length) return empty();
  if (reason === "loading" && polled.said === null) return; // what is not there yet has no places that would move
  shown = judged({ document: polled.said, why: reason, clock: frame.clock, since: liveSince, writerSince: writer.since, recent: recent.rises(), centre: frame.centre, groups, isPart: chosen.names().length > 0 });
  const wanted = JSON.stringify([frame.language, shown.tables.map(({ id }) => id)]);
  if (wanted !== structure) {
    structure = wanted;
    parts = build(by("board"), shown);
  }
  fill(parts, shown);
  say();
}

function empty() {
  structure = "";
  by("board").textContent = text("none_chosen", { names: asked.get("vis") });
}

// What is worst, politely, when that is another.
function say() {
  const { id, sentence } = shown.lead;
  if (saidLast !== null && saidLast !== id && !document.hidden) announce(sentence);
  saidLast = id;
}

function newest() {
  return polled.said?.as_of_ms ?? -Infinity;
}

document.addEventListener("visibilitychange", woken);
setInterval(look, 500);
begin({
  name: NAME,
  draw,
  newest,
  csv: () => lines(shown),
  begun: look, // what this browser has kept is shown at once
  ask: look,
  told: () => { if (polled.why !== null) polled.again(); },
  spoken: () => { structure = ""; },
});
