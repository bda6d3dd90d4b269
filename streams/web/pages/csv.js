// What is seen, as a file for a spreadsheet.

import * as rows from "./rows.js";
import { text } from "./words.js";

const field = (value) => {
  const said = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(said) && Number.isNaN(Number(said)) ? `'${said}` : said; // a spreadsheet would reckon it
  return /[";\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
const seconds = (ms) => (ms === null || ms === undefined ? "" : Math.ceil(ms / 1000));
const iso = (ms) => (ms ? new Date(ms).toISOString() : "");

export function csv(cells, board) {
  const lines = [text("csv_columns")];
  for (const [name, of] of cells) {
    if (of.row.hidden) continue;
    const one = rows.shown(name, board), told = one.at === null ? {} : one.document, nowMs = one.isNow ? board.clock : one.at;
    const label = name === of.group.name ? of.group.label : `${of.group.label}, ${of.queue.label}`;
    const oldest = told.oldest_entered_ms ? nowMs - told.oldest_entered_ms : null;
    const expected = told.expected_wait ?? {}, verdict = rows.verdict(one, board);
    lines.push([name, label, one.state, told.waiting, seconds(oldest), seconds(told.wait_mean_ms), seconds(expected.low_ms), seconds(expected.high_ms), verdict.word, iso(told.verdict_since_ms), iso(one.at), text(one.isNow ? "no" : "yes")]);
  }
  return `\ufeff${lines.map((line) => line.map(field).join(";")).join("\r\n")}\r\n`;
}
