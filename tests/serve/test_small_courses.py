"""Small documents after any course of events and publishes, on a real Valkey: they say what the whole says."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.publisher import Publisher
from tests.events import START_MS, visit
from tests.examples import examples
from tests.serve.publishing import BY, Part, Reading, clock_at, publisher, run
from tests.serve.smalls import (
    ARBEID,
    HELSE,
    read_small,
    wrong,
)

pytestmark = pytest.mark.real


@dataclass
class Course:
    """Two partitions of one topic, one of another, and a publisher, through whatever a test does to them."""

    client: Client
    keys: Keys
    now_ms: int = START_MS
    parts: list[Part] = field(default_factory=lambda: [Part("t-0"), Part("t-1"), Part("c-0", channel="chat")])
    lines: tuple[str, ...] = (HELSE, ARBEID, "phone/samhandler/kommune", "phone/personbruker/ukjent")
    visits: list[tuple[int, str, int, str]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)  # parts that nobody shows

    def __post_init__(self) -> None:
        self.reading = Reading(channel_of={"t": "phone", "c": "chat"})
        self.shows = self.worker("one")

    def worker(self, instance: str) -> Publisher:
        def owned() -> Mapping[str, Part]:
            return {part.name: part for n, part in enumerate(self.parts) if n not in self.gone}

        return publisher(self.client, self.keys, [], self.now_ms, instance, owned, reader=self.reading, by=BY)

    async def do(self, what: str, n: int) -> None:
        await getattr(self, what)(n)

    async def enters(self, n: int) -> None:
        part, line = n % 3, self.lines[n % 4]
        line = line.replace("phone", "chat") if part == 2 else line
        self.visits.append((part, f"v{len(self.visits)}", self.now_ms, line))
        self.parts[part].fold(visit(self.visits[-1][1], self.now_ms, line=line))

    async def is_answered(self, n: int) -> None:
        await self._ends(n, "queue.answered")

    async def gives_up(self, n: int) -> None:
        await self._ends(n, "queue.abandoned")

    async def _ends(self, n: int, how: str) -> None:
        if self.visits:
            part, who, entered_ms, line = self.visits.pop(n % len(self.visits))
            self.parts[part].fold(visit(who, entered_ms, (how, self.now_ms - entered_ms), line=line)[1:])

    async def time_goes_by(self, n: int) -> None:
        self.now_ms += [1000, 10_000, 60_000, 1_800_000, 6 * 3_600_000][n % 5]
        self.shows._clock = clock_at(self.now_ms)

    async def is_unread(self, n: int) -> None:
        self.reading.unread = () if self.reading.unread else (self.parts[n % 3].name,)

    async def is_rebuilt(self, n: int) -> None:
        part = self.parts[n % 3]
        part.rebuilding = (1, 2) if part.rebuilding is None else None

    async def is_missed(self, n: int) -> None:
        self.gone = set() if self.gone else {n % 3}
        await self.client.sadd(self.keys.partitions, *(part.name for part in self.parts))

    async def is_taken_over(self, n: int) -> None:
        await self.client.delete(self.keys.publisher)
        self.shows = self.worker(f"another-{n}")

    async def looks(self, n: int) -> None:
        await self.shows.look()

    async def publishes(self, n: int) -> None:
        await self.shows.publish()
        assert await wrong(self.client, self.keys) == {}
        assert await read_small(self.client, self.keys, HELSE, self.now_ms)


DOES = [name for name in vars(Course) if not name.startswith("_") and name not in vars(Course)["__annotations__"]]
STEPS = st.tuples(
    st.sampled_from([*("enters", "is_answered", "gives_up", "looks", "publishes", "time_goes_by") * 3, *DOES]),
    st.integers(0, 59),
).filter(lambda step: step[0] not in ("do", "worker"))


def test_after_any_course_they_say_what_the_whole_says(local_parts: LocalParts) -> None:
    def through(does: Callable[[Client], Any]) -> None:
        run(local_parts.redis_url, does)

    @settings(max_examples=examples(40), deadline=None)
    @given(st.lists(STEPS, min_size=1, max_size=30))
    def any_course(steps: list[tuple[str, int]]) -> None:
        async def does(client: Client) -> None:
            course = Course(client, Keys(f"test-{uuid.uuid4().hex[:8]}"))
            for what, n in [*steps, ("publishes", 0)]:
                await course.do(what, n)

        through(does)

    any_course()
