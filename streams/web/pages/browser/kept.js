// The last good figures, kept in this browser for a day: they are shown as old, with their age, and never as of now.

const DAY_MS = 86_400_000;
const EVERY_MS = 5000;
const keyOf = (name) => `svartid.${name}.2`;
const savedAt = new Map();

// What a board has; `isNow` where there may be no later occasion.
export function save(name, what, isNow = false) {
  if (!isNow && performance.now() - (savedAt.get(name) ?? -Infinity) < EVERY_MS) return;
  savedAt.set(name, performance.now());
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(what));
  } catch {
    // No room, or none allowed: then they last as long as the page.
  }
}

// What was kept; null where nothing was, or what is there is none of ours.
export function load(name) {
  try {
    const found = JSON.parse(localStorage.getItem(keyOf(name)));
    return typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}

// Whether figures of then are of a day at most; what is of a time that is far ahead is of another clock.
export function isKept(at, nowMs) {
  return Math.abs(nowMs - at) < DAY_MS;
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
