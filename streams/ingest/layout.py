"""How a partition lies in Redis: which fields of which hash hold its state, its offset and where they come from.

The hashes are those of `PartitionKeys.committed`, in their order. Nothing here talks to Redis. May import: the core,
sealed, segments, log's Tail, msgspec.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final, NamedTuple

import msgspec

from streams.core import later, upgrade
from streams.core.admission import Packed
from streams.core.aggregates import Aggregates, Level
from streams.core.by_source import Minutes
from streams.core.cells import packed, unpacked
from streams.core.definitions import Terms
from streams.core.dispute import Report
from streams.core.fold import Changes
from streams.core.measures import LATER
from streams.core.open_days import Day
from streams.core.rules import BY_LINE, Rules
from streams.core.source_queue import OTHER
from streams.core.state import PartitionState
from streams.ingest.group_commit import Arguments
from streams.ingest.log import Tail
from streams.ingest.segments import Segments
from streams.sealed import MARK, SIZES, Seal, Spoiled, Values, number, sizes

Name = str | bytes
Fields = tuple[Values, Sequence[Name]]  # what to set and what to delete in one hash
Hashes = list[dict[bytes, bytes]]

OWNERSHIP: Final = (
    b"epoch",
    b"owner",
    b"rules",
    b"offset",
    b"half_done",
    MARK,
    SIZES,
)  # of the first hash: an owner's, and the script's own
PAST: Final = (b"began", b"tail", b"rebuild", b"lost", b"known", b"torn", b"books")  # of the first hash: `Past`

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.decode
_NONE: Final = _encode({})


class Past(NamedTuple):
    """Where a partition's figures come from, beside its state; all of it is kept in its first hash."""

    began: int = 0  # the offset at which they begin
    tail: Tail | None = None  # the last record folded; None: an earlier build did not keep it
    rebuild: tuple[int, int] | None = None  # begun anew or restored here, whole again at the second offset
    lost: int = 0  # offsets that Kafka let go of before they were counted
    known: Tail | None = None  # the record by which the log was last known again; a tail may be of another log already
    torn: bool = False  # a commit was done in part, or it was damaged: what there was counts for nothing, or is gone
    books: str = ""  # a name: another where the figures began anew, or miss what was lost


NO_PAST: Final = Past()


def past(meta: Mapping[bytes, bytes]) -> Past:
    """What the first hash says of where the figures come from."""
    rebuild = meta.get(b"rebuild")
    return Past(
        began=int(meta.get(b"began", 0)),
        tail=_tail(meta.get(b"tail")),
        rebuild=None if rebuild is None else _decode(rebuild, type=tuple[int, int]),
        lost=int(meta.get(b"lost", 0)),
        known=_tail(meta.get(b"known")),
        torn=is_torn(meta),
        books=meta.get(b"books", b"").decode(),
    )


def is_torn(meta: Mapping[bytes, bytes]) -> bool:
    """Whether what the first hash belongs to counts for nothing."""
    return b"torn" in meta or meta.get(b"half_done", b"0") != b"0"


def _tail(value: bytes | None) -> Tail | None:
    return None if value is None else Tail(*_decode(value, type=tuple[int, int, bytes]))


def past_fields(of: Past) -> Fields:
    """The same as the first hash has it: what is so is set, and what is not is deleted."""
    fields = {b"began": str(of.began).encode()}
    if of.tail is not None:
        fields[b"tail"] = _encode(of.tail)
    if of.rebuild is not None:
        fields[b"rebuild"] = _encode(of.rebuild)
    if of.lost:
        fields[b"lost"] = str(of.lost).encode()
    if of.known is not None:
        fields[b"known"] = _encode(of.known)
    if of.books:
        fields[b"books"] = of.books.encode()
    return fields, [name for name in PAST if name not in fields]


def opened(seals: Sequence[Seal], hashes: Hashes) -> Hashes:
    """What lies in a partition's hashes, without seals and marks. Raises Spoiled where one is not whole, or a value."""
    meta, first = hashes[0], seals[0]
    offset, mark, expected = meta.get(b"offset"), meta.get(MARK), sizes(meta.get(SIZES))
    if (offset is None) != (mark is None) or (offset is None and any(hashes[1:])):
        raise Spoiled(first.key, "has lost fields")
    if offset is not None and (number(offset) is None or len(expected) != len(hashes)):
        raise Spoiled(first.key, "has a value that is not what was written")
    for seal, fields, size in zip(seals, hashes, expected, strict=False):
        if fields.get(MARK) != mark or len(fields) != size:
            raise Spoiled(seal.key, "is not what the last commit left there" if fields else "is gone")
    return [seal.open_all(fields) for seal, fields in zip(seals, hashes, strict=True)]


def restored(rules: Rules, hashes: Hashes) -> tuple[PartitionState, Segments]:
    """The state that these hashes hold, and where its journeys lie. Raises Unlike where it was counted by other
    definitions than these rules have for that time.
    """
    meta, journeys, panes, intervals, days, totals = hashes
    state, segments = PartitionState(rules), Segments()
    _restore_meta(state, meta)
    _take_definitions(state, meta)
    aggregates, version = state.aggregates, rules.version
    for level, fields in zip(aggregates.levels, (panes, intervals, days), strict=True):
        _restore_level(level, fields, version)
    floors = _decode(meta[b"floors"], type=list[int]) if b"floors" in meta else None
    aggregates.restore_floors(floors, state.watermark)
    aggregates.totals = {line.decode(): unpacked(cell, version) for line, cell in totals.items()}
    state.restore(segments.load(journeys), _take_measures(state, meta))
    segments.retain(state.journeys)
    return state, segments


def changed(
    state: PartitionState,
    segments: Segments,
    changes: Changes,
    now_ms: int,
    tail: Tail | None = None,
    known: Tail | None = None,
) -> list[Fields]:
    """What a batch changes in each hash; taken once, as the state forgets what was touched."""
    aggregates = state.aggregates
    journeys = segments.write(changes.to_offset, changes.journeys, changes.forgotten, state.journeys)
    version = state.rules.version
    levels = [_level_fields(level, version) for level in aggregates.levels]
    tails = {name: _encode(of) for name, of in (("tail", tail), ("known", known)) if of is not None}
    return [(_meta_fields(state, now_ms) | tails, []), journeys, *levels, _total_fields(aggregates, version)]


def all_of(state: PartitionState, now_ms: int) -> tuple[list[Values], Segments]:
    """All that a state is in each hash, and where its journeys lie then."""
    segments, aggregates = Segments(), state.aggregates
    for level in aggregates.levels:
        level.touched = {(start, line) for start, row in level.rows.items() for line in row}
    aggregates.touched_totals = set(aggregates.totals)
    state.ahead.is_changed = state.queues.is_changed = state.is_news_of_definitions = True
    state.promptness.is_changed, state.open_days.is_changed = True, bool(state.open_days.packed)
    fields = changed(state, segments, Changes(state.offset, state.offset, journeys=state.journeys), now_ms)
    first, *others = (sets for sets, _ in fields)
    return [merged(first, {"upgrade": upgrade.packed(state.upgrade)}), *others], segments


def under_one_key(state: PartitionState, segments: Segments) -> tuple[list[Fields], Segments]:
    """What it changes in each hash that a state's own key is another now, and where its journeys lie then."""
    journeys, made = segments.rewritten(state.offset, state.journeys)
    first = _keys_fields(state) | {"ahead": _encode(state.ahead.packed)}
    return [(first, []), journeys, *[({}, [])] * 4], made


def merged(fields: Values, others: Values) -> Values:
    """What is to be set of one hash, with what else is."""
    return dict[Name, bytes]((*fields.items(), *others.items()))


def arguments(epoch: str, since: int | str, to: int, hashes: Iterable[Fields], seals: Iterable[Seal]) -> Arguments:
    """As `commit.lua` takes them, but for the owner."""
    found: list[bytes | str | int] = [epoch, since, to]
    for (fields, gone), seal in zip(hashes, seals, strict=True):
        found += (len(fields), len(gone))
        found += seal.close(fields)
        found += gone
    return found


def under_rules(packed: Arguments, fingerprint: str) -> Arguments:
    """The same, and from then on the hashes are of these rules."""
    return _with_bare(packed, b"rules", fingerprint)


def under_epoch(packed: Arguments, epoch: str) -> Arguments:
    """The same, and from then on the owner's epoch is this."""
    return _with_bare(packed, b"epoch", epoch)


def _with_bare(packed: Arguments, field: bytes, value: str) -> Arguments:
    """The same, with a field of the first hash that has no seal."""
    epoch, since, to, sets, *rest = packed
    return [epoch, since, to, int(sets) + 1, rest[0], field, value, *rest[1:]]


def _meta_fields(state: PartitionState, now_ms: int) -> dict[str, bytes]:
    fields = {
        "watermark": str(state.watermark).encode(),
        "counters": _encode(dict(state.counters)),
        "reported": _encode({line: said[:2] for line, said in state.reported.items()}),
        "said_by": _encode({line: (said[0], said[3]) for line, said in state.reported.items() if said[3] != OTHER}),
        "floors": _encode([level.floor for level in state.aggregates.levels]),
        "committed_at": str(now_ms).encode(),
    }
    if state.rules.version > BY_LINE:
        fields["dated"] = _encode({line: said[:3] for line, said in state.reported.items() if said[2] != said[0]})
    if state.queues.is_changed and state.rules.version > BY_LINE:
        fields["queues"] = _encode(state.queues.packed)
        state.queues.is_changed = False
    fields |= measures_field(state)
    state.is_news_of_measures = False
    if state.is_news_of_definitions:
        fields["definitions"] = _encode(state.rules.definitions.later)
        state.is_news_of_definitions = False
    if state.ahead.is_changed:
        fields["ahead"] = _encode(state.ahead.packed)
        state.ahead.is_changed = False
    if state.promptness.is_changed:
        fields["promptness"] = _encode(state.promptness.of)
        state.promptness.is_changed = False
    state.note_open_days()
    if state.open_days.is_changed:
        fields["open_days"] = _encode(state.open_days.packed)
        state.open_days.is_changed = False
    return fields | (_keys_fields(state) if state.is_news_of_keys else {})


def measures_field(state: PartitionState) -> dict[str, bytes]:
    """Since when each that was added is counted, with the offset: where a build goes on that does not know them, it
    shows that they were not counted since. So whoever moves the offset writes it, where there is something to say.
    """
    if not state.counted_since and not state.is_news_of_measures:
        return {}
    return {"measures": later.packed(state.counted_since, state.offset)}


def _keys_fields(state: PartitionState) -> dict[str, bytes]:
    """Under which other key journeys are remembered, if any are."""
    state.is_kept_as_of_two_keys = state.is_of_two_keys
    return {"other_key": state.rules.other_key_id if state.is_of_two_keys else b""}


def knows_other_key(rules: Rules, meta: Mapping[bytes, bytes]) -> bool:
    """Whether these rules have the other key, if any is needed to know journeys again."""
    return meta.get(b"other_key", b"") in (b"", rules.other_key_id)


def _restore_meta(state: PartitionState, meta: Mapping[bytes, bytes]) -> None:
    state.offset = int(meta.get(b"offset", 0))
    state.watermark = int(meta.get(b"watermark", 0))
    if b"counters" in meta:
        state.counters.update(_decode(meta[b"counters"], type=dict[str, int]))
        state.reported.update(_reports(meta))
    state.upgrade = upgrade.unpacked(meta.get(b"upgrade"))
    state.is_kept_as_of_two_keys = bool(meta.get(b"other_key"))
    if b"queues" in meta:
        state.queues.restore(_decode(meta[b"queues"], type=Packed))
    if b"ahead" in meta:
        state.ahead.restore(_decode(meta[b"ahead"], type=list[bytes]))
    if b"open_days" in meta:
        state.open_days.restore(_decode(meta[b"open_days"], type=dict[str, list[Day]]))
    if b"promptness" in meta:
        state.promptness.of = _decode(meta[b"promptness"], type=dict[str, Minutes])


def later_of(definitions: bytes | None) -> tuple[Terms, ...]:
    """What a first hash says that it was counted by, after the terms of the beginning."""
    return () if definitions is None else tuple(_decode(definitions, type=list[Terms]))


def _take_definitions(state: PartitionState, meta: Mapping[bytes, bytes]) -> None:
    """Goes on by the state's own rules, if it was counted by the same ones so far: others hold from later on."""
    definitions = state.rules.definitions
    later = later_of(meta.get(b"definitions"))
    if b"offset" in meta:
        definitions.check_goes_on(later, state.reaches_ms)
        state.go_on_by_open_days()
        state.is_news_of_definitions = later != definitions.later


def _take_measures(state: PartitionState, meta: Mapping[bytes, bytes]) -> Set[str]:
    """Since when each is counted; answers which are not yet: whoever made the figures did not know them.

    One that this build does not know is taken off, as nobody counts it from now on.
    """
    listed = later.unpacked(meta.get(b"measures"), number(meta.get(b"offset")))
    state.counted_since = {name: since for name, since in listed.items() if name in LATER}
    state.is_news_of_measures = b"measures" in meta and state.counted_since != listed
    return LATER - listed.keys() if b"offset" in meta else _begin(state)


def _begin(state: PartitionState) -> Set[str]:
    """Where nothing was counted, everything is from the beginning."""
    state.counted_since, state.is_news_of_measures = dict.fromkeys(LATER, 0), bool(LATER)
    return frozenset()


def _reports(meta: Mapping[bytes, bytes]) -> Mapping[str, Report]:
    """What the sources said; where one was dated otherwise than it was said, and an earlier build wrote no newer."""
    said = _decode(meta[b"reported"], type=dict[str, tuple[int, int]])
    dated = _decode(meta.get(b"dated", _NONE), type=dict[str, tuple[int, int, int]])
    by = _decode(meta.get(b"said_by", _NONE), type=dict[str, tuple[int, str]])
    found: dict[str, Report] = {}
    for line, (at, waiting) in said.items():
        *which, dated_ms = dated.get(line, (at, waiting, at))
        said_at, source = by.get(line, (at, OTHER))
        is_it = which == [at, waiting]
        found[line] = at, waiting, dated_ms if is_it else at, source if said_at == at else OTHER
    return found


def _level_fields(level: Level, version: int) -> Fields:
    fields: dict[str, bytes] = {}
    gone: list[str] = []
    for start, line in level.touched:
        cell = level.rows.get(start, {}).get(line)
        if cell:
            fields[f"{start}/{line}"] = packed(cell, version)
        else:
            gone.append(f"{start}/{line}")
    level.touched.clear()
    return fields, gone


def _restore_level(level: Level, fields: Mapping[bytes, bytes], version: int) -> None:
    for name, cell in fields.items():
        start, _, line = name.decode().partition("/")
        level.restore(int(start), line, unpacked(cell, version))


def _total_fields(aggregates: Aggregates, version: int) -> Fields:
    touched, aggregates.touched_totals = aggregates.touched_totals, set()
    fields = {line: packed(aggregates.totals[line], version) for line in touched if line in aggregates.totals}
    return fields, [line for line in touched if line not in fields]
