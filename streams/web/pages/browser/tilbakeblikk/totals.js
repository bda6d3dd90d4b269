// The figures of a stretch beside those of another, with what was promised, whether it was kept, and the difference.

import { element } from "../elements.js";
import { limit, look, text, wait } from "../words.js";
import { difference, written } from "./differences.js";
import { isKept, within } from "./promised.js";

const said = (name, values) => text(`tilbakeblikk.${name}`, values);

// What is shown of all that is chosen, in order: { name, kind, one, other, target, note }.
export function lines({ one, other }, { mean, share }, hasLetters, hasVisits) {
  const line = (name, kind, read, more = {}) => ({ name: said(name), kind, one: one && read(one), other: other && read(other), ...more });
  const visits = [
    line("entered", "count", (of) => of.entered),
    line("answered", "count", (of) => of.answered),
    line("abandoned", "count", (of) => of.abandoned),
    line("share", "share", (of) => of.share),
    line("mean", "wait", (of) => of.mean, { target: mean }),
    line("longest", "wait", (of) => of.longest),
    ...(share ? [line("within", "shareDown", (of) => within(of, share), { name: said("within", { within: wait(share.within_ms) }), target: share })] : []),
    line("called_back", "count", (of) => of.called_back),
    line("callback_kept", "count", (of) => of.callback_kept),
    line("callback_overdue", "count", (of) => of.callback_overdue),
  ];
  const letters = [
    line("letters_received", "count", (of) => of.letters_received),
    line("letters_answered", "count", (of) => of.letters_answered),
    line("letter_days", "days", (of) => of.letterDays),
  ];
  return [...(hasVisits ? visits : []), ...(hasLetters ? letters : [])];
}

export function verdictOf(target, value) {
  const kept = isKept(target, value);
  if (kept === null) return { kind: "none", shape: "", word: "" };
  return { kind: kept ? "ok" : "breach", shape: look(kept ? "ok" : "breach").shape, word: said(kept ? "kept" : "missed") };
}

export function badge(target, value) {
  const { kind, shape, word } = verdictOf(target, value);
  if (kind === "none") return [];
  return [element("span", { class: "badge" }, element("span", { class: "shape", "aria-hidden": "true" }, shape), " ", element("span", { class: "word" }, word))];
}

const cell = (role, attributes, ...of) => element(role === "cell" ? "td" : "th", { role, ...attributes }, ...of);

export function heading(name) {
  return cell("columnheader", { scope: "col" }, name);
}

// A table whose rows are blocks on a telephone: each has its roles of its own, as a browser takes them from such rows.
export function table(names, rows, labelledby) {
  const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...names.map(heading)));
  return element("table", { role: "table", "aria-labelledby": labelledby }, head, element("tbody", { role: "rowgroup" }, ...rows));
}

export function row(name, cells, headings) {
  const made = cells.map(({ kind, within, name: called }, n) => {
    const one = cell("cell", { class: called, "data-heading": headings[n + 1] }, ...within);
    if (kind) one.dataset.kind = kind;
    return one;
  });
  return element("tr", { role: "row" }, cell("rowheader", { scope: "row" }, name), ...made);
}

// `names` are what the two stretches are called in a heading; the other's is null where nothing stands beside.
export function totals(all, names, isComparable, labelledby) {
  const hasPromises = all.some((one) => one.target);
  const headings = [said("figure"), names.one, ...(names.other === null ? [] : [names.other, said("difference")]), ...(hasPromises ? [said("promise")] : [])];
  const rows = all.map((one) => row(one.name, cells(one, names, isComparable).slice(0, headings.length - 1), headings));
  return table(headings, rows, labelledby);
}

function cells(one, names, isComparable) {
  const { kind, word } = verdictOf(one.target, one.one), value = (of) => element("span", { class: "value" }, written(one.kind, of));
  const beside = [
    { name: "other", within: [value(one.other)] },
    { name: "difference", within: [isComparable ? difference(one.kind, one.one, one.other) : text("unknown")] },
  ];
  const promise = one.target ? [element("span", { class: "limit" }, said("target", { limit: limit(one.target) })), " ", ...badge(one.target, one.one)] : [];
  return [{ name: "one", within: [value(one.one)] }, ...(names.other === null ? [] : beside), { name: "promise", kind: word ? kind : "", within: promise }];
}

