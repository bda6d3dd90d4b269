"""Work in the background of a `with` block."""

import asyncio
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Self


class InBackground(ABC):
    """A coroutine on a thread of its own. Leaving the block waits for its end, and raises what went wrong in it."""

    ends_within_s: float
    ends_when_left = False  # else it goes on to its own end, unless the block failed

    def __init__(self) -> None:
        self.stop = asyncio.Event()  # what the work has to look at

    @abstractmethod
    async def work(self) -> None:
        """All of it; to end soon after `stop` is set."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._done: Future[None] = asyncio.run_coroutine_threadsafe(self.work(), self._loop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.ends_when_left or error is not None:
            self._loop.call_soon_threadsafe(self.stop.set)
        ended, _ = wait([self._done], self.ends_within_s)
        assert ended, f"{type(self).__name__} did not end within {self.ends_within_s:g} s"
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        if error is None:
            self._done.result()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()
