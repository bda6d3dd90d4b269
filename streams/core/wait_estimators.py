"""The expected waits of textbooks and vendors, to hold ours against: each of one queue, from what is known of it alone.

- LES: the wait of the last to enter service. HOL: how long the head of the line has waited. (Ibrahim and Whitt,
  Real-time delay estimation based on delay history, M&SOM 11, 2009.)
- QL: how many wait and one more, times the mean time between answers. QLr: the same, times how many times as long as
  that those waited who were answered lately. QLm: with those who will give up. (The same authors, Management Science
  55, 2009; rates are of lately, as nobody tells how many advisers there are, or how patient who waits is.) Whoever
  finds nobody waiting is foretold 0: an adviser may be free.
- Puzzel: (the announcement before + the last answered wait) / 2, in whole minutes.
- The mean of the last half hour, of the day so far, and of the same half hour a week before (where nobody was answered
  then: of the day so far). (Webex, Genesys Cloud.)

Google's (handling time / advisers x place) needs the advisers, whom no event tells. May import: standard library, the
core.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from streams.core.waiting import NO_RATES, Ended, Rates, Waiting

LES: Final = "LES"
HOL: Final = "HOL"
QL: Final = "QL"
QLR: Final = "QLr"
QLM: Final = "QLm"
PUZZEL: Final = "Puzzel"
HALF_HOUR: Final = "last half hour"
DAY: Final = "day so far"
LAST_WEEK: Final = "last week"
ESTIMATORS: Final = (LES, HOL, QL, QLR, QLM, PUZZEL, HALF_HOUR, DAY, LAST_WEEK)

HALF_HOUR_MS: Final = 1_800_000
RATES_HALF_LIFE_MS: Final = 1_200_000
MOST_LATELY: Final = 5_000  # answers of the last half hour
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
MOST_HALF_HOURS: Final = 14 * _DAY_MS // HALF_HOUR_MS

Guesses = Mapping[str, float]  # by estimator, in ms; those that can say nothing yet are not there
NO_GUESSES: Final[Guesses] = {}


def qlm_ms(waiting: int, rates: Rates) -> float:
    """How long it takes until all who wait are gone, and one more is answered: of who waits each may give up."""
    return sum(1 / (rates.answers_per_ms + k / rates.patience_ms) for k in range(waiting + 1))


class Mean(NamedTuple):
    """Of waits, as a sum."""

    waits_ms: int = 0
    answered: int = 0

    def with_one(self, wait_ms: int) -> "Mean":
        """With one more."""
        return Mean(self.waits_ms + wait_ms, self.answered + 1)


NO_MEAN: Final = Mean()


@dataclass(slots=True)
class Textbook:
    """One queue, and what each of them says of it. Instants in epoch ms."""

    day_of: Callable[[int], int]
    waiting: Waiting = field(default_factory=Waiting)
    rates: Rates = NO_RATES
    at: int | None = None
    last: Ended | None = None
    announced_ms: int = 0
    lately: deque[tuple[Ended, int]] = field(default_factory=lambda: deque(maxlen=MOST_LATELY))  # and QL at entry
    lately_ms: int = 0
    behind_ms: int = 0  # of those of lately who found somebody waiting: their waits, together
    by_queue_ms: int = 0  # likewise, what QL said of them
    day: int = 0
    today: Mean = NO_MEAN
    half_hours: dict[tuple[int, int], Mean] = field(default_factory=dict)  # by day, and which of it; of two weeks

    def come(self, entered: int) -> None:
        """Somebody entered."""
        self._go_on_to(entered)
        self.waiting.come(entered)

    def go(self, ended: Ended, ql_ms: float | None) -> None:
        """A stay is over; `ql_ms` is what QL said when it began."""
        self._go_on_to(ended.left)
        self.waiting.go(ended.entered)
        self.rates = self.rates.with_one(ended.how)
        if not ended.is_answered:
            return
        wait_ms = ended.wait_ms
        self.waiting.answered(ended)
        self.last = ended
        self.announced_ms = round((self.announced_ms + wait_ms) / 2 / _MINUTE_MS) * _MINUTE_MS
        self._note_lately(ended, round(ql_ms or 0))
        day = self.day_of(ended.left)
        self.today = (self.today if day == self.day else NO_MEAN).with_one(wait_ms)
        self.day = day
        half_hour = self._half_hour(ended.entered)
        self.half_hours[half_hour] = self.half_hours.get(half_hour, NO_MEAN).with_one(wait_ms)
        while len(self.half_hours) > MOST_HALF_HOURS:
            del self.half_hours[min(self.half_hours)]

    def guesses(self, now_ms: int) -> dict[str, float]:
        """For somebody who joins now."""
        self._go_on_to(now_ms)
        first, waiting = self.waiting.first, self.waiting.count
        found: dict[str, float] = {HOL: 0.0 if first is None else float(now_ms - first)}
        if self.last is not None:
            found |= {LES: float(self.last.wait_ms), PUZZEL: float(self.announced_ms)}
            found[QL] = (waiting + 1) / self.rates.answers_per_ms if waiting else 0.0
            found[QLR] = found[QL] * (self.behind_ms / self.by_queue_ms if self.by_queue_ms else 1.0)
            found[QLM] = qlm_ms(waiting, self.rates) if waiting else 0.0
        if self.lately:
            found[HALF_HOUR] = self.lately_ms / len(self.lately)
        if self.today.answered and self.day == self.day_of(now_ms):
            found[DAY] = self.today.waits_ms / self.today.answered
            then = self.half_hours.get(self._half_hour(now_ms, days_before=7), self.today)
            found[LAST_WEEK] = then.waits_ms / then.answered
        return found

    def _half_hour(self, at: int, days_before: int = 0) -> tuple[int, int]:
        """By the local clock: a day and which half hour of it, or the same so many days before."""
        day = self.day_of(at)
        return self.day_of(day - days_before * _DAY_MS + _DAY_MS // 2), (at - day) // HALF_HOUR_MS

    def _note_lately(self, ended: Ended, ql_ms: int) -> None:
        if len(self.lately) == MOST_LATELY:
            self._forget()
        self.lately.append((ended, ql_ms))
        self._add_lately(ended.wait_ms, ql_ms)

    def _forget(self) -> None:
        ended, ql_ms = self.lately.popleft()
        self._add_lately(-ended.wait_ms, -ql_ms)

    def _add_lately(self, wait_ms: int, ql_ms: int) -> None:
        self.lately_ms += wait_ms
        self.by_queue_ms += ql_ms
        self.behind_ms += wait_ms if ql_ms else 0

    def _go_on_to(self, now_ms: int) -> None:
        if self.at is None or now_ms > self.at:
            ms = 0 if self.at is None else now_ms - self.at
            self.rates = self.rates.later(ms, RATES_HALF_LIFE_MS, self.waiting.count)
            self.at = now_ms
        while self.lately and self.lately[0][0].left < now_ms - HALF_HOUR_MS:
            self._forget()


class Textbooks:
    """All of them for all lines, fed as `ExpectedWaits` is, an instant at a time."""

    def __init__(self, day_of: Callable[[int], int]) -> None:
        self._lines: dict[str, Textbook] = defaultdict(lambda: Textbook(day_of))
        self._guesses: dict[tuple[str, int], tuple[Guesses, int]] = {}  # by line and entry, and of how many

    def take(self, came: Sequence[tuple[str, int]], went: Iterable[tuple[str, Ended]]) -> list[Guesses]:
        """Of one instant: who entered, by line, and whose stay is over. Answers what was foretold of the latter."""
        for one in came:
            guesses, times = self._guesses.get(one, (NO_GUESSES, 0))
            self._guesses[one] = guesses or self._lines[one[0]].guesses(one[1]), times + 1
        for line, entered in came:
            self._lines[line].come(entered)
        return [self._go(line, ended) for line, ended in went]

    def _go(self, line: str, ended: Ended) -> Guesses:
        guesses, times = self._guesses.pop((line, ended.entered), (NO_GUESSES, 0))
        if times > 1:
            self._guesses[line, ended.entered] = guesses, times - 1
        self._lines[line].go(ended, guesses.get(QL))
        return guesses
