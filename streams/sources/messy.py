"""A bad feed: what arrives twice, late, broken, not at all, or with the time of a clock that is wrong.

Lateness is bounded, so that what ought to be counted can be known. May import: wire, scenarios.
"""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from random import Random

import orjson

from streams.sources.scenarios import Mess
from streams.sources.wire import Event, Record, record

ENDS = frozenset(
    ("queue.answered", "queue.abandoned", "queue.left", "callback.connected", "callback.failed", "contact.ended")
)
FROM_DESKS = frozenset(("agent.offered", "agent.missed", "queue.answered"))
_DAY_MS = 86_400_000


def disturb(stream: Iterator[tuple[int, Event]], mess: Mess, rng: Random) -> Iterator[Record]:
    """The stream as it arrives, in order of arrival."""
    wire = _Wire()
    for ms, event in stream:
        yield from wire.arrived_by(ms)
        if event["type"] in ENDS and rng.random() < mess.lost_ends:
            continue
        if event["type"] in FROM_DESKS:
            event["occurred_at"] += mess.skew_ms
        sent = record(ms, event)
        for at_ms in _arrivals(ms, mess, rng):
            wire.send(sent._replace(timestamp_ms=at_ms))
        if rng.random() < mess.broken:
            wire.send(_broken(sent, event, rng))
    yield from wire.arrived_by(None)


def _arrivals(ms: int, mess: Mess, rng: Random) -> Iterator[int]:
    """When a record arrives: usually once and at once."""
    lag_max_ms = round(mess.lag_max_s * 1000)
    yield ms + rng.randint(1, lag_max_ms) if rng.random() < mess.delayed else ms
    if rng.random() < mess.repeated:
        yield ms + rng.randint(0, lag_max_ms)


class _Wire:
    """What is under way."""

    def __init__(self) -> None:
        self._under_way: list[tuple[int, int, Record]] = []
        self._sent = 0

    def send(self, what: Record) -> None:
        """It arrives at its timestamp."""
        self._sent += 1
        heappush(self._under_way, (what.timestamp_ms, self._sent, what))

    def arrived_by(self, ms: int | None) -> Iterator[Record]:
        """What has arrived before an instant; None is the end of time."""
        while self._under_way and (ms is None or self._under_way[0][0] < ms):
            yield heappop(self._under_way)[2]


def _broken(sent: Record, event: Event, rng: Random) -> Record:
    name = rng.choice(list(_BREAK))
    return sent._replace(value=_BREAK[name](event, rng), kind=f"broken: {name}")


def _without(event: Event, field: str) -> bytes:
    return orjson.dumps({name: value for name, value in event.items() if name != field})


_BREAK: dict[str, Callable[[Event, Random], bytes | None]] = {
    "null value": lambda event, rng: None,
    "random bytes": lambda event, rng: b"\xff" + rng.randbytes(40),
    "cut off": lambda event, rng: orjson.dumps(event)[: rng.randint(1, 100)],
    "not an object": lambda event, rng: orjson.dumps([event]),
    "next version": lambda event, rng: orjson.dumps({**event, "schema_version": 2}),
    "unknown type": lambda event, rng: orjson.dumps({**event, "type": "queue.teleported"}),
    "no type": lambda event, rng: _without(event, "type"),
    "no time": lambda event, rng: _without(event, "occurred_at"),
    "time in words": lambda event, rng: orjson.dumps({**event, "occurred_at": "just now"}),
    "unknown channel": lambda event, rng: orjson.dumps({**event, "channel": "fax"}),
    "number for text": lambda event, rng: orjson.dumps({**event, "queue": 7}),
    "too large": lambda event, rng: orjson.dumps({**event, "reason": "x" * 70_000}),
    "from the future": lambda event, rng: orjson.dumps({**event, "occurred_at": event["occurred_at"] + 2 * _DAY_MS}),
}
