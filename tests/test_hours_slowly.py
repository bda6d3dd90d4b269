"""Opening hours as they are written on nav.no, and any others, held against a reading that goes minute by minute.

What is right is said here once more, by code that shares nothing with what reads it: the last rule that speaks of a day
holds; a night is of the day on which it began, and ends at midnight where the next day is off or has hours of its date.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.hours import OpeningHours, hours_of
from tests.examples import examples

OSLO = ZoneInfo("Europe/Oslo")
PUBLIC = holidays.country_holidays("NO")
DAY, MINUTE_MS = timedelta(days=1), 60_000
NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
Stretch = tuple[int, int]  # minutes since midnight; past 24 hours into the next day


class Rule(NamedTuple):
    """What a rule is of: a day of the week, public holidays, or dates; and when it is open on them: off if never."""

    weekday: int | None = None
    first: date | None = None
    last: date | None = None
    easter: int | None = None  # so many days after it
    open_: tuple[Stretch, ...] = ()

    def speaks_of(self, day: date) -> bool:
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if self.easter is not None:
            return day == easter(day.year) + self.easter * DAY
        return self.first <= day <= self.last if self.first and self.last else day in PUBLIC

    @property
    def is_of_holidays(self) -> bool:
        return self.weekday is None and self.easter is None and self.first is None

    @property
    def text(self) -> str:
        if self.weekday is not None:
            of = NAMES[self.weekday]
        elif self.easter is not None:
            of = f"easter {self.easter:+} days" if self.easter else "easter"
        elif self.first and self.last:
            of = f"{_dated(self.first)}-{_dated(self.last)}" if self.first < self.last else _dated(self.first)
        else:
            of = "PH"
        times = ",".join(f"{_clock(a)}-{_clock(b % 1440 or (1440 if b == 1440 else 0))}" for a, b in self.open_)
        return f"{of} {times or 'off'}"


@dataclass(frozen=True)
class Slowly:
    """Rules in the order in which they are written. Where none is of public holidays, the last is: off."""

    rules: tuple[Rule, ...]

    @property
    def text(self) -> str:
        return "; ".join(rule.text for rule in self.rules)

    def last(self, day: date) -> tuple[int, Rule] | None:
        """The last rule that speaks of a day, and its number."""
        said = self.rules if any(rule.is_of_holidays for rule in self.rules) else (*self.rules, Rule())
        return next(((n, rule) for n, rule in reversed([*enumerate(said)]) if rule.speaks_of(day)), None)

    def minutes(self, day: date) -> frozenset[int]:
        """Those of a day in which it is open."""
        return _minutes(self, day)

    def is_open_at(self, ms: int) -> bool:
        local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(OSLO)
        return 60 * local.hour + local.minute in self.minutes(local.date())


@cache
def _minutes(slowly: Slowly, day: date) -> frozenset[int]:
    own, before = slowly.last(day), slowly.last(day - DAY)
    goes_on = own is None or (before is not None and own[0] <= before[0])
    goes_on = goes_on or (own is not None and own[1].weekday is not None and bool(own[1].open_))
    of_day = own[1].open_ if own else ()
    of_night = before[1].open_ if before and goes_on else ()
    return frozenset(
        minute
        for minute in range(1440)
        if any(a <= minute < b for a, b in of_day) or any(a <= minute + 1440 < b for a, b in of_night)
    )


@cache
def easter(year: int) -> date:
    """As the ecclesiastical tables have it (Butcher's form)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    n = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + n - 7 * ((a + 11 * h + 22 * n) // 451) + 114, 31)
    return date(year, month, day + 1)


def _dated(day: date) -> str:
    return f"{day.year} {day:%b} {day:%d}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def reader(text: str) -> OpeningHours:
    return OpeningHours({"phone": hours_of(text)}, OSLO, "NO")


def at(day: date, minute: int) -> int:
    return round((datetime.combine(day, time(), OSLO) + timedelta(minutes=minute)).timestamp() * 1000)


# --- any hours


@st.composite
def stretches(draw: st.DrawFn, night: bool) -> tuple[Stretch, ...]:
    """Up to three of a day, apart; the last may go past midnight."""
    edges = sorted(draw(st.lists(st.integers(0, 96), unique=True, max_size=6)))
    found = [(15 * a, 15 * b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if night and found and found[-1][0] and draw(st.booleans()):
        begins = found[-1][0]
        found[-1] = begins, draw(st.integers(max(1441, begins + 1), min(begins + 1440, 1440 + 12 * 60)))
    return tuple(found)


NEAR = [
    date(2026, 12, 31),
    date(2027, 3, 28),
    date(2027, 5, 17),
    date(2026, 10, 25),
]  # two on which the clock is changed


@st.composite
def hours(draw: st.DrawFn, near: date) -> Slowly:
    night = draw(st.booleans())
    week = [Rule(weekday=n, open_=draw(stretches(night))) for n in range(7) if draw(st.booleans())]
    special: list[Rule] = []
    for _ in range(draw(st.integers(0, 3))):
        first = near + draw(st.integers(-6, 6)) * DAY
        special.append(Rule(first=first, last=first + draw(st.integers(0, 3)) * DAY, open_=draw(stretches(night))))
    if draw(st.booleans()):
        special.append(Rule(easter=draw(st.integers(-7, 50)), open_=draw(stretches(night))))
    public = [Rule(open_=draw(stretches(night)))] if draw(st.booleans()) else []
    if not any(rule.open_ for rule in week):  # what is never is refused
        week = [Rule(weekday=0, open_=((540, 900),))]
    return Slowly((*week, *public, *special))


@settings(max_examples=examples(80), deadline=None)
@given(st.data())
def test_every_minute_is_read_as_it_is_written(data: st.DataObject) -> None:
    near = data.draw(st.sampled_from(NEAR))
    slowly = data.draw(hours(near))
    read = reader(slowly.text)
    for day in (near + n * DAY for n in range(-8, 9)):
        shown = {minute for a, b in read.of_day("phone", day) for minute in range(a, b)}
        assert shown == slowly.minutes(day), (slowly.text, day)


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_instants_are_read_by_the_wall_s_clock_and_it_opens_at_the_first_minute_that_is_open(
    data: st.DataObject,
) -> None:
    near = data.draw(st.sampled_from(NEAR))
    slowly = data.draw(hours(near))
    read = reader(slowly.text)
    from_ms = at(near, 0) + data.draw(st.integers(-DAY // timedelta(milliseconds=1), DAY // timedelta(milliseconds=1)))
    to_ms = from_ms + 30 * 60 * MINUTE_MS
    edges = [from_ms, *range(-(-from_ms // MINUTE_MS) * MINUTE_MS, to_ms + 1, MINUTE_MS)]
    is_open = [slowly.is_open_at(edge) for edge in edges]
    assert [read.is_open("phone", edge) for edge in edges] == is_open, slowly.text
    expected = next((edge for edge, is_ in zip(edges, is_open, strict=True) if is_), None)
    assert read.first_open("phone", from_ms, to_ms) == expected, slowly.text


# --- as on nav.no: hours by the days of the week, and stretches of dates of which each is open from-to, or closed

REGULAR = {"Mo": "09:00-15:00", "Tu": "09:00-15:00", "We": "10:00-15:00", "Th": "09:00-18:00", "Fr": "09:00-14:30"}
CHRISTMAS = {"2026-12-23": "09:00-12:00", "2026-12-24": "09:00-12:00", "2026-12-25": None, "2026-12-27": "10:00-12:00"}
NEW_YEAR = {"2026-12-31": "09:00-12:00", "2027-01-01": "11:00-12:00", "2027-01-04": None}
MAY = {"2027-05-16": None, "2027-05-17": "10:00-12:00", "2027-05-18": None}
SPECIAL = (CHRISTMAS, NEW_YEAR, MAY)
BY_WEEKDAY = "; ".join(f"{day} {times}" for day, times in REGULAR.items())
# As config/queues.toml says: the week, public holidays, and then what is special, which wins.
WRITTEN = "; ".join(
    [
        BY_WEEKDAY,
        "PH off",
        *(f"{_dated(date.fromisoformat(day))} {times or 'off'}" for of in SPECIAL for day, times in of.items()),
    ]
)


def as_on_nav_no(day: date, clock: str) -> bool:
    special = {date: times for of in SPECIAL for date, times in of.items()}
    regular = None if day in PUBLIC else REGULAR.get(NAMES[day.weekday()])
    opens, _, closes = (special.get(f"{day}", regular) or "").partition("-")
    return bool(opens) and opens <= clock < closes


def test_nav_no_s_hours_are_read_as_they_are() -> None:
    read = reader(WRITTEN)
    for n in range(300):
        day = date(2026, 10, 1) + n * DAY
        for minute in range(0, 1440, 30):
            assert read.is_open("phone", at(day, minute)) is as_on_nav_no(day, _clock(minute)), (day, minute)


HALF_DAYS = "Mo-Fr 09:00-15:00; Dec 24,Dec 31,easter -4 days,easter +48 days Mo-Fr 09:00-12:00; PH off"
SATURDAYS = HALF_DAYS.replace("Mo-Fr", "Mo-Sa")
LISTED = "Mo-Fr 09:00-15:00; 2026 Apr 01,2027 Mar 24,2028 Apr 12,2029 Mar 28 09:00-12:00; PH off"


@pytest.mark.parametrize(
    ("text", "day", "closes"),
    [
        (HALF_DAYS, "2026-12-24", "12:00"),
        (HALF_DAYS, "2026-12-31", "12:00"),
        (HALF_DAYS, "2026-12-30", "15:00"),
        (HALF_DAYS, "2028-12-24", None),  # a Sunday
        (HALF_DAYS, "2028-12-31", None),
        (HALF_DAYS, "2026-04-01", "12:00"),  # the Wednesday before Maundy Thursday
        (HALF_DAYS, "2027-03-24", "12:00"),
        (HALF_DAYS, "2028-04-12", "12:00"),
        (HALF_DAYS, "2028-04-11", "15:00"),
        (HALF_DAYS, "2027-03-25", None),
        (HALF_DAYS, "2027-05-15", None),  # Whitsun Eve, a Saturday
        (SATURDAYS, "2027-05-15", "12:00"),
        (SATURDAYS, "2027-05-08", "15:00"),
        (SATURDAYS, "2026-05-23", "12:00"),
        (LISTED, "2027-03-24", "12:00"),
        (LISTED, "2028-04-12", "12:00"),
        (LISTED, "2030-04-17", "15:00"),  # not listed
    ],
)
def test_half_days_and_those_that_move(text: str, day: str, closes: str | None) -> None:
    times = reader(text).of_day("phone", date.fromisoformat(day))
    assert [(_clock(a), _clock(b)) for a, b in times] == ([("09:00", closes)] if closes else [])


# --- past midnight


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("Fr 21:00-02:00; Sa 10:00-14:00", "2026-11-28", "00:00-02:00 10:00-14:00"),
        ("Fr 21:00-26:00; Sa 10:00-14:00", "2026-11-28", "00:00-02:00 10:00-14:00"),
        ("Fr 21:00-02:00; Sa off", "2026-11-28", ""),
        ("Mo-Su 21:00-02:00", "2026-12-25", ""),  # a public holiday begins
        ("Mo-Su 21:00-02:00", "2026-12-27", "21:00-24:00"),  # after the holiday's night, in which it was closed
        ("Mo-Su 21:00-02:00; PH 20:00-01:00", "2026-12-25", "20:00-24:00"),
        ("Mo-Su 21:00-02:00; PH 20:00-01:00", "2026-12-27", "00:00-01:00 21:00-24:00"),
        ("Mo-Su 21:00-02:00; 2026 Dec 10 09:00-12:00", "2026-12-10", "09:00-12:00"),
        ("Mo-Su 21:00-02:00; 2026 Dec 10 09:00-12:00", "2026-12-11", "21:00-24:00"),
        ("Mo-Su 09:00-15:00; 2026 Dec 10 21:00-02:00", "2026-12-11", "00:00-02:00 09:00-15:00"),
        ("Mo-Su 09:00-15:00; 2026 Dec 10-2026 Dec 12 21:00-02:00", "2026-12-11", "00:00-02:00 21:00-24:00"),
        ("Mo-Su 09:00-15:00; 2026 Dec 10 21:00-02:00; 2026 Dec 11 off", "2026-12-11", ""),
        ("Mo-Su 20:00-04:00; 2026 Dec 10 21:00-02:00", "2026-12-11", "00:00-02:00 20:00-24:00"),
        ("Fr 21:00-02:00; Sa open", "2026-11-28", "00:00-24:00"),
        ("Fr 21:00-02:00; Sa", "2026-11-29", ""),
        ("Mo-Su 21:00-02:00 || Mo off", "2026-12-09", "00:00-02:00 21:00-24:00"),  # what says more is the library's
    ],
)
def test_a_night_is_of_the_day_on_which_it_began(text: str, day: str, expected: str) -> None:
    times = reader(text).of_day("phone", date.fromisoformat(day))
    assert " ".join(f"{_clock(a)}-{_clock(b)}" for a, b in times) == expected
