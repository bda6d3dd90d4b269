"""The typer application that every command joins, and what all share: errors told in a sentence, exit codes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from config import Centre, ConfigError
from config import load as load_centre
from streams import kafka, redis_client, rights, version
from streams.batches import UnreadableBatch
from streams.cli import INTERRUPTED, interrupt_as_usual, interrupt_early
from streams.core.rules import Rules
from streams.ingest.other_rules import OtherRules
from streams.sealed import Spoiled
from streams.settings import Settings, load
from streams.tls import BadConnectionSetting

EXIT_FAILED = 1  # the command did its work and the answer is no (verify found differences, doctor a problem)
EXIT_USAGE = 2  # the command line or a setting is wrong
EXIT_UNREACHABLE = 3  # Kafka or Redis cannot be reached, or does not move
ANOTHER_ANSWERS = "Another broker answers; what lies on this one alone cannot be read until it does, too"

app = typer.Typer(
    name="svartid",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(version.in_words())
        raise typer.Exit


@app.callback()
def _program(
    is_asked_for_version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Which build this is, of which state."),
    ] = False,
) -> None:
    """Watches a contact centre's queues as they happen: waits and abandonment while they can still be helped."""
    interrupt_as_usual()


def progress_bar(*, shown: bool) -> Progress:
    """Progress on standard error: a spinner, what is done, how much and for how long."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not (shown and err.is_terminal))


out = Console()
err = Console(stderr=True)


def centre_of(settings: Settings, folder: Path | None) -> Centre:
    """The contact centre of `--config`, else of SVARTID_CONFIG, else the project's own."""
    chosen = folder or settings.config
    if chosen is not None and not _is_folder(chosen):
        where = "--config" if folder else "SVARTID_CONFIG"
        raise CommandError(f"{where} is {chosen}, which is no folder: it has queues.toml and targets.toml", EXIT_USAGE)
    try:
        return load_centre(chosen)
    except ConfigError as error:
        raise CommandError(str(error), EXIT_USAGE) from None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long a name, or in a folder that may not be looked into
        return False


def rules_of(settings: Settings, folder: Path | None) -> Rules:
    """What that contact centre counts by. Raises CommandError."""
    return centre_of(settings, folder).rules(*settings.keys)


@asynccontextmanager
async def redis_of(settings: Settings) -> AsyncIterator[redis_client.Client]:
    """Redis for one command, asked first: one that hangs is told of in seconds, and nobody waits on it unknowing.

    A worker's own client asks again for longer than a person waits. Raises CommandError, BadConnectionSetting.
    """
    if trouble := await redis_client.trouble(settings):
        raise CommandError(trouble, EXIT_UNREACHABLE)
    client = redis_client.connect(settings)
    try:
        yield client
    finally:
        await client.aclose()


class CommandError(Exception):
    """Ends a command with one clear sentence on standard error and an exit code that means something."""

    def __init__(self, message: str, code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.code = code


def run(command: Callable[[], object]) -> None:
    """Runs the application; what a person can act on becomes a sentence, never a traceback."""
    try:
        _run(command)
    except KeyboardInterrupt:  # while it is asked what is in the way
        sys.exit(INTERRUPTED)
    finally:
        interrupt_early()


def _run(command: Callable[[], object]) -> None:
    try:
        command()
    except CommandError as error:
        _fail(str(error), error.code)
    except ValidationError as error:
        problem = error.errors()[0]
        name = "SVARTID_" + str(problem["loc"][0]).upper().removeprefix("SVARTID_")
        _fail(f"the setting {name}: {problem['msg'].removeprefix('Value error, ')}", EXIT_USAGE)
    except BadConnectionSetting as error:
        _fail(str(error), EXIT_USAGE)
    except (UnreadableBatch, OtherRules) as error:
        _fail(str(error), EXIT_FAILED)
    except Spoiled as spoiled:
        _fail(spoiled.in_words, EXIT_FAILED)
    except (RedisError, KafkaError, ConnectionError, TimeoutError) as error:
        _fail(_what_is_in_the_way(error), EXIT_UNREACHABLE)


def _what_is_in_the_way(error: Exception) -> str:
    """Asked anew, as the clients tell their log of the cause and their caller only that it failed."""
    if isinstance(error, NoPermissionError):
        return f"Redis says: {redis_client.in_words(error)}"
    if isinstance(error, ResponseError):
        return f"Redis refuses: {redis_client.in_words(error)}. {redis_client.what_helps(error)}"
    settings = load()
    told: str | None = "; ".join(asyncio.run(_troubles(settings)))
    if not told and isinstance(error, KafkaError):
        told = asyncio.run(rights.trouble(settings))
    return told or f"{type(error).__name__}: {error}. {_what_helps(error)}"


async def _troubles(settings: Settings) -> list[str]:
    found, of_redis = await asyncio.gather(kafka.troubles(settings), redis_client.trouble(settings))
    mute = next((one for one in found if isinstance(one, kafka.Mute)), None)
    if mute:
        told = [f"{mute}. {ANOTHER_ANSWERS if None in found else mute.todo}"]
    else:
        told = [] if None in found else [one for one in found if one][-1:]
    return [*told, *([of_redis] if of_redis else [])]


def _what_helps(error: Exception) -> str:
    """Of an error of which nothing is left to see: whether it was passing."""
    if isinstance(error, ConnectionError | TimeoutError | RedisConnectionError | RedisTimeoutError) or getattr(
        error, "retriable", False
    ):
        return "Kafka and Redis both answer now: try again"
    return "Kafka and Redis both answer, and would say the same again: `svartid doctor` looks at what they miss"


def tell(message: str) -> None:
    """Says on standard error what went wrong."""
    err.print("[bold red]svartid:[/] ", end="")
    err.print(message, markup=False, highlight=False)


def say(message: str) -> None:
    """Says on standard error what is waited for, in a terminal and in a pipe alike."""
    err.print(f"svartid: {message}", markup=False, highlight=False, soft_wrap=True)


def _fail(message: str, code: int) -> None:
    tell(message)
    sys.exit(code)
