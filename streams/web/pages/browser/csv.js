// A file for a spreadsheet.

function field(value) {
  const said = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(said) && Number.isNaN(Number(said)) ? `'${said}` : said; // a spreadsheet would reckon it
  return /[";\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const seconds = (ms) => (ms === null || ms === undefined ? "" : Math.ceil(ms / 1000));
export const share = (of) => (of === null || of === undefined ? "" : String(Math.round(of * 1e4) / 100).replace(".", ",")); // percents, as spreadsheets here read them
export const iso = (ms) => (ms ? new Date(ms).toISOString() : "");

// Its text, of lines of fields, the headings first.
export function file(lines) {
  return `\ufeff${lines.map((line) => line.map(field).join(";")).join("\r\n")}\r\n`;
}
