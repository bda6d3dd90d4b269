// How well something is: a level, its shape and its word. Coloured as verdicts are on all boards.

import { look, text } from "../words.js";

const KINDS = { well: "ok", look: "drifting", wrong: "breach", unknown: "insufficient", off: "closed" };
const WORST = ["wrong", "look", "unknown", "off", "well"];

export function badge(level, state) {
  const kind = KINDS[level];
  return state ? { kind, ...state } : { kind, shape: look(kind).shape, word: text(`svartid-selv.levels.${level}`) };
}

// Of several the worst one first; those that are as bad stay as they were.
export function byLevel(of) {
  return [...of].sort((one, other) => WORST.indexOf(one.level) - WORST.indexOf(other.level));
}

export const say = (path, values) => text(`svartid-selv.${path}`, values);
