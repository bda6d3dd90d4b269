// What is shown: one queue, a group or several, by the address. Where it names none, the first group: its promise holds
// for it alone, and all groups together were promised nothing.

import * as chosen from "../chosen.js";
import { asked, frame } from "../frame.js";

// Each that was chosen, with the queues of it: a group where all of its are, else its queues one by one.
export function entities(groups = shown(), all = frame.centre?.groups ?? []) {
  const isWhole = (group) => all.find((one) => one.name === group.name)?.queues.length === group.queues.length;
  return groups.flatMap((group) => {
    if (isWhole(group)) return [{ ...group, group, lines: linesOf(group) }];
    return group.queues.map((queue) => ({ name: queue.name, label: `${group.label}, ${queue.label}`, group, lines: [queue.name] }));
  });
}

// A group without queues of its own may still be counted as one.
function linesOf(group) {
  return group.queues.length ? group.queues.map(({ name }) => name) : [group.name];
}

function shown() {
  return chosen.names().length ? chosen.groups() : (frame.centre?.groups ?? []).slice(0, 1);
}

// What each figure is also shown of by itself: of one group its queues, of several all of them, of one queue nothing.
export function parts(of) {
  if (of.length !== 1) return of;
  const [one] = of;
  return one.queues ? one.queues.map((queue) => ({ ...queue, group: one.group, lines: [queue.name] })) : [];
}

export function value() {
  return entities().map(({ name }) => name).join(",");
}

// Another choice, without another page: who came here by the keyboard stays where he is.
export function choose(names) {
  asked.set("vis", names);
  history.pushState(null, "", address(asked));
}

// As the browser went back or forward to.
export function follow() {
  const names = new URLSearchParams(location.search).get("vis");
  names === null ? asked.delete("vis") : asked.set("vis", names);
}

export function address(parameters) {
  return `?${String(parameters).replaceAll("%2F", "/").replaceAll("%2C", ",")}`;
}
