"""Deadlines that grow while something comes: who reads much is not ended for its size, who hears nothing is.

May import: standard library.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

_Limit = tuple[asyncio.Timeout, float]  # and how long its block may hear nothing, in seconds
_AROUND: Final[ContextVar[tuple[_Limit, ...]]] = ContextVar("around", default=())


@asynccontextmanager
async def no_longer_silent_than(most_s: float) -> AsyncIterator[None]:
    """Ends the block with TimeoutError once nothing has come in it for so long."""
    async with asyncio.timeout(most_s) as limit:
        token = _AROUND.set((*_AROUND.get(), (limit, most_s)))
        try:
            yield
        finally:
            _AROUND.reset(token)


def something_came() -> None:
    """Puts off the end of each such block around, also where tasks have been made in it."""
    now = asyncio.get_running_loop().time()
    for limit, most_s in _AROUND.get():
        if not limit.expired():
            limit.reschedule(now + most_s)
