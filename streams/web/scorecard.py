"""What was promised, and what came of it: the scorecard as workers keep it. May import: follower, answers, Litestar."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from streams.past.scorecard_document import Scorecard
from streams.web.answers import Asked, answer
from streams.web.described import responses
from streams.web.follower import Wholes
from streams.web.held import Held


@get(
    "/scorecard",
    summary="What came of each promise",
    operation_id="getScorecard",
    tags=["past"],
    responses=responses(Scorecard, 503),
)
async def scorecard(request: Asked, wholes: NamedDependency[Wholes], held: NamedDependency[Held]) -> Response[Any]:
    """Each promise that is in force, and what the day, week, month, quarter and year have come to, up to now. Workers
    add it up each minute; `not_whole` says what is missing, and then there are no promises in it.
    """
    read = await wholes.scorecard()
    return answer(request, read.text, held.lasts_ms(read.document.fresh_until_ms))


ROUTES = [scorecard]
