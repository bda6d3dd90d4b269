"""What the dates of a configuration lead to: which card is in force, which is next, and what will be lacking."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from config.centre import Centre
from config.planned_stops import PlannedStop, stop_of
from config.spans import DAY, Span

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
    """Of each channel that has limits on the longest wait those audiences that have none, a sentence each.

    A mean needs a sample: without a limit nobody is told of one who waits alone. Letters have other limits than a wait.
    """
    limits = centre.longest_waits_at(today)
    channels = {group.partition("/")[0] for group in limits}
    return [
        f"{channel}, {audience}: nobody is told where one waits there for too long: add a [[longest_wait]]"
        for channel, audience in centre.own_groups
        if channel in channels and f"{channel}/{audience}" not in limits
    ]


def _without(spans: Iterable[Span], today: date) -> Iterator[date]:
    """The first day of each time from now to soon of which nothing holds."""
    held, soon = list(spans), today + SOON
    ends = sorted({today, *(one.last + DAY for one in held if today <= one.last < soon)})
    yield from (day for day in ends if not any(one.holds(day) for one in held))
