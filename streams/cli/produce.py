"""`svartid produce`: events from a file or a pipe, checked and sent to Kafka."""

import asyncio
import gzip
import select
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from io import BufferedIOBase, FileIO
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from streams.cli import answers
from streams.cli.answering import SENDING_S, answering
from streams.cli.app import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, centre_of, err, out
from streams.core.decode import decoder
from streams.settings import load
from streams.sources.ndjson import Produced
from streams.sources.ndjson import produce as send_lines
from streams.sources.sending import Sender, Unreachable

Source = BinaryIO | gzip.GzipFile
_CHUNK_BYTES = 1 << 20
_LISTEN_S = 0.2  # how soon a pipe that is silent notices Ctrl-C


@app.command()
def produce(
    file: Annotated[str, typer.Argument(help="Lines of JSON, one event each; gzipped if it ends in .gz; - is a pipe.")],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one line of JSON.")] = False,
) -> None:
    """Sends events to Kafka, each to the topic of its channel, keyed by its journey, its bytes unchanged.

    Every line is checked against the event schema first. A bad line is named by its number and the reason, never by its
    text, and the rest is sent. Of many, the first ones are named, and the first one of each reason; the others are
    counted. An event that does not say its channel goes where its journey went before.

    Exit codes: 0 all sent; 1 some lines were bad; 2 no such file, or the configuration is wrong;
    3 Kafka cannot be reached, or denies a right.
    """
    source = _open(file)
    with closing(source), _progress(shown=err.is_terminal and not as_json) as show:
        try:
            produced = asyncio.run(_run(source, show))
        except Unreachable as error:
            raise CommandError(str(error), EXIT_UNREACHABLE) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CommandError(f"{file} is not a whole gzip file; what could be read was sent") from error
    _say(produced, as_json)
    raise typer.Exit(EXIT_FAILED if produced.bad else 0)


async def _run(source: Source, show: Callable[[Produced], None]) -> Produced:
    settings = load()
    centre = centre_of(settings, None)
    decode = decoder(tuple(centre.channels), tuple(centre.audiences))
    async with answering(settings, SENDING_S), Sender(settings) as sender:
        return await send_lines(sender, decode, _chunks(source), _tell_bad, show)


def _open(file: str) -> Source:
    try:
        if file == "-":
            return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
        if file.endswith(".gz"):
            return gzip.open(file, "rb")
        return Path(file).open("rb")
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}", EXIT_USAGE) from error


async def _chunks(source: Source) -> AsyncIterator[bytes]:
    """What there is to read, as soon as there is any: a pipe's events are sent when they come."""
    while True:
        if not await asyncio.to_thread(_ready, source):
            continue
        if not (data := await asyncio.to_thread(_read, source)):
            return
        yield data


def _ready(source: Source) -> bool:
    """Waits a little for something to read, so that a silent pipe keeps no thread from ending."""
    return not isinstance(source, FileIO) or bool(select.select([source], [], [], _LISTEN_S)[0])


def _read(source: Source) -> bytes:
    return source.read1(_CHUNK_BYTES) if isinstance(source, BufferedIOBase) else source.read(_CHUNK_BYTES)


@contextmanager
def _progress(shown: bool) -> Iterator[Callable[[Produced], None]]:
    """A count on standard error."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} sent"), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not shown, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda produced: progress.update(task, completed=produced.sent)


def _say(produced: Produced, as_json: bool) -> None:
    if as_json:
        reasons = dict(sorted(produced.reasons.items()))
        answers.answer(answers.Produced(sent=produced.sent, bad=produced.bad, reasons=reasons))
        return
    if others := produced.bad - produced.named:
        of_all = ", ".join(f"{count:,} {reason}" for reason, count in produced.reasons.most_common())
        err.print(f"… and {others:,} more bad lines. Of all: {of_all}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"{produced.sent:,} sent, {produced.bad:,} bad", highlight=False)


def _tell_bad(number: int, reason: str) -> None:
    err.print(f"line {number}: {reason}", markup=False, highlight=False)
