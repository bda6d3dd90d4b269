// Which queues and groups are shown, by the address: `?vis=phone/personbruker,chat/samhandler/helse`.

import { asked, frame } from "./frame.js";

export function names() {
  return (asked.get("vis") ?? "").split(",").map((name) => name.trim().replace(/\/$/, "")).filter(Boolean);
}

// The groups with the queues that are chosen of them: a group has all of its queues; all are where none is named.
export function groups() {
  const wanted = names(), all = frame.centre?.groups ?? [];
  if (!wanted.length) return all;
  const isOf = (name) => wanted.some((one) => one === name || name.startsWith(`${one}/`));
  return all
    .map((group) => ({ ...group, queues: group.queues.filter((queue) => isOf(queue.name)) }))
    .filter((group) => isOf(group.name) || group.queues.length);
}
