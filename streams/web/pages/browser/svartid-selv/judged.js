// The whole board as it is to be seen: what is worst, what mends each thing, and the tables. Nothing here touches the page.

import { clock as time, maybe, text } from "../words.js";
import { figures, records } from "./figures.js";
import { badge, byLevel, say } from "./looks.js";
import { MENDS, RUNBOOKS } from "./mends.js";
import { compared, disputes, feeds, sources } from "./sent.js";

const TABLES = { figures, feeds, records, disputes, sources };
const MOST = 8; // faults that are named; the rest is in the tables

// Of the newest good document (null: none), why it is not of now (null: it is), what the configuration says, and which
// queues are shown.
export function judged(of) {
  const isNow = of.why === null, one = { ...of, channels: of.centre?.channels ?? {}, shown: shownOf(of), labelOf: (line) => labelOf(line, of.centre) };
  const tables = Object.entries(TABLES).map(([id, rowsOf]) => table(id, of.document === null ? [] : rowsOf(one), one, isNow));
  const faults = byLevel(faultsOf(tables, one));
  return { isNow, at: of.document?.as_of_ms ?? null, lead: lead(faults, of), faults: faults.slice(0, MOST), more: Math.max(0, faults.length - MOST), tables };
}

function shownOf({ groups, isPart }) {
  const queues = new Set(groups.flatMap((group) => group.queues.map((queue) => queue.name)));
  const channels = new Set(groups.map((group) => group.name.split("/")[0]));
  return { isPart, isOf: (name) => !isPart || queues.has(name), channels: isPart ? channels : { has: () => true } };
}

function labelOf(line, centre) {
  for (const group of centre?.groups ?? []) {
    const queue = group.queues.find((one) => one.name === line.name);
    if (queue) return `${group.label}, ${queue.label}`;
  }
  return line.name;
}

// Nothing of what is not of now has a colour: it is so no more, or nobody knows.
function table(id, rows, one, isNow) {
  const empty = one.document === null ? text("no_figures") : id === "disputes" ? agreed(one) : "";
  return { id, empty: rows.length ? "" : empty, rows: rows.map((row) => ({ ...row, isNow: isNow || row.key === "age", badge: badge(row.level, row.state) })) };
}

function agreed(one) {
  const n = compared(one);
  return n ? say("agreed", { n }) : say("nothing_to_compare");
}

function faultsOf(tables, { why, document }) {
  if (why === "loading") return [];
  if (why !== null) return [fault("wrong", why === "lost" ? "lost" : "old", { why: reasonOf(why) }, helpOf(why))];
  const found = tables.flatMap(({ rows }) => rows).filter((row) => row.fault).map(({ level, fault: of }) => fault(level, of.id, of.values));
  const isTold = document.status !== "stale" || found.some((one) => one.level === "wrong");
  return isTold ? found : [fault("wrong", "stale", {}), ...found];
}

function reasonOf(why) {
  return maybe(`why.${why}`) ?? say("not_answered", { why });
}

function helpOf(why) {
  return maybe(`svartid-selv.helps.${why}`) ?? maybe(`help.${why}`) ?? say("faults.old.help");
}

function fault(level, id, values, help = say(`faults.${id}.help`)) {
  const { command, runbook } = MENDS[id];
  return { id, level, badge: badge(level), sentence: ended(say(`faults.${id}.said`, values)), help, command, runbook: runbook && `${RUNBOOKS}/${runbook}.md` };
}

// A reason may be a question.
function ended(sentence) {
  return sentence.replace(/\?\.$/, "?");
}

function lead(faults, { why, clock: nowMs, since, document }) {
  if (why === "loading") return { id: "loading", badge: badge("unknown", { shape: "◐", word: text("loading") }), sentence: "", more: "" };
  const [worst] = faults;
  if (!worst) return { id: "well", badge: badge("well"), sentence: say("all_well"), more: since === null ? "" : say("since_seen", { time: time(since, nowMs) }) };
  const more = faults.length > 1 ? say("and_more", { n: faults.length - 1 }) : document === null || why === null ? "" : say("last_good");
  return { id: `${worst.id}.${worst.level}`, badge: worst.badge, sentence: worst.sentence, more };
}
