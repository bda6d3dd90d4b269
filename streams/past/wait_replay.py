"""Stays of the past gone through as they happened: what would have been foretold of each wait, and what then came.

At each entry while the queue is open a forecast is made of what was known just before; who enters in the same instant
is not known. What was told late or corrected afterwards is taken as it was told in the end. May import: the core, the
stays.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from streams.core.expected_wait import Came, Expected, ExpectedWaits, Judged, Went
from streams.core.wait_estimators import ESTIMATORS, Guesses, Textbooks
from streams.core.wait_score import NO_SCORE, WAITED_MS, Score, scored
from streams.past.stays import Stayed

OURS: Final = "svartid"
METHODS: Final = (OURS, *ESTIMATORS)


class Foretold(NamedTuple):
    """One stay, with what was foretold when it began."""

    judged: Judged
    guesses: Guesses

    @property
    def is_compared(self) -> bool:
        """Whether it was answered, and every method said something."""
        return self.judged.is_scored and len(self.guesses) == len(ESTIMATORS)


class Scores(NamedTuple):
    """By method: of all that every one of them foretold, and of those who had to wait."""

    of_all: Mapping[str, Score]
    of_waited: Mapping[str, Score]

    def __add__(self, other: "Scores") -> "Scores":  # type: ignore[override]  # sums, not a longer tuple
        """Together."""
        return Scores(_added(self.of_all, other.of_all), _added(self.of_waited, other.of_waited))


def _added(one: Mapping[str, Score], other: Mapping[str, Score]) -> Mapping[str, Score]:
    return {name: one[name] + other[name] for name in METHODS}


NOTHING: Final = Scores(*({name: Score() for name in METHODS} for _ in range(2)))


def replay(
    stays: Iterable[Stayed], is_open: Callable[[str, int], bool], day_of: Callable[[int], int]
) -> Iterator[Foretold]:
    """Each stay, when it is over."""
    entries: dict[int, list[Came]] = defaultdict(list)
    exits: dict[int, list[Went]] = defaultdict(list)
    for line, ended in stays:
        left = max(ended.left, ended.entered)  # a clock that was wrong
        entries[ended.entered].append(Came(line, ended.entered))
        exits[left].append(Went(line, ended._replace(left=left)))
    ours, textbooks = ExpectedWaits(is_open, day_of), Textbooks(day_of)
    for now_ms in sorted(entries.keys() | exits.keys()):
        came, went = sorted(entries.pop(now_ms, ())), sorted(exits.pop(now_ms, ()))
        guesses = textbooks.take([(one.line, one.entered) for one in came], went)
        yield from (Foretold(*of) for of in zip(ours.take(came, went), guesses, strict=True))


def scores(foretold: Iterable[Foretold]) -> Scores:
    """Of those that can be compared."""
    every: dict[str, list[Score]] = {name: [] for name in METHODS}
    waited: dict[str, list[Score]] = {name: [] for name in METHODS}
    for one in foretold:
        if one.is_compared:
            for name, score in _each(one):
                every[name].append(score)
                if one.judged.ended.wait_ms > WAITED_MS:
                    waited[name].append(score)
    return Scores(_together(every), _together(waited))


def _together(of: Mapping[str, list[Score]]) -> Mapping[str, Score]:
    return {name: sum(some, NO_SCORE) for name, some in of.items()}


def _each(one: Foretold) -> Iterator[tuple[str, Score]]:
    said, wait_ms = one.judged.foretold, one.judged.ended.wait_ms
    assert isinstance(said, Expected)
    yield OURS, scored(wait_ms, said.likely_ms, said.low_ms, said.high_ms)
    for name, guess_ms in one.guesses.items():
        yield name, scored(wait_ms, guess_ms)


def by_queue_and_day(foretold: Iterable[Foretold]) -> Mapping[tuple[str, int], Scores]:
    """By line and day."""
    found: dict[tuple[str, int], list[Foretold]] = defaultdict(list)
    for one in foretold:
        found[one.judged.line, one.judged.day].append(one)
    return {key: scores(of) for key, of in sorted(found.items())}
