"""Trying again to take what the group gave and could not be taken: what has no leader, or all while Redis is away.

May import: ingest.
"""

import asyncio

from streams.ingest.app import IngestApp

_TRY_EVERY_S = 1.0


async def untaken(app: IngestApp) -> None:
    """Tries it each second, while the others go on being counted; never returns."""
    while True:
        await asyncio.sleep(_TRY_EVERY_S)
        await app.take_rest()
