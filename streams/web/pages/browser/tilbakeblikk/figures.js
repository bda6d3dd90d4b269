// What rows of history come to together: sums are added, means and shares are made of sums and never of each other. What is
// not known of one of them is not known of all, and nothing at all is no zero. Nothing here touches the page.

const SUMS = [
  "entered", "answered", "wait_sum_ms", "abandoned", "called_back", "callback_kept", "callback_overdue",
  "letters_received", "letters_answered", "letter_days_sum_ms", "letters_within_2",
];
const DAY_MS = 86_400_000;

// What is taken of an answer: a few of its columns, under the name of the group or queue that a row is of.
export function taken({ start, end, step, by, not_whole, rows }) {
  return { start, end, step, by, not_whole, rows: rows.map(row) };
}

function row(of) {
  const name = [of.channel, of.audience, of.queue].filter(Boolean).join("/");
  const sums = Object.fromEntries(SUMS.map((one) => [one, of[one] ?? null]));
  return { start: of.start, name, ...sums, longest: of.wait_max_ms, within: of.answered_within, since: of.definitions_since ?? null };
}

// The names of history's rows that groups, with the queues that are chosen of them, are made of.
export function rowNames(groups, by) {
  return new Set(by === "group" ? groups.map((group) => group.name) : groups.flatMap((group) => group.queues.map((queue) => queue.name)));
}

export function rowsOf(answer, names) {
  return (answer?.rows ?? []).filter((one) => names.has(one.name));
}

// All of them together; null where there are none.
export function together(rows) {
  if (!rows.length) return null;
  const sum = (read) => rows.reduce((total, one) => (total === null || (read(one) ?? null) === null ? null : total + read(one)), 0);
  const made = Object.fromEntries(SUMS.map((name) => [name, sum((one) => one[name])]));
  const edges = new Set(rows.flatMap((one) => Object.keys(one.within)));
  const within = Object.fromEntries([...edges].map((edge) => [edge, sum((one) => one.within[edge])]));
  return { ...made, within, longest: longest(rows), ...ratios(made) };
}

function longest(rows) {
  const of = rows.filter((one) => one.answered !== 0);
  return !of.length || of.some((one) => one.longest === null) ? null : Math.max(...of.map((one) => one.longest));
}

function ratios(made) {
  const ended = made.answered === null || made.abandoned === null ? null : made.answered + made.abandoned;
  return {
    mean: ratio(made.wait_sum_ms, made.answered),
    share: ratio(made.abandoned, ended),
    letterDays: ratio(made.letter_days_sum_ms === null ? null : made.letter_days_sum_ms / DAY_MS, made.letters_answered),
  };
}

// Null over nothing.
export function ratio(part, whole) {
  return part === null || part === undefined || !whole ? null : part / whole;
}

// The column of how many were answered after at most so long.
export function edgeOf(ms) {
  return `answered_le_${ms / 1000}s`;
}
