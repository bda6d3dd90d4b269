"""What the snapshot says of each promise: what was achieved, what is expected, and the verdict.

May import: the core, config, merging, view.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET

from config.targets import Target
from streams.core.calendar import day_of
from streams.core.later import unknown
from streams.core.measures import ABANDONED_SHORT, ABANDONED_WAITS, ANSWERED_WAITS, left
from streams.core.prediction import Queue
from streams.core.promised import Parts
from streams.core.reading import Cell, Reading
from streams.core.verdicts import Situation, achieved, expected, pressure, ruled
from streams.serve.cache import Made
from streams.serve.documents import Achieved, Limit, TargetEntry
from streams.serve.merging import Shown
from streams.serve.view import LineView
from streams.serve.windows import window_start

NOTHING: Final = Achieved(value=None, answered=None, met=None)  # is known


class _Known(NamedTuple):
    """What is known of the queues that a target is of."""

    view: LineView | None  # None where their channel is not whole
    queues: Sequence[Queue]


def entries(shown: Shown, memo: Made[Queue] | None = None) -> list[TargetEntry]:
    """One for each target that is in force now. `memo` is left by the last call for the next one."""
    known = _known(shown, memo or Made())
    nothing = _Known(None, ())
    return [_entry(target, shown, known.get(target.whose, nothing)) for target in shown.centre.targets_at(shown.now_ms)]


def _known(shown: Shown, memo: Made[Queue]) -> dict[str, _Known]:
    """By line, by group and, where one is asked for, by channel, of the centre's own queues."""
    over_ms, external = min(shown.centre.windows.lengths), shown.centre.external_lines
    groups: dict[str, list[Queue]] = {}
    found: dict[str, _Known] = {}
    for name, view in shown.lines.items():
        if name not in external:
            queue = memo.of(name, view.version, partial(_queue, view, over_ms))
            groups.setdefault(name.rpartition("/")[0], []).append(queue)
            found[name] = _Known(view, [queue])
    found |= {name: _Known(shown.groups[name], queues) for name, queues in groups.items()}
    asked = {target.whose for target in shown.centre.targets_at(shown.now_ms) if target.level == "channel"}
    return found | {channel: whole for channel in asked if (whole := _of_channel(channel, found, groups))}


def _of_channel(channel: str, found: Mapping[str, _Known], groups: Iterable[str]) -> _Known | None:
    """All own queues of a channel together: its groups, merged."""
    of = [found[name] for name in groups if name.startswith(f"{channel}/")]
    whole = LineView()
    for group in of:
        whole.add(group.view or LineView())
    return _Known(whole, [queue for group in of for queue in group.queues]) if of else None


def _entry(target: Target, shown: Shown, known: _Known) -> TargetEntry:
    view = known.view or LineView()
    situation = _situation(target, shown, view.windows, known.queues)
    is_whole = known.view is not None
    is_kept = is_whole and not _in_part(target, shown, target.window) and not shown.is_stopped(target.channel)
    is_of_a_day = is_whole and not target.promise.measure.is_of_now
    is_of_today = is_of_a_day and _is_known(target, shown, day_of(shown.now_ms, ZoneInfo(shown.centre.timezone)))
    said, rule = ruled(target.promise, situation, shown.now_ms)
    is_told = said not in ("closed", "stale")
    return TargetEntry(
        id=target.id,
        measure=target.measure,
        channel=target.channel,
        audience=target.audience,
        queue=target.queue or UNSET,
        within_ms=target.within,
        limit=limit_of(target),
        verdict=said,
        rule=rule,
        window_ms=target.window,
        window=_in_window(target, situation, shown.now_ms, is_known=said != "stale") if is_kept else NOTHING,
        today=_achieved(target, target.promise.counted(view.today, shown.coarse_ms)) if is_of_today else NOTHING,
        pressure=pressure(target.promise, situation, shown.now_ms) if is_told else None,
        expected=expected(target.promise, situation, shown.now_ms) if is_told else None,
    )


def _situation(target: Target, shown: Shown, windows: Mapping[int, Cell], queues: Sequence[Queue]) -> Situation:
    centre = shown.centre
    is_in_part = any(_in_part(target, shown, length) for length in (target.window, target.window - target.lead))
    return Situation(
        is_open=lambda at_ms: centre.opening_hours.is_open(target.hours_key, at_ms),
        is_of_now=shown.is_of_now(target.channel) and not is_in_part,
        newest_ms=shown.feeds[target.channel].newest_event_ms,
        stale_after_ms=centre.definitions.stale_after,
        window=windows.get(target.window, {}),
        staying=windows.get(target.window - target.lead, {}),
        queues=queues,
        coarse_ms=shown.coarse_ms,
    )


def _in_part(target: Target, shown: Shown, length_ms: int) -> bool:
    """Whether not all is known of a window: it reaches back to before panes are kept, or a measure was counted."""
    if length_ms in shown.in_part.get(target.channel, ()):
        return True
    return not _is_known(target, shown, window_start(shown.now_ms, length_ms))


def _is_known(target: Target, shown: Shown, start_ms: int) -> bool:
    """Whether what it is made of was counted in all of a stretch."""
    return target.promise.measure.later.isdisjoint(unknown(shown.counted_since, start_ms))


def _queue(view: LineView, over_ms: int) -> Queue:
    latest = view.windows[over_ms]
    answered, abandoned = (latest.get(waits.count, 0) for waits in (ANSWERED_WAITS, ABANDONED_WAITS))
    return Queue(
        waiting=view.waiting,
        waiting_since_sum_ms=view.waiting_since_sum_ms,
        waiting_oldest_ms=view.waiting_oldest_ms,
        entered=latest.get("entered", 0),
        answered=answered,
        gone=answered + abandoned + latest.get("called_back", 0) + left(Reading(latest)),
        over_ms=over_ms,
        abandoned=abandoned,
        abandoned_short=latest.get(ABANDONED_SHORT.name, 0),
        promises_overdue=view.promises_overdue,
    )


def _in_window(target: Target, situation: Situation, now_ms: int, *, is_known: bool) -> Achieved:
    """What who waits is a part of is not known where nobody knows who does."""
    if target.promise.measure.now is not None and not is_known:
        return NOTHING
    return _achieved(target, achieved(target.promise, situation, now_ms), is_known=is_known)


def _achieved(target: Target, made: Parts, *, is_known: bool = True) -> Achieved:
    _, whole = made
    value = target.promise.measure.shape.value(made)
    is_enough = is_known and target.promise.is_enough(whole)
    met = target.is_met(value) if is_enough and value is not None else None
    return Achieved(value=value, answered=round(whole), met=met)


def limit_of(target: Target) -> Limit:
    """What a target promises, as documents say it."""
    if target.at_most_ms is not None:
        return Limit(at_most_ms=target.at_most_ms)
    if target.at_most_visits is not None:
        return Limit(at_most_visits=target.at_most_visits)
    if target.at_most is not None:
        return Limit(at_most=target.at_most)
    if target.at_least is not None:
        return Limit(at_least=target.at_least)
    return Limit(more_than=target.promise.limit)
