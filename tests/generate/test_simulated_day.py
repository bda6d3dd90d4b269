"""Every query of every panel, rule and runbook, asked of a real Prometheus that scraped a simulated day."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from streams.generate.alerts import Alert, alerts
from streams.generate.provisioning.alerting import query, uid_of
from streams.generate.recording_rules import records
from streams.generate.runbooks import runbooks
from tests.generate.board_files import Query, queries
from tests.generate.simulated import RANGES_S, RATE_INTERVAL_S, Day, simulated
from tests.generate.timeline import CENTRE

pytestmark = pytest.mark.slow

# Where there is no answer, and should be none: a part of what is asked, or of where -> why.
_NOT_STOPPED = "no source is down as planned"
NO_ANSWER = {
    "Definisjoner endret": "they are those of the beginning",
    "Bygges opp": "nothing is rebuilt",
    "kilden: B": _NOT_STOPPED,
    "svartid_planned_stop_until_timestamp_seconds": _NOT_STOPPED,
    "svartid_rebuilding_ratio": "nothing is rebuilt",
    "svartid_letters_overdue) > 0": "no letter of this day is overdue yet",
    "svartid_letters_answered_total[1d] offset 7d": "there was no week before",
    "ALERTS{": "the alerts are evaluated by the test, and not by Prometheus",
}
FIRING = {
    "GraveBreach",
    "TargetBreach",
    "LongestWait",
    "WaitBeyondLimit",
    "Watchdog",
}  # in a surge; with nothing the day before it is no pattern of the year


ALERTS = alerts(CENTRE)
RECORDS = {record.name: record.expr for record in records(CENTRE)}
_SERIES = re.compile(r"\b(?:\w+:)?svartid[\w:]*(?:\{[^}]*\})?|\bup\{[^}]*\}")
SERIES = sorted({name for expr in (*RECORDS.values(), *(a.expr for a in ALERTS)) for name in _SERIES.findall(expr)})
PAGES = [asked for page in runbooks(CENTRE).values() for asked in re.findall(r"```promql\n(.*?)\n```", page, re.DOTALL)]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with simulated(CENTRE, tmp_path_factory.mktemp("day")) as known:
        yield known


@pytest.mark.parametrize("query", queries(), ids=[query.place for query in queries()])
def test_a_panel_is_answered(query: Query, day: Day) -> None:
    expr = query.asked(rate_interval_s=RATE_INTERVAL_S, ranges_s=RANGES_S)
    series = day.at(expr) if query.target.get("instant") else day.up_to_now(expr)
    _is_answered(query.place, series)
    assert "NaN" not in [value for one in series for _, value in one["values"]], expr


@pytest.mark.parametrize("place", RECORDS)
def test_there_is_something_to_record(place: str, day: Day) -> None:
    _is_answered(place, day.at(RECORDS[place]))


@pytest.mark.parametrize("series", SERIES)
def test_every_series_that_a_rule_looks_at_is_there(series: str, day: Day) -> None:
    """With the labels that it is asked for by: a 1 or a 0 that is there in any case, and a record that was made."""
    _is_answered(series, day.at(series))


@pytest.mark.parametrize("alert", ALERTS, ids=uid_of)
def test_an_alert_is_told_where_it_should_be(alert: Alert, day: Day) -> None:
    assert not day.at(alert.expr) or alert.name in FIRING


@pytest.mark.parametrize("name", sorted(FIRING))
def test_what_should_be_told_is(name: str, day: Day) -> None:
    assert any(day.at(alert.expr) for alert in ALERTS if alert.name == name)


@pytest.mark.parametrize("alert", ALERTS, ids=uid_of)
def test_grafanas_rule_says_1_or_0(alert: Alert, day: Day) -> None:
    values = {float(value) for one in day.at(query(alert)) for _, value in one["values"]}
    assert max(values) == bool(day.at(alert.expr))


@pytest.mark.parametrize("asked", PAGES)
def test_what_a_runbook_says_to_look_at_is_there(asked: str, day: Day) -> None:
    _is_answered(asked, day.at(asked))


def test_every_exception_is_of_something_that_is_asked() -> None:
    asked = [*(query.place for query in queries()), *RECORDS, *SERIES, *PAGES]
    assert [part for part in NO_ANSWER if not any(part in one for one in asked)] == []


def _is_answered(place: str, series: list[dict[str, Any]]) -> None:
    why = [reason for part, reason in NO_ANSWER.items() if part in place]
    assert bool(series) != bool(why), f"{place}: {why or 'no answer'}"
