"""I2 on a real server: every commit that it did begins where the one before it ended, as its MONITOR tells."""

import asyncio
import contextlib
import threading
import uuid
from collections import Counter
from typing import Self
from urllib.parse import urlsplit

import redis

from tests.ingest.background import InBackground

MOST_LINE_BYTES = 64 << 20
_HASHES = b"6"  # of a commit
_WORDS = 15  # of a commit's line, up to where it ends: time, command, script, count, six keys, owner, epoch, from, to
_AGAIN_S = 0.02


class Chain(InBackground):
    """Listens to a server, over its restarts: what it lost in between begins a new chain."""

    ends_within_s = 30
    ends_when_left = True

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._listening = threading.Event()
        self._last = uuid.uuid4().hex  # said at the end, so that all before it has been heard
        self._asked: dict[bytes, tuple[bytes, bytes]] = {}
        self._at: dict[bytes, bytes] = {}
        self.commits: Counter[str] = Counter()  # by partition
        self.broken: list[str] = []

    def check(self, least: int = 1) -> None:
        """Fails where a commit did not follow on, or where there were fewer than that to look at."""
        assert not self.broken, self.broken[:5]
        assert self.commits.total() >= least, self.commits

    def __enter__(self) -> Self:
        super().__enter__()
        assert self._listening.wait(self.ends_within_s), "the server does not let us listen"
        return self

    async def work(self) -> None:
        """Listens until the block is left, and what was said by then is heard."""
        while not self.stop.is_set():
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._listen()
            await asyncio.sleep(_AGAIN_S)

    async def _listen(self) -> None:
        where = urlsplit(self._url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=MOST_LINE_BYTES)
        self._at.clear()
        writer.write(b"MONITOR\r\n")
        end = asyncio.create_task(self._say_the_last_word())
        try:
            while line := await reader.readline():
                self._listening.set()
                if self._last.encode() in line:
                    return
                self._hear(line)
        finally:
            end.cancel()
            writer.close()

    async def _say_the_last_word(self) -> None:
        await self.stop.wait()
        with redis.Redis.from_url(self._url) as client:
            await asyncio.to_thread(client.echo, self._last)

    def _hear(self, line: bytes) -> None:
        words = line.split(b" ", _WORDS)
        command = words[3].strip(b'"\r\n').upper() if len(words) > 3 else b""
        if command == b"FLUSHALL":
            self._at.clear()
        elif command == b"EVALSHA" and words[5].strip(b'"') == _HASHES and len(words) > _WORDS:
            since, to = words[14], words[15].partition(b" ")[0]
            self._asked[words[6]] = (since, to.strip())
        elif command == b"HSET" and words[2] == b"lua]" and words[5] == b'"offset"':
            self._note(words[4], words[6].strip())

    def _note(self, meta: bytes, to: bytes) -> None:
        name = meta.partition(b"{")[2].partition(b"}")[0].decode()
        since, until = self._asked[meta]
        if until != to or self._at.get(meta, since) != since:
            self.broken.append(f"{name}: from {since!r} to {to!r}, after one to {self._at.get(meta)!r}")
        self._at[meta] = to
        self.commits[name] += 1
