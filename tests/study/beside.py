"""What a usual day has beside what the simulator plays: quiet queues in which somebody waits alone, ghosts, and hangups
that nobody hears of; and days with a lunch break, or that close early.

Pure: a scenario, a seed and a day give the same records. How much of it is usual is a choice, as no centre has told:
`USUAL` has it. A source counts who waits in its queues for as long as its people are there, and goes on to say 0 when
they are closed. May import: config, sources, tests' events.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial
from heapq import merge
from random import Random
from zlib import crc32

import orjson

import config
from config import Centre
from streams.sources.days import Days
from streams.sources.model import Centre as Model
from streams.sources.nks import nks
from streams.sources.records import records
from streams.sources.scenarios import SCENARIOS
from streams.sources.wire import Event, Record, record, source_of

QUIET = (("phone", "personbruker", "tolk"), ("phone", "samhandler", "bandasjist"))
BREAK, EARLY = (11.5, 12.25), 12.0  # the phone's lunch, and when a half-day closes
REPORTED_EVERY_MS = 60_000
LONE_WAIT_S = (600, 6000)


@dataclass(frozen=True, slots=True)
class Beside:
    """How much of each there is."""

    ghosts: float = 1 / 5000  # of contacts: nothing is told of one after its entry
    lost_hangups: float = 1 / 500  # of those who give up: neither that, nor that the contact ended
    callers: int = 10  # a day in each quiet queue, who are answered soon
    lone: float = 1 / 100  # of those: nobody answers for long
    has_breaks: bool = False  # a lunch break each day, and the last of a week closes early


USUAL = Beside()
OF = {
    "edges": Beside(has_breaks=True),
    "lost": Beside(ghosts=1 / 500, lost_hangups=1 / 50, lone=1 / 10),
}
PLAYED = {"edges": "normal", "lost": "normal"}  # what the simulator plays


@dataclass(frozen=True, slots=True)
class Played:
    """A day: what truly happened, and what svartid hears of it. Both are made anew each time, as they are much."""

    sent: Callable[[], Iterator[Record]]
    heard: Callable[[], Iterator[Record]]


def centre_of(scenario: str, days: Iterable[date]) -> Centre:
    """The project's own centre with the quiet queues, and with the hours of these days."""
    texts = config.texts_of()
    queues = texts["queues.toml"].replace('"internasjonalt"]', '"internasjonalt", "tolk"]')
    queues = queues.replace('"lege-behandler", "kommune"]', '"lege-behandler", "kommune", "bandasjist"]')
    if beside(scenario).has_breaks:
        early = "".join(f"; {day:%Y %b %d} 09:00-12:00" for day in _half_days(days))
        queues = queues.replace('phone = "Mon-Fri 09:00-15:00"', f'phone = "Mon-Fri 09:00-11:30,12:15-15:00{early}"')
        queues = queues.replace('chat = "Mon-Fri 09:00-15:00"', f'chat = "Mon-Fri 09:00-15:00{early}"')
    return config.centre_of({**texts, "queues.toml": queues}, f"study: {scenario}")


def beside(scenario: str) -> Beside:
    """What a scenario has of it: as usual, where nothing else is said."""
    return OF.get(scenario, USUAL)


def play(scenario: str, seed: int, start_ms: int, hours: float, days: Iterable[date]) -> Played:
    """A day that begins at an instant, of a week that has these days."""
    sent = partial(_sent, scenario, seed, start_ms, hours, tuple(days))
    return Played(sent, lambda: _heard(sent(), beside(scenario), seed))


def lost(played: Played) -> list[tuple[str, float]]:
    """The line of each visit whose end nobody hears of, and since when (s) it is waited for in vain."""
    heard = {one.value for one in played.heard()}
    gone = (
        one for one in played.sent() if one.value not in heard and one.kind in ("queue.answered", "queue.abandoned")
    )
    return [(_line(_event(one)), one.timestamp_ms / 1000) for one in gone]


def _half_days(days: Iterable[date]) -> list[date]:
    """The last of a week."""
    return list(days)[-1:]


@cache
def _model(scenario: str, days: tuple[date, ...]) -> Model:
    if not beside(scenario).has_breaks:
        return nks()
    return replace(nks(), breaks={"phone": BREAK}, short_days=dict.fromkeys(_half_days(days), EARLY))


def _sent(scenario: str, seed: int, start_ms: int, hours: float, days: tuple[date, ...]) -> Iterator[Record]:
    """All that happens, in order of when it is sent."""
    played, model = PLAYED.get(scenario, scenario), _model(scenario, days)
    silent_min = SCENARIOS[played].silent_after_min
    end_ms = start_ms + round((hours if silent_min is None else silent_min / 60) * 3_600_000)
    quiet = _quiet(beside(scenario), Random(f"{seed}/quiet/{start_ms}"), Days(model), start_ms, end_ms)
    others = merge(quiet, _closed(Days(model), model, start_ms, end_ms), key=_sent_at)
    return merge(records(played, seed, start_ms, hours, model), others, key=_sent_at)


def _sent_at(one: Record) -> int:
    return one.timestamp_ms


def _closed(days: Days, model: Model, start_ms: int, end_ms: int) -> Iterator[Record]:
    """Nobody waits, says the source, where it is closed: the simulator's says nothing then."""
    for ms in range(start_ms, end_ms, REPORTED_EVERY_MS):
        for line in model.lines:
            if not days.is_open(line.name.channel, ms):
                yield _counted(line.name, 0, ms)


def _quiet(of: Beside, chance: Random, days: Days, start_ms: int, end_ms: int) -> list[Record]:
    """The quiet queues' callers, and what their source counts."""
    made: list[Record] = []
    for name in QUIET:
        came = [(at_ms, at_ms + _waits_ms(of, chance)) for at_ms in _open(of, chance, days, start_ms, end_ms)]
        for n, (entered_ms, left_ms) in enumerate(came):
            who = f"{name[2]}-{start_ms}-{n}"
            told = (("queue.entered", entered_ms), ("queue.answered", left_ms), ("contact.ended", left_ms + 240_000))
            made += [_told(kind, name, who, ms) for kind, ms in told if ms < end_ms]
        for ms in range(start_ms, end_ms, REPORTED_EVERY_MS):
            made.append(_counted(name, sum(entered <= ms < left for entered, left in came), ms))
    return sorted(made, key=_sent_at)


def _open(of: Beside, chance: Random, days: Days, start_ms: int, end_ms: int) -> Iterator[int]:
    """When they call: any time at which it is open."""
    for _ in range(of.callers):
        at_ms = start_ms + chance.randrange(6 * 3_600_000)
        if days.is_open("phone", at_ms) and at_ms < end_ms:
            yield at_ms


def _waits_ms(of: Beside, chance: Random) -> int:
    least, most = LONE_WAIT_S if chance.random() < of.lone else (5, 60)
    return round(chance.uniform(least, most) * 1000)


def _told(kind: str, name: tuple[str, str, str], who: str, ms: int) -> Record:
    return record(ms, _said(kind, name, ms) | Event(journey_id=who, contact_id=who, visit_id=who))


def _counted(name: tuple[str, str, str], waiting: int, ms: int) -> Record:
    return record(ms, _said("queue.snapshot", name, ms) | Event(waiting=waiting))


def _said(kind: str, name: tuple[str, str, str], ms: int) -> Event:
    channel, audience, queue = name
    return Event(
        schema_version=1,
        event_id=f"{kind}-{queue}-{ms}",
        type=kind,
        occurred_at=ms,
        source=source_of(channel),
        channel=channel,
        audience=audience,
        queue=queue,
    )


def _heard(sent: Iterable[Record], of: Beside, seed: int) -> Iterator[Record]:
    """What of it comes: of a ghost nothing after its entry, of a hangup that is lost nothing from there on."""
    gone: set[str] = set()
    for one in sent:
        who = _contact(one)
        if who not in gone:
            yielded = one.kind != "queue.abandoned" or not _is_drawn("hangup", who, of.lost_hangups, seed)
            if yielded:
                yield one
            if not yielded or (one.kind == "queue.entered" and _is_drawn("ghost", who, of.ghosts, seed)):
                gone.add(who)


def _contact(one: Record) -> str:
    if one.value is None or one.kind.startswith(("broken", "queue.snapshot")):
        return ""
    return str(_event(one).get("contact_id", ""))


def _is_drawn(what: str, who: str, share: float, seed: int) -> bool:
    """By the contact's own id, so that it depends on nothing else."""
    return crc32(f"{seed}/{what}/{who}".encode()) < share * 2**32


def _event(one: Record) -> Event:
    found: Event = orjson.loads(one.value or b"{}")
    return found


def _line(event: Event) -> str:
    return f"{event['channel']}/{event['audience']}/{event['queue']}"


def dates(starts_ms: Iterable[int]) -> list[date]:
    """The local dates of some instants."""
    zone = Days(nks()).zone
    return [datetime.fromtimestamp(ms / 1000, zone).date() for ms in starts_ms]
