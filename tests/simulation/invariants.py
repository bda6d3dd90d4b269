"""What must hold: after each commit where it is cheap, and of everything when all has become quiet.

I1 the state equals a recount of the log; I2 commits chain; I3 everything is counted in time, or a worker says why not;
I4 nothing grows.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.fold import PartitionState, fold
from streams.core.rules import Rules
from streams.ingest.segments import MOST_SEGMENTS
from streams.ingest.store import Store
from streams.keys import Keys
from streams.oracle import differences, recount
from tests.simulation.log import Log
from tests.simulation.lua import ScriptError
from tests.simulation.redis_model import RedisModel, Request

LEAST_KEYS_OF_A_COMMIT = 5
MOST_BEFORE_THE_DATA = 4  # arguments: who commits, in one or two; from which offset; to which


class Broken(AssertionError):
    """An invariant does not hold; says which, and where."""


class Ledger:
    """Sees every answer of the store, and holds each commit against what the log says at its offset."""

    def __init__(self, model: RedisModel, keys: Keys, log: Log, rules: Rules) -> None:
        self.commits = 0
        self._model = model
        self._metas = {keys.partition(name).meta.encode(): name for name in log.partitions}
        self._keys = keys
        self._log = log
        self._rules = rules
        self._offsets = dict.fromkeys(log.partitions, b"")  # where the last commit left each partition
        self._folded: dict[str, PartitionState] = {}

    def went_back(self) -> None:
        """The store is where it was before: chains go on from there."""
        for meta, name in self._metas.items():
            self._offsets[name] = self._model.data.get(meta, {}).get(b"offset", b"")

    def see(self, request: Request, answer: Any) -> None:
        """Raises Broken where a commit was accepted that must not be."""
        if not _is_commit(request) or isinstance(answer, ScriptError) or answer[0] != b"ok":
            return
        self.commits += 1
        name, meta = self._metas[request[3]], self._model.data[request[3]]
        who_and_where = request[3 + int(request[2]) :][:MOST_BEFORE_THE_DATA]
        offset = meta.get(b"offset", b"")
        before, self._offsets[name] = self._offsets[name], offset
        if offset not in who_and_where[2:]:
            raise Broken(f"I2 {name}: a commit was accepted, and the offset is not where it ends")
        epoch, first = (word.decode() for word in who_and_where[who_and_where.index(offset, 2) - 2 :][:2])
        if first != before.decode():
            raise Broken(f"I2 {name}: a commit from {first!r} was accepted after one to {before.decode()!r}")
        self._check_owner(name, epoch, meta[b"epoch"].decode(), meta[b"owner"].decode())
        self._check_totals(name, int(offset))

    def _check_owner(self, name: str, epoch: str, owners_epoch: str, owner: str) -> None:
        if epoch != owners_epoch:
            raise Broken(f"I2 {name}: a commit of epoch {epoch} was accepted; the owner's is {owners_epoch}")
        if self._model.client != owner:
            raise Broken(f"I2 {name}: {self._model.client}'s commit was accepted; {owner} has claimed it")

    def _check_totals(self, name: str, offset: int) -> None:
        state = self.folded(name, offset)
        found = self._model.data.get(self._keys.partition(name).totals.encode(), {})
        expected = state.aggregates.totals
        if {line.decode(): msgspec.msgpack.decode(cell) for line, cell in found.items()} != expected:
            raise Broken(f"I1 {name}: the totals at offset {offset} are not those of the log")

    def folded(self, name: str, offset: int) -> PartitionState:
        """The log folded in one go up to an offset."""
        state = self._folded.get(name)
        if state is None or state.offset > offset:
            state = self._folded[name] = PartitionState(self._rules)
        records = [record for record in self._log.until(name, offset) if record.offset >= state.offset]
        fold(state, records)
        return state


def _is_commit(request: Request) -> bool:
    return request[0].upper() == b"EVALSHA" and int(request[2]) >= LEAST_KEYS_OF_A_COMMIT


async def check_store(store: Store, log: Log, rules: Rules, ledger: Ledger) -> None:
    """I1 of everything that is in the store, as `svartid verify` checks it, and of what it does not look at."""
    for name in await store.names():
        state, _ = await store.load(name)
        records = log.until(name, state.offset)
        expected = recount([(r.offset, r.timestamp, r.value) for r in records], definitions_of(rules))
        unlike = differences(expected, account(state))
        if unlike:
            raise Broken(f"I1 {name}: {'; '.join(map(str, unlike[:3]))}")
        if state.hash() != ledger.folded(name, state.offset).hash():
            raise Broken(f"I1 {name}: the journeys are not those of the log")


def check_held(held: Mapping[str, Any], ledger: Ledger) -> None:
    """I1 of what a worker has in memory, and shows: it is what the log says at its offset."""
    for name, part in held.items():
        if not part.given_up and part.state.hash() != ledger.folded(name, part.state.offset).hash():
            raise Broken(f"I1 {name}: what its owner has in memory is not what the log says")


def check_room(model: RedisModel, log: Log, keys: Keys) -> None:
    """I4 of the store."""
    allowed = {key.encode() for name in log.partitions for key in keys.partition(name).committed()}
    strange = model.data.keys() - allowed - {keys.partitions.encode(), keys.counts.encode()}
    if strange:
        raise Broken(f"I4: keys that nobody should write: {sorted(strange)[:3]}")
    for name in log.partitions:
        segments = model.data.get(keys.partition(name).journeys.encode(), {})
        if len(segments) > MOST_SEGMENTS + 1:
            raise Broken(f"I4 {name}: {len(segments)} segments of journeys")
