// The page: made once for the queues that are chosen, then changed where something is another.

import { element, flag, put } from "../elements.js";
import { clock, percent, text } from "../words.js";
import * as rows from "./rows.js";
import * as trend from "./trend.js";

const BESIDE = { oldest: "and_limit", mean: "and_target" };

// Cards for groups, a row for each of their queues. It gives back what there is to change, by name.
export function build(main, groups, window) {
  const cells = new Map();
  main.replaceChildren(...groups.map((group, place) => card(group, place, window, cells)));
  return cells;
}

function card(group, place, window, cells) {
  const id = `group-${place}`, table = element("table", { role: "table", "aria-labelledby": id });
  const head = element("tr", { role: "row" }, element("th", { role: "columnheader", scope: "col" }, text("queue")));
  for (const name of rows.columns(group)) {
    const heading = element("th", { role: "columnheader", scope: "col", class: name }, text(`figures.${name}`));
    if (name === "mean") heading.append(" ", text("mean_of", { length: window }));
    if (BESIDE[name]) heading.append(" ", element("small", {}, text(BESIDE[name])));
    head.append(heading);
  }
  head.append(element("th", { role: "columnheader", scope: "col" }, text("figures.verdict")));
  table.append(element("thead", { role: "rowgroup" }, head));
  const body = element("tbody", { role: "rowgroup" });
  const isAlone = group.queues.length === 0;
  body.append(row({ name: group.name, label: text("of_all") }, group, cells, true));
  for (const queue of isAlone ? [] : group.queues) body.append(row(queue, group, cells, false));
  table.append(body);
  const top = element("div", { class: "top" }, element("h2", { id }, group.label), gone(group.name));
  return element("section", { class: `card columns-${group.figures.length}`, "aria-labelledby": id }, top, table);
}

// Where the last hours of a group are; nothing is seen of it until something is known.
function gone(name) {
  const summary = element("summary", {}, element("span", {}, text("trend")), element("span", { class: "line" }), element("span", { class: "gave-up" }));
  return element("details", { class: "trend", "data-of": name, hidden: "" }, summary, element("table"));
}

// The last hours, by group.
export function fillTrends(main, found, board) {
  for (const node of main.querySelectorAll(".trend")) {
    const quarters = found.get(node.dataset.of) ?? [];
    node.hidden = !quarters.some((one) => one.mean !== null);
    if (node.hidden) continue;
    const limit = rows.promisedMean(node.dataset.of, board)?.limit.at_most_ms;
    node.querySelector(".line").replaceChildren(trend.line(quarters, limit, board.clock));
    const share = trend.gaveUp(quarters, board.clock);
    put(node.querySelector(".gave-up"), share === null ? "" : text("gave_up", { share: percent(share) }));
    const head = text("trend_columns").map((one) => element("th", { scope: "col" }, one));
    const body = trend.table(quarters, (ms) => clock(ms, board.clock)).map(([time, ...rest]) =>
      element("tr", {}, element("th", { scope: "row" }, time), ...rest.map((one) => element("td", {}, one))));
    const table = node.querySelector("table");
    table.replaceChildren(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  }
}

function row(queue, group, cells, isGroup) {
  const name = element("th", { role: "rowheader", scope: "row" }, element("span", { class: "label" }, queue.label));
  const age = element("small", { class: "age" });
  name.append(age);
  const made = element("tr", { role: "row", class: isGroup ? "whole" : "part", "data-name": queue.name }, name);
  const of = { row: made, age, queue, group, figures: {} };
  for (const column of rows.columns(group)) {
    const value = element("span", { class: "value" }), note = element("small", { class: "note" });
    const mark = element("span", { class: "mark" }), said = element("span", { class: "unseen" });
    const cell = element("td", { role: "cell", class: column, "data-heading": text(`figures.${column}`) });
    cell.append(element("span", { class: "figure" }, value, mark), " ", said, " ", note);
    of.figures[column] = { cell, value, note, mark, said };
    made.append(cell);
  }
  of.shape = element("span", { class: "shape", "aria-hidden": "true" });
  of.word = element("span", { class: "word" });
  of.since = element("small", { class: "note" });
  const badge = element("span", { class: "badge" }, of.shape, " ", of.word);
  of.verdict = element("td", { role: "cell", class: "verdict", "data-heading": text("figures.verdict") }, badge, of.since);
  made.append(of.verdict);
  cells.set(queue.name, of);
  return made;
}

// All rows as they are now.
export function fill(cells, board) {
  for (const [name, of] of cells) {
    const one = rows.shown(name, board), told = rows.figures(one, of.group, board), verdict = rows.verdict(one, board);
    const isThere = of.queue.name === of.group.name || !name.endsWith("/other") || one.document !== null;
    if (of.row.hidden === isThere) of.row.hidden = !isThere;
    flag(of.row, "now", String(one.isNow));
    put(of.age, rows.ageOf(one, board));
    flag(of.age, "same", String(one.at !== null && board.newest - one.at < 1000)); // as is said above all of them
    for (const column of rows.columns(of.group)) mark(of.figures[column], told[column]);
    flag(of.verdict, "kind", verdict.kind);
    put(of.shape, verdict.shape);
    put(of.word, verdict.word);
    put(of.since, verdict.note);
  }
}

function mark(parts, told) {
  put(parts.value, told.value);
  put(parts.note, told.note);
  put(parts.said, told.note ? told.said : "");
  flag(parts.cell, "beyond", String(told.isBeyond));
  const isMarked = parts.mark.childElementCount > 0;
  if (told.isBeyond && !isMarked) {
    parts.mark.replaceChildren(" ", element("span", { "aria-hidden": "true" }, "✗"), element("span", { class: "unseen" }, text("beyond")));
  } else if (!told.isBeyond && isMarked) parts.mark.replaceChildren();
}
