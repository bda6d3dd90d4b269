"""Publishes this process's views, and the snapshot made of everybody's, when something is new and with the clock; and
between two snapshots, oftener, the small documents of what events have changed.

May import: serve, config, clock, keys, sealed, redis.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from streams.clock import Clock
from streams.core.expected_wait import LATE_MS
from streams.core.later import with_editions
from streams.core.state import PartitionState, Touched
from streams.fresh import FRESH_S
from streams.keys import Keys
from streams.outage import Outage
from streams.partition_names import in_a_sentence, names_of, topic_of
from streams.redis_client import Client, in_words
from streams.sealed import UNREADABLE, Seal, Spoiled, is_of_another_type, typed
from streams.serve.configuration import Configured
from streams.serve.counters import Counters
from streams.serve.documents import ShownBy, Snapshot
from streams.serve.early import is_astray
from streams.serve.expecting import Expecting
from streams.serve.expecting_keys import ExpectingKeys
from streams.serve.merging import Missing
from streams.serve.merging import Shown as Merged
from streams.serve.remerging import swaps
from streams.serve.serving import FIELDS, Serving
from streams.serve.serving import read as read_served
from streams.serve.since import Since
from streams.serve.small import changed_since, small_documents, views_of
from streams.serve.snapshot import Memo, document_of
from streams.serve.told_wait import Told
from streams.serve.view import View, Viewer, pack, unpack
from streams.serve.writer import WRITER_FOR_MS, WRITER_FOR_S, Writer

log = structlog.get_logger(__name__)

TICK_S = 1.0  # windows slide and ages grow at least this often
MOST_LOOKED_AT = 100  # lines that have changed: of more the next snapshot tells
REST = 1  # a publisher rests as long as it worked,
REST_WHEN_BEHIND = 24  # and longer while there is a backlog, which is better read than shown
VIEW_EXPIRES_S = 5.0
_SEALED_AS = b"view"
HOLDS_FOR_EVER = -1  # ms
MOST_REST_S = WRITER_FOR_S / 3  # well within everything above, with time to publish


class Shown(Protocol):
    """A partition that this process owns, as the publisher needs it."""

    busy: asyncio.Lock
    touched: Touched

    @property
    def given_up(self) -> bool: ...  # noqa: D102
    @property
    def epoch(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def state(self) -> PartitionState: ...  # noqa: D102
    @property
    def channel(self) -> str: ...  # noqa: D102
    @property
    def rebuilding(self) -> tuple[int, int] | None: ...  # noqa: D102
    @property
    def lost(self) -> int: ...  # noqa: D102
    @property
    def books(self) -> str: ...  # noqa: D102


class Reader(Protocol):
    """Who reads the log, and so knows how far it is read, and what of it there is."""

    @property
    def channel_of(self) -> Mapping[str, str]: ...  # noqa: D102  # by topic
    def is_fresh(self, name: str) -> bool: ...  # noqa: D102
    def behind(self, name: str) -> int: ...  # noqa: D102
    def expected(self) -> Mapping[str, int]: ...  # noqa: D102  # by topic how many partitions


@dataclass(frozen=True, slots=True)
class Last:
    """What the snapshot that was written last is of, or the small documents after it."""

    document: Snapshot
    views: Mapping[str, View]  # by partition, everybody's
    merged: Merged


class Publisher:
    """One in each worker; one of them at a time writes the snapshot."""

    def __init__(
        self,
        client: Client,
        keys: Keys,
        configured: Callable[[], Configured],
        clock: Clock,
        owned: Callable[[], Mapping[str, Shown]],
        reader: Reader,
        missing_topics: Callable[[], Collection[str]],
        *,
        instance: str,
        every_s: float,
        whole_every_s: float,
        wrong_ms: Callable[[], int] = lambda: 0,  # by how much this machine's clock is
        serving: Serving | None = None,
    ) -> None:
        self._client = client
        self._keys = keys
        self._configured = configured
        self._by = configured()  # what views and memos are made by
        self._clock = clock
        self._owned = owned
        self._reader = reader
        self._missing_topics = missing_topics
        self._instance = instance
        self._every_s = every_s
        self._whole_every_s = whole_every_s
        self._wrong_ms = wrong_ms
        self._serving = serving or Serving(client, keys)
        self.counters = Counters(self._by.centre.channels, keys.state)
        self._writer = Writer(client, keys, instance, self._serving, self.counters, self.notify)
        self._news = asyncio.Event()
        self._viewers: dict[str, Viewer] = {}
        self._memo = Memo()
        self._since = Since()
        self._expecting: Expecting | None = None  # while we write what all read
        self._expecting_keys = ExpectingKeys(client, keys)
        self._is_behind = False
        self._latest: Snapshot | None = None
        self._last: Last | None = None  # None: we did not write it
        self._published_at = time.monotonic()
        self._asked_at = 0.0  # Redis, of which an answer is waited for; 0: none is
        self.outage = Outage(log, "cannot publish to Redis: tried again until it can")
        self.seconds = 0.0

    @property
    def silent_s(self) -> float:
        """For how many seconds nothing could be published."""
        return time.monotonic() - self._published_at

    @property
    def why_silent(self) -> str:
        """Why nothing was published for that long; Redis is named where it refuses, or was asked and is silent."""
        for_s = f"for {self.silent_s:.0f} s"
        if self.outage.is_on:
            return f"nothing could be written to Redis {for_s}: {self.outage.why}"
        if self._asked_at and time.monotonic() - self._asked_at > self.silent_s / 2:
            return f"nothing could be written to Redis {for_s}: it has not answered yet"
        if busy := sorted(name for name, shown in self._owned().items() if shown.busy.locked()):
            return f"nothing new is shown {for_s}: what came of {in_a_sentence(busy)} is still being counted"
        return f"nothing new is shown {for_s}: the worker is about to, or its machine is too busy"

    @property
    def latest(self) -> Snapshot | None:
        """The snapshot, while this process is its writer, it is served, and it may be believed."""
        return self._latest if self.silent_s <= FRESH_S else None

    def notify(self) -> None:
        """There is something new to show."""
        self._news.set()

    async def run(self) -> None:
        """Publishes until cancelled. A Redis that does not answer is waited for: the snapshot goes stale meanwhile."""
        tick_s = TICK_S / min(max(self._clock.speed, 1.0), 10.0)
        whole_s = min(self._whole_every_s, tick_s)
        whole_at, is_news = -tick_s, False  # when one was made last, and whether anything is new since
        while True:
            self._news.clear()
            began = time.monotonic()
            is_whole = began - whole_at >= (whole_s if is_news else tick_s)
            worked_before = time.thread_time()  # to wait for a batch, or for Redis, is no work
            took = await self._tried(self.publish if is_whole else self.look)
            worked = time.thread_time() - worked_before
            rest = min(took * REST_WHEN_BEHIND if self._is_behind else worked * REST, MOST_REST_S)
            if is_whole:
                whole_at = began + max(0.0, took + rest - whole_s)
                rest = rest if self._is_behind else 0.0  # the next whole waits for that, and no small document
            await asyncio.sleep(max(self._every_s, rest))
            is_news = self._news.is_set() or (is_news and not is_whole)
            is_news = await self._is_told(whole_at + (whole_s if is_news else tick_s) - time.monotonic()) or is_news

    async def _is_told(self, within_s: float) -> bool:
        """Waits until something is new, or for so long; whether it is."""
        try:
            async with asyncio.timeout(within_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _tried(self, does: Callable[[], Awaitable[None]]) -> float:
        """For how many seconds it worked."""
        started = time.perf_counter()
        try:
            await does()
        except RedisError as error:
            self._latest = self._last = None
            self.outage.tell(in_words(error))
        took = time.perf_counter() - started
        self.seconds += took
        return took

    async def look(self) -> None:
        """Writes the small documents of what batches have changed since the snapshot that we wrote. What the clock
        changes, a verdict, and what came to another worker's partitions is in the next one; so is all where so much has
        changed, as windows slide, that a look would hold up what comes.
        """
        last = self._last
        if last is None or self._is_behind or self._wrong_ms() or self._configured() is not self._by:
            return
        now_ms, owned = self._clock.now_ms(), self._owned().items()
        read_on = [(name, shown) for name, shown in owned if _has_read_on(shown, last.views.get(name))]
        made = await asyncio.gather(*(self._view(name, shown, now_ms) for name, shown in read_on))
        found = [view for view in made if view is not None]
        if not found or self._are_many(found, last.views):
            return
        merged = self._memo.shown_again(last.merged, last.views, found, self._by.rules, now_ms)
        told, changed = self._expected_of(found, merged)
        small = changed_since(last.merged, merged, last.document.targets, told, changed)
        self._asked_at = time.monotonic()
        try:
            is_written = await self._writer.write_some(last.document, small)
        finally:
            self._asked_at = 0.0
        views = {**last.views, **{view.partition: view for view in found}}
        self._last = Last(last.document, views, merged) if is_written else None

    @staticmethod
    def _are_many(found: Iterable[View], known: Mapping[str, View]) -> bool:
        """Whether more lines have changed than a look tells of."""
        both = [(known[view.partition], view) for view in found if view.partition in known]
        return sum(len(swaps(*pair)) for pair in both) > MOST_LOOKED_AT

    async def publish(self) -> None:
        """Publishes once: the views of our partitions, then the snapshot if we are its writer."""
        now_ms = self._clock.now_ms()
        self._take_configuration()
        owned = self._owned().items()
        found = await asyncio.gather(*(self._view(name, shown, now_ms) for name, shown in owned))
        views = [view for view in found if view is not None]
        self._is_behind = sum(view.behind for view in views) > self._by.centre.alerts.lag_records
        self._asked_at = time.monotonic()
        try:
            await self._show(views, now_ms)
        finally:
            self._asked_at = 0.0
        self.outage.over()

    def _take_configuration(self) -> None:
        """Goes on by the one that holds now; what was made by another counts for nothing."""
        before, self._by = self._by, self._configured()
        if self._by is not before:
            self._memo = Memo()
            if self._by.centre.windows.lengths != before.centre.windows.lengths:
                self._viewers.clear()
            if self._expecting is not None:
                self._expecting.go_by(self._by.centre, self._by.rules)

    async def _show(self, views: list[View], now_ms: int) -> None:
        """To the other workers, and to all if we are the snapshot's writer."""
        others, may_write = await self._exchange(views)
        self._published_at = time.monotonic()
        if not may_write:
            self._latest = self._last = self._expecting = None
            return
        missing = {name: self._channel(name) for name, view in others.items() if view is None}
        fresh_ms = round(FRESH_S * 1000 * self._clock.speed)
        shown = [*views, *filter(None, others.values())]
        merged = self._memo.shown(
            shown,
            Missing(missing, {topic: self._reader.channel_of[topic] for topic in self._missing_topics()}),
            self._by.centre,
            self._by.rules,
            now_ms,
        )
        wrong_ms = round(self._wrong_ms() * self._clock.speed)
        expecting = await self._expected(shown, merged)
        document = document_of(merged, shown, fresh_ms, self._memo, wrong_ms, self._shown_by(now_ms), expecting)
        await self._note_since(document)
        naming = self._by.rules.naming.digest_at(now_ms)  # a line that is made of other queues has other books
        books = {view.partition: (view.channel, f"{view.books}/{naming}") for view in shown}
        small = small_documents(merged, document.targets, expecting.told if expecting else {})
        is_public = await self._writer.write(document, small, books, is_new=self._latest is None)
        self._latest = document if is_public and document.clock_wrong_ms is None else None
        self._last = Last(document, {view.partition: view for view in shown}, merged) if self._latest else None
        if self._latest is not None:
            self.counters.rest_on(books)
            await self._keep_since()
            if expecting is not None:
                await self._expecting_keys.keep(expecting, now_ms)

    async def _expected(self, views: Iterable[View], merged: Merged) -> Expecting | None:
        """What is expected of who joins; None where another state is served. Who did not write before goes on with
        what was kept.
        """
        if not self._serving.is_ours:
            self._expecting = None
            return None
        if self._expecting is None or self._latest is None:
            late_ms = round(LATE_MS * max(self._clock.speed, 1.0))
            expecting = Expecting(self._by.centre, self._by.rules, late_ms)
            await self._expecting_keys.take_over(expecting, merged.now_ms)
            self._expecting = expecting
        self._expecting.note(views, merged, views_of(merged).keys())
        return self._expecting

    def _expected_of(self, views: Iterable[View], merged: Merged) -> tuple[Mapping[str, Told], Collection[str]]:
        """The same of a few views: what is told, and of which lines it is another than before."""
        if self._expecting is None:
            return {}, ()
        changed = self._expecting.note_some(views, merged)
        return self._expecting.told, changed

    async def _note_since(self, document: Snapshot) -> None:
        """Says since when each verdict stands, and what of it is told; who did not write the one before goes on with
        what was kept.
        """
        if self._latest is None:
            self._since.take_over(await self._kept_since())
        if document.clock_wrong_ms is None:
            promised = self._by.centre.targets_at(document.as_of_ms)
            self._since.note(document.targets, promised, document.as_of_ms)

    async def _kept_since(self) -> bytes | None:
        try:
            kept: bytes | None = await typed(self._keys.verdicts, self._client.get(self._keys.verdicts))
        except Spoiled:
            return None
        return kept

    async def _keep_since(self) -> None:
        """For whoever writes next. Where it is not written this time, it is the next."""
        if self._since.is_news:
            await self._client.set(self._keys.verdicts, self._since.packed)
            self._since.is_news = False

    def _shown_by(self, now_ms: int) -> ShownBy:
        """Definitions change by their dates, and where another state is served."""
        changes = [terms.from_ms for terms in self._by.rules.definitions.later if terms.from_ms <= now_ms]
        since = max(*changes, 0, self._serving.now.after_ms) or None
        return ShownBy(revision=self._by.revision, digest=self._by.digest, definitions_since_ms=since)

    def _channel(self, partition: str) -> str | None:
        """None where its topic is not read any more."""
        return self._reader.channel_of.get(topic_of(partition))

    async def _view(self, name: str, shown: Shown, now_ms: int) -> View | None:
        async with shown.busy:  # never in the middle of a batch: what is shown is committed
            if shown.given_up:  # while that batch was waited for: it is another's to show
                return None
            viewer = self._viewers.get(name)
            if viewer is None or viewer.state is not shown.state:
                viewer = self._viewers[name] = Viewer(shown.state, self._by.centre.windows.lengths)
            touched, shown.touched = shown.touched, Touched()
            state = shown.state
            return View(
                partition=name,
                channel=shown.channel,
                epoch=shown.epoch,
                owner=shown.owner,
                as_of_ms=now_ms,
                offset=state.offset,
                behind=self._reader.behind(name),
                is_fresh=self._reader.is_fresh(name) and not self._wrong_ms(),
                watermark_ms=state.watermark,
                counters=dict(state.counters),
                lines=viewer.lines(now_ms, touched),
                ahead=viewer.ahead(now_ms),
                heard_ms=viewer.heard_ms(now_ms),
                is_astray=is_astray(state, now_ms),
                rebuilding=shown.rebuilding,
                lost=shown.lost,
                books=shown.books,
                in_part=viewer.windows.in_part,
                version=state.rules.version,
                coarse_edges_ms=state.upgrade.edges_ms,
                counted_since=with_editions(state.counted_since, state.rules.definitions),
                promptness={source: dict(minutes) for source, minutes in state.promptness.of.items()},
            )

    async def _exchange(self, ours: list[View]) -> tuple[dict[str, View | None], bool]:
        """Other workers' views for ours, and whether nobody else writes the snapshot.

        Who writes and owns every partition shows its views to nobody. A view is None where its owner shows nothing, or
        is not its owner any more. Which there are Redis says, and Kafka: a list that lost some hides nothing.
        """
        pipe = self._client.pipeline(transaction=False)
        pipe.smembers(self._keys.partitions)
        pipe.get(self._keys.publisher)
        pipe.pttl(self._keys.publisher)
        pipe.hmget(self._keys.serving, FIELDS)
        members, writer, holds_ms, serving = await _answers(pipe)
        await self._serving.heard(read_served(serving))
        is_no_writers = holds_ms == HOLDS_FOR_EVER or holds_ms > WRITER_FOR_MS
        may_write = is_no_writers or writer in (None, self._instance.encode())
        listed = {name.decode(errors="replace") for name in members or ()}
        names = listed.union(names_of(self._reader.expected())) - {view.partition for view in ours}
        if not names and may_write:
            return {}, True
        for view in ours:
            key = self._keys.partition(view.partition).view
            pipe.set(key, _sealed(key, view), px=round(VIEW_EXPIRES_S * 1000))
        for name in names:
            keys = self._keys.partition(name)
            pipe.get(keys.view)
            pipe.hmget(keys.meta, "epoch", "owner")
        answers = (await _answers(pipe))[len(ours) :]
        views: dict[str, View | None] = {}
        for name, packed, owner in zip(names, answers[::2], answers[1::2], strict=True):
            shown = _shown(self._keys.partition(name).view, packed)
            views[name] = shown if shown and [shown.epoch.encode(), shown.owner.encode()] == owner else None
        return views, may_write


def _has_read_on(shown: Shown, view: View | None) -> bool:
    """Since a view of it: an event that waits to be counted, and is shown, has touched no line."""
    return view is not None and (bool(shown.touched.lines) or shown.state.offset != view.offset)


async def _answers(pipe: Pipeline) -> list[Any]:
    """What Redis answered; None of keys that hold something else than we write there. Raises RedisError."""
    answers = await pipe.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception) and not is_of_another_type(answer):
            raise answer
    return [None if is_of_another_type(answer) else answer for answer in answers]


def _sealed(key: str, view: View) -> bytes:
    return Seal(key).close({_SEALED_AS: pack(view)})[1]


def _shown(key: str, sealed: bytes | None) -> View | None:
    """A view; None where there is none, or it is not what its owner wrote there."""
    try:
        return unpack(Seal(key).open(_SEALED_AS, sealed)) if sealed else None
    except (Spoiled, *UNREADABLE):
        return None
