// Numbers, times and words as Norwegian boards write them: as streams/serve/bokmal.py does, which a test holds them to.

const HAIR = 1e-9;
let texts = { unknown: "–" };
let zone = "Europe/Oslo";

export function use(told) {
  texts = told;
}

export function useZone(name) {
  zone = name;
}

export function filled(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// A text by its path, such as "why.old"; with what stands in braces filled in.
export function text(path, values) {
  const found = maybe(path, values);
  if (found === undefined) console.warn(`no words for ${path}`); // a fault of ours
  return found ?? path;
}

// Likewise; undefined where there is none.
export function maybe(path, values) {
  const found = path.split(".").reduce((of, name) => of?.[name], texts);
  return typeof found === "string" ? filled(found, values) : found;
}

export function number(n) {
  return n === null || n === undefined ? texts.unknown : String(n).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
}

export function wait(ms) {
  if (ms === null || ms === undefined) return texts.unknown;
  const all = Math.ceil(ms / 1000 - HAIR), two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(all / 60), seconds = two(all % 60);
  return minutes < 60 ? `${minutes}:${seconds}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${seconds}`;
}

// A share, such as "7 %"; rounded, as what is promised of it is held by its verdict.
export function percent(share) {
  return share === null || share === undefined ? texts.unknown : `${Math.round(share * 100)}\u00a0%`;
}

export function about(ms) {
  if (ms === null || ms === undefined) return texts.unknown;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return text("seconds", { n: seconds });
  if (seconds < 3600) return text("minutes", { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return text("hours", { n: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) });
  return text("days", { n: Math.floor(seconds / 86400), h: Math.floor((seconds % 86400) / 3600) });
}

const IN_FULL = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

// An instant's local parts, as numbers; Monday is day 0.
export function local(ms) {
  const told = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...IN_FULL }).formatToParts(ms);
  const of = Object.fromEntries(told.map((part) => [part.type, part.value]));
  const day = (new Date(Date.UTC(Number(of.year), Number(of.month) - 1, Number(of.day))).getUTCDay() + 6) % 7;
  return { time: `${of.hour}:${of.minute}`, date: `${of.year}-${of.month}-${of.day}`, d: Number(of.day), m: Number(of.month), day: texts.weekdays?.[day], month: texts.months?.[Number(of.month) - 1] };
}

// "10:17"; on another day than today "ons. 5.3. 10:17".
export function clock(ms, nowMs) {
  const of = local(ms);
  return of.date === local(nowMs).date ? of.time : `${text("short_date", of)} ${of.time}`;
}

export function today(ms) {
  const of = local(ms);
  return `${text("date", of)} ${of.time}`;
}

// A verdict or a state: its shape and its word.
export function look(state) {
  const word = texts.looks?.[state] ?? texts.states?.[state] ?? state;
  return { shape: texts.shapes?.[state] ?? { catching_up: "◐", lost: "✕" }[state] ?? "✕", word };
}

export function measure(target) {
  return text(`measures.${target.measure}`, { within: wait(target.within_ms) });
}

// What was promised, such as "≤ 7:00" or "≥ 80 %".
export function limit(target) {
  const share = (of) => `${String(Math.round(of * 1e7) / 1e5).replace(".", ",")} %`;
  const told = target.limit, [sense] = Object.keys(told).filter((name) => name !== "give_or_take");
  const signs = { at_most: "≤", less_than: "<", at_least: "≥", more_than: ">", about: "≈" };
  if (sense === "at_most_ms") return `≤ ${wait(told[sense])}`;
  if (sense === "at_most_visits") return `≤ ${number(told[sense])}`;
  return `${signs[sense]} ${share(told[sense])}`;
}
