"""A checkpoint in parts that every Kafka takes: brokers refuse records of more than a megabyte unless told otherwise.

One that is small enough is one record. A larger one is cut; each part says of which whole it is, and the record that
the whole would be names how many there are. It is written last: a reader who finds a part missing, or of another whole,
knows that nothing is to be made of it. Pure.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

PART_BYTES: Final = 900 * 1024  # what a platform takes is 1 MiB, the record's key and frame included
_MANIFEST: Final = b"svartid checkpoint in parts\n"
_DIGEST_BYTES: Final = 16


class _Manifest(msgspec.Struct, array_like=True):
    digest: bytes  # of the whole
    parts: int


def cut(key: bytes, value: bytes, most: int = PART_BYTES) -> list[tuple[bytes, bytes]]:
    """The records that a value is kept in, in the order in which they are to be written: keys and values."""
    if len(value) <= most and not value.startswith(_MANIFEST):
        return [(key, value)]
    digest = sha256(value).digest()[:_DIGEST_BYTES]
    size = most - _DIGEST_BYTES
    parts = [digest + value[first : first + size] for first in range(0, len(value), size)]
    manifest = _MANIFEST + msgspec.msgpack.encode(_Manifest(digest, len(parts)))
    return [*((part_key(key, n), part) for n, part in enumerate(parts)), (key, manifest)]


def joined(key: bytes, records: Mapping[bytes, bytes]) -> bytes:
    """The value that lies under a key, whole. Raises ValueError where a part is missing, or of another whole."""
    value = records[key]
    if not value.startswith(_MANIFEST):
        return value
    manifest = msgspec.msgpack.decode(value[len(_MANIFEST) :], type=_Manifest)
    parts = [records.get(part_key(key, n), b"") for n in range(manifest.parts)]
    whole = b"".join(part[_DIGEST_BYTES:] for part in parts)
    if any(part[:_DIGEST_BYTES] != manifest.digest for part in parts):
        raise ValueError("a part of it is missing, or another's")
    if sha256(whole).digest()[:_DIGEST_BYTES] != manifest.digest:
        raise ValueError("a part of it is not what was written")
    return whole


def part_key(key: bytes, n: int) -> bytes:
    """Where a part is kept."""
    return b"%s/%d" % (key, n)


def belongs_to(key: bytes) -> bytes:
    """The key of the whole that a record is a part of, if it is one."""
    return key.rpartition(b"/")[0]
