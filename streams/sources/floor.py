"""The centre's floor: queues, and the advisers who serve them in the order of entry.

A visit waits, rings at an adviser, is talked with, and is done; or it finds a way out before anybody answers. All
queues of a pool are one line to its advisers. May import: standard library, the model, durations and timeline.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from heapq import heapify, heappop, heappush
from random import Random

from streams.sources.durations import FOREVER_MS, mean_s
from streams.sources.model import Line, Pool
from streams.sources.timeline import Customer, Timeline
from streams.sources.wire import Event


class State(IntEnum):
    """Where a visit is. PROMISED has left the queue and will be called; DUE is for an adviser to call now."""

    WAITING = 0
    RINGING = 1
    TALKING = 2
    PROMISED = 3
    DUE = 4
    DONE = 5


WAITING, RINGING, TALKING, PROMISED, DUE, DONE = State


class Visit:
    """One customer in one queue."""

    __slots__ = ("customer", "entered_ms", "id", "line", "state", "tries", "way_out")

    def __init__(self, customer: Customer, line: "Queue", now_ms: int) -> None:
        self.customer = customer
        self.line = line
        self.id = customer.make_visit()
        self.entered_ms = now_ms
        self.state = WAITING
        self.tries = 0
        self.way_out = ""  # what it will do if nobody answers first


class Queue:
    """One queue as it stands."""

    __slots__ = ("name", "spec", "team", "waiting")

    def __init__(self, spec: Line, team: "Team") -> None:
        self.name, self.spec, self.team = spec.name, spec, team
        self.waiting = 0


class Team:
    """One pool as it stands. A place is kept by the time of entry, so that a missed visit gets its own place back."""

    def __init__(self, spec: Pool, rng: Random) -> None:
        self.spec = spec
        self.capacity = self.busy = self.waiting = 0
        self.is_open = False
        self._places: list[tuple[int, str, Visit]] = []
        self.handling_ms = spec.handling.drawn_by(rng)
        self.patience_ms = spec.patience.drawn_by(rng)
        self.ring_ms = spec.ring.drawn_by(rng)
        self.missed_after_ms = spec.missed_after.drawn_by(rng)
        self.rerouted_after_ms = spec.rerouted_after.drawn_by(rng)
        self.asked_after_ms = spec.callbacks.asked_after.drawn_by(rng) if spec.callbacks else None
        self._mean_ms = mean_s(spec.handling) * 1000

    def expected_wait_ms(self) -> float:
        """What a caller who joins now may expect, as the phone system reckons it."""
        return self.waiting * self._mean_ms / self.capacity if self.capacity else FOREVER_MS

    def place(self, visit: Visit) -> None:
        """Puts a visit where it belongs by its entry."""
        heappush(self._places, (visit.entered_ms, visit.id, visit))

    def next_visit(self) -> Visit | None:
        """The first who still waits; those who found another way out are passed over."""
        while self._places:
            visit = heappop(self._places)[2]
            if visit.state is WAITING or visit.state is DUE:
                return visit
        return None

    def sent_away(self) -> list[Visit]:
        """At closing time: those who wait. Calls that are due stay for tomorrow."""
        waiting = [visit for _, _, visit in sorted(self._places) if visit.state is WAITING]
        self._places = [place for place in self._places if place[2].state is DUE]
        heapify(self._places)
        return waiting


class Floor:
    """Moves visits from entry to exit. What comes after is told by three hooks, set by whoever owns the floor."""

    def __init__(self, timeline: Timeline, rng: Random) -> None:
        self._timeline, self._chance = timeline, rng.random
        self.on_talked: Callable[[Visit], None]
        self.on_left: Callable[[Visit, str], None]  # abandoned, callback, or the reason of queue.left
        self.on_due: Callable[[Visit], None]  # an adviser is free to call it back

    def enter(self, customer: Customer, line: Queue, initiation: str) -> None:
        """A visit begins."""
        visit = Visit(customer, line, self._timeline.now)
        self.tell("queue.entered", visit)["initiation"] = initiation
        line.waiting += 1
        line.team.waiting += 1
        line.team.place(visit)
        self.dispatch(line.team)
        if visit.state is WAITING:
            self._plan_way_out(visit)

    def dispatch(self, team: Team) -> None:
        """Gives the free advisers the first in line."""
        while team.busy < team.capacity and (visit := team.next_visit()):
            team.busy += 1
            if visit.state is WAITING:
                self._offer(visit)
            else:
                self.on_due(visit)

    def free(self, team: Team) -> None:
        """An adviser is done; if there are too many for the shift, this one goes home."""
        team.busy -= 1
        self.dispatch(team)

    def staff(self, team: Team, capacity: int, is_open: bool) -> None:
        """The shift changes. Advisers finish what they have."""
        closes = team.is_open and not is_open
        team.is_open, team.capacity = is_open, capacity
        if closes:
            for visit in team.sent_away():
                self._leave(visit, "closed")
        self.dispatch(team)

    def talk(self, visit: Visit) -> None:
        """A person and the customer talk."""
        visit.state = TALKING
        self._timeline.at(self._timeline.now + visit.line.team.handling_ms(), self._talk_ends, visit)

    def tell(self, kind: str, visit: Visit) -> Event:
        """An event about a visit."""
        return self._timeline.about_visit(kind, visit.customer, visit.id, visit.line.name)

    def _talk_ends(self, visit: Visit) -> None:
        visit.state = DONE
        self.on_talked(visit)
        self.free(visit.line.team)

    def _offer(self, visit: Visit) -> None:
        team, now = visit.line.team, self._timeline.now
        visit.state = RINGING
        self.tell("agent.offered", visit)
        if team.spec.missed and self._chance() < team.spec.missed:
            self._timeline.at(now + team.missed_after_ms(), self._missed, visit)
        elif ring_ms := team.ring_ms():
            self._timeline.at(now + ring_ms, self._answered, visit)
        else:
            self._answered(visit)

    def _answered(self, visit: Visit) -> None:
        if visit.state is RINGING:  # else it was given up while it rang
            self.tell("queue.answered", visit)
            self._waits_no_more(visit)
            self.talk(visit)

    def _missed(self, visit: Visit) -> None:
        if visit.state is not RINGING:
            return
        team = visit.line.team
        self.tell("agent.missed", visit)
        visit.state = WAITING
        if team.is_open:
            team.place(visit)
        else:
            self._leave(visit, "closed")
        self.free(team)
        if visit.state is WAITING and not visit.way_out:
            self._plan_way_out(visit)

    def _plan_way_out(self, visit: Visit) -> None:
        """Of all that may end the wait, the first to come: one entry in the heap for each visit that has to wait."""
        after_ms, visit.way_out = min(self._ways_out(visit.line))
        if after_ms < FOREVER_MS:
            self._timeline.at(self._timeline.now + after_ms, self._take_way_out, visit)

    def _ways_out(self, line: Queue) -> Iterator[tuple[int, str]]:
        team, spec = line.team, line.team.spec
        yield team.patience_ms(), "abandoned"
        if team.asked_after_ms and spec.callbacks:
            offered = team.expected_wait_ms() > spec.callbacks.from_wait_s * 1000
            if offered and self._chance() < spec.callbacks.accepted:
                yield team.asked_after_ms(), "callback"
        if spec.rerouted and self._chance() < spec.rerouted:
            yield team.rerouted_after_ms(), "transferred"
        if spec.overflow_s and line.spec.overflow:
            yield int(spec.overflow_s * 1000), "overflow"
        if spec.timeout_s:
            yield int(spec.timeout_s * 1000), "timeout"

    def _take_way_out(self, visit: Visit) -> None:
        way, visit.way_out = visit.way_out, ""
        rang = visit.state is RINGING
        if visit.state is WAITING or (rang and way == "abandoned"):
            self._leave(visit, way)
            if rang:
                self.free(visit.line.team)

    def _leave(self, visit: Visit, way: str) -> None:
        visit.state = DONE
        self._waits_no_more(visit)
        if way == "abandoned":
            self.tell("queue.abandoned", visit)
        elif way != "callback":
            self.tell("queue.left", visit)["reason"] = way
        self.on_left(visit, way)

    def _waits_no_more(self, visit: Visit) -> None:
        visit.line.waiting -= 1
        visit.line.team.waiting -= 1
