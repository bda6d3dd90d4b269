"""What waits to be counted, shown as if it were: after a quiet night nobody waits unseen for others to call.

Where producers date the records, a partition's first callers are ahead of its event time until enough have come
(streams/core/ahead.py). Where the clock says that they are not ahead of it, all that is of now is shown of them at
once: who waits, what is promised, what the source says, and what happened in the windows and today. The books, counted
since the beginning, have it when event time comes there. May import: the core.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field

from streams.core.admission import PLACED
from streams.core.ahead import Early
from streams.core.cells import in_full, merge
from streams.core.contribution import Contribution, Given, contribution
from streams.core.dispute import Report, report
from streams.core.facts import Journey
from streams.core.fold import as_they_are
from streams.core.histogram import of_counts
from streams.core.joins import JOINS, OTHER_JOINS, Crowded
from streams.core.lately import exits, oldest
from streams.core.measure import Family
from streams.core.memory import over_at
from streams.core.pseudonym import Key
from streams.core.reading import Cell
from streams.core.restated import Settled, is_restated, restating
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.core.waiting import Ended
from streams.serve.overtaken import ANSWERED_AS

Count = tuple[int, Cell]  # when (epoch ms), and what is counted there
At = tuple[str, Count]  # in which line
Joined = tuple[Journey | None, Journey]  # what is known of a journey, if it goes on; the same with what waits of it


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a partition's journeys contribute of which something waits, and the sources' words that wait."""

    journeys: dict[Key, Given] = field(default_factory=dict)
    reported: dict[str, Report] = field(default_factory=dict)  # by line
    ended: dict[str, list[Ended]] = field(
        default_factory=dict
    )  # by line, stays that are known to be over by that alone
    not_so: dict[str, list[Ended]] = field(default_factory=dict)  # likewise, those that ended otherwise than is booked
    counts: dict[str, list[Count]] = field(default_factory=dict)  # by line
    facts: int = 0  # how many of them there are
    newest_ms: int = 0  # the latest instant that they stand for, epoch ms

    @property
    def lines(self) -> set[str]:
        """Those in which anything is open, or happened, or of which something is said."""
        open_ones = {line for one in self.journeys.values() for line in lines_of(one)}
        return open_ones.union(self.reported, self.ended, self.not_so, self.counts)

    def counted(self, line: str, is_in: Callable[[int], bool]) -> Cell:
        """What there is to count in a line at the instants (epoch ms) of some stretch, in full."""
        found: Cell = {}
        for when, cell in self.counts.get(line, ()):
            if is_in(when):
                merge(found, cell)
        return in_full(found)

    def overtaken_before_ms(self, line: str) -> int | None:
        """Whoever entered a line before this instant (epoch ms) is overtaken by somebody whose answer is of these."""
        answers = ((when, cell, of) for when, cell in self.counts.get(line, ()) for of in ANSWERED_AS)
        return max((when - cell[of.max_ms] for when, cell, of in answers if cell.get(of.count, 0) > 0), default=None)


NOTHING = Foreseen()


def lines_of(one: Given | None) -> set[str]:
    """The lines in which a journey has anything open."""
    if type(one) is not Contribution:
        return set()
    return {
        line for entries in (one.waiting, one.promises, one.transfers, one.letters, one.talking) for line, *_ in entries
    }


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
            said = report(
                fact.occurred_at,
                fact.moves_to,
                state.rules.skew_ms,
                fact.waiting,
                state.rules.source_names.of(fact.source),
            )
            made.reported[line] = max(said, made.reported.get(line, said))
    floor = oldest(state.watermark, state.rules)
    for key, (known, journey) in joined(state, shown).items():
        after = made.journeys[key] = contribution(journey, state.watermark, state.rules)
        before = None if known is None else contribution(known, state.watermark, state.rules)
        for line, count in _counts(before, after, state.rules):
            made.counts.setdefault(line, []).append(count)
        booked = exits(state.journeys[key], floor, state.rules) if key in state.journeys else []
        after_all = exits(journey, floor, state.rules)
        for line, ended in after_all:
            if (line, ended) not in booked:
                made.ended.setdefault(line, []).append(ended)
        for line, ended in booked:
            if (line, ended) not in after_all:
                made.not_so.setdefault(line, []).append(ended)
    return made


def _counts(before: Given | None, after: Given, rules: Rules) -> Iterator[At]:
    """What a journey comes to beyond what it is booked with, by line. A later fact takes away no wait that was."""
    for one, times in ((after, 1), (before, -1)):
        if one is not None:
            yield from ((line, (when, {name: times * n})) for line, when, name, n in one.amounts)
            yield from ((line, (when, _wait(family, ms, times, rules))) for line, when, family, ms in one.waits)


def _wait(family: Family, ms: int, times: int, rules: Rules) -> Cell:
    in_bucket = of_counts({bisect_left(rules.edges_ms, ms): times})
    longest = {family.max_ms: ms} if times > 0 else {}
    return {family.count: times, family.sum_ms: times * ms, family.histogram: in_bucket, **longest}


def of_now(state: PartitionState, now_ms: int) -> Iterator[Early]:
    """What waits and is not dated later than the clock allows; what it stands for may be earlier than its own time."""
    limit_ms = not_after(state, now_ms)
    return (fact for fact in state.ahead.until(limit_ms) if fact.occurred_at <= limit_ms)


def joined(state: PartitionState, facts: Iterable[Early]) -> dict[Key, Joined]:
    """The journeys of which these wait."""
    journeys: dict[Key, Joined] = {}
    counts_from = state.rules.definitions.whole_card_from
    for fact in facts:
        if fact.kind in JOINS or (fact.kind in OTHER_JOINS and fact.occurred_at >= counts_from):
            _join(state, journeys, fact)
    return journeys


def _join(state: PartitionState, journeys: dict[Key, Joined], fact: Early) -> None:
    key, t = fact.journey_id, fact.occurred_at
    assert key is not None  # of every type that joins
    known, journey = journeys.get(key) or (state.journeys.get(key), deepcopy(state.journeys.get(key)))
    definitions = state.rules.definitions
    if journey is None or definitions.late_before(t) >= over_at(journey, definitions):
        known, journey = None, Journey(t)
    journeys[key] = known, journey
    journey.newest = max(journey.newest, t)
    join = JOINS.get(fact.kind) or OTHER_JOINS[fact.kind]
    if fact.contact_version or is_restated(journey):
        join = restating(join, definitions, max(state.late_before, definitions.late_before(t)), PLACED)
    with suppress(Crowded, Settled):  # what finds no room here will find none when it counts
        join(journey, fact, t, as_they_are, PLACED)
