"""Where a claimed partition reads on: from Redis' offset, from a checkpoint, or from the log's beginning.

Nothing is guessed: another log, or figures that only other rules could restore, end the worker with a sentence. May
import: store, layout, log, checkpoints.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import structlog

from streams.deadlines import something_came
from streams.ingest.checkpoints import Checkpoint, Checkpoints, Saved
from streams.ingest.log import EventLog, LogReplaced, PartitionsChanged, Tail, check_counted
from streams.ingest.store import Answer, Owned, Place, Store
from streams.partition_names import names_of

log = structlog.get_logger(__name__)


class Extent(NamedTuple):
    """The log of one partition: its first offset, and its next one."""

    start: int
    end: int


class Counted(NamedTuple):
    """How far a partition was counted, by Redis or by a checkpoint: the next offset, and what its log is known by."""

    offset: int
    tail: Tail | None
    known: Tail | None


class Starting:
    """What is looked at before a worker reads on. Without a log or checkpoints to look at, only what Redis says."""

    def __init__(self, store: Store, event_log: EventLog | None, checkpoints: Checkpoints | None) -> None:
        self._store = store
        self._event_log = event_log
        self._checkpoints = checkpoints
        self.has_restored = False  # anything, as Redis had lost it

    async def counts(self, topics: set[str]) -> Mapping[str, int]:
        """How many partitions each of these topics has."""
        return await self._event_log.counts(topics) if self._event_log and topics else {}

    async def check_counts(self, found: Mapping[str, int]) -> None:
        """Makes every partition of these topics known. Raises PartitionsChanged, and LogReplaced where a topic has
        another number of them as it was made anew: then there is nothing to accept.
        """
        if not found:
            return
        for topic, counted in (await self._store.counts(found)).items():
            if counted != found[topic]:
                await self.check_topic(topic, min(counted, found[topic]))
                raise PartitionsChanged(topic, counted, found[topic])
        await self._store.announce(names_of(found))

    async def check_topic(self, topic: str, partitions: int) -> None:
        """Compares what Redis has of a topic with the log, but for what has no leader now. Raises LogReplaced."""
        if self._event_log is None:
            return
        said = await self._event_log.extents(names_of({topic: partitions}))
        places = await self._store.places(list(said))
        await self.check_places({name: place for name, place in places.items() if place})

    async def check_log(self, owned: Mapping[str, Owned], extents: Mapping[str, Extent]) -> None:
        """Compares what was counted with what is in the log. Raises LogReplaced."""
        known = {name: one for name, one in owned.items() if one.committed_offset is not None}
        counted = {name: Counted(one.state.offset, one.past.tail, one.past.known) for name, one in known.items()}
        untold, found = await self._check_same(counted, extents)
        if untold:
            log.info("cannot tell whether the log is the one that was counted", partitions=sorted(untold))
        for name in known.keys() - untold:
            _know(known[name], found.get(name, known[name].past.tail))

    async def _check_same(
        self, counted: Mapping[str, Counted], extents: Mapping[str, Extent]
    ) -> tuple[set[str], Mapping[str, Tail]]:
        """Those whose last record Kafka no longer keeps, or that was never noted; and what was found of the others, by
        our key. Raises LogReplaced.
        """
        tails = {name: one.tail for name, one in counted.items() if one.tail is not None}
        kept = {name: tail for name, tail in tails.items() if tail.offset >= extents[name].start}
        found = await check_counted(counted, self._event_log) if self._event_log is not None else {}
        # Between the last record and the offset there may be markers, which were not compared.
        compared = {name for name in kept if self._event_log and kept[name].offset + 1 == counted[name].offset}
        beyond = {name: one.offset for name, one in counted.items() if one.offset > extents[name].end}
        await self._check_reaches({name: beyond[name] for name in beyond.keys() - compared}, extents)
        return counted.keys() - kept.keys(), found

    async def _check_reaches(self, offsets: Mapping[str, int], extents: Mapping[str, Extent]) -> None:
        """Whether logs that seem to end before these offsets do. Raises LogReplaced.

        Where they end was asked before their partitions were claimed, and others may have counted on meanwhile.
        """
        found: Mapping[str, Sequence[Tail]] = dict.fromkeys(offsets, ())
        if self._event_log is not None and offsets:
            found = await self._event_log.tails_at({name: offset - 1 for name, offset in offsets.items()})
        for name, record in found.items():
            if not record:
                raise LogReplaced(name, offsets[name], extents[name].end)

    async def check_places(self, places: Mapping[str, Place | None]) -> None:
        """Whether these partitions may be read on, as far as a look tells without claiming them. Raises LogReplaced.

        A start looks at the same, and would refuse the same: what Redis has, and where it has nothing the checkpoints.
        """
        known = {name: place for name, place in places.items() if place and not place.damage}
        counted = {name: Counted(one.offset, one.past.tail, one.past.known) for name, one in known.items()}
        counted |= await self._saved(places.keys() - known.keys())
        if self._event_log is None:
            return
        await check_counted(counted, self._event_log)
        reached = await self._event_log.tails_at({name: one.offset - 1 for name, one in counted.items() if one.offset})
        for name in reached:
            if not reached[name]:
                raise LogReplaced(name, counted[name].offset, counted[name].offset - 1)

    async def _saved(self, names: Collection[str]) -> dict[str, Counted]:
        """What the furthest sound checkpoints of our rules say of these."""
        saved = await self._checkpoints.read(names) if self._checkpoints and names else {}
        ours = {
            name: next((one for one in of.sound if self._store.reads(one.rules)), None) for name, of in saved.items()
        }
        return {name: Counted(one.offset, one.tail, one.known) for name, one in ours.items() if one}

    async def start(self, owned: Mapping[str, Owned], extents: Mapping[str, Extent]) -> dict[str, Answer]:
        """Brings each partition to where it reads on; "ok" unless another worker has claimed it since."""
        lacking = [name for name, one in owned.items() if _lacks(one, extents[name])]
        saved = await self._checkpoints.read(lacking) if self._checkpoints and lacking else {}
        best = {name: self._best(owned[name], extents[name], of) for name, of in saved.items()}
        chosen = {name: checkpoint for name, checkpoint in best.items() if checkpoint is not None}
        self.has_restored |= bool(chosen)
        # A checkpoint of another log must not be mixed with this one's events.
        counted = {name: Counted(one.offset, one.tail, one.known) for name, one in chosen.items()}
        _, found = await self._check_same(counted, extents)
        starts = (
            self._start_one(one, extents[name], chosen.get(name), saved.get(name, Saved()))
            for name, one in owned.items()
        )
        answers = dict(zip(owned, await asyncio.gather(*starts), strict=True))
        for name, tail in found.items():
            _know(owned[name], tail)
        return answers

    def _best(self, owned: Owned, extent: Extent, saved: Saved) -> Checkpoint | None:
        """The furthest that is of our rules and has what Redis has not. Raises OtherRules."""
        ours = [checkpoint for checkpoint in saved.sound if self._store.reads(checkpoint.rules)]
        if saved.sound and not ours:
            if saved.sound[0].began < extent.start:
                raise self._store.unreadable_by(owned.name, saved.sound[0].rules.encode(), "its checkpoint")
            log.warning("the checkpoint was made by other definitions, and is not used", partition=owned.name)
        known = -1 if owned.committed_offset is None else owned.committed_offset
        return next((checkpoint for checkpoint in ours if checkpoint.offset > known), None)

    async def _start_one(self, owned: Owned, extent: Extent, checkpoint: Checkpoint | None, saved: Saved) -> Answer:
        answer: Answer = "ok"
        if checkpoint is not None:
            hashes = await asyncio.to_thread(checkpoint.hashes)
            answer = await self._store.restore(owned, hashes, extent.end)
            something_came()
            log.warning(
                "restored from a checkpoint", partition=owned.name, offset=checkpoint.offset, log_end=extent.end
            )
        elif owned.committed_offset is None:
            was_counted = saved.broken or owned.past.torn  # and is there no more
            lost = extent.start if was_counted else 0
            answer = await self._store.begin(owned, extent.start, extent.end, lost)
            if lost:
                _tell_lost(owned.name, 0, extent.start)
        if answer in ("ok", "duplicate") and owned.state.offset < extent.start:
            _tell_lost(owned.name, owned.state.offset, extent.start)
            answer = await self._store.skip(owned, extent.start)
        return "ok" if answer == "duplicate" else answer


def _know(owned: Owned, tail: Tail | None) -> None:
    """Its log was known again by this last record."""
    owned.past = owned.past._replace(tail=tail, known=tail)


def _lacks(owned: Owned, extent: Extent) -> bool:
    """Whether Redis alone does not say how to go on."""
    return owned.committed_offset is None or owned.committed_offset < extent.start


def _tell_lost(name: str, since: int, until: int) -> None:
    log.error(
        "events are lost: Kafka no longer keeps them, and no checkpoint reaches them",
        partition=name,
        from_=since,
        to=until,
        lost=until - since,
    )
