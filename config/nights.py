"""Opening hours past midnight: a night is of the day on which it began, whatever is said of the day after.

The library reads a night as two days' hours. So of one that is not there, as that day is off, it leaves the hours after
midnight, and of one before a day with another rule it leaves none. Pure. May import: spans.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Final, NamedTuple

import opening_hours

from config.spans import DAY

_DAY_MINUTES: Final = 24 * 60
_TIME: Final = r"\d{1,2}:\d\d-\d{1,2}:\d\d"
_RULE: Final = re.compile(rf"(?P<days>.*?)\s*(?P<times>{_TIME}(\s*,\s*{_TIME})*|off|closed|24/7|)")
_OF_DATES: Final = re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|easter|week|\d{4})\b", re.IGNORECASE)
_NOON: Final = time(12)

Minutes = tuple[int, int]  # since midnight: from one up to, not including, the other; past 24 hours of the next day


class Rule(NamedTuple):
    """One rule of the language: the days that it speaks of, and when it is open on them."""

    days: opening_hours.OpeningHours
    times: tuple[Minutes, ...]
    is_of_dates: bool  # and not of days of the week alone


def nights(texts: Sequence[str]) -> tuple[Rule, ...] | None:
    """The rules of hours that go past midnight; None of others, and of what says more than days and times."""
    found = [_RULE.fullmatch(text.strip()) for text in texts]
    if not all(match and ":" not in match["days"] for match in found):
        return None
    try:
        rules = tuple(_rule(match["days"], match["times"]) for match in found if match)
    except opening_hours.ParserError:  # type: ignore[attr-defined]  # the stub lacks it
        return None
    return rules if any(ends > _DAY_MINUTES for rule in rules for _, ends in rule.times) else None


def of_day(rules: Sequence[Rule], day: date) -> Iterator[Minutes]:
    """From when to when it is open on a day: by the last rule that speaks of it, and by the night before."""
    own, before = _last(rules, day), _last(rules, day - DAY)
    if own is not None:
        yield from ((opens, min(closes, _DAY_MINUTES)) for opens, closes in rules[own].times if opens < _DAY_MINUTES)
    if before is not None and _goes_on(rules, before, own):
        yield from ((max(0, a - _DAY_MINUTES), b - _DAY_MINUTES) for a, b in rules[before].times if b > _DAY_MINUTES)


def _goes_on(rules: Sequence[Rule], before: int, own: int | None) -> bool:
    """Whether a night goes on past midnight: not into a day that is off, or has hours of its own date."""
    if own is None or own <= before:
        return True
    return bool(rules[own].times) and not rules[own].is_of_dates


def _last(rules: Sequence[Rule], day: date) -> int | None:
    noon = datetime.combine(day, _NOON)
    return next((n for n in reversed(range(len(rules))) if rules[n].days.is_open(noon)), None)


def _rule(days: str, times: str) -> Rule:
    all_day = opening_hours.OpeningHours(f"{days} 00:00-24:00".strip())
    return Rule(all_day, tuple(_times(times)), bool(_OF_DATES.search(days)))


def _times(text: str) -> Iterator[Minutes]:
    if text in ("", "24/7"):
        yield 0, _DAY_MINUTES
    for opens, closes in re.findall(r"(\d{1,2}:\d\d)-(\d{1,2}:\d\d)", text):
        begins, ends = _minute(opens), _minute(closes)
        yield begins, ends if ends > begins else ends + _DAY_MINUTES


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
