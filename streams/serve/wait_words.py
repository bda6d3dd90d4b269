"""Why no wait is foretold, in bokmål, as all boards say it. May import: the core."""

from collections.abc import Mapping
from typing import Final

from streams.core.expected_wait import Reason

WITHHELD: Final[Mapping[Reason, str]] = {
    "closed": "stengt",
    "stale": "ingen data",
    "rebuilding": "bygges opp",
    "too few": "for få svar til å si det",
    "too many": "for mange venter til å si det",
    "changing too fast": "endrer seg for fort til å si det",
}
