"""A network that can be hurt: a TCP proxy on loopback, in the background, in front of one server.

    worker ──> proxy ──> Redis, or a listener of Kafka that advertises the proxy

Set its attributes from the test at any time; they hold for all connections, those that are open included.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self

from streams.local.ports import HOST, free_ports
from tests.ingest.background import InBackground

AT_ONCE_BYTES = 1 << 16
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


class Proxy(InBackground):
    """Forwards every connection to `target`, as long as nothing is set to befall them."""

    ends_within_s = 10
    ends_when_left = True

    def __init__(self, target: str) -> None:
        super().__init__()
        self.target = target  # "host:port"; may be changed, and holds for connections made from then on
        self.port = free_ports(1)[0]
        self.delay_s = 0.0  # of all that comes back
        self.loses_answers = False  # what is asked is done, and nobody is told
        self.refuses = False  # who connects is let go at once
        self.on_request: Callable[[bytes], None] = lambda _: None  # before it is passed on; called on another thread
        self.on_answer: Callable[[bytes], None] = lambda _: None  # likewise
        self.lost = 0  # answers
        self.resets = 0  # connections
        self._cuts_after: tuple[bytes, int] | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._links: set[_Link] = set()
        self._listening = threading.Event()

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"{HOST}:{self.port}"

    # --- what the test does

    def cut(self) -> None:
        """Resets every connection that is open."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def stall(self) -> None:
        """From now on nothing passes in either direction, and connections stay open, until `flow`."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        """What was held back goes on."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def cut_after(self, word: bytes, times: int) -> None:
        """The next so many requests with this word are passed on; their answers are lost, and the connections reset."""
        self._cuts_after = (word, times)

    @property
    def cuts_left(self) -> int:
        """How many of these are still to come."""
        return self._cuts_after[1] if self._cuts_after else 0

    # --- how it works

    def __enter__(self) -> Self:
        super().__enter__()
        assert self._listening.wait(self.ends_within_s), "the proxy does not listen"
        return self

    async def work(self) -> None:
        """Serves until the block is left."""
        server = await asyncio.start_server(self._serve, HOST, self.port, limit=AT_ONCE_BYTES)
        self._listening.set()
        await self.stop.wait()
        server.close()
        self._flows.set()
        self._reset_all()
        await asyncio.gather(*(link.ended.wait() for link in self._links))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        link = _Link(writer)
        self._links.add(link)
        try:
            if self.refuses or self.stop.is_set():
                return
            answers, requests = await asyncio.open_connection(host, int(port))
            link.far = requests
            await link.until_one_ends(self._requests(link, reader), self._answers(link, answers))
        except OSError:
            pass  # the server is not there: the client sees its connection end
        finally:
            link.reset()
            link.ended.set()
            self._links.discard(link)

    async def _requests(self, link: "_Link", reader: asyncio.StreamReader) -> None:
        while data := await reader.read(AT_ONCE_BYTES):
            self.on_request(data)
            if (after := self._cuts_after) and after[1] and after[0] in data:
                self._cuts_after = (after[0], after[1] - 1)
                link.cut_at_answer = True
            await self._flows.wait()
            assert link.far is not None
            link.far.write(data)
            await link.far.drain()

    async def _answers(self, link: "_Link", reader: asyncio.StreamReader) -> None:
        while data := await reader.read(AT_ONCE_BYTES):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self._flows.wait()
            if self.loses_answers or link.cut_at_answer:
                self.lost += 1
                if link.cut_at_answer:
                    self.resets += 1
                    return
                continue
            self.on_answer(data)
            link.near.write(data)
            await link.near.drain()

    def _reset_all(self) -> None:
        for link in self._links:
            self.resets += 1
            link.reset()


class _Link:
    """One client's connection, and ours to the server for it."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.near = near
        self.far: asyncio.StreamWriter | None = None
        self.cut_at_answer = False
        self.ended = asyncio.Event()
        self._ways: list[asyncio.Task[None]] = []

    async def until_one_ends(self, *ways: Coroutine[Any, Any, None]) -> None:
        """Both ways, until a side has closed or it was reset."""
        self._ways = [asyncio.create_task(way) for way in ways]
        await asyncio.wait(self._ways, return_when=asyncio.FIRST_COMPLETED)
        for way in self._ways:
            way.cancel()
        for way in self._ways:
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await way

    def reset(self) -> None:
        """Both sides see their connection break."""
        for way in self._ways:
            way.cancel()
        for writer in (self.near, self.far):
            if writer is not None and not writer.is_closing():
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
