"""One queue as it goes: who waits in it, and how fast they are answered and give up. May import: standard library."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from math import log
from typing import Final, NamedTuple

MOST_WAITING: Final = 5_000  # of one queue; of more the newest are known
SLACK_MS: Final = 60_000  # a place is kept while an offer is missed, and may be overtaken for so long
ANSWERED: Final = "answered"  # a name from `measures.EXITS`
_LARGEST: Final = 1e24  # ms², of any day; what is no number is not below it
_LN_2: Final = log(2)


class Ended(NamedTuple):
    """One stay that is over. Instants in epoch ms."""

    entered: int
    left: int
    how: str  # a name from `measures.EXITS`

    @property
    def wait_ms(self) -> int:
        """How long it was."""
        return max(0, self.left - self.entered)

    @property
    def is_answered(self) -> bool:
        """Whether a person answered."""
        return self.how == ANSWERED


class Waiting:
    """Who waits in one queue, by when each entered.

    Who was overtaken by far does not count: an end that was never told would else be the first in line for hours.
    """

    def __init__(self) -> None:
        self._entered: list[int] = []  # rising
        self._overtaken_before = 0

    def come(self, entered: int) -> None:
        """Somebody entered."""
        insort(self._entered, entered)
        if len(self._entered) > MOST_WAITING:
            del self._entered[0]

    def go(self, entered: int) -> None:
        """Somebody who entered then is gone; nothing where nobody is known."""
        place = bisect_left(self._entered, entered)
        if place < len(self._entered) and self._entered[place] == entered:
            del self._entered[place]

    def answered(self, ended: Ended) -> None:
        """Somebody was answered: whoever entered long before is overtaken."""
        self._overtaken_before = max(self._overtaken_before, ended.entered - max(SLACK_MS, ended.wait_ms // 2))

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self._entered) - bisect_left(self._entered, self._overtaken_before)

    def before(self, entered: int) -> int:
        """How many of them entered before an instant."""
        return max(0, bisect_left(self._entered, entered) - bisect_left(self._entered, self._overtaken_before))

    def places(self, shares: Iterable[float]) -> list[int]:
        """When those entered who are at these places: 0 is the first, a half the middle one; each once."""
        first, count = bisect_left(self._entered, self._overtaken_before), self.count
        found = (self._entered[first + int(share * count)] for share in shares if count)
        return list(dict.fromkeys(found))

    @property
    def first(self) -> int | None:
        """When the first in line entered."""
        place = bisect_left(self._entered, self._overtaken_before)
        return self._entered[place] if place < len(self._entered) else None


def are_sums(numbers: Iterable[float]) -> bool:
    """Whether one can go on with all of them: what was kept elsewhere may be anything."""
    return all(abs(number) < _LARGEST for number in numbers)


def kept_after(ms: int, half_life_ms: int) -> float:
    """How much of a sum of lately still weighs after a while."""
    kept: float = 0.5 ** (ms / half_life_ms)
    return kept


class Rates(NamedTuple):
    """Sums of lately, what is older weighing less: half after each half-life. Of several queues they are added up."""

    clock_ms: float = 0.0
    busy_ms: float = 0.0  # in which somebody waited
    waited_ms: float = 0.0  # by all who waited, together
    answered: float = 0.0
    abandoned: float = 0.0

    def later(self, ms: int, half_life_ms: int, waiting: int) -> "Rates":
        """The same a while later, in which so many waited."""
        if ms <= 0:
            return self
        kept = kept_after(ms, half_life_ms)
        new = (1 - kept) * half_life_ms / _LN_2
        return Rates(
            self.clock_ms * kept + new,
            self.busy_ms * kept + (new if waiting else 0.0),
            self.waited_ms * kept + new * waiting,
            self.answered * kept,
            self.abandoned * kept,
        )

    def with_one(self, how: str) -> "Rates":
        """With one stay more that ended so."""
        if how == ANSWERED:
            return self._replace(answered=self.answered + 1)
        return self._replace(abandoned=self.abandoned + 1) if how == "abandoned" else self

    @property
    def answers_per_ms(self) -> float:
        """While somebody waits: what all advisers together can do. At first as if one were answered in 50 s."""
        while_busy = (self.answered + 0.2) / (self.busy_ms + 10_000)
        at_least = self.answered / (self.clock_ms + 60_000)
        return max(while_busy, at_least)

    @property
    def patience_ms(self) -> float:
        """How long one waits on average until one gives up. At first as if it were half an hour and a little."""
        return (self.waited_ms + 1_000_000) / (self.abandoned + 0.5)


NO_RATES: Final = Rates()


def together(some: Iterable[Rates]) -> Rates:
    """Of queues that are one line: what happened is added up, and time is the same for all."""
    clocks, busy, waited, answered, abandoned = zip(*some, strict=True)
    return Rates(max(clocks), max(busy), sum(waited), sum(answered), sum(abandoned))


def time_until_first_ms(ahead: int, rates: Rates) -> float:
    """How long it takes until so many are gone who are ahead: they are answered, and each may give up first.

    The sum of 1 / (answers + k x giving up) for k from 1 to `ahead`, as an integral: QLm of R. Ibrahim and W. Whitt,
    Real-time delay estimation in overloaded multiserver queues with abandonments (Management Science 55, 2009).
    """
    patience = rates.patience_ms
    return patience * log(1 + ahead / (patience * rates.answers_per_ms))
