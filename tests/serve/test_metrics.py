"""The metrics as Prometheus reads them: both formats, nothing without data, and counters that never fall.

What each series says is held against the golden day (tests/golden).
"""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from streams.serve.counters import Books, Counters
from streams.serve.metrics import SnapshotCollector
from tests.serve.documents import CENTRE, MINUTE, Document, bot, busy, document, folded, typed, view, visit

Labels = frozenset[tuple[str, str]]
PARSERS: dict[str, Any] = {
    "text": (generate_latest, parse_text),
    "openmetrics": (openmetrics.generate_latest, parse_openmetrics),
}
SOME = document(busy(), bot())
NOTHING = document(view({}, watermark_ms=1))  # one event, long ago


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


UNKNOWN = {  # every mean, age and share, and what the source says, of lines in which nothing has happened
    "svartid_definitions_since_timestamp_seconds",  # they are those of the beginning
    "svartid_planned_stop_until_timestamp_seconds",
    "svartid_oldest_wait_seconds",
    "svartid_waiters_mean_age_seconds",
    "svartid_pressure_seconds",
    "svartid_longest_wait_seconds",
    "svartid_expected_wait_low_seconds",
    "svartid_expected_wait_seconds",
    "svartid_expected_wait_high_seconds",
    "svartid_expected_wait_said_seconds",
    "svartid_expected_wait_withheld",
    "svartid_expected_wait_scored",
    "svartid_expected_wait_mean_error_seconds",
    "svartid_expected_wait_mean_absolute_error_seconds",
    "svartid_expected_wait_rmse_seconds",
    "svartid_expected_wait_rrmse",
    "svartid_expected_wait_longer_share",
    "svartid_expected_wait_too_low_share",
    "svartid_expected_wait_plain_rmse_seconds",
    "svartid_expected_wait_worse_than_plain",
    "svartid_reported_waiting",
    "svartid_reported_more_waiting",
    "svartid_disputed_waiting",
    "svartid_disputed_wait_beyond",
    "svartid_callbacks_oldest_seconds",
    "svartid_talking",  # this and what follows: no line has any
    "svartid_letters_open",
    "svartid_letters_overdue",
    "svartid_letters_oldest_seconds",
    "svartid_conversations",
    "svartid_letters_received",
    "svartid_letters_answered",
    "svartid_letters_within_2_days",
    "svartid_letters_within_3_days",
    "svartid_letters_missed_2_days",
    "svartid_letters_missed_3_days",
    "svartid_window_mean_wait_seconds",
    "svartid_window_max_wait_seconds",
    "svartid_window_mean_conversation_seconds",
    "svartid_window_abandonment_ratio",
    "svartid_window_share_within_ratio",
    "svartid_left",
    "svartid_target_told",
    "svartid_target_told_since_timestamp_seconds",
    "svartid_target_mean_wait_seconds",
    "svartid_target_pressure_seconds",
    "svartid_target_predicted_wait_seconds",
    "svartid_target_share_ratio",
    "svartid_target_pressure_ratio",
    "svartid_target_predicted_share_ratio",
    "svartid_target_longest_wait_seconds",
    "svartid_target_predicted_longest_wait_seconds",
    "svartid_target_waiting_visits",
    "svartid_target_limit_visits",
    "svartid_target_pressure_visits",
    "svartid_target_predicted_waiting_visits",
    "svartid_rebuilding_ratio",
    "svartid_records_rejected",
    "svartid_source_silence_seconds",
    "svartid_source_ahead_seconds",
    "svartid_source_quickest_seconds",
    "svartid_source_counted_queues",
    "svartid_source_fewer_queues",
    "svartid_source_more_queues",
    "svartid_source_difference",
}


def test_where_nothing_is_known_there_is_no_series() -> None:
    assert {name for name, family in scraped(NOTHING).items() if not family.samples} == UNKNOWN


def test_who_is_not_the_writer_shows_nothing() -> None:
    assert scraped(None) == {}


EIGHT, ONE = document(busy()), document(folded(*visit("a", 3 * MINUTE, ("queue.answered", MINUTE))))
FAMILY = "svartid_answered"
FIRST, SECOND = {"phone-0": ("phone", "first")}, {"phone-1": ("phone", "first")}
ANEW = {"phone-0": ("phone", "second")}


def told(counters: Counters, made: Document, channel: str = "phone") -> float:
    """How many answered the counter says, in all lines of a channel together."""
    families = SnapshotCollector(lambda: typed(made), counters).collect()
    samples = (sample for family in families if family.name == FAMILY for sample in family.samples)
    return sum(sample.value for sample in samples if sample.labels["channel"] == channel)


def again(counters: Counters) -> Counters:
    """As the next writer has them, or the same after a restart."""
    anew = Counters(CENTRE.channels)
    anew.take_over(counters.packed(), {})
    return anew


def test_who_takes_over_from_nobody_tells_what_the_books_say() -> None:
    counters = Counters(CENTRE.channels)
    counters.take_over(None, FIRST)
    counters.rest_on(FIRST)
    assert (told(counters, EIGHT), told(counters, ONE)) == (8, 8)


@pytest.mark.parametrize("then", [lambda counters: counters, again], ids=["goes on", "is started again"])
@pytest.mark.fault(34)
def test_no_counter_falls_when_a_late_fact_corrects_it(then: Callable[[Counters], Counters]) -> None:
    counters = Counters(CENTRE.channels)
    counters.rest_on(FIRST)
    assert told(counters, EIGHT) == 8
    counters = then(counters)
    counters.rest_on(FIRST | {"chat-0": ("chat", "first")})
    assert told(counters, ONE) == 8
    assert told(then(counters), EIGHT) == 8


@pytest.mark.parametrize("then", [lambda counters: counters, again], ids=["goes on", "is started again"])
@pytest.mark.fault(34)
def test_a_counter_of_books_that_began_anew_is_what_they_say(then: Callable[[Counters], Counters]) -> None:
    """After a rebuild from what Kafka still keeps: held at 8, it would stand still until there are nine again."""
    counters = Counters(CENTRE.channels)
    counters.rest_on(FIRST | SECOND)
    assert told(counters, EIGHT) == 8
    counters = then(counters)
    counters.rest_on(SECOND)  # the other is shown by nobody for a while
    assert told(counters, ONE) == 8
    counters = then(counters)
    counters.rest_on(ANEW | SECOND)
    assert told(counters, ONE) == 1


@pytest.mark.parametrize("then", [lambda counters: counters, again], ids=["goes on", "is started again"])
@pytest.mark.fault(34)
def test_a_counter_of_another_channel_stays_where_it_is_held(then: Callable[[Counters], Counters]) -> None:
    """One answered chat was a mistake, and the books of the telephone begin anew before another is answered."""
    chat = folded(*visit("c", 3 * MINUTE, ("queue.answered", MINUTE)), channel="chat")
    none = folded(*visit("c", 3 * MINUTE, ("queue.abandoned", MINUTE)), channel="chat")
    counters = Counters(CENTRE.channels)
    counters.rest_on(FIRST | {"chat-0": ("chat", "first")})
    before = document(busy(), chat)
    assert (told(counters, before), told(counters, before, "chat")) == (8, 1)
    counters = then(counters)
    counters.rest_on(ANEW | {"chat-0": ("chat", "first")})
    after = document(folded(*visit("a", 3 * MINUTE, ("queue.answered", MINUTE))), none)
    assert (told(counters, after), told(counters, after, "chat")) == (1, 1)


@pytest.mark.fault(34)
def test_who_takes_over_what_is_older_than_what_it_told_itself_goes_on_with_that() -> None:
    """Redis took no word for a while; what it has still is of before."""
    counters = Counters(CENTRE.channels)
    counters.rest_on(FIRST)
    assert told(counters, ONE) == 1
    before = counters.packed()
    assert told(counters, EIGHT) == 8
    counters.take_over(before, FIRST)
    assert counters.has_news
    assert told(counters, ONE) == 8
    counters.take_over(None, FIRST)
    assert told(again(counters), ONE) == 8

    counters.take_over(before, ANEW)
    assert told(counters, ONE) == 1
    counters.take_over(again_of(EIGHT), ANEW)
    assert told(counters, ONE) == 1, "of the books before"


def test_who_takes_over_what_is_newer_goes_on_with_that() -> None:
    counters = Counters(CENTRE.channels)
    counters.rest_on(FIRST)
    assert told(counters, ONE) == 1
    counters.take_over(again_of(EIGHT), FIRST)
    assert not counters.has_news
    assert told(counters, ONE) == 8
    counters.take_over(again_of(ONE, ANEW), {})
    assert told(counters, ONE) == 1, "its books were begun anew meanwhile, and nobody shows them now"


def again_of(made: Document, books: Books = FIRST) -> bytes:
    """What another writer leaves that told of this."""
    another = Counters(CENTRE.channels)
    another.rest_on(books)
    told(another, made)
    return another.packed()
