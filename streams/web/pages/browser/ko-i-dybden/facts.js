// Counts of the day and of now, each by its name: callbacks, transfers and letters. Nothing here touches the page.

import { about, number, wait } from "../words.js";
import { entries } from "./now.js";
import { ratio, total } from "./sums.js";
import { percent, say } from "./words.js";

const counted = (day, names) => names.map((name) => ({ name: say(`counts.${name}`), n: day?.[name] ?? null, value: number(day?.[name]) }));
const oldest = (found, name) => found.reduce((most, one) => ((one[name] ?? null) === null ? most : Math.max(most ?? 0, one[name])), null);

// Of now, as the snapshot has it: what stands open. An age is rounded down, a length up.
function open(snapshot, lines, names, age) {
  const found = entries(snapshot, lines).filter((entry) => !age.startsWith("letters") || entry.letters_open !== null), ms = oldest(found, age);
  return [...names.map((name) => ({ name: say(`counts.${name}`), n: total(found, name), value: number(total(found, name)), isNow: true })),
    ...(age ? [{ name: say(`counts.${age}`), n: ms === null ? null : Math.floor(ms / 1000), unit: "s", value: about(ms), isNow: true }] : [])];
}

export function callbacks(day, snapshot, lines) {
  const mean = day ? ratio(day.callback_wait_sum_ms, day.callback_kept) : null;
  return [
    ...open(snapshot, lines, ["callbacks_open", "callbacks_overdue_now"], "callbacks_oldest_ms"),
    ...counted(day, ["called_back", "callback_tried", "callback_kept", "callback_settled", "callback_broken", "callback_overdue"]),
    { name: say("counts.callback_mean"), n: mean === null ? null : Math.ceil(mean / 1000), unit: "s", value: wait(mean) },
  ];
}

export function transfers(day, snapshot, lines) {
  return [
    ...counted(day, ["offered", "missed", "left_transferred", "left_overflow", "answered_passed_on"]),
    ...counted(day, ["passed_on", "passed_on_answered", "passed_on_given_up", "passed_on_ended_otherwise"]),
    ...open(snapshot, lines, ["transfers_waiting"], ""),
  ];
}

export function letters(day, snapshot, lines) {
  const inTime = day ? ratio(day.letters_within_2, day.letters_within_2 === null || day.letters_missed_2 === null ? null : day.letters_within_2 + day.letters_missed_2) : null;
  return [
    ...open(snapshot, lines, ["letters_open", "letters_overdue_now"], "letters_oldest_ms"),
    ...counted(day, ["letters_received", "letters_answered", "letters_held", "letters_moved"]),
    { name: say("counts.letters_in_time"), n: inTime === null ? null : Math.round(inTime * 1000) / 10, unit: "%", value: percent(inTime) },
  ];
}
