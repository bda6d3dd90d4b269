"""A source's own count held against who waits here: the oldest beyond it are disputed, as their end may be lost.

Pure: what the source said, who waits and who left, and what time it is are arguments, each in any order. The rules are
in streams/MEASURES.md, "Disputed". May import: standard library.
"""

from collections.abc import Iterable

Said = tuple[int, int]  # when (epoch ms), and how many wait according to the source
Report = tuple[int, int, int, str]  # the same, what instant the source gave it, and its name; the newest is greatest
Gone = tuple[int, int]  # when somebody left, and when that one had entered (epoch ms)


def report(dated_ms: int, moves_to_ms: int, skew_ms: int, waiting: int, source: str) -> Report:
    """A source's word as of when it spoke: by its own date, unless that lies beyond what event time moves to by it.

    That is `skew_ms` after its record's timestamp at most; a source so far ahead spoke when its record says. So one
    wrong date hides no right word, and a source whose clock is wrong can be held against who waits all the same.
    """
    at_ms = dated_ms if dated_ms <= moves_to_ms else moves_to_ms - skew_ms
    return at_ms, waiting, dated_ms, source


def is_in_force(said: Said, max_age_ms: int, ahead_ms: int, now_ms: int) -> bool:
    """Whether a report is young enough to be held against anybody. One dated after the clock is of no known instant;
    by so much (`ahead_ms`) clocks may differ.
    """
    return -ahead_ms <= now_ms - said[0] <= max_age_ms


def disputed(said: Said, waiting: Iterable[int], gone: Iterable[Gone], tolerance_ms: int) -> int:
    """How many of those who wait, the oldest of them, the source does not count. `waiting` is when each entered.

    Of those who were here when it spoke, the oldest beyond its count are disputed, and some of them may have left
    since. Who entered within the tolerance before it may not have been counted yet, and is not disputed.
    """
    at_ms, count = said
    by = at_ms - tolerance_ms
    here = [(entered, 1) for entered in waiting if entered <= by]
    here += [(entered, 0) for left, entered in gone if left > at_ms and entered <= by]
    beyond = max(0, len(here) - count)
    return sum(still for _, still in sorted(here)[:beyond])


def reported_more(said: Said, waiting: Iterable[int], gone: Iterable[Gone], tolerance_ms: int) -> int:
    """How many the source counts that are not known here; whoever came or left within the tolerance may be of them."""
    at_ms, count = said
    by, since = at_ms + tolerance_ms, at_ms - tolerance_ms
    here = sum(entered <= by for entered in waiting)
    here += sum(left > since and entered <= by for left, entered in gone)
    return max(0, count - here)
