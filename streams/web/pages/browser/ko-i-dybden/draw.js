// The page: made once for what is chosen, then changed where something is another.

import { chart } from "../chart.js";
import { element, flag, put } from "../elements.js";
import { clock, filled, limit, look, measure, number, text, wait } from "../words.js";
import { figures, shown, verdict } from "../koene-na/rows.js";
import { TILES, band } from "./now.js";
import { percent, say, signed } from "./words.js";

const EACH = ["waiting", "oldest", "mean", "gave_up"];

function card(id, title, ...within) {
  const age = element("p", { class: "of" });
  const made = element("section", { class: "card", id, "aria-labelledby": `${id}-title` }, element("div", { class: "top" }, element("h2", { id: `${id}-title` }, title), age), ...within);
  return Object.assign(made, { age });
}

const grid = (...within) => element("div", { class: "charts" }, ...within);
const region = (label, table) => element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, table);

// All of it; `of` has what is chosen and which charts there are.
export function build(main, of) {
  const made = { tiles: {}, charts: {}, tables: {}, cards: {} };
  const charted = (names) => grid(...names.filter((name) => of.specs[name]).map((name) => (made.charts[name] = chart(of.specs[name]))));
  const facts = (name) => (made.tables[name] = element("dl", { class: "facts" }));
  const listed = (name, label) => region(label, (made.tables[name] = element("table", { class: name })));
  const add = (name, ...within) => (made.cards[name] = card(name, say(`cards.${name}`), ...within));
  const cards = of.isLetters ? [] : [add("now", tiles(made, of.length), listed("each", say("each")), listed("promises", say("promises")))];
  if (of.hasLetters) cards.push(add("letters", facts("letters")));
  if (!of.isLetters) {
    cards.push(add("waits", charted(["spread", "mean", "gave_up", "within"])), add("exits", charted(["visits"])));
    cards.push(add("callbacks", charted(["callbacks"]), facts("callbacks")), add("transfers", facts("transfers")));
    cards.push(add("foretold", element("p", { class: "about" }, say("foretold_about")), listed("scores", `${say("cards.foretold")}: ${text("as_table")}`)));
  }
  main.replaceChildren(picker(of), element("div", { class: "cards" }, ...cards));
  return made;
}

// What may be chosen; several that the address names are one of them, too.
function picker({ groups, value, label, choose }) {
  const select = element("select", { id: "picked" }), option = (name, called) => element("option", { value: name }, called);
  for (const group of groups) {
    const of = group.queues.map((queue) => option(queue.name, queue.label));
    select.append(element("optgroup", { label: group.label }, option(group.name, `${group.label}, ${text("of_all").toLowerCase()}`), ...of));
  }
  select.append(option(groups.map(({ name }) => name).join(","), say("all")));
  if (![...select.options].some((one) => one.value === value)) select.append(option(value, label));
  select.value = value;
  select.addEventListener("change", () => choose(select.value));
  return element("div", { class: "picker" }, element("label", {}, element("span", {}, say("show")), " ", select), element("p", { class: "about" }, say("about")));
}

function tiles(made, length) {
  return element("dl", { class: "tiles" }, ...TILES.map((name) => {
    const value = element("span", { class: "value" }), mark = element("span", { class: "mark" }), note = element("small", { class: "note" }), said = element("span", { class: "unseen" });
    const tile = element("div", { class: `tile ${name}` }, element("dt", {}, say(`tiles.${name}`, { length })), element("dd", {}, element("span", { class: name === "verdict" ? "badge" : "figure" }, mark, value), " ", said, " ", note));
    made.tiles[name] = { tile, value, mark, note, said };
    return tile;
  }));
}

export function fillTiles(made, told) {
  for (const name of TILES) {
    const { tile, value, mark, note, said } = made.tiles[name], of = told[name];
    const isVerdict = name === "verdict";
    put(value, isVerdict ? of.word : of.value);
    put(note, of.note);
    put(said, isVerdict || !of.note ? "" : of.said);
    flag(tile, "now", String(name === "gave_up" ? told.isSnapshotOfNow : told.one.isNow));
    if (isVerdict) { flag(tile, "kind", of.kind); shape(mark, of.shape); continue; }
    flag(tile, "beyond", String(of.isBeyond));
    if (of.isBeyond !== mark.childElementCount > 0) mark.replaceChildren(...(of.isBeyond ? [element("span", { "aria-hidden": "true" }, "✗ "), element("span", { class: "unseen" }, `${text("beyond")} `)] : []));
  }
}

function shape(mark, drawn) {
  if (mark.textContent !== `${drawn} `) mark.replaceChildren(element("span", { class: "shape", "aria-hidden": "true" }, drawn), " ");
}

// Rows of a table, in place of those that were; nothing where there are none.
function fill(table, head, body) {
  const wanted = JSON.stringify([head, body]);
  if (table.wanted === wanted) return;
  table.wanted = wanted;
  table.parentElement.hidden = !body.length;
  const cell = (of, heading) => element(of.isHead ? "th" : "td", { ...(of.isHead ? { scope: "row" } : {}), ...(of.kind ? { "data-kind": of.kind } : {}), ...(of.isBeyond ? { "data-beyond": "true" } : {}), "data-heading": heading }, ...inside(of));
  const rows = body.map((row) => element("tr", { class: row[0].kindOfRow ?? "" }, ...row.map((of, n) => cell(of, head[n]))));
  table.replaceChildren(element("thead", {}, element("tr", {}, ...head.map((one) => element("th", { scope: "col" }, one)))), element("tbody", {}, ...rows));
}

function inside({ value, note, shape: drawn, isBeyond, isHead }) {
  const said = drawn ? [element("span", { class: "badge" }, element("span", { class: "shape", "aria-hidden": "true" }, drawn), ` ${value}`)] : [element("span", { class: isHead ? "label" : "value" }, value)];
  if (isBeyond) said.push(" ", element("span", { "aria-hidden": "true" }, "✗"), element("span", { class: "unseen" }, ` ${text("beyond")}`));
  return note ? [...said, " ", element("small", { class: "note" }, note)] : said;
}

// Each queue or group by itself; what is not of now says its age.
export function fillEach(made, parts, board, ageOf) {
  const head = [text("queue"), ...[...EACH, "expected", "verdict"].map((name) => text(`figures.${name}`))];
  fill(made.tables.each, head, parts.filter((of) => !of.name.endsWith("/other") || board.documents.has(of.name) || board.good.has(of.name)).map((of) => {
    const one = shown(of.name, board), told = figures(one, of.group, board), found = verdict(one, board);
    const toldOf = (name) => told[name] ?? { value: text("unknown"), note: "" }; // of letters nobody waits
    const expected = { ...toldOf("expected"), note: band(one) };
    return [{ value: of.label, note: ageOf(one), isHead: true, kindOfRow: one.isNow ? "" : "was" }, ...EACH.map(toldOf), expected, { value: found.word, note: found.note, shape: found.shape, kind: found.kind }];
  }));
}

export function fillPromises(made, targets, labelOf, nowMs, length) {
  const value = (of, target) => (of.value === null ? text("unknown") : "at_most_ms" in target.limit ? wait(of.value) : "at_most_visits" in target.limit ? number(of.value) : percent(of.value));
  fill(made.tables.promises, say("promise_columns").map((one) => filled(one, { length })), targets.map((target) => {
    const found = look(target.verdict), since = target.since_ms ? text("since", { time: clock(target.since_ms, nowMs) }) : "";
    const cell = (of) => ({ value: of ? value(of, target) : text("unknown"), isBeyond: of?.met === false });
    return [{ value: measure(target), note: labelOf(target), isHead: true }, { value: limit(target) }, cell(target.window), cell(target.today), { value: found.word, note: since, shape: found.shape, kind: target.verdict }];
  }));
}

// "tir. 4.3."; at noon a date is the same one in the centre's zone.
function dayOf(date) {
  return clock(Date.parse(`${date}T12:00:00Z`), 0).replace(/ \d\d:\d\d$/, "");
}

export function fillScores(made, rows, labelOf) {
  fill(made.tables.scores, say("score_columns"), rows.map(({ day, queue, score }) => [
    { value: queue === null ? text("of_all") : labelOf(queue), note: dayOf(day), isHead: true, kindOfRow: queue === null ? "all" : "" },
    { value: number(score.answered) }, { value: signed(score.mean_error_ms) }, { value: wait(score.root_mean_square_ms) }, { value: wait(score.plain_root_mean_square_ms) },
    score.is_worse_than_plain ? { value: say("worse"), shape: "▲", kind: "drifting" } : { value: score.answered < 100 ? say("too_few") : say("better"), shape: score.answered < 100 ? "○" : "●", kind: score.answered < 100 ? "insufficient" : "ok" },
  ]));
}

export function fillFacts(made, name, facts) {
  const table = made.tables[name], wanted = JSON.stringify(facts);
  if (!table || table.wanted === wanted) return;
  table.wanted = wanted;
  table.replaceChildren(...facts.map((of) => element("div", {}, element("dt", {}, of.name, ...(of.isNow ? [" ", element("small", {}, say("now"))] : [])), element("dd", {}, of.value))));
}
