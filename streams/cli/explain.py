"""`svartid explain`: why a target's verdict is what it is, since when, and what would clear it."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from streams.cli.answers import Explained, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, centre_of, out
from streams.cli.explaining import all_in_force, explained, in_words
from streams.cli.shown import document_of
from streams.serve.bokmal import UNKNOWN, wait
from streams.serve.of_now import why_not_of_now
from streams.settings import load


@app.command()
def explain(
    target: Annotated[str | None, typer.Argument(help="Its id in targets.toml; all where none is said.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Explained, in streams/cli/answers.schema.json.")] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Says **why a target's verdict is what it is**: which rule speaks, of which figures and queues, since when, when
    somebody is told, and what would clear it. Where to begin when an alert has woken somebody.

    It reads the snapshot alone. Exit codes: 0 said; 1 there is no snapshot, or it is not of now; 2 there is no such
    target, or a setting is wrong; 3 Redis cannot be reached.
    """
    settings = load(config)
    centre = centre_of(settings, config)
    document = document_of(settings)
    now_ms, zone = settings.clock.now_ms(), ZoneInfo(centre.timezone)
    known = all_in_force(document, centre.targets_at(document.as_of_ms))
    chosen = [one for one in known if target in (None, one[0].id)]
    if not chosen:
        ids = ", ".join(entry.id for entry, _ in known) or "none"
        raise CommandError(f"no target {target} is in force and shown; there are {ids}", EXIT_USAGE)
    said = [explained(entry, of, document, now_ms, zone) for entry, of in chosen]
    if as_json:
        answer(said)
    else:
        _print(said, zone, with_queues=target is not None)
    if why := why_not_of_now(document, now_ms):
        raise CommandError(why, EXIT_FAILED)


def _print(said: list[Explained], zone: ZoneInfo, *, with_queues: bool) -> None:
    for of in said:
        out.print("\n".join(in_words(of, zone)), markup=False, highlight=False, soft_wrap=True)
        if with_queues and of.queues:
            out.print(_table(of))


def _table(of: Explained) -> Table:
    table = Table()
    table.add_column("queue", no_wrap=True)
    for name in ("answered", "gave up", "mean wait", "waiting", "longest wait"):
        table.add_column(name, justify="right")
    for queue in of.queues:
        counts = (UNKNOWN if n is None else str(n) for n in (queue.answered, queue.abandoned))
        waits = wait(queue.wait_mean_ms), UNKNOWN if queue.waiting is None else str(queue.waiting)
        table.add_row(queue.queue, *counts, *waits, wait(queue.oldest_wait_ms))
    return table
