"""Queues that are shown as others from a day on: in the snapshot, in history, in what Prometheus is told.

Oslo       ...23:59 | 00:00...        the queue "flyttes" goes from `en` to `to`,
flyttes       en    |    to           "ute" from outside the centre into it,
ute        external |   own           "ny" from nowhere to `to`,
ny         left out |    to           "slutt" to "other" of its channel and audience
slutt         en    |   other
"""

import time
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import config
from streams.core.calendar import day_of, midnight
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.source_queue import OTHER
from streams.core.state import PartitionState
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.history import By, Located, Span, Step, rows
from streams.past.history_cells import read
from streams.redis_client import Client
from streams.serve.board import Board
from streams.serve.configuration import Configured
from streams.serve.merging import NONE_MISSING, merged
from streams.serve.metrics import SnapshotCollector
from streams.serve.snapshot import Memo, snapshot
from streams.serve.view import LineView, View, Viewer
from tests.events import Event, event, records, visit
from tests.examples import examples
from tests.serve.documents import FRESH_MS, as_read, view
from tests.serve.publishing import Part, publisher, run

OSLO = ZoneInfo("Europe/Oslo")
EVE, DAY = date(2025, 10, 25), date(2025, 10, 26)  # of 25 hours
MIDNIGHT = midnight(DAY, OSLO)
SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
OWN = "phone/personbruker/"
TURNED = f"""[[queues]]
channel = "phone"
audience = "personbruker"
ids = [
  {{ id = "en", sources = ["En", {{ name = "Slutt", until = {EVE} }}, {{ name = "Flyttes", until = {EVE} }}] }},
  {{ id = "to", label = "Den andre", sources = [
    "To", {{ name = "Flyttes", from = {DAY} }}, {{ name = "Ny", from = {DAY} }}
  ] }},
  {{ id = "ute", external = true, until = {EVE} }},
  {{ id = "ute", label = "Inne", from = {DAY} }},
  {{ id = "prove", sources = [{{ name = "Ny", until = {EVE} }}, "Test"], left_out = true }},
]
"""
SOURCES = ("En", "To", "Flyttes", "ute", "Ny", "Slutt", "Test")
BEFORE = {"En": "en", "To": "to", "Flyttes": "en", "ute": "ute", "Slutt": "en"}
AFTER = {"En": "en", "To": "to", "Flyttes": "to", "ute": "ute", "Ny": "to", "Slutt": "other"}


def centre_with(groups: str, zone: str = "Europe/Oslo") -> Configured:
    """The project's own but for the first group, and in a zone."""
    texts = dict(config.texts_of())
    head, _, rest = texts["queues.toml"].partition("[[queues]]")
    others = rest.partition("[[queues]]")[2]
    text = head.replace('"Europe/Oslo"', f'"{zone}"') + groups + "\n[[queues]]" + others
    centre = config.centre_of({**texts, "queues.toml": text}, "dated")
    return Configured(centre, centre.rules(b"a key"), {**texts, "queues.toml": text})


TURNS = centre_with(TURNED)
CENTRE, RULES = TURNS.centre, TURNS.rules
PLACE = {source: 2**place for place, source in enumerate(SOURCES)}  # so that any sum says of which it is


def sums(lines: dict[str, str]) -> dict[str, int]:
    """By line what its sources come to."""
    found: Counter[str] = Counter()
    for source, line in lines.items():
        found[line] += PLACE[source]
    return dict(found)


def logged(at_ms: int) -> list[Event]:
    """Who waits at an instant: of each source as many as it has for its place."""
    return [
        one
        for source, n in PLACE.items()
        for who in range(n)
        for one in visit(f"{source}-{who}-{at_ms}", at_ms, line=OWN + source)
    ]


class Counted:
    """A partition's state, and what it shows."""

    def __init__(self, log: Iterable[Event]) -> None:
        self.state = PartitionState(RULES)
        fold(self.state, records(log))
        self._viewer = Viewer(self.state, CENTRE.windows.lengths)

    def view(self, now_ms: int) -> View:
        return view(self._viewer.lines(now_ms, self.state.take_touched()), watermark_ms=self.state.watermark)


def phone(document: dict[str, Any], figure: str = "waiting") -> dict[str, int]:
    """By line, of those of the group that have any."""
    lines = {line.removeprefix(OWN): of for line, of in document["lines"].items() if line.startswith(OWN)}
    return {line: of[figure] for line, of in lines.items() if of[figure]}


def test_the_snapshot_goes_by_the_day_of_now_whatever_was_made_the_day_before() -> None:
    counted, memo = Counted(logged(MIDNIGHT - 4 * MINUTE)), Memo()

    def shown(now_ms: int, memo: Memo | None = None) -> dict[str, Any]:
        made = as_read(snapshot([counted.view(now_ms)], NONE_MISSING, CENTRE, RULES, now_ms, FRESH_MS, memo))
        return made

    before, after = shown(MIDNIGHT - 1, memo), shown(MIDNIGHT, memo)
    assert (phone(before), phone(after)) == (sums(BEFORE), sums(AFTER))
    own = sum(PLACE[source] for source in BEFORE if source != "ute"), sum(PLACE[source] for source in AFTER)
    assert tuple(one["groups"]["phone/personbruker"]["waiting"] for one in (before, after)) == own
    assert [one["lines"][OWN + "ute"]["external"] for one in (before, after)] == [True, False]
    assert [one["lines"][OWN + "ute"]["longest_wait"]["limit_ms"] is None for one in (before, after)] == [True, False]
    assert [one["residual"] for one in (before, after)] == [0, 0]
    assert (before, after) == (shown(MIDNIGHT - 1), shown(MIDNIGHT))
    assert phone(shown(MIDNIGHT - 1, memo)) == sums(BEFORE)  # the clock was set back
    for of in ("5m", "1h"):
        windows = {line.removeprefix(OWN): one["windows"][of]["entered"] for line, one in after["lines"].items()}
        assert {line: n for line, n in windows.items() if n} == sums(AFTER)


def test_the_board_calls_a_queue_what_it_is_called_on_the_day() -> None:
    counted = Counted(
        [*logged(MIDNIGHT - MINUTE), event("queue.snapshot", MIDNIGHT - MINUTE, None, OWN + "To", waiting=9)]
    )
    drawn = []
    for now_ms in (MIDNIGHT - 1, MIDNIGHT):
        made = snapshot([counted.view(now_ms)], NONE_MISSING, CENTRE, RULES, now_ms, FRESH_MS)
        console = Console(width=120)
        with console.capture() as capture:
            console.print(Board(made, now_ms, OSLO, CENTRE.as_of(now_ms).names))
        drawn.append(capture.get())
    before, after = drawn
    assert [text.count("Den andre") for text in drawn] == [2, 2]  # it, and what its source says otherwise
    assert ("UTE" in before, "Inne" in before) == (True, False)
    assert ("UTE" in after, "Inne" in after) == (False, True)


def test_what_is_left_out_is_counted_and_known() -> None:
    state = PartitionState(RULES)
    changes = fold(state, records([*logged(MIDNIGHT - 5 * MINUTE), *visit("u", MIDNIGHT, line=OWN + "Ukjent")]))
    assert [line for _, line in changes.unknown] == [RULES.line("phone", "personbruker", "Ukjent")]
    total = in_full(state.aggregates.totals[RULES.line("phone", "personbruker", "Test")])
    assert total["entered"] == PLACE["Test"]
    assert {RULES.line("phone", "personbruker", source) for source in SOURCES} <= state.queues.configured


def entered(found: Iterable[Located], step: Step, by: By, from_ms: int, to_ms: int) -> dict[tuple[str, ...], int]:
    """By start and name what came."""
    span = Span.of(from_ms, to_ms, step, OSLO)
    made = rows(found, span, by, CENTRE.external_at, CENTRE.shown_edges_ms)
    return {(row.start, *row.group): row.entered for row in made if row.entered}


@pytest.mark.real
def test_history_goes_by_the_day_of_each_row(local_parts: LocalParts) -> None:
    """What comes in the last minutes of one day, in the first of the next, and in its 25th hour."""
    keys = Keys(f"test-{uuid.uuid4().hex[:8]}")
    nights = MIDNIGHT - 5 * MINUTE, MIDNIGHT, MIDNIGHT + 25 * HOUR - MINUTE
    first, last = MIDNIGHT - 24 * HOUR, MIDNIGHT + 25 * HOUR

    async def does(client: Client) -> None:
        store = Store(client, keys, RULES, "one")
        owned = await store.claim("t-0", None)
        await store.begin(owned, 0)
        log = [one for night in nights for one in logged(night)]
        changes = fold(owned.state, records(log))
        assert await store.commit("t-0", store.pack(owned, changes, now_ms=1)) == ("ok", len(log))
        steps: tuple[tuple[Step, tuple[str, ...]], ...] = (
            ("15m", ("2025-10-25T21:45:00Z", "2025-10-25T22:00:00Z", "2025-10-26T22:45:00Z")),
            ("1h", ("2025-10-25T21:00:00Z", "2025-10-25T22:00:00Z", "2025-10-26T22:00:00Z")),
        )
        for step, starts in steps:
            found = (await read(client, keys, RULES, Span.of(first, last, step, OSLO))).cells
            expected = [
                ((start, "phone", "personbruker", line), n)
                for start, lines in zip(starts, (BEFORE, AFTER, AFTER), strict=True)
                for line, n in sums(lines).items()
            ]
            assert entered(found, step, "queue", first, last) == dict(expected)
        found = (await read(client, keys, RULES, Span.of(first, last, "1d", OSLO))).cells
        days = "2025-10-25T00:00:00+02:00", "2025-10-26T00:00:00+02:00"
        own = sum(PLACE[source] for source in BEFORE if source != "ute"), 2 * sum(PLACE[source] for source in AFTER)
        by_group = {(day, "phone", "personbruker"): n for day, n in zip(days, own, strict=True)}
        assert entered(found, "1d", "group", first, last) == by_group
        assert entered(found, "1d", "total", first, last) == {(day,): n for day, n in zip(days, own, strict=True)}
        assert entered(found, "1d", "channel", first, last) == {(d, "phone"): n for d, n in zip(days, own, strict=True)}

    run(local_parts.redis_url, does)


@pytest.mark.real
def test_a_worker_that_runs_goes_by_the_new_day_and_tells_prometheus_so(local_parts: LocalParts) -> None:
    """Twenty minutes of its clock go by in two thirds of a second."""
    keys = Keys(f"test-{uuid.uuid4().hex[:8]}")
    part = Part("t-0", PartitionState(RULES))
    part.fold(one for one in logged(MIDNIGHT - 20 * MINUTE))
    seen: list[tuple[int, dict[str, int], dict[str, float]]] = []

    async def does(client: Client) -> None:
        shows = publisher(client, keys, [part], MIDNIGHT - 10 * MINUTE, by=TURNS, speed=900)
        until = time.monotonic() + 20
        while not seen or seen[-1][0] < MIDNIGHT:
            assert time.monotonic() < until
            await shows.publish()
            assert shows.latest is not None
            families = SnapshotCollector(lambda: shows.latest, shows.counters).collect()
            (family,) = [family for family in families if family.name == "svartid_entered"]
            told = {sample.labels["queue"]: sample.value for sample in family.samples if sample.value}
            seen.append((shows.latest.as_of_ms, phone(as_read(shows.latest)), told))

    run(local_parts.redis_url, does)
    assert seen[0][0] < MIDNIGHT
    for now_ms, waiting, told in seen:
        assert waiting == told == sums(BEFORE if now_ms < MIDNIGHT else AFTER)


# --- any mapping


LINES = ("a", "b", "outside", "out", None)  # the last: none
ZONES = ("Europe/Oslo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "America/Santiago")
FIRST = date(2026, 10, 20)  # of twenty days in which most of these zones change their clock
days = st.integers(0, 20)
stretches = st.lists(st.tuples(days, st.sampled_from(LINES)), min_size=1, max_size=4)
mappings = st.dictionaries(st.sampled_from(["One", "two", "Three 3", "4"]), stretches, min_size=1)
cells = st.lists(
    st.tuples(
        st.sampled_from(["one", "TWO", "three 3 ", "4", "nobody's"]), days, st.integers(0, 95), st.integers(1, 9)
    ),
    max_size=12,
)


def placed(stretches: list[tuple[int, str | None]]) -> list[tuple[int, int | None, str]]:
    """Of one source: the first day, the last one, and the line, each stretch up to the next; the last for ever."""
    begun = sorted(dict(stretches).items())
    ends = [next_ - 1 for _, (next_, _) in pairwise(begun)]
    return [(day, end, line) for (day, line), end in zip(begun, [*ends, None], strict=False) if line is not None]


def written(mapping: dict[str, list[tuple[int, str | None]]]) -> str:
    """As it is in the file."""
    items = []
    for line in filter(None, LINES):
        sources = [
            f'{{ name = "{source}", from = {FIRST + timedelta(days=first)}'
            + (f", until = {FIRST + timedelta(days=last)}" if last is not None else "")
            + " }, "
            for source, stretches in mapping.items()
            for first, last, of in placed(stretches)
            if of == line
        ]
        kind = {"outside": ", external = true", "out": ", left_out = true"}.get(line, "")
        items.append(f'{{ id = "{line}", sources = [{"".join(sources)}"of {line}"]{kind} }}')
    return f'[[queues]]\nchannel = "phone"\naudience = "personbruker"\nids = [{", ".join(items)}]\n'


def naively(mapping: dict[str, list[tuple[int, str | None]]], source: str, day: date) -> str:
    """The line of a source on a day, as a person would look it up."""
    known = {name.casefold(): stretches for name, stretches in mapping.items()}
    for first, last, line in placed(known.get(source.casefold().strip(), [])):
        if first <= (day - FIRST).days and (last is None or (day - FIRST).days <= last):
            return line
    return OTHER


@settings(max_examples=examples(60), deadline=None)
@given(mappings, cells, st.sampled_from(ZONES))
def test_of_each_day_all_lines_and_what_is_left_out_come_to_what_the_sources_do(
    mapping: dict[str, list[tuple[int, str | None]]], cells: list[tuple[str, int, int, int]], zone_name: str
) -> None:
    by = centre_with(written(mapping), zone_name)
    zone, rules, centre = ZoneInfo(zone_name), by.rules, by.centre
    shown: list[Located] = []
    expected: Counter[tuple[date, str]] = Counter()
    for source, day, quarter, n in cells:
        at_ms = midnight(FIRST + timedelta(days=day), zone) + quarter * 15 * MINUTE
        local = datetime.fromtimestamp(at_ms / 1000, zone).date()
        expected[local, naively(mapping, source, local)] += n
        line = rules.shown_as(rules.line("phone", "personbruker", source), at_ms)
        shown.append((at_ms, line or OWN + "out", {"entered": n}))
    found: Counter[tuple[date, str]] = Counter()
    for at_ms, line, cell in shown:
        found[datetime.fromtimestamp(day_of(at_ms, zone) / 1000, zone).date(), line.removeprefix(OWN)] += cell[
            "entered"
        ]
    assert found == expected
    ends = midnight(FIRST + timedelta(days=30), zone)
    span = Span.of(midnight(FIRST, zone), ends, "15m", zone)
    kept = [one for one in shown if one[1] != OWN + "out"]
    own = rows(kept, span, "total", centre.external_at, centre.shown_edges_ms)
    assert sum(row.entered or 0 for row in own) == sum(
        n for (_, line), n in expected.items() if line not in ("outside", "out")
    )
    for _, day, quarter, _ in cells[:3]:
        _is_alike_now(
            mapping, by, {source for source, *_ in cells}, midnight(FIRST + timedelta(days=day), zone) + quarter
        )


def _is_alike_now(
    mapping: dict[str, list[tuple[int, str | None]]], by: Configured, sources: set[str], now_ms: int
) -> None:
    """What is shown of now comes to the same."""
    today = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(by.centre.timezone)).date()
    lines = {by.rules.line("phone", "personbruker", source): LineView(total={"entered": 1}) for source in sources}
    now = merged([view(lines)], NONE_MISSING, by.centre, by.rules, now_ms)
    expected = Counter(naively(mapping, source, today) for source in sources)
    left_out = expected.pop("out", 0)
    found = {name.removeprefix(OWN): of.total.get("entered", 0) for name, of in now.lines.items()}
    assert {name: n for name, n in found.items() if n} == expected
    assert sum(found.values()) + left_out == len(sources)
    outside = expected.pop("outside", 0)
    assert now.groups["phone/personbruker"].total.get("entered", 0) == len(sources) - left_out - outside
