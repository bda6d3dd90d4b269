"""A short study of lone callers and lost hangups: who is told of, how soon, and which pages came for nothing.

    python -m tests.study.lone [--days N] [--seed N] [--write]

Quiet queues beside a busy one, by day and at the edges of the opening hours. What is true is known, as the callers are
drawn here; what svartid is told of them may lack ends, and the source's own count may be there, right, or wrongly 0.
With `--write` the table goes into deploy/ALERTS.md. May import: config, generate, sources, the study.
"""

import argparse
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from config import Centre, load
from streams.generate.alertmanager import inhibitions, route
from streams.generate.target_alerts import BREACH, GRAVE_BREACH
from streams.generate.wait_alerts import LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED
from streams.sources.wire import Record, record
from tests.cards import DAY
from tests.events import Event, event
from tests.pages import placed
from tests.study.__main__ import working_days
from tests.study.evaluation import EVALUATED_EVERY_S, Fired, fired
from tests.study.notified import messages
from tests.study.report import PAGE, at
from tests.study.week import Installation
from tests.truth import Promised, broken

BEFORE_S, DAY_S, OPENS_S, CLOSES_S = 1800, 8 * 3600, 1800, 1800 + 6 * 3600  # a day begins half an hour before it opens
BUSY = ("personbruker", "helse")
QUIET = (
    *(("personbruker", "internasjonalt"), ("personbruker", "sosiale-tjenester")),
    *(("samhandler", "kommune"), ("samhandler", "lege-behandler")),
)
REPORTED_EVERY_S = 30
LEAST_S = 180  # beyond the limit for less than this need not be told
AROUND_S = 300  # a page so soon after its reason has gone is not for nothing
OF_PROMISES = (BREACH, GRAVE_BREACH)
TOLD_BY = (*OF_PROMISES, LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED)
Queue = tuple[str, str]  # audience and queue


@dataclass(frozen=True, slots=True)
class Scenario:
    """How many of each come in a day, beside who is answered soon; and what the source says of its queues."""

    lone: int
    lost: int
    says: Literal["nothing", "how many", "always 0"]


SCENARIOS = {
    "lone callers, the source says nothing": Scenario(lone=4, lost=0, says="nothing"),
    "lone callers, the source counts": Scenario(lone=4, lost=0, says="how many"),
    "lone callers, the source always says 0": Scenario(lone=4, lost=0, says="always 0"),
    "lost hangups, the source says nothing": Scenario(lone=0, lost=6, says="nothing"),
    "lost hangups, the source counts": Scenario(lone=0, lost=6, says="how many"),
    "both, the source counts": Scenario(lone=4, lost=6, says="how many"),
}


class Caller(NamedTuple):
    """Seconds of the day. Who is not told of has left, and no event says so."""

    queue: Queue
    entered: float
    left: float
    is_answered: bool
    is_told: bool = True


@dataclass(slots=True)
class Found:
    """Of one scenario, over any number of days."""

    days: int = 0
    beyond: int = 0
    missed: dict[str, int] = field(default_factory=dict)  # by way
    delays_s: dict[str, list[float]] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    for_nothing: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)


def callers(scenario: Scenario, chance: Random) -> list[Caller]:
    """Who calls on one day."""
    drawn = [*_soon(BUSY, 40, chance), *(caller for queue in QUIET for caller in _soon(queue, 720, chance))]
    for _ in range(scenario.lone):
        entered = chance.uniform(0, CLOSES_S - 300)
        drawn.append(Caller(chance.choice(QUIET), entered, entered + chance.uniform(180, 6000), True))
    for _ in range(scenario.lost):
        entered = chance.uniform(OPENS_S, CLOSES_S - 3600)
        drawn.append(Caller(chance.choice(QUIET), entered, entered + chance.uniform(20, 200), False, is_told=False))
    return drawn


def _soon(queue: Queue, every_s: float, chance: Random) -> Iterator[Caller]:
    entered = OPENS_S + chance.expovariate(1 / every_s)
    while entered < CLOSES_S:
        yield Caller(queue, entered, entered + chance.uniform(10, 90), chance.random() < 0.95)
        entered += chance.expovariate(1 / every_s)


def sent(day: Sequence[Caller], scenario: Scenario, start_ms: int) -> list[Record]:
    """What the source sends, in order."""
    made = [one for n, caller in enumerate(day) for one in _events(f"{start_ms}/{n}", caller)]
    if scenario.says != "nothing":
        for second in range(0, DAY_S, REPORTED_EVERY_S):
            for queue in (BUSY, *QUIET):
                here = sum(one.queue == queue and one.entered <= second < one.left for one in day)
                waiting = here if scenario.says == "how many" else 0
                made.append((second, event("queue.snapshot", 0, None, _line(queue), waiting=waiting)))
    made.sort(key=lambda one: one[0])
    return [_record(start_ms + round(second * 1000), said) for second, said in made]


def _record(ms: int, said: Event) -> Record:
    happened: Any = said | {"occurred_at": ms}
    return record(ms, happened)


def _events(id_: str, caller: Caller) -> Iterator[tuple[float, Event]]:
    """With the second of the day in which each is said."""
    line = _line(caller.queue)
    yield caller.entered, event("queue.entered", 0, id_, line)
    if caller.is_told:
        yield caller.left, event("queue.answered" if caller.is_answered else "queue.abandoned", 0, id_, line)


def _line(queue: Queue) -> str:
    return f"phone/{queue[0]}/{queue[1]}"


def one(seed: int, asked: tuple[str, int]) -> tuple[str, Found]:
    """One day of one scenario."""
    name, opens_ms = asked
    centre, scenario, start_ms = load(), SCENARIOS[name], opens_ms - BEFORE_S * 1000
    day = callers(scenario, Random(f"{seed}/{name}/{opens_ms}"))
    seconds = range(start_ms // 1000, start_ms // 1000 + DAY_S)
    with tempfile.TemporaryDirectory() as folder:
        Installation(centre).play(sent(day, scenario, start_ms), seconds, Path(folder) / "scrapes-0.txt")
        told = fired(centre, Path(folder), [seconds], TOLD_BY)
    return name, judged(day, told, centre, seconds.start)


def judged(day: Sequence[Caller], told: Iterable[Fired], centre: Centre, start_s: float) -> Found:
    """Held against what was true: who of the callers really waited for longer than one may, and since when."""
    told = list(told)
    true = [
        (caller.queue, start_s + since, start_s + caller.left) for caller in day for since in _beyond(caller, centre)
    ]
    found = Found(days=1, beyond=len(true))
    for way, names in (("all alerts", TOLD_BY), ("promises alone", OF_PROMISES)):
        own = [one for one in told if one.alert.name in names]
        pages, warnings = (messages(own, of, route(centre), inhibitions(centre)) for of in ("critical", "warning"))
        pages = [page for page in pages if page.kind == "page"]
        found.pages[way] = len(pages)
        found.warnings[way] = sum(warning.kind == "page" for warning in warnings)
        found.for_nothing[way] = sum(
            not any(_is_of(one, *wait) for one in page.about for wait in true)
            and not any(_is_broken(one, day, centre, start_s) for one in page.about)
            for page in pages
        )
        firsts = [
            min((one.firing.start_s for one in own if _is_of(one, *wait, around_s=0)), default=None) for wait in true
        ]
        found.missed[way] = firsts.count(None)
        found.delays_s[way] = [
            max(0.0, first - since) for first, (_, since, _) in zip(firsts, true, strict=True) if first is not None
        ]
    return found


def _beyond(caller: Caller, centre: Centre) -> Iterator[float]:
    """Since when the caller has truly waited for longer than one may; nothing where that is never, or soon over."""
    limit_s = centre.longest_waits_at(DAY)[f"phone/{caller.queue[0]}"] / 1000
    since = max(caller.entered, OPENS_S) + limit_s
    if caller.left - since >= LEAST_S:
        yield since


def _is_of(page: Fired, queue: Queue, since_s: float, until_s: float, around_s: float = AROUND_S) -> bool:
    """Whether a page is of the queue, or its group, and of the time in which somebody waited there for too long."""
    labels = dict(page.labels)
    is_there = labels["audience"] == queue[0] and labels.get("queue", queue[1]) == queue[1]
    return is_there and page.firing.start_s <= until_s + around_s and page.firing.end_s >= since_s


def _is_broken(page: Fired, day: Sequence[Caller], centre: Centre, start_s: float) -> bool:
    """Whether the promise was truly broken, by all who were answered."""
    target = next((target for target in centre.targets_at(DAY) if target.id == page.alert.target), None)
    if target is None:
        return False
    own = (one for one in day if one.is_answered and one.queue[0] == target.audience)
    answered = sorted((start_s + one.left, one.left - one.entered) for one in own)
    seconds = range(int(page.firing.start_s) - AROUND_S, int(page.firing.end_s), EVALUATED_EVERY_S)
    return any(broken(answered, seconds, target.window / 1000, Promised.of(target)))


def together(many: Iterable[Found]) -> Found:
    """All days of a scenario."""
    whole = Found()
    for one in many:
        whole.days += one.days
        whole.beyond += one.beyond
        for way in one.pages:
            for name in ("missed", "pages", "for_nothing", "warnings"):
                counted = getattr(whole, name)
                counted[way] = counted.get(way, 0) + getattr(one, name)[way]
            whole.delays_s.setdefault(way, []).extend(one.delays_s[way])
    return whole


def table(result: dict[str, Found]) -> str:
    """For a page."""
    days = next(iter(result.values())).days
    lines = [
        f"{days} days of each. Told by whichever comes first, a page or a warning.",
        "",
        "| | beyond the limit | missed | delay p50, most (s) | pages a day | for nothing a day | warnings a day |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, found in result.items():
        for way, pages in found.pages.items():
            delays = found.delays_s[way]
            late = f"{at(delays, 0.5):.0f}, {max(delays):.0f}" if delays else "–"
            cells = [f"{name}: {way}", found.beyond, found.missed[way], late]
            cells += [f"{pages / days:.2g}", f"{found.for_nothing[way] / days:.2g}"]
            cells += [f"{found.warnings[way] / days:.2g}"]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    """Plays the days on all cores, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.study.lone", description=__doc__)
    parser.add_argument("--days", type=int, default=5, help="of each scenario (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into deploy/ALERTS.md")
    asked = parser.parse_args()
    planned = [(name, opens_ms) for name in SCENARIOS for opens_ms in working_days(asked.days)]
    with ProcessPoolExecutor(initializer=partial(os.nice, 10)) as pool:
        played = list(pool.map(partial(one, asked.seed), planned))
    made = table({name: together(found for of, found in played if of == name) for name in SCENARIOS})
    print(made)
    if asked.write:
        PAGE.write_text(placed(PAGE.read_text(), "lone", made))


if __name__ == "__main__":
    main()
