"""What somebody is told of a verdict, and since when: it has to stand for a while first, and to be gone for a while
before it is taken back. The definition is in streams/MEASURES.md.

Pure: what was told before, what is said and what time it is are arguments. That nobody knows (stale), and that nobody
asks for a while, neither tells anything nor takes it back. May import: msgspec, verdicts.
"""

from typing import Final, Literal, NamedTuple, get_args

from msgspec import Struct

from streams.core.verdicts import Verdict

Matter = Literal["breach", "drifting"]  # the verdicts that are told, each by itself
MATTERS: Final[tuple[Matter, ...]] = get_args(Matter)


class Terms(NamedTuple):
    """How long (ms) a verdict stands before it is told, and is gone before it is taken back."""

    hold_ms: int
    clear_ms: int


class Being(Struct, frozen=True, array_like=True):
    """Whether one matter is told; where nobody knows what was told before, that is not known until it is settled."""

    is_told: bool | None = None
    since_ms: int | None = None  # since when it is
    gone_ms: int | None = None  # since when the verdict is another; None: it is not


def stands(before: Being, since_ms: int, now_ms: int, terms: Terms) -> Being:
    """While the verdict is this one, since an instant."""
    if before.is_told:
        return Being(True, _by(now_ms, before.since_ms))
    is_held = now_ms - since_ms >= terms.hold_ms
    return Being(True, now_ms) if is_held else Being(before.is_told)


def is_gone(before: Being, now_ms: int, terms: Terms) -> Being:
    """While the verdict is known, and another one."""
    gone_ms = _by(now_ms, before.gone_ms)
    if before.is_told is not False and now_ms - gone_ms < terms.clear_ms:
        return Being(before.is_told, None if before.since_ms is None else _by(now_ms, before.since_ms), gone_ms)
    return Being(False, None, gone_ms)


def next_of(matter: Matter, before: Being, verdict: Verdict, since_ms: int, now_ms: int, terms: Terms) -> Being:
    """What is told of one matter when a verdict is said, which stands since an instant."""
    if verdict == "stale":
        return before
    return stands(before, since_ms, now_ms, terms) if verdict == matter else is_gone(before, now_ms, terms)


def _by(now_ms: int, instant_ms: int | None) -> int:
    """An instant that is not later than now, as one may be where a clock was set back; now where there is none."""
    return now_ms if instant_ms is None else min(instant_ms, now_ms)
