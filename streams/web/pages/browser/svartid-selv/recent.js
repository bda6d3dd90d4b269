// How counters since the beginning have risen in the last quarter of an hour, or since this page first looked. A count of
// years says nothing of today.

export const OVER_MS = 900_000;
const EVERY_MS = 15_000;

// What is counted, in all.
export function counters({ records }) {
  const sum = (of) => Object.values(of ?? {}).reduce((all, n) => all + n, 0);
  return {
    accepted: records.accepted, late: records.late + (records.restated_late ?? 0), rejected: sum(records.rejected),
    newer: records.newer, without_entry: records.without_entry ?? 0, crowded: records.crowded, let_go: records.let_go,
  };
}

export class Recent {
  #seen = []; // [of when, counters], the oldest first
  #last = null;

  take(document) {
    const at = document.as_of_ms, counted = counters(document);
    const isLess = this.#last !== null && Object.keys(counted).some((name) => counted[name] < this.#last[1][name]);
    if (isLess || (this.#last !== null && at < this.#last[0])) this.#seen = []; // counted anew
    this.#last = [at, counted];
    if (!this.#seen.length || at - this.#seen.at(-1)[0] >= EVERY_MS) this.#seen.push(this.#last);
    while (this.#seen.length > 1 && this.#seen[1][0] <= at - OVER_MS) this.#seen.shift();
  }

  // Over how long, and by how much each; null before there are two looks to compare.
  rises() {
    const first = this.#seen[0];
    if (this.#last === null || this.#last === first) return null;
    const of = Object.entries(this.#last[1]).map(([name, n]) => [name, n - first[1][name]]);
    return { overMs: this.#last[0] - first[0], ...Object.fromEntries(of) };
  }
}
