"""What routes say of their answers: which document, and by which problems refused. May import: problems, Litestar."""

from typing import Final

from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from streams.web.problems import MEDIA_TYPE, Problem

EVENTS_TYPE: Final = "text/event-stream"
_WHY: Final = {
    400: "What was asked is not understood, or too much.",
    401: "It is not known who asks.",
    403: "It was asked by a name that is not this machine's.",
    404: "There is no such thing; `names` are those that there are.",
    429: "It was asked too often.",
    503: "Nothing may be believed, or too many ask. `Retry-After` is there where trying again can help.",
}


def responses(document: type[Struct], *statuses: int) -> dict[int, ResponseSpec]:
    """What is answered with a document, or refused with one of these statuses."""
    told = ResponseSpec(document, generate_examples=False, description=(document.__doc__ or "").partition("\n")[0])
    same = ResponseSpec(None, description="It is what the one who asks has already: `If-None-Match` says its ETag.")
    return {200: told, 304: same, **refusals(*statuses)}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """With these statuses, and with those that each may be refused with."""
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=_WHY[status], media_type=MEDIA_TYPE)
        for status in sorted({400, 401, 403, 429, *statuses})
    }


EVENTS: Final = ResponseSpec(
    str, generate_examples=False, description="Events, for as long as it is listened to.", media_type=EVENTS_TYPE
)
