"""Telling how far a rebuild has come, and when it is done. May import: ingest."""

import asyncio
import time

import structlog

from streams.ingest.app import IngestApp
from streams.partition_names import name_of

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.2
_TELL_EVERY_S = 5.0


async def rebuilt(app: IngestApp) -> None:
    """Watches what is being rebuilt, and says how far it is; never returns."""
    told, was_rebuilding = 0.0, False
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        progress = _progress(app)
        if progress and (not was_rebuilding or time.monotonic() - told > _TELL_EVERY_S):
            told = time.monotonic()
            done, of = sum(done for done, _ in progress), sum(of for _, of in progress)
            log.info("rebuilding", partitions=len(progress), done=done, of=of)
        if was_rebuilding and not progress:
            log.info("rebuilt: everything that was in the log is counted")
            app.partitions.on_commit()
        was_rebuilding = bool(progress)


def _progress(app: IngestApp) -> list[tuple[int, int]]:
    """Of each partition that is being rebuilt, how many offsets are done, of how many.

    A log's last offsets can be markers, which no commit ever reaches.
    """
    assigned = {name_of(tp): tp for tp in app.consumer.assignment()} if app.consumer else {}
    progress = []
    for name, held in app.partitions.owned.items():
        if held.rebuilding is None:
            continue
        _, until = held.owned.past.rebuild or (0, 0)
        if name in assigned and app.has_read(assigned[name], until):
            held.end_rebuild()
        else:
            progress.append(held.rebuilding)
    return progress
