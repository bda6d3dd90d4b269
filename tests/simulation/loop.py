"""An event loop whose time is simulated, and which runs several processes side by side, in an order drawn by chance.

Within a process callbacks run in the order they were asked for, as asyncio promises; which process goes next is drawn.
A process can be paused (SIGSTOP) and killed (SIGKILL) between any two steps. When nobody has anything to do, time jumps
to the next timer.
"""

import asyncio
import contextvars
import heapq
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar, TypeVarTuple, cast

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START_S = 1_741_086_000.0  # 2025-03-04T11:00Z; also far beyond any machine's real monotonic clock
MOST_STEPS = 300_000  # of one schedule: one that takes more goes round in circles

_process: contextvars.ContextVar["Process"] = contextvars.ContextVar("process")


class EndlessSchedule(Exception):
    """So many steps, and still not quiet."""


class Process:
    """What is paused or killed as one: its callbacks, and its tasks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.paused = False
        self.ready: deque[asyncio.Handle] = deque()
        self.tasks: set[asyncio.Task[Any]] = set()  # kept when it is killed: a dead process runs no `finally`


class SimulatedLoop(asyncio.BaseEventLoop):
    """All that asyncio and redis-py ask of a loop, and nothing more."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.steps = 0
        self.connector: Callable[..., Coroutine[Any, Any, Any]] | None = None  # who makes connections
        self.went_wrong: list[str] = []  # what callbacks raised
        self._now = START_S
        self._timers: list[tuple[float, int, asyncio.TimerHandle, Process]] = []
        self._asked = 0
        self._outside = Process("outside")
        self._processes = [self._outside]
        self._dead: list[Process] = []

    # --- processes

    def spawn(self, name: str, main: Callable[[], Coroutine[Any, Any, Any]]) -> Process:
        """A new process that runs `main`."""
        process = Process(name)
        self._processes.append(process)
        context = contextvars.copy_context()
        context.run(_process.set, process)
        context.run(lambda: self.create_task(main()))
        return process

    def kill(self, process: Process) -> None:
        """Ends a process at once: no task of it takes another step."""
        process.alive = False
        process.ready.clear()
        self._processes.remove(process)
        self._dead.append(process)

    def outside(self) -> contextvars.Context:
        """The context of what is no process: the network, servers, faults."""
        context = contextvars.copy_context()
        context.run(_process.set, self._outside)
        return context

    # --- running

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Runs until `main`, which is of no process, is done."""
        asyncio._set_running_loop(self)
        try:
            task = self.outside().run(self.create_task, main)
            while not task.done():
                self._step()
            return cast(T, task.result())
        finally:
            self._end()
            asyncio._set_running_loop(None)

    def _step(self) -> None:
        runnable = [process for process in self._processes if process.ready and not process.paused]
        if not runnable:
            self._jump()
            return
        chosen = runnable[int(self.chance.random() * len(runnable))] if len(runnable) > 1 else runnable[0]
        handle = chosen.ready.popleft()
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise EndlessSchedule(f"not quiet after {MOST_STEPS} steps")
        if not handle.cancelled():
            handle._run()

    def _jump(self) -> None:
        """To the next timer, and all that are due at the same instant."""
        timers = self._timers
        while timers and (timers[0][2].cancelled() or not timers[0][3].alive):
            heapq.heappop(timers)
        if not timers:
            raise EndlessSchedule("everybody waits, and nothing is to come")
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            _, _, handle, process = heapq.heappop(timers)
            if process.alive and not handle.cancelled():
                process.ready.append(handle)

    def _end(self) -> None:
        """Whatever the coroutines that are left do about their end, nobody sees it any more."""
        for process in (*self._processes, *self._dead):
            process.alive = False
            for task in process.tasks:
                _abandon(task)

    # --- what asyncio asks for

    def time(self) -> float:
        """Simulated seconds."""
        return self._now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """At the process' next turn."""
        context = context or contextvars.copy_context()
        process = context.get(_process, self._outside)
        handle = asyncio.Handle(callback, args, self, context)
        if process.alive:
            process.ready.append(handle)
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """At an instant; of several at the same one, in the order they were asked for."""
        context = context or contextvars.copy_context()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._asked += 1
        heapq.heappush(self._timers, (when, self._asked, handle, context.get(_process, self._outside)))
        return handle

    def create_task(self, coro: Any, *, name: Any = None, context: Any = None) -> asyncio.Task[Any]:
        """A task of the process whose context this is."""
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        process = (context or contextvars.copy_context()).get(_process, self._outside)
        if process.alive:
            process.tasks.add(task)
            task.add_done_callback(process.tasks.discard)
        else:
            _abandon(task)
        return task

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """A thread's work is done at once, and known a moment later."""
        done = self.create_future()
        result = func(*args)
        self.call_later(0.005, lambda: None if done.done() else done.set_result(result))
        return done

    async def create_connection(self, protocol_factory: Any, *_: Any, **__: Any) -> Any:
        """There is one server to connect to."""
        assert self.connector is not None
        return await self.connector(protocol_factory)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What a callback raised. A task's own exception is for whoever waits for it, and a dead one has nobody."""
        if "handle" in context:
            self.went_wrong.append(f"{context.get('message')}: {context.get('exception')!r}")

    def is_closed(self) -> bool:
        """There is nothing to close."""
        return True


def _abandon(task: asyncio.Task[Any]) -> None:
    cast(Any, task)._log_destroy_pending = False
    with suppress(BaseException):
        cast(Any, task.get_coro()).close()


def process_now() -> Process:
    """The process whose step this is."""
    return _process.get()
