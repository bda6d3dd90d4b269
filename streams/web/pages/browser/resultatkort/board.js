// Resultatkort: what was promised, and what has come of it in the day, the week, the month, the quarter and the year.

import * as chosenOf from "../chosen.js";
import { flag, put } from "../elements.js";
import { announce, asked, begin, by, figuresOf, frame } from "../frame.js";
import { clock, text } from "../words.js";
import { Card } from "./card.js";
import { fill, frameOf, inWords } from "./draw.js";
import { lines } from "./file.js";
import { address, chosen, judged, tables, what, who } from "./rows.js";
import { facts, stretches } from "./told.js";

const NAME = "resultatkort";
const card = new Card(), open = new Set((asked.get("lofte") ?? "").split(",").filter(Boolean)), saidOf = new Map();
let parts = null, drawnOf = "";

async function look() {
  if (frame.pausedAt === null && (await card.look()) && frame.pausedAt === null) draw();
}

const promises = () => chosen(card.good?.promises ?? [], chosenOf.names());

function draw() {
  parts ??= frameOf(by("board"));
  const { good, isOld, names } = card, own = promises();
  const wanted = JSON.stringify([frame.language, isOld, good?.as_of_ms, names]);
  if (wanted !== drawnOf) {
    drawnOf = wanted;
    fill(parts.tables, tables(own, names), { isOpen: (id) => open.has(id), more, opened, isOld });
    say(own);
  }
  flag(parts.told, "kind", isOld || card.why ? "old" : "now");
  put(parts.told.querySelector(".shape"), isOld || (card.why && card.why !== "loading") ? "✕" : "");
  put(parts.told.querySelector(".words"), told(own));
}

// Of when it is; where that is not now, how old, and why; and what is not there.
function told(own) {
  const { good, why, isOld } = card;
  if (good === null) return why === null || why === "loading" ? text("loading") : `${text("no_figures")}: ${reasonOf(why)}.`;
  const none = own.length ? "" : text(good.promises.length ? "none_chosen" : "resultatkort.nothing_promised", { names: asked.get("vis") });
  const age = isOld ? `${text("old")}: ${figuresOf(good.as_of_ms)}.` : text("resultatkort.added_up", { time: clock(good.as_of_ms, frame.clock), card: good.card ?? text("unknown") });
  const not = why === null || why === "loading" ? "" : text("resultatkort.no_newer", { why: reasonOf(why) });
  const press = isOld || asked.has("kiosk") || !own.length ? "" : text("resultatkort.press");
  return [age, press, not, none].filter(Boolean).join(" ");
}

function reasonOf(why) {
  const own = text(`resultatkort.why.${why}`, { names: card.missing.join(", ") }), shared = text(`why.${why}`);
  if (own !== `resultatkort.why.${why}`) return own;
  return shared === `why.${why}` ? why : shared;
}

function today() {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: frame.centre?.timezone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(card.good.as_of_ms);
}

function more(id) {
  const one = card.good.promises.find((of) => of.id === id), label = `${who(one, card.names)}: ${what(one)}`;
  return inWords(label, facts(one, card.names, frame.clock), stretches(one, today()), `/tilbakeblikk?vis=${encodeURIComponent(address(one))}`);
}

// Which are open is in the address, so that it may be sent to somebody.
function opened(id, is) {
  if (is) open.add(id);
  else open.delete(id);
  const query = new URLSearchParams(location.search);
  if (open.size) query.set("lofte", [...open].join(","));
  else query.delete("lofte");
  const left = query.toString().replaceAll("%2C", ",").replaceAll("%2F", "/").replace(/=(?=&|$)/g, "");
  history.replaceState(null, "", left ? `?${left}` : location.pathname);
}

// Politely, and of changed verdicts alone.
function say(own) {
  for (const one of own) {
    const before = saidOf.get(one.id);
    saidOf.set(one.id, one.verdict);
    if (before !== undefined && before !== one.verdict) announce(text("changed", { label: `${who(one, card.names)}: ${what(one)}`, verdict: judged(one.verdict).word }));
  }
}

setInterval(look, 1000);
begin({
  name: NAME,
  draw,
  newest: () => card.good?.as_of_ms ?? -Infinity,
  csv: () => lines(promises(), card.names, card.good ?? {}, card.isOld),
  begun: () => { card.remember(); look(); },
  ask: look,
  spoken: () => { drawnOf = ""; },
});
