"""A simulated centre: the same scenario, seed, start and hours give the same events, byte for byte.

A run begins at the local midnight before `start_ms`, so that the queues are what they would be at the start: what
happened before it comes first. May import: the other modules of this package.
"""

from collections.abc import Callable, Iterator
from math import prod
from random import Random
from typing import TypeVar

from streams.sources import days
from streams.sources.days import SLOT_MS, Days
from streams.sources.floor import Queue, Team
from streams.sources.journeys import Journeys
from streams.sources.letters import Letters, Surveys
from streams.sources.model import Bot, Centre, Line, Written
from streams.sources.nks import nks
from streams.sources.scenarios import SCENARIOS, Scenario
from streams.sources.timeline import Timeline
from streams.sources.wire import Event

T = TypeVar("T")
HOUR_MS = 3_600_000
_MINUTE_MS = 60_000


def events(
    scenario: str, seed: int, start_ms: int, hours: float, centre: Centre | None = None
) -> Iterator[tuple[int, Event]]:
    """(time in ms, event) in order of time, until `hours` after the start. Raises KeyError for an unknown scenario.

    A mess is not made here: that is the wire's, see `records`.
    """
    plan = SCENARIOS[scenario]
    end_ms = start_ms + round(hours * HOUR_MS)
    if plan.silent_after_min is not None:
        end_ms = min(end_ms, start_ms + round(plan.silent_after_min * _MINUTE_MS))
    return Simulation(centre or nks(), plan, seed, start_ms, end_ms).run()


def is_open(ms: int) -> bool:
    """Whether people answer the phone then; at other times there is little to simulate."""
    return Days(nks()).is_open("phone", ms)


class Simulation:
    """One run: puts the parts together, and lets time begin."""

    def __init__(self, centre: Centre, scenario: Scenario, seed: int, start_ms: int, end_ms: int) -> None:
        self._centre, self._scenario = centre, scenario
        self._start_ms, self._end_ms = start_ms, end_ms
        self._days = Days(centre)
        first_day, _ = self._days.local(start_ms)
        self._begin_ms = self._days.begins_ms(first_day)
        # Not the scenario: what differs between two is only what they say.
        self._chance_of_day = f"{seed}/{first_day}"
        rng = Random(self._chance_of_day)
        prefix = "-".join(filter(None, (f"s{seed}", scenario.tag, f"{first_day:%Y%m%d}")))
        self._timeline = Timeline(prefix, self._begin_ms)
        self._teams = {name: Team(pool, rng) for name, pool in centre.pools.items()}
        self._queues = {line.name: Queue(line, self._teams[line.pool]) for line in centre.lines}
        self._channels = {line.pool: line.name.channel for line in centre.lines}
        slowly = Random(f"{self._chance_of_day}/letters")  # so that what customers write changes no call
        surveys = Surveys(centre, self._timeline, slowly)
        self._letters = Letters(centre, self._days, self._timeline, surveys, slowly)
        self._journeys = Journeys(centre, self._queues, self._timeline, rng, surveys.ask)

    def run(self) -> Iterator[tuple[int, Event]]:
        """Everything that happens, in order of time."""
        self._timeline.at(self._begin_ms, self._change_shifts, None)
        if self._centre.snapshot_every_s:
            self._timeline.at(self._begin_ms, self._take_snapshots, round(self._centre.snapshot_every_s * 1000))
        for queue in self._queues.values():
            if queue.spec.bot is None:
                self._expect(self._journeys.call, queue, queue.spec)
        for bot in self._centre.bots:
            self._expect(self._journeys.ask_bot, bot, bot)
        for letter in self._centre.written:
            self._expect(self._letters.receive, letter, letter)
        return self._timeline.run(self._end_ms)

    def _expect(self, come: Callable[[T], None], about: T, spec: Line | Bot | Written) -> None:
        """Calls `come(about)` at each arrival; only the next one is in the heap."""
        instants = self._arrivals(spec)

        def arrive(_: None) -> None:
            if (following := next(instants, None)) is not None:
                self._timeline.at(following, arrive, None)
            come(about)

        if (first := next(instants, None)) is not None:
            self._timeline.at(first, arrive, None)

    def _arrivals(self, spec: Line | Bot | Written) -> Iterator[int]:
        rate = days.per_ms(spec.demand, spec.per_day)
        of_day = self._days.demand if isinstance(spec, Line) else self._days.round_the_clock

        def at(slot_ms: int) -> float:
            return rate(self._days.local(slot_ms)[1]) * of_day(slot_ms) * self._surge(slot_ms)

        # Chance of its own, since how far ahead it looks depends on when the run ends.
        rng = Random(f"{self._chance_of_day}/{'/'.join(spec.name)}")
        return days.arrivals(at, self._begin_ms, self._end_ms, rng)

    def _surge(self, slot_ms: int) -> float:
        minutes = (slot_ms - self._start_ms) / _MINUTE_MS
        return prod(surge.factor for surge in self._scenario.surges if surge.from_min <= minutes < surge.to_min)

    def _change_shifts(self, _: None) -> None:
        now = self._timeline.now
        staffing, hour = self._days.staffing(now) * self._scenario.staffing, self._days.local(now)[1]
        for name, team in self._teams.items():
            agents = round(team.spec.agents * staffing * days.level(team.spec.shifts, hour))
            self._journeys.floor.staff(team, agents, self._days.is_open(self._channels[name], now))
        self._timeline.at(now + SLOT_MS, self._change_shifts, None)

    def _take_snapshots(self, every_ms: int) -> None:
        for name, queue in self._queues.items():
            if queue.team.is_open:
                self._timeline.about_queue("queue.snapshot", name)["waiting"] = queue.waiting
        self._timeline.at(self._timeline.now + every_ms, self._take_snapshots, every_ms)
