"""What differs between two configurations, and what each difference asks for. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from config.centre import Centre
from config.definitions import BY_DATE
from config.hours import in_words
from config.placing import EVER, Days, Placed, days_of, together
from config.spans import Span
from config.targets import Target
from config.values import DAY_MS, MINUTE_MS
from streams.durations import in_parts, short


class Effect(StrEnum):
    """What it takes for a change to hold."""

    NOW = "now"  # it is applied when figures are read: workers take it while they run, and the past is shown by it, too
    FROM = "from"  # it decides what an event counts, from a date on that lies ahead: what is counted till then stays
    START = "start"  # each worker takes it when it starts anew; nothing has to be counted again
    REBUILD = "rebuild"  # it decides what an event counts: figures that were made otherwise have to be made anew


class Change(NamedTuple):
    """One difference. A value is as people write it; None where there is none."""

    place: str  # such as "targets.2025/chat-mean.at_most"
    before: str | None
    after: str | None
    effect: Effect


# What decides what an event counts is in the fingerprint (streams/core/rules.py), and a test holds the two together.
_REBUILD: Final = ("timezone", *(f"definitions.{name}" for name in ("skew", "future", "witnesses")))
_DATED: Final = tuple(f"definitions.{name}" for name in ("later", *BY_DATE))
_COUNTS: Final = frozenset(
    ("least_sample", "witnesses", "lag_records", "overdue", "letters_overdue", "transfer_least", "edition")
)  # the rest: ms
LEAST_AHEAD_MS: Final = 10 * MINUTE_MS  # so that all workers have taken what holds from a date on before it does
_NO_DIFFERENCE: Final = frozenset(("revision",))
_BY_NAME: Final = ("queues", "planned_stops", "all_targets", "promises", "longest_wait")  # by what they are of


def changes(old: Centre, new: Centre, counted_to_ms: int) -> list[Change]:
    """Every difference, in the order of the new configuration, what is gone last.

    No event is counted that is later than `counted_to_ms` (epoch ms): till then what decides what one counts stays.
    """
    before, after = dict(_told(old)), dict(_told(new))
    places = [*after, *(place for place in before if place not in after)]
    since = new.counted_by.differ_from(old.counted_by)
    of_definitions = Effect.NOW if since is None else Effect.FROM if since > counted_to_ms else Effect.REBUILD
    return [
        Change(place, was, now, of_definitions if place.startswith(_DATED) else _effect(place, was, now))
        for place in places
        if (was := before.get(place)) != (now := after.get(place))
    ]


def asked_for(found: list[Change]) -> Effect:
    """What it takes for all of them to hold."""
    return max((change.effect for change in found), key=[*Effect].index, default=Effect.NOW)


def _effect(place: str, before: str | None, after: str | None) -> Effect:
    if place.startswith(_REBUILD):
        return Effect.REBUILD
    # What a worker is made with: what it reads, and what it takes.
    is_topic = place.startswith("channels.") and place.endswith(".topic")
    is_known_or_not = place.startswith("audiences.") and None in (before, after)
    return Effect.START if is_topic or is_known_or_not else Effect.NOW


def _told(centre: Centre) -> Iterator[tuple[str, str]]:
    """Everything that is configured: its place, and what it is there."""
    tables = centre.model_dump(by_alias=True, exclude={*_BY_NAME, *_NO_DIFFERENCE})
    for later in tables["definitions"].pop("later"):
        yield from _flat(f"definitions.later.{later.pop('from')}", later)
    yield from _flat("", tables)
    for line, placed in together(centre.placed, lambda one: one.line).items():
        yield from _of_a_line(f"queues.{line}", placed)
    stops = ((str(channel), stop) for stop in centre.planned_stops for channel in stop.channel)
    for channel, of in together(stops, lambda one: one[0]).items():
        yield f"planned_stops.{channel}", ", ".join(stop.in_words for _, stop in of)
    for target, at in zip(centre.all_targets, _places(centre.all_targets), strict=True):
        told = target.model_dump(by_alias=True, exclude={"card", "id"}, exclude_none=True)
        of_no_time = {} if target.at_most_visits is None else {"at_most": str(target.at_most_visits)}
        yield from _flat(at, told | of_no_time)
    for promise in centre.promises:
        told = promise.model_dump(by_alias=True, exclude={"card", "id"}, exclude_none=True)
        yield from _flat(f"promises.{promise.card}/{promise.id}{_dated(promise)}", told)
    for group, limits in together(centre.longest_wait, lambda one: one.group).items():
        in_order = sorted(limits, key=lambda one: one.first)
        yield f"longest_wait.{group}", ", ".join(f"{short(one.at_most)}{_dated(one)}" for one in in_order)


def _of_a_line(at: str, placed: Sequence[Placed]) -> Iterator[tuple[str, str]]:
    """What a line is, whenever it is shown; its label, its hours and its sources where any are given."""
    items = {one.place: one for one in placed}.values()
    yield at, ", ".join(f"{one.kind}{_when(days_of(one.queue))}" for one in items)
    labels = [(one.queue.label, _when(days_of(one.queue)) if len(items) > 1 else "") for one in items]
    if any(label for label, _ in labels):
        yield f"{at}.label", ", ".join(f"{label}{when}" for label, when in labels if label)
    if any(one.queue.hours for one in items):
        hours = ((one.queue.hours, _when(days_of(one.queue)) if len(items) > 1 else "") for one in items)
        yield f"{at}.hours", ", ".join(f"{in_words(of)}{when}" for of, when in hours if of)
    if any(one.queue.sources for one in items):
        yield f"{at}.sources", ", ".join(_source(one) for one in placed)


def _source(one: Placed) -> str:
    _, audience, name = one.source
    of = "" if audience == one.line.split("/")[1] else f" of {audience}"
    return f"{name}{of}{_when(one.days)}"


def _when(days: Days) -> str:
    first, last = days
    since, until = first > EVER[0] and f" from {first}", last < EVER[1] and f" until {last}"
    return (since or "") + (until or "")


def _dated(span: Span) -> str:
    return f" {span.dates}" if span.dates else ""


def _places(targets: Sequence[Target]) -> Iterator[str]:
    """Of each target its place. The second of one card and id, which is of other days, is "#2"."""
    seen: Counter[str] = Counter()
    for target in targets:
        at = f"targets.{target.card}/{target.id}"
        seen[at] += 1
        yield at if seen[at] == 1 else f"{at}#{seen[at]}"


def _flat(at: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{at}.{name}" if at else str(name), inner)
    elif value is not None:
        yield at, _in_words(at.rpartition(".")[2], value)


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(name, one) for one in value) or "none"
    if not isinstance(value, int) or name in _COUNTS:
        return str(value)
    if value > MINUTE_MS and value % MINUTE_MS:
        return "".join(f"{n}{unit}" for n, unit in in_parts(value))
    return short(value) if value % DAY_MS or not value else f"{value // DAY_MS}d"
