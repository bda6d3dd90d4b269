"""`svartid retire`: takes partitions that are read no more off the list, so that nobody misses them."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from streams.cli.answering import answering
from streams.cli.answers import Retired, answer
from streams.cli.app import EXIT_FAILED, CommandError, app, err, rules_of
from streams.cli.standing import Installation, installed
from streams.core.carried import is_carried
from streams.core.rules import Rules
from streams.ingest.store import Place
from streams.partition_names import in_a_sentence, strays, topic_of
from streams.sealed import Spoiled
from streams.serve.follower import read_document
from streams.settings import Settings, load


@app.command()
def retire(
    forget: Annotated[
        bool, typer.Option("--forget", help="Let go of their figures too, also of those that were retired before.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as one line of JSON.")] = False,
) -> None:
    """Takes the partitions of topics that are **read no more** off Redis' list: what is on it and not shown is missed.

    For when a topic in SVARTID_TOPICS has another name now, or none. They are those of topics that it does not name,
    and those that Kafka does not have of the others. Their figures stay, and `svartid history` goes on counting them.
    Named again, a topic is read on from where it was left. What is to be done is told and asked first.

    Exit codes: 0 done, or there are none; 1 not agreed to, or a worker shows one, or did so within a minute; 2 a
    setting is wrong; 3 Kafka or Redis cannot be reached.
    """
    settings = load(config)
    done = asyncio.run(_retire(settings, rules_of(settings, config), forget=forget, yes=yes))
    if as_json:
        answer(Retired(retired=done, forgotten=forget))
    elif not done:
        err.print("Every partition on the list is read: nothing is to be done.")


async def _retire(settings: Settings, rules: Rules, *, forget: bool, yes: bool) -> list[str]:
    async with installed(settings, rules) as installation:
        async with answering(settings):
            counts, store = await installation.counts(), installation.store
        listed = await store.strays(counts)
        retired = [name for name in await store.retired() if not is_carried(name)]
        before = strays(retired, counts) if forget else []
        names = sorted({*listed, *before})
        if not names:
            return []
        if shown := await _shown(installation, listed):
            told = (
                f"a worker shows {in_a_sentence(shown)}, or did within a minute: it has other SVARTID_TOPICS. Stop it"
            )
            raise CommandError(told, EXIT_FAILED)
        _explain(await store.places(names), forget=forget)
        if not yes and not typer.confirm("Let go of these?" if forget else "Take these off the list?", err=True):
            raise CommandError("nothing was done", EXIT_FAILED)
        await store.retire(names, {topic_of(name) for name in names} - counts.keys(), forget=forget)
        return names


async def _shown(installation: Installation, names: list[str]) -> list[str]:
    """Those that some worker shows: to the others, or in the snapshot that it writes. Who is alone does the latter."""
    unshown = await installation.store.unshown(names)
    try:
        document = await read_document(installation.client, installation.keys)
    except Spoiled:
        document = None  # whoever lives writes it anew, and that is looked at when this is called again
    missed = unshown if document is None else document.missing_partitions
    return sorted(set(names) - {*unshown}.intersection(missed))


def _explain(places: dict[str, Place | None], *, forget: bool) -> None:
    table = Table("partition", "counted", "what will be", box=None, pad_edge=False)
    for name, place in places.items():
        counted = "nothing" if place is None else str(place.damage or f"to {place.offset:,}")
        kept = "[bold red]its figures are lost[/]" if forget else "history keeps its figures"
        table.add_row(name, counted, "no longer missed" if place is None else f"no longer missed, {kept}")
    err.print(table)
