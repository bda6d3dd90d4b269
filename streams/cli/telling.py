"""How far a command is, said in lines where no terminal shows a bar: a silent pipe looks like one that hangs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from rich.progress import Progress

from streams.cli.app import say

FIRST_S: Final = 4.0
EVERY_S: Final = 10.0


@asynccontextmanager
async def telling(how_far: Callable[[], str], instead_of: Progress) -> AsyncIterator[None]:
    """Says what `how_far` says: after `FIRST_S`, and every `EVERY_S`, while the block lasts. Nothing beside a bar."""
    if not instead_of.disable:
        yield
        return
    task = asyncio.create_task(_tell(how_far))
    try:
        yield
    finally:
        task.cancel()


async def _tell(how_far: Callable[[], str]) -> None:
    await asyncio.sleep(FIRST_S)
    while True:
        say(how_far())
        await asyncio.sleep(EVERY_S)
