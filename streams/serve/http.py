"""/metrics, /isalive and /isready on a port of their own. May import: serve, aiohttp, prometheus_client.

Whoever reaches the port may ask, so nothing that they do may cost the figures anything: slow clients, many connections
and floods of scrapes are bounded here, the size of a request by aiohttp.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

MOST_CONNECTIONS = 256  # where there are more, the oldest end: they are slow, or idle
_IDLE_S = 75  # longer than anybody's scrape interval
_REUSED_FOR_S = 0.2  # what was rendered, so that a flood of scrapes costs what a few do
_OPENMETRICS = "application/openmetrics-text"

Encode = Callable[[CollectorRegistry], bytes]


def _is_our_fault(record: logging.LogRecord) -> bool:
    """Whoever sends what is no HTTP is answered 400: they shall not fill the log, nor choose what is written there."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_log = logging.getLogger(f"{__name__}.requests")
_log.addFilter(_is_our_fault)


class Endpoints:
    """The HTTP server. `not_ready` answers why the process is not ready, or None; `beside` what is to be said of one
    that is, or nothing.
    """

    def __init__(
        self, registry: CollectorRegistry, not_ready: Callable[[], str | None], beside: Callable[[], str] = lambda: ""
    ) -> None:
        self._registry = registry
        self._not_ready = not_ready
        self._beside = beside
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._rendered: dict[str, tuple[float, bytes]] = {}  # by content type

    async def start(self, host: str, port: int) -> int:
        """Listens, and answers the port (a free one was picked if 0 was asked). Raises OSError if it is taken."""
        app = web.Application(client_max_size=1024)
        app.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/isalive", self._is_alive),
                web.get("/isready", self._is_ready),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, logger=_log, handle_signals=False, shutdown_timeout=1.0, keepalive_timeout=_IDLE_S
        )
        await self._runner.setup()
        self._server = await asyncio.get_running_loop().create_server(self._connected, host, port, reuse_address=True)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stops listening, and ends every connection."""
        if self._server:
            self._server.close()
        if self._runner:
            await self._runner.cleanup()

    def _connected(self) -> asyncio.BaseProtocol:
        assert self._runner and self._runner.server
        connections = self._runner.server.connections  # the oldest first
        for one in connections[: max(0, len(connections) + 1 - MOST_CONNECTIONS)]:
            if one.transport is not None:
                one.transport.abort()
        return self._runner.server()

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = _format(",".join(request.headers.getall("Accept", ())))
        rendered_at, body = self._rendered.get(content_type, (0.0, b""))
        if time.monotonic() - rendered_at > _REUSED_FOR_S:
            body = encode(self._registry)
            self._rendered[content_type] = (time.monotonic(), body)
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _is_alive(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _is_ready(self, _: web.Request) -> web.Response:
        why = self._not_ready()
        if why is not None:
            return web.Response(status=503, text=f"not ready: {why}\n")
        beside = self._beside()
        return web.Response(text=f"ready: {beside}\n" if beside else "ready\n")


def _format(accept: str) -> tuple[Encode, str]:
    """How to render for whoever accepts this, and the content type: one of two, whatever is asked for.

    prometheus_client would read versions and escapings out of the header, say them back, and fail on some. Every name
    that svartid shows is the same in all of them.
    """
    asked_for = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
    if _OPENMETRICS in asked_for:
        return openmetrics.generate_latest, openmetrics.CONTENT_TYPE_LATEST
    return generate_latest, CONTENT_TYPE_PLAIN_0_0_4
