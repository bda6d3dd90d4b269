// The scorecard as it was told last, and the last whole one: while something is not counted it says no promise at all.

import { frame, nowMs } from "../frame.js";
import * as kept from "../kept.js";
import { Polled } from "../polled.js";

const NAME = "resultatkort";
const EVERY_MS = 15_000; // workers add it up each minute
const NAMES_EVERY_MS = 60_000;

export class Card {
  good = null; // the last whole one
  #asked = new Polled(`${NAME}-asked`, EVERY_MS);
  #names = new Polled(`${NAME}-names`, NAMES_EVERY_MS);
  #isAsking = false;

  get names() {
    return this.#names.said?.promises ?? {};
  }

  // Partitions that are not counted yet.
  get missing() {
    return this.#asked.why === null ? (this.#asked.said?.not_whole ?? []) : [];
  }

  // Why there is no newer one: a reason of `why` in the texts; null where there is none to tell.
  get why() {
    if (!frame.isLive && frame.why !== "loading") return frame.why;
    if (this.#asked.why !== null) return this.#asked.why;
    if (this.missing.length) return "not-whole";
    return this.good !== null && frame.clock > this.good.fresh_until_ms ? "old" : null;
  }

  // Whether what is shown is not of now. An answer that did not come takes nothing from one that may still be believed.
  get isOld() {
    if (this.good === null) return false;
    return (!frame.isLive && frame.why !== "loading") || this.missing.length > 0 || frame.clock > this.good.fresh_until_ms;
  }

  // What this browser has kept.
  remember() {
    const before = kept.load(NAME);
    if (before !== null && kept.isKept(before.as_of_ms, nowMs())) this.good = before;
  }

  // Asks for what it is time for; true where there is something else to show.
  async look() {
    if (this.#isAsking) return false;
    this.#isAsking = true;
    try {
      const news = await Promise.all([this.#names.look("/pages/promises.json"), this.#asked.look("/api/v1/scorecard")]);
      this.#keep();
      return news.includes(true);
    } finally {
      this.#isAsking = false;
    }
  }

  #keep() {
    const { said, why } = this.#asked;
    if (why !== null || said.not_whole.length || said.as_of_ms === this.good?.as_of_ms) return;
    this.good = said;
    kept.save(NAME, said, true);
  }
}
