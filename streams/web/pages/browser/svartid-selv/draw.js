// The page: made once, then changed where something is another.

import { element, flag, put } from "../elements.js";
import { figuresOf } from "../frame.js";
import { say } from "./looks.js";

const OF_ONE = ["figures", "records"]; // tables of one figure in a row
const SIDES = [["figures", "feeds"], ["records", "disputes"]]; // beside each other; what has more columns is below them
const ELSEWHERE = ["workers", "checkpoints", "rules", "past"];

// What there is to change.
export function build(main, shown) {
  const lead = leadOf(), tables = shown.tables.map(({ id }) => tableOf(id));
  const of = (id) => tables.find((one) => one.id === id).card;
  const sides = SIDES.map((ids) => element("div", { class: "side" }, ...ids.map(of)));
  main.replaceChildren(lead.card, ...sides, of("sources"), elsewhere());
  return { lead, tables };
}

function leadOf() {
  const mark = badgeOf(), sentence = element("strong", { class: "sentence" }), more = element("p", { class: "more" }), faults = element("ol", { class: "faults" });
  const line = element("p", { class: "worst" }, mark.node, " ", sentence);
  const card = element("section", { class: "card lead", "aria-labelledby": "lead" }, element("h2", { id: "lead" }, say("titles.lead")), element("p", { class: "about" }, say("about")), line, more, faults);
  return { card, line, mark, sentence, more, faults, drawn: "" };
}

function badgeOf() {
  const shape = element("span", { class: "shape", "aria-hidden": "true" }), word = element("span", { class: "word" });
  return { node: element("span", { class: "badge" }, shape, " ", word), shape, word };
}

function tableOf(id) {
  const columns = say(`columns.${id}`), title = `table-${id}`;
  const head = columns.map((name) => element("th", { role: "columnheader", scope: "col" }, name));
  const body = element("tbody", { role: "rowgroup" }), empty = element("p", { class: "none" });
  const table = element("table", { role: "table", class: OF_ONE.includes(id) ? "of-one" : "of-many", "aria-labelledby": title }, element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)), body);
  const age = element("small", { class: "age" });
  const card = element("section", { class: `card ${id}`, "aria-labelledby": title }, element("div", { class: "top" }, element("h2", { id: title }, say(`titles.${id}`)), age), empty, table);
  return { id, columns, card, body, table, empty, age, rows: new Map() };
}

// What this process cannot know, and where it is.
function elsewhere() {
  const all = ELSEWHERE.flatMap((id) => [element("dt", {}, say(`elsewhere.${id}.what`)), element("dd", {}, say(`elsewhere.${id}.where`))]);
  return element("section", { class: "card elsewhere", "aria-labelledby": "elsewhere" }, element("h2", { id: "elsewhere" }, say("titles.elsewhere")), element("dl", {}, ...all));
}

// All of it as it is now.
export function fill({ lead, tables }, shown) {
  flag(lead.card, "worst", shown.lead.badge.kind);
  flag(lead.line, "kind", shown.lead.badge.kind);
  fillBadge(lead.mark, shown.lead.badge);
  put(lead.sentence, shown.lead.sentence);
  put(lead.more, shown.lead.more);
  fillFaults(lead, shown);
  tables.forEach((of, n) => fillTable(of, shown.tables[n], shown));
}

function fillBadge({ shape, word }, badge) {
  put(shape, badge.shape);
  put(word, badge.word);
}

function fillFaults(lead, { faults, more }) {
  const drawn = JSON.stringify([faults, more]);
  if (lead.drawn === drawn) return;
  lead.drawn = drawn;
  const rest = more ? [element("li", { class: "rest" }, say("and_rest", { n: more }))] : [];
  lead.faults.replaceChildren(...faults.map((one, n) => faultOf(one, n === 0)), ...rest);
}

// The worst is in the sentence above already: of it, what mends it alone is said.
function faultOf({ badge, sentence, help, command, runbook }, isFirst) {
  const mark = badgeOf();
  fillBadge(mark, badge);
  const parts = isFirst ? [] : [element("p", { class: "said" }, mark.node, " ", sentence)];
  const does = element("p", { class: "help" }, help);
  if (command) does.append(" ", say("runs"), " ", element("code", {}, command), ".");
  if (runbook) does.append(" ", say("reads"), " ", element("code", {}, runbook), ".");
  return element("li", { "data-kind": badge.kind }, ...parts, does);
}

function fillTable(of, told, shown) {
  of.table.hidden = told.rows.length === 0;
  of.empty.hidden = !of.table.hidden;
  put(of.empty, told.empty);
  put(of.age, shown.isNow ? "" : figuresOf(shown.at));
  const keys = told.rows.map(({ key }) => key);
  if (keys.join() !== [...of.rows.keys()].join()) {
    of.rows = new Map(told.rows.map((row) => [row.key, rowOf(row, of.columns)]));
    of.body.replaceChildren(...[...of.rows.values()].map(({ node }) => node));
  }
  for (const row of told.rows) fillRow(of.rows.get(row.key), row);
}

function rowOf(row, columns) {
  const label = element("span", { class: "label" }), about = element("small", { class: "note" }), mark = badgeOf();
  const cells = row.cells.map((_, n) => {
    const value = element("span", { class: "value" }), note = element("small", { class: "note" });
    return { value, note, node: element("td", { role: "cell", class: "figure", "data-heading": columns[n + 1] }, value, note) };
  });
  const verdict = element("td", { role: "cell", class: "verdict", "data-heading": columns.at(-1) }, mark.node);
  const node = element("tr", { role: "row" }, element("th", { role: "rowheader", scope: "row" }, label, about), ...cells.map((one) => one.node), verdict);
  return { node, label, about, cells, mark, verdict };
}

function fillRow(parts, row) {
  flag(parts.node, "now", String(row.isNow));
  flag(parts.node, "key", row.key);
  put(parts.label, row.label);
  put(parts.about, row.about);
  row.cells.forEach(({ value, note }, n) => {
    put(parts.cells[n].value, value);
    put(parts.cells[n].note, note);
  });
  flag(parts.verdict, "kind", row.badge.kind);
  fillBadge(parts.mark, row.badge);
  put(parts.mark.word, row.isNow ? row.badge.word : say("was", { word: row.badge.word }));
}

