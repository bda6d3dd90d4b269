"""The metrics as Prometheus reads them: both formats, nothing without data, and counters that are the totals."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from streams.core.measures import Total, Window
from streams.core.series import LONGEST_WAIT_LIMIT
from streams.core.verdicts import VERDICTS
from streams.serve.counters import Counters
from streams.serve.documents import Now
from streams.serve.exposed import Exposed, counters, gauges
from streams.serve.metrics import SnapshotCollector
from streams.serve.statuses import QUEUE_STATUSES as STATUSES
from tests.serve.documents import MINUTE, Document, bot, busy, document, folded, typed, view, visit

Labels = frozenset[tuple[str, str]]
PARSERS: dict[str, Any] = {
    "text": (generate_latest, parse_text),
    "openmetrics": (openmetrics.generate_latest, parse_openmetrics),
}
SOME = document(busy(), bot())
NOTHING = document(view({}, watermark_ms=0))


def scraped(made: Document | None, parser: str = "openmetrics") -> dict[str, Metric]:
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: None if made is None else typed(made)))
    generate, parse = PARSERS[parser]
    return {family.name: family for family in parse(generate(registry).decode())}


def values(family: Metric) -> dict[Labels, float]:
    """Labels -> the sample's value; no labels twice."""
    found = [(sample.name, frozenset(sample.labels.items())) for sample in family.samples]
    assert len(found) == len(set(found)), family.name
    return {frozenset(sample.labels.items()): sample.value for sample in family.samples}


def labels(line: Document, **more: str) -> Labels:
    return frozenset({**{name: line[name] for name in ("channel", "audience", "queue")}, **more}.items())


def at(entry: Any, path: Iterable[str]) -> Any:
    for name in path:
        entry = entry and entry[name]
    return entry


def in_seconds(gauge: Exposed, n: float) -> float:
    return n / 1000 if gauge.series.name.endswith("_seconds") else n


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("made", [SOME, NOTHING], ids=["some", "nothing"])
def test_both_formats_are_read_and_say_what_each_series_is(made: Document, parser: str) -> None:
    families = scraped(made, parser)
    assert len(families) > 30
    for name, family in families.items():
        assert name.startswith("svartid_")
        assert family.documentation.endswith("."), name
        assert family.type in ("gauge", "counter", "histogram"), name
        assert all(sample.value == sample.value for sample in family.samples), f"{name}: NaN"
        values(family)


def test_where_nothing_is_known_there_is_no_series() -> None:
    families = scraped(NOTHING)
    counted = [gauge for gauge in gauges(Now) if gauge.series is not LONGEST_WAIT_LIMIT]  # which is configured
    for gauge in (*counted, *gauges(Window)):
        name = gauge.series.name
        is_count = not name.endswith(("_seconds", "_ratio"))
        assert set(values(families[name]).values()) <= ({0} if is_count else set()), name
    assert not families["svartid_window_share_within_ratio"].samples
    assert not families["svartid_feed_silence_seconds"].samples
    assert not families["svartid_reported_waiting"].samples


def test_who_is_not_the_writer_shows_nothing() -> None:
    assert scraped(None) == {}


def test_counters_are_the_totals() -> None:
    families = scraped(SOME)
    assert len(counters(Total)) > 10
    for one in counters(Total):
        total = {labels(line): at(line["total"], one.path) for line in SOME["lines"].values()}
        assert values(families[one.series.name]) == total
    left = {labels(x, reason=why): n for x in SOME["lines"].values() for why, n in x["total"]["left_by_reason"].items()}
    assert values(families["svartid_left"]) == left
    assert values(families["svartid_records_accepted"]) == {frozenset(): SOME["records"]["accepted"]}
    assert values(families["svartid_records_rejected"]) == {frozenset({("reason", "unknown_type")}): 1}


def test_gauges_are_the_documents_in_seconds() -> None:
    families = scraped(SOME)
    for gauge in gauges(Now):
        found = {labels(line): at(line, gauge.path) for line in SOME["lines"].values()}
        known = {where: in_seconds(gauge, n) for where, n in found.items() if n is not None}
        assert values(families[gauge.series.name]) == known, gauge
    windows = [(labels(x, window=name), cell) for x in SOME["lines"].values() for name, cell in x["windows"].items()]
    for gauge in gauges(Window):
        known = {w: in_seconds(gauge, at(c, gauge.path)) for w, c in windows if at(c, gauge.path) is not None}
        assert values(families[gauge.series.name]) == known, gauge


def test_the_histogram_is_the_totals() -> None:
    samples = scraped(SOME)["svartid_wait_seconds"].samples
    for line in SOME["lines"].values():
        own = [s for s in samples if labels(line) <= frozenset(s.labels.items())]
        total = line["total"]
        buckets = [(float(s.labels["le"]) * 1000, s.value) for s in own if s.name.endswith("_bucket")]
        assert buckets[:-1] == [(edge, n) for edge, n in total["wait_histogram"]]
        assert buckets[-1] == (float("inf"), total["answered"])
        assert [s.value for s in own if s.name.endswith("_sum")] == [total["wait_sum_ms"] / 1000]
        assert [s.value for s in own if s.name.endswith("_count")] == [total["answered"]]


def test_every_queue_has_one_status() -> None:
    found = values(scraped(SOME)["svartid_queue_status"])
    for line in SOME["lines"].values():
        assert {s: found[labels(line, status=s)] for s in STATUSES} == {s: float(s == line["status"]) for s in STATUSES}


def test_every_target_has_one_verdict_and_its_figures() -> None:
    families = scraped(SOME)
    verdicts = values(families["svartid_target_verdict"])
    for target in SOME["targets"]:
        of = ("target", target["id"])
        assert {v: verdicts[frozenset({of, ("verdict", v)})] for v in VERDICTS} == {
            v: float(v == target["verdict"]) for v in VERDICTS
        }
        unit, divisor = ("mean_wait_seconds", 1000) if target["measure"] == "mean_wait" else ("share_ratio", 1)
        achieved = values(families[f"svartid_target_{unit}"])
        for stretch in ("window", "today"):
            value = target[stretch]["value"]
            assert achieved.get(frozenset({of, ("stretch", stretch)})) == (None if value is None else value / divisor)
        limit = values(families[f"svartid_target_limit_{unit.rpartition('_')[2]}"])
        assert limit[frozenset({of})] == next(iter(target["limit"].values())) / divisor
    assert {target["verdict"] for target in SOME["targets"]} >= {"ok", "insufficient"}


EIGHT, ONE = document(busy()), document(folded(*visit("a", 3 * MINUTE, ("queue.answered", MINUTE))))
FAMILY = "svartid_answered"


def told(counters: Counters, made: Document) -> float:
    """How many answered the counter says, in all lines together."""
    families = SnapshotCollector(lambda: typed(made), counters).collect()
    return sum(sample.value for family in families if family.name == FAMILY for sample in family.samples)


def again(counters: Counters) -> Counters:
    """As the next writer has them, or the same after a restart."""
    anew = Counters()
    anew.take_over(counters.packed())
    return anew


@pytest.mark.parametrize("then", [lambda counters: counters, again], ids=["goes on", "is started again"])
@pytest.mark.fault(34)
def test_no_counter_falls_when_a_late_fact_corrects_it(then: Callable[[Counters], Counters]) -> None:
    counters = Counters()
    counters.rest_on({"phone-0": "first"})
    assert told(counters, EIGHT) == 8
    counters = then(counters)
    counters.rest_on({"phone-0": "first", "chat-0": "first"})
    assert told(counters, ONE) == 8
    assert told(then(counters), EIGHT) == 8


@pytest.mark.parametrize("then", [lambda counters: counters, again], ids=["goes on", "is started again"])
@pytest.mark.fault(34)
def test_a_counter_of_books_that_began_anew_is_what_they_say(then: Callable[[Counters], Counters]) -> None:
    """After a rebuild from what Kafka still keeps: held at 8, it would stand still until there are nine again."""
    counters = Counters()
    counters.rest_on({"phone-0": "first", "phone-1": "first"})
    assert told(counters, EIGHT) == 8
    counters = then(counters)
    counters.rest_on({"phone-1": "first"})  # the other is shown by nobody for a while
    assert told(counters, ONE) == 8
    counters = then(counters)
    counters.rest_on({"phone-0": "second", "phone-1": "first"})
    assert told(counters, ONE) == 1
