"""The snapshot that a command speaks of: the public one, or the one of the state that its settings name."""

import asyncio

from streams.cli.app import EXIT_FAILED, CommandError, redis_of
from streams.keys import Keys
from streams.serve.documents import Snapshot
from streams.serve.follower import read_document, read_snapshot
from streams.settings import Settings


def document_of(settings: Settings) -> Snapshot:
    """As it stands, of now or not. Raises CommandError where there is none."""
    document = asyncio.run(read_of(settings))
    if document is None:
        raise CommandError(none_shown(settings), EXIT_FAILED)
    return document


def none_shown(settings: Settings) -> str:
    """That there is none, in a sentence."""
    return f"no worker has shown anything in the namespace {settings.namespace} lately"


async def read_of(settings: Settings) -> Snapshot | None:
    """The same; None where there is none."""
    async with redis_of(settings) as client:
        read = read_snapshot if settings.shadow is None else read_document
        return await read(client, Keys.of(settings))
