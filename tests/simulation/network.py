"""The network between workers and the store: connections slow, mute, reset or refused, but with TCP's promises.

Within a connection nothing is reordered, repeated or left out; between connections everything is. What was sent before
a process died may still arrive.
"""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from tests.simulation.loop import SimulatedLoop, process_now
from tests.simulation.redis_model import RedisModel
from tests.simulation.redis_session import Session

USUAL_S = 0.001  # one way, on average
SLOW_S = 0.5


class Network:
    """All connections to one server."""

    def __init__(self, loop: SimulatedLoop, model: RedisModel) -> None:
        self.loop = loop
        self.model = model
        self.slow = False
        self.refuses = False
        self.links: list[Link] = []
        loop.connector = self.connect

    def delay(self) -> float:
        """Simulated seconds for one way: nearly always short, now and then long."""
        chance = self.loop.chance.random()
        mean = SLOW_S if self.slow or chance > 0.99 else USUAL_S
        return mean * (0.1 + 2 * self.loop.chance.random())

    async def connect(self, protocol_factory: Callable[[], Any]) -> tuple["Link", Any]:
        """What `loop.create_connection` answers. Raises ConnectionRefusedError."""
        await asyncio.sleep(self.delay())
        if self.refuses:
            raise ConnectionRefusedError(111, "Connection refused")
        self.links = [link for link in self.links if not link.is_closing()]
        self.links.append(link := Link(self, protocol_factory()))
        return link, link.protocol

    def reset_all(self) -> None:
        """As when the server restarts."""
        for link in self.links:
            link.reset(arrives=self.loop.chance.random() < 0.5)


class Link(asyncio.Transport):
    """One connection, as the client's asyncio has it."""

    def __init__(self, network: Network, protocol: Any) -> None:
        super().__init__()
        self.protocol = protocol
        self.process = process_now()
        self.hears_requests = True
        self.sends_replies = True
        self._network = network
        self._loop = network.loop
        self._session = Session(network.model, self.process.name)
        self._closed = False
        self._inside, self._outside = contextvars.copy_context(), self._loop.outside()
        self._there = self._back = 0.0  # when what was sent last arrives
        protocol.connection_made(self)

    # --- what befalls it

    def reset(self, *, arrives: bool) -> None:
        """Broken, and both sides know; what was under way to the server `arrives` all the same, or is lost."""
        self.sends_replies = False
        self.hears_requests = self.hears_requests and arrives
        self._lose(ConnectionResetError(104, "Connection reset by peer"))

    def go_mute(self, *, hears: bool) -> None:
        """Stays open, and nothing more comes back: the server `hears` and does what it is asked, or not even that."""
        self.sends_replies = False
        self.hears_requests = hears

    # --- from the client to the server and back

    def write(self, data: Any) -> None:
        """On its way at once."""
        if self._closed or not self.process.alive:
            return
        self._there = max(self._there, self._loop.time() + self._network.delay())
        self._loop.call_at(self._there, self._arrive, bytes(data), context=self._outside)

    def writelines(self, list_of_data: Any) -> None:
        """One packet."""
        self.write(b"".join(list_of_data))

    def _arrive(self, data: bytes) -> None:
        if not self.hears_requests:
            return
        answers = self._session.feed(data)
        if self.sends_replies and self.process.alive:
            self._back = max(self._back, self._loop.time() + self._network.delay())
            self._loop.call_at(self._back, self._answer, answers)

    def _answer(self, data: bytes) -> None:
        """Handed over to the process, which may be paused."""
        if self.sends_replies and not self._closed and self.process.alive:
            self._loop.call_soon(self._received, data, context=self._inside)

    def _received(self, data: bytes) -> None:
        if not self._closed:
            self.protocol.data_received(data)

    def _lose(self, why: Exception | None) -> None:
        if self._closed or not self.process.alive:
            return
        self._closed = True
        self._loop.call_soon(self.protocol.connection_lost, why, context=self._inside)

    # --- what asyncio asks of a transport

    def close(self) -> None:
        """What was sent still arrives; what comes back finds nobody."""
        self._lose(None)

    def abort(self) -> None:
        """The same."""
        self._lose(None)

    def is_closing(self) -> bool:
        """Closed, or the process behind it is dead."""
        return self._closed or not self.process.alive

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket to set options on."""
        return default

    def pause_reading(self) -> None:
        """What came is small."""

    def resume_reading(self) -> None:
        """It was never paused."""
