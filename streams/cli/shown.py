"""The snapshot that a command speaks of: the public one, or the one of the state that its settings name."""

import asyncio

from streams.cli.app import EXIT_FAILED, CommandError, redis_of
from streams.keys import Keys
from streams.serve.documents import Snapshot
from streams.serve.follower import read_document, read_snapshot
from streams.settings import Settings


def document_of(settings: Settings) -> Snapshot:
    """As it stands, of now or not. Raises CommandError where there is none."""
    document = asyncio.run(_read(settings))
    if document is None:
        raise CommandError(f"no worker has shown anything in the namespace {settings.namespace} lately", EXIT_FAILED)
    return document


async def _read(settings: Settings) -> Snapshot | None:
    async with redis_of(settings) as client:
        read = read_snapshot if settings.shadow is None else read_document
        return await read(client, Keys.of(settings))
