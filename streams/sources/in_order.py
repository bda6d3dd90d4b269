"""A file's events in order of time, whatever order they are in there, and however many they are.

They lie in a folder of their own until they are sent, a file for each day: in memory is one day at a time. May import:
the core's decode and events, ndjson.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from streams.core.decode import Decode, Newer, Rejected
from streams.core.events import occurred_ms
from streams.sources.ndjson import Numbered, at_once

_DAY_MS: Final = 86_400_000
_NO_EVENT: Final = -1  # in place of a day: what is no event comes first, and is told of
_MOST_OPEN: Final = 100  # files at a time


class InOrder:
    """Lines of events by day, in a folder that is there for as long as this is used (`with`)."""

    def __init__(self, folder: Path, decode: Decode) -> None:
        self._folder = folder
        self._decode = decode
        self._files: dict[int, BinaryIO] = {}
        self._days: set[int] = set()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def take(self, lines: Numbered) -> None:
        """Puts lines where they belong."""
        for number, line in lines:
            t = self._when(line)
            self._file(_NO_EVENT if t is None else t // _DAY_MS).write(b"%d %d %s\n" % (t or 0, number, line or b""))

    def __iter__(self) -> Iterator[Numbered]:
        """All that was taken: what is no event, and then the events in order of time, some at once."""
        self._close()
        for day in sorted(self._days):
            yield from at_once(iter(self._sorted(day)))

    def _sorted(self, day: int) -> Numbered:
        found = []
        with self._path(day).open("rb") as file:
            for told in file:
                t, number, line = told[:-1].split(b" ", 2)
                found.append((int(t), int(number), line or None))
        return [(number, line) for _, number, line in sorted(found, key=lambda one: one[:2])]

    def _when(self, line: bytes | None) -> int | None:
        """When a line's event occurred (epoch ms); None where it is none."""
        decoded = Rejected("too_large") if line is None else self._decode(line)
        if isinstance(decoded, Rejected):
            return None
        return occurred_ms((decoded.event if isinstance(decoded, Newer) else decoded).occurred_at)

    def _file(self, day: int) -> BinaryIO:
        file = self._files.get(day)
        if file is None:
            if len(self._files) >= _MOST_OPEN:
                self._close()
            file = self._files[day] = self._open.enter_context(self._path(day).open("ab"))
            self._days.add(day)
        return file

    def _path(self, day: int) -> Path:
        return self._folder / f"{day}"

    def _close(self) -> None:
        self._files.clear()
        self._open.close()
