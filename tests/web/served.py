"""`svartid web` as a process on a real Valkey, of what a real publisher writes there."""

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

from streams.clock import Clock
from streams.core.fold import fold
from streams.keys import Keys
from streams.redis_client import connect
from streams.serve.publisher import Publisher
from streams.settings import Settings
from tests import forked
from tests.events import Event, event, records
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.serve.publishing import BY, Part, Reading, announce

__all__ = ["Answer", "Publishing", "Web", "serving"]


class Answer(NamedTuple):
    """What was answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def said(self) -> Any:
        """As JSON."""
        return json.loads(self.body)


class Web(Worker):
    """One process of it."""

    def __init__(self, log: Path, redis_url: str, keys: Keys, **settings: str) -> None:
        env = {
            **forked.without_settings(),
            "SVARTID_REDIS_URL": redis_url,
            "SVARTID_NAMESPACE": keys.namespace,
            "SVARTID_PSEUDONYM_KEY": "a key",
            "SVARTID_LOG_FORMAT": "json",
            "SVARTID_WEB_PORT": "0",
            **settings,
        }
        super().__init__(log, env, command="web")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.wait_for('serving')['port']}"

    def ask(self, path: str, **headers: str) -> Answer:
        """GETs one path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = urllib.request.Request(self.url + path, headers=named)
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def wait_until_ready(self) -> "Web":
        """Returns when it is."""
        eventually(self.is_ready, lambda: f"it is ready: {self.get('/isready')}; it said\n{self.said}")
        return self


@contextmanager
def serving(log: Path, redis_url: str, keys: Keys, **settings: str) -> Iterator[Web]:
    """One, for a block."""
    web = Web(log, redis_url, keys, **settings)
    try:
        yield web
    finally:
        if web.process.poll() is None:
            web.kill()


class Publishing:
    """A publisher that goes on, in a thread, as a worker's does; `fold` gives it more to tell."""

    def __init__(self, redis_url: str, keys: Keys, clock: Clock | None = None, every_s: float = 0.03) -> None:
        self._redis_url, self._keys, self._clock = redis_url, keys, clock or Clock()
        self._every_s = every_s
        self.part = Part("t-0")
        self._loop = asyncio.new_event_loop()
        self._begun, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self.publisher: Publisher

    def __enter__(self) -> "Publishing":
        self._thread.start()
        assert self._begun.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def fold(self, log: list[Event]) -> None:
        """These happen."""

        def does() -> None:
            fold(self.part.state, records(log, first=self.part.state.offset))
            self.part.touched.add(self.part.state.take_touched())
            self.part.state.aggregates.panes.touched.clear()
            self.part.state.aggregates.touched_totals.clear()
            self.publisher.notify()

        self.call(does)

    def hear(self) -> None:
        """Somebody calls who joins no queue: a channel that is silent for five minutes is not believed."""
        now_ms = self._clock.now_ms()
        self.fold([event("contact.started", now_ms, f"beat-{now_ms}", None, channel="phone")])

    def call(self, does: Callable[[], object]) -> None:
        """In its thread."""
        done = threading.Event()

        def then() -> None:
            does()
            done.set()

        self._loop.call_soon_threadsafe(then)
        assert done.wait(10)

    async def _run(self) -> None:
        client = connect(Settings(redis_url=self._redis_url))  # type: ignore[call-arg, arg-type]
        await announce(client, self._keys, [self.part])
        self.publisher = Publisher(
            client,
            self._keys,
            lambda: BY,
            self._clock,
            lambda: {self.part.name: self.part},
            Reading(),
            tuple,
            instance="one",
            every_s=self._every_s,
            whole_every_s=0.5,
            wrong_ms=lambda: 0,
        )
        publishing = asyncio.create_task(self.publisher.run())
        self._begun.set()
        await self._stop.wait()
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await client.aclose()
