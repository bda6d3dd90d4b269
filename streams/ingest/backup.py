"""A backup: what Redis holds of every partition, in one file, whole and proved so. Talks to nobody but the file.

    magic | length, header | length, checkpoint | length, checkpoint | … | 0, SHA-256 of all before

A partition is what a checkpoint of it would be (checkpoints.py), so it is read, proved and upgraded as one.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from streams.ingest.checkpoints import Broken, Checkpoint, unpack

VERSION: Final = 1
_MAGIC: Final = b"svartid backup\n"
_LENGTH_BYTES: Final = 8
_DIGEST_BYTES: Final = 32
_MOST_BYTES: Final = 2**34  # of one partition: what is longer is no length
_PIECE_BYTES: Final = 2**20


class Header(msgspec.Struct, array_like=True):
    """What is in it beside the partitions."""

    version: int
    made_at_ms: int
    namespace: str
    partitions: int
    retired: list[str]  # those of them that are read no more
    counts: dict[str, int]  # how many partitions each topic had when it was first counted


class NoBackup(Exception):
    """A file is none, or is not whole. The message says which, and not the file's name."""


def write(file: Path, header: Header, checkpoints: Iterable[bytes]) -> int:
    """Writes all of it, or nothing: what is there under that name is there till then. Answers how many bytes.

    Only its owner may read it. Raises OSError.
    """
    made, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)  # nobody else's, 0600
    part = Path(name)
    try:
        with os.fdopen(made, "wb") as out:
            sealed = _Sealed(out)
            sealed.put(_MAGIC, *_framed(msgspec.msgpack.encode(header)))
            for value in checkpoints:
                sealed.put(*_framed(value))
            sealed.end()
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return size


def read(file: Path) -> tuple[Header, Iterator[Checkpoint]]:
    """What is in a file, which is proved whole before anything is answered. Raises NoBackup, OSError."""
    with file.open("rb") as of:
        _prove(of, file.stat().st_size)
        header = _header(_frame(of))
    return header, _checkpoints(file)


def _checkpoints(file: Path) -> Iterator[Checkpoint]:
    with file.open("rb") as of:
        of.read(len(_MAGIC))
        _frame(of)
        while value := _frame(of):
            try:
                yield unpack(value)
            except Broken as error:
                raise NoBackup(f"one of its partitions cannot be read: {error}") from error


def _prove(of: BinaryIO, size: int) -> None:
    """Leaves it at the header."""
    if of.read(len(_MAGIC)) != _MAGIC:
        raise NoBackup("it is no backup of svartid's")
    of.seek(0)
    digest, left = sha256(), size - _DIGEST_BYTES
    while left > 0 and (piece := of.read(min(left, _PIECE_BYTES))):
        digest.update(piece)
        left -= len(piece)
    if left or of.read() != digest.digest():
        raise NoBackup("it was cut short, or changed")
    of.seek(len(_MAGIC))


def _header(value: bytes) -> Header:
    try:
        header = msgspec.msgpack.decode(value, type=Header)
    except msgspec.MsgspecError as error:
        raise NoBackup("it was written by another version") from error
    if header.version != VERSION:
        raise NoBackup(f"it is of version {header.version}, and this is {VERSION}")
    return header


def _framed(value: bytes) -> tuple[bytes, bytes]:
    return len(value).to_bytes(_LENGTH_BYTES, "big"), value


def _frame(of: BinaryIO) -> bytes:
    """The next; empty at the end."""
    length = int.from_bytes(of.read(_LENGTH_BYTES), "big")
    if length > _MOST_BYTES:
        raise NoBackup("it was changed")
    return of.read(length)


class _Sealed:
    """A file that is written, and the SHA-256 of all that was."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = sha256()

    def put(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._out.write(piece)
            self._digest.update(piece)

    def end(self) -> None:
        self.put(bytes(_LENGTH_BYTES))
        self._out.write(self._digest.digest())
