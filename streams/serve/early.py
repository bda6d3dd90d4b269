"""What waits to be counted, shown as if it were: after a quiet night nobody waits unseen for others to call.

Where producers date the records, a partition's first callers are ahead of its event time until enough have come
(streams/core/ahead.py). Who waits, what is promised and what the source says is shown of them at once, where the clock
says that they are not ahead of it; what is counted in windows and days comes when event time does. May import: the
core, msgspec.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field

from streams.core.admission import Placed
from streams.core.ahead import Early
from streams.core.contribution import Answered, Contribution, contribution
from streams.core.dispute import Gone, Report, report
from streams.core.facts import JOINS, Crowded, Journey
from streams.core.fold import PartitionState, as_they_are
from streams.core.lately import exits, oldest
from streams.core.pseudonym import Key

PLACED = Placed()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a partition's journeys contribute of which something waits, and the sources' words that wait."""

    journeys: dict[Key, Contribution | Answered] = field(default_factory=dict)
    reported: dict[str, Report] = field(default_factory=dict)  # by line
    gone: dict[str, list[Gone]] = field(default_factory=dict)  # by line, who is known to have left by that alone
    facts: int = 0  # how many of them there are
    newest_ms: int = 0  # the latest instant that they stand for, epoch ms

    @property
    def lines(self) -> set[str]:
        """Those in which anything is open, or of which something is said."""
        return {line for one in self.journeys.values() for line in lines_of(one)} | {*self.reported, *self.gone}


NOTHING = Foreseen()


def lines_of(one: Contribution | Answered | None) -> set[str]:
    """The lines in which a journey has anything open."""
    if type(one) is not Contribution:
        return set()
    return {line for entries in (one.waiting, one.promises, one.transfers) for line, *_ in entries}


def not_after(state: PartitionState, now_ms: int) -> int:
    """The latest instant (epoch ms) that an event may have while the clock shows `now_ms`."""
    return now_ms + state.rules.future_ms


def is_astray(state: PartitionState, now_ms: int) -> bool:
    """Whether event time is later than the clock allows, as enough journeys said so: what is of now is late then."""
    return state.watermark > not_after(state, now_ms)


def foreseen(state: PartitionState, now_ms: int) -> Foreseen:
    """As if all that waits, and is not ahead of the clock, had come in."""
    shown = list(of_now(state, now_ms))
    if not shown:
        return NOTHING
    made = Foreseen(facts=len(shown), newest_ms=shown[-1].moves_to)
    for fact in shown:
        if fact.waiting is not None:
            line = PLACED.line(fact.channel or "", fact.audience or "", fact.queue)
            said = report(fact.occurred_at, fact.moves_to, state.rules.skew_ms, fact.waiting)
            made.reported[line] = max(said, made.reported.get(line, said))
    floor = oldest(state.watermark, state.rules)
    for key, journey in joined(state, shown).items():
        made.journeys[key] = contribution(journey, state.watermark, state.rules)
        booked = exits(state.journeys[key], floor) if key in state.journeys else []
        for line, gone in exits(journey, floor):
            if (line, gone) not in booked:
                made.gone.setdefault(line, []).append(gone)
    return made


def of_now(state: PartitionState, now_ms: int) -> Iterator[Early]:
    """What waits and is not dated later than the clock allows; what it stands for may be earlier than its own time."""
    limit_ms = not_after(state, now_ms)
    return (fact for fact in state.ahead.until(limit_ms) if fact.occurred_at <= limit_ms)


def joined(state: PartitionState, facts: Iterable[Early]) -> dict[Key, Journey]:
    """The journeys of which these wait, with them."""
    journeys: dict[Key, Journey] = {}
    for fact in facts:
        if fact.kind in JOINS:
            _join(state, journeys, fact)
    return journeys


def _join(state: PartitionState, journeys: dict[Key, Journey], fact: Early) -> None:
    key, t = fact.journey_id, fact.occurred_at
    assert key is not None  # of every type that joins
    journey = journeys.get(key) or deepcopy(state.journeys.get(key))
    if journey is None or t >= journey.newest + journey.linger_ms(state.rules):
        journey = Journey(t)
    journeys[key] = journey
    journey.newest = max(journey.newest, t)
    with suppress(Crowded):  # what finds no room here will find none when it counts
        JOINS[fact.kind](journey, fact, t, as_they_are, PLACED)
