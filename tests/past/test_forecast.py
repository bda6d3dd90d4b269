"""Will the year hold: by hand, by what must be true of any forecast, and by years that it has never seen."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.past.forecast import COVERED, LEAST_WEEKS, OfDay, month_ends, outlook
from streams.past.forecast_score import AS_LAST_YEAR, AS_SO_FAR, Foretold, scored, walk
from tests.past.years import KINDS, YEAR, simulated

JUNE = date(2026, 6, 30)
SEEDS = range(1, 31)  # the method was made on those from 1000 on


def steady(first: date, last: date, bad: float = 30.0, whole: float = 100.0) -> dict[date, OfDay]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: OfDay(bad, whole) for day in days if day.weekday() < 5}


def test_what_never_changes_goes_on() -> None:
    found = outlook(steady(date(2026, 1, 1), JUNE), JUNE, 0.31, is_share=True)
    assert found is not None
    assert (found.low, found.likely, found.high) == pytest.approx((0.3, 0.3, 0.3), rel=0.03)
    assert found.chance > 0.9
    missed = outlook(steady(date(2026, 1, 1), JUNE), JUNE, 0.29, is_share=True)
    assert missed is not None
    assert missed.chance < 0.1


def test_a_year_that_is_over_is_what_it_was() -> None:
    """Half of it at 0.3, and half at 0.5, of as many; on the last day nothing is left to be foretold."""
    last = date(2026, 12, 31)
    days = steady(date(2026, 1, 1), date(2026, 7, 2)) | steady(date(2026, 7, 3), last, bad=50.0)
    whole = sum(of.whole for of in days.values())
    value = sum(of.bad for of in days.values()) / whole
    for room, chance in ((value, 1.0), (value - 0.001, 0.0)):
        found = outlook(days, last, room, is_share=True)
        assert found is not None
        assert (found.low, found.likely, found.high, found.chance) == (value, value, value, chance)


def test_a_promise_that_is_broken_beyond_repair_has_no_chance() -> None:
    """Half a year of 9, where there is room for 4 in all of it, and as many come: not even nothing would mend it."""
    found = outlook(steady(date(2026, 1, 1), JUNE, bad=900), JUNE, 4, is_share=False)
    assert found is not None
    assert found.chance == 0


def test_it_is_too_early() -> None:
    first = date(2026, 1, 5)
    for weeks, is_said in ((LEAST_WEEKS - 1, False), (LEAST_WEEKS, True)):
        last = first + timedelta(days=7 * weeks - 1)
        assert (outlook(steady(first, last), last, 0.3, is_share=True) is not None) is is_said
    assert outlook({}, JUNE, 0.3, is_share=True) is None


def test_a_season_of_earlier_years_comes_again() -> None:
    """December was twice as bad in three years. Half the year is as ever; the rest is above it, by December alone."""
    days: dict[date, OfDay] = {}
    for year in (2023, 2024, 2025):
        days |= steady(date(year, 1, 1), date(year, 11, 30)) | steady(date(year, 12, 1), date(year, 12, 31), bad=60.0)
    days |= steady(date(2026, 1, 1), JUNE)
    found = outlook(days, JUNE, 0.3, is_share=True)
    assert found is not None
    assert 0.31 < found.likely < 0.335, "one of twelve months, three quarters of a doubling: 0.3 + 0.3 x 0.7 / 12"


def test_a_restless_past_makes_a_wide_forecast() -> None:
    calm = steady(date(2026, 1, 1), JUNE, bad=30_000, whole=100_000)
    restless = {day: OfDay(of.bad * (1.5 if day.isocalendar().week % 2 else 0.5), of.whole) for day, of in calm.items()}
    narrow, wide = outlook(calm, JUNE, 0.3, is_share=True), outlook(restless, JUNE, 0.3, is_share=True)
    assert narrow is not None and wide is not None
    assert wide.high - wide.low > 10 * (narrow.high - narrow.low)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.dates(date(2024, 1, 1), date(2026, 12, 31)),
        st.tuples(st.floats(0, 1), st.integers(0, 10**6)).map(lambda told: OfDay(told[0] * told[1], told[1])),
        max_size=400,
    ),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.floats(0, 1),
)
def test_of_anything_it_says_something_sensible_or_nothing(days: dict[date, OfDay], at: date, room: float) -> None:
    found = outlook(days, at, room, is_share=True)
    assert found == outlook(dict(reversed(days.items())), at, room, is_share=True), "in any order"
    if found is not None:
        assert 0 <= found.low <= found.likely <= found.high <= 1
        assert 0 <= found.chance <= 1


def test_what_never_happened_yet_may_happen() -> None:
    """One a day, never late: not one of 129. That is no proof, and no sign that one in twenty will be."""
    days = steady(date(2026, 1, 1), JUNE, bad=0, whole=1)
    found = outlook(days, JUNE, 0.05, is_share=True)
    assert found is not None
    assert found.low == 0
    assert 0.003 < found.high < 0.03
    assert 0.9 < found.chance < 1
    never = outlook(days, JUNE, 0.0, is_share=True)
    assert never is not None
    assert 0.2 < never.chance < 0.8, "half of one more in as many days as were"


@pytest.mark.parametrize(("risk", "a_day", "room"), [(0.01, 1, 0.03), (0.02, 2, 0.05), (0.03, 4, 0.05), (0.3, 5, 0.3)])
def test_few_of_whom_hardly_any_is_late(risk: float, a_day: int, room: float) -> None:
    """Of 60 years at its middle: the interval holds most, and the chance is about as often right as it says."""
    held, chances, kept = 0, 0.0, 0
    for seed in range(60):
        chance = Random(f"{risk}/{a_day}/{seed}")
        days = {
            day: OfDay(sum(chance.random() < risk for _ in range(a_day)), a_day)
            for day in steady(date(2026, 1, 1), date(2026, 12, 31))
        }
        truth = sum(of.bad for of in days.values()) / sum(of.whole for of in days.values())
        found = outlook({day: of for day, of in days.items() if day <= JUNE}, JUNE, room, is_share=True)
        assert found is not None
        held, chances, kept = held + (found.low <= truth <= found.high), chances + found.chance, kept + (truth <= room)
    assert held >= 0.75 * 60
    assert abs(chances - kept) <= 0.15 * 60


def test_weeks_that_take_turns_are_as_bad_as_they_are_together() -> None:
    """Every other week one in five, else none: a tenth, and no chance to be a twentieth."""
    days = {day: OfDay(2 if day.isocalendar().week % 2 else 0, 10) for day in steady(date(2026, 1, 1), JUNE)}
    found = outlook(days, JUNE, 0.05, is_share=True)
    assert found is not None
    assert found.low < 0.1 < found.high
    assert found.chance < 0.01


def test_a_promise_that_ends_before_its_year() -> None:
    """On its last day nothing is left of it, and before it only what is up to then."""
    days = steady(date(2026, 1, 1), JUNE)
    whole = date(2026, 1, 1), JUNE
    found = outlook(days, JUNE, 0.3, whole, is_share=True)
    assert found is not None
    assert (found.low, found.high, found.chance) == (0.3, 0.3, 1.0)
    shorter = outlook(days, date(2026, 5, 31), 0.3, whole, is_share=True)
    longer = outlook(days, date(2026, 5, 31), 0.3, is_share=True)
    assert shorter is not None and longer is not None
    assert shorter.high - shorter.low < longer.high - longer.low


def test_what_comes_later_has_no_say() -> None:
    days = simulated("restless", 5)
    known = {day: of for day, of in days.items() if day <= JUNE}
    assert outlook(days, JUNE, 50, is_share=False) == outlook(known, JUNE, 50, is_share=False)


def foretold_by_kind() -> dict[str, list[Foretold]]:
    """Years of each kind, some after one year, some after two."""
    return {
        kind: [
            one
            for seed in SEEDS
            for one in walk(simulated(kind, seed, years_before=1 + seed % 2), [YEAR], is_share=not seed % 2)
        ]
        for kind in KINDS
    }


def test_years_that_it_has_never_seen() -> None:
    """210 of seven kinds: the interval holds three to four of five, and at the same share is narrower than guesses."""
    every = [one for of in foretold_by_kind().values() for one in of]
    assert len(every) == len(KINDS) * len(SEEDS) * 11
    found = scored(every)
    assert found.coverage is not None and found.width is not None
    assert 0.75 <= found.coverage <= 0.85
    assert found.width < found.widths_of_guesses[AS_SO_FAR]
    assert found.width < found.widths_of_guesses[AS_LAST_YEAR]
    by_month = [scored([one for one in every if one.at.month == month]) for month in range(1, 12)]
    widths = [of.width for of in by_month if of.width is not None]
    assert widths == sorted(widths, reverse=True), "the more is known, the narrower"
    assert all(0.65 <= (of.coverage or 0) <= 0.95 for of in by_month)


def test_the_score_of_what_is_known_for_certain() -> None:
    """Two years that never change: each interval holds the truth, and is narrow; one week less and it is no year."""
    days: Mapping[date, OfDay] = steady(date(2025, 1, 1), date(2026, 12, 31))
    every = [*walk(days, is_share=True)]
    assert [one.at for one in every] == [*month_ends(2025), *month_ends(2026)]
    assert every[0].outlook is None, "five weeks are too few"
    found = scored(every)
    assert (found.too_early, found.coverage) == (1, 1.0)
    assert found.widths_of_guesses == {AS_LAST_YEAR: pytest.approx(0), AS_SO_FAR: pytest.approx(0)}
    spotless = scored([*walk({day: OfDay(0, 9) for day in days}, is_share=True)])
    assert spotless.width is None, "a width in parts of nothing is none"
    assert spotless.coverage is not None
    assert spotless.coverage > 0.8
    part = {day: of for day, of in days.items() if day > date(2025, 1, 20)}
    assert {one.at.year for one in walk(part, is_share=True)} == {2026}, "a year that began late is not whole"
    assert not [*walk({day: of for day, of in days.items() if day < date(2025, 12, 1)}, is_share=True)]
    assert COVERED == 0.8
