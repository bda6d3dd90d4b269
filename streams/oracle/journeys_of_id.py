"""The journeys that one id stands for, one after the other, and for how long each is remembered.

In edition 3 an id may be used again after all that it stood for was over: what comes long enough after the fact
before it is of another journey. In editions 1 and 2 an id is one journey.
May import: standard library.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from streams.oracle.definitions import Definitions
from streams.oracle.facts import LETTERS, SURVEYS, Fact, edition_of, is_kept
from streams.oracle.stays import FOREVER

SURVEYED_MS: Final = 7 * 24 * 3_600_000


class SoFar(NamedTuple):
    """What decides how long facts are remembered: the channels entered, whether a callback was asked for, and whether
    any is of a letter, or of a survey.
    """

    channels: frozenset[str] = frozenset()
    asked: bool = False
    written: bool = False
    surveyed: bool = False

    def then(self, told: Sequence[Fact]) -> "SoFar":
        """The same after these facts."""
        asked = any(fact.type == "callback.requested" for fact in told)
        written = any(fact.type in LETTERS for fact in told)
        surveyed = any(fact.type in SURVEYS for fact in told)
        return SoFar(
            self.channels | _channels(told), self.asked or asked, self.written or written, self.surveyed or surveyed
        )

    def memory_ms(self, by: int, definitions: Definitions) -> int:
        """The longest that there was by an instant, of all that holds here."""
        return max(self._memory_ms(of_its_time) for of_its_time in definitions.all_by(by))

    def _memory_ms(self, definitions: Definitions) -> int:
        lost = definitions.ghost_after_ms
        of_channels = [definitions.memory_ms.get(channel, lost) for channel in self.channels]
        of_letters = definitions.letter_lost_ms if self.written else lost
        of_surveys = SURVEYED_MS if self.surveyed else lost
        return max(lost, *of_channels, definitions.promise_lost_ms if self.asked else lost, of_letters, of_surveys)


@dataclass
class Journey:
    """The kept facts of one journey, in order of their instants."""

    facts: list[Fact] = field(default_factory=list)
    so_far: SoFar = field(default_factory=SoFar)
    over_at: float = FOREVER  # what B comes to when nothing more can be of it, as all that might be is late

    def goes_on(self, at: int, told: list[Fact], definitions: Definitions) -> None:
        """With all that is of one instant."""
        self.facts += told
        self.so_far = self.so_far.then(told)
        self.over_at = at + self.so_far.memory_ms(at, definitions)


def journeys_of(facts: Sequence[Fact], edition: int, definitions: Definitions) -> list[Journey]:
    """The journeys of an id, the earliest first. Till edition 3 it is one, which is over when it is forgotten."""
    kept = sorted(filter(is_kept, facts), key=attrgetter("at"))
    if edition < 3:
        return [Journey(kept)] if kept else []
    journeys: list[Journey] = []
    for at, of_instant in groupby(kept, key=attrgetter("at")):
        if not journeys or at >= journeys[-1].over_at:
            journeys.append(Journey())
        journeys[-1].goes_on(at, list(of_instant), definitions)
    if journeys:
        journeys[-1].over_at = FOREVER  # it is over with the id
    return journeys


def not_over(facts: Sequence[Fact], late_before: int, definitions: Definitions) -> list[Fact]:
    """The kept facts of an id's journeys that are not over: what takes room. What is over is so for good."""
    journeys = journeys_of(facts, edition_of(facts, definitions), definitions)
    return [fact for journey in journeys if late_before < journey.over_at for fact in journey.facts]


def are_forgotten(facts: Sequence[Fact], late_before: int, definitions: Definitions) -> bool:
    """Whether nothing is remembered of an id: its last journey decides, and when it was last heard of."""
    newest = max(fact.at for fact in facts)
    if late_before < newest:
        return False  # whatever the memory
    edition = edition_of(facts, definitions)
    if edition < 3:
        asked = any(fact.type == "callback.requested" for fact in facts)
        lost = max(known.longest_lost_after for known in definitions.all_by(newest))
        return late_before >= newest + max(lost, SoFar(asked=asked).memory_ms(newest, definitions))
    journeys = journeys_of(facts, edition, definitions)
    so_far = journeys[-1].so_far if journeys else SoFar()
    return late_before >= newest + so_far.memory_ms(newest, definitions)


def _channels(facts: Sequence[Fact]) -> frozenset[str]:
    """The channels entered. Of a visit's entries at one instant, the one with the first line is a fact."""
    lines: dict[tuple[str | None, int], str] = {}
    for fact in facts:
        if fact.type == "queue.entered":
            line = str(fact.line)
            lines[fact.visit, fact.at] = min(line, lines.get((fact.visit, fact.at), line))
    return frozenset(line.split("/")[0] for line in lines.values())
