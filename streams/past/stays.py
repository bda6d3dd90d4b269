"""Who was in which queue, from when to when, and how it ended: read out of events, as the fold understands them.

Events are taken in order of time, some at once; what is remembered of a journey is what the fold remembers, so memory
goes by the days that a contact may last, and not by the file. May import: the core.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from streams.core.contribution import told_by
from streams.core.decode import Newer, Rejected
from streams.core.events import occurred_ms
from streams.core.facts import Journey, edition_of
from streams.core.fold import LOG_APPEND_TIME, fold
from streams.core.memory import journeys_of
from streams.core.pseudonym import Key
from streams.core.restated import as_told_last
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.core.stay import Stay
from streams.core.waiting import Ended

LOST: Final = "lost"
_DAY_MS: Final = 86_400_000


class Stayed(NamedTuple):
    """One stay in a line of the configuration. Instants in epoch ms."""

    line: str
    ended: Ended


class _Record(NamedTuple):
    """One event, as if the broker had taken it when it happened."""

    offset: int
    timestamp: int
    value: bytes
    timestamp_type: int = LOG_APPEND_TIME


class Stays:
    """The stays of a file. A state of its own, which nobody else sees."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._state = PartitionState(rules)
        self._known: dict[Key, list[Stayed]] = {}  # of the journeys that may still change
        self.events = 0
        self.no_events = 0

    def take(self, lines: Iterable[bytes | None]) -> Iterator[Stayed]:
        """Takes some events, in order; answers the stays of which nothing more can come. None is no event."""
        for _, some in groupby(self._records(lines), key=lambda record: record.timestamp // _DAY_MS):
            changes = fold(self._state, some)  # a day at most, so that nothing is forgotten that was never looked at
            for key in changes.forgotten:
                yield from self._known.pop(key, ())
            for key, journey in changes.journeys.items():
                self._known[key] = [*self._of(journey)]

    def rest(self) -> Iterator[Stayed]:
        """The others, when all is taken."""
        for stays in self._known.values():
            yield from stays
        self._known = {}

    def _records(self, lines: Iterable[bytes | None]) -> Iterator[_Record]:
        for line in lines:
            decoded = self._state.decode(line)
            event = decoded.event if isinstance(decoded, Newer) else decoded
            at = None if isinstance(event, Rejected) else occurred_ms(event.occurred_at)
            if at is None or line is None:
                self.no_events += 1
                continue
            self.events += 1
            yield _Record(self.events, at, line)

    def _of(self, known: Journey) -> Iterator[Stayed]:
        definitions = self._rules.definitions
        for journey in journeys_of(known, definitions):
            told = told_by(as_told_last(journey, definitions), edition_of(journey, definitions), self._rules)
            for stay in told.stays:
                line = self._rules.shown_as(stay.line, stay.entered)
                if line is not None:
                    yield Stayed(line, self._ended(stay))

    def _ended(self, stay: Stay) -> Ended:
        """How it ended; of whom nobody told that, he is presumed lost, as in the figures."""
        when, how = stay.exit
        if how:
            return Ended(stay.entered, when, how)
        return Ended(stay.entered, self._rules.definitions.lost_at(stay.entered, stay.line), LOST)
