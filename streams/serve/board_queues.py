"""The board's table of queues: each channel's and audience's line, and under it its queues.

A wall is read by place, so the queues stand in the order of the configuration and never move; what is wrong is told by
a shape as well as by a colour (blue and orange, which everybody can tell apart). May import: config's
names, bokmal, documents, rich.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from msgspec import UNSET
from rich import box
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from config.channels import Names
from streams.core.measures import Window
from streams.durations import short
from streams.serve.bokmal import (
    FEEDS,
    NO_FIGURES,
    STATUSES,
    STOP,
    STOPPED,
    UNKNOWN,
    length,
    number,
    percent,
    queue_name,
    wait,
)
from streams.serve.documents import Feed, Group, Line, Snapshot, TargetEntry

GOOD, BAD, FILLED, QUIET = "#56b4e9", "bold #e69f00", "bold #1a1a1a on #e69f00", "dim"
MET, DRIFTS, MISSED = "✓", "▲", "✗"


@dataclass(frozen=True)
class _Row:
    """One entry of the document, what it is called, and what its group was promised."""

    entry: Group | Line
    name: str
    window: Window | None  # the entry's main window; None: it is not known
    mean: TargetEntry | None  # the group's target for the mean wait
    share: TargetEntry | None  # and for the share within a threshold
    is_stopped: bool  # its channel's source is down as planned

    @property
    def is_group(self) -> bool:
        return self.entry.queue is None

    @property
    def mean_ms(self) -> float | None:
        """The main window's mean wait."""
        return None if self.window is None else self.window.wait_mean_ms

    @property
    def share_in_time(self) -> float | None:
        """Of the answered, those within the group's threshold."""
        if self.window is None or self.share is None or self.share.within_ms is None:
            return None
        shares = self.window.share_within.get(short(self.share.within_ms))
        return None if shares is None else shares.of_answered

    @property
    def given_up(self) -> float | None:
        """The main window's abandonment rate."""
        return None if self.window is None else self.window.abandonment_rate

    @property
    def answered(self) -> int | None:
        """How many were, in the main window."""
        return None if self.window is None else self.window.answered

    @property
    def known(self) -> bool:
        """Whether anybody ever entered: nothing known is no zero."""
        return bool(self.entry.total.entered)

    @property
    def style(self) -> str:
        weight = "bold" if self.is_group else ""
        return weight if self.entry.status in ("open", "insufficient") else f"{weight} {QUIET}"

    def met(self, target: TargetEntry | None, value: float | None) -> bool | None:
        """The group's own verdict; a queue is held against the group's limit where enough were answered."""
        if target is None or value is None or self.entry.status == "stale":
            return None
        if self.is_group:
            return target.window.met
        return target.limit.is_kept_by(value) if self.entry.status == "open" else None


@dataclass(frozen=True)
class _Column:
    heading: str
    cell: Callable[[_Row], Text | str]
    from_width: int = 0  # where the board is narrower than this, the column is left out
    justify: JustifyMethod = "right"


def queues(document: Snapshot, names: Names, width: int, *, with_queues: bool, airy: bool) -> Table:
    """The table, at most `width` wide; without the queues only the groups' lines, airy with a blank between them."""
    columns = [column for column in _columns(length(document.main_window)) if width >= column.from_width]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, expand=True, padding=0, header_style=QUIET)
    for column in columns:
        table.add_column(column.heading, justify=column.justify, no_wrap=True, vertical="bottom")
    for group in document.groups.values():
        rows = list(_rows(document, group, names))
        for row in rows if with_queues and group.total.entered else rows[:1]:
            table.add_row(*(column.cell(row) for column in columns), style=row.style)
        if airy:
            table.add_section()
    known = {group.channel for group in document.groups.values()}
    for channel, feed in document.feeds.items():
        if channel not in known:
            table.add_row(*_unknown(names.channel(channel), feed, len(columns)))
    return table


def _unknown(name: str, feed: Feed, columns: int) -> list[Text]:
    """The row of a channel of which nothing is known."""
    told = Text(FEEDS.get(feed.status, NO_FIGURES), BAD if feed.status in FEEDS else QUIET)
    if feed.status == "stale" and feed.planned_stop is not None:
        told = Text(STOPPED, QUIET)
    return [Text(name, QUIET), told, *[Text(UNKNOWN, QUIET)] * (columns - 2)]


def _rows(document: Snapshot, group: Group, names: Names) -> Iterator[_Row]:
    """The group's own row, then its queues'."""
    of = (group.channel, group.audience)
    targets = [t for t in document.targets if (t.channel, t.audience, t.queue) == (*of, UNSET)]
    mean = next((t for t in targets if t.measure == "mean_wait"), None)
    share = next((t for t in targets if t.measure == "share_within"), None)
    main, feed = document.main_window, document.feeds.get(group.channel)
    is_stopped = feed is not None and feed.planned_stop is not None
    own = (li for li in document.lines.values() if (li.channel, li.audience) == of and not li.external)
    entries: Iterator[Group | Line] = chain([group], own)
    for entry in entries:
        yield _Row(entry, _named(entry, names), entry.windows.get(main), mean, share, is_stopped)


def _named(entry: Group | Line, names: Names) -> str:
    of = entry.channel, entry.audience
    return names.group(*of) if entry.queue is None else f"  {queue_name(entry.queue, names.queue(*of, entry.queue))}"


def _columns(window: str) -> list[_Column]:
    return [
        _Column("Kø", _name, justify="left"),
        _Column("\nstatus", _status, justify="left"),
        _Column("nå\nventer", lambda row: _if_known(row, number(row.entry.waiting))),
        _Column("nå\neldste  ", _oldest),
        _Column(f"{window}\nsnitt  ", _mean),
        _Column(f"{window}\nmed køen  ", _pressure, from_width=110),
        _Column(f"{window}\ni tide  ", _share),
        _Column(f"{window}\nga opp", lambda row: percent(row.given_up)),
        _Column(f"{window}\nbesvart", lambda row: _if_known(row, number(row.answered)), from_width=90),
        _Column("ringes\nopp", lambda row: _if_known(row, number(row.entry.callbacks_open)), from_width=90),
        _Column("over\nfrist  ", _overdue),
    ]


def _if_known(row: _Row, text: str) -> str:
    return text if row.known else UNKNOWN


def _name(row: _Row) -> str:
    return row.name


def _status(row: _Row) -> Text:
    status = row.entry.status
    if status == "insufficient" and not row.known:
        return Text(NO_FIGURES, QUIET)
    if status == "stale" and row.is_stopped:
        return Text(STOP, QUIET)
    return Text(STATUSES[status], {"open": "", "stale": BAD}.get(status, QUIET))


def _oldest(row: _Row) -> Text:
    """How long the one has waited who has waited longest; marked where that is longer than one may."""
    text, longest = wait(row.entry.oldest_wait_ms), row.entry.longest_wait
    return Text(f"{text} {MISSED}", BAD) if longest and longest.is_beyond else Text(f"{text}  ")


def _mean(row: _Row) -> Text:
    return _judged(row, wait(row.mean_ms), row.met(row.mean, row.mean_ms))


def _pressure(row: _Row) -> Text:
    """What the mean would be if all who wait were answered now: the answered alone look well for too long."""
    value = row.entry.pressure_ms
    if row.mean is None or value is None or row.entry.status == "stale" or row.mean.limit.is_kept_by(value):
        return Text(f"{wait(value)}  ")
    return Text(f"{wait(value)} {MISSED}", BAD)


def _share(row: _Row) -> Text | str:
    """Of the answered, those within the target's threshold; blank where none was promised."""
    if row.share is None:
        return ""
    value = row.share_in_time
    return _judged(row, percent(value, down=True), row.met(row.share, value))


def _judged(row: _Row, text: str, met: bool | None) -> Text:
    """A value and its mark; a queue that keeps the limit needs none. The mark has its place even when it is blank."""
    if met is None or (met and not row.is_group):
        return Text(f"{text}  ")
    if met:
        return Text.assemble(f"{text} ", (MET, GOOD))
    return Text(f"{text} {MISSED}", FILLED if row.is_group else BAD)


def _overdue(row: _Row) -> Text | str:
    n = row.entry.callbacks_overdue_now
    return Text(f"{number(n)} {MISSED}", BAD) if n else _if_known(row, number(n)) + "  "
