"""`svartid rebuild`: lets the state in Redis go, and watches it being made anew from checkpoint and log."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, Task, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.cli.answering import answering
from streams.cli.answers import Rebuilt, answer
from streams.cli.app import EXIT_FAILED, CommandError, app, err, rules_of
from streams.cli.standing import Installation, Standing, installed
from streams.cli.telling import telling
from streams.core.carried import is_carried
from streams.core.rules import Rules
from streams.sealed import Spoiled
from streams.serve.follower import read_document
from streams.serve.serving import served
from streams.settings import Settings, load

_LOOK_EVERY_S = 0.25
_WAITING = "waiting for a worker: `svartid worker`"


@app.command()
def rebuild(
    partitions: Annotated[list[str] | None, typer.Argument(help="Such as nks.phone.events.v1-3; all, if none.")] = None,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="Let go of the checkpoints too: count what Kafka has, and nothing else.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Watch until a worker has read everything again.")] = True,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as one line of JSON.")] = False,
) -> None:
    """Lets go of what Redis holds of some partitions, or all, and has it made anew from the checkpoints and the log.

    For when Redis holds something wrong, or a topic was made anew. What is to be done is told and asked first. A worker
    that runs is fenced at once, ends with 3 and, started again, builds up; until it has, the channel shows no figures.

    Exit codes: 0 done; 1 not agreed to; 2 a setting or a partition's name is wrong; 3 Kafka or Redis cannot be reached.
    """
    settings = load(config)
    rules = rules_of(settings, config)
    done = asyncio.run(_rebuild(settings, rules, partitions or [], from_log=from_log, yes=yes, wait=wait))
    if as_json:
        answer(done)


async def _rebuild(
    settings: Settings, rules: Rules, chosen: list[str], *, from_log: bool, yes: bool, wait: bool
) -> Rebuilt:
    async with installed(settings, rules) as installation:
        async with answering(settings):
            standings = await installation.standings(chosen)
        _explain(standings, from_log=from_log)
        if not yes and not typer.confirm("Let go of these figures and make them anew?", err=True):
            raise CommandError("nothing was done", EXIT_FAILED)
        names = [one.name for one in standings]
        async with answering(settings):
            counts = await installation.counts()
            if from_log:
                await installation.checkpoints.forget([*names, *(carried := await _carried(installation, chosen))])
                await installation.store.retire(carried, (), forget=True)
        for name in names:
            await installation.store.forget(name)
        for topic in _whole_topics(standings, counts):
            await installation.store.drop(topic, names)
        if wait:
            await _watch(installation, names)
    return Rebuilt(partitions=names, from_log=from_log, waited=wait)


async def _carried(installation: Installation, chosen: list[str]) -> list[str]:
    """What was carried over to the state, where all of it is let go of, and it is not the one that is served."""
    keys = installation.keys
    if chosen or (await served(installation.client, keys)).state == keys.state:
        return []
    listed = [name for name in await installation.store.retired() if is_carried(name)]
    return sorted({*listed, *await installation.checkpoints.carried()})


def _explain(standings: Collection[Standing], *, from_log: bool) -> None:
    table = Table("partition", "counted", "checkpoint", "in the log", "what will be", box=None, pad_edge=False)
    for one in standings:
        checkpoint = None if from_log else one.checkpoint
        counted = "nothing" if one.place is None else str(one.place.damage or f"to {one.place.offset:,}")
        table.add_row(
            one.name,
            counted,
            "none" if one.checkpoint is None else f"at {one.checkpoint.offset:,}",
            f"{one.start:,} to {one.end:,}",
            _outcome(one, None if checkpoint is None else checkpoint.offset),
        )
    err.print(table)


def _outcome(one: Standing, saved: int | None) -> str:
    """What a rebuild comes to, in words."""
    began = 0 if one.place is None else one.place.past.began
    first = one.start if saved is None else max(saved, one.start)
    reads = f"{one.end - first:,} records read again" if one.end > first else "nothing to read"
    if saved is not None:
        return f"restored from the checkpoint, {reads}"
    if one.start > began:
        return f"[bold red]what was counted before offset {one.start:,} is lost[/], {reads}"
    return f"from the log, {reads}"


def _whole_topics(standings: Collection[Standing], counts: dict[str, int]) -> list[str]:
    """Those all of whose partitions are let go: how many they have may be counted anew."""
    chosen = [one.topic for one in standings]
    return [topic for topic, count in counts.items() if chosen.count(topic) == count]


async def _watch(installation: Installation, names: list[str]) -> None:
    """Shows how far it is, until a worker has read all of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(_WAITING, total=None)
        async with telling(lambda: _how_far(progress.tasks[task]), progress):
            await _until_whole(installation, names, progress, task)


def _how_far(task: Task) -> str:
    of = "" if task.total is None else f": {task.completed:,.0f} of {task.total:,.0f} records are read again"
    return f"{task.description}{of}"


async def _until_whole(installation: Installation, names: list[str], progress: Progress, task: TaskID) -> None:
    known_at: int | None = None  # ms of the clock
    while True:
        places = await installation.store.places(names)
        known = [place for place in places.values() if place is not None and place.damage is None]
        if len(known) == len(names):
            left = [(p.offset, *p.past.rebuild) for p in known if p.past.rebuild and p.offset < p.past.rebuild[1]]
            known_at = known_at or installation.settings.clock.now_ms()
            if not left or await _is_shown_whole(installation, known_at):
                return
            done, of = sum(at - since for at, since, _ in left), sum(until - since for _, since, until in left)
            progress.update(task, description="rebuilding", completed=done, total=of)
        await asyncio.sleep(_LOOK_EVERY_S)


async def _is_shown_whole(installation: Installation, since_ms: int) -> bool:
    """Whether the snapshot says so: a log's last offsets can be markers, which no partition's offset ever reaches."""
    try:
        document = await read_document(installation.client, installation.keys)
    except Spoiled:
        return False  # not yet
    if document is None or document.as_of_ms <= since_ms:
        return False
    return document.rebuilding is None and document.status != "stale"
