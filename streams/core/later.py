"""Since when measures are counted that a build added: what is before that is not known, and never 0."""

from collections.abc import Iterable, Mapping, Set
from typing import Final

import msgspec

from streams.core.definitions import Definitions
from streams.core.measures import CONVERSATION_LENGTHS, CONVERSATIONS_LOST, LATER, OF_EDITION

NEVER: Final = 1 << 62  # by an earlier build, which does not know it
_OF_EDITION: Final = "edition 6"  # in place of all measures that it added, where they are counted since one instant

OF_CONVERSATIONS: Final = {CONVERSATIONS_LOST.name, *(measure.name for measure in CONVERSATION_LENGTHS.measures)}

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(tuple[int, dict[str, int]]).decode


def packed(counted_since: Mapping[str, int], offset: int) -> bytes:
    """As Redis has it, with the offset up to which they were counted."""
    return _encode((offset, _in_short(counted_since)))


def _in_short(counted_since: Mapping[str, int]) -> Mapping[str, int]:
    """It is written with each commit, and nearly always of all that an edition added the same is said."""
    of_edition = {counted_since.get(name) for name in OF_EDITION}
    since = of_edition.pop()
    if of_edition or since is None:
        return counted_since
    return {name: at for name, at in counted_since.items() if name not in OF_EDITION} | {_OF_EDITION: since}


def unpacked(value: bytes | None, offset: int | None) -> dict[str, int]:
    """What was packed of a state that is at an offset; nothing where it is of another one: since then a build has gone
    on that does not know these measures, and did not count them.
    """
    if value is None:
        return {}
    counted_to, listed = _decode(value)
    if counted_to != offset:
        return {}
    since = listed.pop(_OF_EDITION, None)
    return listed if since is None else listed | dict.fromkeys(OF_EDITION, since)


def since_when(of: Iterable[Mapping[str, int]], later: Set[str] = LATER) -> dict[str, int]:
    """By measure the instant (epoch ms) since when all partitions count it, given when each does; those that always
    were are not there.
    """
    known = list(of)
    found = {name: max((one.get(name, NEVER) for one in known), default=0) for name in later}
    return {name: since for name, since in found.items() if since}


def with_editions(counted_since: Mapping[str, int], definitions: Definitions) -> dict[str, int]:
    """The same where an edition of the definitions counts a measure, and that holds from later on, or does not yet;
    or where conversations are counted in no channel, or from later on.
    """
    of_edition, of_talk = definitions.whole_card_from, definitions.talked_from
    if not (of_edition or of_talk):
        return dict(counted_since)
    begins = dict.fromkeys(OF_EDITION, of_edition) | dict.fromkeys(OF_CONVERSATIONS, max(of_edition, of_talk))
    return {name: max(since, begins.get(name, 0)) for name, since in counted_since.items()}


def unknown(counted_since: Mapping[str, int], start_ms: int) -> frozenset[str]:
    """The measures that are not known of the whole of a stretch that starts then."""
    return frozenset(name for name, since in counted_since.items() if since > start_ms)
