"""Servers of a test's own, to be hurt: Kafka behind a network, and a Redis whose file loses its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from streams.local import Kafka, Valkey
from streams.local.ports import HOST, free_ports
from streams.local.valkey import find_server
from tests.ingest.waiting import eventually

COMMIT = b":journeys"  # a key that no other request to Redis names


@contextmanager
def valkey(folder: Path) -> Iterator[Valkey]:
    """One server, for a `with` block. Where a file may not grow any more, its write fails; the signal is ignored."""
    program = folder.with_suffix(".sh")
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {find_server()} \"$@\"\n")
    program.chmod(0o700)
    server = Valkey(folder, *free_ports(1), binary=program)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def append_only_file(server: Valkey) -> Path:
    """The one that it writes to."""
    found = [*server.folder.rglob("*.incr.aof"), *server.folder.glob("appendonly.aof")]
    return max(found, key=lambda file: int("".join(filter(str.isdigit, file.name)) or 0))


def wait_written(server: Valkey) -> None:
    """Until its file has all that it has answered: while a sync is under way it holds a write back."""
    with redis.Redis.from_url(server.url) as client:
        eventually(lambda: client.info("persistence")["aof_buffer_length"] == 0, "all is in the append-only file")


def cut_append_only_file(server: Valkey, size: int) -> bytes:
    """Its last bytes were never on the disk, as after a power cut: state goes back. Answers those bytes."""
    file = append_only_file(server)
    before = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(max(0, before - size))
        lost = opened.read()
        opened.truncate(before - len(lost))
    return lost


def listen_behind(kafka: Kafka, port: int, network: str) -> None:
    """From its next start it listens on that port, too, and tells whoever comes there that it is found at `network`."""
    names = {"CLIENTS": kafka.port, "CONTROLLER": kafka.controller_port, "BEHIND": port}
    kafka.settings = {
        "listeners": ",".join(f"{name}://{HOST}:{at}" for name, at in names.items()),
        "advertised.listeners": f"CLIENTS://{kafka.address},BEHIND://{network}",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in names),
    }
