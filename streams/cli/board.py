"""`svartid board`: every queue as it happens, in the terminal."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.live import Live

from config import Centre
from streams.cli.app import EXIT_USAGE, CommandError, app, centre_of, out, redis_of
from streams.cli.signals import run_until_ended
from streams.keys import Keys
from streams.serve.board import Board
from streams.serve.follower import Follower
from streams.settings import load


@app.command()
def board(
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Shows every queue **as it happens**, for a wall or a terminal of 120 columns and 40 lines, until Ctrl-C.

    It is drawn anew when a worker announces new figures, and each second; the clock is SVARTID_CLOCK's where it is set.
    From 80 columns it is of use; where the lines are too few, only each channel's and audience's is shown. What is
    missed has a ✗, and figures that are not to be believed any more are said to be old. Should Redis go away, it waits.

    Exit codes: 0 ended; 2 no terminal, or a setting or the configuration is wrong; 3 Redis cannot be reached.
    """
    if not out.is_terminal:
        raise CommandError("the board needs a terminal; `svartid snapshot` shows it once", EXIT_USAGE)
    settings = load(config)
    centre = centre_of(settings, config)

    async def run() -> None:
        async with redis_of(settings) as client:
            follower = Follower(client, Keys.of(settings), of_state=settings.shadow is not None)
            await follower.read()
            await asyncio.gather(follower.run(), watch(follower, settings.clock.now_ms, centre))

    run_until_ended(run())


async def watch(follower: Follower, now_ms: Callable[[], int], centre: Centre, note: Callable[[], str] = str) -> None:
    """Draws what the follower reads, with a `note` below, until cancelled."""
    zone = ZoneInfo(centre.timezone)
    with Live(console=out, screen=True, auto_refresh=False) as live:
        while True:
            now = now_ms()
            names = centre.as_of(now).names
            live.update(Board(follower.document, now, zone, names, out.height, note()), refresh=True)
            await follower.news()
