"""Publishers on a real Valkey, over partitions whose state a test folds by hand."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import config
from streams.clock import Clock
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.keys import Keys
from streams.redis_client import Client, connect
from streams.serve.configuration import Configured
from streams.serve.publisher import Publisher, Shown
from streams.settings import Settings
from tests import events
from tests.events import START_MS, Event, records

CENTRE = config.load()
RULES = CENTRE.rules(b"a key")
BY = Configured(CENTRE, RULES, config.texts_of())


@dataclass
class Part:
    """A partition as its owner has it."""

    name: str
    state: PartitionState = field(default_factory=lambda: PartitionState(RULES))
    epoch: str = "1"
    owner: str = "one"
    channel: str = "phone"
    given_up: bool = False
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    touched: Touched = field(default_factory=Touched)
    rebuilding: tuple[int, int] | None = None
    lost: int = 0
    books: str = "first"

    def fold(self, log: Iterable[Event]) -> None:
        """Folds events as the next records, and leaves what a commit leaves."""
        fold(self.state, records(log, first=self.state.offset))
        self.touched.add(self.state.take_touched())
        self.state.aggregates.panes.touched.clear()
        self.state.aggregates.touched_totals.clear()


@dataclass
class Reading:
    """How far the log is read: to its end, unless a test says otherwise."""

    channel_of: Mapping[str, str] = field(default_factory=lambda: {"t": "phone"})
    unread: Collection[str] = ()  # partitions that are not fresh
    counts: Mapping[str, int] = field(default_factory=dict)  # by topic how many partitions Kafka has

    def is_fresh(self, name: str) -> bool:
        return name not in self.unread

    def behind(self, name: str) -> int:
        return 0

    def expected(self) -> Mapping[str, int]:
        return self.counts


def clock_at(ms: int) -> Clock:
    """A clock that shows this now."""
    return Clock.starting_at(ms, speed=1.0)


def publisher(
    client: Client,
    keys: Keys,
    parts: Iterable[Part],
    now_ms: int = START_MS,
    instance: str = "one",
    owned: Callable[[], Mapping[str, Shown]] | None = None,
    wrong_ms: Callable[[], int] = lambda: 0,
    reader: Reading | None = None,
    by: Configured = BY,
    speed: float = 1.0,
    whole_every_s: float = 0.01,
) -> Publisher:
    """The publisher of a worker that owns these parts."""
    named: Mapping[str, Shown] = {part.name: part for part in parts}
    clock = Clock.starting_at(now_ms, speed)
    return Publisher(
        client,
        keys,
        lambda: by,
        clock,
        owned or (lambda: named),
        reader or Reading(),
        tuple,
        instance=instance,
        every_s=0.01,
        whole_every_s=whole_every_s,
        wrong_ms=wrong_ms,
    )


async def announce(client: Client, keys: Keys, parts: Iterable[Part]) -> None:
    """What the claims of these partitions leave in Redis."""
    for part in parts:
        await client.sadd(keys.partitions, part.name)
        await client.hset(keys.partition(part.name).meta, mapping={"epoch": part.epoch, "owner": part.owner})


def visit(n: object, entered: int, answered: int | None = None) -> list[Event]:
    """A visit of a journey of its own; times in ms after START_MS."""
    then = [] if answered is None else [("queue.answered", answered - entered)]
    return events.visit(f"{n}", START_MS + entered, *then)


def run(redis_url: str, does: Callable[[Client], Awaitable[Any]]) -> None:
    """Runs a coroutine function with a client."""

    async def with_client() -> None:
        client = connect(Settings(redis_url=redis_url))  # type: ignore[call-arg, arg-type]
        try:
            await does(client)
        finally:
            await client.aclose()

    asyncio.run(with_client())
