"""Ctrl-C, kill and a closed terminal end a command in the same way. Imports the standard library."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def interrupting() -> Iterator[None]:
    """Each of them raises KeyboardInterrupt meanwhile, but for what is ignored, as under nohup."""
    before = {number: signal.signal(number, _interrupt) for number in _heard()}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def run_until_ended(main: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine to its end, or until one of them cancels it, which is no error."""

    async def cancelled_by_signals() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in _heard():
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await main

    with interrupting(), suppress(asyncio.CancelledError):  # a loop that ends forgets the handlers there were before
        asyncio.run(cancelled_by_signals())


def _heard() -> list[signal.Signals]:
    return [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
