"""Who has left lately: a source's count may be of a moment when some who have left since were still waiting.

An index of the journeys, made when somebody looks: a batch only leaves the keys that it touched. May import: standard
library, the core.
"""

from bisect import insort
from collections.abc import Collection, Mapping

from streams.core.contribution import exits_of
from streams.core.facts import Journey
from streams.core.pseudonym import Key
from streams.core.rules import Rules
from streams.core.waiting import Ended

_LEAST = 1000  # touches that are not worth looking through
_TIMES = 8  # a journey may be noted so often, on average, before it is only once
_STEP_MS = 60_000  # by which the oldest of lately goes on: a line does not change each time that one ages out


class Lately:
    """The exits told of the last `Rules.lately_ms` behind the watermark; it holds nothing that the journeys do not."""

    def __init__(self) -> None:
        self._touched: list[tuple[int, list[Key]]] = []  # since somebody looked: a batch's watermark, and its journeys
        self._touches = 0  # how many these are
        self._most = _LEAST  # of them, before those that cannot matter are let go of
        self._ended: dict[Key, list[tuple[str, Ended]]] = {}
        self._by_line: dict[str, list[Ended]] = {}
        self._floor: int | None = None  # of what `_by_line` has

    def touch(self, keys: Collection[Key], journeys: int, watermark: int, rules: Rules) -> None:
        """Notes the journeys that a batch touched; `journeys` is how many there are in all."""
        self._touched.append((watermark, list(keys)))
        self._touches += len(keys)
        if self._touches > self._most:
            self._let_go(journeys, watermark, rules)

    def _let_go(self, journeys: int, watermark: int, rules: Rules) -> None:
        """While nobody looks: what was touched long ago has no exit of lately, and more than once is no more."""
        floor = oldest(watermark, rules) - rules.future_ms
        self._touched = [(at, keys) for at, keys in self._touched if at > floor]
        if sum(len(keys) for _, keys in self._touched) > _TIMES * journeys:
            self._touched = [(watermark, list(self._keys()))]
        self._touches = sum(len(keys) for _, keys in self._touched)
        self._most = max(_LEAST, 2 * self._touches)

    def _keys(self) -> set[Key]:
        return {key for _, keys in self._touched for key in keys}

    def let_go(self) -> None:
        """Of all that was noted: it is of long ago."""
        self._touched, self._touches, self._ended, self._by_line, self._floor = [], 0, {}, {}, None

    def by_line(self, journeys: Mapping[Key, Journey], watermark: int, rules: Rules) -> dict[str, list[Ended]]:
        """Whose stays ended lately, by line, in rising order."""
        floor = oldest(watermark, rules)
        for key in self._keys():
            journey = journeys.get(key)
            self._note(key, [] if journey is None else exits(journey, floor, rules))
        self._touched, self._touches = [], 0
        if floor != self._floor:
            self._floor = floor
            self._age()
        return self._by_line

    def _note(self, key: Key, told: list[tuple[str, Ended]]) -> None:
        for line, ended in self._ended.get(key, ()):
            self._by_line[line].remove(ended)
        for line, ended in told:
            insort(self._by_line.setdefault(line, []), ended)
        self._ended[key] = told

    def _age(self) -> None:
        """Lets go of what is not of lately any more."""
        floor = self._floor or 0
        young = ((key, [(line, of) for line, of in told if of.left > floor]) for key, told in self._ended.items())
        self._ended, self._by_line = {key: told for key, told in young if told}, {}
        for told in self._ended.values():
            for line, ended in told:
                self._by_line.setdefault(line, []).append(ended)
        for of_line in self._by_line.values():
            of_line.sort()


def oldest(watermark: int, rules: Rules) -> int:
    """The instant after which an exit is of lately."""
    return (watermark - rules.lately_ms - rules.skew_ms) // _STEP_MS * _STEP_MS


def exits(journey: Journey, floor: int, rules: Rules) -> list[tuple[str, Ended]]:
    """Its stays that ended after an instant, by line."""
    if journey.newest <= floor:
        return []
    found = exits_of(journey, rules)
    return [(line, Ended(entered, left, how)) for line, entered, (left, how) in found if left > floor]
