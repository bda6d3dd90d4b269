"""A working week of one installation: what it would have shown at each scrape, and what was true.

One state for the whole week, so that what is cumulative grows over its days; nobody looks at night. May import: the
core, config, past, serve, sources, the study.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from config import Centre
from config.targets import Target
from streams.core.calendar import date_of
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.later import with_editions
from streams.core.reading import Cell
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.oracle import LogRecord
from streams.past.history_cells import Found
from streams.past.keeper import scorecard
from streams.past.scorecard_document import Scorecard
from streams.past.summed import Quarters
from streams.serve.documents import Snapshot
from streams.serve.merging import NONE_MISSING
from streams.serve.since import Since
from streams.serve.snapshot import Memo, snapshot
from streams.serve.view import View, Viewer
from streams.sources.records import Record as Sent
from tests.cards import DAY
from tests.events import Record
from tests.study.beside import Played, dates, lost, play
from tests.study.evaluation import expressions
from tests.study.exposition import Exposition, closed
from tests.truth import Answer, Episode, Promised, Stay, answers_of, broken, episodes, stays_in

SCRAPED_EVERY_S = 30
ADDED_UP_EVERY_S = 60  # the scorecard
HOURS = 7.0  # until all have gone home: they are answered after closing time, too
FRESH_MS = 5000


@dataclass(frozen=True, slots=True)
class Day:
    """By target: who was answered, and the episodes in which it was broken."""

    seconds: range
    sent: Callable[[], Iterable[Sent]]  # what happened, in order: made anew, as it is much and seldom asked for
    answered: dict[str, list[Answer]]
    broken: dict[str, list[Episode]]
    beyond: dict[str, list[Episode]]  # by line: each who truly waited for longer than one may, from then on
    lost: list[tuple[str, float]]  # line, and since when (s) somebody seems to wait there whose end nobody heard of


@dataclass(frozen=True, slots=True)
class Week:
    """Its scrapes are in `scrapes-<day>.txt`."""

    scenario: str
    days: list[Day]


class Feed:
    """One channel's records, folded as they come."""

    def __init__(self, channel: str, rules: Rules, lengths_ms: Iterable[int]) -> None:
        self.channel = channel
        self.state = PartitionState(rules)
        self.viewer = Viewer(self.state, lengths_ms)

    def fold(self, sent: Iterable[Sent]) -> None:
        """Those of its channel."""
        own = (one for one in sent if one.channel == self.channel)
        first = self.state.offset
        fold(self.state, [Record(first + n, one.timestamp_ms, one.value) for n, one in enumerate(own)])

    def view(self, now_ms: int) -> View:
        """What a worker would show of it."""
        state, aggregates = self.state, self.state.aggregates
        touched = state.take_touched()
        aggregates.panes.touched, aggregates.touched_totals = set(), set()
        return View(
            partition=self.channel,
            channel=self.channel,
            epoch="1",
            owner="one",
            as_of_ms=now_ms,
            offset=state.offset,
            behind=0,
            is_fresh=True,
            version=state.rules.version,
            watermark_ms=state.watermark,
            counters=dict(state.counters),
            promptness=state.promptness.of,
            lines=self.viewer.lines(now_ms, touched),
            counted_since=with_editions(state.counted_since, state.rules.definitions),
        )


class Installation:
    """One that reads what is sent, and is scraped."""

    def __init__(self, centre: Centre) -> None:
        self._centre, self._rules, self._memo = centre, centre.rules(), Memo()
        self._feeds = [Feed(channel, self._rules, centre.windows.lengths) for channel in centre.hours]
        self._since = Since()
        self._exposition = Exposition(expressions(centre))
        self._promises: Scorecard | None = None

    def play(self, sent: Iterable[Sent], seconds: range, file: Path) -> None:
        """Reads them as they come, and writes what is scraped meanwhile."""
        with closed(file) as text:
            for second in self._fold_until_each(seconds[::SCRAPED_EVERY_S], sent):
                views = [feed.view(second * 1000) for feed in self._feeds]
                document = self._document(views, second * 1000)
                self._since.note(document.targets, self._centre.targets_at(second * 1000), second * 1000)
                if second % ADDED_UP_EVERY_S == 0:
                    self._promises = self._added_up(document)
                self._exposition.scrape(text, second, document, self._promises)

    def _document(self, views: list[View], now_ms: int) -> Snapshot:
        return snapshot(views, NONE_MISSING, self._centre, self._rules, now_ms, FRESH_MS, self._memo)

    def _added_up(self, document: Snapshot) -> Scorecard:
        """As who writes the snapshot keeps it, of what it holds itself."""
        zone = ZoneInfo(self._centre.timezone)
        quarters = Quarters.span(document.as_of_ms, zone)
        aggregates = [feed.state.aggregates for feed in self._feeds]
        days = self._found(row for one in aggregates for row in one.days.rows.items())
        lately = self._found(
            row for one in aggregates for row in one.intervals.rows.items() if quarters.row_start(row[0]) is not None
        )
        return scorecard(days, lately, self._centre, date_of(document.as_of_ms, zone), document)

    def _found(self, rows: Iterable[tuple[int, Mapping[str, Cell]]]) -> Found:
        shown = (
            (start, self._rules.shown_as(line, start), in_full(cell))
            for start, row in rows
            for line, cell in row.items()
        )
        since = with_editions({}, self._rules.definitions)
        return Found([(start, line, cell) for start, line, cell in shown if line is not None], frozenset(), since)

    def _fold_until_each(self, scrapes: range, sent: Iterable[Sent]) -> Iterator[int]:
        """Each scrape (s), when all that was sent by then is folded."""
        arrivals = iter(groupby(sent, lambda one: -(-one.timestamp_ms // 1000 // SCRAPED_EVERY_S)))
        due = next(arrivals, None)
        for second in scrapes:
            while due is not None and due[0] * SCRAPED_EVERY_S <= second:
                arrived = list(due[1])
                for feed in self._feeds:
                    feed.fold(arrived)
                due = next(arrivals, None)
            yield second


def simulate(
    centre: Centre, scenario: str, seed: int, starts_ms: Sequence[int], folder: Path, hours: float = HOURS
) -> Week:
    """Plays the days that begin at these instants, one after the other."""
    installation, week, days = Installation(centre), Week(scenario, []), dates(starts_ms)
    for number, start_ms in enumerate(starts_ms):
        played = play(scenario, seed, start_ms, hours, days)
        seconds = range(start_ms // 1000, start_ms // 1000 + round(hours * 3600))
        installation.play(played.heard(), seconds, folder / f"scrapes-{number}.txt")
        week.days.append(_true(centre, played, seconds))
    return week


def _true(centre: Centre, played: Played, seconds: range) -> Day:
    log = (LogRecord(offset, one.timestamp_ms, one.value, True) for offset, one in enumerate(played.sent()))
    stayed = stays_in(log, centre)
    answered = answers_of(stayed, centre)
    found = {
        target.id: episodes(
            broken(answered[target.id], _open(centre, target, seconds), target.window / 1000, Promised.of(target))
        )
        for target in centre.targets_at(DAY)
    }
    return Day(seconds, played.sent, answered, found, _beyond(centre, stayed, seconds), lost(played))


def _beyond(centre: Centre, stayed: Iterable[Stay], seconds: range) -> dict[str, list[Episode]]:
    limits, own = centre.longest_waits_at(DAY), set(centre.own_lines)
    found = defaultdict[str, list[Episode]](list)
    for line, entered_ms, left_ms, _ in stayed:
        limit_ms = limits.get(line.rpartition("/")[0])
        until = seconds.stop if left_ms is None else left_ms // 1000
        if limit_ms is not None and line in own and until > (since := (entered_ms + limit_ms) // 1000):
            found[line].append(Episode(since, until))
    return dict(found)


def _open(centre: Centre, target: Target, seconds: range) -> Iterator[int]:
    """Those at which somebody could do something about it."""
    return (second for second in seconds if centre.opening_hours.is_open(target.hours_key, second * 1000))
