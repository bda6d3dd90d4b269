"""Since when measures are counted that a build added: what is before that is not known, and never 0."""

from collections.abc import Iterable, Mapping, Set
from typing import Final

from streams.core.measures import LATER

NEVER: Final = 1 << 62  # by an earlier build, which does not know it


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
