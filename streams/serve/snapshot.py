"""The snapshot: one document of every queue, made of the partitions' views and the clock.

A pure function: what is merged, and what time it is, are arguments. May import: the core, config, durations.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec.structs import asdict

from config import Centre
from streams.core.calendar import day_of
from streams.core.cells import merge, pressure_ms, residual
from streams.core.later import NEVER, unknown
from streams.core.measures import Day, Total, Window
from streams.core.prediction import Queue
from streams.core.reading import Cell, Reading, ratio
from streams.core.rules import Rules
from streams.durations import short
from streams.serve import figures
from streams.serve.cache import Made
from streams.serve.documents import (
    Ahead,
    Entry,
    ExpectedWait,
    Group,
    Line,
    Now,
    Rebuilding,
    Records,
    Reported,
    ShownBy,
    Snapshot,
    Status,
    WaitScore,
)
from streams.serve.expecting import Expecting
from streams.serve.longest import longest_wait
from streams.serve.merging import Merged, Missing, Shown, channel_of, merged
from streams.serve.open_letters import open_letters
from streams.serve.remerging import remerged
from streams.serve.sources import sources
from streams.serve.targets import entries
from streams.serve.view import LineView, View
from streams.serve.windows import window_start

E = TypeVar("E", bound=Entry)
NOTHING_NOW = Now()


class _Standing(NamedTuple):
    """What of an entry does not change with the clock."""

    windows: dict[str, Window]
    today: Day
    total: Total
    residual: int


@dataclass(slots=True)
class Memo:
    """What went into the last snapshot and what came of it, by line or group: only what changed is worked out again."""

    merged: Merged = field(default_factory=dict)
    disputes: Made[LineView] = field(default_factory=Made)
    spelt_out: Made[LineView] = field(default_factory=Made)
    standing: Made[_Standing] = field(default_factory=Made)
    queues: Made[Queue] = field(default_factory=Made)

    def shown(self, views: Iterable[View], missing: Missing, centre: Centre, rules: Rules, now_ms: int) -> Shown:
        """All views merged."""
        return merged(views, missing, centre, rules, now_ms, self.merged, self.disputes, self.spelt_out)

    def shown_again(
        self, before: Shown, known: Mapping[str, View], views: Sequence[View], rules: Rules, now_ms: int
    ) -> Shown:
        """All merged again, some `views` in place of those of the same partitions that are `known`, of which `before`
        was made last.
        """
        again = remerged(before, known, views, rules, now_ms, self.merged, self.disputes, self.spelt_out)
        if again is not None:
            return again
        together = {**known, **{view.partition: view for view in views}}
        return self.shown(together.values(), before.missing, before.centre, rules, now_ms)


def snapshot(
    views: Iterable[View],
    missing: Missing,
    centre: Centre,
    rules: Rules,
    now_ms: int,
    fresh_ms: int,
    memo: Memo | None = None,
    wrong_ms: int = 0,
    configuration: ShownBy | None = None,
) -> Snapshot:
    """The document as of `now_ms`, to be believed for `fresh_ms` more.

    Where the clock that says so is known to be wrong, `wrong_ms` is by how much, and nothing is believed by it.
    `memo` is left by the last call for the next one.
    """
    memo = memo or Memo()
    views = list(views)
    shown = memo.shown(views, missing, centre, rules, now_ms)
    return document_of(shown, views, fresh_ms, memo, wrong_ms, configuration)


def document_of(
    shown: Shown,
    views: Sequence[View],
    fresh_ms: int,
    memo: Memo,
    wrong_ms: int = 0,
    configuration: ShownBy | None = None,
    expecting: Expecting | None = None,
) -> Snapshot:
    """The same of views that are merged already, with what is expected of who joins."""
    maker, centre, now_ms = _Maker(shown, memo, expecting), shown.centre, shown.now_ms
    return Snapshot(
        centre=centre.name,
        configuration=configuration,
        as_of=iso(now_ms),
        as_of_ms=now_ms,
        fresh_until_ms=min(now_ms, now_ms - wrong_ms) if wrong_ms else now_ms + fresh_ms,
        status=_status(shown) if views and not wrong_ms else "stale",
        clock_wrong_ms=wrong_ms or None,
        missing_partitions=sorted(shown.missing.partitions),
        missing_topics=sorted(shown.missing.topics),
        unread_partitions=sorted(shown.unread),
        behind=shown.behind_in_all,
        rebuilding=_rebuilding(shown),
        main_window=short(centre.windows.main),
        feeds=dict(shown.feeds),
        groups={name: maker.entry(Group, name, view) for name, view in shown.groups.items()},
        lines={name: maker.entry(Line, name, view, queue=name.split("/", 2)[2]) for name, view in shown.lines.items()},
        card=centre.card_at(now_ms),
        targets=entries(shown, memo.queues),
        records=_records(views),
        sources=sources(views, shown),
        residual=sum(abs(maker.residual(line, view)) for line, view in shown.lines.items()),
        counted_since={name: since for name, since in shown.counted_since.items() if since < NEVER},
    )


def _status(shown: Shown) -> Status:
    if shown.missing.partitions or shown.stale:  # a partition's channel may not be known
        return "stale"
    if shown.rebuilding:
        return "rebuilding"
    return "catching_up" if shown.is_behind else "live"


def _rebuilding(shown: Shown) -> Rebuilding | None:
    """How far it is, of all channels together."""
    if not shown.rebuilding:
        return None
    done, of = (sum(part) for part in zip(*shown.rebuilding.values(), strict=True))
    return Rebuilding(done=done, of=of, channels=sorted(shown.rebuilding))


class _Maker:
    """Makes the entries of one document."""

    def __init__(self, shown: Shown, memo: Memo, expecting: Expecting | None) -> None:
        self.expecting = expecting
        self.shown, self.centre, self.now_ms = shown, shown.centre, shown.now_ms
        self.in_part = shown.in_part
        self.memo = memo
        thresholds = sorted({t.within for t in self.centre.targets_at(self.now_ms) if t.within is not None})
        self.external = frozenset(self.centre.external_lines)
        self.limits = self.centre.longest_waits_at(self.now_ms)
        self.thresholds = {short(t): t for t in thresholds}
        self.windows = {short(length): length for length in sorted(self.centre.windows.lengths)}
        self.unknown = self._unknown()

    def entry(self, of: Callable[..., E], name: str, view: LineView, **given: str) -> E:
        """An `Entry` of some kind; `given` is what that has besides."""
        channel, audience, *_ = name.split("/")
        in_part = self.in_part.get(channel, ())
        main = self.shown.main_window(name, view)
        standing, is_known = self._standing(name, view), self.shown.is_told(channel)
        windows = standing.windows
        if in_part:
            windows = {window: of for window, of in windows.items() if self.windows[window] not in in_part}
        now = self._now(name, view, main) if is_known else NOTHING_NOW
        return of(
            **given,
            channel=channel,
            audience=audience,
            external=name in self.external,
            status=self.shown.status(name, view),
            is_open=self.shown.is_open(name),
            **asdict(now),
            **self._expected(name, view),
            windows=windows if is_known else {},
            today=standing.today,
            total=standing.total,
        )

    def _expected(self, name: str, view: LineView) -> dict[str, ExpectedWait | WaitScore | None]:
        """Nothing where nobody estimates."""
        if self.expecting is None or name not in self.expecting.told:
            return {}
        score = self.expecting.score(self.shown.lines_of(name, view), self.now_ms)
        return {"expected_wait": self.expecting.told[name].wait, "expected_wait_score": score}

    def _now(self, name: str, view: LineView, main: Cell | None) -> Now:
        """What is so at this moment."""
        ages_ms = max(0, view.waiting * self.now_ms - view.waiting_since_sum_ms)  # clocks are set back, too
        return Now(
            waiting=view.waiting,
            oldest_wait_ms=_since(view.waiting_oldest_ms, self.now_ms),
            mean_age_ms=ratio(ages_ms, view.waiting),
            pressure_ms=None if main is None else pressure_ms(main, view.waiting, ages_ms),
            presumed_lost=view.total.get("lost", 0) + view.presumed_lost_by_clock,
            reported=None if view.reported is None else Reported(at_ms=view.reported[0], waiting=view.reported[1]),
            longest_wait=longest_wait(
                name,
                view,
                self.shown.lines_of(name, view),
                self.centre,
                self.limits,
                self.now_ms,
                is_known=self._is_judged(name),
            ),
            reported_more=view.reported_more,
            disputed=view.disputed,
            disputed_oldest_ms=_since(view.disputed_oldest_ms, self.now_ms),
            callbacks_open=view.promises_open,
            callbacks_overdue_now=view.promises_overdue,
            callbacks_oldest_ms=_since(view.promises_oldest_ms, self.now_ms),
            transfers_waiting=view.transfers_waiting,
            talking=(view.talking or 0) if channel_of(name) in self.shown.talked else None,
            **self._letters(view),
        )

    def _letters(self, view: LineView) -> dict[str, int | None]:
        """Those that are open; nothing where there has never been any."""
        letters = open_letters(view, self.now_ms)
        if letters is None:
            return {}
        return {
            "letters_open": letters.open,
            "letters_overdue_now": letters.overdue,
            "letters_oldest_ms": _since(letters.oldest_received_ms, self.now_ms),
        }

    def _is_judged(self, name: str) -> bool:
        """Whether what is shown of a channel is whole and of now: a feed that is silent may have a caller who waits."""
        return self.shown.is_of_now(channel_of(name))

    def residual(self, name: str, view: LineView) -> int:
        """What a line's books miss."""
        return self._standing(name, view).residual

    def _standing(self, name: str, view: LineView) -> _Standing:
        made_by = (view.version, self.unknown, tuple(self.thresholds))  # which are others where a card takes over
        return self.memo.standing.of(name, made_by, partial(self._stands, view))

    def _stands(self, view: LineView) -> _Standing:
        windows, today, total = self.unknown

        def reading(cell: Cell, unknown: Set[str]) -> Reading:
            return Reading(cell, self.centre.shown_edges_ms, self.thresholds, self.shown.coarse_ms, unknown)

        return _Standing(
            {
                name: figures.read(Window, reading(view.windows[ms], unknown))
                for (name, ms), unknown in zip(self.windows.items(), windows, strict=True)
            },
            figures.day(reading(view.today, today)),
            figures.total(reading(view.total, total)),
            _residual(view),
        )

    def _unknown(self) -> tuple[tuple[Set[str], ...], Set[str], Set[str]]:
        """The measures that are not known of each window, of today, and since the beginning: there, what nobody counts
        yet. Of those that are, it is all there was since then.
        """
        since, zone = self.shown.counted_since, ZoneInfo(self.centre.timezone)
        windows = tuple(unknown(since, window_start(self.now_ms, length)) for length in self.windows.values())
        return windows, unknown(since, day_of(self.now_ms, zone)), unknown(since, NEVER - 1)


def _records(views: Collection[View]) -> Records:
    counters: dict[str, int] = {}
    for view in views:
        merge(counters, view.counters)
    return Records(
        accepted=counters.get("accepted", 0),
        late=counters.get("late", 0),
        restated_late=counters.get("restated_late", 0),
        without_entry=counters.get("without_entry", 0),
        newer=counters.get("newer", 0),
        rejected={name.partition(":")[2]: n for name, n in counters.items() if name.startswith("rejected:")},
        lost=sum(view.lost for view in views),
        let_go=counters.get("let_go", 0),
        crowded=counters.get("crowded", 0),
        ahead=_ahead(views),
    )


def _residual(view: LineView) -> int:
    """What a line's books miss: whoever is disputed or presumed lost by the clock is open in them."""
    open_ = view.waiting + (view.disputed or 0) + view.presumed_lost_by_clock
    return residual(view.total, open_ - view.waiting_unbooked)


def _ahead(views: Iterable[View]) -> dict[str, Ahead]:
    """By channel what is dated so far ahead that it waits, and how much of it is later than the clock allows."""
    found: dict[str, Ahead] = {}
    for view in (view for view in views if view.rebuilding is None):
        here = found.setdefault(view.channel, Ahead(held=0, beyond_clock=0))
        here.held += view.ahead.held
        here.beyond_clock += view.ahead.beyond_clock
    return found


def _since(instant_ms: int | None, now_ms: int) -> int | None:
    return None if instant_ms is None else max(0, now_ms - instant_ms)


def iso(ms: int) -> str:
    """RFC 3339, UTC, with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
