"""What waits unread in TCP connections on loopback, from `/proc/net/tcp`: so it is seen where a kill struck."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class Unread(NamedTuple):
    """Bytes that have arrived and that nobody has read, over all connections of a process to a port."""

    requests: int  # at the server
    answers: int  # at the process


def unread(pid: int, server_port: int) -> Unread:
    """Of a process that is there, stopped or not. Nothing waits where it has no connection."""
    ours = {c.laddr.port for c in psutil.Process(pid).net_connections("tcp") if c.raddr and c.raddr.port == server_port}
    requests = answers = 0
    for local, remote, waiting in _queues(_lines()):
        if local == server_port and remote in ours:
            requests += waiting
        elif remote == server_port and local in ours:
            answers += waiting
    return Unread(requests, answers)


def _lines() -> Iterable[str]:
    for table in TABLES:
        if table.exists():
            yield from table.read_text().splitlines()[1:]


def _queues(lines: Iterable[str]) -> Iterable[tuple[int, int, int]]:
    """Local port, remote port, bytes unread; a socket that listens counts connections there, and has no remote port."""
    for line in lines:
        words = line.split()
        local, remote = (int(address.rpartition(":")[2], 16) for address in words[1:3])
        if remote:
            yield local, remote, int(words[4].partition(":")[2], 16)
