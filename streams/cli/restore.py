"""`svartid restore`: what a backup holds, into a Redis where nothing was counted yet."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from redis.exceptions import RedisError

from streams.beside import beside_us
from streams.cli.answers import Restored, answer
from streams.cli.app import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, out, progress_bar, rules_of
from streams.cli.backup import store_of
from streams.core.rules import Rules
from streams.ingest.backup import Header, NoBackup, read
from streams.ingest.checkpoints import Checkpoint
from streams.ingest.store import Store
from streams.partition_names import in_a_sentence
from streams.serve.snapshot import iso
from streams.settings import Settings, load

_TAKEN_OUT_S: Final = 10.0


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `svartid backup` wrote.")],
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as one line of JSON.")] = False,
) -> None:
    """Puts what a backup holds into Redis, under SVARTID_NAMESPACE, where nothing has been counted yet.

    The file is proved whole before anything is written. Workers that start then go on from there, once they have found
    the log to be the one that was counted; state of the version before is brought to today's.

    Exit codes: 0 done; 1 the file is not whole, was made by other definitions or keys, or Redis holds something under
    that namespace already; 2 the file cannot be read, or the configuration is wrong; 3 Redis cannot be reached.
    """
    settings = load(config)
    done = asyncio.run(_restore(settings, rules_of(settings, config), file))
    if as_json:
        answer(done)
    else:
        told = f"{done.partitions} partitions of {iso(done.made_at_ms)}, under the namespace {settings.namespace}"
        out.print(f"{told}. Start the workers: they read on from there", markup=False, highlight=False)


async def _restore(settings: Settings, rules: Rules, file: Path) -> Restored:
    header, held = await beside_us(lambda: _read(file))
    async with store_of(settings, rules) as store:
        _check_rules(store, held, file)
        await _check_room(store, settings, [checkpoint.partition for checkpoint in held])
        done: list[str] = []
        try:
            with progress_bar(shown=True) as bar:
                task = bar.add_task("restoring", total=len(held))
                for checkpoint in held:
                    await _put_back(store, checkpoint)
                    done.append(checkpoint.partition)
                    bar.advance(task)
            await store.set_counts(header.counts)
            await store.retire(header.retired, set(), forget=False)
        except BaseException:  # an interruption, too
            await _take_out(store, done)
            raise
    return Restored(partitions=len(held), made_at_ms=header.made_at_ms)


def _read(file: Path) -> tuple[Header, list[Checkpoint]]:
    """Raises CommandError."""
    try:
        header, checkpoints = read(file)
        return header, list(checkpoints)
    except NoBackup as error:
        raise CommandError(f"{file}: {error}. Nothing was written", EXIT_FAILED) from None
    except OSError as error:
        raise CommandError(f"{file}: cannot be read ({error.strerror})", EXIT_USAGE) from None


async def _take_out(store: Store, names: Sequence[str]) -> None:
    """What is there in part counts for nothing. Raises CommandError where Redis does not take that either."""
    try:
        async with asyncio.timeout(_TAKEN_OUT_S):
            await store.retire(names, set(), forget=True)
    except (RedisError, TimeoutError):
        told = "a part of it lies in Redis, and could not be taken out again"
        todo = "set SVARTID_NAMESPACE to a new one, or let go of it, `svartid rebuild --from-log`, once Redis answers"
        raise CommandError(f"{told}: {todo}", EXIT_UNREACHABLE) from None


def _check_rules(store: Store, held: Sequence[Checkpoint], file: Path) -> None:
    """Raises CommandError where some were counted otherwise, OtherRules where that is so from a date on."""
    other = sorted(checkpoint.partition for checkpoint in held if not store.reads(checkpoint.rules))
    if other:
        told = f"{file}: {in_a_sentence(other)} were counted by other definitions, keys or another version"
        todo = (
            "give the --config, SVARTID_PSEUDONYM_KEY and SVARTID_QUEUE_KEY that the workers had; where they have "
            "another pseudonym key now, the one of then as SVARTID_PSEUDONYM_KEY_OTHER"
        )
        raise CommandError(f"{told}: {todo}. Nothing was written", EXIT_FAILED)
    for checkpoint in held:
        store.remembered(checkpoint.partition, checkpoint.hashes(), str(file))


async def _check_room(store: Store, settings: Settings, names: Sequence[str]) -> None:
    """Raises CommandError where something was counted already."""
    known = sorted({*await store.names(), *await store.retired(), *names})
    taken = [name for name, place in (await store.places(known)).items() if place is not None]
    if taken:
        told = f"Redis holds {in_a_sentence(taken)} under the namespace {settings.namespace} already"
        raise CommandError(f"{told}: set SVARTID_NAMESPACE to a new one. Nothing was written", EXIT_FAILED)


async def _put_back(store: Store, checkpoint: Checkpoint) -> None:
    owned = await store.claim(checkpoint.partition, None)
    answer = await store.restore(owned, checkpoint.hashes(), 0)
    if answer != "ok":
        told = f"{checkpoint.partition} was claimed meanwhile: stop the workers of this namespace"
        raise CommandError(f"{told}, and restore into a new one", EXIT_FAILED)
