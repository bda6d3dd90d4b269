"""How an answer is sent: as JSON, with an ETag, and with how long it may be believed. May import: Litestar, msgspec."""

from hashlib import blake2b
from typing import Any, Final

import msgspec
from litestar import Request, Response
from msgspec import Struct

JSON: Final = "application/json"
Asked = Request[Any, Any, Any]


def answer(asked: Asked, document: Struct | bytes, lasts_ms: int = 0) -> Response[Any]:
    """A document, for so long; where the one who asks has it already, that alone."""
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    headers = {"ETag": etag_of(body), "Cache-Control": _cached_for(lasts_ms), "Vary": "Accept-Encoding"}
    if is_had(asked.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(b"", status_code=304, headers=headers, media_type=JSON)
    return Response(body, headers=headers, media_type=JSON)


def _cached_for(lasts_ms: int) -> str:
    """No longer than it may be believed, in whole seconds; of what lasts for less than one, not at all."""
    return f"private, max-age={max(0, lasts_ms // 1000)}, must-revalidate"


def etag_of(body: bytes) -> str:
    """A weak one, as it may be sent compressed or not."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


def is_had(if_none_match: str, etag: str) -> bool:
    """Whether the one who asks has it."""
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known
