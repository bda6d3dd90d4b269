"""The series of the snapshot: what Prometheus is told of every line, target and feed. Names: streams/core/series.py.

Cumulative series come from Redis by way of the snapshot, so that they survive restarts, and are exposed by the
snapshot's writer alone; what concerns one process is exposed by each. May import: the core, counters, documents,
exposed, families, metrics_targets, statuses, prometheus_client.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.core import series
from streams.core.measures import Total, Window
from streams.families import Labels, family, one_of, single
from streams.serve.counters import Counters
from streams.serve.documents import ExpectedWait, Feed, Line, Now, Records, Snapshot, SourceEntry, WaitScore
from streams.serve.exposed import Exposed, counters, gauges
from streams.serve.metrics_targets import target_families
from streams.serve.sources import SOURCE_STATUSES
from streams.serve.statuses import FEED_STATUSES, QUEUE_STATUSES


class SnapshotCollector(Collector):
    """Makes series of the latest snapshot; none while this process is not its writer."""

    def __init__(self, latest: Callable[[], Snapshot | None], counters: Counters | None = None) -> None:
        self._latest = latest
        self._counters = counters or Counters(())

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        document = self._latest()
        if document is not None:
            yield from map(self._counters.told, families_of(document))


def families_of(document: Snapshot) -> Iterator[Metric]:
    """All that a snapshot says, by series, before anything is held."""
    lines = [(_labels(line), line) for line in document.lines.values()]
    totals = [(labels, line.total) for labels, line in lines]
    windows = [((*labels, name), window) for labels, line in lines for name, window in line.windows.items()]
    yield from (_exposed(one, lines) for one in gauges(Now))
    yield from (_exposed(one, windows) for one in gauges(Window))
    yield family(series.SHARE_WITHIN, _shares(windows))
    yield from (_exposed(one, totals) for one in counters(Total))
    yield family(series.LEFT, _left(totals))
    yield _histogram(totals)
    yield family(series.QUEUE_OPEN, ((labels, line.is_open) for labels, line in lines))
    yield one_of(series.QUEUE_STATUS, QUEUE_STATUSES, ((labels, line.status) for labels, line in lines))
    yield from _expected(lines)
    yield from target_families(document.targets)
    yield from _whole(document)
    yield from _feeds(document.feeds.items())
    yield from _records(document.records, is_whole=document.rebuilding is None)
    yield from _sources(document.sources.items(), is_whole=document.rebuilding is None)


def _expected(lines: Iterable[tuple[Labels, Line]]) -> Iterator[Metric]:
    waits = [(labels, line.expected_wait) for labels, line in lines if line.expected_wait is not None]
    scores = [(labels, line.expected_wait_score) for labels, line in lines if line.expected_wait_score is not None]
    yield from (_exposed(one, waits) for one in gauges(ExpectedWait))
    reasons = (((*labels, wait.withheld), 1) for labels, wait in waits if wait.withheld is not None)
    yield family(series.EXPECTED_WAIT_WITHHELD, reasons)
    yield from (_exposed(one, scores) for one in gauges(WaitScore))


def _exposed(one: Exposed, entries: Iterable[tuple[Labels, Struct]]) -> Metric:
    return family(one.series, ((labels, one.value(entry)) for labels, entry in entries))


def _shares(windows: Iterable[tuple[Labels, Window]]) -> Iterator[tuple[Labels, float | None]]:
    for labels, window in windows:
        for within, shares in window.share_within.items():
            for of in shares.__struct_fields__:
                yield (*labels, within, of), getattr(shares, of)


def _left(totals: Iterable[tuple[Labels, Total]]) -> Iterator[tuple[Labels, float]]:
    for labels, total in totals:
        yield from (((*labels, reason), n) for reason, n in total.left_by_reason.items())


def _histogram(totals: Iterable[tuple[Labels, Total]]) -> Metric:
    made = HistogramMetricFamily(series.WAIT.name, series.WAIT.help, labels=series.WAIT.labels)
    for labels, total in totals:
        buckets = [(str(edge / 1000), float(n)) for edge, n in total.wait_histogram]
        made.add_metric(labels, [*buckets, ("+Inf", total.answered)], total.wait_sum_ms / 1000)
    return made


def _whole(document: Snapshot) -> Iterator[Metric]:
    rebuilding = document.rebuilding
    yield single(series.RESIDUAL, document.residual)
    yield single(series.BEHIND, document.behind)
    yield single(series.AS_OF, document.as_of_ms / 1000)
    since_ms = document.configuration.definitions_since_ms if document.configuration else None
    yield single(series.DEFINITIONS_SINCE, None if since_ms is None else since_ms / 1000)
    yield single(series.MISSING_PARTITIONS, len(document.missing_partitions))
    yield single(series.MISSING_TOPICS, len(document.missing_topics))
    yield single(series.UNREAD_PARTITIONS, len(document.unread_partitions))
    yield single(series.REBUILDING, None if rebuilding is None else rebuilding.done / rebuilding.of)


def _feeds(feeds: Iterable[tuple[str, Feed]]) -> Iterator[Metric]:
    named = [((channel,), feed) for channel, feed in feeds]
    silent = ((labels, feed.silent_ms) for labels, feed in named)
    yield family(series.FEED_SILENCE, ((labels, None if ms is None else ms / 1000) for labels, ms in silent))
    yield family(series.CHANNEL_BEHIND, ((labels, feed.behind) for labels, feed in named))
    yield family(series.CHANNEL_MISSING, ((labels, feed.missing) for labels, feed in named))
    yield family(series.CHANNEL_UNREAD, ((labels, feed.unread) for labels, feed in named))
    stops = ((labels, feed.planned_stop) for labels, feed in named)
    until = ((labels, None if stop is None else stop.until_ms / 1000) for labels, stop in stops)
    yield family(series.PLANNED_STOP_UNTIL, until)
    yield one_of(series.FEED_STATUS, FEED_STATUSES, ((labels, feed.status) for labels, feed in named))


def _records(records: Records, *, is_whole: bool) -> Iterator[Metric]:
    """What was read since the beginning; only when all of it is there, as a counter that falls was set to 0."""
    for of, n in (
        (series.ACCEPTED, records.accepted),
        (series.LATE, records.late),
        (series.RESTATED_LATE, records.restated_late),
        (series.WITHOUT_ENTRY, records.without_entry),
        (series.NEWER, records.newer),
        (series.LET_GO, records.let_go),
        (series.CROWDED, records.crowded),
    ):
        yield single(of, n if is_whole else None)
    rejected = records.rejected if is_whole else {}
    yield family(series.REJECTED, (((reason,), n) for reason, n in rejected.items()))
    yield family(series.AHEAD, (((channel,), waits.held) for channel, waits in records.ahead.items()))
    yield family(series.BEYOND_CLOCK, (((channel,), waits.beyond_clock) for channel, waits in records.ahead.items()))
    yield single(series.LOST, records.lost)


def _sources(sources: Iterable[tuple[str, SourceEntry]], *, is_whole: bool) -> Iterator[Metric]:
    named = [((name,), source) for name, source in sources]
    yield one_of(series.SOURCE_STATUS, SOURCE_STATUSES, ((labels, source.status) for labels, source in named))
    yield from (_exposed(one, named) for one in gauges(SourceEntry))
    for of, wrong in (
        (series.SOURCE_LATE, "late"),
        (series.SOURCE_REJECTED, "rejected"),
        (series.SOURCE_CLAMPED, "clamped"),
        (series.SOURCE_UNMATCHED, "unmatched"),
    ):
        yield family(of, ((labels, getattr(source, wrong) if is_whole else None) for labels, source in named))


def _labels(line: Line) -> Labels:
    return line.channel, line.audience, line.queue
