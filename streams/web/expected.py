"""How long who joins is likely to wait, or has been waiting will in all; and how good what was told has been.

May import: held, answers, serve's small documents and scores, read, Litestar.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta, Struct
from redis.exceptions import RedisError

from streams.core.calendar import date_of
from streams.core.expected_wait import Reason
from streams.keys import Keys
from streams.read import Known
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.documents import CountOrNone, SaidWait
from streams.serve.expecting_keys import DAYS, scores_on
from streams.serve.told_wait import DayForetold, days_foretold
from streams.web.answers import Asked, answer
from streams.web.described import responses
from streams.web.follower import why_of
from streams.web.held import Held, OneNow, Until
from streams.web.now import Audience, Channel, Queue
from streams.web.problems import BAD_QUERY, NO_HISTORY_RIGHT, Refused, not_believed

_LONGEST_MS: Final = 7 * 86_400_000  # that anybody waits
_LASTS_MS: Final = 10_000  # as often as workers keep what came of them
Entered = Annotated[
    int | None,
    QueryParameter(
        ge=0, description="When somebody entered who waits there (epoch ms): how long that one waits in all."
    ),
]
Days = Annotated[int, QueryParameter(ge=1, le=DAYS, description="How many, today the last.")]


class ExpectedNow(Struct, kw_only=True):
    """How long somebody waits for a person, from the entry on, or why nobody can say."""

    until_ms: Until
    name: Annotated[str, Meta(description="Of which queue or group.")]
    low_ms: Annotated[CountOrNone, Meta(description="One in ten waits for less.")]
    likely_ms: Annotated[CountOrNone, Meta(description="As many for less as for longer.")]
    high_ms: Annotated[CountOrNone, Meta(description="One in ten waits for longer.")]
    withheld: Annotated[
        Reason | None,
        Meta(description="Why nothing is said. Null where something is; or, of who waits already, where nobody does."),
    ]
    said: Annotated[
        SaidWait | None,
        Meta(description="What may be said to who joins now. Null where nothing may: then say nothing."),
    ]


class Foretold(Struct, kw_only=True):
    """How good what was told of expected waits has been."""

    days: Annotated[list[DayForetold], Meta(description="By day and queue. Where nobody was scored there is none.")]


class WaitScores:
    """What workers keep of it. `configured` says where days begin."""

    def __init__(
        self, client: Client, keys: Keys, configured: Callable[[], Configured], now_ms: Callable[[], int]
    ) -> None:
        self._client, self._keys, self._configured, self._now_ms = client, keys, configured, now_ms

    async def of_days(self, days: int) -> Foretold:
        """Of the last so many. Raises Refused."""
        today = date_of(self._now_ms(), ZoneInfo(self._configured().centre.timezone))
        try:
            found = await scores_on(self._client, self._keys, [today - timedelta(days=n) for n in range(days)])
        except (RedisError, OSError, TimeoutError) as error:
            why = why_of(error)
            raise Refused(NO_HISTORY_RIGHT) if why == "denied" else not_believed(why) from None
        return Foretold(days=days_foretold(found))


@get(
    "/queues/{channel:str}/{audience:str}/{queue:str}/expected-wait",
    summary="How long who joins a queue waits",
    operation_id="getExpectedWait",
    tags=["now"],
    responses=responses(ExpectedNow, 404, 503),
)
async def of_queue(
    request: Asked,
    held: NamedDependency[Held],
    channel: Channel,
    audience: Audience,
    queue: Queue,
    entered_ms: Entered = None,
) -> Response[Any]:
    """How long somebody who joins it now waits for a person, as a band that holds 80 of 100, or why nobody can say;
    never a default. With `entered_ms` the same of who waits there already.
    """
    if entered_ms is not None and not 0 <= held.now_ms() - entered_ms <= _LONGEST_MS:
        raise Refused(BAD_QUERY, detail="entered_ms is an instant of the last seven days, in ms since 1970.")
    return _told(request, held, held.one(f"{channel}/{audience}/{queue}"), entered_ms)


@get(
    "/groups/{channel:str}/{audience:str}/expected-wait",
    summary="How long who joins a group waits",
    operation_id="getExpectedWaitOfGroup",
    tags=["now"],
    responses=responses(ExpectedNow, 404, 503),
)
async def of_group(
    request: Asked,
    held: NamedDependency[Held],
    channel: Channel,
    audience: Audience,
) -> Response[Any]:
    """The same of who joins any of its queues, by how many come to each."""
    return _told(request, held, held.one(f"{channel}/{audience}"))


@get(
    "/expected-wait/scores",
    summary="How good expected waits have been",
    operation_id="getExpectedWaitScores",
    tags=["past"],
    responses=responses(Foretold, 503),
)
async def scores(request: Asked, wait_scores: NamedDependency[WaitScores], days: Days = 7) -> Response[Any]:
    """By day and queue, of those answered of whom a wait was told as they came, beside the plain mean of those who were
    answered lately. Workers keep it each ten seconds.
    """
    return answer(request, await wait_scores.of_days(days), _LASTS_MS)


def _told(request: Asked, held: Held, one: OneNow, entered_ms: int | None = None) -> Response[Any]:
    known, now_ms = Known(one.now, one.until_ms), held.now_ms()
    of, told = one.now.expected_wait, known.expected_wait(entered_ms, now_ms)
    found = ExpectedNow(
        until_ms=one.until_ms,
        name=one.now.name,
        low_ms=told and told.low_ms,
        likely_ms=told and told.likely_ms,
        high_ms=told and told.high_ms,
        withheld=of.withheld if of else None,
        said=of.said if of and entered_ms is None else None,
    )
    return answer(request, found, held.lasts_ms(one.until_ms))


ROUTES = [of_queue, of_group, scores]
