// Tilbakeblikk: a day, week, month or year of any queues, beside another.

import * as chosen from "../chosen.js";
import { announce, begin, by, draw as drawAll, frame, get, nowMs } from "../frame.js";
import { element } from "../elements.js";
import { local, text } from "../words.js";
import * as address from "./address.js";
import { charts } from "./charts.js";
import { controls } from "./controls.js";
import * as csvOf from "./csv.js";
import { besideName, chosenName, shortName, stretchName } from "./labels.js";
import { byOf, model, partsOf, placesOf } from "./model.js";
import { notes, trouble, until } from "./notes.js";
import { parts } from "./parts.js";
import { promisesOfAll } from "./promised.js";
import { sides } from "./sides.js";
import { lines, totals } from "./totals.js";

const NAME = "tilbakeblikk";
let targets = [], page = null, drawn = "", toAnnounce = false, isLooking = false;

const said = (name, values) => text(`tilbakeblikk.${name}`, values);
const today = () => local(nowMs()).date;
const isWhole = (group) => group.queues.length === frame.centre.groups.find((one) => one.name === group.name).queues.length;
const groups = () => chosen.groups().map((group) => ({ ...group, isWhole: isWhole(group) }));
// What is chosen by the names of groups and queues: a channel is its groups. Names that there are not are as they are.
function namesOf(at, all) {
  if (!at.names.length || !all.length) return at.names;
  return all.flatMap((group) => (group.isWhole ? [group.name] : group.queues.map((queue) => queue.name)));
}

function now() {
  const at = address.read(today()), chosenGroups = groups();
  return { at, today: today(), groups: frame.centre.groups, chosen: chosenGroups, names: namesOf(at, chosenGroups) };
}

async function ask() {
  const { status, said: told } = await get("/api/v1/targets");
  if (status === 200) targets = told.targets;
}

function aim() {
  const { at, today: day } = now(), asked = [at.step, byOf(at.names), day];
  sides.one.aim(at.of, ...asked);
  sides.other.aim(at.other, ...asked);
}

// What is promised is asked for first, so that nothing moves when it comes; where it is not to be had the figures stand alone.
async function begun() {
  await ask().catch(() => {});
  look();
}

// Asks for what is looked at where it is time for that; one after the other, as a server adds up few at once.
async function look() {
  if (!frame.centre || isLooking) return;
  isLooking = true;
  aim();
  const isOther = [await sides.one.look(), await sides.other.look()];
  isLooking = false;
  if (isOther.includes(true)) drawAll();
}

// Something else is looked at: what stood still no longer does.
function go(values) {
  if (values) address.write(values);
  if (frame.pausedAt !== null) by("pause").click();
  toAnnounce = true;
  aim();
  look();
  drawAll();
}

// Made once for a language; the figures stand there from when there are any.
function build() {
  const asked = controls(now, go), drawing = charts();
  const title = element("h2", { id: "stretch" }), of = element("p", { class: "of" }), told = element("ul", { class: "told" });
  const all = element("div", { class: "figures" }), each = element("div", { class: "figures" });
  const allCard = element("section", { class: "card all", "aria-labelledby": "stretch" }, title, of, told, all);
  const eachCard = element("section", { class: "card each", "aria-labelledby": "each" }, element("h2", { id: "each" }, said("each")), each);
  by("board").replaceChildren(asked.node);
  page = { asked, drawing, title, of, told, all, each, eachCard, cards: [allCard, eachCard, ...drawing.nodes], isThere: false };
}

// While what is asked for is not there yet, what was asked for before stands as it was.
function draw() {
  if (!frame.centre) return;
  if (page === null) build();
  const { at, today: day } = now(), states = [...sides.one.states, ...sides.other.states], isReady = states.length > 0 && sides.one.isReady && sides.other.isReady;
  page.asked.fill(!isReady && at.of.first <= day);
  if (!isReady && at.of.first <= day) return;
  const is = JSON.stringify([at, day, states.map((one) => [one.path, one.at, one.why]), targets, frame.language, ages(states)]);
  if (is === drawn) return;
  drawn = is;
  fill(at);
  if (!page.isThere) by("board").append(...page.cards);
  page.isThere = true;
}

// What is old says how old it is, each second.
function ages(states) {
  return states.some((one) => one.why !== null && one.at !== null) ? Math.floor(frame.clock / 1000) : 0;
}

function seen(at) {
  const made = model(at, { one: sides.one.answers, other: at.other && sides.other.answers }, groups(), frame.clock);
  const names = { one: shortName(at.of, at.step, at.other), other: at.other && shortName(at.other, at.step, at.of) };
  return { made, names, places: placesOf(made), promised: promisesOfAll(targets, groups()) };
}

function fill(at) {
  const { made, names, places, promised } = seen(at), all = groups();
  page.title.textContent = titleOf(at);
  page.of.textContent = [chosenName(at.names, all), until(made, at.of.first)].filter(Boolean).join(", ");
  tell(made, at, names);
  const has = (isLetters) => all.some((group) => group.name.startsWith("written/") === isLetters);
  page.all.replaceChildren(totals(lines(made.total, promised, has(true), has(false)), names, made.isComparable, "stretch"));
  const each = partsOf(made, all.filter((group) => !group.name.startsWith("written/")), byOf(at.names));
  page.eachCard.hidden = each.length < 2;
  by("board").dataset.each = String(each.length >= 2);
  page.each.replaceChildren(parts(each, targets, names, made.isComparable, "each"));
  page.drawing.show({ places, first: at.of.first, step: made.step, names, about: until(made, at.of.first), mean: promised.mean });
  if (toAnnounce && sides.one.states.every((one) => one.why === null)) say(made, names);
}

function titleOf({ of, other, step, beside }) {
  const name = stretchName(of, step);
  if (other === null) return name;
  const which = besideName(step, step === "ar" ? "ar" : beside);
  return `${name} ${said("beside_it", { beside: step === "ar" ? stretchName(other, step) : `${which}, ${stretchName(other, step)}` })}`;
}

function say(made, names) {
  toAnnounce = false;
  announce(made.total.one === null ? said("none_kept", { of: names.one }) : said("announced", { of: names.one, entered: made.total.one.entered }));
}

function tell(made, at, names) {
  const troubles = [trouble(sides.one.states, names.one, frame.clock), trouble(sides.other.states, names.other, frame.clock)].filter(Boolean);
  const all = frame.centre.groups.flatMap((group) => [group, ...group.queues]);
  const isKnown = (name) => all.some((one) => one.name === name || one.name.startsWith(`${name}/`));
  const unknown = at.names.filter((name) => !isKnown(name));
  const told = [...troubles.map((one) => element("li", { class: "old" }, one)), ...notes(made, at, unknown).map((one) => element("li", {}, one))];
  page.told.replaceChildren(...told);
  page.told.hidden = !told.length;
}

// Of when the newest good figures are.
function newest() {
  return Math.max(-Infinity, ...sides.one.states.map((one) => one.at ?? -Infinity));
}

function csv() {
  const { at } = now(), { made, names, places, promised } = seen(at);
  return csvOf.lines(made, places, at.of.first, names, promised.share);
}

address.onBack(() => go(null));
setInterval(look, 1000);
begin({ name: NAME, ask, draw, newest, csv, begun, spoken: () => { page = null; drawn = ""; } });
