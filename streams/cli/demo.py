"""`svartid demo`: everything together on this machine, on a simulated clock. Imports streams.local."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr
from rich.markup import escape

from streams.cli.app import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, centre_of, err, out
from streams.cli.board import watch
from streams.cli.signals import interrupting
from streams.cli.simulate import DEFAULT_START
from streams.cli.snapshot import show
from streams.clock import Clock
from streams.keys import Keys
from streams.local import LocalParts, LocalPartsError
from streams.local.process import Part
from streams.redis_client import connect
from streams.serve.follower import Document, Follower
from streams.settings import Settings, load
from streams.sources.scenarios import SCENARIOS

_LIFE_WITHIN_S = 120.0  # from the start of the worker to the first figures, on a machine that has much to do
_TELL_EVERY_S = 5.0
_SVARTID = (sys.executable, "-c", "from streams.cli import main; main()")


@app.command()
def demo(
    seconds: Annotated[float | None, typer.Option(min=0, help="From the first figures; else until Ctrl-C.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another day of the same kind.")] = 42,
    scenario: Annotated[str, typer.Option(help="Which day: " + ", ".join(SCENARIOS) + ".")] = "normal",
    speed: Annotated[float, typer.Option(min=0.1, help="Times real time: at 30 an hour passes in two minutes.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="No board; the last snapshot as JSON.")] = False,
) -> None:
    """Shows the whole of it **in one go**: a Kafka and a Valkey, a simulated day, a worker, and the live board.

    It is a Tuesday, half past nine: what came since midnight is sent at once, and from then on the day passes at
    `--speed`. With 30, each second is half a minute: queues fill and empty before your eyes, and the main window of
    half an hour turns over in a minute. `svartid simulate --help` says what each scenario is.

    Everything is on free ports of this machine and in a temporary folder, and all of it is gone at the end. The first
    time Kafka is downloaded. Without a terminal there are lines about the progress instead of the board. The end shows
    the last snapshot once more.

    Exit codes: 0 shown; 1 the worker or the simulator died (the end of its log says why); 2 wrong arguments; 3 Kafka or
    Valkey could not be had or started.
    """
    if scenario not in SCENARIOS:
        raise CommandError(f"no scenario {scenario}; there are {', '.join(SCENARIOS)}", EXIT_USAGE)
    settings = load()
    zone = ZoneInfo(centre_of(settings, None).timezone)
    with interrupting(), _parts() as parts:
        clock = Clock.starting_at(round(DEFAULT_START.timestamp() * 1000), speed)
        ours = settings.model_copy(update={"redis_url": SecretStr(parts.redis_url), "clock": clock})
        run = _Demo(parts, ours, zone, f"{scenario}, {speed:g} × · Ctrl-C avslutter")
        run.watch(scenario, seed, seconds, live=out.is_terminal and not as_json)
        document, now_ms = run.document, clock.now_ms()
    if document is None:
        raise CommandError("ended before there were any figures", EXIT_FAILED)
    show(document, now_ms, zone, as_json=as_json)


@contextmanager
def _parts() -> Iterator[LocalParts]:
    try:
        with err.status("Looking for Kafka and Valkey") as status:
            parts = LocalParts(on_progress=status.update).start()
    except LocalPartsError as error:
        raise CommandError(str(error), EXIT_UNREACHABLE) from error
    except KeyboardInterrupt:
        raise CommandError("ended before it had begun", EXIT_FAILED) from None
    try:
        yield parts
    finally:
        parts.stop()
