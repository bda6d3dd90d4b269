"""How fast the year's budget is spent, of days and quarters of an hour: courses of weeks, the edges of each stretch by
hand, and any answers against a recount that shares no code.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Centre
from streams.core.calendar import day_of, interval_of
from streams.core.reading import Cell
from streams.past.history_cells import Found
from streams.past.promise import Promise, promises_at
from streams.past.scorecard import Burn, kept_by
from streams.past.summed import Days, Quarters
from tests.cards import NEW, OLD, split, two_cards
from tests.past.test_scorecard import ARBEID, HELSE, LEGE, MINUTE, OFFICE, OSLO, answered
from tests.promised import of_queue, promising, table

CENTRE = two_cards()
MEAN, SHARE = "phone-personbruker-mean", "phone-personbruker-share"
QUARTER = timedelta(minutes=15)
_PROMISED: dict[tuple[int, str], dict[date, Sequence[Promise]]] = {}
Told = tuple[datetime, str, Cell]  # what a quarter of an hour adds to a line


def at(text: str) -> datetime:
    """A local time: "2026-07-15T12:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def ms(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def promised(id_: str, centre: Centre) -> Callable[[date], Sequence[Promise]]:
    """That promise alone: it is asked of each day of the year."""
    of = _PROMISED.setdefault((id(centre), id_), {})

    def on(day: date) -> Sequence[Promise]:
        if day not in of:
            of[day] = [one for one in promises_at(centre)(day) if one.of.id == id_]
        return of[day]

    return on


def burn(
    told: Iterable[Told],
    now: datetime,
    id_: str = MEAN,
    centre: Centre = CENTRE,
    *,
    day_now: bool = True,
    let_go_of: datetime | None = None,
) -> Burn | None:
    """What the scorecard says then, of all that was told by then: of a day that is not that of now, of days alone."""
    found = [(interval_of(ms(when)), line, dict(cell)) for when, line, cell in told if ms(when) <= ms(now)]
    days = Days.of(
        Found([(day_of(start, OSLO), line, cell) for start, line, cell in found], frozenset()),
        centre.external_at,
        OSLO,
    )
    span = Quarters.span(ms(now), OSLO)
    kept = [(start, line, cell) for start, line, cell in found if span.row_start(start) is not None]
    of_quarters = Found(kept, frozenset(), let_go_of_ms=0 if let_go_of is None else ms(let_go_of))
    lately = Quarters.of(of_quarters, centre.external_at, OSLO, ms(now)) if day_now else None

    (row,) = kept_by(now.date(), promised(id_, centre), days, lately=lately)
    return row.burn


def known(of: Burn | None) -> Burn:
    assert of is not None
    return of


# --- courses of weeks, from a Monday on

MONDAY = at("2026-03-02T00:00")
OPENS, CLOSES, WEEKEND = 9, 15, (5, 6)
GOOD, TIGHT, BAD, AWFUL = 0.6, 0.95, 1.2, 2.0  # times what the promise allows
Spent = Callable[[int, float], float]  # day (from 0) and hour of the day -> times what it allows
When = tuple[int, float]


def a_quarter(id_: str, spent: float, n: int) -> Cell:
    """So many answered, who spend so much of what is allowed: 420 s on average, or two in five beyond 10 minutes."""
    if id_ == MEAN:
        return answered(*[round(OLD * spent)] * n)
    late = round(n * 0.4 * spent)
    return answered(*[MINUTE] * (n - late), *[30 * MINUTE] * late)


def course(id_: str, n: int, spent: Spent, *, a_time: int = 50, shut: Collection[int] = ()) -> list[Told]:
    told = []
    for day in range(n):
        for quarter in range(4 * OPENS, 4 * CLOSES):
            if day not in shut:
                cell = a_quarter(id_, spent(day, quarter / 4), a_time)
                told.append((MONDAY + timedelta(days=day) + quarter * QUARTER, HELSE, cell))
    return told


def steady(spent: float) -> Spent:
    return lambda day, hour: spent


HOURS = tuple((day, hour) for day in range(8) for hour in (9.5, 12, 14.5, 17, 23))
COURSES: list[tuple[str, Spent, Collection[int], Sequence[When], Sequence[When]]] = [
    (
        "a bad week",
        lambda day, hour: 1.6 if day >= 3 else GOOD,
        (),
        [(day, hour) for day in (6, 7) for hour in (11, 14)],
        [(1, 12), (2, 14)],
    ),
    ("a week just over", steady(BAD), (), [(7, 12), (7, 14.5)], []),
    ("a week just within", steady(TIGHT), (), [], HOURS),
    (
        "an awful day, told on that day and over with the next",
        lambda day, hour: AWFUL if day == 2 else 0.5,
        (),
        [(2, 14), (2, 15)],
        [(1, 14), (2, 9.5), (3, 14)],
    ),
    (
        "an awful hour: a peak, and no pattern",
        lambda day, hour: AWFUL if day == 2 and 11 <= hour < 12 else GOOD,
        (),
        [],
        HOURS[:20],
    ),
    (
        "an awful first hour of a Monday: a day back holds the same minutes as two hours back",
        lambda day, hour: AWFUL if day == 7 and hour < 10 else GOOD,
        WEEKEND,
        [],
        [(7, 9 + half / 2) for half in range(14)],
    ),
    (
        "an awful Monday, told when it has lasted",
        lambda day, hour: AWFUL if day == 7 else GOOD,
        WEEKEND,
        [(7, 14), (7, 14.5)],
        [(7, 9.5), (7, 10), (7, 10.5)],
    ),
]


@pytest.mark.parametrize("id_", [MEAN, SHARE])
@pytest.mark.parametrize(("spent", "shut", "told", "silent"), [one[1:] for one in COURSES], ids=[c[0] for c in COURSES])
def test_a_course(id_: str, spent: Spent, shut: Collection[int], told: Sequence[When], silent: Sequence[When]) -> None:
    of = course(id_, 8, spent, shut=shut)
    for times, is_told in ((told, True), (silent, False)):
        for day, hour in times:
            now = MONDAY + timedelta(days=day, hours=hour)
            assert known(burn(of, now, id_)).too_fast is is_told, (day, hour)


@pytest.mark.parametrize("id_", [MEAN, SHARE])
def test_too_few_say_nothing(id_: str) -> None:
    """Nine in each two hours, and no fifty in a day: of those ten are asked for, and of these fifty."""
    of = [
        (MONDAY + timedelta(days=day, hours=hour), HELSE, a_quarter(id_, AWFUL, 9))
        for day in range(8)
        for hour in (9, 11, 13)
    ]
    for day, hour in HOURS:
        said = known(burn(of, MONDAY + timedelta(days=day, hours=hour), id_))
        assert (said.day, said.two_hours, said.too_fast) == (None, None, False)


# --- the edges of each stretch

NOON = at("2026-07-15T12:07")  # a Wednesday; the quarter that is running began at 12:00
TEN, SLOW = answered(*[7 * MINUTE] * 50), answered(*[14 * MINUTE] * 50)


def twice(first: datetime, second: datetime = NOON - timedelta(minutes=5)) -> Burn:
    """Fifty of twice what is allowed in one quarter, fifty of just that in another."""
    return known(burn([(first, HELSE, SLOW), (second, HELSE, TEN)], NOON))


def test_two_hours_are_eight_quarters_with_the_one_that_is_running() -> None:
    assert twice(at("2026-07-15T10:15")).two_hours == 1.5
    assert twice(at("2026-07-15T10:00")).two_hours == 1.0


def test_a_day_is_96_quarters() -> None:
    assert twice(at("2026-07-14T12:15")).day == 1.5
    assert twice(at("2026-07-14T12:00")).day == 1.0


def test_a_week_is_seven_dates() -> None:
    several = [(at(f"2026-07-{day:02}T09:00"), HELSE, SLOW) for day in (7, 8)]
    of = [*several, *((NOON - timedelta(minutes=5), HELSE, TEN) for _ in range(4))]
    assert known(burn(of, NOON)).week is None, "of the 8th it is no more"
    of[0] = (at("2026-07-09T00:00"), HELSE, SLOW)
    assert known(burn(of, NOON)).week == pytest.approx(6 / 5)


def test_what_is_to_come_is_in_no_quarter() -> None:
    """Of a source whose clock is ahead."""
    assert twice(at("2026-07-15T12:00")).two_hours == 1.5
    told = [(at("2026-07-15T12:15"), HELSE, SLOW), (at("2026-07-15T12:00"), HELSE, TEN)]
    found = Found([(ms(when), line, dict(cell)) for when, line, cell in told], frozenset())
    lately = Quarters.of(found, CENTRE.external_at, OSLO, ms(NOON))
    (promise,) = (one for one in promises_at(CENTRE)(NOON.date()) if one.of.id == MEAN)
    assert lately.parts(promise, "2h", NOON.date()) == (50 * 7 * MINUTE, 50)


def test_on_a_day_without_quarters_only_the_week_is_known() -> None:
    of = course(MEAN, 8, steady(BAD))
    said = known(burn(of, MONDAY + timedelta(days=7, hours=12), day_now=False))
    assert said.week == pytest.approx(BAD)
    assert (said.day, said.two_hours, said.too_fast) == (None, None, None)


def test_quarters_that_were_let_go_of_are_not_known() -> None:
    of, now = course(MEAN, 8, steady(BAD)), MONDAY + timedelta(days=7, hours=12)
    said = known(burn(of, now, let_go_of=now - timedelta(hours=20)))
    assert (said.day, said.too_fast) == (None, None)
    assert said.two_hours == pytest.approx(BAD)


def test_what_was_not_counted_then_is_not_known() -> None:
    centre = promising(of_queue("queues", "helse", "time_in_queues", at_most="9m"))
    found = Found([], frozenset(), {"time_in_queues_sum_ms": ms(NOON - timedelta(hours=3))})
    lately = Quarters.of(found, centre.external_at, OSLO, ms(NOON))
    (promise,) = (one for one in promises_at(centre)(NOON.date()) if one.of.id == "queues")
    assert lately.parts(promise, "1d", NOON.date()) is None
    assert lately.parts(promise, "2h", NOON.date() - timedelta(days=2)) == (None, 0)


# --- since when it is promised


def minutes_of(n: int, *days: str) -> list[Told]:
    """Fifty in each of six hours of some days, who waited for so long."""
    cell = answered(*[n] * 50)
    return [(at(f"{day}T{hour:02}:00"), HELSE, cell) for day in days for hour in range(9, 15)]


def test_what_is_promised_otherwise_from_a_day_on_is_judged_by_itself() -> None:
    """Six minutes from 1 July on, a Wednesday: of June, when there were seven, nothing is asked any more."""
    centre = two_cards(targets=split)
    of = [*minutes_of(20 * MINUTE, "2026-06-29", "2026-06-30"), *minutes_of(6 * MINUTE, "2026-07-01")]
    said = known(burn(of, at("2026-07-01T11:59"), centre=centre))
    assert (said.week, said.day, said.two_hours) == (None, 1.0, 1.0), "150 are no 250"
    then = known(burn(of, at("2026-07-01T15:00"), centre=centre))
    assert (then.week, then.day, then.too_fast) == (1.0, 1.0, False)
    before = known(burn(of, at("2026-06-30T15:00"), centre=centre))
    assert before.week == pytest.approx(20 / 7)


def test_on_its_first_day_a_week_is_no_more_than_the_day() -> None:
    centre = two_cards(targets=split)
    awful = minutes_of(12 * MINUTE, "2026-06-30", "2026-07-01")
    first = known(burn(awful, at("2026-07-01T11:59"), centre=centre))
    assert (first.day, first.two_hours, first.too_fast) == (2.0, 2.0, False), "all of it is of two hours and a bit"
    assert known(burn(awful, at("2026-07-01T14:30"), centre=centre)).too_fast is True


def test_over_new_year_a_promise_that_stays_goes_on_and_another_begins_anew() -> None:
    """1 January 2027 is a Friday: seven dates begin before the Monday on which its week did."""
    days = ["2026-12-26", "2026-12-28", "2026-12-30", "2027-01-01"]
    wait = {HELSE: 400_000, LEGE: MINUTE}
    of = [
        (at(f"{day}T{hour:02}:00"), line, answered(*[n] * 50))
        for day in days
        for hour in (9, 11)
        for line, n in wait.items()
    ]
    now = at("2027-01-01T12:00")
    same, another = known(burn(of, now, "phone-samhandler-share")), known(burn(of, now, MEAN))
    assert same.week == 0.0
    late = answered(*[20 * MINUTE] * 50)
    then = [(when, line, late if when.day == 26 and line == LEGE else cell) for when, line, cell in of]
    assert known(burn(then, now, "phone-samhandler-share")).week == pytest.approx(100 / (0.1 * 400))
    assert another.week is None, "100 of the new year are no 250"
    assert another.day == pytest.approx(400_000 / NEW)


# --- whose it is, and of what


def test_it_is_of_its_own_queues() -> None:
    """504 s where 420 are promised; the group's has another queue's 84 s too, and nobody's from outside the centre."""
    centre = promising(of_queue("helse-mean", "helse", at_most="7m"), table("phone-mean", at_most="7m"))
    waits = {HELSE: (504, 50), ARBEID: (84, 50), OFFICE: (9000, 50), LEGE: (294, 100)}
    cells = {line: answered(*[seconds * 1000] * n) for line, (seconds, n) in waits.items()}
    of = [(NOON - timedelta(days=n), line, cell) for n in range(6) for line, cell in cells.items()]
    for id_, expected in (("helse-mean", 1.2), (MEAN, 0.7), ("phone-mean", 0.7)):
        said = known(burn(of, NOON, id_, centre))
        assert (said.week, said.day, said.two_hours) == (expected, expected, expected), id_


OFFERED = promising(
    of_queue("offered", "helse", "share_within_of_offered", within="3m", at_least=0.75),
    of_queue("met", "helse", "share_within_with_abandons_met", within="3m", at_least=0.8),
    table("lost", "abandonment", audience="personbruker", at_most=0.1),
    table("later", "abandonment_without_short", audience="personbruker", at_most=0.1),
    table("longest", "longest_wait", audience="personbruker", at_most="20m"),
    table("many", "waiting", audience="personbruker", at_most=20),
    table("called", "callbacks_kept", audience="personbruker", at_least=0.8),
)


def test_the_budget_of_who_gives_up_and_of_promises() -> None:
    """Twelve are answered, ten in time, and eight give up, two at once. In time are ten of 20, and a quarter may be too
    late: twice the budget. 8 / 20 are four times a tenth, and 6 / 18 more than three times. Of ten callbacks four are
    not kept, where two may be.
    """
    cell = answered(*[MINUTE] * 100, *[5 * MINUTE] * 20, gave_up=80)
    cell |= {"abandoned_short": 20, "callback_kept": 60, "callback_failed": 20, "callback_broken": 20}
    for id_, expected in (("offered", 2.0), ("lost", 4.0), ("later", 10 / 3), ("called", 2.0)):
        assert known(burn([(NOON, HELSE, cell)], NOON, id_, OFFERED)).day == pytest.approx(expected), id_


def test_a_sample_is_of_all_who_were_offered_an_answer() -> None:
    """48 answered are too few (ten times 5 are not), and so are 24 who gave up; not both."""
    cell = answered(*[MINUTE] * 48, gave_up=24)
    assert known(burn([(NOON, HELSE, cell)], NOON, "lost", OFFERED)).day == pytest.approx(10 / 3)
    assert known(burn([(NOON, HELSE, cell)], NOON, MEAN, OFFERED)).day is None


def test_a_maximum_and_a_number_have_none_and_neither_has_a_promise_of_days() -> None:
    told = [(NOON, HELSE, TEN)]
    assert (burn(told, NOON, "longest", OFFERED), burn(told, NOON, "many", OFFERED)) == (None, None)
    rows = kept_by(NOON.date(), promises_at(OFFERED), Days.of(Found([], frozenset()), OFFERED.external_at, OSLO))
    assert {row.id for row in rows if row.burn is None} >= {"written-sto-mean", "survey-solution", "longest"}
    assert {row.id for row in rows if row.burn is not None} >= {MEAN, "met", "called"}


# --- any answers, against a recount

NIGHT = at("2026-03-29T00:00")  # in which the clock is put forward
ANSWERS = st.lists(
    st.tuples(st.integers(0, 9 * 24 * 4), st.sampled_from([4, 5, 12, 60, 300]), st.integers(60, 900)), max_size=12
)


def recounted(answers: Sequence[tuple[datetime, int, int]], now: datetime) -> list[object]:
    """Of answers (when, how many, how long in s): the three ratios, and whether it is too fast."""
    quarter = datetime.fromtimestamp(now.timestamp() // 900 * 900, ZoneInfo("UTC"))
    first = {"1d": quarter - timedelta(hours=23, minutes=45), "2h": quarter - timedelta(hours=1, minutes=45)}
    within: dict[str, Callable[[datetime], bool]] = {
        "7d": lambda when: 0 <= (now.date() - when.date()).days < 7,
        "1d": lambda when: when >= first["1d"],
        "2h": lambda when: when >= first["2h"],
    }
    n = {of: sum(k for when, k, _ in answers if is_in(when)) for of, is_in in within.items()}
    waited = {of: sum(k * s for when, k, s in answers if is_in(when)) for of, is_in in within.items()}
    ratios = {
        of: Fraction(waited[of], 420 * n[of]) if n[of] >= 5 * least else None
        for of, least in (("7d", 50), ("1d", 10), ("2h", 2))
    }
    told = [
        (long, short)
        for long, short, factor in (("7d", "1d", 1), ("1d", "2h", Fraction(3, 2)))
        if all((ratios[of] or 0) > factor for of in (long, short)) and n[long] >= 2 * n[short]
    ]
    return [*(None if one is None else pytest.approx(float(one)) for one in ratios.values()), bool(told)]


@settings(max_examples=300)
@given(ANSWERS, st.integers(0, 3 * 24 * 60))
def test_any_answers_are_judged_as_a_recount_does(drawn: list[tuple[int, int, int]], minute: int) -> None:
    now = datetime.fromtimestamp(NIGHT.timestamp() + 60 * minute, OSLO)
    quarter = now.timestamp() // 900 * 900
    answers = [(datetime.fromtimestamp(quarter - 900 * back, OSLO), n, s) for back, n, s in drawn]
    told = [(when, HELSE, answered(*[s * 1000] * n)) for when, n, s in answers]
    if not told:
        assert known(burn(told, now)).too_fast is None, "nothing was ever counted"
        return
    said = known(burn(told, now))
    assert [said.week, said.day, said.two_hours, said.too_fast] == recounted(answers, now)
