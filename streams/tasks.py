"""How tasks of asyncio are ended, whoever began them. Imports the standard library."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

_ASKED_EVERY_S: Final = 1.0


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks, and returns when they have ended. Asked again and again: a library may lose a cancellation."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_ASKED_EVERY_S)
