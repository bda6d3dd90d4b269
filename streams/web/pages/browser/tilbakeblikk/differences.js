// How much more or less one figure is than another, with its sign and in a word: reckoned of the two as they are written,
// so that it adds up for who reads them. Nothing here touches the page.

import { number, text, wait } from "../words.js";

const word = (name) => text(`tilbakeblikk.${name}`);
const signed = (by, said) => `${by > 0 ? "+" : "−"}${said}`;

export function percent(share, decimals = 1) {
  return share === null || share === undefined ? text("unknown") : `${(share * 100).toFixed(decimals).replace(".", ",")}\u00a0%`;
}

// Of what is held against a promise: downwards, so that one that was missed by a hair never looks kept.
export function percentDown(share) {
  return share === null || share === undefined ? text("unknown") : percent(Math.floor(share * 1000 + 1e-9) / 1000);
}

export function decimal(n) {
  return n === null || n === undefined ? text("unknown") : n.toFixed(1).replace(".", ",");
}

const KINDS = {
  count: { written: number, rounded: (n) => n, said: (by) => number(by), words: ["more", "fewer"] },
  wait: { written: wait, rounded: (ms) => Math.ceil(ms / 1000 - 1e-9), said: (s) => wait(s * 1000), words: ["longer", "shorter"] },
  share: { written: percent, rounded: (of) => Number((of * 100).toFixed(1)), said: (by) => `${decimal(by)} ${word("points")}`, words: ["higher", "lower"] },
  shareDown: { written: percentDown, rounded: (of) => Math.floor(of * 1000 + 1e-9) / 10, said: (by) => `${decimal(by)} ${word("points")}`, words: ["higher", "lower"] },
  days: { written: decimal, rounded: (of) => Number(of.toFixed(1)), said: decimal, words: ["longer", "shorter"] },
};

export function written(kind, value) {
  return KINDS[kind].written(value);
}

// "+0:35 lengre", "−412 færre (−12 %)", "likt"; nothing where either is not known.
export function difference(kind, value, other) {
  if (value === null || other === null || value === undefined || other === undefined) return text("unknown");
  const of = KINDS[kind], by = of.rounded(value) - of.rounded(other), [more, less] = of.words;
  if (Math.abs(by) < 1e-9) return word("same");
  const part = kind === "count" && other > 0 ? Math.round((100 * Math.abs(by)) / other) / 100 : 0;
  const share = part > 0 ? ` (${signed(by, percent(part, 0))})` : "";
  return `${signed(by, of.said(Math.abs(by)))} ${word(by > 0 ? more : less)}${share}`;
}
