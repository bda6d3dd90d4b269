// The page: a table for each unit, a row for each promise, and below a row that is opened that promise in words.

import { drawn, element } from "../elements.js";
import { text } from "../words.js";
import { STRETCHES } from "./rows.js";

const COLUMNS = ["name", "verdict", "limit", ...STRETCHES, "of", "used", "rest", "becomes", "chance"];
const BAR = [48, 8]; // px

export const heading = (name) => text(STRETCHES.includes(name) ? `scorecard.stretches.${name}` : `scorecard.columns.${name}`);

// What is said above them all stays, as it is said anew each second.
export function frameOf(main) {
  const told = element("p", { class: "told" }, element("span", { class: "shape", "aria-hidden": "true" }), " ", element("span", { class: "words" })), tables = element("div", { class: "tables" });
  main.replaceChildren(told, tables);
  return { told, tables };
}

// `more` gives what is below a row, by its id; `opened` is told which is opened or closed.
export function fill(tables, shown, { isOpen, more, opened, isOld }) {
  const focused = focusOf();
  tables.replaceChildren(...shown.map(({ kind, rows }) => card(kind, rows, { isOpen, more, opened, isOld })));
  if (focused) tables.querySelector(focused)?.focus({ preventScroll: true });
}

// Where a keyboard is, so that it is there in what is made anew, too.
function focusOf() {
  const node = document.activeElement, row = node?.closest?.("tr.promise, tr.more");
  if (!row) return null;
  return row.dataset.id ? `tr[data-id="${CSS.escape(row.dataset.id)}"] button` : `#${CSS.escape(row.id)} ${node.localName === "a" ? "a" : ".wide"}`;
}

function card(kind, rows, how) {
  const id = `kind-${kind}`, table = element("table", { role: "table", "aria-labelledby": id });
  const head = COLUMNS.map((name) => element("th", { role: "columnheader", scope: "col", class: name }, heading(name)));
  const body = element("tbody", { role: "rowgroup" }, ...rows.flatMap((row) => both(row, how)));
  table.append(element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)), body);
  const top = element("div", { class: "top" }, element("h2", { id }, text(`scorecard.titles.${kind}`)), element("p", { class: "about" }, `${text(`scorecard.about.${kind}`)}. ${text(`resultatkort.about_${kind}`)}`));
  return element("section", { class: "card", "aria-labelledby": id }, top, table);
}

function both(row, how) {
  const below = element("tr", { role: "row", class: "more", id: `more-${row.id}` }), button = element("button", { type: "button", "aria-controls": below.id });
  button.append(element("span", { class: "who" }, row.who), " ", element("span", { class: "what" }, row.what));
  const open = (is) => {
    button.setAttribute("aria-expanded", String(is));
    below.hidden = !is;
    below.replaceChildren(...(is ? [element("td", { role: "cell", colspan: COLUMNS.length }, ...how.more(row.id))] : []));
  };
  open(how.isOpen(row.id));
  button.addEventListener("click", () => {
    open(below.hidden);
    how.opened(row.id, !below.hidden);
  });
  const name = element("th", { role: "rowheader", scope: "row", class: "name" }, button);
  return [element("tr", { role: "row", class: "promise", "data-id": row.id, "data-now": String(!how.isOld) }, name, ...cells(row)), below];
}

function cell(name, ...within) {
  return element("td", { role: "cell", class: name, "data-heading": heading(name) }, ...within);
}

function cells(row) {
  const verdict = cell("verdict", badge(row.verdict), " ", element("small", { class: "note" }, row.verdict.note));
  verdict.dataset.kind = row.verdict.badge;
  return [
    verdict,
    cell("limit", row.limit),
    ...row.stretches.map((one) => stretch(one)),
    cell("of", row.of),
    used(row.used),
    lost(cell("rest", row.rest.said), row.rest.isLost),
    cell("becomes", row.becomes),
    cell("chance", row.chance),
  ];
}

function lost(made, is) {
  made.dataset.beyond = String(is);
  return made;
}

export function badge({ shape, word }) {
  return element("span", { class: "badge" }, element("span", { class: "shape", "aria-hidden": "true" }, shape), " ", element("span", { class: "word" }, word));
}

// Its mark has a word for those who hear it.
function stretch({ name, value, met, mark, said }) {
  const made = cell(name, element("span", { class: "value" }, value));
  made.classList.add("stretch");
  made.dataset.met = String(met);
  if (mark) made.append(element("span", { class: "mark", "aria-hidden": "true" }, mark));
  made.append(element("span", { class: "unseen" }, ` ${said}`));
  return made;
}

// A bar, and how much of it in figures: what is over the full bar is in the figure alone.
function used({ share, said, isOver, note }) {
  const [width, height] = BAR, made = cell("used");
  if (share !== null) {
    const full = drawn("rect", { class: isOver ? "over" : "full", width: (Math.min(1, Math.max(0, share)) * width).toFixed(1), height });
    made.append(drawn("svg", { class: "room", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" }, drawn("rect", { class: "all", width, height }), full), " ");
  }
  made.append(element("span", { class: "value" }, said));
  if (note) made.append(" ", element("small", { class: "note fast" }, `▲ ${note}`));
  return lost(made, isOver);
}

// One promise in words: sentences, and what each stretch is made of.
export function inWords(label, facts, stretches, link) {
  const list = element("dl", {}, ...facts.map(([name, sentence]) => element("div", {}, element("dt", {}, name), element("dd", {}, sentence))));
  const table = element("table", { role: "table", "aria-label": label }, headsOf(), element("tbody", { role: "rowgroup" }, ...stretches.map(stretchRow)));
  const further = element("p", { class: "further" }, element("a", { href: link }, text("resultatkort.day_by_day")));
  return [element("div", { class: "words" }, list, element("div", {}, element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, table), further))];
}

function headsOf() {
  const heads = text("resultatkort.stretch_columns").map((one) => element("th", { role: "columnheader", scope: "col" }, one));
  return element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
}

function stretchRow(one) {
  const [, from, , , of] = text("resultatkort.stretch_columns"), told = (name, said, more = {}) => element("td", { role: "cell", class: name, ...more }, said);
  const verdict = told("verdict", badge(one.judged), { "data-kind": one.met === null ? "insufficient" : one.met === "kept" ? "ok" : "breach" });
  const name = element("th", { role: "rowheader", scope: "row" }, one.name);
  return element("tr", { role: "row" }, name, told("from", one.from, { "data-heading": from }), told("value", one.value), verdict, told("count", one.of, { "data-heading": of }), told("missing", one.missing));
}
