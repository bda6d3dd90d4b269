"""`svartid worker`: reads the events, keeps the figures, and serves them."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.app import EXIT_UNREACHABLE, CommandError, app, centre_of
from streams.ingest.app import IngestApp, create_app
from streams.ingest.drain import drained
from streams.ingest.watchdog import stalled
from streams.logs import configure_logging
from streams.redis_client import connect
from streams.settings import Settings, load


@app.command()
def worker(
    drain: Annotated[
        bool, typer.Option("--drain", help="Read to the end of the log as it stood at the start, commit, and exit 0.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Reads call and chat events from Kafka, and keeps every queue's figures in Redis, each event counted exactly once.

    Any number of workers share the partitions. A worker that is killed is taken over from where it last committed.
    Serves /metrics, /isalive and /isready on SVARTID_HOST:SVARTID_PORT.

    Exit codes: 0 ended as asked; 1 the figures in Redis were made by other definitions; 3 Kafka or Redis cannot be reached,
    or nothing moved for SVARTID_STALL_TIMEOUT_S.
    """
    settings = load()
    configure_logging(settings)
    asyncio.run(run_worker(settings, config, drain=drain))


async def run_worker(settings: Settings, config: Path | None, *, drain: bool) -> None:
    """Runs until a signal, until drained, or until something is wrong (CommandError)."""
    centre = centre_of(settings, config)
    client = connect(settings)
    ingest = create_app(settings, centre.rules(settings.pseudonym_key.get_secret_value().encode()), client)
    stop = _stop_on_signals()
    try:
        await ingest.start()
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(stalled(ingest, settings.stall_timeout_s))]
        ends.append(asyncio.create_task(ingest.wait_until_stopped()))
        if drain:
            ends.append(asyncio.create_task(drained(ingest)))
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            if task.done():
                task.result()
            task.cancel()
        if ingest.failure:
            raise CommandError(str(ingest.failure), EXIT_UNREACHABLE)
    finally:
        await _close(ingest)
        await client.aclose()


async def _close(ingest: IngestApp) -> None:
    await ingest.partitions.give_up(list(ingest.partitions.held))
    await ingest.stop()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, stop.set)
    return stop
