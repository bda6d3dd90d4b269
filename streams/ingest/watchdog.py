"""The progress watchdog: a consumer can stall as a live member of its group.

May import: ingest, redis_client, settings.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from aiokafka.errors import KafkaError
from faust.types import TP
from redis.exceptions import RedisError

from streams.ingest.app import IngestApp
from streams.ingest.log import EventLog
from streams.ingest.partitions import LOST_WRITES, TORN, StoreLost
from streams.ingest.store import Ownership
from streams.partition_names import name_of
from streams.redis_client import Refusal, trouble
from streams.settings import Settings

PROBE_EVERY_S = 5.0

Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, Ownership]]]


class Stalled(Exception):
    """There are events to read, and nothing was committed for too long."""


class Disowned(Stalled):
    """A partition has another owner, though the group gives it to this worker."""


async def stalled(app: IngestApp, timeout_s: float) -> None:
    """Raises Stalled when a partition has had events to read and no commit for `timeout_s`; never returns.

    Not while Redis takes no commit, or the broker says nothing: a fresh start would only wait for them, too.
    """
    while True:
        await asyncio.sleep(min(1.0, timeout_s / 4))
        for name in behind(app):
            held = app.partitions.held[name]
            if time.monotonic() - max(held.last_commit, held.behind_since) > timeout_s:
                raise Stalled(
                    f"{name}: nothing committed for {timeout_s:g} s while there are events to read. "
                    "Starting again helps where the consumer hangs; otherwise `svartid doctor` looks at Kafka and Redis"
                )


async def deaf(app: IngestApp, event_log: EventLog, timeout_s: float) -> None:
    """Raises Stalled when the broker tells others where a partition ends, and this worker's client nothing."""
    since: dict[str, float] = {}  # when it began to tell another client what it does not tell this one
    while True:
        await asyncio.sleep(min(PROBE_EVERY_S, timeout_s / 4))
        silent = [name for name in app.partitions.owned if app.silent_s(name) > timeout_s]
        told, now = await _told_others(event_log, silent), time.monotonic()
        since = {name: since.get(name, now) for name in told}
        for name, at in since.items():
            if now - at > timeout_s:
                raise Stalled(
                    f"{name}: the broker answers others, and has said nothing to this worker for {timeout_s:g} s. "
                    "Start again"
                )


async def _told_others(event_log: EventLog, silent: Collection[str]) -> Collection[str]:
    """Those of which a client of its own is told where they end: one that has no leader is silent to all."""
    try:
        return await event_log.extents(silent)
    except (KafkaError, TimeoutError):
        return ()


async def refused(settings: Settings, silent_s: Callable[[], float], timeout_s: float) -> None:
    """Raises Stalled when Redis has refused the password for `timeout_s`; never returns.

    It is read when a process starts, so that one which was changed is only found by a fresh start. `silent_s` says for
    how long nothing could be written: Redis is not asked before.
    """
    since = 0.0
    while True:
        await asyncio.sleep(min(PROBE_EVERY_S, timeout_s / 4))
        why = await trouble(settings) if silent_s() > PROBE_EVERY_S else None
        if not isinstance(why, Refusal):
            since = 0.0
            continue
        since = since or time.monotonic()
        if time.monotonic() - since > timeout_s:
            raise Stalled(f"{why}. Start again with those that it accepts now")


async def disowned(app: IngestApp, ask: Ask, within_s: float) -> None:
    """Raises Disowned when a partition that the group still gives us has had another owner for `within_s`.

    As when it was claimed by a worker that is gone, or its state was let go of for a rebuild: nothing that this process
    does with it counts any more, and where no event comes it would never be told. For the same reason StoreLost is
    raised here, too: where Redis is at an earlier offset than it once said, has a commit in part, or is damaged.
    """
    since: dict[str, float] = {}
    while True:
        await asyncio.sleep(min(1.0, within_s / 4))
        assigned = {name_of(tp) for tp in _assigned(app)}
        held = app.partitions.held.items()
        ours = {name: (one.epoch, one.committed_offset) for name, one in held if name in assigned and one.epoch}
        try:
            found = await ask(list(ours))
        except RedisError:
            continue  # others tell of that
        now = time.monotonic()
        since = {name: since.get(name, now) for name, (epoch, _) in ours.items() if found[name].epoch != epoch}
        for name in ours.keys() - since.keys():
            _check_kept(name, found[name], ours[name][1])
        for name, at in since.items():
            if now - at > within_s:
                raise Disowned(
                    f"{name} was claimed by another, or let go of for a rebuild. Start again: it is read anew"
                )


def _check_kept(name: str, found: Ownership, offset: int) -> None:
    if found.torn:
        raise StoreLost(f"{name}: {TORN}")
    if found.damage:
        raise StoreLost.by_damage(found.damage)
    if found.offset < offset:
        raise StoreLost(f"{name}: Redis is at offset {found.offset}, and was at {offset}: {LOST_WRITES}")


def behind(app: IngestApp) -> list[str]:
    """The partitions with events that this worker could commit and has not yet; notes since when."""
    names = []
    for tp in _assigned(app):
        held = app.partitions.held.get(name_of(tp))
        if held is None:
            continue
        if not (app.waits(held) or app.has_read(tp, app.consumer.highwater(tp) or 0)):
            held.behind_since = held.behind_since or time.monotonic()
            names.append(name_of(tp))
        else:
            held.behind_since = 0.0
    return names


def _assigned(app: IngestApp) -> Collection[TP]:
    """What the group gives this worker now."""
    return app.consumer.assignment() if app.consumer else ()
