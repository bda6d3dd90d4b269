"""What another state has of days that the one to be served has not, carried over to it before it is.

Imports serve, ingest and keys.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError
from msgspec.structs import replace

from streams.cli.app import CommandError, progress_bar
from streams.cli.comparable import all_comparable_since_ms, comparable_since_ms
from streams.cli.states import Side, State, made_by, places, side_of
from streams.core.calendar import day_of
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
from streams.ingest.register import Register
from streams.ingest.store import Place, Store
from streams.partition_names import in_a_sentence
from streams.past.history_cells import first_days
from streams.redis_client import Client
from streams.sealed import Spoiled
from streams.serve.configuration import Configured
from streams.settings import Settings

_INSTEAD: Final = "Or serve it without those days, --no-carry: they stay where they are"


@dataclass(frozen=True, slots=True)
class Seam:
    """From when on a state has days wholly, as it began in the middle of a log; midnights of its own, epoch ms."""

    visits_ms: int  # what visits came to
    all_ms: int  # and promises, journeys and letters, too
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

    until_ms: int = 0  # all that starts before it (epoch ms)
    names: tuple[str, ...] = ()  # of partitions of the state before; none: there is nothing, or it is done already
    told: tuple[str, ...] = ()


NOTHING: Final = Carrying()


@dataclass(frozen=True, slots=True)
class Standing:
    """A state as it stands: how far each partition is counted, and what of it nobody reads on."""

    side: Side
    places: Mapping[str, Place | None]
    retired: Mapping[str, int | None]  # by name, when its first day began (epoch ms)

    @property
    def name(self) -> str:
        """What SVARTID_SHADOW calls it."""
        return self.side.state.name

    @property
    def carried(self) -> list[str]:
        """What it has of another, by name."""
        return [name for name in self.retired if is_carried(name)]

    def first_ms(self) -> int | None:
        """When its first day begins, its own or another's."""
        return min([*self.side.first.values(), *filter(None, self.retired.values())], default=None)

    def whole_since_ms(self, now_ms: int, since: Callable[[int, Rules], int] = comparable_since_ms) -> int:
        """From when on it has days wholly itself."""
        whole_ms = self.side.whole_since_ms(self.places, since)
        own_ms = min(self.side.first.values(), default=day_of(now_ms, self.side.zone))
        return own_ms if whole_ms is None else whole_ms


async def _standing(client: Client, settings: Settings, of: State) -> Standing:
    at = await side_of(client, settings, of)
    retired = await Register(client, of.keys).retired()
    first = await first_days(client, of.keys, retired)
    return Standing(at, await places(client, of, at.by, settings), {name: first.get(name) for name in retired})


async def carrying(client: Client, settings: Settings, of: State, to: State) -> Carrying:
    """Looked for, and nothing written. Raises CommandError where the state to be served cannot be read here."""
    there, here = await _standing(client, settings, of), await _standing(client, settings, to)
    await _check_keys(client, settings, here.side)
    found = await seam(client, settings, there, here)
    missed = _missed(here)
    if not _is_worth_it(there, here, found, settings.clock.now_ms()):
        return Carrying(told=missed)
    if here.carried:
        return Carrying(told=(f"{to.name} carries earlier days already: nothing is added to them", *missed))
    told = _told(there, here, found)
    return Carrying(found.until_ms, (*sorted(of.partitions), *there.retired), (*told, *missed))


def _is_worth_it(there: Standing, here: Standing, found: Seam, now_ms: int) -> bool:
    """Whether the other has days before the seam wholly, and all that would be hidden by them."""
    first, own = there.first_ms(), here.side.first
    if first is None or first > min(own.values(), default=found.until_ms):
        return False
    is_own_again = any(carried_from(name) == here.name for name in there.carried)
    if is_own_again and first == min(own.values(), default=None):
        return False
    carried = [day for name in there.carried if (day := there.retired[name]) is not None]
    return min([there.whole_since_ms(now_ms), *carried]) < found.until_ms


def _missed(here: Standing) -> tuple[str, ...]:
    lost = sum(place.past.lost for place in here.places.values() if place)
    told = f"{here.name} misses {lost:,} records that Kafka let go of before it counted them: it has some day in part"
    return (told,) if lost else ()


def _told(there: Standing, here: Standing, found: Seam) -> Iterator[str]:
    until, first = _date(here, found.until_ms), _date(here, there.first_ms() or 0)
    yield f"{there.name} has days from {first} on, and {here.name} has them wholly from {until} on"
    if found.until_ms > found.settled_ms:
        yield "what comes late of the days before that counts no more: they are carried over as they are now"
    if found.until_ms < found.visits_ms:
        wholly = _date(here, found.visits_ms)
        yield f"{there.name} has counted no further, and {here.name} has days in part until {wholly}"
    elif found.until_ms < found.all_ms:
        yield f"until {_date(here, found.all_ms)} callbacks, journeys and letters that began before its log are missing"


def _date(here: Standing, at_ms: int) -> str:
    return f"{here.side.by.centre.date_at(at_ms):%Y-%m-%d}"


async def _check_keys(client: Client, settings: Settings, here: Side) -> None:
    """What was counted with other keys could not be read beside what is carried over to it, by nobody."""
    to = here.state
    store = Store(client, to.keys, here.by.rules, settings.instance)
    if names := await store.unreadable(sorted(to.partitions)):
        keys = "SVARTID_PSEUDONYM_KEY and SVARTID_QUEUE_KEY"
        told = f"{in_a_sentence(names)} of {to.name} were counted with other keys than {keys} here"
        raise CommandError(f"{told}: give those that its workers have. Nothing was done")


async def seam(client: Client, settings: Settings, there: Standing, here: Standing) -> Seam:
    """Between two states as they stand now."""
    zone, now_ms, rules = here.side.zone, settings.clock.now_ms(), here.side.by.rules
    reached, of = day_of(now_ms, zone), there.side.state
    if of.why_not_whole:  # it counts no more
        furthest = await Store(client, of.keys, there.side.by.rules, settings.instance).furthest()
        reached = min(reached, day_of(furthest, zone))
    settled = day_of(now_ms - rules.definitions.longest.horizon_ms, zone)
    visits, everything = here.whole_since_ms(now_ms), here.whole_since_ms(now_ms, all_comparable_since_ms)
    return Seam(visits, everything, settled, reached)


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
    cuts = _cuts(there, of, to, from_, into.rules, nth, what.until_ms)
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
