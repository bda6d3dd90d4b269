"""The progress watchdog: a consumer can stall as a live member of its group. May import: ingest."""

import asyncio
import time

from streams.ingest.app import IngestApp, partition_name


class Stalled(Exception):
    """There are events to read, and nothing was committed for too long."""


async def stalled(app: IngestApp, timeout_s: float) -> None:
    """Raises Stalled when a partition has had events to read and no commit for `timeout_s`; never returns."""
    while True:
        await asyncio.sleep(min(1.0, timeout_s / 4))
        for name in behind(app):
            held = app.partitions.held[name]
            if time.monotonic() - max(held.last_commit, held.behind_since) > timeout_s:
                raise Stalled(
                    f"{name}: nothing committed for {timeout_s:g} s while there are events to read. "
                    "Starting again helps where the consumer hangs; otherwise `svartid doctor` looks at Kafka and Redis"
                )


def behind(app: IngestApp) -> list[str]:
    """The partitions with events that are not committed yet; notes since when."""
    names = []
    for tp in app.consumer.assignment() if app.consumer else ():
        held = app.partitions.held.get(partition_name(tp))
        if held is None:
            continue
        if not app.has_read(tp, app.consumer.highwater(tp) or 0):
            held.behind_since = held.behind_since or time.monotonic()
            names.append(partition_name(tp))
        else:
            held.behind_since = 0.0
    return names
