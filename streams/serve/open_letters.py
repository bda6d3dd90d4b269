"""The stock of letters: those neither answered nor ended otherwise. Pure. May import: msgspec, the core, view."""

from typing import Annotated

from msgspec import Meta, Struct

from streams.core.measures import ENTERED, LETTERS_RECEIVED, Count
from streams.serve.documents import Instant
from streams.serve.view import LineView


class OpenLetters(Struct, kw_only=True, frozen=True):
    """Those of one queue or group. Definitions: streams/MEASURES.md, *Letters*."""

    open: Annotated[Count, Meta(description="Letters neither answered nor ended otherwise.")]
    overdue: Annotated[Count, Meta(description="Of those, past the end of their second working day.")]
    oldest_received_ms: Annotated[
        Instant | None, Meta(description="When the oldest of them was received. Null where there is none.")
    ]


def open_letters(view: LineView, now_ms: int) -> OpenLetters | None:
    """Those that are open; None where there has never been any."""
    if not _takes_letters(view):
        return None
    return OpenLetters(
        open=sum(view.letters_due.values()),
        overdue=sum(n for due, n in view.letters_due.items() if due <= now_ms),
        oldest_received_ms=view.letters_oldest_ms,
    )


def is_of_letters(view: LineView) -> bool:
    """Whether letters come, and nobody who waits in line ever has."""
    return _takes_letters(view) and not view.total.get(ENTERED.name)


def _takes_letters(view: LineView) -> bool:
    return bool(view.letters_due or view.total.get(LETTERS_RECEIVED.name))
