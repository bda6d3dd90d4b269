"""Which source told of something, and how soon its events come after what they tell of.

Several systems send events, each by a clock of its own; where figures are wrong, the first question is whose they are.
Only names that are configured are kept: what else a source may write there could be a caller's number. Rules:
streams/MEASURES.md, *Sources*. May import: standard library, source_queue.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from streams.core.source_queue import OTHER, normalized

MINUTE_MS: Final = 60_000
MINUTES: Final = 15  # of which it is known, of each source, how soon its events came: the newest in which any did
NOT_YET: Final = 1 << 62  # ms, longer than every event takes
LONGEST_NAME: Final = 200  # characters, as of an id; to look at endless ones would take as long

Minutes = dict[int, int]  # of event time (epoch ms) -> the least time (ms) from an event to its record's timestamp
Wrong = str  # late, rejected, clamped or unmatched
Told = tuple[str, str]  # what a source may write as its name, and the name it is configured by

_MOST_REMEMBERED: Final = 1000


class SourceNames:
    """The configured sources. One is known by its name, however it writes that: composed, and without case."""

    def __init__(self, told: Iterable[Told]) -> None:
        self._known = {normalized(text): name for text, name in told}
        self._asked: dict[str, str] = {}  # known ones alone: what others write is kept nowhere

    def of(self, told: object) -> str:
        """The name of the source that an event names; "other" where it names none that is configured."""
        if not isinstance(told, str) or len(told) > LONGEST_NAME:
            return OTHER
        name = self._asked.get(told)
        if name is None:
            name = self._known.get(normalized(told), OTHER)
            if name != OTHER:
                self._remember(told, name)
        return name

    def _remember(self, told: str, name: str) -> None:
        if len(self._asked) >= _MOST_REMEMBERED:
            self._asked.clear()
        self._asked[told] = name


class Promptness:
    """How soon the events of each source came, of one partition: by its clock and the one that dates its records."""

    def __init__(self, names: SourceNames) -> None:
        self.names = names
        self.of: dict[str, Minutes] = {}
        self.is_changed = False  # since whoever commits it last looked

    def note(self, told: object, minute: int, took_ms: int) -> None:
        """Notes the least time (ms) that events of a source took which were counted of one minute (its start).

        Of each the newest minutes stay, so that neither order nor repetition leaves a trace.
        """
        minutes = self.of.setdefault(self.names.of(told), {})
        known = minutes.get(minute)
        if known is not None and known <= took_ms:
            return
        if known is None and len(minutes) >= MINUTES:
            oldest = min(minutes)
            if minute < oldest:
                return
            del minutes[oldest]
        minutes[minute] = took_ms
        self.is_changed = True


class Quickest:
    """Of one source's events in one batch, by minute, the least time (ms) that they took."""

    def __init__(self) -> None:
        self.minutes: Minutes = {}

    def note(self, minute: int, took_ms: int) -> None:
        """Notes the least time that events of a minute took."""
        if took_ms < self.minutes.get(minute, NOT_YET):
            self.minutes[minute] = took_ms

    def turn_to(self, when: int) -> tuple[int, int, int]:
        """Of the minute of an instant: when it starts and ends, and what is known of it so far."""
        minute = when - when % MINUTE_MS
        return minute, minute + MINUTE_MS, self.minutes.get(minute, NOT_YET)


def counted_as(source: str, wrong: Wrong) -> str:
    """The counter of what is wrong with a source's events."""
    return f"of {source}:{wrong}"


def counts_of(counters: Mapping[str, int]) -> dict[str, dict[Wrong, int]]:
    """By source what was counted of it, of all that was counted."""
    found: dict[str, dict[Wrong, int]] = {}
    for name, n in counters.items():
        source, is_one, wrong = name.removeprefix("of ").partition(":")
        if name.startswith("of ") and is_one:
            found.setdefault(source, {})[wrong] = n
    return found
