// Rows of one figure each: of the figures' age and whole, and of the records that were read. Nothing here touches the page.
//
// A row has a `key`, a `label`, what it is held against (`about`), `cells` of a `value` and a `note`, a `level`, and, where
// something is wrong, its `fault`: what it is called in MENDS and in the texts, and what to fill in there.

import { about, clock as time, number, text } from "../words.js";
import { say } from "./looks.js";

const row = (key, value, note, level = "well", fault = null) =>
  ({ key, label: say(`rows.${key}.label`), about: say(`rows.${key}.about`), cells: [{ value, note }], level, fault });
const none = (key, n, names, level = "wrong") =>
  row(key, number(n), names.join(", "), n ? level : "well", n ? { id: key, values: { n: number(n), names: names.join(", ") } } : null);

export function percent(done, of) {
  return `${Math.floor((done / of) * 100)} %`;
}

// Whether the figures are of now, and of all.
export function figures(one) {
  return [
    age(one), writer(one), behind(one), rebuilding(one),
    none("missing_partitions", one.document.missing_partitions.length, one.document.missing_partitions),
    none("missing_topics", one.document.missing_topics.length, one.document.missing_topics),
    none("unread_partitions", one.document.unread_partitions.length, one.document.unread_partitions),
    residual(one), clock(one), configuration(one),
  ];
}

function age({ document, clock: nowMs, why }) {
  return row("age", about(Math.max(0, nowMs - document.as_of_ms)), say("made", { time: time(document.as_of_ms, nowMs) }), why === null ? "well" : "wrong");
}

// That it is one and the same worker, and since when, as far as this page has seen it; its mark is a number that only
// tells it from the others.
function writer({ clock: nowMs, centre, writerSince }) {
  const by = centre?.writer ?? null;
  if (by === null) return row("writer", text("unknown"), "", "unknown");
  return row("writer", say("one_worker"), say("same_since", { time: time(writerSince, nowMs), mark: by.slice(0, 4) }));
}

function behind({ document, channels }) {
  const isMuch = document.status === "catching_up", n = number(document.behind);
  const each = Object.entries(document.feeds).filter(([, feed]) => feed.behind).map(([name, feed]) => `${channels[name] ?? name}: ${number(feed.behind)}`);
  return row("behind", n, each.join(", "), isMuch ? "look" : "well", isMuch ? { id: "behind", values: { n } } : null);
}

function rebuilding({ document, channels }) {
  const of = document.rebuilding;
  if (of === null && document.status !== "rebuilding") return row("rebuilding", text("no"), "");
  const names = (of?.channels ?? []).map((name) => channels[name] ?? name).join(", "), share = of ? percent(of.done, of.of) : text("unknown");
  const note = of ? say("rebuilt", { names, done: number(of.done), of: number(of.of) }) : "";
  return row("rebuilding", share, note, "look", { id: "rebuilding", values: { names, share } });
}

function residual({ document }) {
  const n = number(document.residual), isWrong = document.residual !== 0;
  return row("residual", n, "", isWrong ? "wrong" : "well", isWrong ? { id: "residual", values: { n } } : null);
}

function clock({ document }) {
  const off = document.clock_wrong_ms;
  if (off === null) return row("clock", say("clock_right"), "");
  return row("clock", about(Math.abs(off)), say(off > 0 ? "clock_ahead" : "clock_behind"), "wrong", { id: "clock", values: { length: about(Math.abs(off)) } });
}

function configuration({ document, clock: nowMs }) {
  const by = document.configuration;
  if (by === null) return row("configuration", text("unknown"), "", "unknown");
  const since = by.definitions_since_ms === null ? say("definitions_always") : say("definitions_since", { time: time(by.definitions_since_ms, nowMs) });
  return row("configuration", say("revision", { n: by.revision }), `${by.digest} · ${since}`);
}

// The records that were read since the beginning, and how many of them lately.
export function records(one) {
  const { records: of } = one.document;
  return [
    counted("accepted", of.accepted, one),
    rising("late", of.late + (of.restated_late ?? 0), one),
    rejected(one),
    rising("newer", of.newer, one),
    rising("without_entry", of.without_entry ?? 0, one, ""),
    rising("crowded", of.crowded, one, ""),
    rising("let_go", of.let_go, one, "ahead"),
    none("lost_events", of.lost, []),
    ahead(one),
  ];
}

function counted(key, n, one, level, fault) {
  return row(key, number(n), lately(one.recent, key), level, fault);
}

// "0 siste 15 min"; before that is known, that it begins now.
function lately(recent, key) {
  return recent === null ? say("from_now") : say("lately", { n: number(recent[key]), length: about(recent.overMs) });
}

// One that should not rise: it is looked into where it does. `as` is the fault's name, where it is told as another.
function rising(key, n, one, as = key) {
  const risen = one.recent?.[key] ?? 0;
  if (!risen) return counted(key, n, one);
  return counted(key, n, one, "look", as ? { id: as, values: { n: number(risen), names: "" } } : null);
}

function rejected(one) {
  const { rejected: of } = one.document.records, all = Object.values(of).reduce((sum, n) => sum + n, 0);
  const reasons = Object.entries(of).filter(([, n]) => n).map(([reason, n]) => `${text("rejections")[reason] ?? reason}: ${number(n)}`);
  const made = rising("rejected", all, one), [cell] = made.cells;
  cell.note = [cell.note, ...reasons].filter(Boolean).join(" · ");
  return made;
}

function ahead({ document, channels }) {
  const of = Object.entries(document.records.ahead).filter(([, waits]) => waits.held || waits.beyond_clock);
  const beyond = of.reduce((sum, [, waits]) => sum + waits.beyond_clock, 0), held = of.reduce((sum, [, waits]) => sum + waits.held, 0);
  const names = of.map(([name]) => channels[name] ?? name).join(", ");
  return row("ahead", number(held), beyond ? say("beyond", { n: number(beyond), names }) : names, beyond ? "look" : "well", beyond ? { id: "ahead", values: { n: number(beyond), names } } : null);
}
