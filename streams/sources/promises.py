"""What becomes of a promise to call back: kept, given up, withdrawn or forgotten. The place in line is kept.

May import: standard library, the model, floor and timeline.
"""

from random import Random

from streams.sources.durations import Exponential, Lognormal
from streams.sources.floor import DONE, DUE, PROMISED, TALKING, Floor, Visit
from streams.sources.model import Callbacks
from streams.sources.timeline import Timeline

_RING = Lognormal(12, 0.5)
_SECOND_THOUGHTS = Exponential(40 * 60)


class Promises:
    """Everything from the request on."""

    def __init__(self, timeline: Timeline, floor: Floor, rng: Random) -> None:
        self._timeline, self._floor, self._rng = timeline, floor, rng
        self._ring_ms = _RING.drawn_by(rng)
        self._second_thoughts_ms = _SECOND_THOUGHTS.drawn_by(rng)

    def ask(self, visit: Visit) -> None:
        """The customer asks and hangs up."""
        terms, now = _terms(visit), self._timeline.now
        event = self._floor.tell("callback.requested", visit)
        event["promised_by"] = now + int(terms.promised_s * 1000)
        visit.state = PROMISED
        fate = self._rng.random() - terms.forgotten
        if fate < 0:
            return
        if fate < terms.cancelled:
            self._timeline.at(now + self._second_thoughts_ms(), self._cancelled, visit)
        else:
            self._call_later(visit)

    def call(self, visit: Visit) -> None:
        """An adviser rings the customer."""
        if visit.tries == 0:
            visit.customer.make_contact()
        visit.tries += 1
        visit.state = TALKING
        self._floor.tell("callback.attempted", visit)["initiation"] = "callback"
        self._timeline.at(self._timeline.now + self._ring_ms(), self._rang, visit)

    def _rang(self, visit: Visit) -> None:
        terms = _terms(visit)
        if self._rng.random() < terms.connected:
            self._floor.tell("callback.connected", visit)
            self._floor.talk(visit)
            return
        if visit.tries < terms.tries:
            self._call_later(visit)
        else:
            self._give_up(visit, "no_answer")
        self._floor.free(visit.line.team)

    def _call_later(self, visit: Visit) -> None:
        visit.state = PROMISED
        wait_ms = _terms(visit).due_after.drawn_by(self._rng)()
        self._timeline.at(self._timeline.now + wait_ms, self._due, visit)

    def _due(self, visit: Visit) -> None:
        visit.state = DUE
        visit.line.team.place(visit)
        self._floor.dispatch(visit.line.team)

    def _cancelled(self, visit: Visit) -> None:
        self._give_up(visit, "cancelled")

    def _give_up(self, visit: Visit, reason: str) -> None:
        visit.state = DONE
        self._floor.tell("callback.failed", visit)["reason"] = reason


def _terms(visit: Visit) -> Callbacks:
    terms = visit.line.team.spec.callbacks
    assert terms is not None, "only a pool with callbacks is asked for one"
    return terms
