"""What another state has of days that the one to be served has not, carried over to it before it is.

Imports serve, ingest and keys.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from streams.cli.app import CommandError, progress_bar
from streams.cli.comparable import all_comparable_since_ms, comparable_since_ms
from streams.cli.states import State, made_by, places
from streams.core.calendar import day_of, next_day
from streams.core.carried import FIELD, Carried, carried_name, is_carried, own_since, unpacked_carried
from streams.core.rules import STATE_VERSION, Rules
from streams.ingest.carrying import cut
from streams.ingest.checkpoints import KafkaCheckpoints, pack
from streams.ingest.layout import Hashes, past
from streams.ingest.other_rules import OtherRules
from streams.ingest.store import Store
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.history_cells import first_days
from streams.settings import Settings

_INSTEAD: Final = "Or serve it without those days, --no-carry: they stay where they are"


@dataclass(frozen=True, slots=True)
class Seam:
    """From when on a state has days wholly, as it began in the middle of a log; midnights of its own, epoch ms."""

    visits_ms: int  # what visits came to
    all_ms: int  # and promises and journeys, too
    today_ms: int

    @property
    def until_ms(self) -> int:
        """Up to when another one's days are better than its own."""
        return self.all_ms if self.all_ms <= self.today_ms else min(self.visits_ms, self.today_ms)


async def seam(client: Client, settings: Settings, of: State) -> Seam:
    """Of a state as it stands now."""
    by = await made_by(client, of, settings)
    zone, first = ZoneInfo(by.centre.timezone), await first_days(client, of.keys, of.partitions)
    today = day_of(settings.clock.now_ms(), zone)
    found = await places(client, of, by, settings)
    begun = [name for name, place in found.items() if place and (place.past.began or place.past.lost)]
    kept = [next_day(first[name], zone) for name in begun if name in first]
    if not kept:
        since = min(first.values(), default=today)
        return Seam(since, since, today)
    visits, everything = [
        max(_midnight_after(since(day, by.rules), zone) for day in kept)
        for since in (comparable_since_ms, all_comparable_since_ms)
    ]
    return Seam(visits, everything, today)


def _midnight_after(at: int, zone: ZoneInfo) -> int:
    day = day_of(at, zone)
    return day if day == at else next_day(day, zone)


async def carry_over(client: Client, settings: Settings, of: State, to: State, nth: int, until_ms: int) -> list[str]:
    """Writes what one state has of before then beside another's partitions; answers under which names.

    `nth` is the number of the switch that it is for. Where an earlier one carried something over, that stays, and
    nothing is added. Raises CommandError, OtherRules and Spoiled; then nothing of it is read by anybody.
    """
    from_, into = await made_by(client, of, settings), await made_by(client, to, settings)
    source = Store(client, of.keys, from_.rules, settings.instance)
    target = Store(client, to.keys, into.rules, settings.instance)
    before = [name for name in await target.retired() if is_carried(name)]
    undone = [name for name in before if name.startswith(carried_name(of.name, nth, ""))]  # of a switch that failed
    if len(undone) < len(before):
        return []
    await target.retire(undone, (), forget=True)
    hashes = {
        name: await _read(source, from_.rules, name) for name in sorted({*of.partitions, *await source.retired()})
    }
    cuts = _cuts({name: found for name, found in hashes.items() if found}, of, to, from_, into.rules, nth, until_ms)
    await _write(cuts, target, settings.model_copy(update={"shadow": to.name}))
    return sorted(cuts)


async def _read(source: Store, rules: Rules, name: str) -> Hashes | None:
    """A partition that is whole; None where nothing was counted of it."""
    hashes = await source.read(name)
    meta = hashes[0]
    if b"offset" not in meta and not past(meta).torn:
        return None
    version = rules.version_of(meta.get(b"rules"))
    if version is None:
        raise OtherRules(name)
    of = past(meta)
    if version != STATE_VERSION or of.torn or (of.rebuild is not None and int(meta[b"offset"]) < of.rebuild[1]):
        told = f"{name} of the state before is not whole, or of the version before, and cannot be carried over"
        raise CommandError(f"{told}: wait until its workers are ready. {_INSTEAD}")
    return hashes


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
    checkpoints = KafkaCheckpoints(settings)
    try:
        with progress_bar(shown=True) as bar:
            task = bar.add_task("carrying over", total=len(cuts))
            for name, hashes in cuts.items():
                if await target.put(name, hashes) != "ok":
                    raise CommandError("somebody else carries days over at this moment. Nothing was done")
                value = await asyncio.to_thread(pack, name, hashes[0][b"rules"].decode(), hashes)
                await checkpoints.write(name, 0, value)
                bar.advance(task)
        await target.retire(sorted(cuts), (), forget=False)  # from now on it is read
    finally:
        await checkpoints.close()
