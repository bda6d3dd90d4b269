"""Deadlines that grow while something comes, on a loop whose time jumps to whatever is waited for."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from streams.deadlines import no_longer_silent_than, something_came

MOST_S = 5.0


class Hurried(asyncio.SelectorEventLoop):
    """Nobody waits: where there is nothing to do, it is later."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self._at_once = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._select  # type: ignore[attr-defined]

    def time(self) -> float:
        return self.now_s

    def _select(self, timeout: float | None) -> Any:
        self.now_s += timeout or 0.0
        return self._at_once(0)


def ends_after_s(does: Coroutine[Any, Any, None]) -> float:
    """When a block ended that may be silent for five seconds."""

    async def block() -> float:
        try:
            async with no_longer_silent_than(MOST_S):
                await does
        except TimeoutError:
            pass
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=Hurried) as runner:
        return runner.run(block())


async def comes(times: int, every_s: float) -> None:
    for _ in range(times):
        await asyncio.sleep(every_s)
        something_came()


async def falls_silent(times: int, every_s: float) -> None:
    await comes(times, every_s)
    await asyncio.sleep(1000)


def test_who_hears_nothing_waits_for_so_long_and_no_longer() -> None:
    assert ends_after_s(asyncio.sleep(4.5)) == 4.5
    assert ends_after_s(asyncio.sleep(1000)) == MOST_S


def test_who_hears_something_now_and_then_waits_for_all_of_it() -> None:
    assert ends_after_s(comes(times=100, every_s=4.5)) == 450
    assert ends_after_s(falls_silent(times=100, every_s=4.5)) == 450 + MOST_S


def test_so_it_is_in_tasks_that_were_made_in_it_and_in_blocks_around() -> None:
    async def within() -> None:
        async with no_longer_silent_than(3.0):
            await asyncio.gather(comes(times=10, every_s=2.5), asyncio.sleep(20))

    assert ends_after_s(within()) == 25


def test_the_inner_block_ends_first_and_the_outer_one_goes_on_from_what_came_last() -> None:
    async def within() -> None:
        with pytest.raises(TimeoutError):
            async with no_longer_silent_than(1.0):
                await falls_silent(times=6, every_s=0.75)
        await asyncio.sleep(1000)

    assert ends_after_s(within()) == 4.5 + MOST_S


def test_outside_of_any_it_means_nothing() -> None:
    async def nothing() -> None:
        async with no_longer_silent_than(MOST_S):
            pass
        something_came()

    asyncio.run(nothing())
