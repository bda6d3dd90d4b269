"""The application: its routes, what they are given, and what becomes of what goes wrong.

Another route, or files of a page's own, join `ROUTES`. May import: all of this package, Litestar.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import inf
from typing import Any, Final

import structlog
from litestar import Litestar, Response, Router, get
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from streams.settings import Settings
from streams.web import changes, expected, history, now, scorecard
from streams.web.answers import Asked, answer
from streams.web.expected import WaitScores
from streams.web.follower import Wholes
from streams.web.gate import Gate, client_of
from streams.web.health import Health
from streams.web.held import Held
from streams.web.history import Histories
from streams.web.limits import Places
from streams.web.metrics import Requests
from streams.web.openapi import CONFIG, document
from streams.web.pages.centre import Pages
from streams.web.problems import BAD_QUERY, BROKEN, MEDIA_TYPE, Refused, by_status
from streams.web.watching import Room

log = structlog.get_logger(__name__)

ROUTES: Final = [*now.ROUTES, *expected.ROUTES, *history.ROUTES, *scorecard.ROUTES, *changes.ROUTES]


GIVEN: Final = (
    "held",
    "room",
    "wholes",
    "histories",
    "wait_scores",
    "places",
    "client_of",
)  # to routes that ask for it by name


def application(
    settings: Settings,
    held: Held,
    room: Room,
    wholes: Wholes,
    histories: Histories,
    wait_scores: WaitScores,
    health: Health,
    requests: Requests,
    pages: Pages,
) -> ASGIApp:
    """All of it, behind its gate."""
    given = dict(zip(GIVEN, (held, room, wholes, histories, wait_scores, Places(settings), client_of), strict=True))
    return Gate(framework(given, _cors(settings), [*health.routes, *pages.routes]), settings, requests)


def framework(
    given: Mapping[str, object], cors: CORSConfig | None = None, more: Sequence[HTTPRouteHandler] = ()
) -> Litestar:
    """The framework's own application; without what is given it can say what it is, and answer nothing."""
    return Litestar(
        route_handlers=[Router("/api/v1", route_handlers=[*ROUTES, _described], before_request=_understood), *more],
        dependencies={name: Provide(_giving(given.get(name)), sync_to_thread=False, use_cache=True) for name in GIVEN},
        exception_handlers={Refused: _refused, HTTPException: _not_ours, Exception: _broken},
        cors_config=cors,
        openapi_config=CONFIG,
        logging_config=None,
    )


def _giving(one: Any) -> Callable[[], Any]:
    def give() -> Any:
        return one

    return give


async def _understood(request: Asked) -> None:
    """Whether all that is asked is understood: what is misspelt would else be passed over. Raises Refused."""
    known = _queries(request.app).get(str(request.scope.get("path_template")))
    asked = [name for name, _ in request.query_params.multi_items()]
    if known is not None and any(name not in known or asked.count(name) > known[name] for name in asked):
        told = ", ".join(known) or "nothing"
        raise Refused(BAD_QUERY, detail=f"Here one asks by {told}, each once unless /api/v1/openapi.json has a list.")


@cache
def _queries(app: Litestar) -> dict[str, dict[str, float]]:
    """By path what may be asked by, and how often each, as the document says."""
    return {
        path: {
            one["name"]: inf if "items" in json.dumps(one["schema"]) else 1
            for one in of["get"].get("parameters", ())
            if one["in"] == "query"
        }
        for path, of in document(app)["paths"].items()
    }


@get("/openapi.json", include_in_schema=False)
async def _described(request: Asked) -> Response[Any]:
    """What this is, as OpenAPI 3.1."""
    return answer(request, _text(request.app), 60_000)


@cache
def _text(app: Litestar) -> bytes:
    return json.dumps(document(app), ensure_ascii=False).encode()


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.web_origins:
        return None
    return CORSConfig(
        allow_origins=[*settings.web_origins],
        allow_methods=["GET"],
        allow_headers=["Authorization", "If-None-Match", "Last-Event-ID", "Cache-Control"],
        expose_headers=["ETag", "Retry-After"],
        max_age=600,
    )


def _refused(_: Asked, refused: Refused) -> Response[Any]:
    return Response(
        refused.body,
        status_code=refused.problem.status,
        headers={**refused.headers, "Cache-Control": "no-store"},
        media_type=MEDIA_TYPE,
    )


def _not_ours(request: Asked, error: HTTPException) -> Response[Any]:
    """What the framework refuses: a path that is none, a method, a query that is not understood."""
    if error.status_code >= 500:
        return _broken(request, error)
    asked = (
        [str(one.get("key")) for one in error.extra if isinstance(one, dict)] if isinstance(error.extra, list) else []
    )
    kind = by_status(error.status_code)
    detail = f"{kind.detail} It is about: {', '.join(asked)}." if asked else None
    return _refused(request, Refused(kind, detail=detail, headers=error.headers))


def _broken(request: Asked, error: Exception) -> Response[Any]:
    """What nobody foresaw. Its text may have anything in it, and is not told."""
    log.error("an answer broke down", path=request.scope.get("path_template"), what=type(error).__name__, exc_info=True)
    return _refused(request, Refused(BROKEN))
