"""What the dates of a configuration lead to: which card is in force, which is next, and what will be lacking."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from config.centre import Centre
from config.planned_stops import PlannedStop, stop_of
from config.spans import DAY, Span
from streams.durations import short

SOON = timedelta(days=60)  # how far ahead something that will be lacking is told


def in_short(centre: Centre, today: date) -> str:
    """ "6 targets by the card 2025 until 2026-12-31, then by 2026"."""
    name = centre.card_at(today)
    if name is None:
        return f"no targets{_next(centre, today)}"
    until = centre.cards[name].until
    held = f"{len(centre.targets_at(today))} targets by the card {name}"
    return f"{held} until {until}{_next(centre, until)}" if until else held


def _next(centre: Centre, after: date) -> str:
    """The first card that begins after a day."""
    later = sorted((card.first, name) for name, card in centre.cards.items() if card.first > after)
    return f", then by {later[0][1]} from {later[0][0]}" if later else ""


def lapses(centre: Centre, today: date) -> list[str]:
    """What is lacking now, or will be soon, a sentence each."""
    cards = [Span()] if centre.in_force else centre.cards.values()
    told = [f"no card is in force from {day}: add one" for day in _without(cards, today)]
    for name, stretches in (*centre.hours.items(), *centre.hours_of_lines.items()):
        told += [f"{name} has no hours from {day}, and is closed: add them" for day in _without(stretches, today)]
    return told


def stops(centre: Centre, now_ms: int) -> list[str]:
    """Of each planned stop that lasts at an instant (epoch ms), is to come or is over, a sentence."""
    return [f"planned_stops.{place}: {_stop(stop, centre, now_ms)}" for place, stop in enumerate(centre.planned_stops)]


def _stop(stop: PlannedStop, centre: Centre, now_ms: int) -> str:
    channels = " and ".join(stop.channel)
    if stop_of(stop, ZoneInfo(centre.timezone)).until_ms <= now_ms:
        return f"that of {channels} is over, and can be taken out"
    return f"{channels}: nobody is told of its silence, nor of its targets, {stop.in_words}"


def absences(centre: Centre, today: date) -> list[str]:
    """Of each target on which days, from now on, there is nothing to judge, a sentence each."""
    return [
        f"{place}: {target.whose} is not there {days.dates}, and the target is not judged then"
        for place, target, days in centre.absences()
        if days.last >= today
    ]


def unwatched(centre: Centre, today: date) -> list[str]:
    """Where one may wait for long and nobody be told, or late, a sentence each: of each channel in which waits are
    limited, or anything is promised, the audiences without a limit; and those where it is longer than a window.

    A mean needs a sample: without a limit nobody is told of one who waits alone. Letters have other limits than a wait.
    """
    limits, targets = _limits(centre, today), centre.targets_at(today)
    channels = {*(group.partition("/")[0] for group in limits), *(target.channel for target in targets)}
    told = []
    for channel, audience in centre.own_groups:
        of, limit_ms = f"{channel}, {audience}", limits.get(f"{channel}/{audience}")
        windows = [target.window for target in targets if target.is_of(channel, audience)]
        if limit_ms is None and channel in channels:
            told.append(f"{of}: nobody is told where one waits there for too long: add a [[longest_wait]]")
        elif limit_ms is not None and limit_ms > min(windows, default=limit_ms):
            told.append(
                f"{of}: one may wait unanswered through a target's whole window ({short(min(windows))}), and nobody be "
                f"told of it before {short(limit_ms)}: add a [[longest_wait]]"
            )
    return told


def _limits(centre: Centre, today: date) -> dict[str, int]:
    """How long one may wait before somebody is told, in ms by channel and audience: by the limit on the longest wait.
    Where a target promises less of all who wait there, by that.
    """
    promised = [
        target
        for target in centre.targets_at(today)
        if target.measure == "longest_wait" and target.queue is None and target.least_sample == 1
    ]
    return {
        group: min([limit_ms, *(t.at_most_ms or limit_ms for t in promised if t.is_of(*group.split("/")))])
        for group, limit_ms in centre.longest_waits_at(today).items()
    }


def _without(spans: Iterable[Span], today: date) -> Iterator[date]:
    """The first day of each time from now to soon of which nothing holds."""
    held, soon = list(spans), today + SOON
    ends = sorted({today, *(one.last + DAY for one in held if today <= one.last < soon)})
    yield from (day for day in ends if not any(one.holds(day) for one in held))
