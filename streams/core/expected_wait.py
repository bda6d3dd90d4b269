"""How long somebody who joins a queue now is likely to wait, and who has waited for a while already, as a band.

1. *Who is ahead.* Queues whose answered come in step are one line to the advisers (`in_step`): all who wait there.
2. *How fast they go.* Of lately, by sums that halve in ten minutes: how many were answered while somebody waited, and
   how long one waits until one gives up. So many ahead are gone after `time_until_first_ms`.
3. *What is wrong with that here.* Each queue's mean error of lately is added, apart for when somebody waits and when
   nobody does (then it is how long a phone rings).
4. *How sure that is.* `wait_bands`.

All of it is sums, and who waits: nothing is stored, and no figure is made of it. It is exact for the order of facts
within one call of `take`, which goes by their instants; those of one instant are all foretold before any is counted.
The definition, and how good it is, are in streams/MEASURES.md, *Expected wait*. May import: standard library, the core.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, groupby
from typing import Final, Literal, NamedTuple

from streams.core.in_step import InStep, Pairs
from streams.core.wait_bands import LEVELS_MS, Sides, level_of, spread_ms
from streams.core.waiting import (
    ANSWERED,
    MOST_WAITING,
    NO_RATES,
    Ended,
    Rates,
    Waiting,
    are_sums,
    kept_after,
    time_until_first_ms,
    together,
)

Reason = Literal["closed", "stale", "rebuilding", "too few", "too many", "changing too fast"]

HALF_LIFE_MS: Final = 600_000
QUICK_MS: Final = 150_000  # the half-life by which it is seen that all is changing
LEAST_ANSWERS: Final = 1.0  # of lately, by weight: of fewer nothing is said
LATE_MS: Final = 10_000  # of what is told later than so nothing is foretold or learned
LEAST_CHANGE_MS: Final = 300_000  # by which the quick and the slow differ at least where it is too fast
ERROR_KEPT: Final = 0.995  # of an error's weight, at each answer
AS_IF_RIGHT: Final = 20.0  # answers without an error, to begin with
_CLOSE_MS: Final = 500  # to which several bands are made one
_KEPT_MS: Final = 3_600_000  # for so long what is of lately is of use to who goes on
_LOOKED_MS: Final = 30_000  # how long it stands which queues are in step


class Expected(NamedTuple):
    """A wait from the entry on, in ms: 80 of 100 are from `low_ms` to `high_ms`."""

    low_ms: int
    likely_ms: int
    high_ms: int


class Withheld(NamedTuple):
    """Nothing can be said, and why. Never a default."""

    reason: Reason


class Judged(NamedTuple):
    """A forecast that was made when somebody entered, and what came of it; beside it the plain mean of then: how long
    those waited who were answered lately, in all that is one line with it. None where nobody was.
    """

    line: str
    day: int
    foretold: Expected | Withheld
    ended: Ended
    plain_ms: float | None = None

    @property
    def is_scored(self) -> bool:
        """Whether it was answered: how long the others would have waited nobody knows."""
        return self.ended.is_answered and isinstance(self.foretold, Expected)


class Came(NamedTuple):
    """Somebody entered a line, at an instant in epoch ms. Of whom it was told late no forecast is made: it would know
    what came after.
    """

    line: str
    entered: int
    is_told_late: bool = False


class Went(NamedTuple):
    """Somebody's stay in a line is over."""

    line: str
    ended: Ended


class _Foretold(NamedTuple):
    """What is remembered of a forecast until the stay is over."""

    said: Expected | Withheld
    day: int
    by_queue_ms: float  # before anything learned was added
    likely_ms: float
    spread_ms: float
    was_busy: bool
    level: int
    plain_ms: float | None


class Error(NamedTuple):
    """The mean error of lately, as sums: long waits weigh less, as they are wrong by more."""

    error_ms: float = 0.0
    weight: float = 0.0

    def learned(self, error_ms: float, weight: float) -> "Error":
        """With one answer more."""
        return Error(self.error_ms * ERROR_KEPT + error_ms * weight, self.weight * ERROR_KEPT + weight)

    def mean_ms(self, weight: float) -> float:
        """At an expected wait of this weight; at first as if nothing had been wrong."""
        return self.error_ms / (self.weight + AS_IF_RIGHT * weight)


def _weight(by_queue_ms: float) -> float:
    return 1 / (10_000 + 0.1 * by_queue_ms) ** 2


@dataclass(slots=True)
class Learned:
    """What is known of one queue but for who waits there: sums, kept while nobody estimates."""

    at: int | None = None  # up to which instant they go (epoch ms)
    rates: Rates = NO_RATES
    quick: Rates = NO_RATES
    came: Rates = NO_RATES  # `answered` counts who came: how much of a group's is this queue's
    answered_ms: float = 0.0  # the waits of those who were answered, fading as `rates` does
    errors: list[Error] = field(default_factory=lambda: [Error(), Error()])  # while nobody waits, and while one does
    sides: list[Sides] = field(default_factory=lambda: [Sides() for _ in range(len(LEVELS_MS) + 1)])  # by level

    def go_on_to(self, now_ms: int, waiting: int) -> None:
        """While so many waited."""
        ms = 0 if self.at is None else now_ms - self.at
        self.rates = self.rates.later(ms, HALF_LIFE_MS, waiting)
        self.quick = self.quick.later(ms, QUICK_MS, waiting)
        self.came = self.came.later(ms, HALF_LIFE_MS, waiting)
        self.answered_ms *= kept_after(ms, HALF_LIFE_MS)
        self.at = now_ms

    def forget_lately(self) -> None:
        """All that is of lately; how wrong it has been stays."""
        self.rates = self.quick = self.came = NO_RATES
        self.answered_ms = 0.0

    @property
    def is_sound(self) -> bool:
        """Whether it is what this build keeps."""
        numbers = (*self.rates, *self.quick, *self.came, self.answered_ms, *chain(*self.errors), *chain(*self.sides))
        is_whole = (len(self.errors), len(self.sides)) == (2, len(LEVELS_MS) + 1)
        return is_whole and are_sums(numbers)

    def ended(self, ended: Ended) -> None:
        """A stay is over."""
        self.rates, self.quick = self.rates.with_one(ended.how), self.quick.with_one(ended.how)
        if ended.is_answered:
            self.answered_ms += ended.wait_ms


class Memory(NamedTuple):
    """All that is kept, by line, and by channel which lines are in step."""

    lines: dict[str, Learned]
    in_step: dict[str, Pairs]

    @property
    def is_sound(self) -> bool:
        """Whether it is what this build keeps."""
        return all(learned.is_sound for learned in self.lines.values())


NO_MEMORY: Final = Memory({}, {})


@dataclass(slots=True)
class _Line:
    """One queue: who waits, what is known of it, and what was foretold of those who wait."""

    waiting: Waiting = field(default_factory=Waiting)
    learned: Learned = field(default_factory=Learned)
    foretold: dict[int, tuple[_Foretold, int]] = field(default_factory=dict)  # by entry, and of how many
    looked_at: int | None = None
    in_step: Sequence[str] = ()

    def go_on_to(self, now_ms: int) -> None:
        if self.learned.at is None or now_ms > self.learned.at:
            self.learned.go_on_to(now_ms, self.waiting.count)


class ExpectedWaits:
    """The expected waits of all lines, one process's own memory.

    Bounded: of each line `MOST_WAITING` who wait, with a forecast each, and some 40 numbers; of each channel three
    numbers for each two of `MOST_QUEUES` lines.
    """

    def __init__(
        self, is_open: Callable[[str, int], bool], day_of: Callable[[int], int], late_ms: int = LATE_MS
    ) -> None:
        """`is_open` says whether a line is open at an instant, `day_of` which day an instant is of. A stay of which the
        end is told `late_ms` after the line has gone on ends, and nothing is learned of it: it is of a time of which
        the sums have faded.
        """
        self._is_open, self._day_of, self._late_ms = is_open, day_of, late_ms
        self._began: int | None = None
        self._lines: dict[str, _Line] = defaultdict(lambda: _Line(learned=Learned(self._began)))
        self._in_step: dict[str, InStep] = defaultdict(InStep)

    def take(self, came: Iterable[Came], went: Iterable[Went]) -> list[Judged]:
        """Takes what was told since, in whatever order; answers the forecasts of those whose stay is over."""
        return [*self._take(came, went)]

    def _take(self, came: Iterable[Came], went: Iterable[Went]) -> Iterator[Judged]:
        entries = (((one.entered, 0), one) for one in sorted(came, key=lambda one: (one.entered, one.line)))
        exits = (((one.ended.left, 1), one) for one in sorted(went, key=lambda one: (one.ended.left, one)))
        in_order = merge(entries, exits, key=lambda told: told[0])
        for _, told in groupby(in_order, key=lambda told: told[0][0]):
            facts = [fact for _, fact in told]
            comes = [fact for fact in facts if isinstance(fact, Came)]
            for one, foretold in [(one, self._foretold_of(one)) for one in comes]:
                self._come(one, foretold)
            yield from (self._go(fact) for fact in facts if isinstance(fact, Went))

    def expect(
        self, line: str, now_ms: int, waited_ms: int | None = None, *, withheld: Reason | None = None
    ) -> Expected | Withheld:
        """For somebody who joins the line now, or has waited in it for so long. `withheld`: what the caller knows."""
        if withheld is not None:
            return Withheld(withheld)
        if waited_ms is None:
            return self._foretell(line, now_ms).said
        return self._for_who_waits(line, now_ms, waited_ms)

    def of_group(self, said: Mapping[str, Expected | Withheld], now_ms: int) -> Expected | Withheld:
        """For somebody who joins any of a group's lines, by what is said of each, and how many came to it lately."""
        found = [(self._came_to(line, now_ms), of) for line, of in said.items()]
        known = [(weight, of) for weight, of in found if isinstance(of, Expected) and weight]
        unknown = [(weight, of.reason) for weight, of in found if isinstance(of, Withheld)]
        if not known or sum(weight for weight, _ in unknown) > sum(weight for weight, _ in known):
            return Withheld(max(unknown)[1] if unknown else "too few")
        return _mixed(known)

    def places(self, line: str, shares: Iterable[float]) -> list[int]:
        """When those entered (epoch ms) who are at these places of who waits in a line: 0 is the first; each once."""
        return self._lines[line].waiting.places(shares)

    def in_step_with(self, line: str) -> Sequence[str]:
        """The lines that are one with it to the advisers, itself first, as was found last."""
        return self._lines[line].in_step or (line,)

    def keep(self, lines: Collection[str]) -> None:
        """Lets go of all lines but these."""
        for line in self._lines.keys() - lines:
            del self._lines[line]
        for of in self._in_step.values():
            of.keep(lines)

    def pass_over(self, channel: str, until: int) -> None:
        """Of the time until an instant nothing is known in a channel, and so nothing fades in it."""
        for line, of in self._lines.items():
            if _channel(line) == channel:
                of.learned.at = until

    def memory(self, now_ms: int, unknown: Collection[str] = ()) -> Memory:
        """What can be kept of it, as of an instant: all but who waits. In channels of which nothing is known now
        nothing fades.
        """
        for line, of in self._lines.items():
            if _channel(line) not in unknown:
                of.go_on_to(now_ms)
        learned = {line: of.learned for line, of in self._lines.items()}
        return Memory(learned, {channel: of.pairs for channel, of in self._in_step.items()})

    def begin(self, at: int, memory: Memory) -> None:
        """With what was kept. Of the time until `at` (epoch ms) nothing is known, and so nothing fades in it."""
        self._began = at
        for line, learned in memory.lines.items():
            if learned.at is None or at - learned.at > _KEPT_MS:
                learned.forget_lately()
            learned.at = at
            self._lines[line].learned = learned
        for channel, pairs in memory.in_step.items():
            self._in_step[channel].go_on_with(pairs)

    def _came_to(self, line: str, now_ms: int) -> float:
        of = self._lines[line].learned if line in self._lines else None
        return 0.0 if of is None else of.came.later(now_ms - (of.at or now_ms), HALF_LIFE_MS, 0).answered

    def _one_line(self, line: str, now_ms: int) -> list[_Line]:
        """All that are in step with it, as of now."""
        of = self._lines[line]
        if of.looked_at is None or not 0 <= now_ms - of.looked_at < _LOOKED_MS:
            of.looked_at, of.in_step = now_ms, self._in_step[_channel(line)].with_line(line)
        found = [self._lines[name] for name in of.in_step]
        for one in found:
            one.go_on_to(now_ms)
        return found

    def _foretell(self, line: str, now_ms: int) -> _Foretold:
        """For somebody who joins now."""
        of, all_of_it, day = self._lines[line], self._one_line(line, now_ms), self._day_of(now_ms)
        ahead = sum(one.waiting.count for one in all_of_it)
        rates = together([one.learned.rates for one in all_of_it])
        by_queue_ms = time_until_first_ms(ahead, rates)
        likely_ms = max(0.0, by_queue_ms + of.learned.errors[ahead > 0].mean_ms(_weight(by_queue_ms)))
        spread = spread_ms(likely_ms, ahead, rates.answered, likely_ms - _first_ms(all_of_it, now_ms))
        level, answered_ms = level_of(likely_ms), sum(one.learned.answered_ms for one in all_of_it)
        plain_ms = answered_ms / rates.answered if rates.answered else None
        said = self._reason(line, now_ms, all_of_it, ahead, rates) or _band(likely_ms, of.learned.sides[level], spread)
        return _Foretold(said, day, by_queue_ms, likely_ms, spread, ahead > 0, level, plain_ms)

    def _for_who_waits(self, line: str, now_ms: int, waited_ms: int) -> Expected | Withheld:
        """What is left, added to what was waited for: of those ahead who entered before."""
        of, all_of_it = self._lines[line], self._one_line(line, now_ms)
        ahead = sum(one.waiting.before(now_ms - waited_ms) for one in all_of_it)
        rates = together([one.learned.rates for one in all_of_it])
        if reason := self._reason(line, now_ms, all_of_it, ahead, rates):
            return reason
        by_queue_ms = time_until_first_ms(ahead, rates)
        left_ms = max(0.0, by_queue_ms + of.learned.errors[True].mean_ms(_weight(by_queue_ms)))
        spread = spread_ms(left_ms, ahead, rates.answered, waited_ms + left_ms - _first_ms(all_of_it, now_ms))
        left = _band(left_ms, of.learned.sides[level_of(left_ms)], spread)
        return Expected(*(waited_ms + ms for ms in left))

    def _reason(self, line: str, now_ms: int, all_of_it: Sequence[_Line], ahead: int, rates: Rates) -> Withheld | None:
        if not self._is_open(line, now_ms):
            return Withheld("closed")
        if rates.answered < LEAST_ANSWERS:
            return Withheld("too few")
        slow = time_until_first_ms(ahead, rates)
        quick = time_until_first_ms(ahead, together([one.learned.quick for one in all_of_it]))
        if abs(quick - slow) > max(LEAST_CHANGE_MS, min(quick, slow)):
            return Withheld("changing too fast")
        return None

    def _foretold_of(self, one: Came) -> _Foretold | None:
        return None if one.is_told_late else self._foretell(one.line, one.entered)

    def _come(self, one: Came, foretold: _Foretold | None) -> None:
        of = self._lines[one.line]
        of.go_on_to(one.entered)
        of.waiting.come(one.entered)
        of.learned.came = of.learned.came.with_one(ANSWERED)
        if foretold is None:
            return
        first, times = of.foretold.get(one.entered, (foretold, 0))
        of.foretold[one.entered] = first, times + 1
        if len(of.foretold) > MOST_WAITING:
            del of.foretold[next(iter(of.foretold))]

    def _go(self, one: Went) -> Judged:
        of, ended = self._lines[one.line], one.ended
        is_late = of.learned.at is not None and of.learned.at - ended.left > self._late_ms
        of.go_on_to(ended.left)
        of.waiting.go(ended.entered)
        if not is_late:
            of.learned.ended(ended)
        foretold, times = of.foretold.pop(ended.entered, (None, 0))
        if foretold is not None and times > 1:
            of.foretold[ended.entered] = foretold, times - 1
        if ended.is_answered and not is_late:
            self._learn(one.line, of, ended, foretold)
        if foretold is None:
            return Judged(one.line, self._day_of(ended.entered), Withheld("too few"), ended)
        return Judged(one.line, foretold.day, foretold.said, ended, foretold.plain_ms)

    def _learn(self, line: str, of: _Line, ended: Ended, foretold: _Foretold | None) -> None:
        of.waiting.answered(ended)
        self._in_step[_channel(line)].answered(line, ended)
        if foretold is None or foretold.said == Withheld("closed"):
            return
        busy, weight = foretold.was_busy, _weight(foretold.by_queue_ms)
        of.learned.errors[busy] = of.learned.errors[busy].learned(ended.wait_ms - foretold.by_queue_ms, weight)
        by = (ended.wait_ms - foretold.likely_ms) / foretold.spread_ms
        of.learned.sides[foretold.level] = of.learned.sides[foretold.level].learned(by)


def _channel(line: str) -> str:
    return line.partition("/")[0]


def _first_ms(all_of_it: Iterable[_Line], now_ms: int) -> int:
    """How long the first in line has waited."""
    return max((0, *(now_ms - first for one in all_of_it if (first := one.waiting.first) is not None)))


def _band(likely_ms: float, sides: Sides, spread: float) -> Expected:
    low, high = likely_ms + sides.low * spread, likely_ms + sides.high * spread
    likely = round(likely_ms)
    return Expected(max(0, min(likely, round(low))), likely, max(likely, round(high)))


def _mixed(several: Sequence[tuple[float, Expected]]) -> Expected:
    """Several bands as one: of all who come to any of them."""
    bands: dict[Expected, float] = defaultdict(float)  # lines in step have the same, mostly
    for weight, of in several:
        bands[of] += weight
    whole, known = sum(bands.values()), [(weight, of) for of, weight in bands.items()]
    least, most = min(of.low_ms for of in bands), max(of.high_ms for of in bands)

    def at(share: float) -> int:
        low, high = float(least), float(most)
        while high - low > _CLOSE_MS:
            middle = (low + high) / 2
            if sum(weight * _share_below(of, middle) for weight, of in known) < share * whole:
                low = middle
            else:
                high = middle
        return round(high)

    return Expected(at(0.1), at(0.5), at(0.9))


def _share_below(of: Expected, ms: float) -> float:
    """How many of 1 wait for less: a tenth up to the band, four tenths up to what is likely, and so on."""
    if ms <= of.likely_ms:
        return max(0.0, 0.5 - 0.4 * (of.likely_ms - ms) / max(1, of.likely_ms - of.low_ms))
    return min(1.0, 0.5 + 0.4 * (ms - of.likely_ms) / max(1, of.high_ms - of.likely_ms))
