"""A log: partitions of records drawn from a seed, which appear at the broker one by one in simulated time.

Contacts are those of `tests/ingest/generated.py`, with duplicates and disorder of its own; here some come far too late,
some lack their beginning, and some records are no events at all. Compaction leaves holes in the offsets.
"""

import asyncio
import random
from collections.abc import Mapping

from tests.core.events import Record
from tests.ingest.generated import generate

TOPIC = "t"
POISON = (None, b"", b"\xff\xfe", b"{}", b"[1]", b"[" * 200, b'{"schema_version": 9, "type": "queue.entered"}', b"null")


class Log:
    """All that is ever written to a topic, and how much of each partition is there by now."""

    def __init__(self, partitions: Mapping[str, list[Record]]) -> None:
        self.partitions = partitions
        self.visible = dict.fromkeys(partitions, 0)  # records, not offsets
        self._waiting: list[asyncio.Future[None]] = []

    @classmethod
    def draw(cls, chance: random.Random, partitions: int, records: int) -> "Log":
        """So many records, about, spread over so many partitions by journey."""
        drawn: dict[str, list[Record]] = {f"{TOPIC}-{n}": [] for n in range(partitions)}
        names = list(drawn)
        offsets = dict.fromkeys(names, 0)
        for key, timestamp, value in _disturbed(chance, records):
            name = names[int(key.rpartition("-")[2]) % partitions]
            offsets[name] += 1 if chance.random() < 0.97 else chance.randrange(2, 5)
            drawn[name].append(Record(offsets[name] - 1, timestamp, value))
        return cls(drawn)

    def append(self, name: str, records: int) -> None:
        """So many more are there; who waited is told."""
        self.visible[name] = min(len(self.partitions[name]), self.visible[name] + records)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def end(self, name: str) -> int:
        """The offset after the last record that is there."""
        count = self.visible[name]
        return self.partitions[name][count - 1].offset + 1 if count else 0

    def until(self, name: str, offset: int) -> list[Record]:
        """The records before an offset."""
        return [record for record in self.partitions[name][: self.visible[name]] if record.offset < offset]

    def read(self, name: str, position: int, most: int) -> list[Record]:
        """At most so many records from a position on."""
        there = self.partitions[name][: self.visible[name]]
        return [record for record in there if record.offset >= position][:most]

    async def more(self) -> None:
        """Returns when something has been appended."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting


def _disturbed(chance: random.Random, records: int) -> list[tuple[str, int, bytes | None]]:
    """(key, broker's timestamp, value), in the order in which they are written."""
    made = generate(chance.randrange(1 << 30), records).records
    if chance.random() < 0.5:  # some come so late that they count no more, or are the only ones of their visit
        for _ in range(len(made) // 10):
            made.append(made.pop(chance.randrange(len(made))))
    log: list[tuple[str, int, bytes | None]] = [((r.key or b"").decode(), r.timestamp, r.value) for r in made]
    for _ in range(chance.choice([0, 0, 2, 5])):
        at = chance.randrange(len(log))
        log.insert(at, (log[at][0], log[at][1], chance.choice(POISON)))
    return log
