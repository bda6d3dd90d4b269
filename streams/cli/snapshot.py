"""`svartid snapshot`: the document that other services read, as it stands now, for people or as it is."""

import asyncio
from datetime import tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console

from streams.cli.app import EXIT_FAILED, CommandError, app, centre_of, out, redis_of
from streams.keys import Keys
from streams.serve import picture
from streams.serve.board import Board
from streams.serve.bokmal import clock
from streams.serve.documents import Snapshot
from streams.serve.follower import read_snapshot
from streams.serve.statuses import lacking
from streams.settings import Settings, load


@app.command()
def snapshot(
    as_json: Annotated[
        bool, typer.Option("--json", help="The document itself: streams/serve/snapshot.schema.json.")
    ] = False,
    svg: Annotated[Path | None, typer.Option(help="Write the board to this file as a picture instead.")] = None,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Shows every queue **as it is now**, once: the board, or with --json the document that other services read.

    `svartid board` is the live form. The figures are true until `fresh_until_ms` of the clock (SVARTID_CLOCK where it
    is set); what is older is shown all the same, and said to be old.

    Exit codes: 0 fresh; 1 there is none that can be read, or it is stale; 2 a setting or the configuration is wrong;
    3 Redis cannot be reached.
    """
    settings = load()
    zone = ZoneInfo(centre_of(settings, config).timezone)
    document = asyncio.run(_read(settings))
    if document is None:
        raise CommandError(f"no worker has shown anything in the namespace {settings.namespace} lately", EXIT_FAILED)
    now_ms = settings.clock.now_ms()
    show(document, now_ms, zone, as_json=as_json, svg=svg)
    if now_ms > document.fresh_until_ms:
        raise CommandError(f"the figures are stale: they are of {clock(document.as_of_ms, zone)}", EXIT_FAILED)
    if document.status == "stale":
        lacks = lacking(document) or "nobody can judge how old they are"
        raise CommandError(f"the figures are stale: {lacks}. The workers' /isready and log say why", EXIT_FAILED)


def show(document: Snapshot, now_ms: int, zone: tzinfo, *, as_json: bool = False, svg: Path | None = None) -> None:
    """The document once: as JSON, as a picture, or as the board."""
    board = Board(document, now_ms, zone)
    if as_json:
        out.out(msgspec.json.encode(document).decode(), highlight=False)
    elif svg is not None:
        svg.write_text(picture.svg(board, "svartid board"), encoding="utf-8")
    else:
        (out if out.is_terminal else Console(width=picture.WIDTH)).print(board)


async def _read(settings: Settings) -> Snapshot | None:
    async with redis_of(settings) as client:
        return await read_snapshot(client, Keys(settings.namespace))
