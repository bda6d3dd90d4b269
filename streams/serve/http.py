"""/metrics, /isalive and /isready on a port of their own. May import: serve, aiohttp, prometheus_client."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder


class Endpoints:
    """The HTTP server. `not_ready` answers why the process is not ready, or None."""

    def __init__(self, registry: CollectorRegistry, not_ready: Callable[[], str | None]) -> None:
        self._registry = registry
        self._not_ready = not_ready
        self._runner: web.AppRunner | None = None

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
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stops listening."""
        if self._runner:
            await self._runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})

    async def _is_alive(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _is_ready(self, _: web.Request) -> web.Response:
        why = self._not_ready()
        return web.Response(text="ready\n") if why is None else web.Response(status=503, text=f"not ready: {why}\n")
