"""A log: partitions of records drawn from a seed, which appear at the broker one by one in simulated time.

Contacts are those of `tests/ingest/generated.py`, with duplicates and disorder of its own; here some come far too late,
some lack their beginning, and some records are no events at all. Compaction leaves holes in the offsets. The log itself
changes, too: its beginning is let go of, partitions are added, and the topic is made anew. Records are dated by the
broker, or by producers, some of which are years ahead.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

import orjson

from streams.core.fold import LOG_APPEND_TIME
from tests.events import DAY_MS, Record
from tests.ingest.generated import generate
from tests.ingest.sending import Produced

TOPIC = "t"
CREATE_TIME = 0
YEAR_MS = 365 * DAY_MS
POISON = (None, b"", b"\xff\xfe", b"{}", b"[1]", b"[" * 200, b'{"schema_version": 9, "type": "queue.entered"}', b"null")


class Log:
    """All that is ever written to a topic, and how much of each partition is there by now.

    What is let go of can be read no more, but is remembered: what was counted of it stays counted. So is what was
    written to the topic before it was made anew.
    """

    def __init__(self, partitions: dict[str, list[Record]], added_later: int = 0) -> None:
        self.partitions = partitions
        self.existing = len(partitions) - added_later
        self.visible = dict.fromkeys(partitions, 0)  # records, not offsets
        self.starts = {name: [0] for name in partitions}  # every first offset that there was, the latest last
        self.former: list[dict[str, list[Record]]] = []  # what was there when the topic was made anew, each time
        self.silent: dict[str, list[float]] = {}  # partitions that no broker speaks of now: since when, once a fault
        self._silent_since: dict[str, float] = {}  # and since the first of these faults, of which one may be over
        self._waiting: list[asyncio.Future[None]] = []

    @classmethod
    def draw(cls, chance: random.Random, partitions: int, records: int, added_later: int = 0) -> "Log":
        """So many records, about, spread over so many partitions by journey; the last of them are not there yet."""
        drawn: dict[str, list[Record]] = {f"{TOPIC}-{n}": [] for n in range(partitions)}
        dated_by = chance.choice([CREATE_TIME, LOG_APPEND_TIME])
        names = list(drawn)
        offsets = dict.fromkeys(names, 0)
        for key, timestamp, value in _disturbed(chance, records):
            name = names[int(key.rpartition("-")[2]) % partitions]
            offsets[name] += 1 if chance.random() < 0.97 else chance.randrange(2, 5)
            drawn[name].append(Record(offsets[name] - 1, timestamp, value, dated_by))
        return cls(drawn, added_later)

    @property
    def names(self) -> list[str]:
        """The partitions that there are by now."""
        return list(self.partitions)[: self.existing]

    @property
    def version(self) -> int:
        """How often the topic was made anew."""
        return len(self.former)

    def append(self, name: str, records: int) -> None:
        """So many more are there; who waited is told."""
        self.visible[name] = min(len(self.partitions[name]), self.visible[name] + records)
        self._wake()

    def fall_silent(self, names: Iterable[str], at: float) -> None:
        """No broker answers for these any more."""
        for name in names:
            self.silent.setdefault(name, []).append(at)
            self._silent_since.setdefault(name, at)

    def speak(self, names: Iterable[str], since: float) -> None:
        """What fell silent at that time is answered for again."""
        for name in names:
            self.silent[name].remove(since)
            if not self.silent[name]:
                del self.silent[name], self._silent_since[name]
        self._wake()

    def said_at(self, name: str, now: float) -> float:
        """When a broker last said where a partition ends: clients ask all the time."""
        return self._silent_since.get(name, now)

    def date_ahead(self, name: str, years: int) -> None:
        """The next record that is an event is dated years ahead, by a producer whose clock is."""
        at = self.visible[name]
        for record in self.partitions[name][at : at + 1]:
            with suppress(ValueError, TypeError, KeyError):
                event = orjson.loads(record.value or b"")
                event["occurred_at"] += years * YEAR_MS
                there = record.timestamp + years * YEAR_MS
                self.partitions[name][at] = Record(record.offset, there, orjson.dumps(event), CREATE_TIME)

    def let_go(self, name: str, offset: int) -> None:
        """What is before an offset is kept no longer."""
        offset = min(offset, self.end(name))
        if offset > self.start(name):
            self.starts[name].append(offset)
            self._wake()

    def add_partition(self) -> None:
        """The next of those that were drawn; what was written to it by now is in it at once."""
        self.existing = min(self.existing + 1, len(self.partitions))

    def make_anew(self, records: Mapping[str, list[Record]], visible: Mapping[str, int]) -> None:
        """Another topic of the same name, with so many records of each partition in it already."""
        self.former.append({name: self._there(name) for name in self.partitions})
        self.partitions.update(records)
        self.visible.update(visible)
        self.starts = {name: [0] for name in self.partitions}
        self._wake()

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def start(self, name: str) -> int:
        """The first offset that is kept."""
        return self.starts[name][-1]

    def end(self, name: str) -> int:
        """The offset after the last record that is there."""
        count = self.visible[name]
        return self.partitions[name][count - 1].offset + 1 if count else 0

    def until(self, name: str, offset: int, version: int) -> list[Record]:
        """The records that ever were before an offset, in the topic as it was made for the nth time."""
        there = self._there(name) if version == self.version else self.former[version][name]
        return [record for record in there if record.offset < offset]

    def read(self, name: str, position: int, most: int) -> list[Record]:
        """At most so many records from a position on, which the caller has found to be in the log."""
        return [record for record in self._there(name) if record.offset >= position][:most]

    def _there(self, name: str) -> list[Record]:
        return self.partitions[name][: self.visible[name]]

    async def more(self) -> None:
        """Returns when something has been appended, or the log has changed."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting


def another(chance: random.Random, log: Log) -> dict[str, list[Record]]:
    """Records for a topic made anew: of each partition fewer than there were, as many offsets, or more."""
    length = chance.choice([0.5, 1.0, 1.5])
    ends = {name: log.end(name) for name in log.partitions}
    drawn = Log.draw(chance, len(ends), 2 * sum(ends.values()) + 10).partitions
    return {name: _as_long(drawn[name], round(length * end), exactly=length == 1.0) for name, end in ends.items()}


def _as_long(records: list[Record], end: int, *, exactly: bool) -> list[Record]:
    before = [record for record in records if record.offset < end]
    if exactly and before:
        before[-1] = replace(before[-1], offset=end - 1)
    return before


def _told_on(chance: random.Random, made: list[Produced]) -> None:
    """Contacts go on as real sources tell it: visits come in again under their id, at once or after all was over,
    contacts end twice, advisers are named, and some contacts begin as callbacks. What that comes to the recount says.
    """
    # One queue at an instant: which of two counts goes by what they are counted as, in each version otherwise.
    one_at_an_instant = _queues_by_instant(made)
    for _ in range(chance.choice([0, len(made) // 5, len(made)])):
        at = chance.randrange(len(made))
        record = made[at]
        told = orjson.loads(record.value or b"{}")
        if "journey_id" not in told or not isinstance(told["occurred_at"], int):
            continue
        after_ms = chance.choice([0, 1000, 60_000, 600_000, 1_200_000, 3_000_000, -5000])
        told["occurred_at"] += after_ms
        if chance.random() < 0.3:
            told["initiation"] = "callback"
        if chance.random() < 0.5:
            told["agent_ref"] = chance.choice(["a1", "a2"])
        if "queue" in told and after_ms:
            is_moved = chance.random() < 0.5
            queue = ("arbeid", "helse")[told["occurred_at"] // 1000 % 2] if is_moved else told["queue"]
            told["queue"] = one_at_an_instant.setdefault((told.get("visit_id"), told["occurred_at"]), queue)
        later = min(len(made), at + chance.choice([1, 2, 10]))
        made.insert(later, replace(record, value=orjson.dumps(told)))


def _queues_by_instant(made: Iterable[Produced]) -> dict[tuple[object, object], object]:
    """By visit and when something is told of it (epoch ms), which queue that names."""
    told = [orjson.loads(record.value or b"{}") for record in made]
    return {(one.get("visit_id"), one.get("occurred_at")): one.get("queue") for one in told if "queue" in one}


def _told_anew(chance: random.Random, made: list[Produced]) -> None:
    """Contacts are told anew, under versions that rise, fall or stay, in part otherwise than before and in part not."""
    of_contact: dict[str, list[Produced]] = {}
    one_at_an_instant = _queues_by_instant(made)
    for record in made:
        told = orjson.loads(record.value or b"{}")
        of_contact.setdefault(told.get("contact_id", ""), []).append(record)
    for _ in range(chance.choice([0, len(of_contact) // 3, 2 * len(of_contact)])):
        own = of_contact[chance.choice(sorted(of_contact))]
        version, later_by = chance.randrange(4), chance.choice([1, 5, 20])
        after_ms, is_moved = chance.choice([0, 0, 1000, -60_000, 900_000]), chance.random() < 0.3
        at = min(len(made), made.index(chance.choice(own)) + later_by)
        for record in own:
            told = orjson.loads(record.value or b"{}")
            if chance.random() < 0.2 or not isinstance(told.get("occurred_at"), int):
                continue
            told |= {"contact_version": version, "occurred_at": told["occurred_at"] + after_ms}
            if "queue" in told and after_ms:
                queue = ("arbeid", "helse")[told["occurred_at"] // 1000 % 2] if is_moved else told["queue"]
                told["queue"] = one_at_an_instant.setdefault((told.get("visit_id"), told["occurred_at"]), queue)
            if told["type"] == "queue.answered" and chance.random() < 0.3:
                told["type"] = "queue.abandoned"
            made.insert(at, replace(record, value=orjson.dumps(told)))


def _disturbed(chance: random.Random, records: int) -> list[tuple[str, int, bytes | None]]:
    """(key, broker's timestamp, value), in the order in which they are written."""
    seed = chance.randrange(1 << 30)
    made = generate(seed, records).records
    _told_on(random.Random(f"told on {seed}"), made)
    _told_anew(random.Random(f"told anew {seed}"), made)
    if chance.random() < 0.5:  # some come so late that they count no more, or are the only ones of their visit
        for _ in range(len(made) // 10):
            made.append(made.pop(chance.randrange(len(made))))
    log: list[tuple[str, int, bytes | None]] = [((r.key or b"").decode(), r.timestamp, r.value) for r in made]
    for _ in range(chance.choice([0, 0, 2, 5])):
        at = chance.randrange(len(log))
        log.insert(at, (log[at][0], log[at][1], chance.choice(POISON)))
    return log
