"""Ctrl-C, kill and a closed terminal end a command in the same way; a worker without one looks again at SIGHUP.

May import: the standard library, tasks.

Whoever was asked to end is asked once: from then on such signals are ignored, so that none breaks into what is being
put away, and none changes the exit code.
"""

import asyncio
import atexit
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Never, TypeVar

from streams.cli import ENDING, heed_no_more, on_hangup
from streams.tasks import end

T = TypeVar("T")


def _interrupt(number: int, frame: FrameType | None) -> None:
    heed_no_more()
    raise KeyboardInterrupt


@contextmanager
def interrupting() -> Iterator[None]:
    """The first of them raises KeyboardInterrupt meanwhile, but for what is ignored, as under nohup."""
    before = {number: signal.signal(number, _interrupt) for number in _heard()}
    try:
        yield
    finally:
        for number, former in before.items():
            if signal.getsignal(number) is _interrupt:
                signal.signal(number, former)


def asked_to_end(look: Callable[[], object] | None = None) -> asyncio.Event:
    """Is set by any of them. They are heard for good: once the loop has ended, another one changes no exit code.

    With `look`, a SIGHUP of no closed terminal calls that, and ends nothing.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        heed_no_more()
        if not loop.is_closed():
            loop.call_soon_threadsafe(asked.set)

    def look_again(number: int, frame: FrameType | None) -> None:
        if look and not loop.is_closed():
            loop.call_soon_threadsafe(look)

    if look:
        on_hangup(ask, look_again)
    for number in _heard():
        if not look or number is not signal.SIGHUP:
            signal.signal(number, ask)
    atexit.register(heed_no_more)
    return asked


def run_until_ended(main: Coroutine[object, Never, None]) -> None:
    """Runs a coroutine to its end, or until one of them cancels it, which is no error."""
    with suppress(asyncio.CancelledError):
        asyncio.run(_cancelled_by_signals(main))


def run_or_interrupted(main: Coroutine[object, Never, T]) -> T:
    """The same where to be ended is to fail. Raises KeyboardInterrupt."""
    try:
        return asyncio.run(_cancelled_by_signals(main))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _cancelled_by_signals(main: Coroutine[object, Never, T]) -> T:
    asked = asked_to_end()
    running, waiting = asyncio.create_task(main), asyncio.create_task(asked.wait())
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    await end((running, waiting))
    return await running


def _heard() -> list[signal.Signals]:
    return [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
