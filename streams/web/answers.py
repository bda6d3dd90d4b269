"""How an answer is sent: as JSON where nothing else is said, packed for who takes that, with an ETag, and with how long
it may be believed.

May import: Litestar, msgspec.
"""

import gzip
from collections import OrderedDict
from hashlib import blake2b
from typing import Any, Final

import msgspec
from litestar import Request, Response
from msgspec import Struct

JSON: Final = "application/json"
SMALLEST_PACKED: Final = 500  # bytes that are worth packing
PACKED_AT: Final = 1  # of 9: of such text more costs more than it saves
_REMEMBERED: Final = 32  # packed answers: many ask for the same
Asked = Request[Any, Any, Any]


def answer(asked: Asked, document: Struct | bytes, lasts_ms: int = 0, media_type: str = JSON) -> Response[Any]:
    """A document, for so long; where the one who asks has it already, that alone."""
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    headers = headers_of(body, lasts_ms)
    if is_had(asked.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    if len(body) >= SMALLEST_PACKED and takes_gzip(asked):
        return Response(_packed(headers["ETag"], body), headers=headers | PACKED, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)


PACKED: Final = {"Content-Encoding": "gzip"}
_kept: OrderedDict[str, bytes] = OrderedDict()


def _packed(etag: str, body: bytes) -> bytes:
    """Once for all who ask for the same at about the same time."""
    found = _kept.pop(etag, None) or packed(body)
    _kept[etag] = found
    if len(_kept) > _REMEMBERED:
        _kept.popitem(last=False)
    return found


def packed(body: bytes) -> bytes:
    """As gzip has it; the same for the same."""
    return gzip.compress(body, PACKED_AT, mtime=0)


def takes_gzip(asked: Asked) -> bool:
    """Whether the one who asks said so."""
    every = [one.replace(" ", "").lower() for one in asked.headers.get("accept-encoding", "").split(",")]
    return any(one in ("gzip", "*") or (one.startswith("gzip;") and not one.startswith("gzip;q=0")) for one in every)


def headers_of(body: bytes, lasts_ms: int) -> dict[str, str]:
    """It may be kept no longer than it may be believed, in whole seconds."""
    kept_for = f"private, max-age={max(0, lasts_ms // 1000)}, must-revalidate"
    return {"ETag": etag_of(body), "Cache-Control": kept_for, "Vary": "Accept-Encoding"}


def etag_of(body: bytes) -> str:
    """A weak one, as it may be sent packed or not."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


def is_had(if_none_match: str, etag: str) -> bool:
    """Whether the one who asks has it."""
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known
