// What is asked for again and again: the day by quarters, the whole snapshot, and how good expected waits have been.

import { Polled } from "../polled.js";
import { COUNTED } from "./sums.js";
import { NAME } from "./words.js";

const MINUTE_MS = 60_000;
export const DAYS = 7;
const ROW = ["start", "channel", "audience", "queue", "wait_max_ms", "answered_within", ...COUNTED];
const ENTRY = ["callbacks_open", "callbacks_overdue_now", "callbacks_oldest_ms", "transfers_waiting", "letters_open", "letters_overdue_now", "letters_oldest_ms"];

const only = (of, names) => Object.fromEntries(names.map((name) => [name, of[name] ?? null]));

function day(said) {
  return { ...said, rows: said.rows.map((row) => only(row, ROW)) };
}

function snapshot(said) {
  const lines = Object.entries(said.lines).map(([name, of]) => [name, { ...only(of, ENTRY), window: of.windows[said.main_window] ?? null }]);
  return { status: said.status, targets: said.targets, lines: Object.fromEntries(lines) };
}

const ADDRESSES = { day: "/api/v1/history?step=15m&by=queue", snapshot: "/api/v1/now", scores: `/api/v1/expected-wait/scores?days=${DAYS}` };
export const answers = {
  day: new Polled(`${NAME}.day`, MINUTE_MS, 15_000, day),
  snapshot: new Polled(`${NAME}.now`, MINUTE_MS / 4, 8000, snapshot),
  scores: new Polled(`${NAME}.scores`, MINUTE_MS, 8000),
};

// Those of which it is time; true where any of them has something else to show.
export async function look() {
  return (await Promise.all(Object.entries(answers).map(([name, of]) => of.look(ADDRESSES[name])))).some(Boolean);
}

// Whether each of them has answered, well or ill, or was kept.
export function areThere() {
  return Object.values(answers).every((of) => of.said !== null || of.why !== "loading");
}
