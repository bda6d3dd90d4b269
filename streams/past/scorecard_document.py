"""The scorecard's own document, beside the snapshot: it changes by the minute, and is made of days.

May import: scorecard, serve's schema, msgspec.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from streams.past.scorecard import Kept
from streams.serve.documents import Instant

SCHEMA_VERSION: Final = 1


class Scorecard(Struct, kw_only=True):
    """What each promise that is in force has come to: in the day, week, month, quarter and year, up to now.

    Times named _ms are milliseconds. Shares are from 0 to 1. Null means that nothing is known, which is never written
    as 0. Definitions: streams/MEASURES.md, *The scorecard*. A reader ignores fields that it does not know.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    centre: Annotated[str, Meta(description="The contact centre's name.")]
    card: Annotated[str | None, Meta(description="The card in force. Null: none is.")]
    as_of_ms: Annotated[Instant, Meta(description="When it was added up.")]
    fresh_until_ms: Annotated[Instant, Meta(description="After this instant it is stale: nobody writes it any more.")]
    not_whole: Annotated[
        list[str],
        Meta(description="Partitions that are not counted yet, or are being rebuilt: what is of them is missing."),
    ]
    promises: Annotated[list[Kept], Meta(description="Those in force now; none where something is missing.")]
