"""Since when measures are counted that a build added: what is before that is not known, and never 0."""

from collections.abc import Iterable, Mapping, Set
from typing import Final

import msgspec

from streams.core.measures import LATER

NEVER: Final = 1 << 62  # by an earlier build, which does not know it

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(tuple[int, dict[str, int]]).decode


def packed(counted_since: Mapping[str, int], offset: int) -> bytes:
    """As Redis has it, with the offset up to which they were counted."""
    return _encode((offset, counted_since))


def unpacked(value: bytes | None, offset: int | None) -> dict[str, int]:
    """What was packed of a state that is at an offset; nothing where it is of another one: since then a build has gone
    on that does not know these measures, and did not count them.
    """
    if value is None:
        return {}
    counted_to, listed = _decode(value)
    return listed if counted_to == offset else {}


def since_when(of: Iterable[Mapping[str, int]], later: Set[str] = LATER) -> dict[str, int]:
    """By measure the instant (epoch ms) since when all partitions count it, given when each does; those that always
    were are not there.
    """
    known = list(of)
    found = {name: max((one.get(name, NEVER) for one in known), default=0) for name in later}
    return {name: since for name, since in found.items() if since}


def unknown(counted_since: Mapping[str, int], start_ms: int) -> frozenset[str]:
    """The measures that are not known of the whole of a stretch that starts then."""
    return frozenset(name for name, since in counted_since.items() if since > start_ms)
