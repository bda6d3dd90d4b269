"""What must hold: after each commit where it is cheap, and of everything when all has become quiet.

I1 the state equals a recount of what was read of the log, and what was not is told as lost; I2 commits chain;
I3 everything is counted in time, or a worker says why not; I4 nothing grows.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from typing import Any

from streams.cli.comparable import leave_out_unknown, on_the_coarser_scale
from streams.cli.verify import definitions_for
from streams.core import later
from streams.core.account import account
from streams.core.cells import in_full, unpacked
from streams.core.measures import LATER
from streams.core.reading import Cell
from streams.core.rules import BY_LINE, STATE_VERSION
from streams.ingest.checkpointing import CHECK_LOG_EVERY_S
from streams.ingest.layout import opened, restored
from streams.ingest.register import READS_TODAYS
from streams.ingest.segments import MOST_SEGMENTS
from streams.ingest.store import Store
from streams.keys import Keys
from streams.oracle import differences, recount
from streams.sealed import MARK, Seal, Spoiled
from tests.simulation.kafka_model import CheckpointTopic
from tests.simulation.lineage import Lineage, Lineages, Place
from tests.simulation.log import TOPIC, Log
from tests.simulation.lua import ScriptError
from tests.simulation.redis_model import RedisModel, Request

LEAST_KEYS_OF_A_COMMIT = 5
UNAWARE_S = CHECK_LOG_EVERY_S + 20  # for how long a worker may read on in a topic made anew; it may be stopped, too
NOTICED_WITHIN_S = 60.0  # by whoever owns a partition that was changed by hand
MOST_BEFORE_THE_DATA = 4  # arguments: who commits, in one or two; from which offset; to which


class Broken(AssertionError):
    """An invariant does not hold; says which, and where."""


class Ledger:
    """Sees every answer of the store, and holds each commit against what the log says at its offset."""

    def __init__(
        self,
        model: RedisModel,
        keys: Keys,
        log: Log,
        lineages: Lineages,
        checkpoints: CheckpointTopic,
        now: Callable[[], float],
    ) -> None:
        self.commits = 0
        self.lineages = lineages
        self.took_since: Callable[[str], float] = lambda worker: 0.0  # when it last looked at the log to take something
        self.made_anew_at = 0.0
        self._now = now
        self._checkpoints = checkpoints
        self._model = model
        self._metas = {keys.partition(name).meta.encode(): name for name in log.partitions}
        self._keys = keys
        self._log = log
        self._offsets = dict.fromkeys(log.partitions, b"")  # where the last commit left each partition
        self._let_go: set[str] = set()  # what was there was torn, and they have not begun anew
        self._spoiled_at: dict[str, float] = {}  # when a value of it was last changed by hand

    def went_back(self) -> None:
        """The store is where it was before: chains go on from there."""
        self.lineages.went_back(len(self._model.written))
        metas = {name: self._model.fields(self._keys.partition(name).meta) for name in self._metas.values()}
        self._offsets = {name: meta.get(b"offset", b"") for name, meta in metas.items()}
        self._let_go = {name for name, meta in metas.items() if b"torn" in meta}

    def spoiled(self, key: str) -> None:
        """Somebody changed a value under this key by hand."""
        for name in self._metas.values():
            if key in self._keys.partition(name).committed():
                self._spoiled_at[name] = self._now()

    def is_whole(self, name: str) -> bool:
        """Whether the store holds what was written of a partition."""
        try:
            self._held(name)
        except Spoiled:
            return False
        return True

    def _held(self, name: str) -> list[dict[bytes, bytes]]:
        """What the store holds of a partition. Raises Spoiled."""
        keys = self._keys.partition(name).committed()
        if strange := [key for key in keys if not isinstance(self._model.data.get(key.encode(), {}), dict)]:
            raise Spoiled(strange[0], "is of another type")
        return opened([Seal(key) for key in keys], [self._model.fields(key) for key in keys])

    def see(self, request: Request, answer: Any) -> None:
        """Raises Broken where a commit was accepted that must not be."""
        if not _is_script(request) or isinstance(answer, ScriptError):
            return
        if isinstance(answer, int):
            self._forgotten(self._metas[request[3]])
            return
        if answer[0] == b"let_go":
            self._let_go.add(self._metas[request[3]])
            self._forgotten(self._metas[request[3]])
        if answer[0] != b"ok":
            return
        self.commits += 1
        name, meta = self._metas[request[3]], self._model.data[request[3]]
        who_and_where = request[3 + int(request[2]) :][:MOST_BEFORE_THE_DATA]
        offset = meta.get(b"offset", b"")
        before, self._offsets[name] = self._offsets[name], offset
        if offset not in who_and_where[2:]:
            raise Broken(f"I2 {name}: a commit was accepted, and the offset is not where it ends")
        # What is brought under another key is committed in its place: from the offset to the same.
        to = 3 if before == offset else who_and_where.index(offset, 2)
        epoch, first = (word.decode() for word in who_and_where[to - 2 : to])
        if first != before.decode():
            raise Broken(f"I2 {name}: a commit from {first!r} was accepted after one to {before.decode()!r}")
        now = str(int(epoch) + (before == offset))  # and raises the epoch
        self._check_owner(name, now, meta[b"epoch"].decode(), meta[b"owner"].decode())
        self._check_is_accepted(name)
        try:
            self._check_figures(name, request, before, int(offset))
        except Spoiled as spoiled:
            if self._now() - self._spoiled_at.get(name, 0.0) > NOTICED_WITHIN_S:
                raise Broken(f"I3 {name}: commits still go beside what was spoiled: {spoiled}") from spoiled
            self.lineages.set(name, self.lineages.now(name), len(self._model.written) + 1)

    def _check_figures(self, name: str, request: Request, before: bytes, offset: int) -> None:
        meta = self._held(name)[0]
        lineage = self._as_kept(name, self._lineage(name, request, before, offset), offset)
        self.lineages.set(name, lineage, len(self._model.written) + 1)
        self._check_lost(name, lineage, meta)
        if not lineage.mixed:
            self._check_totals(name, lineage, offset)
            self.lineages.note(_place(name, meta), lineage)

    def is_owner(self, name: str, epoch: str, owner: str) -> bool:
        """Whether the store says so; nobody believes what another shows."""
        meta = self._model.fields(self._keys.partition(name).meta)
        return [epoch.encode(), owner.encode()] == [meta.get(b"epoch"), meta.get(b"owner")]

    def is_of_this_log(self, name: str) -> bool:
        """Whether what the store holds of a partition is of the log that there is now."""
        lineage, offset = self.lineages.now(name), int(self._offsets[name] or b"0")
        if (
            lineage is None
            or not self.is_whole(name)
            or not (lineage.mixed or self.lineages.records(name, lineage, offset))
        ):
            return True
        if lineage.mixed or lineage.version == self._log.version:
            return not lineage.mixed
        return self._is_state_of(name, self._anew(lineage), offset)  # of either, as far as anybody can tell

    def _forgotten(self, name: str) -> None:
        self._offsets[name] = b""
        self.lineages.set(name, None, len(self._model.written) + 1)

    def _lineage(self, name: str, request: Request, before: bytes, offset: int) -> Lineage:
        """What the state rests on after a commit. Raises Broken where it is none that there may be."""
        is_restored = b"watermark" in request
        if b"began" not in request:  # which all say that no batch made
            return self._after_batch(name, offset)
        if before == str(offset).encode():  # it was brought under another key or to today's version, in its place
            return self._after_batch(name, offset)
        if is_restored or self._is_saved(name, offset):
            return self._after_restore(name)
        if before == b"":
            return self._after_beginning(name, offset)
        return self._after_skip(name, int(before), offset)

    def _is_saved(self, name: str, offset: int) -> bool:
        """Whether there is a checkpoint of this; one of which nothing was counted yet has no watermark."""
        place = _place(name, self._held(name)[0])
        return offset in self._checkpoints.offsets(name) and bool(self.lineages.at(place))

    def _after_batch(self, name: str, offset: int) -> Lineage:
        lineage = self.lineages.now(name)
        if lineage is None:
            raise Broken(f"I2 {name}: a batch was counted before the partition had begun")
        lineage = self._as_kept(name, lineage, offset)
        if lineage.mixed or lineage.version == self._log.version or self._is_state_of(name, lineage, offset):
            return lineage
        anew = self._anew(lineage)
        if self._is_state_of(name, anew, offset):  # nothing of the former log is in it
            return anew
        self._check_may_be_unaware(name)
        return replace(lineage, mixed=True)

    def _anew(self, lineage: Lineage) -> Lineage:
        return replace(lineage, version=self._log.version)

    def _as_kept(self, name: str, lineage: Lineage, offset: int) -> Lineage:
        """The same, of the version that the state says it is: what was of the one before and is so no more was upgraded
        at this offset.
        """
        made_by = self._model.fields(self._keys.partition(name).meta).get(b"rules")
        is_as_before = self.lineages.rules.version_of(made_by) == BY_LINE
        if is_as_before:
            return replace(lineage, is_as_before=True, upgraded_at=None)
        return replace(lineage, is_as_before=False, upgraded_at=offset) if lineage.is_as_before else lineage

    def _after_beginning(self, name: str, offset: int) -> Lineage:
        if offset not in self._log.starts[name]:
            self._check_may_be_unaware(name)
        elif further := self._reached(name, -1):
            raise Broken(f"I1 {name}: begun at offset {offset}, though there is a checkpoint of {further}")
        was_counted = name in self._let_go and offset
        self._let_go.discard(name)
        return Lineage(self._log.version, offset, gaps=((0, offset),) if was_counted else ())

    def _after_skip(self, name: str, before: int, offset: int) -> Lineage:
        lineage = self.lineages.now(name)
        if lineage is None or (offset > self._log.start(name) and not self._log.former):
            raise Broken(f"I1 {name}: what is before offset {offset} was passed over, and the log still has it")
        if offset > self._log.start(name):
            self._check_may_be_unaware(name)
        elif further := self._reached(name, before):
            raise Broken(f"I1 {name}: offsets {before} to {offset} were given up, though a checkpoint has {further}")
        return replace(lineage, gaps=(*lineage.gaps, (before, offset)))

    def _after_restore(self, name: str) -> Lineage:
        place = _place(name, self._held(name)[0])
        known = [self._as_kept(name, lineage, place.offset) for lineage in self.lineages.at(place)]
        for lineage in known:
            if lineage.version == self._log.version and self._has_totals(name, lineage, place.offset):
                return lineage
        former = [lineage for lineage in known if self._has_totals(name, lineage, place.offset)]
        if not former:
            raise Broken(f"I1 {name}: what was restored at offset {place.offset} was never so")
        if not place.offset:  # nothing was counted yet, of any log
            return replace(former[0], version=self._log.version)
        self._check_may_be_unaware(name)
        return former[0]

    def _reached(self, name: str, offset: int) -> int | None:
        """How far the checkpoints of this log reach, where that is beyond an offset."""
        return max((at for at in self._checkpoints.offsets(name) if at > offset), default=None)

    def _check_may_be_unaware(self, name: str) -> None:
        """Who has looked at the log since it was made anew knows; who has not has a minute to find out."""
        worker, now = self._model.client, self._now()
        if self.took_since(worker) >= self.made_anew_at:
            raise Broken(f"I1 {name}: {worker} took it of the former log, and goes on with the new one's events")
        if now - self.made_anew_at > UNAWARE_S:
            raise Broken(f"I3 {name}: {worker} still mixes two logs, {now - self.made_anew_at:.0f} s later")

    def _check_is_accepted(self, name: str) -> None:
        counted = self._model.fields(self._keys.counts).get(TOPIC.encode())
        if counted is not None and int(name.rpartition("-")[2]) >= int(counted):
            raise Broken(f"I1 {name}: it was added, and is counted before anybody has accepted that")

    def _check_lost(self, name: str, lineage: Lineage, meta: Mapping[bytes, bytes]) -> None:
        told = int(meta.get(b"lost", b"0"))
        if told != lineage.lost:
            raise Broken(f"I1 {name}: {lineage.lost} offsets are lost, and {told} are told as lost")

    def _check_owner(self, name: str, epoch: str, owners_epoch: str, owner: str) -> None:
        if epoch != owners_epoch:
            raise Broken(f"I2 {name}: a commit of epoch {epoch} was accepted; the owner's is {owners_epoch}")
        if self._model.client != owner.removesuffix(READS_TODAYS):
            raise Broken(f"I2 {name}: {self._model.client}'s commit was accepted; {owner} has claimed it")

    def _check_totals(self, name: str, lineage: Lineage, offset: int) -> None:
        if not self._has_totals(name, lineage, offset):
            raise Broken(f"I1 {name}: the totals at offset {offset} are not those of the log")

    def _is_state_of(self, name: str, lineage: Lineage, offset: int) -> bool:
        held = self._held(name)
        state, _ = restored(self.lineages.rules.made_by(held[0].get(b"rules")) or self.lineages.rules, held)
        return self.lineages.is_state_of(state, name, lineage, offset)

    def _has_totals(self, name: str, lineage: Lineage, offset: int) -> bool:
        meta, *_, found = self._held(name)
        version = self.lineages.rules.version_of(meta.get(b"rules")) or STATE_VERSION
        expected = self.lineages.folded(name, lineage, offset).aggregates.totals
        since = later.unpacked(meta.get(b"measures"), int(meta[b"offset"]))
        unknown = {name for name in LATER if since.get(name, 1)}  # not counted since the beginning
        counted = {line.decode(): in_full(unpacked(cell, version)) for line, cell in found.items()}
        return _without(unknown, counted) == _without(unknown, {line: in_full(cell) for line, cell in expected.items()})


def _without(measures: Set[str], totals: Mapping[str, Cell]) -> dict[str, Cell]:
    known = {line: {name: n for name, n in cell.items() if name not in measures} for line, cell in totals.items()}
    return {line: cell for line, cell in known.items() if cell}


def _place(name: str, meta: Mapping[bytes, bytes]) -> Place:
    return Place(name, int(meta[b"offset"]), int(meta.get(b"began", b"0")), int(meta.get(b"lost", b"0")))


def _is_script(request: Request) -> bool:
    """A commit, or that a partition is let go of."""
    return request[0].upper() == b"EVALSHA" and int(request[2]) >= LEAST_KEYS_OF_A_COMMIT


async def check_store(store: Store, ledger: Ledger) -> None:
    """I1 of everything that is in the store, as `svartid verify` checks it, and of what it does not look at."""
    for name in await store.names():
        state, _ = await store.load(name)
        lineage = ledger.lineages.now(name)
        records = ledger.lineages.records(name, lineage, state.offset)
        expected, found = recount([r.recounted for r in records], definitions_for(state)), account(state)
        expected["offset"] = max(expected["offset"], *_counted_from(lineage))
        on_the_coarser_scale(expected, found, state.upgrade.edges_ms)
        for one in (expected, found):
            leave_out_unknown(one, state.counted_since)
        unlike = differences(expected, found)
        if unlike:
            raise Broken(f"I1 {name}: {'; '.join(map(str, unlike[:3]))}")
        if lineage is not None and not ledger.lineages.is_state_of(state, name, lineage, state.offset):
            raise Broken(f"I1 {name}: the journeys are not those of the log")


def check_held(held: Mapping[str, Any], ledger: Ledger) -> None:
    """I1 of what a worker has in memory, and shows: it is what the log says at its offset."""
    for name, part in held.items():
        lineage = ledger.lineages.now(name)
        if part.given_up or lineage is None or not ledger.is_owner(name, part.epoch, part.owner):
            continue
        if not ledger.lineages.is_state_of(part.state, name, lineage, part.state.offset):
            raise Broken(f"I1 {name}: what its owner has in memory is not what the log says")


def _counted_from(lineage: Lineage | None) -> list[int]:
    """After which offsets it is that something is counted, or is to be."""
    return [0] if lineage is None else [lineage.began, *(until for _, until in lineage.gaps)]


def check_room(model: RedisModel, log: Log, keys: Keys) -> None:
    """I4 of the store."""
    allowed = {key.encode() for name in log.partitions for key in keys.partition(name).committed()}
    strange = model.data.keys() - allowed - {keys.partitions.encode(), keys.counts.encode()}
    if strange:
        raise Broken(f"I4: keys that nobody should write: {sorted(strange)[:3]}")
    for name in log.partitions:
        segments = model.fields(keys.partition(name).journeys).keys() - {MARK}
        if len(segments) > MOST_SEGMENTS + 1:
            raise Broken(f"I4 {name}: {len(segments)} segments of journeys")
