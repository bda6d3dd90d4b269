"""Reading to the end of the log as it stood at the start. May import: ingest, aiokafka's errors."""

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress

from aiokafka.errors import KafkaError

from streams.ingest.app import IngestApp
from streams.ingest.rollcall import hidden_in_words, missing_in_words
from streams.ingest.watchdog import Stalled
from streams.partition_names import name_of

_LOOK_EVERY_S = 0.05
_QUIET_S = 1.0  # a batch on its way from the fetcher is neither handed out nor committed for a moment


async def drained(app: IngestApp, patience_s: float) -> None:
    """Returns when every partition assigned to this worker is committed up to where its log ended at first, with what
    was hidden by open transactions then. A worker that the group gives nothing has nothing to wait for.

    Raises Stalled where nothing has been left to be read for `patience_s` but what such transactions hide, and where
    all is read but a topic that is not there.
    """
    ends: dict[str, int] = {}
    read_on = time.monotonic()  # when something else was last waited for
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        held = app.partitions.held
        assigned = {name_of(tp): tp for tp in app.consumer.assignment()} if app.consumer else {}
        if app.rebalancing or not (assigned or app.unassigned) or set(assigned) - set(held):
            continue
        ends |= await _ends(app, assigned.keys() - ends.keys())
        if assigned.keys() - ends.keys():
            continue
        unread = [name for name, tp in assigned.items() if name in held and not app.has_read(tp, ends[name])]
        exactly = all(held[name].committed_offset >= ends[name] for name in assigned if name in held)
        if exactly or (not unread and app.partitions.seconds_since_commit() > _QUIET_S):
            if (missing := await _missing(app)) is None:
                continue
            if missing:
                raise Stalled(f"{missing_in_words(missing)}. All else was counted")
            return
        hidden = {name: app.hidden(name) for name in unread}
        if not unread or not all(hidden.values()):
            read_on = time.monotonic()
        elif time.monotonic() - read_on > patience_s:
            raise Stalled(f"not all of the log could be read. {hidden_in_words(hidden)}. All else was counted")


async def _missing(app: IngestApp) -> list[str] | None:
    """The topics that are not there: their channels were not counted. None where nobody says that now."""
    with suppress(KafkaError, TimeoutError):
        return sorted(app.channel_of.keys() - await app.event_log.counts(app.channel_of.keys()))
    return None


async def _ends(app: IngestApp, names: Collection[str]) -> dict[str, int]:
    """Where these logs end; nothing where nobody says that now: then it is asked again."""
    with suppress(KafkaError, TimeoutError):
        return await app.event_log.written_ends(names)
    return {}
