"""Where a claimed partition reads on: from Redis' offset, from a checkpoint, or from the log's beginning.

Nothing is guessed: another log, or figures that only other rules could restore, end the worker with a sentence. May
import: store, log, checkpoints.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import structlog

from streams.ingest.checkpoints import Checkpoint, Checkpoints, Saved
from streams.ingest.log import EventLog, LogReplaced, PartitionsChanged, check_same
from streams.ingest.store import Answer, OtherRules, Owned, Store

log = structlog.get_logger(__name__)


class Extent(NamedTuple):
    """The log of one partition: its first offset, and its next one."""

    start: int
    end: int


class Starting:
    """What is looked at before a worker reads on. Without a log or checkpoints to look at, only what Redis says."""

    def __init__(self, store: Store, event_log: EventLog | None, checkpoints: Checkpoints | None) -> None:
        self._store = store
        self._event_log = event_log
        self._checkpoints = checkpoints

    async def check_counts(self, topics: set[str]) -> None:
        """Makes every partition of these topics known. Raises PartitionsChanged."""
        if self._event_log is None or not topics:
            return
        found = await self._event_log.counts(topics)
        for topic, counted in (await self._store.counts(found)).items():
            if counted != found[topic]:
                raise PartitionsChanged(topic, counted, found[topic])
        await self._store.announce([f"{topic}-{n}" for topic, count in found.items() for n in range(count)])

    async def check_log(self, owned: Mapping[str, Owned], extents: Mapping[str, Extent]) -> None:
        """Compares what was counted with what is in the log. Raises LogReplaced."""
        known = {name: one for name, one in owned.items() if one.committed_offset is not None}
        tails = {name: one.past.tail for name, one in known.items() if one.past.tail}
        kept = {name: tail for name, tail in tails.items() if tail.offset >= extents[name].start}
        if self._event_log is not None:
            await check_same(kept, self._event_log)
        for name, one in known.items():
            is_compared = self._event_log is not None and name in kept and kept[name].offset + 1 == one.state.offset
            if not is_compared and one.state.offset > extents[name].end:
                raise LogReplaced(name, one.state.offset, extents[name].end)
        if untold := sorted(known.keys() - kept.keys()):
            log.info("cannot tell whether the log is the one that was counted", partitions=untold)

    async def start(self, owned: Mapping[str, Owned], extents: Mapping[str, Extent]) -> dict[str, Answer]:
        """Brings each partition to where it reads on; "ok" unless another worker has claimed it since."""
        lacking = [name for name, one in owned.items() if _lacks(one, extents[name])]
        saved = await self._checkpoints.read(lacking) if self._checkpoints and lacking else {}
        best = {name: self._best(owned[name], extents[name], of) for name, of in saved.items()}
        chosen = {name: checkpoint for name, checkpoint in best.items() if checkpoint is not None}
        await self._check_saved(chosen, extents)
        starts = (
            self._start_one(one, extents[name], chosen.get(name), saved.get(name, Saved()))
            for name, one in owned.items()
        )
        return dict(zip(owned, await asyncio.gather(*starts), strict=True))

    def _best(self, owned: Owned, extent: Extent, saved: Saved) -> Checkpoint | None:
        """The furthest that is of our rules and has what Redis has not. Raises OtherRules."""
        fingerprint = self._store.fingerprint
        ours = [checkpoint for checkpoint in saved.sound if checkpoint.rules == fingerprint]
        if saved.sound and not ours:
            if saved.sound[0].began < extent.start:
                raise OtherRules(owned.name, where="its checkpoint")
            log.warning("the checkpoint was made by other definitions, and is not used", partition=owned.name)
        known = -1 if owned.committed_offset is None else owned.committed_offset
        return next((checkpoint for checkpoint in ours if checkpoint.offset > known), None)

    async def _check_saved(self, chosen: Mapping[str, Checkpoint], extents: Mapping[str, Extent]) -> None:
        """A checkpoint of another log must not be mixed with this one's events. Raises LogReplaced."""
        tails = {name: checkpoint.tail for name, checkpoint in chosen.items()}
        kept = {name: tail for name, tail in tails.items() if tail and tail.offset >= extents[name].start}
        if self._event_log is not None:
            await check_same(kept, self._event_log)
        for name, checkpoint in chosen.items():
            if name not in kept and checkpoint.offset > extents[name].end:
                raise LogReplaced(name, checkpoint.offset, extents[name].end)

    async def _start_one(self, owned: Owned, extent: Extent, checkpoint: Checkpoint | None, saved: Saved) -> Answer:
        answer: Answer = "ok"
        if checkpoint is not None:
            hashes = await asyncio.to_thread(checkpoint.hashes)
            answer = await self._store.restore(owned, hashes, extent.end)
            log.warning(
                "restored from a checkpoint", partition=owned.name, offset=checkpoint.offset, log_end=extent.end
            )
        elif owned.committed_offset is None:
            lost = extent.start if saved.broken else 0  # it was counted once, and neither is there any more
            answer = await self._store.begin(owned, extent.start, extent.end, lost)
            if lost:
                _tell_lost(owned.name, 0, extent.start)
        if answer in ("ok", "duplicate") and owned.state.offset < extent.start:
            _tell_lost(owned.name, owned.state.offset, extent.start)
            answer = await self._store.skip(owned, extent.start)
        return "ok" if answer == "duplicate" else answer


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
