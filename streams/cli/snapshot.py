"""`svartid snapshot`: the document that other services read, as it stands now, for people or as it is."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from config import Centre
from streams.cli.answers import answer
from streams.cli.app import EXIT_FAILED, CommandError, app, centre_of, out
from streams.cli.shown import document_of
from streams.serve import picture
from streams.serve.board import Board
from streams.serve.documents import Snapshot
from streams.serve.of_now import why_not_of_now
from streams.settings import load


@app.command()
def snapshot(
    as_json: Annotated[
        bool, typer.Option("--json", help="The document itself: streams/serve/snapshot.schema.json.")
    ] = False,
    svg: Annotated[Path | None, typer.Option(help="Write the board to this file as a picture instead.")] = None,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Shows every queue **as it is now**, once: the board, or with --json the document that other services read.

    `svartid board` is the live form. The figures are of now while their status is `live`, until `fresh_until_ms` of the
    clock (SVARTID_CLOCK where it is set). What is not of now is shown all the same, and standard error says why it is
    not.

    Exit codes: 0 of now; 1 there is none that can be read, or it is old, `stale`, `rebuilding` or `catching_up`; 2 a
    setting or the configuration is wrong; 3 Redis cannot be reached.
    """
    settings = load(config)
    centre = centre_of(settings, config)
    document = document_of(settings)
    now_ms = settings.clock.now_ms()
    show(document, now_ms, centre, as_json=as_json, svg=svg)
    if why := why_not_of_now(document, now_ms):
        raise CommandError(why, EXIT_FAILED)


def show(document: Snapshot, now_ms: int, centre: Centre, *, as_json: bool = False, svg: Path | None = None) -> None:
    """The document once: as JSON, as a picture, or as the board."""
    board = Board(document, now_ms, ZoneInfo(centre.timezone), centre.as_of(now_ms).names)
    if as_json:
        answer(document)
    elif svg is not None:
        svg.write_text(picture.svg(board, "svartid board"), encoding="utf-8")
    else:
        (out if out.is_terminal else Console(width=picture.WIDTH)).print(board)
