"""A real day of a bank's call centre, folded in several partitions, as history shows it."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import config
from streams.core.aggregates import Level
from streams.core.calendar import midnight
from streams.core.carried import Carried
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.history import By, Located, Span, Step, columns, rows
from streams.past.history_cells import read
from streams.past.history_rows import Row
from streams.redis_client import Client
from streams.sealed import Spoiled
from tests.events import DAY_MS as DAY
from tests.events import START_MS, Record, event, records
from tests.serve.publishing import run, visit
from tests.terms import from_then_on

DATA = Path(__file__).parent.parent / "data"
BANK = config.load(Path(config.__file__).parent / "bank")
RULES = BANK.rules()
EDGES = BANK.shown_edges_ms
OSLO = ZoneInfo("Europe/Oslo")
PARTITIONS = 4
DAY_END = 918_082_800_000  # 1999-02-03T23:00Z: the broker got the whole log at the end of the day
DAY_START = DAY_END - 86_400_000
MINUTE, HOUR = 60_000, 3_600_000
PHONE, CHAT, OFFICE = "phone/personbruker/helse", "chat/samhandler/helse", "phone/personbruker/nav-kontor"


@pytest.fixture(scope="module")
def states() -> list[PartitionState]:
    logs: list[list[Record]] = [[] for _ in range(PARTITIONS)]
    with gzip.open(DATA / "bank-1999-02-03.ndjson.gz") as lines:
        for line in lines:
            log = logs[zlib.crc32(json.loads(line)["journey_id"].encode()) % PARTITIONS]
            log.append(Record(len(log), DAY_END, line))
    states = [PartitionState(RULES) for _ in logs]
    for state, log in zip(states, logs, strict=True):
        fold(state, log)
    return states


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "bank-1999-02-03.truth.json").read_bytes())
    return found


def located(level: Level) -> Iterator[Located]:
    for start, row in level.rows.items():
        for line, cell in row.items():
            if (shown_as := RULES.shown_as(line, start)) is not None:
                yield start, shown_as, in_full(cell)


def nothing(_: int) -> tuple[str, ...]:
    """Lies outside the centre."""
    return ()


def flat(found: list[Row]) -> list[dict[str, Any]]:
    return [row.flat for row in found]


def history(states: list[PartitionState], step: Step, by: By) -> list[dict[str, Any]]:
    span = Span.of(DAY_START, DAY_END, step, OSLO)
    levels = [state.aggregates.days if step == "1d" else state.aggregates.intervals for state in states]
    cells = (cell for level in levels for cell in located(level))
    return flat(rows(cells, span, by, BANK.external_at, EDGES))


def as_truth(row: dict[str, Any], truth: dict[str, int]) -> dict[str, Any]:
    return {name: row[name] for name in truth}


def test_the_quarters(states: list[PartitionState], truth: dict[str, Any]) -> None:
    assert all(len(state.journeys) > 100 for state in states)
    said = {row["start"]: as_truth(row, truth["total"]) for row in history(states, "15m", "total")}
    assert said == truth["quarters"]


def test_the_queues(states: list[PartitionState], truth: dict[str, Any]) -> None:
    said = history(states, "1d", "queue")
    assert {row["queue"]: as_truth(row, truth["total"]) for row in said} == truth["queues"]
    assert {(row["start"], row["channel"], row["audience"]) for row in said} == {
        ("1999-02-03T00:00:00+01:00", "phone", "personbruker")
    }


@pytest.mark.parametrize("by", ["total", "channel", "audience", "group"])
def test_the_day(states: list[PartitionState], truth: dict[str, Any], by: By) -> None:
    (row,) = history(states, "1d", by)
    assert as_truth(row, truth["total"]) == truth["total"]
    assert row["wait_mean_ms"] == truth["total"]["wait_sum_ms"] / truth["total"]["answered"]
    assert row["abandonment_rate"] == 226 / 1545
    assert (row["journeys"], row["reached"], row["left"], row["lost"]) == (1545, 1319, 0, 0)


def test_the_hours_are_the_quarters_added(states: list[PartitionState], truth: dict[str, Any]) -> None:
    hours = history(states, "1h", "total")
    assert [row["start"][14:] for row in hours] == ["00:00Z"] * len(hours)
    assert sum(row["wait_sum_ms"] for row in hours) == truth["total"]["wait_sum_ms"]
    assert max(row["wait_max_ms"] or 0 for row in hours) == truth["total"]["wait_max_ms"]
    assert len(hours) < len(truth["quarters"])


# --- by hand


def test_what_lies_outside_is_shown_by_queue_and_is_in_no_sum() -> None:
    cells: list[Located] = [(0, PHONE, {"entered": 2}), (0, CHAT, {"entered": 3}), (0, OFFICE, {"passed_on": 7})]
    span = Span.of(0, HOUR, "15m", OSLO)

    def by(what: By) -> list[tuple[Any, ...]]:
        found = flat(rows(cells, span, what, lambda _: [OFFICE], EDGES))
        return [(row.get("channel"), row.get("audience"), row.get("queue"), row["entered"]) for row in found]

    assert by("total") == [(None, None, None, 5)]
    assert by("channel") == [("chat", None, None, 3), ("phone", None, None, 2)]
    assert by("audience") == [(None, "personbruker", None, 2), (None, "samhandler", None, 3)]
    assert by("queue")[-1] == ("phone", "personbruker", "nav-kontor", 0)


def test_nothing_counted_is_no_row_and_nothing_known_is_null() -> None:
    span = Span.of(0, HOUR, "15m", OSLO)
    assert rows([], span, "total", nothing, EDGES) == []
    (row,) = flat(rows([(15 * MINUTE, PHONE, {"entered": 1})], span, "total", nothing, EDGES))
    assert row["start"] == "1970-01-01T00:15:00Z"
    assert (row["answered"], row["wait_sum_ms"], row["wait_mean_ms"], row["wait_max_ms"]) == (0, 0, None, None)
    assert row["abandonment_rate"] is None


def test_what_was_not_counted_yet_is_null_in_a_row_that_began_before() -> None:
    cells: list[Located] = [(at * MINUTE, PHONE, {"offered": 2}) for at in (0, 15, 30)]
    span = Span.of(0, HOUR, "15m", OSLO)
    shown = flat(rows(cells, span, "total", nothing, EDGES, counted_since={"offered": 15 * MINUTE}))
    assert [row["offered"] for row in shown] == [None, 2, 2]
    shown = flat(rows(cells, span, "total", nothing, EDGES, counted_since={"offered": 15 * MINUTE + 1}))
    assert [row["offered"] for row in shown] == [None, None, 2]


def test_how_long_people_talk_is_null_where_it_is_not_counted_and_0_where_nobody_has() -> None:
    """By channel and time; where some channels are counted, together it is of those."""
    definitions = from_then_on(
        from_then_on(RULES, 30 * MINUTE, conversations=("phone",)), 2 * HOUR, conversations=()
    ).definitions
    cells: list[Located] = [
        (at * MINUTE, line, {"entered": 1}) for at in (0, 30, 60, 105, 120) for line in (PHONE, CHAT)
    ]
    cells.append((60 * MINUTE, PHONE, {"conversations": 2, "conversation_sum_ms": 9}))

    def counted(step: Step, by: By, channel: str | None = None) -> list[int | None]:
        span = Span.of(0, 3 * HOUR, step, OSLO)
        found = flat(rows(cells, span, by, nothing, EDGES, definitions=definitions))
        return [row["conversations"] for row in found if row.get("channel") == channel]

    assert counted("15m", "channel", "phone") == [None, 0, 2, 0, None]
    assert counted("15m", "channel", "chat") == [None] * 5
    assert counted("15m", "total") == [None, 0, 2, 0, None]
    assert counted("1h", "channel", "phone") == [None, 2, None]


def test_a_row_is_whole_or_not_there() -> None:
    def starts(from_min: int, to_min: int, step: Step) -> list[int]:
        span = Span.of(from_min * MINUTE, to_min * MINUTE, step, OSLO)
        cells: list[Located] = [(at * 15 * MINUTE, PHONE, {"entered": 1}) for at in range(12)]
        found = flat(rows(cells, span, "total", nothing, EDGES))
        return [round(datetime.fromisoformat(row["start"]).timestamp() / 60) for row in found]

    assert starts(10, 45, "15m") == [15, 30]
    assert starts(10, 46, "15m") == [15, 30, 45]
    assert starts(30, 90, "1h") == [60]
    assert starts(30, 60, "1h") == []


@pytest.mark.fault(17)
def test_days_are_local_and_of_23_to_25_hours() -> None:
    def ms(text: str) -> int:
        return round(datetime.fromisoformat(text).replace(tzinfo=OSLO).timestamp() * 1000)

    span = Span.of(ms("2025-03-29T01:00"), ms("2025-04-01"), "1d", OSLO)
    assert [span.text(day) for day in span.cell_starts()] == ["2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00"]
    autumn = Span.of(ms("2025-10-26"), ms("2025-10-27"), "1h", OSLO)
    assert len(autumn.cell_starts()) == 25 * 4


def test_the_names_are_the_same_with_and_without_data() -> None:
    span = Span.of(DAY_START, DAY_END, "1h", OSLO)
    (row,) = rows([(DAY_START, PHONE, {"entered": 1, "bot_solved": 2})], span, "queue", nothing, EDGES)
    assert list(row.flat) == columns("queue", EDGES)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Asia/Kolkata", "2025-03-03T18:30:00Z"),
        ("Asia/Kathmandu", "2025-03-03T18:15:00Z"),
        ("Australia/Adelaide", "2025-03-03T13:30:00Z"),
        ("America/St_Johns", "2025-03-04T03:30:00Z"),
        ("Europe/Oslo", "2025-03-03T23:00:00Z"),
    ],
)
@pytest.mark.fault(34)
def test_hours_of_a_zone_half_an_hour_off_are_whole(zone: str, midnight: str) -> None:
    """A visit each quarter of a local day: 24 rows of four, and one row of 96."""
    start = round(datetime.fromisoformat(midnight).timestamp() * 1000)
    cells = [(start + n * 15 * MINUTE, PHONE, {"entered": 1}) for n in range(-4, 100)]
    span = Span.of(start, start + 24 * HOUR, "1h", ZoneInfo(zone))
    found = flat(rows(cells, span, "total", nothing, EDGES))
    assert [(row["start"], row["entered"]) for row in found] == [
        (datetime.fromtimestamp((start + n * HOUR) / 1000, UTC).isoformat().replace("+00:00", "Z"), 4)
        for n in range(24)
    ]
    assert Span.of(start + 1, start + 24 * HOUR, "1h", ZoneInfo(zone)).from_ms == start + HOUR
    day = Span.of(start - 1, start + 1, "1d", ZoneInfo(zone))
    assert list(day.cell_starts()) == [start]


@pytest.mark.real
@pytest.mark.fault(34)
def test_an_hour_of_which_a_part_was_let_go_of_is_not_shown(local_parts: LocalParts) -> None:
    """One partition keeps quarters from the second of an hour on, the other from long before."""
    keys, zone = Keys("history-of-parts"), ZoneInfo("Asia/Kolkata")
    start = round(datetime.fromisoformat("2025-03-03T18:30:00Z").timestamp() * 1000)
    span = Span.of(start, start + 3 * HOUR, "1h", zone)

    async def does(client: Client) -> None:
        for name, kept_ms in (("t-0", 2 * HOUR + 45 * MINUTE), ("t-1", DAY)):
            store = Store(client, keys, replace(RULES, interval_retention_ms=kept_ms), "one")
            owned = await store.claim(name, None)
            await store.begin(owned, 0)
            arrivals = [visit(n, start - START_MS + n * 15 * MINUTE)[0] for n in range(12)]
            changes = fold(owned.state, records(arrivals))
            assert await store.commit(name, store.pack(owned, changes, now_ms=1)) == ("ok", 12)
        kept = await read(client, keys, RULES, span)
        found = flat(rows(kept.cells, span, "total", nothing, EDGES))
        assert [(row["start"], row["entered"]) for row in found] == [
            ("2025-03-03T19:30:00Z", 8),
            ("2025-03-03T20:30:00Z", 8),
        ]

    run(local_parts.redis_url, does)


@pytest.mark.real
@pytest.mark.fault(26)
@pytest.mark.parametrize("step", ["15m", "1d"])
def test_without_the_totals_nobody_knows_of_which_lines_there_are_figures(local_parts: LocalParts, step: Step) -> None:
    keys = Keys(f"history-of-totals-{step}")
    span = Span.of(START_MS - 2 * DAY, START_MS + 6 * DAY, step, OSLO)

    async def does(client: Client) -> None:
        store = Store(client, keys, RULES, "one")
        owned = await store.claim("t-0", None)
        await store.begin(owned, 0)
        changes = fold(
            owned.state, records([visit("one", 0)[0], event("queue.entered", START_MS, "two", queue="another")])
        )
        assert await store.commit("t-0", store.pack(owned, changes, now_ms=1)) == ("ok", 2)
        assert len((await read(client, keys, RULES, span)).cells) == 2
        totals = keys.partition("t-0").totals
        field = next(field for field in await client.hkeys(totals) if field != b"whole")
        await client.hdel(totals, field)
        with pytest.raises(Spoiled, match=f"{totals} is not what the last commit left"):
            await read(client, keys, RULES, span)
        await client.delete(totals)
        with pytest.raises(Spoiled, match=f"{totals} is gone"):
            await read(client, keys, RULES, span)

    run(local_parts.redis_url, does)


@pytest.mark.real
def test_what_is_not_counted_yet_is_named_and_closes_nothing(local_parts: LocalParts) -> None:
    """One partition is claimed and not begun, one has read two of three: then the third closes no day."""
    keys = Keys("history-of-parts")
    span = Span.of(START_MS - 2 * DAY, START_MS + 6 * DAY, "1d", OSLO)

    async def does(client: Client) -> None:
        store = Store(client, keys, RULES, "one")
        owned = {name: await store.claim(name, None) for name in ("t-0", "t-1", "t-2")}
        await store.begin(owned["t-0"], 0)
        await store.begin(owned["t-1"], 0, log_end=3)
        for name in ("t-0", "t-1"):
            first = fold(owned[name].state, records([visit(name, 0)[0], visit(f"{name}b", 5 * DAY)[0]]))
            assert await store.commit(name, store.pack(owned[name], first, now_ms=1)) == ("ok", 2)
        found = await read(client, keys, RULES, span)
        assert (found.not_whole, found.closed_before_ms) == (("t-1", "t-2"), 0)
        assert found.cells, "what is there is shown"
        await store.begin(owned["t-2"], 0)
        last = fold(owned["t-1"].state, records([visit("c", 5 * DAY)[0]], first=2))
        assert await store.commit("t-1", store.pack(owned["t-1"], last, now_ms=1)) == ("ok", 3)
        found = await read(client, keys, RULES, span)
        assert found.not_whole == ()
        assert found.closed_before_ms == owned["t-0"].state.late_before

    run(local_parts.redis_url, does)


@pytest.mark.real
@pytest.mark.fault(26)
@pytest.mark.parametrize("step", ["15m", "1d"])
def test_a_hash_that_lost_fields_is_not_whole_though_another_has_so_many(local_parts: LocalParts, step: Step) -> None:
    keys, zone = Keys(f"history-of-sizes-{step}"), ZoneInfo("Europe/Oslo")
    span = Span.of(START_MS - 2 * DAY, START_MS + 6 * DAY, step, zone)
    at = keys.partition("t-0")
    key = at.days if step == "1d" else at.intervals

    async def does(client: Client) -> None:
        store = Store(client, keys, RULES, "one")
        owned = await store.claim("t-0", None)
        await store.begin(owned, 0)
        arrivals = [visit(n, n * DAY)[0] for n in range(4)]
        changes = fold(owned.state, records(arrivals))
        assert await store.commit("t-0", store.pack(owned, changes, now_ms=1)) == ("ok", 4)
        assert (await read(client, keys, RULES, span)).cells

        others: set[Any] = {await client.hlen(other) for other in at.committed() if other != key}
        lost = [field for field in await client.hkeys(key) if field != b"whole"]
        await client.hdel(key, lost.pop())
        while await client.hlen(key) not in others:
            await client.hdel(key, lost.pop())
        with pytest.raises(Spoiled, match="not what the last commit left"):
            await read(client, keys, RULES, span)

    run(local_parts.redis_url, does)


def test_a_row_says_who_counted_it_and_by_definitions_of_when() -> None:
    """A change within a row is the row's own."""
    day = DAY_START - DAY_START % HOUR
    cells: list[Located] = [(at, PHONE, {"entered": 1}) for at in (day - 2 * HOUR, day, day + 30 * MINUTE)]
    of = [Carried("main", day, "UTC", (day - 2 * HOUR,))]
    span = Span.of(day - 3 * HOUR, day + HOUR, "15m", OSLO)
    changed = [day + 40 * MINUTE, day - HOUR]  # the last is of a time that another state counted
    found = flat(rows(cells, span, "total", nothing, EDGES, carried=of, changed_ms=changed))
    assert [(row["carried_from"], row["definitions_since"]) for row in found] == [
        ("main", span.instant(day - 2 * HOUR)),
        (None, span.instant(day)),
        (None, span.instant(day + 40 * MINUTE)),
    ]
    hours = Span.of(day - 3 * HOUR, day + HOUR, "1h", OSLO)
    assert [row["definitions_since"] for row in flat(rows(cells, hours, "total", nothing, EDGES, carried=of))] == [
        hours.instant(day - 2 * HOUR),
        hours.instant(day),
    ]


# Each day of three years has one who waited a second for each day of its month, and the days as many hours as they had.
DAYS = [date(2024, 12, 30) + timedelta(days=n) for n in range(800)]
OF_DAYS: list[Located] = [
    (midnight(day, OSLO), PHONE, {"answered": 1, "wait_sum_ms": day.day * 1000, "wait_max_ms": day.day * 1000})
    for day in DAYS
]


@pytest.mark.parametrize(
    ("step", "starts", "answered", "longest_s", "hours"),
    [
        ("1w", "2024-12-30", 7, 31, 7 * 24),  # the first week of 2025: it has Thursday
        ("1w", "2025-03-24", 7, 30, 7 * 24 - 1),
        ("1w", "2025-10-20", 7, 26, 7 * 24 + 1),
        ("1mo", "2025-02-01", 28, 28, 28 * 24),
        ("1mo", "2025-12-01", 31, 31, 31 * 24),
        ("1q", "2025-01-01", 90, 31, 90 * 24 - 1),
        ("1q", "2025-10-01", 92, 31, 92 * 24 + 1),
        ("1y", "2025-01-01", 365, 31, 365 * 24),
    ],
)
def test_weeks_months_quarters_and_years_are_their_days(
    step: Step, starts: str, answered: int, longest_s: int, hours: int
) -> None:
    at = midnight(date.fromisoformat(starts), OSLO)
    span = Span.of(at, at + HOUR, step, OSLO)
    (row,) = flat(rows(OF_DAYS, span, "total", nothing, EDGES))
    assert row["start"].startswith(f"{starts}T00:00:00+0")
    assert (row["answered"], row["wait_max_ms"]) == (answered, longest_s * 1000)
    assert span.end(at) - at == hours * HOUR


@pytest.mark.parametrize("step", ["1w", "1mo", "1q", "1y"])
def test_every_day_is_in_one_row_of_each_step(step: Step) -> None:
    """But those of a row that began before, or of which nobody asked."""
    span = Span.of(midnight(date(2025, 1, 1), OSLO), midnight(date(2027, 1, 1), OSLO), step, OSLO)
    found = flat(rows(OF_DAYS, span, "total", nothing, EDGES))
    of_them = [day for day in DAYS if span.from_ms <= midnight(day, OSLO) < span.to_ms]
    assert sum(row["answered"] for row in found) == len(of_them)
    assert sum(row["wait_sum_ms"] for row in found) == sum(day.day for day in of_them) * 1000
    assert of_them[0] == (date(2025, 1, 6) if step == "1w" else date(2025, 1, 1))


@pytest.mark.parametrize(("step", "hours"), [("15m", 0.25), ("1h", 1), ("1d", 24)])
def test_a_row_ends_where_the_next_one_begins(step: Step, hours: float) -> None:
    span = Span.of(DAY_START, DAY_END, step, OSLO)
    assert span.end(span.from_ms) == span.from_ms + hours * HOUR


def test_a_row_of_the_day_on_which_the_clock_is_put_forward_has_23_hours() -> None:
    begins = midnight(date(2025, 3, 30), OSLO)
    assert Span.of(begins, begins + HOUR, "1d", OSLO).end(begins) == begins + 23 * HOUR
