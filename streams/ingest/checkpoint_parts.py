"""A checkpoint in parts that every Kafka takes: brokers refuse records of more than a megabyte unless told otherwise.

One that is small enough is one record. A larger one is cut: each part lies under a key of its own, which has the
whole's digest in it, and the record that the whole would be says how many there are. That is written last, and no part
of another whole is written over: so what lies under a key is at each moment the one or the other, and never torn. The
parts of the one before are let go of after that. Pure.
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
    digest = _digest(value)
    parts = [value[first : first + most] for first in range(0, len(value), most)]
    manifest = _MANIFEST + msgspec.msgpack.encode(_Manifest(digest, len(parts)))
    return [*((_part_key(key, digest, n), part) for n, part in enumerate(parts)), (key, manifest)]


def joined(key: bytes, records: Mapping[bytes, bytes]) -> bytes:
    """The value that lies under a key, whole. Raises ValueError where a part is missing, or not what was written."""
    value = records[key]
    if not value.startswith(_MANIFEST):
        return value
    manifest = msgspec.msgpack.decode(value[len(_MANIFEST) :], type=_Manifest)
    if manifest.parts > len(records):  # whoever wrote it says anything
        raise ValueError("it says that it has more parts than there are")
    whole = b"".join(records.get(_part_key(key, manifest.digest, n), b"") for n in range(manifest.parts))
    if _digest(whole) != manifest.digest:
        raise ValueError("a part of it is missing, or not what was written")
    return whole


def whole_of(key: bytes) -> bytes:
    """The key of the whole that a record is a part of, if it is one."""
    return key.rpartition(b"/")[0].rpartition(b"/")[0]


def _part_key(key: bytes, digest: bytes, n: int) -> bytes:
    return b"%s/%s/%d" % (key, digest.hex().encode(), n)


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()[:_DIGEST_BYTES]
