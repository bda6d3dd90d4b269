"""What changes, as it does: server-sent events. May import: watching, limits, Litestar."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import Receive, Scope, Send

from streams.web.answers import Asked
from streams.web.described import EVENTS, EVENTS_TYPE, refusals
from streams.web.held import Held
from streams.web.limits import Places
from streams.web.problems import BAD_QUERY, NO_SUCH_QUEUE, TOO_MUCH, Refused
from streams.web.watching import Room, Watcher

MOST_NAMES: Final = 200
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # of a proxy that would gather events first
]


class EventStream(Response[bytes]):
    """What is said to one watcher, until it goes, or takes nothing any more."""

    def __init__(self, room: Room, names: frozenset[str], last_id: str, places: Places, client: str) -> None:
        super().__init__(b"", media_type=EVENTS_TYPE)
        self._room, self._names, self._last_id, self._places, self._client = room, names, last_id, places, client

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """An application of its own, as what is sent here is no body that ends."""
        return self._tell

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._places.watching(self._client):
            watcher = self._room.enter(self._names, self._last_id)
            gone = asyncio.create_task(_gone(receive, watcher))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                await self._say(watcher, send)
            finally:
                gone.cancel()
                self._room.leave(watcher)

    async def _say(self, watcher: Watcher, send: Send) -> None:
        while not watcher.is_ended:
            await send({"type": "http.response.body", "body": watcher.take(), "more_body": True})
            self._room.told += 1
            await watcher.wake.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive, watcher: Watcher) -> None:
    """Ends it when the one who watches has gone."""
    while (await receive())["type"] != "http.disconnect":
        continue
    watcher.end()


@get(
    "/changes",
    summary="What changes, as it does",
    operation_id="watchChanges",
    tags=["now"],
    media_type=EVENTS_TYPE,
    responses={200: EVENTS, **refusals(400, 404, 503)},
)
async def changes(
    request: Asked,
    held: NamedDependency[Held],
    room: NamedDependency[Room],
    places: NamedDependency[Places],
    client_of: NamedDependency[Callable[[Mapping[str, Any]], str]],
    name: Annotated[
        list[str] | None,
        QueryParameter(
            name="name",
            description='Which queues and groups, "channel/audience/queue" or "channel/audience"; all where none is.',
            examples=[Example(value=["phone/personbruker/helse"])],
        ),
    ] = None,
    last_event_id: Annotated[
        str | None,
        HeaderParameter(
            name="Last-Event-ID", description="That of the last event that was heard, as browsers send it."
        ),
    ] = None,
) -> Response[bytes]:
    """First what is so, then each time anything else is. Events: `now`, one queue or group as it is now; `believed`,
    until when all that was told may be believed: it closes what is told at once, and comes each two seconds at least;
    `unknown`, that nothing may be believed any more, until it is told anew; `gone`, that there is no such queue any
    more. Whoever hears nothing for five seconds believes nothing.

    Who comes back with the id of the last event is told what changed since. Who is slow is told the newest of each
    alone.
    """
    names = frozenset(name or ())
    _check(names, held)
    return EventStream(room, names, last_event_id or "", places, client_of(request.scope))


def _check(names: frozenset[str], held: Held) -> None:
    """Whether they are names; where that can be known now, of what there is. Raises Refused."""
    if len(names) > MOST_NAMES:
        raise Refused(
            TOO_MUCH, detail="More names than one may watch by name: watch all, without a name.", most=MOST_NAMES
        )
    if any(name.count("/") not in (1, 2) or len(name) > 300 for name in names):
        raise Refused(BAD_QUERY, detail='A name is "channel/audience/queue", or "channel/audience" of a group.')
    if held.why is None and not names <= held.documents.keys():
        raise Refused(NO_SUCH_QUEUE, names=held.documents)


ROUTES = [changes]
