"""State in Redis: claim a partition, load it, commit a batch. May import: the core, layout, keys, sealed, redis."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import structlog

from streams.core.definitions import Unlike
from streams.core.fold import Changes
from streams.core.rules import BY_LINE, STATE_VERSION, Rules
from streams.core.state import PartitionState
from streams.ingest.group_commit import Arguments, GroupCommit
from streams.ingest.layout import (
    NO_PAST,
    OWNERSHIP,
    PAST,
    Fields,
    Hashes,
    Name,
    Past,
    all_of,
    arguments,
    changed,
    knows_other_key,
    later_of,
    measures_field,
    merged,
    opened,
    past,
    past_fields,
    restored,
    under_epoch,
    under_one_key,
    under_rules,
)
from streams.ingest.log import Tail
from streams.ingest.other_rules import OtherEdition, OtherKey, OtherRules
from streams.ingest.register import Register
from streams.ingest.rotating import rotated
from streams.ingest.scripts import script
from streams.ingest.segments import Segments
from streams.ingest.upgrading import upgraded
from streams.keys import Keys
from streams.redis_client import Client
from streams.sealed import (
    BY_REBUILDING,
    MARK,
    SIZES,
    Seal,
    Spoiled,
    Values,
    is_of_another_type,
    number,
    typed,
)

log = structlog.get_logger(__name__)

JOURNEYS = 1  # which of a partition's hashes has long values
VALUES_A_SCAN, JOURNEYS_A_SCAN = 250, 8  # at least: so that no call keeps Redis from its other clients for long

Answer = Literal["ok", "duplicate", "fenced", "gap", "torn"]
_ANSWERS: dict[bytes, Answer] = {answer.encode(): answer for answer in get_args(Answer)}
_Looked = tuple[bytes, bytes, bytes, bytes, bytes, int, bytes, bytes]  # what look.lua answers


class Ownership(NamedTuple):
    """What Redis says of a partition's owner."""

    epoch: str  # empty where it is not ours; a Redis that lost writes may give the same number to another
    offset: int  # the next
    torn: bool = False  # a commit was done in part
    damage: Spoiled | None = None  # of the first hash that is not whole


class Reached(NamedTuple):
    """How far a partition has come."""

    offset: int  # the next record to count
    watermark: int  # event time, epoch ms


class Place(NamedTuple):
    """How far a partition is counted, and what its figures rest on."""

    offset: int
    past: Past
    damage: Spoiled | None = None  # then neither is known


@dataclass(slots=True)
class Owned:
    """A partition that this process owns, as long as no other claims it."""

    name: str
    epoch: str
    state: PartitionState
    segments: Segments
    committed_offset: int | None  # None: Redis has never heard of this partition
    owner: str = ""
    past: Past = NO_PAST

    @property
    def claimed_as(self) -> str:
        """A name that no other claim has, of any partition by any worker."""
        return f"{self.owner}/{self.epoch}"


class Store(Register):
    """The commit protocol over one Redis, Valkey or cluster."""

    HASHES = len(Keys("").partition("").committed())  # of a partition

    def __init__(self, client: Client, keys: Keys, rules: Rules, owner: str) -> None:
        super().__init__(client, keys)
        self._rules = rules
        self._before = rules.of_version(BY_LINE)
        self._owner = owner
        self._claim = client.register_script(script("claim.lua"))
        self._commit = GroupCommit[list[bytes]](client, script("commit.lua"))
        self._look = GroupCommit[_Looked](client, script("look.lua"))
        self._seals: dict[str, list[Seal]] = {}

    async def claim(self, name: str, held: Owned | None, *, as_before: bool = False) -> Owned:
        """Becomes the owner of a partition, and loads it unless what is held is still true. Raises OtherRules.

        Where a commit was done in part, or what there is is damaged, it lets go of it, as if Redis had never heard of
        the partition. What begins is of the version before where it has to be written so (`as_before`).
        """
        rules = self._before if as_before else self._rules
        before = [held.epoch, str(held.state.offset)] if held else ["", ""]
        what, epoch, offset = await self._claimed(name, rules, *before)
        if what == b"kept" and held:
            held.committed_offset = held.state.offset
            return held
        await self.announce([name])
        if what == b"claimed":
            try:
                hashes = await self.read(name)
                state, segments = self.remembered(name, hashes)
                known = int(offset) if offset else None
                return Owned(name, epoch.decode(), state, segments, known, self._owner, past(hashes[0]))
            except Spoiled as spoiled:
                _tell_let_go(name, spoiled.key, str(spoiled))
                what, epoch, _ = await self._claimed(name, rules, spoiled=epoch.decode())
        nothing = PartitionState(rules), Segments()  # also where another has claimed it since: it is fenced soon
        return Owned(name, epoch.decode(), *nothing, None, self._owner, Past(torn=what == b"let_go"))

    def is_todays(self, state: PartitionState) -> bool:
        """Whether a state is of today's version, and under our pseudonym key."""
        return self._is_ours(state.rules)

    def _is_ours(self, rules: Rules) -> bool:
        return rules.version == STATE_VERSION and rules.pseudonym_key == self._rules.pseudonym_key

    async def upgrade(self, owned: Owned) -> Answer:
        """Brings a partition of the version before to today's, or one that is under the other key under ours, in one
        atomic step; its offset stays what it is.

        Fenced where another has claimed it meanwhile; a crash leaves the one or the other. Raises Spoiled.
        """
        if owned.state.rules.version == STATE_VERSION:
            return await self._rotate(owned)
        state = self._upgraded(owned.name, owned.state)
        fields, segments = all_of(state, _now_ms())
        answer = await self._replace(owned, state, segments, fields, owned.past)
        log.info("upgraded", partition=owned.name, to=state.rules.version, journeys=len(state.journeys))
        return answer

    async def _rotate(self, owned: Owned) -> Answer:
        state = rotated(owned.state)
        fields, segments = under_one_key(state, owned.segments)
        sets, gone = zip(*fields, strict=True)
        answer = await self._change(owned, state.offset, owned.past, sets, gone, state.fingerprint)
        if answer in ("ok", "duplicate"):
            owned.state, owned.segments = state, segments
        log.info("brought under the pseudonym key of now", partition=owned.name, under_other=state.under_other)
        return answer

    def remembered(self, name: str, hashes: Hashes, where: str = "Redis") -> tuple[PartitionState, Segments]:
        """What is restored to be gone on with. Raises OtherRules, and so where journeys would not be known again."""
        state, segments = self.restored(name, hashes, where)
        if state.is_of_two_keys and not knows_other_key(state.rules, hashes[0]):
            raise OtherKey(name)
        return state, segments

    def _upgraded(self, name: str, state: PartitionState) -> PartitionState:
        """Raises OtherRules where definitions should have changed while it was of the version before."""
        try:
            return upgraded(state, self._rules)
        except Unlike as unlike:
            raise OtherRules(name, since_ms=unlike.since_ms) from None

    def configure(self, rules: Rules) -> None:
        """Loads by these rules from now on; they count as those before did."""
        self._rules, self._before = rules, rules.of_version(BY_LINE)

    async def of_an_earlier_version(self) -> list[str]:
        """The listed partitions whose state is. It was counted by the configuration of its time. Raises RedisError."""
        found = await self._first_of_each("rules")
        return [name for name, (rules,) in found.items() if rules and self._rules.version_of(rules) == BY_LINE]

    async def under_other_keys(self) -> list[str]:
        """The partitions, retired ones too, that cannot be gone on with by our pseudonym key alone: they are under the
        other one, or remember journeys that are under another. Raises RedisError and Spoiled.
        """
        found = await self._first_of([*await self._listed(), *await self.retired()], "rules", "other_key")
        return [name for name, (made_by, key) in found.items() if self._needs_other(name, made_by, key)]

    def _needs_other(self, name: str, fingerprint: bytes | None, sealed: bytes | None) -> bool:
        made_by = self._rules.made_by(fingerprint)
        is_ours = made_by is None or made_by.pseudonym_key == self._rules.pseudonym_key  # or of other rules altogether
        return not is_ours or bool(sealed and self._seals_of(name)[0].open(b"other_key", sealed))

    async def furthest(self) -> int:
        """The latest watermark (epoch ms) of any listed partition; 0 where there is none. Raises RedisError."""
        return max((one.watermark for one in (await self.reached()).values()), default=0)

    async def reached(self) -> dict[str, Reached]:
        """How far each listed partition has come; 0 where that cannot be read. Raises RedisError."""
        found = await self._first_of_each("offset", "watermark")
        return {
            name: Reached(number(offset) or 0, _watermark(self._seals_of(name)[0], sealed))
            for name, (offset, sealed) in found.items()
        }

    async def _first_of_each(self, *fields: str) -> dict[str, list[bytes | None]]:
        return await self._first_of(await self._listed(), *fields)

    async def _first_of(self, names: Sequence[str], *fields: str) -> dict[str, list[bytes | None]]:
        """These of each partition's first hash, as they lie there; of none that is of another type."""
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.hmget(self._keys.partition(name).meta, fields)
        found = await pipe.execute(raise_on_error=False) if names else []
        return {name: answer for name, answer in zip(names, found, strict=True) if isinstance(answer, list)}

    def rules_of(self, name: str, fingerprint: bytes | None) -> Rules:
        """Those that figures were made by, if they can be read here. Raises OtherRules."""
        found = self._rules.made_by(fingerprint)
        if found is None:
            raise self.unreadable_by(name, fingerprint)
        return found

    def unreadable_by(self, name: str, fingerprint: bytes | None, where: str = "Redis") -> OtherRules:
        """What to say of figures that were made by rules which are not ours."""
        edition = None if fingerprint is None else self._rules.earlier_edition_of(fingerprint)
        if edition is None:
            return OtherRules(name, where)
        return OtherEdition(name, edition, self._rules.definitions.first.edition, where)

    def reads(self, fingerprint: str) -> bool:
        """Whether figures that were made by these rules can be read here."""
        return self._rules.version_of(fingerprint.encode()) is not None

    async def _claimed(
        self, name: str, rules: Rules, epoch: str = "", offset: str = "", spoiled: str = ""
    ) -> tuple[bytes, ...]:
        """What came of a claim, the epoch, and the offset; `rules` is what it begins by. Raises OtherRules."""
        asked: list[str | bytes] = [self._owner, rules.fingerprint(), epoch, offset, spoiled, *self._rules.fingerprints]
        what, *rest, key, why = await self._claim(keys=self._keys.partition(name).committed(), args=asked)
        if what == b"other_rules":
            found = await self._first_of([name], "rules")
            raise self.unreadable_by(name, found.get(name, [None])[0])
        if what == b"let_go" and not spoiled:  # else it is told already
            _tell_let_go(name, key.decode(), f"{key.decode()} {why.decode()}")
        return what, *rest

    async def load(self, name: str) -> tuple[PartitionState, Segments]:
        """The state that Redis holds of a partition; for readers, as it changes nothing. Raises Spoiled, OtherRules."""
        hashes = await self._sealed(name)
        self.rules_of(name, hashes[0].get(b"rules"))
        return self.restored(name, opened(self._seals_of(name), hashes))

    def restored(self, name: str, hashes: Hashes, where: str = "Redis") -> tuple[PartitionState, Segments]:
        """The state that these hashes of a partition hold, and where its journeys lie. Raises OtherRules."""
        try:
            return restored(self.rules_of(name, hashes[0].get(b"rules")), hashes)
        except Unlike as unlike:
            raise OtherRules(name, where, unlike.since_ms) from None

    async def check_definitions(self) -> None:
        """Raises OtherRules where some listed partition was counted by other definitions so far, whoever has it: who
        goes by ours would count others' otherwise, once it owns one.
        """
        for name, (made_by, *counted) in (await self._first_of_each("rules", "definitions", "watermark")).items():
            if self._rules.version_of(made_by) is not None:
                self._check_goes_on(name, *counted)

    def _check_goes_on(self, name: str, definitions: bytes | None, watermark: bytes | None) -> None:
        """What cannot be read is told when it is claimed."""
        if watermark is None:
            return
        seal = self._seals_of(name)[0]
        with suppress(Spoiled):
            later = later_of(None if definitions is None else seal.open(b"definitions", definitions))
            try:
                self._rules.definitions.check_goes_on(later, _watermark(seal, watermark) + self._rules.future_ms)
            except Unlike as unlike:
                raise OtherRules(name, since_ms=unlike.since_ms) from None

    async def read(self, name: str) -> Hashes:
        """All that Redis holds of a partition, at one instant, out of its seals. Raises Spoiled."""
        return opened(self._seals_of(name), await self._sealed(name))

    async def _sealed(self, name: str) -> Hashes:
        pipe, keys = self._client.pipeline(transaction=True), self._keys.partition(name).committed()
        for key in keys:
            pipe.hgetall(key)
        found = await pipe.execute(raise_on_error=False)
        for key, answer in zip(keys, found, strict=True):
            if is_of_another_type(answer):
                raise Spoiled(key, "is of another type")
            if isinstance(answer, Exception):
                raise answer
        return found

    def _seals_of(self, name: str) -> list[Seal]:
        if name not in self._seals:
            self._seals[name] = [Seal(key) for key in self._keys.partition(name).committed()]
        return self._seals[name]

    async def begin(self, owned: Owned, offset: int, log_end: int = 0, lost: int = 0) -> Answer:
        """A partition that Redis has never heard of begins, at the log's first offset.

        It is whole when it has been read up to `log_end`. Fenced where another has claimed it meanwhile.
        """
        owned.state.offset = offset
        rebuild = (offset, log_end) if log_end > offset else None
        begun = Past(offset, rebuild=rebuild, lost=lost, books=owned.claimed_as)
        return await self._change(owned, offset, begun)

    async def restore(self, owned: Owned, saved: Hashes, log_end: int) -> Answer:
        """Puts what was saved of a partition in place of all that Redis has of it."""
        offset = int(saved[0][b"offset"])
        state, segments = self.remembered(owned.name, saved, "its checkpoint")
        first = {name: value for name, value in saved[0].items() if name not in {*OWNERSHIP, *PAST}}
        fields: list[Values] = [first, *saved[1:]]
        then = past(saved[0])._replace(rebuild=(offset, log_end) if log_end > offset else None)
        if state.rules.version < owned.state.rules.version:
            state = self._upgraded(owned.name, state)
            fields, segments = all_of(state, _now_ms())
        return await self._replace(owned, state, segments, fields, then)

    async def unreadable(self, names: Sequence[str]) -> list[str]:
        """Those of them that were counted by other rules than ours: with other keys, above all."""
        found = await self._first_of(names, "rules")
        return [name for name, (made_by,) in found.items() if made_by and self._rules.version_of(made_by) is None]

    async def check_readable(self, names: Sequence[str]) -> None:
        """Raises OtherRules where some of them were counted by other rules than ours, as a claim would."""
        if unlike := await self.unreadable(names):
            (made_by,) = (await self._first_of(unlike[:1], "rules"))[unlike[0]]
            raise self.unreadable_by(unlike[0], made_by)

    async def not_of_today(self, names: Sequence[str]) -> list[str]:
        """Those of the version before, or under the other pseudonym key."""
        found = await self._first_of(names, "rules")
        made_by = {name: self._rules.made_by(fingerprint) for name, (fingerprint,) in found.items()}
        return [name for name, rules in made_by.items() if rules is not None and not self._is_ours(rules)]

    async def adopt(self, name: str) -> Answer:
        """Brings what nobody owns to today's version and under our key. Raises OtherRules and Spoiled."""
        what, epoch, offset = await self._claimed(name, self._rules)
        if what != b"claimed" or not offset:
            return "torn"
        hashes = await self.read(name)
        state, segments = self.remembered(name, hashes)
        owned = Owned(name, epoch.decode(), state, segments, int(offset), self._owner, past(hashes[0]))
        return await self.upgrade(owned)

    async def put(self, name: str, saved: Hashes) -> Answer:
        """Puts what is read on by nobody in place of all that there is under its name."""
        await self.forget(name)
        _, epoch, _ = await self._claimed(name, self._rules)
        owned = Owned(name, epoch.decode(), PartitionState(self._rules), Segments(), None, self._owner)
        return await self.restore(owned, saved, 0)

    async def _replace(
        self, owned: Owned, state: PartitionState, segments: Segments, fields: Sequence[Values], then: Past
    ) -> Answer:
        """Puts a state in place of all that Redis has of a partition, under its rules."""
        before = [of.keys() - {MARK, SIZES} for of in await self._sealed(owned.name)]
        gone = [names - {_bytes(name) for name in kept} for names, kept in zip(before, fields, strict=True)]
        gone[0] -= {*OWNERSHIP, *PAST}
        names_gone: list[list[Name]] = [[*sorted(names)] for names in gone]
        answer = await self._change(owned, state.offset, then, fields, names_gone, state.fingerprint)
        if answer in ("ok", "duplicate"):
            owned.state, owned.segments = state, segments
        return answer

    async def skip(self, owned: Owned, offset: int) -> Answer:
        """Goes on at a later offset: Kafka no longer keeps what lies between. How much that is stays known."""
        lost = owned.past.lost + offset - owned.state.offset
        owned.state.offset = offset
        return await self._change(owned, offset, owned.past._replace(lost=lost, books=owned.claimed_as))

    async def _change(
        self,
        owned: Owned,
        to: int,
        then: Past,
        sets: Sequence[Values] = (),
        gone: Sequence[list[Name]] = (),
        fingerprint: str = "",
    ) -> Answer:
        """A commit that no batch made: what is to be set and deleted in each hash, the next offset, and new rules.

        One in its place, from an offset to the same, raises the epoch: else what comes after it would fit what was
        before it as well, should Redis lose this one alone.
        """
        others = len(self._keys.partition(owned.name).committed()) - 1
        sets, gone = sets or [measures_field(owned.state), *[{}] * others], gone or [[]] * (others + 1)
        fields: list[Fields] = list(zip(sets, gone, strict=True))
        told, untold = past_fields(then)
        fields[0] = (merged(fields[0][0], told), [*fields[0][1], *untold])
        since = "" if owned.committed_offset is None else owned.committed_offset
        packed = arguments(owned.epoch, since, to, fields, self._seals_of(owned.name))
        if fingerprint:
            packed = under_rules(packed, fingerprint)
        epoch = str(int(owned.epoch) + 1) if to == owned.committed_offset else owned.epoch
        answer, _ = await self.commit(owned.name, under_epoch(packed, epoch))
        if answer in ("ok", "duplicate"):
            owned.epoch = epoch
        owned.committed_offset, owned.past = to, then
        return answer

    async def ownership(self, names: Sequence[str], *, keeps: bool = True) -> dict[str, Ownership]:
        """Whether we own each of these partitions, as Redis has it, how far it is, and whether all of it is there.

        Whoever `keeps` it takes any expiry off its hashes.
        """
        how = ["keep" if keeps else ""]
        found = await asyncio.gather(*(self._look(self._keys.partition(name).committed(), how) for name in names))
        return {name: self._owned_by(name, *answer) for name, answer in zip(names, found, strict=True)}

    async def prove(self, name: str, which: int, cursor: int) -> tuple[int, int]:
        """Reads some values of one of a partition's hashes. Answers where to go on, 0 at its end, and how many it read.

        Raises Spoiled.
        """
        seal = self._seals_of(name)[which]
        count = JOURNEYS_A_SCAN if which == JOURNEYS else VALUES_A_SCAN
        after, fields = await typed(seal.key, self._client.hscan(seal.key, cursor, count=count), BY_REBUILDING)
        if self._rules.version_of(fields.get(b"rules")) is None:
            raise Spoiled(seal.key, "says that it was made by other definitions than its owner's")
        return int(after), len(seal.open_all(fields))

    def _owned_by(
        self, name: str, _: bytes, epoch: bytes, owner: bytes, offset: bytes, half: bytes, kept: int, *damage: bytes
    ) -> Ownership:
        if kept:
            log.warning("hashes in Redis had an expiry, and have none now", partition=name, hashes=kept)
        key, why = (word.decode() for word in damage)
        is_ours = owner == self._owner.encode()
        spoiled = Spoiled(key, why) if key else None
        torn = half not in (b"", b"0")
        return Ownership(epoch.decode(errors="replace") if is_ours else "", number(offset) or 0, torn, spoiled)

    async def places(self, names: Sequence[str]) -> dict[str, Place | None]:
        """Where each partition is, and where its figures come from; None where Redis knows nothing of it."""
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.hgetall(self._keys.partition(name).meta)
        found = zip(names, await pipe.execute(raise_on_error=False), strict=True)
        return {name: self._place(name, meta) for name, meta in found}

    def _place(self, name: str, meta: dict[bytes, bytes] | Exception) -> Place | None:
        seal, key = self._seals_of(name)[0], self._keys.partition(name).meta
        if is_of_another_type(meta):
            return Place(0, NO_PAST, Spoiled(key, "is of another type"))
        if isinstance(meta, Exception):
            raise meta
        if not meta.keys() & {b"offset", MARK}:
            return None
        try:
            if self._rules.version_of(meta.get(b"rules")) is None and MARK not in meta:
                return Place(number(meta[b"offset"]) or 0, NO_PAST)  # an earlier version's
            offset, open_meta = number(meta.get(b"offset")), seal.open_all(meta)
            if offset is None or MARK not in meta:
                raise Spoiled(key, "has lost fields")
            return Place(offset, past(open_meta))
        except Spoiled as spoiled:
            return Place(0, NO_PAST, spoiled)

    def pack(self, owned: Owned, changes: Changes, now_ms: int, tail: Tail | None = None) -> Arguments:
        """A commit's arguments, made once: a commit that has to be repeated repeats exactly these.

        `tail` is the batch's last record, by which the log is known again.
        """
        state = owned.state
        is_of_others = state.is_news_of_definitions or state.is_news_of_keys
        fields = changed(state, owned.segments, changes, now_ms, tail, owned.past.known or tail)
        packed = arguments(owned.epoch, changes.from_offset, changes.to_offset, fields, self._seals_of(owned.name))
        return under_rules(packed, state.fingerprint) if is_of_others else packed

    async def commit(self, name: str, packed: Arguments) -> tuple[Answer, int | None]:
        """Writes a batch's changes and the next offset in one atomic step; safe to repeat.

        Raises Spoiled where what they would be written beside is not whole.
        """
        what, offset, *damage = await self._commit(self._keys.partition(name).committed(), [self._owner, *packed])
        if what == b"damaged":
            raise Spoiled(*(word.decode() for word in damage))
        return _ANSWERS[what], number(offset)


def _watermark(seal: Seal, sealed: object) -> int:
    """What a first hash has of it; 0 where that cannot be read."""
    try:
        return int(seal.open(b"watermark", sealed)) if isinstance(sealed, bytes) else 0
    except (Spoiled, ValueError):
        return 0


def _now_ms() -> int:
    return round(time.time() * 1000)


def _bytes(field: Name) -> bytes:
    return field if isinstance(field, bytes) else field.encode()


def _tell_let_go(name: str, key: str, reason: str) -> None:
    log.error(
        "Redis does not hold what was committed: nothing of the partition is kept there",
        partition=name,
        key=key,
        reason=reason,
    )
