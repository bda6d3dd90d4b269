"""A program in a real terminal: a pseudo-terminal of a given size, what is drawn on it, and its size changed."""

import fcntl
import os
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from rich.cells import cell_len

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9])")
CTRL_C = "\x03"
_SCREEN_AS_BEFORE = "\x1b[?1049l"
_HOME = "\x1b[H"  # where each drawing of the whole screen begins


class Terminal:
    """One program on one terminal, which is its controlling one: Ctrl-C and changes of the size come as signals."""

    def __init__(
        self, command: Sequence[str | Path], env: Mapping[str, str], columns: int, lines: int, folder: Path
    ) -> None:
        self._ours, theirs = os.openpty()
        self._said = bytearray()
        self.resize(columns, lines)
        without_size = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            command,
            env=without_size | {"TERM": "xterm-256color", "LANG": "C.UTF-8"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # it takes no lock
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        os.close(self._ours)

    def resize(self, columns: int, lines: int) -> None:
        """As a person who drags its corner: whoever runs in it is told by SIGWINCH."""
        self.columns, self.lines = columns, lines
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._resized_at = len(self._said)

    def press(self, keys: str) -> None:
        """As if typed."""
        os.write(self._ours, keys.encode())

    def afterwards(self) -> str:
        """What is written on the screen that was there before, once the program has ended."""
        self._reader.join(5)
        return _plain(self.said.rpartition(_SCREEN_AS_BEFORE)[2])

    @property
    def said(self) -> str:
        """All that was written to it, with its escapes."""
        return self._said.decode(errors="replace")

    def drawn(self) -> list[str]:
        """The lines of the newest whole drawing since the size was last changed; none where there is none yet."""
        drawings = self._said[self._resized_at :].decode(errors="replace").split(_HOME)[1:-1]
        return [line.rstrip() for line in _plain(drawings[-1]).splitlines()] if drawings else []

    def is_drawn_to_fit(self) -> bool:
        """Whether there is a drawing of this size, and nothing of it beyond the edge."""
        drawn = self.drawn()
        return len(drawn) == self.lines and max(map(cell_len, drawn)) <= self.columns

    def _read(self) -> None:
        try:
            while some := os.read(self._ours, 65536):
                self._said += some
        except OSError:  # as Linux tells that nobody has it open any more
            return


def _plain(text: str) -> str:
    return _ESCAPES.sub("", text).replace("\r", "")
