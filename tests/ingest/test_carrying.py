"""What is carried over of a partition: what it had counted before an instant, no more, and nothing of a journey."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from config import load
from streams.core.calendar import day_of, next_day
from streams.core.carried import FIELD, Carried, unpacked_carried
from streams.core.cells import merge, unpacked
from streams.core.fold import fold
from streams.core.measures import MAXIMA
from streams.core.reading import Cell
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.carrying import cut
from streams.ingest.layout import Hashes, all_of, restored
from streams.sealed import Values
from tests.events import DAY_MS, HELSE, START_MS, Event, event, records, visit
from tests.examples import examples

HOUR_MS = 3_600_000
OSLO, UTC = "Europe/Oslo", "UTC"


def hashes_of(state: PartitionState) -> Hashes:
    """As Redis holds them, out of their seals."""
    fields, _ = all_of(state, 0)
    found = [_bytes(of) for of in fields]
    found[0] |= {b"offset": str(state.offset).encode(), b"rules": state.fingerprint.encode(), b"began": b"0"}
    return found


def _bytes(of: Values) -> dict[bytes, bytes]:
    return {name if isinstance(name, bytes) else name.encode(): value for name, value in of.items()}


def counted(log: list[Event], rules: Rules | None = None) -> PartitionState:
    state = PartitionState(rules or load().rules())
    fold(state, records(log))
    return state


def carried(until_ms: int | None, zone: str = OSLO) -> Carried:
    return Carried("main", until_ms, zone, ())


def cells(fields: dict[bytes, bytes]) -> dict[tuple[int, bytes], Cell]:
    return {(int(at.partition(b"/")[0]), at.partition(b"/")[2]): unpacked(cell) for at, cell in fields.items()}


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Some callers in three days and two queues, of whom each is answered, gives up or is not heard of again."""
    found: list[tuple[int, Event]] = []
    for i in range(draw(st.integers(1, 12))):
        at = START_MS + draw(st.integers(0, 3 * DAY_MS))
        end = draw(st.sampled_from(["queue.answered", "queue.abandoned", None]))
        told = visit(
            f"c{i}",
            at,
            *([] if end is None else [(end, draw(st.integers(0, 5 * HOUR_MS)))]),
            line=draw(st.sampled_from([HELSE, "phone/personbruker/familie"])),
        )
        found += [(at + n, one) for n, one in enumerate(told)]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


@given(logs(), st.integers(-1, 5))
@settings(max_examples=examples(60))
def test_what_is_before_and_what_is_not_are_all_there_is(log: list[Event], days: int) -> None:
    whole = hashes_of(counted(log))
    zone = ZoneInfo(OSLO)
    until = day_of(START_MS, zone)
    for _ in range(days):
        until = next_day(until, zone)
    before, after = cut(whole, carried(until), load().rules()), cut(whole, carried(None), load().rules(), until)
    for level in (3, 4):
        parts = [cells(part[level]) for part in (before, after) if part]
        assert all(start < until for start, _ in cells(before[level])) if before else True
        assert {at: cell for part in parts for at, cell in part.items()} == cells(whole[level])
    for part in filter(None, (before, after)):
        assert part[1] == part[2] == {}, "no journey, and no pane"
        state, _ = restored(load().rules(), part)
        assert not state.journeys and state.offset == len(log)
        assert sums(state.aggregates.totals) == sums(days_of(state)), "the totals are those of its days"


def days_of(state: PartitionState) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for row in state.aggregates.days.rows.values():
        for line, cell in row.items():
            merge(found.setdefault(line, {}), cell)
    return found


def sums(of: dict[str, Cell]) -> dict[str, Cell]:
    return {line: {name: n for name, n in cell.items() if name not in MAXIMA} for line, cell in of.items()}


@given(logs())
@settings(max_examples=examples(30))
def test_a_day_of_another_zone_that_is_not_over_is_made_of_its_intervals(log: list[Event]) -> None:
    """
    Oslo      |== day 1 ==========|== day 2 =====
    UTC           |== its first day that is whole
                  ^ until: an hour into day 1 of Oslo's
    """
    whole = hashes_of(counted(log))
    until = day_of(START_MS + DAY_MS, ZoneInfo(UTC))
    assert day_of(until, ZoneInfo(OSLO)) < until
    part = cut(whole, carried(until), load().rules())
    expected: dict[tuple[int, bytes], Cell] = {}
    for (start, line), cell in cells(whole[3]).items():
        if start < until:
            merge(expected.setdefault((day_of(start, ZoneInfo(OSLO)), line), {}), cell)
    assert (cells(part[4]) if part else {}) == {at: cell for at, cell in expected.items() if cell}


def test_what_is_carried_goes_on_being_what_it_was() -> None:
    """Its first hash says of whom it is; that the other state had other definitions does not matter any more."""
    rules = load().rules()
    other = replace(rules, definitions=replace(rules.definitions, terms=rules.definitions.terms[:1]))
    whole = hashes_of(counted([event("queue.entered", START_MS, "a")], other))
    part = cut(whole, carried(START_MS + DAY_MS), rules)
    assert part is not None
    assert unpacked_carried(part[0].get(FIELD.encode())) == carried(START_MS + DAY_MS)
    assert unpacked_carried(whole[0].get(FIELD.encode())) is None
    assert part[0][b"rules"] == rules.fingerprint().encode()
    assert cut(whole, carried(START_MS - DAY_MS), rules) is None, "nothing was counted before that"
