"""What is now: the whole, each queue and group, and the targets. May import: held, follower, answers, Litestar."""

from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter
from msgspec import Meta, Struct

from streams.serve.documents import Snapshot, Status, TargetEntry
from streams.web.answers import Asked, answer
from streams.web.described import responses
from streams.web.follower import Wholes
from streams.web.held import AllNow, Held, OneNow, Until
from streams.web.problems import NO_SUCH_TARGET, Refused

Channel = Annotated[str, PathParameter(description="As configured.", examples=[Example(value="phone")])]
Audience = Annotated[str, PathParameter(description="As configured.", examples=[Example(value="personbruker")])]
Queue = Annotated[str, PathParameter(description='As configured, or "other".', examples=[Example(value="helse")])]
TargetId = Annotated[str, PathParameter(description="Its id.", examples=[Example(value="phone-personbruker-mean")])]


class OneTarget(Struct, kw_only=True):
    """One target that is in force now."""

    until_ms: Until
    status: Annotated[Status, Meta(description="The snapshot's: unless it is live, not all of it is of now.")]
    target: TargetEntry


class AllTargets(Struct, kw_only=True):
    """All targets that are in force now."""

    until_ms: Until
    status: Annotated[Status, Meta(description="The snapshot's: unless it is live, not all of it is of now.")]
    card: Annotated[str | None, Meta(description="The card that they are of. Null: none is in force.")]
    targets: list[TargetEntry]


@get("/now", summary="The whole snapshot", operation_id="getNow", tags=["now"], responses=responses(Snapshot, 503))
async def whole(request: Asked, wholes: NamedDependency[Wholes], held: NamedDependency[Held]) -> Response[Any]:
    """Every queue, group, target, feed and source as it is now: the document that lies in Redis. `status` says whether
    it is of now, `fresh_until_ms` until when it may be believed. It is large: who needs a queue or two asks for those.
    """
    read = await wholes.snapshot()
    return answer(request, read.text, held.lasts_ms(read.document.fresh_until_ms))


@get("/queues", summary="All queues", operation_id="getQueues", tags=["now"], responses=responses(AllNow, 503))
async def queues(request: Asked, held: NamedDependency[Held]) -> Response[Any]:
    """Each queue as it is now. What its figures are worth its `state` says; null is not known, and never 0."""
    return _of_now(request, held.all(are_groups=False), held)


@get(
    "/queues/{channel:str}/{audience:str}/{queue:str}",
    summary="One queue",
    operation_id="getQueue",
    tags=["now"],
    responses=responses(OneNow, 404, 503),
)
async def one_queue(
    request: Asked, held: NamedDependency[Held], channel: Channel, audience: Audience, queue: Queue
) -> Response[Any]:
    """One queue as it is now."""
    return _of_now(request, held.one(f"{channel}/{audience}/{queue}"), held)


@get("/groups", summary="All groups", operation_id="getGroups", tags=["now"], responses=responses(AllNow, 503))
async def groups(request: Asked, held: NamedDependency[Held]) -> Response[Any]:
    """Each channel's and audience's own queues together, as they are now."""
    return _of_now(request, held.all(are_groups=True), held)


@get(
    "/groups/{channel:str}/{audience:str}",
    summary="One group",
    operation_id="getGroup",
    tags=["now"],
    responses=responses(OneNow, 404, 503),
)
async def one_group(request: Asked, held: NamedDependency[Held], channel: Channel, audience: Audience) -> Response[Any]:
    """One channel's and audience's own queues together, as they are now."""
    return _of_now(request, held.one(f"{channel}/{audience}"), held)


@get("/targets", summary="All targets", operation_id="getTargets", tags=["now"], responses=responses(AllTargets, 503))
async def targets(request: Asked, wholes: NamedDependency[Wholes], held: NamedDependency[Held]) -> Response[Any]:
    """Each promise that is in force now, and whether it is kept."""
    document = (await wholes.snapshot()).document
    told = AllTargets(
        until_ms=document.fresh_until_ms, status=document.status, card=document.card, targets=document.targets
    )
    return _of_now(request, told, held)


@get(
    "/targets/{target:str}",
    summary="One target",
    operation_id="getTarget",
    tags=["now"],
    responses=responses(OneTarget, 404, 503),
)
async def one_target(
    request: Asked, wholes: NamedDependency[Wholes], held: NamedDependency[Held], target: TargetId
) -> Response[Any]:
    """One promise that is in force now, and whether it is kept."""
    document = (await wholes.snapshot()).document
    found = next((entry for entry in document.targets if entry.id == target), None)
    if found is None:
        raise Refused(NO_SUCH_TARGET, names=[entry.id for entry in document.targets])
    told = OneTarget(until_ms=document.fresh_until_ms, status=document.status, target=found)
    return _of_now(request, told, held)


def _of_now(request: Asked, told: OneNow | AllNow | OneTarget | AllTargets, held: Held) -> Response[Any]:
    return answer(request, told, held.lasts_ms(told.until_ms))


ROUTES = [whole, queues, one_queue, groups, one_group, targets, one_target]
