"""Long work in a thread that nobody waits for once it is not wanted. Imports the standard library."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def beside_us(work: Callable[[], T]) -> T:
    """What the work returns or raises. Cancelled, it ends at once: an executor's thread would be waited for."""
    done: Future[T] = Future()

    def run() -> None:
        done.set_running_or_notify_cancel()
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)

    Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(done)
