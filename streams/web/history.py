"""What was: the rows of `svartid history`, added up in a thread of their own, so many at once.

May import: past's history, config, the core, limits, answers, follower, Litestar.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import QueryParameter
from litestar.types import Receive, Scope, Send
from msgspec import Meta, Struct
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from streams.beside import beside_us
from streams.keys import Keys
from streams.past.asked import NoSpan, rows_of, span_of
from streams.past.history import GROUP_BY, By, Span, Step
from streams.past.history_cells import Found, OtherDefinitions, read
from streams.past.history_rows import Row
from streams.redis_client import connect
from streams.sealed import Spoiled
from streams.serve.configuration import Configured
from streams.serve.serving import of_the_served
from streams.settings import Settings
from streams.web.answers import JSON, PACKED, Asked, headers_of, is_had, packed, takes_gzip
from streams.web.described import responses
from streams.web.limits import Turns
from streams.web.problems import (
    BAD_QUERY,
    DAMAGED,
    NO_HISTORY_RIGHT,
    NOTHING_COUNTED,
    OTHER_DEFINITIONS,
    TOO_MUCH,
    Refused,
    not_believed,
)

_DAY_MS: Final = 86_400_000
PART: Final = 65_536  # bytes that are sent at once
REUSED_FOR_S: Final = 1.0
REMEMBERED: Final = 4  # histories, each some megabytes at most
SENT_WITHIN_S: Final = 60.0  # whoever is slower is let go of
_SHORTEST_ROW_MS: Final[dict[Step, int]] = {
    "15m": 900_000,
    "1h": 3_600_000,
    "1d": _DAY_MS,
    "1w": 7 * _DAY_MS,
    "1mo": 28 * _DAY_MS,
    "1q": 90 * _DAY_MS,
    "1y": 365 * _DAY_MS,
}


class History(Struct, kw_only=True):
    """What was counted in a stretch of time."""

    start: Annotated[str, Meta(description="Where its first row begins, RFC 3339.")]
    end: Annotated[str, Meta(description="Before this it ends: rows that begin later are not in it.")]
    step: Annotated[Step, Meta(description="What a row covers.")]
    by: Annotated[By, Meta(description="What rows are told apart by.")]
    not_whole: Annotated[
        list[str],
        Meta(description="Partitions that are not counted yet, or are being rebuilt: what is of them is missing."),
    ]
    rows: Annotated[
        list[Row], Meta(description="In order of time and name. Where nothing was counted there is none, and never 0.")
    ]


class Histories:
    """Adds them up. `configured` is what figures are shown by now."""

    def __init__(self, settings: Settings, configured: Callable[[], Configured]) -> None:
        self._settings, self._configured = settings, configured
        self._turns = Turns(settings.web_histories_at_once)
        self._at_once = asyncio.Semaphore(settings.web_histories_at_once)
        self._lately: OrderedDict[tuple[Span, By, bool, str], tuple[float, Made]] = OrderedDict()

    def asked(self, since: str | None, until: str | None, step: Step, by: By) -> "Asking":
        """What is asked, if it may be. Raises Refused."""
        made_by = self._configured()
        zone = ZoneInfo(made_by.centre.timezone)
        try:
            span = span_of(since, until, step, zone, self._settings.clock.now_ms(), ("from", "to"))
        except NoSpan as error:
            raise Refused(BAD_QUERY, detail=f"{error}.") from None
        self._check(span, by, made_by)
        return Asking(span, by, made_by)

    @asynccontextmanager
    async def of(self, asking: "Asking", client: str, *, is_packed: bool) -> AsyncIterator["Made"]:
        """The document, for as long as it is sent: what waits for who is slow is bounded, too. Raises Refused."""
        with self._turns.one(client):
            async with self._at_once:
                made = await self._made_lately(asking, is_packed)
            yield made

    async def _made_lately(self, asking: "Asking", is_packed: bool) -> "Made":
        """What many ask at about the same time is added up once."""
        key = asking.span, asking.by, is_packed, asking.made_by.digest
        at, made = self._lately.pop(key, (float("-inf"), None))
        if made is None or time.monotonic() - at > REUSED_FOR_S:
            at, made = time.monotonic(), await beside_us(lambda: asyncio.run(self._made(asking, is_packed)))
        self._lately[key] = at, made
        while len(self._lately) > REMEMBERED:
            self._lately.popitem(last=False)
        return made

    def _check(self, span: Span, by: By, made_by: Configured) -> None:
        """Before anything is read. Raises Refused."""
        length_ms = span.to_ms - span.from_ms
        if length_ms > self._settings.web_most_days * _DAY_MS:
            raise Refused(TOO_MUCH, setting="SVARTID_WEB_MOST_DAYS", most=self._settings.web_most_days)
        rows = -(-length_ms // _SHORTEST_ROW_MS[span.step]) * _most_groups(by, made_by)
        if rows > self._settings.web_most_rows:
            raise Refused(TOO_MUCH, setting="SVARTID_WEB_MOST_ROWS", most=self._settings.web_most_rows)

    async def _made(self, asking: "Asking", is_packed: bool) -> "Made":
        """In a thread, by a connection of its own. Raises Refused."""
        client = connect(self._settings)
        try:
            keys = Keys.of(await of_the_served(client, self._settings))
            found = await read(client, keys, asking.made_by.rules, asking.span)
        except OtherDefinitions:
            raise Refused(OTHER_DEFINITIONS) from None
        except Spoiled:
            raise Refused(DAMAGED) from None
        except NoPermissionError:
            raise Refused(NO_HISTORY_RIGHT) from None
        except AuthenticationError:
            raise not_believed("denied") from None
        except (RedisError, OSError):
            raise not_believed("redis") from None
        finally:
            await client.aclose()
        body = _document(found, *asking)
        return Made(packed(body) if is_packed else body, headers_of(body, 0) | (PACKED if is_packed else {}))


class Asking(NamedTuple):
    """One history."""

    span: Span
    by: By
    made_by: Configured


class Made(NamedTuple):
    """And what is answered."""

    body: bytes
    headers: dict[str, str]


def _document(found: Found, span: Span, by: By, made_by: Configured) -> bytes:
    if not found.is_begun:
        raise Refused(NOTHING_COUNTED)
    rows = rows_of(found, made_by.centre, made_by.rules, span, by)
    start, end = span.text(span.from_ms), span.text(span.to_ms)
    return msgspec.json.encode(
        History(start=start, end=end, step=span.step, by=by, not_whole=[*found.not_whole], rows=rows)
    )


class Told(Response[bytes]):
    """It is added up only as it is sent, a part after the other, for a while at most."""

    def __init__(self, histories: Histories, asking: Asking, asked: Asked, client: str) -> None:
        super().__init__(b"", media_type=JSON)
        self._client = client
        self._histories, self._asking, self._is_packed = histories, asking, takes_gzip(asked)
        self._had = asked.headers.get("if-none-match", "")

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """An application of its own."""
        return self._tell

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._histories.of(self._asking, self._client, is_packed=self._is_packed) as made:
            with suppress(TimeoutError):  # unfinished: the server lets go of the connection
                async with asyncio.timeout(SENT_WITHIN_S):
                    await _send(made, is_had(self._had, made.headers["ETag"]), send)


async def _send(made: Made, is_had_already: bool, send: Send) -> None:
    headers = made.headers | {"Content-Type": JSON}
    headers |= {} if is_had_already else {"Content-Length": str(len(made.body))}
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 304 if is_had_already else 200, "headers": told})
    for first in range(0, 0 if is_had_already else len(made.body), PART):
        part = made.body[first : first + PART]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _most_groups(by: By, made_by: Configured) -> int:
    """How many rows one stretch may have, by what is configured."""
    centre = made_by.centre
    named = GROUP_BY[by]
    lines = centre.own_lines if by != "queue" else [*centre.own_lines, *centre.external_lines]
    parts = (dict(zip(GROUP_BY["queue"], line.split("/", 2), strict=True)) for line in lines)
    return max(1, len({tuple(of[name] for name in named) for of in parts}))


@get(
    "/history",
    summary="What was",
    operation_id="getHistory",
    tags=["past"],
    responses=responses(History, 400, 503),
)
async def history(
    request: Asked,
    histories: NamedDependency[Histories],
    client_of: NamedDependency[Callable[[Mapping[str, Any]], str]],
    since: Annotated[
        str | None,
        QueryParameter(
            name="from",
            max_length=40,
            description="A date or an ISO time, local where it says no offset; else of what goes on today.",
            examples=[Example(value="2025-03-04")],
        ),
    ] = None,
    until: Annotated[
        str | None,
        QueryParameter(
            name="to",
            max_length=40,
            description="Likewise; a date means to its end.",
            examples=[Example(value="2025-03-05T12:00+01:00")],
        ),
    ] = None,
    step: Annotated[Step, QueryParameter(description="What a row covers.", examples=[Example(value="1h")])] = "1h",
    by: Annotated[
        By, QueryParameter(description="What rows are told apart by; `group` is channel and audience.")
    ] = "total",
) -> Response[Any]:
    """A row for each quarter of an hour, hour, day, week, month, quarter or year that starts from `from` up to, not
    including, `to`: as `svartid history` tells it. Waits are in ms; null is over nothing, or not known. Lines outside
    the centre are shown by queue only, and are in no sum.

    How much may be asked at once is limited: by SVARTID_WEB_MOST_ROWS, and SVARTID_WEB_MOST_DAYS.
    """
    return Told(histories, histories.asked(since, until, step, by), request, client_of(request.scope))


ROUTES = [history]
