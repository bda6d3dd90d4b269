"""The longest wait of a queue or a group, as its limit counts it, and whether it is beyond.

Pure: the time is an argument. A limit holds for one as for a thousand, where a mean needs a sample. May import: config,
view.
"""

from collections.abc import Iterable, Mapping

from config import Centre
from config.hours import OpeningHours
from streams.serve.documents import LongestWait
from streams.serve.view import LineView


def longest_wait(
    name: str,
    view: LineView,
    lines: Mapping[str, LineView],
    centre: Centre,
    limits: Mapping[str, int],
    now_ms: int,
    *,
    is_known: bool,
) -> LongestWait:
    """Of a line or a group: of who waits and of who is disputed, in ms; null over nobody.

    It is the longest of its `lines`, as each opens by its own hours: of a line itself, of a group all that it has.
    `limits` (ms) are those in force now, by channel and audience.

    Where its figures are not of now (`is_known` says that they are), nobody knows whether it is beyond: null.
    """
    group = "/".join(name.split("/")[:2])
    limit_ms = None if name in centre.external_lines else limits.get(group)
    hours = centre.opening_hours
    waiting = _longest(((line, of.waiting_oldest_ms) for line, of in lines.items()), hours, now_ms)
    doubted = _longest(((line, of.disputed_oldest_ms) for line, of in lines.items()), hours, now_ms)
    unsure = _longest(((line, of.doubted_oldest_ms) for line, of in lines.items()), hours, now_ms)
    is_judged = is_known and limit_ms is not None
    return LongestWait(
        ms=waiting,
        disputed_ms=doubted,
        limit_ms=limit_ms,
        is_beyond=(waiting or 0) > (limit_ms or 0) if is_judged else None,
        is_disputed_beyond=(unsure or 0) > (limit_ms or 0) if is_judged and view.disputed is not None else None,
    )


def counted_ms(entered_ms: int, whose: str, hours: OpeningHours, now_ms: int) -> int | None:
    """How long somebody has waited as the limit counts it: of opening time on, where that one came while it was closed.

    `whose` hours they are: a line's, or a channel's. None where it has not opened since. What began while it was open
    counts on after closing time.
    """
    since_ms = hours.first_open(whose, entered_ms, now_ms)
    return None if since_ms is None else max(0, now_ms - since_ms)


def _longest(oldest: Iterable[tuple[str, int | None]], hours: OpeningHours, now_ms: int) -> int | None:
    """Of the oldest of each line: who came there later has never counted for longer."""
    counted = (counted_ms(since_ms, line, hours, now_ms) for line, since_ms in oldest if since_ms is not None)
    return max((ms for ms in counted if ms is not None), default=None)
