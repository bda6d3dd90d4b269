// What is seen as a table for a spreadsheet: all of it together first, then place by place, with what stands beside.

import { seconds } from "../csv.js";
import { text } from "../words.js";
import { placeName } from "./labels.js";
import { within } from "./promised.js";

const COLUMNS = ["entered", "answered", "abandoned", "share", "mean", "longest", "within", "called_back", "callback_kept", "callback_overdue", "letters_received", "letters_answered"];
const said = (name, values) => text(`tilbakeblikk.${name}`, values);
const rounded = (n) => (n === null || n === undefined ? "" : Math.round(n * 1e6) / 1e6);

function figures(of, share) {
  if (of === null) return COLUMNS.map(() => "");
  const read = { mean: seconds(of.mean), longest: seconds(of.longest), share: rounded(of.share), within: rounded(within(of, share)) };
  return COLUMNS.map((name) => read[name] ?? of[name]);
}

// `names` are what the two stretches are called; `share` the target by which it is said how many were answered in time.
export function lines(made, places, first, names, share) {
  const columns = said("csv_columns"), both = names.other !== null;
  const line = (name, one, other) => [name, ...figures(one, share), ...(both ? figures(other, share) : [])];
  const of = (called) => columns.map((one) => `${one}: ${called}`);
  return [
    [text("from"), ...of(names.one), ...(both ? of(names.other) : [])],
    line(text("of_all"), made.total.one, made.total.other),
    ...places.map(({ place, one, other }) => line(placeName(place, first, made.step), one, other)),
  ];
}
