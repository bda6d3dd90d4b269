"""What is to be said of a promise now: numbered predicates, the first that holds is the verdict.

Pure: what is known and what time it is are arguments. The rules are in streams/MEASURES.md, under the same numbers.
How long a verdict has to stand before somebody is told, and to be gone before it is taken back, is telling.py's; since
when it stands is serve/since.py's. May import: standard library, the core.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from streams.core.prediction import Queue, predicted
from streams.core.promised import Parts, TargetMeasure
from streams.core.reading import NO_EDGES, Cell

Verdict = Literal["ok", "drifting", "breach", "insufficient", "closed", "stale"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Judged = Literal["kept", "missed", "too_few", "unknown"]  # the verdict on a promise's year so far
JUDGED: tuple[Judged, ...] = get_args(Judged)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of the scorecard. Its value is a wait in ms, a share from 0 to 1, or how many there are."""

    measure: TargetMeasure
    within_ms: int | None  # the wait that is short enough; None where the measure has no such threshold
    limit: float
    sense: Literal["at_most", "at_least", "more_than"]
    least_sample: int  # fewer than this, in what its value is made of, is too few to judge
    lead_ms: int  # how far ahead drift is looked for

    def is_met(self, value: float) -> bool:
        """Whether a value keeps the promise; the limit itself does, but where more than it was promised."""
        if self.sense == "at_most":
            return value <= self.limit
        return value >= self.limit if self.sense == "at_least" else value > self.limit

    def value(self, cell: Cell, coarse_ms: Set[int] = NO_EDGES) -> float | None:
        """What a cell achieved of it; None over nothing."""
        return self.measure.shape.value(self.counted(cell, coarse_ms))

    def is_enough(self, whole: float) -> bool:
        """Whether a value that is made of so many is to be judged by."""
        return self.measure.is_of_now or whole >= self.least_sample

    def counted(self, cell: Cell, coarse_ms: Set[int]) -> Parts:
        """Its part and whole in a cell."""
        return self.measure.counted(cell, self.threshold_ms, coarse_ms)

    @property
    def threshold_ms(self) -> int:
        """The same as a number; of no effect where there is none."""
        return self.within_ms or 0


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a promise's queues. Instants in epoch ms, so that it ages with the clock."""

    is_open: Callable[[int], bool]  # by the opening hours, at an instant
    is_of_now: bool  # nothing is missing, and nothing is still to be caught up with
    newest_ms: int | None  # the newest event of the channel; None: it never sent one
    stale_after_ms: int
    window: Cell  # of all queues together, over the promise's window
    staying: Cell  # what of it will still be in the window when the lead has passed
    queues: Sequence[Queue]
    coarse_ms: Set[int] = NO_EDGES  # by which alone some waits are known, of before an upgrade


class Ruled(NamedTuple):
    """A verdict, and the number of the rule in streams/MEASURES.md that gave it."""

    verdict: Verdict
    rule: int


def ruled(promise: Promise, situation: Situation, now_ms: int) -> Ruled:
    """The verdict on a promise at an instant (epoch ms), with its rule."""
    for rule, (name, holds) in enumerate(PREDICATES, start=1):
        if holds(promise, situation, now_ms):
            return Ruled(name, rule)
    return Ruled("ok", len(PREDICATES) + 1)


def verdict(promise: Promise, situation: Situation, now_ms: int) -> Verdict:
    """The same without its rule."""
    return ruled(promise, situation, now_ms).verdict


def is_closed(_: Promise, situation: Situation, now_ms: int) -> bool:
    """1. Outside the opening hours."""
    return not situation.is_open(now_ms)


def is_stale(_: Promise, situation: Situation, now_ms: int) -> bool:
    """2. The channel has been open and silent for too long, or its figures are not of now: nobody knows."""
    if not situation.is_of_now:
        return True
    return is_silent(situation.newest_ms, situation.stale_after_ms, situation.is_open, now_ms)


def is_silent(newest_ms: int | None, limit_ms: int, is_open: Callable[[int], bool], now_ms: int) -> bool:
    """Whether nothing has come for longer than a limit (ms), all of it in opening hours; None: nothing ever came."""
    return (newest_ms is None or now_ms - newest_ms > limit_ms) and is_open(now_ms - limit_ms)


def is_broken(promise: Promise, situation: Situation, now_ms: int) -> bool:
    """3. Enough are known, and what they got is not what was promised."""
    made = achieved(promise, situation, now_ms)
    value = promise.measure.shape.value(made)
    return value is not None and promise.is_enough(made[1]) and not promise.is_met(value)


def is_unanswered(promise: Promise, situation: Situation, now_ms: int) -> bool:
    """4. Too few are known to judge by, but with those who wait they are enough, and the pressure does not keep it.

    Without this a queue that nobody answers would look well for want of answers.
    """
    _, whole = achieved(promise, situation, now_ms)
    return not promise.is_enough(whole) and _is_pressed(promise, situation, now_ms)


def is_insufficient(promise: Promise, situation: Situation, now_ms: int) -> bool:
    """5. Too few are known to judge by, or how many of them within the threshold is not known."""
    made = achieved(promise, situation, now_ms)
    return not promise.is_enough(made[1]) or promise.measure.shape.value(made) is None


def is_drifting(promise: Promise, situation: Situation, now_ms: int) -> bool:
    """6. It is kept, but will not be when the lead has passed, or would not if all who wait were answered now.

    Not if it will be closed by then.
    """
    if not situation.is_open(now_ms + promise.lead_ms):
        return False
    ahead = expected(promise, situation, now_ms)
    return (ahead is not None and not promise.is_met(ahead)) or _is_pressed(promise, situation, now_ms)


PREDICATES: tuple[tuple[Verdict, Callable[[Promise, Situation, int], bool]], ...] = (
    ("closed", is_closed),
    ("stale", is_stale),
    ("breach", is_broken),
    ("breach", is_unanswered),
    ("insufficient", is_insufficient),
    ("drifting", is_drifting),
)


def achieved(promise: Promise, situation: Situation, now_ms: int) -> Parts:
    """Its part and whole: of what came to an end in the window, and of who waits where the measure has those."""
    measure, counted = promise.measure, promise.counted(situation.window, situation.coarse_ms)
    if measure.now is None:
        return counted
    return measure.shape.together([counted, *(measure.now(queue, now_ms) for queue in situation.queues)])


def pressure(promise: Promise, situation: Situation, now_ms: int) -> float | None:
    """The value if all who wait were answered now. Of a share, who waits within the threshold is not counted yet."""
    return promise.measure.shape.value(_pressed(promise, situation, situation.queues, now_ms))


def _is_pressed(promise: Promise, situation: Situation, now_ms: int) -> bool:
    """Whether the pressure does not keep the promise, each queue's oldest left out, and enough are counted in it."""
    made = _pressed(promise, situation, [queue.without_oldest() for queue in situation.queues], now_ms)
    value = promise.measure.shape.value(made)
    return value is not None and made[1] >= promise.least_sample and not promise.is_met(value)


def _pressed(promise: Promise, situation: Situation, queues: Iterable[Queue], now_ms: int) -> Parts:
    """What the answered and the waiting make together: the pressure's part and whole.

    Without a part where it is not known how many were answered within the threshold.
    """
    measure, counted = promise.measure, promise.counted(situation.window, situation.coarse_ms)
    now = (measure.if_answered_now(queue, promise.threshold_ms, now_ms) for queue in queues)
    return measure.shape.together([counted, *now])


def expected(promise: Promise, situation: Situation, now_ms: int) -> float | None:
    """The value in the window when the lead has passed, if the queues go on as they do now; None over too few."""
    measure, staying = promise.measure, promise.counted(situation.staying, situation.coarse_ms)
    queues = situation.queues if measure.is_of_now else [queue.without_oldest() for queue in situation.queues]
    ahead = [predicted(queue, promise.lead_ms, promise.within_ms, now_ms) for queue in queues]
    made = measure.shape.together([staying, *map(measure.expected, ahead)])
    return measure.shape.value(made) if promise.is_enough(made[1]) else None
