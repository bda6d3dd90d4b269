"""A file or a pipe with events, read as it comes, or put in order of time first."""

import asyncio
import gzip
import select
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from io import BufferedIOBase, FileIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from streams.cli.app import EXIT_USAGE, CommandError, progress_bar
from streams.core.decode import Decode
from streams.sources.in_order import InOrder
from streams.sources.ndjson import Numbered, numbered

Opened = BinaryIO | gzip.GzipFile
Show = Callable[[str, int], None]  # what is done, and of how many
Lines = Callable[[], AsyncIterator[Numbered]]
PIPE: Final = "-"
NOTHING_SENT: Final = "nothing was sent"
_CHUNK_BYTES = 1 << 20
_LISTEN_S = 0.2  # how soon a pipe that is silent notices Ctrl-C


@contextmanager
def counting(*, shown: bool) -> Iterator[Show]:
    """A count on standard error, and of what."""
    with progress_bar(shown=shown) as progress:
        task = progress.add_task("", total=None)
        yield lambda what, n: progress.update(task, completed=n, description=what)


def can_be_read_twice(file: str) -> bool:
    """Whether it is a file, and not a pipe by any name: who opens one again waits for ever."""
    return Path(file).is_file()


def check_there(file: str) -> None:
    """Raises CommandError where there is nothing to read."""
    if file != PIPE and (can_be_read_twice(file) or Path(file).is_dir() or not Path(file).exists()):
        opened(file).close()


@asynccontextmanager
async def lines_of(file: str, decode: Decode, show: Show, *, in_order: bool) -> AsyncIterator[Lines]:
    """What reads the file's lines, as often as it is asked to, where it is a file."""
    if not in_order:
        yield lambda: _lines(file)
        return
    with TemporaryDirectory(prefix="svartid-") as folder, InOrder(Path(folder), decode) as ordered:
        taken = 0
        async for some in _lines(file):
            try:
                ordered.take(some)
            except OSError as error:
                told = f"{NOTHING_SENT}: {folder}: {error.strerror}. TMPDIR names another folder"
                raise CommandError(told) from error
            taken += len(some)
            show("put in order", taken)
            await asyncio.sleep(0)  # or whoever ends it waits for all that was read at once
        yield lambda: _each(ordered)


async def _each(ordered: InOrder) -> AsyncIterator[Numbered]:
    for some in ordered:
        yield some


async def _lines(file: str) -> AsyncIterator[Numbered]:
    with closing(opened(file)) as source:
        async for some in numbered(_chunks(source)):
            yield some


def opened(file: str) -> Opened:
    """Raises CommandError where there is no such file."""
    try:
        if file == PIPE:
            return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
        if file.endswith(".gz"):
            return gzip.open(file, "rb")
        return Path(file).open("rb")
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}", EXIT_USAGE) from error


async def _chunks(source: Opened) -> AsyncIterator[bytes]:
    """What there is to read, as soon as there is any: a pipe's events are sent when they come."""
    while True:
        if not await asyncio.to_thread(_ready, source):
            continue
        if not (data := await asyncio.to_thread(_some, source)):
            return
        yield data


def _ready(source: Opened) -> bool:
    """Waits a little for something to read, so that a silent pipe keeps no thread from ending."""
    return not isinstance(source, FileIO) or bool(select.select([source], [], [], _LISTEN_S)[0])


def _some(source: Opened) -> bytes:
    return source.read1(_CHUNK_BYTES) if isinstance(source, BufferedIOBase) else source.read(_CHUNK_BYTES)
