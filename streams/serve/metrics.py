"""The metrics catalogue: every `svartid_*` series, its labels and what it means, made of the snapshot.

Base units (seconds). Cumulative series come from Redis by way of the snapshot, so that they survive restarts, and are
exposed by the snapshot's writer alone; what concerns one process is exposed by each. May import: counters,
metrics_targets, statuses, prometheus_client.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.serve.counters import Counters
from streams.serve.metrics_targets import target_families
from streams.serve.statuses import FEED_STATUSES, QUEUE_STATUSES

Document = Mapping[str, Any]
LINE = ("channel", "audience", "queue")


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge of a line (or, with a window, of a line and window): where its value is in the snapshot's entry."""

    name: str
    help: str
    path: tuple[str, ...]
    is_ms: bool = False


NOW = (
    Gauge("svartid_waiting", "Visits waiting for a person now.", ("waiting",)),
    Gauge("svartid_oldest_wait_seconds", "Age of the one who has waited longest.", ("oldest_wait_ms",), True),
    Gauge("svartid_waiters_mean_age_seconds", "Mean age of those who wait.", ("mean_age_ms",), True),
    Gauge(
        "svartid_pressure_seconds", "Mean wait if all who wait were answered now, main window.", ("pressure_ms",), True
    ),
    Gauge(
        "svartid_longest_wait_seconds",
        "Longest wait as the limit counts it: of opening time on.",
        ("longest_wait", "ms"),
        True,
    ),
    Gauge("svartid_longest_wait_beyond", "1 where it is beyond the limit, else 0.", ("longest_wait", "is_beyond")),
    Gauge("svartid_reported_waiting", "Waiting according to the source itself.", ("reported", "waiting")),
    Gauge("svartid_reported_more_waiting", "Of those, how many are not known here.", ("reported_more",)),
    Gauge("svartid_disputed_waiting", "Open here, but not counted by the source: in no other figure.", ("disputed",)),
    Gauge(
        "svartid_disputed_wait_beyond",
        "1 where a disputed wait is beyond the limit on the longest, else 0.",
        ("longest_wait", "is_disputed_beyond"),
    ),
    Gauge("svartid_callbacks_open", "Promises to call back that are neither kept nor given up.", ("callbacks_open",)),
    Gauge("svartid_callbacks_overdue", "Open promises past their time.", ("callbacks_overdue_now",)),
    Gauge("svartid_callbacks_oldest_seconds", "Age of the oldest open promise.", ("callbacks_oldest_ms",), True),
    Gauge("svartid_transfers_waiting", "Passed on to here, and waiting.", ("transfers_waiting",)),
    Gauge(
        "svartid_presumed_lost",
        "Visits whose end never came, since the beginning; a late end corrects it.",
        ("presumed_lost",),
    ),
)
LIMIT = Gauge(
    "svartid_longest_wait_limit_seconds",
    "How long one may wait, as configured; absent where there is no limit.",
    ("longest_wait", "limit_ms"),
    True,
)
WINDOWED = (
    Gauge("svartid_window_entered", "Visits that entered.", ("entered",)),
    Gauge("svartid_window_answered", "Visits that were answered.", ("answered",)),
    Gauge("svartid_window_abandoned", "Visits that were abandoned.", ("abandoned",)),
    Gauge(
        "svartid_window_mean_wait_seconds", "Mean wait of the answered; absent where none was.", ("wait_mean_ms",), True
    ),
    Gauge("svartid_window_max_wait_seconds", "Longest wait of the answered.", ("wait_max_ms",), True),
    Gauge("svartid_window_abandonment_ratio", "Abandoned of answered and abandoned.", ("abandonment_rate",)),
)
COUNTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("svartid_entered", "Visits that entered the queue.", ("entered",)),
    ("svartid_answered", "Visits answered by a person.", ("answered",)),
    ("svartid_abandoned", "Visits abandoned while waiting, short ones among them.", ("abandoned",)),
    ("svartid_abandoned_short", "Visits abandoned so soon that nobody could have answered.", ("abandoned_short",)),
    ("svartid_missed", "Offers that an adviser did not take.", ("missed",)),
    ("svartid_callbacks_asked", "Callbacks asked for.", ("callbacks", "asked")),
    ("svartid_callbacks_kept", "Callbacks kept.", ("callbacks", "kept")),
    ("svartid_callbacks_missed_due", "Promises not kept by their time.", ("callbacks", "overdue")),
    ("svartid_passed_on", "Contacts passed on to this destination.", ("transfers", "passed_on")),
    ("svartid_passed_on_answered", "Of those, answered there.", ("transfers", "answered")),
    ("svartid_passed_on_given_up", "Of those, given up there.", ("transfers", "given_up")),
    ("svartid_journeys", "Journeys that began.", ("journeys", "began")),
    ("svartid_journeys_reached", "Journeys that reached a person.", ("journeys", "reached")),
)


class SnapshotCollector(Collector):
    """Makes series of the latest snapshot; none while this process is not its writer."""

    def __init__(self, latest: Callable[[], Document | None], counters: Counters | None = None) -> None:
        self._latest = latest
        self._counters = counters or Counters()

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        document = self._latest()
        if document is not None:
            yield from map(self._counters.told, _families(document))


def _families(document: Document) -> Iterator[Metric]:
    lines = document["lines"].values()
    yield from (_gauge(gauge, LINE, [(_labels(line), line) for line in lines]) for gauge in (*NOW, LIMIT))
    windowed = [((*_labels(line), window), cell) for line in lines for window, cell in line["windows"].items()]
    yield from (_gauge(gauge, (*LINE, "window"), windowed) for gauge in WINDOWED)
    yield _shares(lines)
    yield from (_counter(name, text, path, lines) for name, text, path in COUNTERS)
    yield _left(lines)
    yield _histogram(lines)
    yield _statuses(lines)
    yield from target_families(document["targets"])
    yield from _whole(document)


def _gauge(gauge: Gauge, labels: tuple[str, ...], entries: Iterable[tuple[tuple[str, ...], Document]]) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.help, labels=labels)
    for values, entry in entries:
        value = _at(entry, gauge.path)
        if value is not None:  # no data is no sample, never 0
            family.add_metric(values, value / 1000 if gauge.is_ms else value)
    return family


def _counter(name: str, text: str, path: tuple[str, ...], lines: Iterable[Document]) -> Metric:
    family = CounterMetricFamily(name, text, labels=LINE)
    for line in lines:
        family.add_metric(_labels(line), _at(line["total"], path) or 0)
    return family


def _shares(lines: Iterable[Document]) -> Metric:
    family = GaugeMetricFamily(
        "svartid_window_share_within_ratio",
        "Share that waited at most a threshold: of answered, of offered, or with abandons within it counted as met.",
        labels=(*LINE, "window", "within", "of"),
    )
    for line in lines:
        for window, cell in line["windows"].items():
            for within, shares in cell["share_within"].items():
                for of, share in shares.items():
                    if share is not None:
                        family.add_metric((*_labels(line), window, within, of), share)
    return family


def _left(lines: Iterable[Document]) -> Metric:
    family = CounterMetricFamily("svartid_left", "Visits that ended in another way.", labels=(*LINE, "reason"))
    for line in lines:
        for reason, n in line["total"]["left_by_reason"].items():
            family.add_metric((*_labels(line), reason), n)
    return family


def _histogram(lines: Iterable[Document]) -> Metric:
    family = HistogramMetricFamily("svartid_wait_seconds", "Waits of the answered; edges are inclusive.", labels=LINE)
    for line in lines:
        total = line["total"]
        buckets = [(str(edge / 1000), n) for edge, n in total["wait_histogram"]]
        family.add_metric(_labels(line), [*buckets, ("+Inf", total["answered"])], total["wait_sum_ms"] / 1000)
    return family


def _statuses(lines: Iterable[Document]) -> Metric:
    family = GaugeMetricFamily(
        "svartid_queue_status", "1 for the status a queue has, 0 for the others.", labels=(*LINE, "status")
    )
    for line in lines:
        for status in QUEUE_STATUSES:
            family.add_metric((*_labels(line), status), float(line["status"] == status))
    return family


def _whole(document: Document) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "svartid_residual", "What the books of all visits miss: 0, or there is a fault.", document["residual"]
    )
    yield GaugeMetricFamily(
        "svartid_behind_records", "Records in the log that are not counted yet.", document["behind"]
    )
    yield GaugeMetricFamily(
        "svartid_snapshot_timestamp_seconds", "As of when these figures are.", document["as_of_ms"] / 1000
    )
    yield GaugeMetricFamily(
        "svartid_missing_partitions", "Partitions that no worker shows.", len(document["missing_partitions"])
    )
    yield GaugeMetricFamily(
        "svartid_missing_topics", "Topics that Kafka does not have.", len(document["missing_topics"])
    )
    yield GaugeMetricFamily(
        "svartid_unread_partitions",
        "Partitions of which Kafka has not said lately where they end: nobody knows what is unread.",
        len(document["unread_partitions"]),
    )
    rebuilding = document["rebuilding"]
    ratio = GaugeMetricFamily(
        "svartid_rebuilding_ratio", "How much of a rebuild is done; absent where nothing is rebuilt."
    )
    if rebuilding:
        ratio.add_metric((), rebuilding["done"] / rebuilding["of"])
    yield ratio
    yield from _records(document["records"], is_whole=not rebuilding)
    feeds = GaugeMetricFamily(
        "svartid_feed_silence_seconds", "Since the newest event of a channel.", labels=("channel",)
    )
    for channel, feed in document["feeds"].items():
        if feed["silent_ms"] is not None:
            feeds.add_metric((channel,), feed["silent_ms"] / 1000)
    yield feeds
    statuses = GaugeMetricFamily(
        "svartid_feed_status", "1 for the status a channel's feed has, 0 for the others.", labels=("channel", "status")
    )
    for channel, feed in document["feeds"].items():
        for status in FEED_STATUSES:
            statuses.add_metric((channel, status), float(feed["status"] == status))
    yield statuses


def _records(records: Document, *, is_whole: bool) -> Iterator[Metric]:
    """What was read since the beginning; only when all of it is there, as a counter that falls was set to 0."""
    texts = {
        "accepted": "Records that were counted.",
        "late": "Records too late to count.",
        "newer": "Records of a newer minor version, or with unknown fields.",
        "let_go": "Records dated far ahead that were let go of: too many waited already.",
        "crowded": "Records that joined no figure: their journey had as many visits or contacts as one may have.",
    }
    families = [CounterMetricFamily(f"svartid_records_{name}", text) for name, text in texts.items()]
    rejected = CounterMetricFamily("svartid_records_rejected", "Records that are no event.", labels=("reason",))
    if is_whole:
        for name, family in zip(texts, families, strict=True):
            family.add_metric((), records[name])
        for reason, n in records["rejected"].items():
            rejected.add_metric((reason,), n)
    yield from (*families, rejected)
    held = GaugeMetricFamily(
        "svartid_records_ahead",
        "Records dated so far ahead of all else that they wait to be counted.",
        labels=["channel"],
    )
    beyond = GaugeMetricFamily(
        "svartid_records_beyond_clock", "Of these, dated later than the clock allows.", labels=["channel"]
    )
    for channel, waits in records["ahead"].items():
        held.add_metric((channel,), waits["held"])
        beyond.add_metric((channel,), waits["beyond_clock"])
    yield from (held, beyond)
    yield GaugeMetricFamily(
        "svartid_lost_records", "Records that Kafka let go of before they were counted, at most.", records["lost"]
    )


def _labels(line: Document) -> tuple[str, str, str]:
    return line["channel"], line["audience"], line["queue"]


def _at(entry: Document, path: tuple[str, ...]) -> Any:
    for name in path:
        if entry is None:
            return None
        entry = entry[name]
    return entry
