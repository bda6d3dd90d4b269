"""Deadlines that grow while something comes: who reads much is not ended for its size, who hears nothing is.

May import: standard library.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class _Limit:
    timeout: asyncio.Timeout
    most_s: float  # for which its block may hear nothing
    is_over: bool = False  # its block is left; a task that was made in it may go on


_AROUND: Final[ContextVar[tuple[_Limit, ...]]] = ContextVar("around", default=())


@asynccontextmanager
async def no_longer_silent_than(most_s: float) -> AsyncIterator[None]:
    """Ends the block with TimeoutError once nothing has come in it for so long."""
    async with asyncio.timeout(most_s) as timeout:
        limit = _Limit(timeout, most_s)
        token = _AROUND.set((*_AROUND.get(), limit))
        try:
            yield
        finally:
            limit.is_over = True
            _AROUND.reset(token)


def something_came() -> None:
    """Puts off the end of each such block around, also where tasks have been made in it."""
    now = asyncio.get_running_loop().time()
    for limit in _AROUND.get():
        if not (limit.is_over or limit.timeout.expired()):
            limit.timeout.reschedule(now + limit.most_s)
