"""What a queue will do in the near future if it goes on as it does: the fluid model of a first-come queue.

The one answered next has waited `w`, about as long as the oldest who waits. Each answer lets somebody come first who
entered a little later: `w` grows in one second by `1 - go / come` seconds, never faster than the clock. May import:
standard library.

The model is the deterministic fluid approximation of G. F. Newell, Applications of Queueing Theory (1982), chapter 2.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue as it is: who waits, and who came, was answered and went in the latest `over_ms`.

    Instants in epoch ms.
    """

    waiting: int
    waiting_since_sum_ms: int
    waiting_oldest_ms: int | None  # when the one who has waited longest entered
    entered: int
    answered: int
    gone: int  # answered or otherwise
    over_ms: int
    abandoned: int = 0  # of those gone
    abandoned_short: int = 0  # of those abandoned
    promises_overdue: int = 0  # to call back, not kept and past their time

    def without_oldest(self) -> "Queue":
        """The queue without the one who has waited longest: it may be one whose end was never told."""
        if self.waiting_oldest_ms is None or not self.waiting:
            return self
        return replace(
            self, waiting=self.waiting - 1, waiting_since_sum_ms=self.waiting_since_sum_ms - self.waiting_oldest_ms
        )

    def ages_sum_ms(self, now_ms: int) -> int:
        """How long those who wait have waited, together."""
        return max(0, self.waiting * now_ms - self.waiting_since_sum_ms)

    def wait_now_ms(self, now_ms: int) -> float:
        """What the one answered next has waited: as long as the oldest, and twice the mean age where they came evenly.

        The lesser of both, as one visit whose end was never told would else make the oldest look like everybody.
        """
        if self.waiting_oldest_ms is None or not self.waiting:
            return 0.0
        return max(0.0, min(now_ms - self.waiting_oldest_ms, 2 * self.ages_sum_ms(now_ms) / self.waiting))

    def waiting_beyond(self, threshold_ms: int, now_ms: int) -> float:
        """About how many have waited for longer than a threshold, taking ages as even from 0 to the oldest."""
        oldest = self.wait_now_ms(now_ms)
        return self.waiting * (oldest - threshold_ms) / oldest if oldest > threshold_ms else 0.0


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a queue is expected to add in a stretch of time: how many answered, their waits, how many in time; and how
    many give up, how many of them at once, and how many in time.

    Where nobody is answered, who waits is only supposed to be (`lost` is known then): a mean or a share of the answered
    has nothing else to see a standing queue by. In what is of all who were offered an answer there are those who give
    up to see it by, and answers that nobody gives would hide them. So in that they are none: who waits goes on giving
    up, or stays; and of those who stay, who will have waited beyond the threshold is lost, answered or not.
    """

    answered: float
    wait_sum_ms: float
    within: float
    abandoned: float = 0.0
    abandoned_short: float = 0.0
    abandoned_within: float = 0.0
    left: float = 0.0  # in another way than answered or given up
    lost: float | None = None  # of those who wait, and do not give up, where nobody is answered: too late
    waiting: float = 0.0  # who is there when the stretch is over
    longest_ms: float = 0.0  # what the one answered next has waited, at most, from its beginning to its end

    @property
    def given(self) -> float:
        """How many are answered, nobody only supposed to be."""
        return self.answered if self.lost is None else 0.0

    @property
    def given_within(self) -> float:
        """Of those, how many in time."""
        return self.within if self.lost is None else 0.0

    @property
    def offered(self) -> float:
        """Who is answered, too late or gives up."""
        return self.given + (self.lost or 0.0) + self.abandoned


def predicted(queue: Queue, lead_ms: int, within_ms: int | None, now_ms: int) -> Ahead:
    """What the next `lead_ms` will bring."""
    ahead = replace(
        _answers(queue, lead_ms, within_ms, now_ms),
        waiting=max(0.0, _there(queue, lead_ms) - queue.gone * lead_ms / queue.over_ms),
        longest_ms=max(0.0, queue.wait_now_ms(now_ms) + max(0.0, _growth(queue)) * lead_ms),
    )
    if queue.abandoned:
        ahead = _with_abandons(ahead, queue, lead_ms, within_ms, now_ms)
    ahead = replace(ahead, left=_leave(ahead, queue, lead_ms))
    if queue.answered:
        return ahead
    left = _there(queue, lead_ms) - ahead.abandoned
    return replace(ahead, lost=max(0.0, min(ahead.answered - ahead.within, left)))


def _there(queue: Queue, lead_ms: int) -> float:
    """Who waits, and who comes until the lead has passed."""
    return queue.waiting + queue.entered * lead_ms / queue.over_ms


def _leave(ahead: Ahead, queue: Queue, lead_ms: int) -> float:
    """Who leaves in another way: as many in each stretch as did, and no more than are there and do not go otherwise."""
    so_far = max(0, queue.gone - queue.answered - queue.abandoned) * lead_ms / queue.over_ms
    others = ahead.abandoned + (ahead.answered if queue.answered else 0.0)
    return max(0.0, min(so_far, _there(queue, lead_ms) - others))


def _answers(queue: Queue, lead_ms: int, within_ms: int | None, now_ms: int) -> Ahead:
    """Of those who are answered.

    Where somebody has waited through all of `over_ms` and nobody was answered, who waits is taken as answered when the
    lead has passed; where they came later, as answered now.
    """
    first = queue.wait_now_ms(now_ms)
    if not queue.answered:
        more = lead_ms if first >= queue.over_ms else 0
        return _evenly(queue.waiting, more if more else first, first + more, within_ms)
    growth = _growth(queue)
    answered = min(queue.answered * lead_ms / queue.over_ms, _there(queue, lead_ms))  # no more can be
    if first + growth * lead_ms >= 0:
        return _evenly(answered, first, first + growth * lead_ms, within_ms)
    emptying_ms = first / -growth
    before = min(queue.answered * emptying_ms / queue.over_ms, answered)
    emptied = _evenly(before, first, 0.0, within_ms)  # and from then on nobody waits
    after = max(0.0, min(answered - before, queue.entered * (lead_ms - emptying_ms) / queue.over_ms))
    return Ahead(before + after, emptied.wait_sum_ms, emptied.within + after)


def _growth(queue: Queue) -> float:
    """By how much the wait of the one answered next grows in each ms."""
    return 1 - queue.gone / max(queue.entered, 1) if queue.waiting else 0.0


def _with_abandons(answers: Ahead, queue: Queue, lead_ms: int, within_ms: int | None, now_ms: int) -> Ahead:
    """The same, and those who give up: as many in each stretch as did, until nobody waits, and no more than are there
    and not answered. Where nobody is answered, that is all of them.

    Each has waited for anything up to what the one answered next has: nobody knows how patient they are. As many of
    them as before give up at once.
    """
    first, growth = queue.wait_now_ms(now_ms), _growth(queue)
    lasts_ms = (min(lead_ms, first / -growth) if growth < 0 else lead_ms) if queue.waiting else 0.0
    left = _there(queue, lead_ms) - (answers.answered if queue.answered else 0.0)
    abandoned = max(0.0, min(queue.abandoned * lasts_ms / queue.over_ms, left))
    short = abandoned * queue.abandoned_short / queue.abandoned
    in_time = 1.0 if within_ms is None else _share_within(0.0, first + growth * lasts_ms / 2, within_ms)
    return replace(answers, abandoned=abandoned, abandoned_short=short, abandoned_within=abandoned * in_time)


def _evenly(answered: float, first_ms: float, last_ms: float, within_ms: int | None) -> Ahead:
    """So many answered, with waits that go evenly from the first to the last."""
    in_time = 1.0 if within_ms is None else _share_within(first_ms, last_ms, within_ms)
    return Ahead(answered, answered * (first_ms + last_ms) / 2, answered * in_time)


def _share_within(first_ms: float, last_ms: float, threshold_ms: int) -> float:
    least, most = min(first_ms, last_ms), max(first_ms, last_ms)
    if most <= threshold_ms:
        return 1.0
    return max(0.0, (threshold_ms - least) / (most - least)) if least < threshold_ms else 0.0
