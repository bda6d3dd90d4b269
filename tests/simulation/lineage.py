"""What a partition's figures rest on: of which log they are, and which of its offsets were never counted.

Found from what was accepted, not from what a worker says: a batch counts all that the log had there; a beginning, and
what is passed over, count nothing; what is restored rests on what its checkpoint did.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.ingest.upgrading import upgraded
from tests.events import Record
from tests.simulation.log import Log


@dataclass(frozen=True)
class Lineage:
    """What one partition's state rests on."""

    version: int  # of the log: how often the topic had been made anew
    began: int
    gaps: tuple[tuple[int, int], ...] = ()  # what was let go of before it was counted
    mixed: bool = False  # records of two logs are in it: a worker did not know yet
    is_as_before: bool = False  # it is a state of the version before
    upgraded_at: int | None = None  # the offset at which it was brought to today's; None: it always was

    @property
    def lost(self) -> int:
        """How many offsets have to be told as lost."""
        return sum(until - since for since, until in self.gaps)

    def has(self, record: Record) -> bool:
        """Whether it is counted, once the state is beyond it."""
        return record.offset >= self.began and not any(since <= record.offset < to for since, to in self.gaps)


class Place(NamedTuple):
    """A state's own word on where it is; a checkpoint is known again by it."""

    name: str
    offset: int
    began: int
    lost: int


class Lineages:
    """Those of every partition, through all that befalls the store."""

    def __init__(self, log: Log, rules: Rules) -> None:
        self._log = log
        self.rules = rules
        self._past: dict[str, list[tuple[int, Lineage | None]]] = {name: [] for name in log.partitions}
        self._by_place: defaultdict[Place, list[Lineage]] = defaultdict(list)
        self._folded: dict[str, tuple[Lineage, PartitionState]] = {}

    def forget(self) -> None:
        """What was folded in one go, as it is to be folded by other rules."""
        self._folded.clear()

    def now(self, name: str) -> Lineage | None:
        """What the store holds of a partition rests on; None where it holds nothing."""
        return self._past[name][-1][1] if self._past[name] else None

    def set(self, name: str, lineage: Lineage | None, writes: int) -> None:
        """From the nth write of the store's on."""
        self._past[name].append((writes, lineage))

    def went_back(self, writes: int) -> None:
        """The store has only its first writes."""
        for past in self._past.values():
            while past and past[-1][0] > writes:
                past.pop()

    def note(self, place: Place, lineage: Lineage) -> None:
        """A checkpoint may be made of this."""
        if lineage not in self._by_place[place]:
            self._by_place[place].append(lineage)

    def at(self, place: Place) -> list[Lineage]:
        """Those that a checkpoint of this place may have, the latest first."""
        return self._by_place[place][::-1]

    def records(self, name: str, lineage: Lineage | None, offset: int) -> list[Record]:
        """What is counted in a state of this lineage at an offset."""
        if lineage is None:
            return []
        return [record for record in self._log.until(name, offset, lineage.version) if lineage.has(record)]

    def is_state_of(self, state: PartitionState, name: str, lineage: Lineage, offset: int) -> bool:
        """Whether a state is that at an offset; of what is under two keys all that it says, else every bit of it."""
        expected = self.folded(name, lineage, offset)
        if state.is_of_two_keys or state.rules.pseudonym_key != self.rules.pseudonym_key:
            return account(state) | {"offset": offset} == account(expected) | {"offset": offset}
        return state.hash() == expected.hash()

    def folded(self, name: str, lineage: Lineage, offset: int) -> PartitionState:
        """The same, folded in one go; and upgraded where it was."""
        before, state = self._folded.get(name, (None, None))
        if state is None or before != lineage or state.offset > offset:
            state = self._begun(name, lineage)
        self._folded[name] = lineage, state
        fold(state, [record for record in self.records(name, lineage, offset) if record.offset >= state.offset])
        return state

    def _begun(self, name: str, lineage: Lineage) -> PartitionState:
        if lineage.upgraded_at is None:
            return PartitionState(self.rules.of_version(BY_LINE) if lineage.is_as_before else self.rules)
        old = PartitionState(self.rules.of_version(BY_LINE))
        fold(old, self.records(name, lineage, lineage.upgraded_at))
        old.offset = lineage.upgraded_at  # also where the last offsets are markers
        return upgraded(old, self.rules)
