// The last good figures, kept in this browser for a day: they are shown as old, with their age, and never as of now.

const KEY = "svartid.koene-na.1";
const DAY_MS = 86_400_000;
const EVERY_MS = 5000;
let savedAt = -Infinity;

// `isNow` where there may be no later occasion.
export function save(board, isNow = false) {
  if (board.good.size === 0 || (!isNow && performance.now() - savedAt < EVERY_MS)) return;
  savedAt = performance.now();
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...board, good: [...board.good] }));
  } catch {
    // No room, or none allowed: then they last as long as the page.
  }
}

// What was kept, of a day at most; `nowMs` is the server's, where it is known.
export function load(nowMs) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    const good = kept.good.filter(([, one]) => isKept(one, nowMs));
    return good.length ? { ...kept, good: new Map(good) } : null;
  } catch {
    return null;
  }
}

// What is of a time that is far ahead is of another clock.
export function isKept(one, nowMs) {
  return Math.abs(nowMs - one.at) < DAY_MS;
}

export function choice(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(`svartid.${name}`);
    localStorage.setItem(`svartid.${name}`, value);
  } catch {
    // Then it is chosen again next time.
  }
  return value ?? null;
}
