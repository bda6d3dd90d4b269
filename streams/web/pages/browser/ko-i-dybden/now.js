// What is now of all that is chosen: of one as it is told, of several together by their sums. Nothing here touches the page.

import { figures, shown, verdict } from "../koene-na/rows.js";
import { limit, text, wait } from "../words.js";
import { ratio, total } from "./sums.js";
import { percent, say } from "./words.js";

const GRAVEST_FIRST = ["breach", "drifting", "stale", "stopped", "rebuilding", "catching_up", "insufficient", "open", "ok", "closed"];
const OF_WAITS = ["waiting", "oldest", "mean", "gave_up", "expected"];
export const TILES = ["waiting", "oldest", "mean", "gave_up", "expected", "verdict"];

const place = (target) => [target.channel, target.audience, target.queue].filter(Boolean).join("/");

// The promise of a kind that holds for all that is chosen: each one's own, or its group's; undefined where they differ.
export function promised(targets, entities, is) {
  const [first, ...others] = entities.map((of) => {
    const mine = (name) => targets.find((target) => place(target) === name && is(target));
    return mine(of.name) ?? mine(of.group.name);
  });
  const isSame = (one) => one && JSON.stringify([one.measure, one.within_ms, one.limit]) === JSON.stringify([first.measure, first.within_ms, first.limit]);
  return first && others.every(isSame) ? first : undefined;
}

export const isMean = (target) => target.measure.startsWith("mean_wait") && "at_most_ms" in target.limit;
export const isShare = (target) => target.measure === "share_within";
export const isGaveUp = (target) => target.measure === "abandonment";

// All that was promised of what is chosen, and of the groups that it is of.
export function promises(targets, entities) {
  const names = new Set(entities.flatMap((of) => [of.name, of.group.name, ...(of.queues ?? []).map(({ name }) => name)]));
  return targets.filter((target) => names.has(place(target)));
}

// The limit in a number, as a chart has it; null where it is of another sort.
export function bound(target) {
  const [, value] = Object.entries(target?.limit ?? {}).find(([name]) => name !== "give_or_take") ?? [];
  return value ?? null;
}

// What the whole snapshot says of the queues that are chosen; those it has no entry of have nothing to say.
export function entries(snapshot, lines) {
  return lines.map((name) => snapshot?.lines?.[name]).filter(Boolean);
}

// Of the main window, together.
export function lately(snapshot, lines) {
  const windows = entries(snapshot, lines).map((entry) => entry.window ?? {});
  const [answered, abandoned, sum] = ["answered", "abandoned", "wait_sum_ms"].map((name) => total(windows, name));
  return { mean: ratio(sum, answered), gaveUp: ratio(abandoned, answered === null || abandoned === null ? null : answered + abandoned) };
}

// Whether the queues that are chosen have letters, and nobody who waits by the minute.
export function areLetters(snapshot, lines) {
  const found = entries(snapshot, lines);
  return found.length > 0 && found.every((entry) => entry.letters_open !== null);
}

export function hasLetters(snapshot, lines) {
  return entries(snapshot, lines).some((entry) => entry.letters_open !== null);
}

// Several documents as one: what is not known of one is not known of all; an instant is the earliest.
export function joined(ones, snapshot, lines) {
  const documents = ones.map((one) => (one.at === null ? {} : one.document)), known = documents.every((of) => (of.waiting ?? null) !== null);
  const earliest = (name) => Math.min(...documents.map((of) => of[name] ?? Infinity));
  const instant = (name) => (known && Number.isFinite(earliest(name)) ? earliest(name) : null);
  const document = {
    waiting: total(documents, "waiting"), disputed: total(documents, "disputed"), oldest_entered_ms: instant("oldest_entered_ms"),
    longest_since_ms: instant("longest_since_ms"), wait_mean_ms: lately(snapshot, lines).mean, state: "open",
  };
  const at = ones.some((one) => one.at === null) ? null : Math.min(...ones.map((one) => one.at));
  return { document, at, isNow: ones.every((one) => one.isNow), state: "open" };
}

// All tiles of what is chosen, each beside what it is held against.
export function tiles(entities, snapshot, board) {
  const ones = entities.map((of) => shown(of.name, board)), lines = entities.flatMap((of) => of.lines);
  const one = ones.length === 1 ? ones[0] : joined(ones, snapshot, lines);
  const made = figures(one, { ...common(entities), figures: OF_WAITS }, board);
  if (ones.length > 1) made.expected = { value: say("by_queue"), note: "", isBeyond: false, said: "" };
  return { ...made, expected: { ...made.expected, note: made.expected.note || band(one) }, gave_up: gaveUpOf(entities, snapshot, board), verdict: gravest(entities, ones, board), one };
}

// The group whose limits hold for all; of several groups those limits that are the same.
function common(entities) {
  const [first] = entities, isOne = entities.every((of) => of.group.name === first.group.name);
  const longest = new Set(entities.map((of) => of.group.longest_ms));
  return isOne ? first.group : { name: "", longest_ms: longest.size === 1 ? first.group.longest_ms : null };
}

// "3:20–5:00": 80 of 100.
export function band({ document, at }) {
  const told = document?.expected_wait;
  return at === null || (told?.low_ms ?? null) === null ? "" : say("band", { low: wait(told.low_ms), high: wait(told.high_ms) });
}

function gaveUpOf(entities, snapshot, board) {
  const target = promised(board.targets, entities, isGaveUp), share = lately(snapshot, entities.flatMap((of) => of.lines)).gaveUp;
  const isBeyond = Boolean(target && share !== null && "at_most" in target.limit && share > target.limit.at_most);
  return { value: percent(share), note: target ? limit(target) : say("nothing_promised"), isBeyond, said: target ? text("target") : "" };
}

function gravest(entities, ones, board) {
  const order = (kind) => (GRAVEST_FIRST.indexOf(kind) + GRAVEST_FIRST.length + 1) % (GRAVEST_FIRST.length + 1);
  const all = ones.map((one, n) => ({ ...verdict(one, board), label: entities[n].label })).sort((a, b) => order(a.kind) - order(b.kind));
  return { ...all[0], note: [all.length > 1 ? all[0].label : "", all[0].note].filter(Boolean).join(": ") };
}
