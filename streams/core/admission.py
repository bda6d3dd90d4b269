"""Which of the source's queues have figures of their own: all that are configured, and so many others.

A source may say anything, and each queue that it names takes room. Of those that nobody has configured the ones with
the smallest stand-ins stay, so that it depends on which were named and not on their order; the rest are counted
together as "other", with all that they had come to. Which are configured is remembered with the state: what was once
counted somewhere is corrected there. So a queue that is taken out of the configuration keeps its own figures, and where
any were let go of, one that is configured later is as any other. May import: standard library, the core.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Final

from streams.core.rules import BY_LINE, Rules
from streams.core.source_queue import OTHER

Packed = tuple[bool, list[str], list[str]]  # whether any was let go of, those that are kept, and the configured ones

_MOST_REMEMBERED = 10_000


class Admission:
    """The queues of one partition. It is asked in place of `Rules.line`, and remembers which were named."""

    def __init__(self, rules: Rules) -> None:
        self.unseen: list[str] = []  # named for the first time, not told yet
        self.let_go: list[str] = []  # whose figures are to go into those of "other"
        self.is_over = False  # whether any was ever let go of
        self.is_changed = True  # since whoever commits it last looked
        self.configured = set(rules.names)
        self._rules = rules
        self._lines: dict[tuple[str, str, str | None], str] = {}
        self._kept: list[tuple[str, str]] = []  # rising: stand-in and line of those that are not configured
        self._of_all = rules.version == BY_LINE  # lines that are configured, and no others

    def line(self, channel: str, audience: str, queue: str | None) -> str:
        """Where a queue is counted, by what the source calls it."""
        asked = channel, audience, queue
        line = self._lines.get(asked)
        if line is None:
            line = self._rules.line(channel, audience, queue)
            self.see(line)
            if len(self._lines) >= _MOST_REMEMBERED:
                self._lines.clear()
            self._lines[asked] = line
        return line

    def see(self, line: str) -> None:
        """Remembers that the source has named a queue."""
        one = _stand_in(line), line
        if self._of_all or self._is_kept(line) or (self.is_over and one > self._kept[-1]):
            return
        insort(self._kept, one)
        self.unseen.append(line)
        self.is_changed = True
        if len(self._kept) > self._rules.most_unknown:
            self.is_over = True
            self.let_go.append(self._kept.pop()[1])

    def counted(self, line: str) -> str:
        """The line itself, or "other" where it was let go of."""
        return other_of(line) if self.is_over and not self._is_kept(line) else line

    @property
    def kept(self) -> list[str]:
        """Those that are not configured, and have figures of their own."""
        return [line for _, line in self._kept]

    @property
    def packed(self) -> Packed:
        """What is to be remembered of it."""
        return self.is_over, self.kept, sorted(self.configured)

    def restore(self, packed: Packed) -> None:
        """Takes what was packed. What has been configured since is no longer among the others, unless they are many."""
        self.is_over, kept, configured = packed
        self.configured = {*configured} if self.is_over else {*configured, *self.configured}
        self.is_changed = self.configured != {*configured}
        self._kept = sorted((_stand_in(line), line) for line in kept if line not in self.configured)

    def configure(self, names: Iterable[str]) -> None:
        """Takes the queues that another configuration has, as who loads this by it would."""
        packed, was_changed = self.packed, self.is_changed
        self.configured = {*names}
        self.restore(packed)
        self.is_changed |= was_changed

    def _is_kept(self, line: str) -> bool:
        one = _stand_in(line), line
        place = bisect_left(self._kept, one)
        return line in self.configured or one[0] == OTHER or self._kept[place : place + 1] == [one]


class Placed:
    """Says where something is counted of which that is all that is known, as of a fact that waited."""

    def __init__(self, see: Callable[[str], None] = lambda line: None) -> None:
        self._see = see

    def line(self, channel: str, audience: str, queue: str | None) -> str:
        """Its queue is a stand-in already."""
        line = f"{channel}/{audience}/{queue}"
        self._see(line)
        return line


PLACED: Final = Placed()


def other_of(line: str) -> str:
    """Where all of a channel's and audience's other queues are counted."""
    return f"{line.rpartition('/')[0]}/{OTHER}"


def _stand_in(line: str) -> str:
    return line.rpartition("/")[2]
