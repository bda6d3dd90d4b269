"""What the test of alerts stands on: the plain count, times made shorter, days by hand, settings side by side."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from config import load
from streams.clock import Clock
from streams.generate.rules import groups
from streams.generate.years import from_year
from tests.alerting import systems, waits
from tests.alerting.by_hand import SECOND_MS, Caller, counted, soon, together, told
from tests.alerting.speed import fast_routes, fast_rules, faster
from tests.alerting.truth import broken_since, is_broken, kept_since
from tests.cards import DAY, YEAR
from tests.events import HELSE, sent
from tests.ingest.installation import settings_of
from tests.truth import Events, answers

CENTRE = from_year(load(), YEAR)
MEAN = next(target for target in CENTRE.targets_at(DAY) if target.id == "phone-personbruker-mean")
SHARE = next(target for target in CENTRE.targets_at(DAY) if target.id == "phone-personbruker-share")
M = 60_000
AT = 1_741_082_400_000  # a time of ours
TIMES = ("for", "keep_firing_for", "expr")


@pytest.mark.parametrize(
    ("given", "at_20"), [("2m", "6000ms"), ("1h30m", "270000ms"), ("15s", "1000ms"), ("500ms", "1000ms")]
)
def test_times_become_shorter(given: str, at_20: str) -> None:
    assert faster(given, 20) == at_20


def test_the_rules_differ_in_times_alone() -> None:
    made, fast = groups(CENTRE), yaml.safe_load(fast_rules(CENTRE, Clock(0, 0, 20)))["groups"]
    kept = [[{k: v for k, v in rule.items() if k not in TIMES} for rule in group["rules"]] for group in made]
    assert [[{k: v for k, v in r.items() if k not in TIMES} for r in group["rules"]] for group in fast] == kept
    silent = next(rule for group in fast for rule in group["rules"] if rule.get("alert") == "FeedSilent")
    assert (silent["for"], silent["keep_firing_for"]) == ("6000ms", "6000ms")
    breach = next(rule for group in fast for rule in group["rules"] if rule.get("alert") == "TargetBreach")
    assert not {"for", "keep_firing_for"} & breach.keys(), "svartid's own clock runs fast"


def test_every_route_ends_at_the_webhook() -> None:
    made = yaml.safe_load(fast_routes(CENTRE, 20, "http://hook"))
    assert {hook["url"] for r in made["receivers"] for hook in r["webhook_configs"]} == {
        f"http://hook/{r['name']}" for r in made["receivers"]
    }


def _visits(*visits: tuple[int, int, str]) -> Events:
    """Of (answered at, after so long, queue), in ms."""
    found: Events = []
    for n, (at_ms, wait_ms, queue) in enumerate(visits):
        found.append(sent(at_ms - wait_ms, "queue.entered", str(n), queue))
        found.append(sent(at_ms, "queue.answered", str(n), queue))
    return sorted(found, key=lambda one: one[0])


def test_the_plain_count() -> None:
    long = [(AT + 10 * M + n, 8 * M, "helse") for n in range(MEAN.least_sample)]
    found = answers(_visits(*long, (AT + 10 * M, 1, "nav-kontor")), CENTRE)[MEAN.id]
    assert [wait_s * 1000 for _, wait_s in found] == [8 * M] * len(long)
    assert is_broken(found, MEAN, AT + 11 * M) and not is_broken(found[1:], MEAN, AT + 11 * M)
    assert is_broken(found, MEAN, AT + 10 * M + MEAN.window - 1) and not is_broken(
        found, MEAN, AT + 11 * M + MEAN.window
    )
    assert not is_broken(found, SHARE, AT + 11 * M)  # 8 minutes are too long for the mean, not for the share
    assert broken_since(found, MEAN, AT, AT + 60 * M) == AT + 10 * M + 1000
    assert (
        kept_since(found, MEAN, AT + 11 * M, AT + 60 * M) == AT + 10 * M + MEAN.window
    )  # the first of five has left it


def test_what_days_by_hand_are_made_of() -> None:
    callers = [*soon(HELSE, [AT]), Caller(HELSE, AT, AT + M, is_end_told=False)]
    made = told(callers, "skanning", dated_ms=-M)
    assert [(ms - AT, one["type"], one["occurred_at"] - AT, one["source"]) for ms, one in made] == [
        (0, "queue.entered", -M, "skanning"),
        (0, "queue.entered", -M, "skanning"),
        (10 * SECOND_MS, "queue.answered", 10 * SECOND_MS - M, "skanning"),
    ]
    said = counted([HELSE], callers, [AT + M, AT, AT + 10 * SECOND_MS])
    assert [(ms - AT, one["waiting"]) for ms, one in together(said)] == [(0, 2), (10 * SECOND_MS, 1), (M, 0)]


def test_the_source_of_the_lost_hangups_counts_nobody_from_then_on() -> None:
    said = [one for ms, one in waits.stretch().events if one["type"] == "queue.snapshot" and ms >= waits.DENIED_MS]
    assert {one["waiting"] for one in said if one["queue"] != "internasjonalt"} == {0}


def test_the_half_day_is_one_of_the_phone_alone() -> None:
    hours = systems.stretch().centre.opening_hours
    is_open = {
        channel: [hours.is_open(channel, systems.CLOSES_MS + ms) for ms in (-1, 0)] for channel in ("phone", "chat")
    }
    assert is_open == {"phone": [True, False], "chat": [True, True]}
    assert hours.is_open("phone", systems.CLOSES_MS - 24 * 60 * M)  # as on the day before


def test_stretches_that_are_played_side_by_side_have_settings_of_their_own() -> None:
    names = [f"stretch-{n % 4}" for n in range(200)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(settings_of, [{"SVARTID_NAMESPACE": name} for name in names]))
    assert [one.namespace for one in found] == names
    assert "SVARTID_NAMESPACE" not in os.environ
