"""A deadline that grows while something comes, and what outlives its block."""

import asyncio

from streams.deadlines import no_longer_silent_than, something_came


def test_who_goes_on_after_the_block_puts_nothing_off_and_breaks_nothing() -> None:
    async def does() -> None:
        is_left = asyncio.Event()

        async def goes_on() -> None:
            await is_left.wait()
            something_came()

        async with no_longer_silent_than(60):
            task = asyncio.create_task(goes_on())
            something_came()
        is_left.set()
        await task

    asyncio.run(does())
