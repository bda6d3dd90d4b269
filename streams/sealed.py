"""Seals: what lies in Redis says itself whether it is what was written there.

A value begins with a checksum of its key, its field and itself: so one that was spoiled, cut short, or belongs to
another field or hash is found out by whoever reads it, alone. That a whole hash is there, of the last commit, its mark
says, which `streams/ingest/commit.lua` writes and `whole.lua` beside it explains. May import: standard library, redis,
xxhash.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from redis.exceptions import ResponseError
from xxhash import xxh3_64_digest, xxh3_64_intdigest

Values = Mapping[str, bytes] | Mapping[bytes, bytes] | Mapping[str | bytes, bytes]  # of one hash, by field

MARK: Final = b"whole"  # the field of each hash that counts the commits: all of a partition's are in step
SIZES: Final = b"sizes"  # the field of the first hash that says how many fields each has
BARE: Final = frozenset((b"epoch", b"owner", b"rules", b"offset", b"half_done", b"torn", MARK, SIZES))  # the scripts'
UNREADABLE: Final = (ValueError, RecursionError)  # what decoding raises of bytes that are no document of ours
_CHECKSUM_BYTES: Final = 8  # an XXH3: of a segment of journeys it costs a tenth of what a CRC or a SipHash does

BY_A_WORKER = "A worker that runs writes it anew within a minute, as does the next one that starts"
BY_REBUILDING = (
    "A worker restores the partition by itself, when it starts or within a minute; `svartid rebuild` has it done now"
)


BY_KEEPING = "A worker restores it by itself from its checkpoint, when it starts or within a minute"
_CARRIED: Final = re.compile(r"\{[^{}]*:[^{}]*\}")  # in the key of what was carried over, which nobody rebuilds


class Spoiled(Exception):
    """What Redis holds under a key is not what svartid wrote there."""

    def __init__(self, key: str, what: str, mend: str = "") -> None:
        super().__init__(f"{key} {what}")
        self.key = key
        of_a_partition = BY_KEEPING if _CARRIED.search(key) else BY_REBUILDING
        self.mend = mend or of_a_partition  # what makes it good again, in a sentence

    @property
    def in_words(self) -> str:
        """What is wrong, and what makes it good again."""
        return f"{self}: it was changed by another than svartid. {self.mend}"


class Seal:
    """Seals the values of one hash, and opens them."""

    __slots__ = ("_seed", "key")

    def __init__(self, key: str) -> None:
        self.key = key
        self._seed = int.from_bytes(blake2b(key.encode(), digest_size=8).digest())

    def close(self, fields: Values) -> list[bytes]:
        """Each field and its value as they lie in Redis, one after the other. Hot: each commit seals all it writes."""
        seed, closed = self._seed, list[bytes]()
        for field, value in fields.items():
            name = field if type(field) is bytes else field.encode()  # type: ignore[union-attr]  # then it is text
            closed += (name, xxh3_64_digest(value, xxh3_64_intdigest(name, seed)) + value)
        return closed

    def open(self, field: bytes, sealed: bytes) -> bytes:
        """The value that was sealed. Raises Spoiled."""
        if field in BARE:
            return sealed
        value = sealed[_CHECKSUM_BYTES:]
        if xxh3_64_digest(value, xxh3_64_intdigest(field, self._seed)) != sealed[:_CHECKSUM_BYTES]:
            raise Spoiled(self.key, f"has a value that is not what was written, in a field of {len(field)} bytes")
        return value

    def open_all(self, fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        """The values of these fields, without the mark. Raises Spoiled."""
        return {field: self.open(field, sealed) for field, sealed in fields.items() if field != MARK}


def sizes(text: bytes | None) -> list[int]:
    """How many fields each of a partition's hashes is to have; nothing where that cannot be read."""
    parts = (text or b"").split()
    return [int(part) for part in parts] if all(part.isdigit() for part in parts) else []


def number(text: bytes | None) -> int | None:
    """What a field of digits says; None where there is none, or something else."""
    return int(text) if text and text.isdigit() else None


def is_of_another_type(error: object) -> bool:
    """Whether this is Redis' word for it that a key holds something else than a command is for."""
    return isinstance(error, ResponseError) and "WRONGTYPE" in str(error)


async def typed(key: str, asked: Any, mend: str = BY_A_WORKER) -> Any:
    """What was asked of a key, when it is answered. Raises Spoiled where it is of another type."""
    try:
        return await asked
    except ResponseError as error:
        if is_of_another_type(error):
            raise Spoiled(key, "is of another type", mend) from None
        raise
