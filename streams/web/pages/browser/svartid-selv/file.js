// What is seen, as lines for a spreadsheet: a line for each figure.

import { iso } from "../csv.js";
import { text } from "../words.js";
import { say } from "./looks.js";

export function lines(shown) {
  const head = [say("csv_columns")];
  if (shown === null) return head;
  const old = (isNow) => text(isNow ? "no" : "yes");
  const lead = [say("titles.lead"), "", "", shown.lead.sentence || shown.lead.badge.word, shown.lead.more, shown.lead.badge.word, iso(shown.at), old(shown.isNow)];
  const rows = shown.tables.flatMap(({ id, rows: of }) => of.flatMap((row) => row.cells.map((cell, n) =>
    [say(`titles.${id}`), row.label, say(`columns.${id}`)[n + 1], cell.value, cell.note, row.badge.word, iso(shown.at), old(row.isNow)])));
  return [...head, lead, ...rows];
}
