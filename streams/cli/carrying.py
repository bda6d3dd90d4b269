"""What another state has of days that the one to be served has not, carried over to it before it is.

Imports serve, ingest and keys.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from aiokafka.errors import KafkaError
from msgspec.structs import replace

from config import Centre
from streams.cli.app import CommandError, progress_bar
from streams.cli.comparable import all_comparable_since_ms, comparable_since_ms
from streams.cli.states import State, made_by, places
from streams.core.calendar import day_of, next_day
from streams.core.carried import (
    FIELD,
    Carried,
    carried_from,
    carried_name,
    is_carried,
    nth_of,
    own_since,
    unpacked_carried,
)
from streams.core.rules import STATE_VERSION, Rules
from streams.ingest.carrying import cut
from streams.ingest.checkpoints import KafkaCheckpoints, pack
from streams.ingest.layout import Hashes, past
from streams.ingest.store import Store
from streams.redis_client import Client
from streams.sealed import Spoiled, typed
from streams.serve.configuration import Configured
from streams.serve.history_cells import first_days
from streams.settings import Settings

_INSTEAD: Final = "Or serve it without those days, --no-carry: they stay where they are"


@dataclass(frozen=True, slots=True)
class Seam:
    """From when on a state has days wholly, as it began in the middle of a log; midnights of its own, epoch ms."""

    visits_ms: int  # what visits came to
    all_ms: int  # and promises and journeys, too
    settled_ms: int  # what is before it is late: nothing changes it any more
    reached_ms: int  # how far the other state has counted

    @property
    def until_ms(self) -> int:
        """Up to when the other one's days are better than its own."""
        best = self.all_ms if self.all_ms <= self.settled_ms else self.visits_ms
        return min(best, self.reached_ms)


@dataclass(frozen=True, slots=True)
class Carrying:
    """What would be carried over, and what is to be said of it."""

    seam: Seam
    names: tuple[str, ...]  # the partitions, of the state before; none: there is nothing, or it is done already
    told: tuple[str, ...]


NOTHING: Final = Carrying(Seam(0, 0, 0, 0), (), ())


async def carrying(client: Client, settings: Settings, of: State, to: State) -> Carrying:
    """Looked for, and nothing written. Raises CommandError where the state to be served cannot be read here."""
    by = await made_by(client, to, settings)
    await _check_keys(client, to, by.rules)
    found = await seam(client, settings, of, to)
    carried = [name for name in await _retired(client, of) if carried_from(name) != to.name]  # else it has it itself
    there = [*sorted(of.partitions), *carried]
    first = await first_days(client, of.keys, there)
    visits_ms, _ = await _wholly_since(client, settings, of)
    since = min([visits_ms, *(first[name] for name in carried if name in first)])
    own = min((await first_days(client, to.keys, to.partitions)).values(), default=found.until_ms)
    missed = await _missed(client, settings, to, by)
    if since >= found.until_ms or min(first.values(), default=since) > own:  # it has no more than that
        return Carrying(found, (), missed)
    if any(map(is_carried, await _retired(client, to))):
        return Carrying(found, (), (f"{to.name} carries earlier days already: nothing is added to them", *missed))
    told = _told(of, to, found, min(first.values()), partial(_date_of, by.centre))
    return Carrying(found, tuple(there), (*told, *missed))


async def _missed(client: Client, settings: Settings, to: State, by: Configured) -> tuple[str, ...]:
    lost = sum(place.past.lost for place in (await places(client, to, by, settings)).values() if place)
    if not lost:
        return ()
    return (f"{to.name} misses {lost:,} records that Kafka let go of before it counted them: it has some day in part",)


def _told(of: State, to: State, found: Seam, first: int, date_of: Callable[[int], str]) -> Iterator[str]:
    until = date_of(found.until_ms)
    yield f"{of.name} has days from {date_of(first)} on, and {to.name} has them wholly from {until} on"
    if found.until_ms > found.settled_ms:
        yield "what comes late of the days before that counts no more: they are carried over as they are now"
    if found.until_ms < found.visits_ms:
        yield f"{of.name} has counted no further, and {to.name} has days in part until {date_of(found.visits_ms)}"
    elif found.until_ms < found.all_ms:
        yield f"until {date_of(found.all_ms)} callbacks and journeys that began before its log are missing"


def _date_of(centre: Centre, at_ms: int) -> str:
    return f"{centre.date_at(at_ms):%Y-%m-%d}"


async def _retired(client: Client, of: State) -> list[str]:
    members = await typed(of.keys.retired, client.smembers(of.keys.retired))
    return sorted(name.decode(errors="replace") for name in members)


async def _check_keys(client: Client, to: State, rules: Rules) -> None:
    """What was counted with other keys could not be read beside what is carried over to it, by nobody."""
    for name in sorted(to.partitions):
        key = to.keys.partition(name).meta
        counted_by: bytes | None = await typed(key, client.hget(key, "rules"))
        if counted_by and rules.version_of(counted_by) is None:
            keys = "SVARTID_PSEUDONYM_KEY and SVARTID_QUEUE_KEY"
            told = f"{name} of {to.name} was counted with other keys than {keys} here: give those that its workers have"
            raise CommandError(f"{told}. Nothing was done")


async def seam(client: Client, settings: Settings, of: State, to: State) -> Seam:
    """Between two states as they stand now."""
    by = await made_by(client, to, settings)
    zone, now_ms = ZoneInfo(by.centre.timezone), settings.clock.now_ms()
    reached = day_of(now_ms, zone)
    if of.why_not_whole:  # it counts no more
        furthest = await Store(client, of.keys, by.rules, settings.instance).furthest()
        reached = min(reached, day_of(furthest, zone))
    settled = day_of(now_ms - by.rules.definitions.longest.horizon_ms, zone)
    return Seam(*await _wholly_since(client, settings, to), settled, reached)


async def _wholly_since(client: Client, settings: Settings, of: State) -> tuple[int, int]:
    """The first midnights (epoch ms) from which on a state has all visits itself, and all that there is."""
    by = await made_by(client, of, settings)
    zone, first = ZoneInfo(by.centre.timezone), await first_days(client, of.keys, of.partitions)
    found = await places(client, of, by, settings)
    begun = [name for name, place in found.items() if place and (place.past.began or place.past.lost)]
    kept = [next_day(first[name], zone) for name in begun if name in first]
    if not kept:
        since = min(first.values(), default=day_of(settings.clock.now_ms(), zone))
        return since, since
    visits, everything = (
        max(_midnight_after(since(day, by.rules), zone) for day in kept)
        for since in (comparable_since_ms, all_comparable_since_ms)
    )
    return visits, everything


def _midnight_after(at: int, zone: ZoneInfo) -> int:
    day = day_of(at, zone)
    return day if day == at else next_day(day, zone)


async def carry_over(client: Client, settings: Settings, of: State, to: State, what: Carrying) -> list[str]:
    """Writes what is to be carried over beside the other's partitions; answers under which names.

    Nothing of it is read by anybody before all of it is there. Raises CommandError.
    """
    if not what.names:
        return []
    from_, into = await made_by(client, of, settings), await made_by(client, to, settings)
    source = Store(client, of.keys, from_.rules, settings.instance)
    target = Store(client, to.keys, into.rules, settings.instance)
    nth = 1 + max(map(nth_of, [*await source.retired(), *await target.retired()]), default=0)
    hashes = {name: await _read(source, from_.rules, of, name) for name in what.names}
    there = {name: found for name, found in hashes.items() if found}
    cuts = _cuts(there, of, to, from_, into.rules, nth, what.seam.until_ms)
    await _write(cuts, target, settings.model_copy(update={"shadow": to.name}))
    return sorted(cuts)


async def take_out(client: Client, settings: Settings, to: State, names: Sequence[str]) -> None:
    """What was carried over for a switch that did not come about."""
    target = Store(client, to.keys, (await made_by(client, to, settings)).rules, settings.instance)
    await target.retire(names, (), forget=True)
    checkpoints = KafkaCheckpoints(settings.model_copy(update={"shadow": to.name}))
    try:
        await checkpoints.forget(names)
    finally:
        await checkpoints.close()


async def _read(source: Store, rules: Rules, of: State, name: str) -> Hashes | None:
    """A partition that is whole; None where nothing was counted of it."""
    try:
        hashes = await source.read(name)
    except Spoiled as spoiled:
        raise CommandError(f"{spoiled.in_words}. {_INSTEAD}") from None
    meta, then = hashes[0], past(hashes[0])
    if b"offset" not in meta and not then.torn:
        return None
    version = rules.version_of(meta.get(b"rules"))
    if version is None:
        told = f"{name} of {of.name} was counted with other keys than those here, and cannot be carried over"
    elif version != STATE_VERSION:
        told = f"{name} of {of.name} is of the version before: one of its workers brings it to today's within a minute"
    elif then.torn or (then.rebuild is not None and int(meta[b"offset"]) < then.rebuild[1]):
        told = f"{name} of {of.name} is not whole, and cannot be carried over: wait until its workers are ready"
    else:
        return hashes
    raise CommandError(f"{told}. {_INSTEAD}")


def _cuts(
    hashes: dict[str, Hashes], of: State, to: State, from_: Configured, rules: Rules, nth: int, until_ms: int
) -> dict[str, Hashes]:
    """What is carried over of each partition, by the name that it has then."""
    carried = {name: unpacked_carried(found[0].get(FIELD.encode())) for name, found in hashes.items()}
    own_ms = own_since(one for one in carried.values() if one)
    changed = tuple(terms.from_ms for terms in from_.rules.definitions.later if terms.from_ms < until_ms)
    ours = Carried(of.name, until_ms, from_.centre.timezone, changed)
    cuts = {}
    for name, found in hashes.items():
        if one := carried[name]:
            ends = until_ms if one.until_ms is None else min(one.until_ms, until_ms)
            cuts[name] = cut(found, replace(one, until_ms=one.until_ms and ends), rules)
        else:  # what is read no more by either is so wholly
            ends_not = name not in of.partitions and name not in to.partitions
            cuts[carried_name(of.name, nth, name)] = cut(
                found, replace(ours, until_ms=None) if ends_not else ours, rules, own_ms
            )
    return {name: kept for name, kept in cuts.items() if kept}


async def _write(cuts: dict[str, Hashes], target: Store, settings: Settings) -> None:
    checkpoints, names = KafkaCheckpoints(settings), sorted(cuts)
    try:
        with progress_bar(shown=True) as bar:
            task = bar.add_task("carrying over", total=2 * len(cuts))
            for name in names:
                if await target.put(name, cuts[name]) != "ok":
                    raise CommandError("somebody else carries days over at this moment. Nothing was done")
                bar.advance(task)
            await target.list_retired(names)  # in one step: from now on all of it is read
            with suppress(KafkaError, TimeoutError):  # a worker writes those that are missing
                for name in names:
                    value = await asyncio.to_thread(pack, name, cuts[name][0][b"rules"].decode(), cuts[name])
                    await checkpoints.write(name, 0, value)
                    bar.advance(task)
    finally:
        await checkpoints.close()
