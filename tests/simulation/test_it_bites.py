"""The simulator finds what is broken on purpose: each guard of the commit protocol, and of the log, is missed soon."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pytest

from streams.core.aggregates import Aggregates
from streams.core.contribution import contribution
from streams.core.fold import Changes
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.group_commit import Arguments, GroupCommit
from streams.ingest.log import Tail
from streams.ingest.partitions import Partitions
from streams.ingest.scripts import script as store_script
from streams.ingest.starting import Starting
from streams.ingest.store import Answer, Owned, Ownership, Store
from streams.ingest.turns import Batch
from tests.simulation.run import simulate

WITHIN = 500  # schedules; the rarest is found in one of a hundred


def script(name: str, *changes: tuple[str, str]) -> str:
    """A script's text with something in it replaced; fails where that is not in it any more."""
    text = store_script(name)
    for old, new in changes:
        assert text.count(old) == 1, f"{name} no longer has {old!r}"
        text = text.replace(old, new)
    return text


def store_with(commit: str | None = None, claim: str | None = None) -> type[Store]:
    """A store with other scripts."""

    class Broken(Store):
        def __init__(self, client: Any, *rest: Any) -> None:
            super().__init__(client, *rest)
            if commit is not None:
                self._commit = GroupCommit(client, commit)
            if claim is not None:
                self._claim = client.register_script(claim)

    return Broken


WITHOUT_OFFSET = script("commit.lua", ("redis.call('HSET', KEYS[1], 'offset', ", "tostring("))


class OffsetInAStepOfItsOwn(Store):
    def __init__(self, client: Any, *rest: Any) -> None:
        super().__init__(client, *rest)
        self._commit = GroupCommit(client, WITHOUT_OFFSET)

    async def commit(self, name: str, arguments: Arguments) -> tuple[Answer, int | None]:
        answer: tuple[Answer, int | None] = await super().commit(name, arguments)
        if answer[0] == "ok":
            await self._client.hset(self._keys.partition(name).meta, "offset", arguments[2])
        return answer


class SaysOkAfterAGap(Store):
    async def commit(self, name: str, arguments: Arguments) -> tuple[Answer, int | None]:
        answer, offset = await super().commit(name, arguments)
        return ("ok" if answer == "gap" else answer), offset

    async def ownership(self, names: Sequence[str], *, keeps: bool = True) -> dict[str, Ownership]:
        """Nor does the watchdog see it: it would end the worker, and no harm be done."""
        found = await super().ownership(names, keeps=keeps)
        return {name: Ownership(one.epoch, sys.maxsize) for name, one in found.items()}


class PacksAgainToRepeat(Store):
    """A commit that has to be repeated is made of what has changed since: of nothing."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._sent: set[Any] = set()

    async def commit(self, name: str, arguments: Arguments) -> tuple[Answer, int | None]:
        place = (name, arguments[1], arguments[2])
        if place in self._sent:
            hashes = len(self._keys.partition(name).committed())
            arguments = [*arguments[:3], *[0, 0] * hashes]
        self._sent.add(place)
        return await super().commit(name, arguments)


class ForgetsJourneys(Store):
    """A gathered or emptied segment is deleted before its journeys lie elsewhere."""

    def pack(self, owned: Owned, *rest: Any) -> Arguments:
        owned.segments._emptied += list(owned.segments._members)[:1]
        return super().pack(owned, *rest)


class ReadsFromTheEnd(Partitions):
    async def take(self, assigned: Any) -> dict[str, int]:
        await super().take(assigned)
        return {name: end for name, (_, end) in assigned.items()}


class LosesInSilence(Store):
    """What Kafka let go of is passed over, and not counted as lost."""

    async def skip(self, owned: Owned, offset: int) -> Answer:
        owned.past = owned.past._replace(lost=owned.past.lost - (offset - owned.state.offset))
        return await super().skip(owned, offset)


class TakesWhatIsGoneForAHole(Partitions):
    """A batch that does not go on where the last one ended is folded."""

    async def process(self, name: str, batch: Batch) -> None:
        await super().process(name, batch._replace(since=0))


class LooksAtNoCheckpoint(Partitions):
    def __init__(self, store: Store, *rest: Any, event_log: Any, checkpoints: Any, **more: Any) -> None:
        super().__init__(store, *rest, event_log=event_log, checkpoints=checkpoints, **more)
        self._starting = Starting(store, event_log, None)


class TakesAnyLog(Starting):
    async def check_log(self, *_: Any) -> None:
        """It will be the same."""


class TakesWhateverTheLog(Partitions):
    def __init__(self, store: Store, *rest: Any, event_log: Any, checkpoints: Any, **more: Any) -> None:
        super().__init__(store, *rest, event_log=event_log, checkpoints=checkpoints, **more)
        self._starting = TakesAnyLog(store, event_log, checkpoints)


class KnowsTheLogByItsNewestRecord(Partitions):
    """Which may be another log's already."""

    async def _fold_and_commit(self, held: Any, records: Any) -> None:
        held.owned.past = held.owned.past._replace(known=None)
        await super()._fold_and_commit(held, records)


class NeverLooksAgain(Checkpointer):
    async def check_log(self, names: Collection[str]) -> list[str]:
        """It was looked at when the partition was taken."""
        return list(names)


class CountsPartitionsAnew(Store):
    async def counts(self, found: Mapping[str, int]) -> dict[str, int]:
        await super().counts(found)
        return dict(found)


def in_store(store: type[Store]) -> dict[str, Callable[..., Any]]:
    return {"make_store": store}


class NeverReadsAgain(Store):
    """A value is read when a partition is taken, and no more."""

    async def prove(self, name: str, which: int, cursor: int) -> tuple[int, int]:
        return 0, 1


BLIND = ("local function damaged(offset)\n", "local function damaged(offset)\n  if true then return end\n")


class TakesEachHashForWhole(Store):
    def __init__(self, client: Any, *rest: Any) -> None:
        super().__init__(client, *rest)
        self._commit, self._look = (GroupCommit(client, script(name, BLIND)) for name in ("commit.lua", "look.lua"))
        self._claim = client.register_script(script("claim.lua", BLIND))


LET_GO = {"kinds": ("events let go of", "kill")}  # and nothing else, so that it is found soon
REPLACED = {"kinds": ("topic made anew", "rebalance")}


class NeverSaysWhatHoldsLater(Store):
    """Who takes the partition next does not know by what it was counted."""

    def pack(self, owned: Owned, changes: Changes, now_ms: int, tail: Tail | None = None) -> Arguments:
        owned.state.is_news_of_definitions = False
        return super().pack(owned, changes, now_ms, tail)


class TurnsNoMarks(Store):
    """Which journeys are under the other pseudonym key is forgotten: their events are looked for under the own one."""

    async def upgrade(self, owned: Owned) -> Answer:
        answer = await super().upgrade(owned)
        owned.state.under_other = 0
        return answer


class ForgetsWhoIsForgotten(Store):
    """What is upgraded has what the journeys come to that are remembered, and nothing of the others."""

    def _upgraded(self, name: str, state: PartitionState) -> PartitionState:
        made = super()._upgraded(name, state)
        made.aggregates = Aggregates(made.rules, made.queues)
        for journey in made.journeys.values():
            made.aggregates.post(None, contribution(journey, made.watermark, made.rules), made.watermark)
        made.aggregates.settle(made.watermark)
        return made


class ReadsOnFromTheBeginning(Store):
    """What is upgraded is counted once more."""

    def _upgraded(self, name: str, state: PartitionState) -> PartitionState:
        made = super()._upgraded(name, state)
        made.offset = 0
        return made


class TakesNoOtherRules(Partitions):
    """For what it holds; what it takes later is counted by them."""

    async def configure(self, rules: Rules) -> None:
        self._store.configure(rules)


CONFIGURED: dict[str, Any] = {"kinds": ("another configuration", "kill", "pause", "rebalance", "replies lost")}
BREAKAGES: dict[str, dict[str, Any]] = {
    "an earlier owner is not fenced": in_store(
        store_with(commit=script("commit.lua", ("then return {'fenced', owned[1] or ''} end", "then end")))
    ),
    "a gap is not noticed": in_store(
        store_with(commit=script("commit.lua", ("then return {'gap', owned[2] or ''} end", "then end")))
    ),
    "a claim leaves everything to the owner before": in_store(
        store_with(
            claim=script(
                "claim.lua",
                ("'HINCRBY', KEYS[1], 'epoch', 1", "'HINCRBY', KEYS[1], 'epoch', 0"),
                (
                    "redis.call('HSET', KEYS[1], 'owner', ARGV[1], ",
                    "redis.call('HSETNX', KEYS[1], 'owner', ARGV[1])\nredis.call('HSET', KEYS[1], ",
                ),
            )
        )
    ),
    "a commit that was done in part is not noticed": in_store(
        store_with(
            commit=script(
                "commit.lua",
                ("redis.call('HINCRBY', KEYS[1], 'half_done', 1)", ""),
                ("redis.call('HINCRBY', KEYS[1], 'half_done', -1)", ""),
            )
        )
    )
    | {"kinds": ("store cut in a commit", "kill")},
    "the offset is written in a step of its own": in_store(OffsetInAStepOfItsOwn),
    "a gap is taken for a success, here and by the watchdog": in_store(SaysOkAfterAGap),
    "a repeated commit is packed anew": in_store(PacksAgainToRepeat),
    "a segment that is still needed is deleted": in_store(ForgetsJourneys),
    "a worker reads on from the log's end": {"make_partitions": ReadsFromTheEnd},
    "what is lost is not told": LET_GO | in_store(LosesInSilence),
    "what Kafka let go of is taken for a hole": LET_GO | {"make_partitions": TakesWhatIsGoneForAHole},
    "a partition begins with the log, and its checkpoint is not looked at": {"make_partitions": LooksAtNoCheckpoint},
    "a partition is taken of whatever log there is": {"make_partitions": TakesWhateverTheLog},
    "the log is known again by its newest record alone": REPLACED | {"make_partitions": KnowsTheLogByItsNewestRecord},
    "the log is not looked at while it is read": REPLACED | {"make_checkpointer": NeverLooksAgain},
    "a hash that is gone is not missed": {"kinds": ("a hash gone",)} | in_store(TakesEachHashForWhole),
    "a value is not read again": {"kinds": ("a value spoiled",)} | in_store(NeverReadsAgain),
    "added partitions are counted at once": in_store(CountsPartitionsAnew),
    "who is under the other pseudonym key is forgotten": in_store(TurnsNoMarks),
    "what is upgraded forgets who is forgotten": in_store(ForgetsWhoIsForgotten),
    "what is upgraded is read from the beginning": in_store(ReadsOnFromTheBeginning),
    "what holds later is not written": CONFIGURED | in_store(NeverSaysWhatHoldsLater),
    "other definitions are not taken for what is held": CONFIGURED | {"make_partitions": TakesNoOtherRules},
}


@pytest.mark.parametrize("broken", BREAKAGES)
def test_the_simulator_finds(broken: str) -> None:
    for seed in range(1, WITHIN + 1):
        if simulate(seed, **BREAKAGES[broken]).broken:
            return
    pytest.fail(f"not found in {WITHIN} schedules")
