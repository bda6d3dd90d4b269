"""The partitions' views made one: every line, every group, every feed, and whether they are whole and of now.

May import: standard library, the core, config, disputes, statuses, view.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter

from config import Centre
from streams.core.cells import merge
from streams.core.later import since_when
from streams.core.measures import MAXIMA
from streams.core.reading import NO_EDGES, Cell
from streams.core.rules import Rules
from streams.core.source_queue import is_other
from streams.serve.cache import Made
from streams.serve.disputes import undisputed
from streams.serve.documents import Feed, QueueStatus
from streams.serve.statuses import Lacking, feed, queue_status
from streams.serve.view import LineView, View

Progress = tuple[int, int]  # done, of how many
Swap = tuple[LineView, LineView]  # what was there, and what is in its place
Merged = dict[str, tuple[list[LineView], LineView]]  # by line or group: what went into it last, and what came of it


@dataclass(frozen=True, slots=True)
class Missing:
    """What should be shown and is not."""

    partitions: Mapping[str, str | None] = field(default_factory=dict)  # that nobody shows, and their channel if known
    topics: Mapping[str, str] = field(default_factory=dict)  # that Kafka does not have, and their channel

    @property
    def channels(self) -> set[str]:
        """Those of which something is missing."""
        return {*filter(None, self.partitions.values()), *self.topics.values()}

    def of(self, channel: str) -> int:
        """How many partitions and topics of a channel."""
        return [*self.partitions.values(), *self.topics.values()].count(channel)


NONE_MISSING = Missing()


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known at `now_ms`; everything that is shown is made of it."""

    centre: Centre
    now_ms: int
    lines: Mapping[str, LineView]
    groups: Mapping[str, LineView]
    feeds: Mapping[str, Feed]
    missing: Missing = NONE_MISSING
    unread: Mapping[str, str] = field(default_factory=dict)  # partitions that are not fresh, and their channel
    stale: Collection[str] = ()  # channels of which something is missing, unread, or goes by a time yet to come
    behind: Mapping[str, int] = field(default_factory=dict)  # records, by channel of which something is shown
    rebuilding: Mapping[str, Progress] = field(default_factory=dict)  # by channel
    in_part: Mapping[str, Collection[int]] = field(default_factory=dict)  # by channel the windows that are not whole
    coarse_ms: Set[int] = NO_EDGES  # the edges by which alone some waits are known
    counted_since: Mapping[str, int] = field(default_factory=dict)  # measures that are not known of what is before
    queues: Mapping[str, LineView] = field(default_factory=dict)  # the source's, of channels that are whole
    in_short: Mapping[str, LineView] = field(default_factory=dict)  # the lines, before they are spelt out
    talked: Collection[str] = ()  # the channels whose conversations are counted
    held_against: Collection[LineView] = ()  # the source's queues of which it says itself how many wait, and is heard

    @property
    def behind_in_all(self) -> int:
        """How many records of all channels together are still to be caught up with."""
        return sum(self.behind.values())

    @property
    def is_behind(self) -> bool:
        """Whether that is so many that something is said of it, whichever channels they are of."""
        return self.behind_in_all > self.centre.alerts.lag_records

    def is_of_now(self, channel: str) -> bool:
        """Whether a channel's figures are whole, and not of the past for all that it has to catch up with."""
        return self.is_caught_up(channel) and not self.is_stopped(channel)

    def is_caught_up(self, channel: str) -> bool:
        """Whether all that was sent of it is read and counted, but for so little that nothing is said of it."""
        return not self.is_behind_of(channel) and channel not in self.rebuilding and channel not in self.stale

    def is_behind_of(self, channel: str) -> bool:
        """Whether so many of its records are not counted yet that something is said of it."""
        return self.behind.get(channel, 0) > self.centre.alerts.lag_records

    def is_told(self, channel: str) -> bool:
        """Whether anything is said of now: all that there is of a channel is read, and its source is not down."""
        return channel not in self.stale and not self.is_stopped(channel)

    def is_stopped(self, channel: str) -> bool:
        """Whether its source is down as planned."""
        return self.centre.planned_stop_at(channel, self.now_ms) is not None

    def is_open(self, name: str) -> bool:
        """Whether a line or a group is open by its hours; a group is while any of its queues is."""
        hours = self.centre.opening_hours
        return (hours.is_any_open if is_group(name) else hours.is_open)(name, self.now_ms)

    def main_window(self, name: str, view: LineView) -> Cell | None:
        """What people look at first; None where it is not whole."""
        main = self.centre.windows.main
        return None if main in self.in_part.get(channel_of(name), ()) else view.windows[main]

    def status(self, name: str, view: LineView) -> QueueStatus:
        """How a line or a group stands, in a word."""
        channel = channel_of(name)
        return queue_status(
            self.feeds.get(channel),
            view,
            self.main_window(name, view) or {},
            self.centre.definitions.least_sample,
            is_open=self.is_open(name),
            is_read=channel not in self.stale,
        )

    def lines_of(self, name: str, view: LineView) -> Mapping[str, LineView]:
        """What waits are counted in: a group's lines one by one, as each opens by its own hours."""
        if not is_group(name):
            return {name: view}
        lines, external = self.lines.items(), self.centre.external_lines
        return {line: of for line, of in lines if line.startswith(f"{name}/") and line not in external}


def merged(
    views: Iterable[View],
    missing: Missing,
    centre: Centre,
    rules: Rules,
    now_ms: int,
    memo: Merged | None = None,
    disputes: Made[LineView] | None = None,
    spelt_out: Made[LineView] | None = None,
) -> Shown:
    """All partitions together. The memos are left by the last call: only what changed is worked out again.

    The source's queues are merged each by itself, and held against what the source says of it; only then are they shown
    as the lines that they are configured as on this day.

    A channel that is not whole has no lines and no groups: what is not known is absent, never 0.
    """
    views, memo, disputes = list(views), {} if memo is None else memo, disputes or Made()
    centre = centre.as_of(now_ms)
    rebuilding = _rebuilding(views)
    unread = {view.partition: view.channel for view in views if not view.is_fresh}
    whole = _heard_of(views) - rebuilding.keys() - missing.channels
    queues = {
        name: undisputed(name, line, centre, now_ms, disputes)
        for name, line in _queues(views, rules, centre, memo).items()
        if channel_of(name) in whole
    }
    lines = _lines(queues, rules, centre, now_ms, memo)
    stale = missing.channels.union(unread.values(), (view.channel for view in views if view.is_astray))
    behind = _behind(views)

    shown = Shown(
        centre=centre,
        now_ms=now_ms,
        lines=_in_full(lines, spelt_out),
        groups=_in_full(_groups(lines, centre, memo), spelt_out),
        feeds={},
        missing=missing,
        unread=unread,
        stale=stale,
        behind=behind,
        rebuilding=rebuilding,
        in_part=_in_part(views, centre.windows.lengths),
        coarse_ms=_known_edges(views, rules),
        counted_since=since_when(view.counted_since for view in views),
        talked=rules.definitions.at(now_ms).conversations,
        queues=queues,
        in_short=lines,
        held_against=[queue for queue in queues.values() if queue.reported_more is not None],
    )
    return replace(shown, feeds={channel: feed_of(channel, views, shown) for channel in centre.hours})


def feed_of(channel: str, views: Iterable[View], shown: Shown) -> Feed:
    """A channel's entry, by all views and by what they lack."""
    lacking = Lacking(shown.behind.get(channel), shown.missing.of(channel), list(shown.unread.values()).count(channel))
    return feed(channel, views, shown.centre, shown.now_ms, lacking, is_known=channel not in shown.stale)


def _in_full(lines: Mapping[str, LineView], memo: Made[LineView] | None) -> dict[str, LineView]:
    """The same as they are shown: merged in short, they are spelt out but once."""
    memo = memo or Made()
    return {name: memo.of(name, (line.version, line.reported), line.in_full) for name, line in lines.items()}


def _heard_of(views: Iterable[View]) -> set[str]:
    """The channels of which an event is known: of the others nobody knows whether somebody waits.

    One that was accepted and waits, as it is dated later than the clock allows, says nothing of them.
    """
    return {view.channel for view in views if view.newest_ms}


def channel_of(name: str) -> str:
    """Of a line or a group."""
    return name.partition("/")[0]


def is_group(name: str) -> bool:
    """Whether it is a group's, and not a line's."""
    return name.count("/") == 1


def _behind(views: Iterable[View]) -> dict[str, int]:
    """Of each channel the records that are not counted yet."""
    found: dict[str, int] = {}
    for view in views:
        found[view.channel] = found.get(view.channel, 0) + view.behind
    return found


def _rebuilding(views: Iterable[View]) -> dict[str, Progress]:
    """Of each channel with a partition that is not whole yet: offsets done, of how many."""
    found: dict[str, Progress] = {}
    for view in views:
        if view.rebuilding is not None:
            done, of = found.get(view.channel, (0, 0))
            found[view.channel] = (done + view.rebuilding[0], of + view.rebuilding[1])
    return found


def _in_part(views: Iterable[View], lengths_ms: Collection[int]) -> dict[str, set[int]]:
    """By channel the windows that some view has not, or not whole: a worker may not have the configuration yet."""
    found: dict[str, set[int]] = {}
    for view in views:
        line = next(iter(view.lines.values()), None)  # each of a view's has the same windows
        lacking = set(lengths_ms).difference(line.windows) if line else ()
        found.setdefault(view.channel, set()).update(view.in_part, lacking)
    return found


def _known_edges(views: Iterable[View], rules: Rules) -> Set[int]:
    """The edges by which alone some waits are known; where there are several scales, those that all of them have."""
    found = [frozenset(_edges_of(view, rules)) for view in views if view.is_by_line or view.coarse_edges_ms]
    return frozenset.intersection(*found) if found else NO_EDGES


def _edges_of(view: View, rules: Rules) -> tuple[int, ...]:
    return view.coarse_edges_ms or rules.coarse_edges_ms


def _queues(views: list[View], rules: Rules, centre: Centre, memo: Merged) -> dict[str, LineView]:
    """Every configured queue and every queue with anything, merged over the partitions."""
    parts: dict[str, list[LineView]] = {name: [] for name in rules.names}
    for view in views:
        for name, line in view.lines.items():
            own = line.refined(_edges_of(view, rules)) if view.is_by_line else line
            parts.setdefault(rules.counted_as(name), []).append(own)
    return {name: merge_parts(name, own, centre, memo) for name, own in parts.items()}


def _lines(
    queues: Mapping[str, LineView], rules: Rules, centre: Centre, now_ms: int, memo: Merged
) -> dict[str, LineView]:
    """The same as the lines that they are shown as; what is not configured, all of a channel and audience together."""
    configured = [line for line in centre.own_lines if not is_other(line)] + centre.external_lines
    parts: dict[str, list[LineView]] = {line: [] for line in configured}
    for name, queue in queues.items():
        if (line := rules.shown_as(name, now_ms)) is not None:
            parts.setdefault(line, []).append(queue)
    return {name: line_of(name, own, centre, memo) for name, own in parts.items() if own}


def as_line(name: str) -> str:
    """What the memo has a line by that is made of several queues: one of these may have the same name."""
    return f"line {name}"


def line_of(name: str, queues: list[LineView], centre: Centre, memo: Merged) -> LineView:
    """The queues that a line is made of together, or the only one."""
    if len(queues) == 1:
        return queues[0]
    line = merge_parts(as_line(name), queues, centre, memo)
    line.reported = reported_together(queues)
    return line


def _groups(lines: Mapping[str, LineView], centre: Centre, memo: Merged) -> dict[str, LineView]:
    """The centre's own lines by channel and audience; what lies outside is in no group."""
    parts: dict[str, list[LineView]] = {}
    for name, view in lines.items():
        if name not in centre.external_lines:
            parts.setdefault(name.rpartition("/")[0], []).append(view)
    return {name: group_of(name, own, centre, memo) for name, own in parts.items()}


def group_of(name: str, lines: list[LineView], centre: Centre, memo: Merged) -> LineView:
    """The lines of one channel and audience together."""
    group = merge_parts(name, lines, centre, memo)
    group.reported = reported_together(lines)
    return group


def reported_together(lines: Iterable[LineView]) -> tuple[int, int] | None:
    """What the source says of all lines together, as of its oldest word; None unless it speaks of all with visits."""
    said = [line.reported for line in lines if line.reported or line.total]
    known = [word for word in said if word is not None]
    return (min(at for at, _ in known), sum(n for _, n in known)) if known and len(known) == len(said) else None


def merge_parts(name: str, parts: list[LineView], centre: Centre, memo: Merged) -> LineView:
    """All parts together; where a few are others than last time, what was made then is made good."""
    before, whole = memo.get(name, ([], None))
    swaps = [(old, new) for old, new in zip(before, parts, strict=False) if old.version != new.version]
    if whole is None or len(before) != len(parts) or 2 * len(swaps) > len(parts):
        whole = LineView(windows={length: {} for length in centre.windows.lengths})
        for part in parts:
            whole.add(part)
    elif swaps:
        whole = _swapped(whole, swaps, parts)
    memo[name] = (parts, whole)
    return whole


def _swapped(whole: LineView, swaps: list[Swap], parts: list[LineView]) -> LineView:
    """What comes of `parts`, made of what came of them before a few were swapped: after one event, one of many was."""
    cell = partial(_swapped_cell, whole, swaps, parts)
    windows = {length: cell(partial(_window, length)) for length in whole.windows}
    made = LineView(windows=windows, today=cell(attrgetter("today")), total=cell(attrgetter("total")))
    for part in parts:
        made.add_now(part)
    return made


def _swapped_cell(
    whole: LineView, swaps: list[Swap], parts: list[LineView], cell_of: Callable[[LineView], Cell]
) -> Cell:
    cell = dict(cell_of(whole))
    for old, new in ((cell_of(old), cell_of(new)) for old, new in swaps):
        merge(cell, {name: new.get(name, 0) - n for name, n in old.items() if name not in MAXIMA})
        merge(cell, {name: n for name, n in new.items() if name in MAXIMA or name not in old})
        for name in MAXIMA & old.keys():
            if new.get(name, 0) < old[name] == cell[name]:  # the greatest may have gone
                cell[name] = max(cell_of(part).get(name, 0) for part in parts)
    return {name: n for name, n in cell.items() if n}


def _window(length: int, view: LineView) -> Cell:
    return view.windows.get(length, {})
