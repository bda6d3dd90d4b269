// What the stream tells of each queue and group, and what this browser has kept of that.

import { frame, nowMs } from "./frame.js";
import * as kept from "./kept.js";
import { useZone } from "./words.js";

export class Told {
  documents = new Map(); // by name, as told last
  good = new Map(); // by name, the last one that could be believed, and of when it is
  targets = [];
  get isLive() { return frame.isLive; }
  get at() { return frame.at; }
  get clock() { return frame.clock; }
  get language() { return frame.language; }

  // `name` is the board's.
  constructor(name) {
    this.name = name;
  }

  hear(staged, isWhole) {
    if (isWhole) this.documents.clear();
    for (const [name, one] of staged) one === null ? this.documents.delete(name) : this.documents.set(name, one);
    for (const [name, one] of this.documents) if (one.waiting !== null) this.good.set(name, { document: one, at: frame.at });
    for (const name of this.good.keys()) if (!this.documents.has(name)) this.good.delete(name);
    this.keep();
  }

  keep(isNow = false) {
    if (this.good.size) kept.save(this.name, { good: [...this.good], targets: this.targets, centre: frame.centre }, isNow);
  }

  remember() {
    const before = kept.load(this.name);
    const good = Array.isArray(before?.good) ? before.good : [];
    this.good = new Map(good.filter((one) => Array.isArray(one) && one[1]?.document && Number.isFinite(one[1].at)));
    this.forget();
    if (!this.good.size || !(frame.centre ?? before.centre)?.groups) return this.good.clear();
    this.targets = Array.isArray(before.targets) ? before.targets : [];
    frame.centre ??= before.centre;
    useZone(frame.centre.timezone);
  }

  // What is older than a day.
  forget(atMs = nowMs()) {
    for (const [name, one] of this.good) if (!kept.isKept(one.at, atMs)) this.good.delete(name);
  }

  // Of when the newest good figures are (ms).
  get newest() {
    return Math.max(...[...this.good.values()].map((one) => one.at));
  }
}
