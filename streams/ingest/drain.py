"""Reading to the end of the log as it stood at the start. May import: ingest."""

import asyncio

from streams.ingest.app import IngestApp
from streams.partition_names import name_of

_LOOK_EVERY_S = 0.05
_QUIET_S = 1.0  # a batch on its way from the fetcher is neither handed out nor committed for a moment
_ANSWER_S = 5.0  # a question asked in the middle of a rebalance may never be answered: it is asked again


async def drained(app: IngestApp) -> None:
    """Returns when every partition assigned to this worker is committed up to where its log ended at first.

    A worker that the group gives nothing has nothing to wait for.
    """
    ends: dict[str, int] = {}
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        held = app.partitions.held
        assigned = {name_of(tp): tp for tp in app.consumer.assignment()} if app.consumer else {}
        if app.rebalancing or not (assigned or app.unassigned) or set(assigned) - set(held):
            continue
        if new := [tp for name, tp in assigned.items() if name not in ends]:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    found = await app.consumer.highwaters(*new)
            except TimeoutError:
                continue
            ends |= {name_of(tp): end for tp, end in found.items()}
        read = [app.has_read(tp, ends[name]) for name, tp in assigned.items() if name in held]
        exactly = all(held[name].committed_offset >= ends[name] for name in assigned if name in held)
        if exactly or (all(read) and app.partitions.seconds_since_commit() > _QUIET_S):
            return
