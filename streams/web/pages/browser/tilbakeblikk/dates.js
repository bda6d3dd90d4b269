// Dates as they stand in the address ("2025-03-03"), and the stretches they make. Nothing here knows what time it is.

const DAY_MS = 86_400_000;

export const STEPS = ["dag", "uke", "maned", "ar"];
export const BESIDE = ["uke", "ar", "ingen"];

const msOf = (date) => Date.parse(`${date}T00:00:00Z`);

export function isDate(said) {
  return /^\d{4}-\d\d-\d\d$/.test(said ?? "") && Number.isFinite(msOf(said)) && plus(said, 0) === said;
}

export function plus(date, days) {
  return new Date(msOf(date) + days * DAY_MS).toISOString().slice(0, 10);
}

export function daysBetween(first, last) {
  return Math.round((msOf(last) - msOf(first)) / DAY_MS);
}

// Monday is 0.
export function weekday(date) {
  return (new Date(msOf(date)).getUTCDay() + 6) % 7;
}

// Of ISO 8601: that of the Thursday.
export function week(date) {
  const thursday = plus(date, 3 - weekday(date));
  return 1 + Math.floor(daysBetween(`${thursday.slice(0, 4)}-01-01`, thursday) / 7);
}

// The day, week, month or year that a date is in: its first and its last.
export function stretch(date, step) {
  const [year, month] = date.split("-");
  if (step === "uke") return days(plus(date, -weekday(date)), 7);
  if (step === "maned") return { first: `${year}-${month}-01`, last: plus(nextMonth(year, month), -1) };
  if (step === "ar") return { first: `${year}-01-01`, last: `${year}-12-31` };
  return days(date, 1);
}

function days(first, of) {
  return { first, last: plus(first, of - 1) };
}

function nextMonth(year, month) {
  return month === "12" ? `${Number(year) + 1}-01-01` : `${year}-${String(Number(month) + 1).padStart(2, "0")}-01`;
}

// What a stretch is held against: as many days of the same weekdays, 364 days or some whole weeks earlier; of a year the
// year before, as its months cannot be moved by weeks. Null: nothing.
export function beside({ first, last }, step, which) {
  if (which === "ingen") return null;
  if (step === "ar") return stretch(plus(first, -1), "ar");
  const back = which === "ar" ? 364 : 7 * Math.ceil((daysBetween(first, last) + 1) / 7);
  return { first: plus(first, -back), last: plus(last, -back) };
}

// A date of the stretch that is so many of them later.
export function moved(date, step, by) {
  const { first, last } = stretch(date, step);
  if (step === "dag" || step === "uke") return plus(date, by * (step === "uke" ? 7 : 1));
  return by < 0 ? stretch(plus(first, -1), step).first : plus(last, 1);
}
