"""Each line's own waiting and what its source says of it, settled: who is disputed is taken out of who waits.

A queue's visits may lie in all partitions of a topic and its source's word in one of them, so this comes after the
merging. May import: the core, config, view.
"""

from msgspec.structs import replace

from config import Centre
from streams.core.dispute import Said, disputed, is_in_force, reported_more
from streams.core.source_queue import is_other
from streams.serve.cache import Made
from streams.serve.view import LineView, next_version


def undisputed(name: str, view: LineView, centre: Centre, now_ms: int, memo: Made[LineView]) -> LineView:
    """The line with the disputed apart; `memo` is left by the last call: nothing but a report's age is of the clock.

    A report that is dated later than the clock is held against who waits as one of now: none has come after it.
    """
    in_force = _is_in_force(name, view, centre, now_ms)
    said = None if view.reported is None or not in_force else (min(view.reported[0], now_ms), view.reported[1])
    return memo.of(name, (view.version, said), lambda: _undisputed(view, centre, said))


def _undisputed(view: LineView, centre: Centre, said: Said | None) -> LineView:
    made = replace(view, reported=None) if said is None else _held_against(view, centre, said)
    made.waiting_since_ms, made.gone_lately, made.ended_lately = [], [], None  # nobody asks for them any more
    made.version = next_version()
    return made


def _is_in_force(name: str, view: LineView, centre: Centre, now_ms: int) -> bool:
    """A report of one queue says nothing of all that are not configured."""
    if view.reported is None or is_other(name):
        return False
    max_age_ms, tolerance_ms = centre.report_terms(view.reported_by)
    return is_in_force(view.reported, max_age_ms, max(tolerance_ms, centre.definitions.skew), now_ms)


def _held_against(view: LineView, centre: Centre, said: Said) -> LineView:
    since, gone = view.waiting_since_ms, view.gone_lately
    if since is None or gone is None:  # so many that they are not carried: nobody is disputed
        return replace(view)
    _, tolerance_ms = centre.report_terms(view.reported_by)
    n, since = disputed(said, since, gone, tolerance_ms), sorted(since)
    return replace(
        view,
        waiting=view.waiting - n,
        waiting_since_sum_ms=view.waiting_since_sum_ms - sum(since[:n]),
        waiting_oldest_ms=since[n] if n < len(since) else None,
        disputed=n,
        disputed_oldest_ms=since[0] if n else None,
        doubted_oldest_ms=next((at for at in since[:n] if at >= (view.overtaken_before_ms or 0)), None),
        reported_more=reported_more(said, since, gone, tolerance_ms),
    )
