// Rows of history of several queues together: sums are added and means are of sums, and where a part is not known the
// sum is not. Where nothing was counted there is no quarter, and never a zero.

export const QUARTER_MS = 900_000;
export const COUNTED = [
  "entered", "answered", "wait_sum_ms", "abandoned", "left", "called_back", "lost", "offered", "missed",
  "left_transferred", "left_overflow", "answered_passed_on", "passed_on", "passed_on_answered", "passed_on_given_up",
  "passed_on_ended_otherwise", "callback_tried", "callback_kept", "callback_wait_sum_ms", "callback_cancelled",
  "callback_failed", "callback_settled", "callback_broken", "callback_overdue", "letters_received", "letters_answered",
  "letters_within_2", "letters_missed_2", "letters_held", "letters_moved",
];

export function nameOf(row) {
  return `${row.channel}/${row.audience}/${row.queue}`;
}

// Of some of them a figure; null where any of them is, or there are none.
export function total(rows, name) {
  if (!rows.length) return null;
  return rows.reduce((sum, row) => (sum === null || (row[name] ?? null) === null ? null : sum + row[name]), 0);
}

export function ratio(part, whole) {
  return part === null || !whole ? null : part / whole;
}

// The longest wait of those who were answered; null, too, where that of any of them is not known.
export function longest(rows) {
  const answered = rows.filter((row) => row.answered > 0);
  if (!answered.length || answered.some((row) => (row.wait_max_ms ?? null) === null)) return null;
  return Math.max(...answered.map((row) => row.wait_max_ms));
}

// Quarters of these queues together, the oldest first.
export function quarters(rows, lines) {
  const wanted = new Set(lines), by = new Map();
  for (const row of rows) {
    const at = Date.parse(row.start);
    if (wanted.has(nameOf(row))) by.set(at, [...(by.get(at) ?? []), row]);
  }
  return [...by].sort(([a], [b]) => a - b).map(([at, of]) => ({ at, ...together(of) }));
}

function together(rows) {
  const within = rows.map((row) => row.answered_within), sums = COUNTED.map((name) => [name, total(rows, name)]);
  const edges = Object.keys(within[0] ?? {}).map((edge) => [edge, total(within, edge)]);
  return { ...Object.fromEntries(sums), wait_max_ms: longest(rows), answered_within: Object.fromEntries(edges) };
}

// All of them as one; null where there is none.
export function day(of) {
  return of.length ? together(of) : null;
}

// The same up to each of them.
export function soFar(of) {
  return of.map((one, n) => ({ at: one.at, ...together(of.slice(0, n + 1)) }));
}

export const mean = (of) => ratio(of.wait_sum_ms, of.answered);
export const gaveUp = (of) => ratio(of.abandoned, of.answered === null || of.abandoned === null ? null : of.answered + of.abandoned);

// "answered_le_600s": after at most how many ms.
export function edgeMs(name) {
  return Math.round(parseFloat(name.slice("answered_le_".length)) * 1000);
}

export function edges(of) {
  return Object.keys(of[0]?.answered_within ?? {}).map(edgeMs).sort((a, b) => a - b);
}

// How many were answered up to each edge and after the one before, and after the last: what is told is cumulative.
export function spread(one) {
  const told = Object.entries(one.answered_within).map(([name, n]) => [edgeMs(name), n]).sort(([a], [b]) => a - b);
  const counts = [...told.map(([, n]) => n), one.answered];
  return counts.map((n, place) => (place === 0 ? n : n === null || counts[place - 1] === null ? null : n - counts[place - 1]));
}

export function within(one, ms) {
  const found = Object.entries(one.answered_within).find(([name]) => edgeMs(name) === ms);
  return found ? ratio(found[1], one.answered) : null;
}
