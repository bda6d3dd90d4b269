// What is seen as lines for a spreadsheet: figures as they are, unrounded, each promise in the unit that its line says.

import { iso } from "../csv.js";
import { text } from "../words.js";
import { address, STRETCHES, what, who } from "./rows.js";
import { limit, unit } from "./values.js";

const SCALES = { waits: 1 / 1000, shares: 100, days: 1 / 86_400_000, numbers: 1 };

const plain = (of) => (of === null || of === undefined ? "" : String(Number(of.toFixed(6))).replace(".", ","));
const yesOrNo = (of) => (of === null || of === undefined ? "" : text(of ? "yes" : "no"));

export function lines(promises, names, card, isOld) {
  return [headings(), ...promises.map((one) => line(one, names, card, isOld))];
}

function headings() {
  const first = text("resultatkort.csv.first"), each = text("resultatkort.csv.each"), last = text("resultatkort.csv.last");
  const of = STRETCHES.flatMap((name) => each.map((one) => `${text(`scorecard.stretches.${name}`)}: ${one}`));
  return [...first, ...of, ...last];
}

function line(promise, names, card, isOld) {
  const kind = unit(promise), inUnit = (of) => plain(of === null || of === undefined ? null : of * SCALES[kind]);
  const each = STRETCHES.flatMap((name) => {
    const of = promise[name];
    return [of?.since, inUnit(of?.value), yesOrNo(of?.met), of === null || of.value === null ? "" : of.of];
  });
  const { budget, burn, forecast } = promise, share = (of) => plain(of === null || of === undefined ? null : of * 100);
  return [
    promise.id, address(promise), `${who(promise, names)}: ${what(promise)}`, limit(promise).replaceAll("\u00a0", " "), text(`resultatkort.units.${kind}`),
    text(`scorecard.judged.${promise.verdict}`), ...each, share(budget?.used), inUnit(budget?.rest), yesOrNo(budget?.can_be_kept),
    plain(burn?.week), plain(burn?.day), plain(burn?.two_hours), yesOrNo(burn?.too_fast),
    inUnit(forecast?.low), inUnit(forecast?.likely), inUnit(forecast?.high), share(forecast?.chance), iso(card.as_of_ms), text(isOld ? "yes" : "no"),
  ];
}
