// What is asked for again and again: the newest good answer, of when it is, and why there is no newer one.

import { frame, get, nowMs, reason } from "./frame.js";
import * as kept from "./kept.js";

export class Polled {
  said = null; // the newest good answer
  at = null; // of when it is, by the server's clock
  why = "loading"; // a reason of `why` in the texts; null: there is no newer one to be had
  path = null;
  #askedAt = -Infinity;

  // `name` is what it is kept by in this browser; `everyMs` how long an answer is as good as new; `pick` takes of an
  // answer what the board has use for, where all of it has no room in a browser.
  constructor(name, everyMs, withinMs = 8000, pick = (said) => said) {
    Object.assign(this, { name, everyMs, withinMs, pick });
  }

  // Asks where it is time for that, or what is asked is another; true where there is something else to show.
  async look(path) {
    if (path !== this.path) this.#begin(path);
    if (frame.pausedAt !== null || performance.now() - this.#askedAt < this.everyMs) return false;
    this.#askedAt = performance.now();
    const before = this.why;
    try {
      const { status, said } = await get(path, this.withinMs);
      if (path !== this.path) return false; // something else is asked by now
      return status === 200 ? this.#good(this.pick(said)) : this.#bad(reason(said), before);
    } catch {
      return path === this.path && this.#bad("lost", before);
    }
  }

  // Likewise, at once.
  again() {
    this.#askedAt = -Infinity;
  }

  #begin(path) {
    const before = kept.load(this.name);
    const isSame = before !== null && before.path === path && kept.isKept(before.at, nowMs());
    Object.assign(this, { path, said: isSame ? before.said : null, at: isSame ? before.at : null, why: "loading" });
    this.#askedAt = -Infinity;
  }

  #good(said) {
    Object.assign(this, { said, at: nowMs(), why: null });
    kept.save(this.name, { path: this.path, said, at: this.at }, true);
    return true;
  }

  #bad(why, before) {
    this.why = why;
    this.#askedAt = performance.now() - this.everyMs + Math.min(this.everyMs, 5000); // soon again
    return why !== before;
  }
}
