"""The scorecard, of days reckoned by hand: two cards that meet at a New Year, a promise that gets stricter in July."""

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from config import Centre
from streams.core.calendar import STRETCHES, midnight
from streams.core.histogram import of_counts
from streams.core.reading import Cell
from streams.core.scale import bucket_of
from streams.past.history import Located
from streams.past.history_cells import Found
from streams.past.promise import promises_at
from streams.past.scorecard import InStretch, Kept, columns, first_of_all, kept_by
from streams.past.scorecard_table import shown
from streams.past.summed import Days
from tests.cards import split, two_cards
from tests.promised import of_queue, promising, table

OSLO = ZoneInfo("Europe/Oslo")
S, MINUTE = 1000, 60_000
HELSE, ARBEID, OFFICE = "phone/personbruker/helse", "phone/personbruker/arbeid", "phone/personbruker/nav-kontor"
LEGE = "phone/samhandler/lege"
DAY = date(2026, 7, 15)  # a Wednesday


def answered(*waits_ms: int, gave_up: int = 0) -> Cell:
    """Waits of those who were answered, and how many gave up."""
    buckets: dict[int, int] = {}
    for wait in waits_ms:
        buckets[bucket_of(wait)] = buckets.get(bucket_of(wait), 0) + 1
    cell = {"answered": len(waits_ms), "wait_sum_ms": sum(waits_ms), "wait_max_ms": max(waits_ms, default=0)}
    cell |= {"wait_histogram": of_counts(buckets), "abandoned": gave_up}
    return {name: n for name, n in cell.items() if n}


def days(cells: Iterable[tuple[date, str, Cell]], centre: Centre, let_go_of: date | None = None, **since: date) -> Days:
    """Of cells by date; `since` when a measure has been counted."""
    located: list[Located] = [(midnight(day, OSLO), line, dict(cell)) for day, line, cell in cells]
    counted_since = {name: midnight(day, OSLO) for name, day in since.items()}
    floor = 0 if let_go_of is None else midnight(let_go_of, OSLO)
    return Days.of(Found(located, frozenset(), counted_since, (), floor), centre.external_at, OSLO)


def card(cells: Iterable[tuple[date, str, Cell]], centre: Centre, at: date = DAY) -> dict[str, Kept]:
    return {one.id: one for one in kept_by(at, promises_at(centre), days(cells, centre))}


def figures(of: InStretch | None) -> tuple[float | None, int | None, bool | None]:
    assert of is not None
    return of.value, of.of, of.met


TEN = answered(*[6 * MINUTE] * 10)
SLOW = answered(*[9 * MINUTE] * 10)


def test_each_stretch_is_of_its_own_days() -> None:
    """Ten of 9 minutes in March; of 6 on 3 and 13 July and on the day itself: (10 x 9 + 30 x 6) / 40 = 6.75."""
    cells = [
        (date(2026, 3, 2), HELSE, SLOW),
        (date(2026, 7, 3), ARBEID, TEN),
        (date(2026, 7, 13), HELSE, TEN),
        (DAY, HELSE, TEN),
        (DAY, OFFICE, SLOW),  # outside the centre
        (DAY, LEGE, SLOW),  # of another audience
        (DAY + timedelta(days=1), HELSE, SLOW),  # not there yet
        (date(2025, 12, 31), HELSE, SLOW),  # of another year
    ]
    mean = card(cells, two_cards())["phone-personbruker-mean"]
    assert figures(mean.day) == (6 * MINUTE, 10, True)
    assert figures(mean.week) == (6 * MINUTE, 20, True)
    assert figures(mean.month) == (6 * MINUTE, 30, True)
    assert figures(mean.quarter) == (6 * MINUTE, 30, True)
    assert figures(mean.year) == (6.75 * MINUTE, 40, True)
    assert mean.verdict == "kept"
    since = {name: getattr(mean, name).since for name in ("day", "week", "month", "quarter", "year")}
    assert since == {
        "day": "2026-07-15",
        "week": "2026-07-13",
        "month": "2026-07-01",
        "quarter": "2026-07-01",
        "year": "2026-01-01",
    }


def test_the_budget_of_a_mean() -> None:
    """40 answered at 7 minutes have room for 280; 270 are used. They came in the 136 days since 2 March, and 169 days
    are left: 40 x 169 / 136 to come, with 7 minutes each and the 10 that are left over.
    """
    cells = [(date(2026, 3, 2), HELSE, SLOW), (DAY, HELSE, answered(*[6 * MINUTE] * 30))]
    budget = card(cells, two_cards())["phone-personbruker-mean"].budget
    assert budget is not None
    assert budget.used == pytest.approx(270 / 280)
    assert budget.left == 10 * MINUTE
    assert budget.rest == pytest.approx((7 + 10 / (40 * 169 / 136)) * MINUTE)
    assert budget.can_be_kept


def test_the_budget_of_a_share() -> None:
    """90 % within 5 minutes, of 21: 2.1 may be late, and five are. With as many in 169 days as in 196 are 18.11 to
    come, of which 1.81 may be late, and 2.9 fewer have to be: it is too late.
    """
    late = answered(*[MINUTE] * 15, *[6 * MINUTE] * 5)
    cells = [(date(2026, 1, 1), LEGE, answered(MINUTE)), (DAY, LEGE, late)]
    share = card(cells, two_cards())["phone-samhandler-share"]
    assert (share.budget, share.verdict) != (None, "kept")
    assert share.budget is not None
    assert share.budget.used == pytest.approx(5 / 2.1)
    assert share.budget.left == pytest.approx(-2.9)
    to_come = 21 * 169 / 196
    assert share.budget.rest == pytest.approx(1 - (0.1 * to_come - 2.9) / to_come)
    assert not share.budget.can_be_kept
    end = card([(date(2026, 12, 31), LEGE, late)], two_cards(), date(2026, 12, 31))["phone-samhandler-share"]
    assert end.budget is not None
    assert (end.budget.rest, end.budget.can_be_kept) == (None, False), "nothing of the year is left"


def test_before_anything_was_counted_nothing_is_known() -> None:
    """Of no stretch, and it is not too few: nobody knows. A year that is known in part says since when."""
    for kept in card([], two_cards()).values():
        assert (kept.day, kept.year, kept.budget, kept.forecast, kept.now) == (None, None, None, None, None)
        assert kept.verdict == "unknown"
    begun = card([(date(2026, 3, 2), ARBEID, TEN)], two_cards(), date(2026, 3, 1))
    assert {kept.verdict for kept in begun.values()} == {"unknown"}
    later = card([(date(2026, 3, 2), ARBEID, TEN), (DAY, HELSE, TEN)], two_cards())
    assert {kept.year.since for kept in later.values() if kept.year} == {"2026-03-02"}


def test_a_day_on_which_nobody_came_is_known() -> None:
    """As svartid counted others: nobody is nobody, and too few to judge. None is made 0, and none is kept or missed."""
    chat = card([(date(2026, 1, 1), HELSE, TEN)], two_cards())["chat-samhandler-mean"]
    assert figures(chat.year) == (None, 0, None)
    assert (chat.budget, chat.verdict) == (None, "too_few")


def test_too_few_are_shown_and_not_judged() -> None:
    mean = card([(DAY, HELSE, answered(*[9 * MINUTE] * 4))], two_cards())["phone-personbruker-mean"]
    assert figures(mean.day) == (9 * MINUTE, 4, None)
    assert mean.verdict == "too_few"


def test_what_is_promised_otherwise_from_a_day_on_begins_anew() -> None:
    """From July on it is 6 minutes: what was in June is judged by its own."""
    centre = two_cards(targets=split)
    mean = card([(date(2026, 6, 30), HELSE, SLOW), (DAY, HELSE, TEN)], centre)["phone-personbruker-mean"]
    assert (mean.limit.value, mean.verdict) == (6 * MINUTE, "kept")
    assert mean.year is not None
    assert (mean.year.since, mean.year.of) == ("2026-07-01", 10)
    before = card([(date(2026, 6, 30), HELSE, SLOW)], centre, date(2026, 6, 30))["phone-personbruker-mean"]
    assert (before.limit.value, before.verdict) == (7 * MINUTE, "missed")


def test_at_new_year_the_week_goes_on_and_the_promise_does_not() -> None:
    """1 January 2027 is a Friday. The card of 2027 promises another mean, and the same share."""
    at = date(2027, 1, 1)
    assert first_of_all(at) == date(2026, 12, 28)
    cells = [(date(2026, 12, 1), ARBEID, TEN), (date(2026, 12, 29), LEGE, TEN), (at, LEGE, TEN), (at, HELSE, TEN)]
    found = card(cells, two_cards(), at)
    assert {kept.card for kept in found.values()} == {"2027"}
    share, mean = found["phone-samhandler-share"], found["phone-personbruker-mean"]
    assert share.week is not None and share.year is not None
    assert (share.week.since, share.week.of) == ("2026-12-28", 20)
    assert (share.year.since, share.year.of) == ("2027-01-01", 10)
    assert mean.week is not None
    assert mean.week.since == "2027-01-01"


def test_what_was_let_go_of_is_not_known() -> None:
    centre = two_cards()
    kept_days = days([(DAY, HELSE, TEN)], centre, let_go_of=date(2026, 3, 1))
    mean = {one.id: one for one in kept_by(DAY, promises_at(centre), kept_days)}["phone-personbruker-mean"]
    assert (mean.year, mean.budget, mean.verdict) == (None, None, "unknown")
    assert figures(mean.quarter) == (6 * MINUTE, 10, True)


def test_what_was_not_counted_from_the_beginning_is_not_known() -> None:
    centre = promising(of_queue("queues", "helse", "time_in_queues", at_most="9m"))
    cell = {"reached": 10, "time_in_queues_sum_ms": 60 * MINUTE}
    known = days([(DAY, HELSE, cell)], centre, time_in_queues_sum_ms=date(2026, 5, 1))
    kept = {one.id: one for one in kept_by(DAY, promises_at(centre), known)}["queues"]
    assert (kept.year, kept.verdict) == (None, "unknown")
    assert figures(kept.month) == (6 * MINUTE, 10, True)


def test_a_forecast_is_made_of_days_on_which_it_was_counted() -> None:
    """In 2025 journeys were counted, and not their time in queues: that was not 0."""
    centre = promising(of_queue("queues", "helse", "time_in_queues", at_most="7m"))
    cell = {"reached": 10, "time_in_queues_sum_ms": 60 * MINUTE}
    each = [date(2025, 1, 1) + timedelta(days=n) for n in range(545)]
    located = [(day, HELSE, cell if day.year == 2026 else {"reached": 10}) for day in each]
    known = days(located, centre, time_in_queues_sum_ms=date(2026, 1, 1))
    kept = {one.id: one for one in kept_by(each[-1], promises_at(centre), known)}["queues"]
    assert kept.forecast is not None
    assert kept.forecast.low > 5.8 * MINUTE
    assert kept.forecast.high < 6.2 * MINUTE


def test_exactly_at_its_limit() -> None:
    """Nine of ten in time each day, of 90 %: kept, to the last day. More than a half, and it is a half: missed."""
    centre = promising(of_queue("more", "helse", "share_within", within="5m", more_than=0.5))
    nine, half = answered(*[MINUTE] * 9, 6 * MINUTE), answered(MINUTE, 6 * MINUTE)
    each = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    share = card([(day, LEGE, nine) for day in each], two_cards(), each[-1])["phone-samhandler-share"]
    assert share.budget is not None and share.forecast is not None
    assert (share.verdict, share.budget.used, share.budget.left, share.budget.can_be_kept) == ("kept", 1.0, 0.0, True)
    assert share.forecast.chance == 1.0
    more = card([(day, HELSE, half) for day in each], centre, each[-1])["more"]
    assert more.budget is not None and more.forecast is not None
    assert (more.verdict, more.budget.can_be_kept, more.forecast.chance) == ("missed", False, 0.0)


def test_a_promise_that_ends_in_mid_year_has_no_rest_after_it() -> None:
    each = [date(2026, 1, 1) + timedelta(days=n) for n in range(181)]
    mean = card([(day, HELSE, SLOW) for day in each], two_cards(targets=split), each[-1])["phone-personbruker-mean"]
    assert mean.budget is not None and mean.forecast is not None
    assert (mean.budget.rest, mean.budget.can_be_kept, mean.forecast.chance) == (None, False, 0.0)
    assert (mean.forecast.low, mean.forecast.high) == (9 * MINUTE, 9 * MINUTE)


def test_a_rest_that_no_share_can_be_is_kept_whatever_comes() -> None:
    """All in time up to Christmas: of the last days none need be."""
    centre = two_cards()
    each = [date(2026, 1, 1) + timedelta(days=n) for n in range(360)]
    rows = [*card([(day, LEGE, answered(*[MINUTE] * 10)) for day in each], centre, each[-1]).values()]
    _, made, _ = shown(rows, "K", "K", centre.names, each[-1], OSLO)
    found = {str(column.header): [str(cell) for cell in column._cells] for column in made.columns}
    assert found["Resten av året"][3] == "uansett"


def test_of_who_waits_now_there_is_no_year() -> None:
    centre = promising(table("waiting", "waiting", audience="personbruker", at_most=20))
    kept = card([(DAY, HELSE, TEN)], centre)["waiting"]
    assert (kept.year, kept.budget, kept.verdict) == (None, None, "unknown")


@given(
    st.lists(st.tuples(st.integers(0, 195), st.sampled_from([HELSE, ARBEID, LEGE]), st.integers(1, 30)), max_size=30)
)
def test_a_year_is_the_sum_of_its_days_in_any_order(given_: list[tuple[int, str, int]]) -> None:
    """Of several partitions, too: their cells of one day and line come one by one."""
    cells = [(date(2026, 1, 1) + timedelta(days=n), line, answered(m * MINUTE)) for n, line, m in given_]
    centre = two_cards()
    found = card(cells, centre)
    assert found == card(reversed(cells), centre)
    waits = [m * MINUTE for _, line, m in given_ if line != LEGE]
    mean = found["phone-personbruker-mean"]
    assert (mean.year is None) is (not given_), "nothing was ever counted"
    if mean.year is None:
        return
    assert mean.year.value == (sum(waits) / len(waits) if waits else None)
    for of, name in zip(STRETCHES.values(), ("day", "week", "month", "quarter", "year"), strict=True):
        assert getattr(mean, name).of <= mean.year.of, of


def test_the_table_and_the_columns() -> None:
    centre = two_cards()
    late = answered(*[MINUTE] * 15, *[6 * MINUTE] * 5)
    cells = [(DAY, HELSE, TEN), (date(2026, 1, 1), LEGE, answered(MINUTE)), (DAY, LEGE, late)]
    rows = [*card(cells, centre).values()]
    title, made, notes = shown(rows, "Kontaktsenter", "Kort 2026", centre.names, DAY, OSLO)
    assert title.plain == "Kontaktsenter · Kort 2026 · ons. 15. juli 2026"
    of_mean = {str(column.header): str(column._cells[0]) for column in made.columns}
    assert of_mean["Hvem"] == "Telefon personbruker"
    assert of_mean["Løfte"] == "mål ≤ 7:00"
    assert of_mean["I dag"].startswith("6:00")
    assert of_mean["Året blir"] == "for tidlig å si"
    assert of_mean["Så langt i år"].endswith(" holdt")
    of_share = {str(column.header): str(column._cells[3]) for column in made.columns}
    assert of_share["Resten av året"] == "for sent"
    assert of_share["Så langt i år"].endswith("ikke holdt")
    assert "for sent" in notes.plain.lower()
    with_all = {str(column.header) for column in made.columns}
    for width, has in (
        (220, with_all),
        (120, with_all - {"Antall", "Uka", "Måneden", "Kvartalet"}),
        (80, set(of_mean)),
    ):
        _, narrow, told = shown(rows, "K", "K", centre.names, DAY, OSLO, width)
        lines = Console(width=width, color_system=None).render_lines(narrow)
        assert all("…" not in "".join(part.text for part in line) for line in lines), "no figure is cut"
        there = {str(column.header) for column in narrow.columns}
        assert there <= has
        assert {"Hvem", "Løfte", "I år", "Så langt i år"} <= there
        assert ("Ikke plass til" in told.plain) is (there != with_all)
        assert all(name in told.plain for name in with_all - there)
    flat = [*columns(rows)]
    assert flat[0]["year_value"] == 6 * MINUTE
    assert flat[0]["sense"] == "at_most_ms"
    assert {tuple(row) for row in flat} == {tuple(flat[0])}
