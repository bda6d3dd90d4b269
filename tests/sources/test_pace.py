"""When a run starts, which clock it keeps to, and that nothing is sent before its time."""

import asyncio
from collections.abc import Iterator

import pytest

from streams.cli.app import CommandError
from streams.cli.simulate import DEFAULT_START, pace_of
from streams.clock import Clock
from streams.sources.feed import _due
from streams.sources.wire import Record

from .days import at_ms

REAL, DEMO = Clock(), Clock(real_origin_ms=1_000, origin_ms=1_700_000_000_000, speed=60.0)
DEFAULT_MS = round(DEFAULT_START.timestamp() * 1000)
NOON = "2025-03-04T12:00"


def test_real_time_starts_now() -> None:
    start_ms, clock = pace_of("1", None, REAL)
    assert clock == REAL and abs(start_ms - REAL.now_ms()) < 1000


def test_as_fast_as_it_goes_starts_at_the_start_without_a_clock() -> None:
    assert pace_of("max", None, DEMO) == (DEFAULT_MS, None)
    assert pace_of("max", NOON, REAL) == (at_ms(NOON), None)


def test_a_speed_makes_a_clock_of_its_own() -> None:
    start_ms, clock = pace_of("60", NOON, REAL)
    assert start_ms == at_ms(NOON) and clock and clock.speed == 60
    assert 0 <= clock.now_ms() - start_ms < 60_000
    assert pace_of("60", None, REAL).start_ms == DEFAULT_MS
    assert pace_of("1", NOON, REAL).start_ms == at_ms(NOON)


def test_the_clock_of_the_environment_is_kept_to() -> None:
    for speed in ("1", "60"):
        start_ms, clock = pace_of(speed, None, DEMO)
        assert clock == DEMO and abs(start_ms - DEMO.now_ms()) < 60_000
    assert pace_of("60", NOON, DEMO) == (at_ms(NOON), DEMO)


@pytest.mark.parametrize(
    ("speed", "start", "clock"),
    [
        *((speed, None, REAL) for speed in ("fast", "0", "-1", "inf", "nan")),
        ("1", "noon", REAL),
        ("30", None, DEMO),
    ],
)
def test_what_makes_no_sense_is_refused(speed: str, start: str | None, clock: Clock) -> None:
    with pytest.raises(CommandError):
        pace_of(speed, start, clock)


def test_an_offset_in_the_start_counts() -> None:
    assert pace_of("max", "2025-03-04T11:00Z", REAL).start_ms == at_ms(NOON)


def records(times: list[int]) -> Iterator[Record]:
    return (Record("phone", b"j", b"{}", ms, "contact.ended") for ms in times)


async def sent_at(times: list[int], clock: Clock | None, stop: asyncio.Event) -> list[tuple[int, int]]:
    """(time, how many were sent then) of each chunk."""
    return [((clock or Clock()).now_ms(), chunk[-1].timestamp_ms) async for chunk in _due(records(times), clock, stop)]


def test_nothing_is_sent_before_its_time_and_the_past_at_once() -> None:
    async def run() -> None:
        clock = Clock.starting_at(100_000, speed=1000)
        chunks = await sent_at([0, 50_000, *range(110_000, 400_000, 10_000)], clock, asyncio.Event())
        assert all(newest <= now for now, newest in chunks)
        assert chunks[0][1] == 50_000

    asyncio.run(run())


def test_it_stops_when_told_though_nothing_is_due() -> None:
    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        tomorrow = Clock().now_ms() + 86_400_000
        async with asyncio.timeout(5):
            assert await sent_at([0, tomorrow], Clock(), stop) != []

    asyncio.run(run())


def test_without_a_clock_everything_goes_in_large_chunks() -> None:
    chunks = asyncio.run(sent_at(list(range(5000)), None, asyncio.Event()))
    assert [newest for _, newest in chunks] == [1999, 3999, 4999]
