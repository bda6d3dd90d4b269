"""Whether what is told can be heeded: how many pages a day somebody gets, and whether those who should be told were.

A page is a message to on-call that has something new in it (`notified.py`). A breach is *long* from 30 minutes on; a
wait is, if it lasted `WAITED_S` beyond what one may wait. Each is told to on-call, to operations alone, or missed.
May import: config, generate, the study.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from config import Centre
from streams.generate.alertmanager import inhibitions, route
from streams.generate.target_alerts import BREACH, GRAVE_BREACH
from streams.generate.wait_alerts import LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED
from tests.cards import DAY
from tests.study.evaluation import Fired
from tests.study.notified import Message, messages
from tests.study.week import Day
from tests.truth import Episode

LONG_S, WAITED_S, AROUND_S = 1800, 300, 300
To = Literal["on-call", "operations", "nobody"]
_OF_PROMISES = (BREACH, GRAVE_BREACH)
_OF_WAITS = (LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED)


@dataclass(slots=True)
class Heeded:
    """Of any number of days."""

    pages: list[int] = field(default_factory=list)  # of each day
    for_nothing: int = 0  # pages
    repeats: int = 0
    warnings: int = 0
    of: Counter[str] = field(default_factory=Counter)  # pages by what they are of
    breaches: Counter[str] = field(default_factory=Counter)  # long ones, by who was told
    waits: Counter[str] = field(default_factory=Counter)
    breach_delays_s: list[float] = field(default_factory=list)  # of those told, to anybody
    wait_delays_s: list[float] = field(default_factory=list)

    def add_all(self, other: "Heeded") -> None:
        """Another's days."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def add(self, fired: Sequence[Fired], day: Day, centre: Centre) -> None:
        """One day, of all that fires on it."""
        here = [one for one in fired if one.firing.start_s in day.seconds]
        paged, warned = (messages(here, of, route(centre), inhibitions(centre)) for of in ("critical", "warning"))
        pages = [message for message in paged if message.kind == "page"]
        self.pages.append(len(pages))
        self.repeats += len(paged) - len(pages)
        self.warnings += sum(message.kind == "page" for message in warned)
        self.of.update(_whose(message) for message in pages)
        self.for_nothing += sum(not any(_is_true(one, day, centre) for one in message.about) for message in pages)
        for target in centre.targets_at(DAY):
            for episode in (e for e in day.broken[target.id] if e.seconds >= LONG_S):
                of_it = [one for one in here if one.alert.name in _OF_PROMISES and one.alert.target == target.id]
                self._note("breach", episode, of_it)
        for line, waits in day.beyond.items():
            for episode in (wait for wait in waits if wait.seconds >= WAITED_S):
                self._note("wait", episode, [one for one in here if _says_where(one, line)])

    def _note(self, what: Literal["breach", "wait"], episode: Episode, about: Iterable[Fired]) -> None:
        """Who was told of it while it lasted, and after how long."""
        told = [o for o in about if o.firing.start_s <= episode.end_s and o.firing.end_s >= episode.start_s]
        severities = {one.alert.severity for one in told}
        to: To = "on-call" if "critical" in severities else "operations" if told else "nobody"
        counted, delays_s = self.breaches, self.breach_delays_s
        if what == "wait":
            counted, delays_s = self.waits, self.wait_delays_s
        counted[to] += 1
        if told:
            delays_s.append(max(0.0, min(one.firing.start_s for one in told) - episode.start_s))


def _whose(message: Message) -> str:
    first = message.about[0]
    labels = dict(first.labels)
    return " ".join(filter(None, (first.alert.name, labels.get("channel"), labels.get("audience"))))


def _says_where(one: Fired, line: str) -> bool:
    """Whether it is told of the line, or of its group: whoever looks there sees who waits."""
    channel, audience, queue = line.split("/")
    labels = dict(one.labels)
    is_there = (labels.get("channel"), labels.get("audience")) == (channel, audience)
    return is_there and (one.alert.name in _OF_PROMISES or (one.alert.name in _OF_WAITS and labels["queue"] == queue))


def _is_true(one: Fired, day: Day, centre: Centre) -> bool:
    """Whether a promise was truly broken, or somebody truly waited for too long, when it came or a little before."""
    if one.alert.target in day.broken:
        true = day.broken[one.alert.target or ""]
    elif one.alert.name in _OF_WAITS:
        labels = dict(one.labels)
        true = day.beyond.get(f"{labels['channel']}/{labels['audience']}/{labels['queue']}", [])
    else:
        return True  # judged with all other alerts
    return any(e.start_s <= one.firing.end_s and e.end_s >= one.firing.start_s - AROUND_S for e in true)
