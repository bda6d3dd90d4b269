// Each of what is chosen by itself, as what was promised is promised of each.

import { limit, text } from "../words.js";
import { difference, written } from "./differences.js";
import { element } from "../elements.js";
import { promisesOf } from "./promised.js";
import { badge, row, table, verdictOf } from "./totals.js";

const said = (name, values) => text(`tilbakeblikk.${name}`, values);

export function parts(all, targets, names, isComparable, labelledby) {
  const beside = names.other === null ? [] : [said("mean_beside", { beside: names.other }), said("difference")];
  const headings = [text("queue"), said("entered"), said("share"), said("mean"), ...beside, said("promise")];
  return table(headings, all.map((one) => row(one.label, cells(one, targets, names, isComparable), headings)), labelledby);
}

function cells({ group, queue, one, other }, targets, names, isComparable) {
  const { mean } = promisesOf(targets, group, queue), value = one && one.mean, kind = verdictOf(mean, value).kind;
  const of = (name, ...within) => ({ name, within });
  const beside = [
    of("other", written("wait", other && other.mean)),
    of("difference", isComparable ? difference("wait", value, other && other.mean) : text("unknown")),
  ];
  const promise = mean ? [element("span", { class: "limit" }, said("target", { limit: limit(mean) })), " ", ...badge(mean, value)] : [];
  return [
    of("entered", written("count", one && one.entered)),
    of("share", written("share", one && one.share)),
    of("mean", element("span", { class: "value" }, written("wait", value))),
    ...(names.other === null ? [] : beside),
    { name: "promise", kind: kind === "none" ? "" : kind, within: promise },
  ];
}
