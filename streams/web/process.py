"""One `svartid web`, composed: what reads Redis, what is told to whom, and the server.

May import: all of this package, serve's configuration, keys, redis, prometheus_client.
"""

import asyncio
import socket

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from streams.keys import Keys
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.settings import Settings
from streams.tasks import end
from streams.web.app import application
from streams.web.expected import WaitScores
from streams.web.follower import Followed, Follower, Wholes
from streams.web.health import Health
from streams.web.held import Held
from streams.web.history import Histories
from streams.web.metrics import Requests, WebCollector
from streams.web.pages.centre import Pages
from streams.web.server import Serving
from streams.web.watching import Room


class Process:
    """All of it, in one loop; what is added up of the past is in threads."""

    def __init__(self, settings: Settings, first: Configured, client: Client) -> None:
        keys, now_ms = Keys.of(settings), settings.clock.now_ms
        self._client = client
        self._followed = followed = Followed(first, client, settings)
        held = Held(now_ms, speed=settings.clock.speed)
        self._room = Room(held)
        held.tell = self._room.tell
        self._follower = Follower(client, keys, held, lambda: followed.names(now_ms()))
        requests = Requests()
        self._health = Health(held, _registry(requests, self._room))
        histories = Histories(settings, lambda: followed.now)
        wait_scores, pages = (
            WaitScores(client, keys, lambda: followed.now, now_ms),
            Pages(settings, lambda: followed.now, lambda: held.by),
        )
        now = held, self._room, Wholes(client, keys, now_ms)
        served = application(settings, *now, histories, wait_scores, self._health, requests, pages)
        self._serving = Serving(served, settings.web_most_connections)

    async def run(self, on: socket.socket, stop: asyncio.Event) -> None:
        """Serves on a socket until it is to stop: who watches is told nothing more, who asked is answered."""
        beside = [asyncio.create_task(one) for one in (self._follower.run(), self._room.beat(), self._followed.run())]
        serving = asyncio.create_task(self._serving.run(on))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((serving, stopping, *beside), return_when=asyncio.FIRST_COMPLETED)
            self._health.is_ending = True
            self._serving.end()
            self._room.close()
            await serving
        finally:
            await end((stopping, *beside))
            await self._client.aclose()
        for task in beside:
            if not task.cancelled() and (failure := task.exception()):
                raise failure


def _registry(requests: Requests, room: Room) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(WebCollector(requests, lambda: len(room), lambda: room.told))
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry
