"""`svartid backup`: all that was counted, in a file outside Kafka and Redis. Back again: restore.py."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.answers import BackedUp, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, out, progress_bar, redis_of, rules_of
from streams.core.rules import Rules
from streams.ingest.backup import VERSION, Header, write
from streams.ingest.checkpoints import pack
from streams.ingest.layout import past
from streams.ingest.other_rules import OtherRules
from streams.ingest.register import READS_TODAYS
from streams.ingest.store import Store
from streams.keys import Keys
from streams.serve.serving import of_the_served
from streams.settings import Settings, load


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to. Only its owner may read it.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also where there is a file of that name.")] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as one line of JSON.")] = False,
) -> None:
    """Writes all that was counted into one file: every partition as it is at one instant, proved whole.

    Workers go on meanwhile. It holds figures and keyed hashes, no events and no ids; with it a year can be carried to
    another Redis. While the file is made, what was there under its name stays.

    Exit codes: 0 written; 1 there is nothing, something is being rebuilt, or is damaged; 2 the file cannot be written,
    or the configuration is wrong; 3 Redis cannot be reached.
    """
    if file.exists() and not replace:
        raise CommandError(f"{file} is there already: name another, or say --replace", EXIT_USAGE)
    if file.exists() and not file.is_file():
        raise CommandError(f"{file} is no file: name one", EXIT_USAGE)
    settings = load(config)
    done = asyncio.run(_back_up(settings, rules_of(settings, config), file))
    if as_json:
        answer(done)
    else:
        told = f"{done.partitions} partitions, {done.journeys:,} journeys, {done.bytes:,} bytes"
        out.print(f"{file}: {told}", markup=False, highlight=False)


@asynccontextmanager
async def store_of(settings: Settings, rules: Rules) -> AsyncIterator[Store]:
    """The figures of an installation, as a command reads or writes them that is no worker. Raises CommandError."""
    async with redis_of(settings) as client:
        keys = Keys.of(await of_the_served(client, settings))
        yield Store(client, keys, rules, f"{settings.instance}/backup{READS_TODAYS}")


async def _back_up(settings: Settings, rules: Rules, file: Path) -> BackedUp:
    async with store_of(settings, rules) as store:
        retired = await store.retired()
        names = sorted({*await store.names(), *retired})
        places = await store.places(names)
        begun = [name for name in names if places[name] is not None]
        if not begun:
            raise CommandError(f"nothing was counted under the namespace {settings.namespace}", EXIT_FAILED)
        with progress_bar(shown=True) as bar:
            task = bar.add_task("reading", total=len(begun))
            values, journeys = [], 0
            for name in begun:
                value, n = await _packed(store, name)
                values.append(value)
                journeys += n
                bar.advance(task)
        counts = await store.known_counts()
        kept = sorted({*retired}.intersection(begun))
        header = Header(VERSION, round(time.time() * 1000), settings.namespace, len(begun), kept, counts)
        try:
            size = write(file, header, values)  # here: what is interrupted leaves nothing behind
        except OSError as error:
            raise CommandError(f"{file}: cannot be written ({error.strerror})", EXIT_USAGE) from None
    return BackedUp(file=str(file), partitions=len(begun), journeys=journeys, bytes=size)


async def _packed(store: Store, name: str) -> tuple[bytes, int]:
    """A partition, proved whole and by our rules, and how many journeys it remembers."""
    try:
        hashes = await store.read(name)
        state, _ = store.restored(name, hashes)
    except OtherRules as error:
        raise CommandError(str(error), EXIT_FAILED) from None
    of, is_begun = past(hashes[0]), b"offset" in hashes[0]  # a rebuild may begin meanwhile
    if of.torn or not is_begun or (of.rebuild is not None and int(hashes[0][b"offset"]) < of.rebuild[1]):
        told = f"{name} is being rebuilt, and not whole: wait until `svartid snapshot` is live"
        raise CommandError(told, EXIT_FAILED)
    packed = await asyncio.to_thread(pack, name, hashes[0][b"rules"].decode(), hashes)
    return packed, len(state.journeys)
