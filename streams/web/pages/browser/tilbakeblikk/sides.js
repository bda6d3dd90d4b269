// The two stretches as they are asked for: each once, and again each minute while it is not over.

import { Polled } from "../polled.js";
import { taken } from "./figures.js";
import { paths } from "./model.js";

const GOES_ON_MS = 60_000;
const IS_OVER_MS = 86_400_000;
const WITHIN_MS = 15_000;

class Side {
  #asked = []; // [what is asked again and again, where]
  #goesOn = false;

  constructor(name) {
    const polled = (of) => new Polled(`tilbakeblikk.${name}.${of}`, GOES_ON_MS, WITHIN_MS, taken);
    Object.assign(this, { fine: polled("fine"), days: polled("days") });
  }

  // What is to be asked for: of a stretch that begins tomorrow, or of none, nothing.
  aim(of, step, by, today) {
    const { fine, days } = of === null || of.first > today ? { fine: null, days: null } : paths(of, step, by);
    this.#asked = [[this.fine, fine], [this.days, days]].filter(([, path]) => path !== null);
    this.#goesOn = of !== null && of.last >= today;
  }

  // Asks, where it is time for that; true where there is something else to show.
  async look() {
    let isOther = false;
    for (const [polled, path] of this.#asked) {
      const isMissing = polled.path === path && polled.said?.not_whole.length > 0;
      polled.everyMs = this.#goesOn || isMissing ? GOES_ON_MS : IS_OVER_MS;
      isOther = (await polled.look(path)) || isOther;
    }
    return isOther;
  }

  // Of what is asked for now, and not of what was before: the newest good answers, or null.
  get answers() {
    const [fine, days] = [this.fine, this.days].map((one) => (this.#asked.some(([polled, path]) => polled === one && one.path === path) ? one.said : null));
    return { fine, days };
  }

  // How each of them stands.
  get states() {
    return this.#asked.map(([polled, path]) => (polled.path === path ? polled : { path, said: null, at: null, why: "loading" }));
  }

  // Whether all that is asked for is answered, refused or kept.
  get isReady() {
    return this.states.every((one) => one.said !== null || one.why !== "loading");
  }
}

export const sides = { one: new Side("one"), other: new Side("other") };
