// Rows of what is sent here: by channel, by source, and by queue what a source and svartid disagree about. Nothing here
// touches the page. Rows are as in figures.js.

import { about, clock as time, look, number, text, wait } from "../words.js";
import { say } from "./looks.js";

const cell = (value, note = "") => ({ value, note });

export function feeds(one) {
  const { document, channels, shown } = one;
  return Object.entries(document.feeds).filter(([name]) => shown.channels.has(name)).map(([name, feed]) => ofFeed(name, feed, channels[name] ?? name, one));
}

function ofFeed(name, feed, label, { clock: nowMs }) {
  const { planned_stop: stop } = feed, isLost = Boolean(feed.missing || feed.unread), state = stop ? "stopped" : feed.status;
  const level = stop || feed.status === "closed" ? "off" : { open: "well", stale: "wrong", rebuilding: "look" }[feed.status] ?? "unknown";
  const isSilent = feed.status === "stale" && !stop && !isLost;
  return {
    key: name, label, level, state: look(state),
    about: stop ? say("back", { time: time(stop.until_ms, nowMs), reason: stop.reason }) : "",
    cells: [
      cell(about(feed.silent_ms), feed.newest_event_ms === null ? "" : say("newest", { time: time(feed.newest_event_ms, nowMs) })),
      cell(number(feed.behind)),
      cell(number(feed.missing)),
      cell(number(feed.unread)),
    ],
    fault: isSilent ? { id: feed.silent_ms === null ? "feed_unheard" : "feed_silent", values: { label, length: about(feed.silent_ms) } } : null,
  };
}

const OF_SOURCES = {
  heard: "well", silent: "look", ahead: "look", behind: "look", closed: "off", unheard: "off", unknown: "unknown",
};

export function sources({ document, clock: nowMs }) {
  return Object.entries(document.sources).map(([name, of]) => ({
    key: name, label: of.label, about: "", level: OF_SOURCES[of.status] ?? "unknown", state: { shape: look(of.status).shape, word: text("sources")[of.status] ?? of.status },
    cells: [
      cell(about(of.silent_ms), of.heard_ms === null ? "" : say("heard", { time: time(of.heard_ms, nowMs) })),
      cell(about(of.ahead_ms)), cell(about(of.quickest_ms)),
      cell(number(of.late)), cell(number(of.rejected)), cell(number(of.clamped)), cell(number(of.unmatched)),
      cell(number(of.counts?.queues), agreement(of.counts)),
    ],
    fault: faultOf(of),
  }));
}

function agreement(counts) {
  if (!counts?.queues) return "";
  return counts.fewer || counts.more ? say("counts", { fewer: counts.fewer, more: counts.more, n: number(counts.difference) }) : say("agrees");
}

function faultOf({ status, label, silent_ms: silent, ahead_ms: ahead, quickest_ms: quickest }) {
  const length = { silent, ahead, behind: quickest };
  return status in length ? { id: `source_${status}`, values: { label, length: about(length[status]) } } : null;
}

// Those in which they disagree; a queue of which the source says nothing is not among them.
export function disputes({ document, labelOf, shown }) {
  const found = document.lines.filter((line) => shown.isOf(line.name) && (line.disputed || line.reported_more));
  return found.map((line) => {
    const label = labelOf(line);
    const values = { label, here: number(line.disputed), there: number(line.reported_more) };
    return {
      key: line.name, label, about: "", level: "look", fault: { id: "disputed", values },
      cells: [
        cell(number(line.waiting)), cell(number(line.reported?.waiting)),
        cell(number(line.disputed), line.disputed ? say("eldest", { length: wait(line.disputed_oldest_ms) }) : ""), cell(number(line.reported_more)),
      ],
    };
  });
}

// In how many queues the source says how many wait.
export function compared({ document, shown }) {
  return document.lines.filter((line) => shown.isOf(line.name) && Boolean(line.reported)).length;
}
