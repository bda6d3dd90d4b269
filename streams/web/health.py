"""/metrics, /isalive and /isready: of this process, for what runs it. May import: held, Litestar, prometheus_client."""

import time
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from streams.web.held import Held
from streams.web.problems import BELIEVED

_REUSED_FOR_S: Final = 0.2  # so that a flood of scrapes costs what a few do


class Health:
    """`is_ending` is set once it is asked to end."""

    def __init__(self, held: Held, registry: CollectorRegistry) -> None:
        self.is_ending = False
        self._held, self._registry = held, registry
        self._rendered_at, self._rendered = float("-inf"), b""

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        """The three of them."""

        @get("/isalive", include_in_schema=False, media_type="text/plain")
        async def is_alive() -> str:
            return "alive\n"

        @get("/isready", include_in_schema=False, media_type="text/plain")
        async def is_ready() -> Response[str]:
            why = self.not_ready()
            return Response(
                "ready\n" if why is None else f"not ready: {why}\n", status_code=200 if why is None else 503
            )

        @get("/metrics", include_in_schema=False)
        async def metrics() -> Response[bytes]:
            return Response(self._metrics(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

        return [is_alive, is_ready, metrics]

    def not_ready(self) -> str | None:
        """Ready is who can tell what is so: Redis answers, and what is there may be believed."""
        if self.is_ending:
            return "stopping"
        self._held.look()
        return None if self._held.why is None else BELIEVED[self._held.why].title

    def _metrics(self) -> bytes:
        if time.monotonic() - self._rendered_at > _REUSED_FOR_S:
            self._rendered, self._rendered_at = generate_latest(self._registry), time.monotonic()
        return self._rendered
