"""One small document for each queue and group, beside the whole: whoever reads one pays nothing for a thousand others.

It says instants and no ages, so that it changes only when something does, and is written only then. So it does not say
itself until when it may be believed: one `Believed` says that of all. Pure. May import: standard library, msgspec, the
core, documents, merging, open_letters, told_wait, view.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from config.hours import OpeningHours
from streams.core.measures import ANSWERED_WAITS, Amount, Share, abandonment
from streams.core.reading import Reading
from streams.core.source_queue import is_other
from streams.core.verdicts import Verdict
from streams.serve.documents import CountOrNone, Instant, QueueStatus, SmallWait, TargetEntry
from streams.serve.merging import Shown, channel_of, is_group
from streams.serve.open_letters import OpenLetters, open_letters
from streams.serve.told_wait import Told
from streams.serve.view import LineView

SMALL_VERSION: Final = 1
GRAVEST_FIRST: Final[tuple[Verdict, ...]] = ("breach", "drifting", "stale", "insufficient", "ok", "closed")

State = Literal["open", "closed", "insufficient", "stale", "catching_up", "rebuilding"]
OF_NOW: Final[tuple[State, ...]] = get_args(Literal["open", "closed"])  # of a feed, where its figures may be told


class Believed(Struct, kw_only=True, frozen=True):
    """Until when all small documents may be believed; where this is not there, or that is over, none is."""

    until_ms: Annotated[Instant, Meta(description="Epoch ms. Renewed each second at least by who writes them.")]
    number: Annotated[int, Meta(ge=0, description="Another one where any document is another.")]
    by: Annotated[str, Meta(description="Who writes them; another one begins to count anew.")]


class Figures(Struct, kw_only=True):
    """Who waits; all of it null where nobody knows that: its state says why, or that its feed is silent."""

    waiting: Annotated[CountOrNone, Meta(description="Visits that wait for a person, the disputed left out.")] = None
    disputed: Annotated[
        CountOrNone,
        Meta(
            description="Visits that are open here, and that the source does not count. Null, too, where no report of "
            "the source's is in force."
        ),
    ] = None
    oldest_entered_ms: Annotated[
        Instant | None,
        Meta(description="When the one entered who has waited longest; null, too, where nobody waits."),
    ] = None
    longest_since_ms: Annotated[
        Instant | None,
        Meta(
            description="Since when the longest wait counts by its limit: from the queue's opening time on, where it "
            "began while that was closed. Null, too, where nobody waits, or it has not opened since."
        ),
    ] = None
    mean_entered_ms: Annotated[
        Instant | None,
        Meta(description="The mean of when those entered who wait: the time since then is their mean age."),
    ] = None
    wait_mean_ms: Annotated[
        Amount | None,
        Meta(description="How long those waited, on average, who were answered in the main window; null over nobody."),
    ] = None
    abandonment_rate: Annotated[
        Share | None,
        Meta(description="Who gave up in the main window, of those who did or were answered; null over nobody."),
    ] = None
    letters: Annotated[
        OpenLetters | UnsetType, Meta(description="The stock of letters; not there where there has never been any.")
    ] = UNSET


class Small(Figures, kw_only=True):
    """One queue, or one channel's and audience's own queues together, as it is now.

    To be believed for as long as the shared document (`Believed`) says, which is read with it, or after it. Times named
    _ms are milliseconds: instants since 1970-01-01T00:00Z, but for a mean wait. Null means that nothing is known, or
    that there is none, as each field says; neither is ever written as 0. Definitions: streams/MEASURES.md. A reader
    ignores fields it does not know.
    """

    schema_version: Literal[1] = SMALL_VERSION
    name: Annotated[str, Meta(description='"channel/audience/queue", or "channel/audience" of a group.')]
    state: Annotated[
        State,
        Meta(
            description="open (by its hours, or after them while somebody still waits: `is_open` says which), closed "
            "(and nobody is known to wait), insufficient (open, but too few were answered in the main window to judge "
            "a mean by; never where letters alone come), stale and rebuilding as in the snapshot; catching_up: so many "
            "records of its channel are not counted yet that what is known is of the past."
        ),
    ]
    is_open: Annotated[
        bool, Meta(description="Whether it is open by its hours; of a group, whether any of its queues is.")
    ]
    opens_ms: Annotated[
        Instant | None, Meta(description="When it opens next. Null where it is open, or does not in a year.")
    ]
    closes_ms: Annotated[
        Instant | None, Meta(description="When it closes next. Null where it is closed, or does not in a fortnight.")
    ]
    verdict: Annotated[
        Verdict | None,
        Meta(description="Of all targets that are of it alone the gravest one's. Null where there is none."),
    ] = None
    verdict_since_ms: Annotated[CountOrNone, Meta(description="Since when that stands.")] = None
    target: Annotated[str | None, Meta(description="Which target it is.")] = None
    expected_wait: Annotated[SmallWait | None, Meta(description="Null: an earlier build's.")] = None


_UNKNOWN: Final = Figures()
_NOTHING_TOLD: Final[Mapping[str, Told]] = {}


def small_documents(
    shown: Shown, targets: Iterable[TargetEntry], told: Mapping[str, Told] = _NOTHING_TOLD
) -> dict[str, Small]:
    """By name each line and group that is configured for the day or has anything; `targets` are those in force now,
    `told` is what is expected of who joins.
    """
    return _small_documents(shown, targets, told, views_of(shown))


def changed_since(
    before: Shown,
    shown: Shown,
    targets: Iterable[TargetEntry],
    told: Mapping[str, Told] = _NOTHING_TOLD,
    also: Collection[str] = (),
) -> dict[str, Small]:
    """The same of those alone of which figures are others than before, whatever the clock has changed, and of those
    that are named.
    """
    views = [*shown.lines.items(), *shown.groups.items()]
    known = {**before.lines, **before.groups}
    changed = {
        name: view for name, view in views if name not in known or known[name].version != view.version or name in also
    }
    return _small_documents(shown, targets, told, changed)


def _small_documents(
    shown: Shown, targets: Iterable[TargetEntry], told: Mapping[str, Told], views: Mapping[str, LineView | None]
) -> dict[str, Small]:
    gravest = _gravest(targets)
    return {name: _small(name, view, shown, gravest.get(name), told.get(name)) for name, view in views.items()}


def views_of(shown: Shown) -> dict[str, LineView | None]:
    """Those that are shown, and None of those that nothing is known of."""
    centre = shown.centre
    own = [line for line in centre.own_lines if line in shown.lines or not is_other(line)]
    names = ["/".join(group) for group in centre.own_groups] + own + centre.external_lines
    return {**dict.fromkeys(names), **shown.groups, **shown.lines}


def _gravest(targets: Iterable[TargetEntry]) -> dict[str, TargetEntry]:
    """By the group or line that they are of; those of a whole channel are of neither."""
    found: dict[str, TargetEntry] = {}
    for entry in sorted(targets, key=lambda entry: GRAVEST_FIRST.index(entry.verdict)):
        found.setdefault("/".join(filter(None, (entry.channel, entry.audience, entry.queue or None))), entry)
    return found


def _small(name: str, view: LineView | None, shown: Shown, target: TargetEntry | None, told: Told | None) -> Small:
    is_open, changes_ms = shown.is_open(name), _changes_ms(name, shown.centre.opening_hours, shown.now_ms)
    figures = _figures(name, view, shown) if view is not None and _is_known(name, shown) else _UNKNOWN
    return Small(
        name=name,
        state=_state(name, view, shown),
        is_open=is_open,
        opens_ms=None if is_open else changes_ms,
        closes_ms=changes_ms if is_open else None,
        verdict=target.verdict if target else None,
        verdict_since_ms=target.since_ms if target else None,
        target=target.id if target else None,
        expected_wait=told.small if told else None,
        **msgspec.structs.asdict(figures),
    )


def _changes_ms(name: str, hours: OpeningHours, now_ms: int) -> int | None:
    return (hours.next_change_of_any if is_group(name) else hours.next_change)(name, now_ms)


def _is_known(name: str, shown: Shown) -> bool:
    """Whether what is shown of its channel is whole, of now, and not silent."""
    channel = channel_of(name)
    feed = shown.feeds.get(channel)
    return shown.is_of_now(channel) and (feed is None or feed.status in OF_NOW)


def _state(name: str, view: LineView | None, shown: Shown) -> State:
    """As the snapshot says it. What that has no entry of is as its channel's feed."""
    channel = channel_of(name)
    feed = shown.feeds.get(channel)
    if view is None:
        return "stale" if feed is None or feed.status == "open" else feed.status
    status: QueueStatus = shown.status(name, view)
    return status if status == "stale" or not shown.is_behind_of(channel) else "catching_up"


def _figures(name: str, view: LineView, shown: Shown) -> Figures:
    main = shown.main_window(name, view)
    known = Reading({} if main is None else main)  # of a window that is not whole nothing, and of nothing no mean
    return Figures(
        waiting=view.waiting,
        disputed=view.disputed,
        oldest_entered_ms=view.waiting_oldest_ms,
        longest_since_ms=_longest_since_ms(shown.lines_of(name, view), shown),
        mean_entered_ms=view.waiting_since_sum_ms // view.waiting if view.waiting else None,
        wait_mean_ms=known.mean_ms(ANSWERED_WAITS),
        abandonment_rate=abandonment(known),
        letters=open_letters(view, shown.now_ms) or UNSET,
    )


def _longest_since_ms(lines: Mapping[str, LineView], shown: Shown) -> int | None:
    """Of the oldest of each line, as each opens by its own hours."""
    hours, now_ms = shown.centre.opening_hours, shown.now_ms
    oldest = ((line, of.waiting_oldest_ms) for line, of in lines.items() if of.waiting_oldest_ms is not None)
    counted = (hours.first_open(line, entered_ms, now_ms) for line, entered_ms in oldest)
    return min((since_ms for since_ms in counted if since_ms is not None), default=None)
