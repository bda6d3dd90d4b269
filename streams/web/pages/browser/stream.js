// What the server tells as it happens, and whether it may be believed. Nothing heard for five seconds is not believed.

import { ServerClock } from "./clock.js";

const SILENT_MS = 5000;
const AGAIN_MS = 1000;
const LONGEST_MS = 15000;
const REASON = "urn:svartid:problem:";

export class Stream {
  #source = null;
  #heard = ServerClock.mark();
  #staged = new Map();
  #isWhole = true; // all is told anew: what is not told is not there
  #tries = 0;
  #again = 0;
  names = []; // all

  // `on.told(documents, gone, isWhole)` when it may be believed, `on.doubts(why)` when nothing may, `on.asks()` to learn why not.
  constructor(on) {
    this.on = on;
    this.why = "loading"; // null: it is believed
    setInterval(() => this.#look(), 250);
    addEventListener("online", () => this.open());
  }

  // Of these queues and groups, or of all.
  open(names = this.names) {
    this.names = names;
    clearTimeout(this.#again);
    this.#source?.close();
    this.#begin();
    const source = (this.#source = new EventSource(`/api/v1/changes?${new URLSearchParams(this.names.map((name) => ["name", name]))}`));
    source.addEventListener("now", (event) => this.#now(JSON.parse(event.data).now));
    source.addEventListener("gone", (event) => this.#staged.set(JSON.parse(event.data).name, null));
    source.addEventListener("believed", (event) => this.#believed(JSON.parse(event.data).until_ms));
    source.addEventListener("unknown", (event) => this.#unknown(JSON.parse(event.data).type));
    source.addEventListener("error", () => this.#broken(source));
  }

  #begin() {
    this.#staged.clear();
    this.#isWhole = true;
  }

  #now(document) {
    this.#staged.set(document.name, document);
  }

  #believed(untilMs) {
    this.#heard = ServerClock.mark();
    this.#tries = 0;
    this.why = null;
    const staged = new Map(this.#staged), isWhole = this.#isWhole;
    this.#staged.clear();
    this.#isWhole = false;
    this.on.told(staged, isWhole, untilMs);
  }

  #unknown(type) {
    this.#heard = ServerClock.mark();
    this.#tries = 0;
    this.#begin(); // when it is believed again all is told again
    this.doubt(type.replace(REASON, ""));
  }

  #broken(source) {
    if (source !== this.#source) return;
    source.close();
    this.#source = null;
    const wait = Math.min(LONGEST_MS, AGAIN_MS * 2 ** Math.min(this.#tries++, 4));
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
    this.on.asks();
  }

  // Whether it has been silent for too long.
  #look() {
    const silent = ServerClock.since(this.#heard);
    if (silent <= SILENT_MS) return;
    if (this.why === null || this.why === "loading") this.doubt("lost");
    if (this.why === "lost" && this.#source !== null && silent > 2 * SILENT_MS) {
      this.#heard = ServerClock.mark(); // a connection that is open and silent is half a one
      this.open();
    } else if (this.why !== "lost" && this.#source === null) this.doubt("lost");
  }

  doubt(why) {
    if (this.why === why) return;
    this.why = why;
    this.on.doubts(why);
  }
}
