"""What every request passes first: who asks, how often, and how long the answer took. An ASGI application around ours.

It stands outside the framework, so that what leads nowhere is counted and bounded like the rest. May import: access,
limits, problems, metrics, the paths of pages, settings.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from streams.settings import Settings
from streams.web.access import Access, Who
from streams.web.limits import Rates
from streams.web.metrics import Requests
from streams.web.pages.files import files
from streams.web.problems import MEDIA_TYPE, Refused

log = structlog.get_logger(__name__)

CLIENT: Final = "svartid_client"  # under which a request's scope says who asks
OF_RUNNING: Final = ("/isalive", "/isready", "/metrics")  # what runs us asks them
CHANGES: Final = "/api/v1/changes"  # an answer that does not end
OPEN_TO_ALL: Final = frozenset((*OF_RUNNING, *files()))  # nothing of the figures


class Gate:
    """Before an application."""

    def __init__(self, application: ASGIApp, settings: Settings, requests: Requests) -> None:
        self._application, self._requests = application, requests
        self._access = Access(settings)
        self._rates = Rates(settings.web_requests_a_minute, time.monotonic)
        self._origins = {origin.encode() for origin in settings.web_origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application's way to be called."""
        if scope["type"] != ScopeType.HTTP:
            return await self._application(scope, receive, send)
        if scope["method"] == "HEAD":
            scope, receive = _as_get(scope, receive)
        begun, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._requests.begun(time.perf_counter() - begun)
            await send(message)

        try:
            await self._pass(scope, receive, noting)
        finally:
            self._requests.done(str(scope.get("path_template") or "other"), status)
        return None

    async def _pass(self, scope: Any, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            if scope["path"] not in OPEN_TO_ALL and not self._is_preflight(scope, headers):
                who = self._known(_peer(scope), headers)
                scope[CLIENT] = who.client
                self._rates.asks(who.client)
        except Refused as refused:
            return await self._refuse(refused, headers, send)
        return await self._application(scope, receive, send)

    def _known(self, peer: str, headers: Mapping[bytes, bytes]) -> Who:
        """Who asks. Whoever says it wrongly is counted by its address. Raises Refused."""
        try:
            return self._access.of(peer, headers)
        except Refused:
            self._rates.asks(peer)
            raise

    def _is_preflight(self, scope: Any, headers: Mapping[bytes, bytes]) -> bool:
        """A browser's question whether it may ask, which bears no token. The framework answers it of the origins."""
        return scope["method"] == "OPTIONS" and b"access-control-request-method" in headers and bool(self._origins)

    async def _refuse(self, refused: Refused, headers: Mapping[bytes, bytes], send: Send) -> None:
        told = [(name.lower().encode(), value.encode()) for name, value in refused.headers.items()]
        origin = headers.get(b"origin", b"")
        if origin in self._origins:  # or a page would not be told why
            told += [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]
        told += [
            (b"cache-control", b"no-store"),
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(refused.body)).encode()),
        ]
        await send({"type": "http.response.start", "status": refused.problem.status, "headers": told})
        await send({"type": "http.response.body", "body": refused.body, "more_body": False})


def _as_get(scope: Any, receive: Receive) -> tuple[Any, Receive]:
    """HEAD is GET, of which uvicorn sends no body; what else would never end is left as soon as it has begun."""
    return {**scope, "method": "GET"}, _left if scope["path"] == CHANGES else receive


async def _left() -> Any:
    return {"type": "http.disconnect"}


def _peer(scope: Any) -> str:
    """The address at the other end."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def client_of(scope: Mapping[str, Any]) -> str:
    """Who asks, by whom limits are counted."""
    return str(scope.get(CLIENT, ""))
