"""What is generated before a New Year holds after it: each promise is judged in its own spell, by Prometheus, too.

To promtool time begins in 1970, so that is where its cards meet.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from typer.testing import CliRunner

from config import Centre
from streams import cli
from streams.cli.app import app
from streams.generate.alertmanager import FILE, alertmanager
from streams.generate.alerts import alerts
from streams.generate.boards import dashboards
from streams.generate.closed import mute_timings, mutes_of_channel, mutes_of_target
from streams.generate.files import all_files, checked, write
from streams.generate.rules import ALERTS, RECORDS, groups
from streams.generate.spells import by_id, spells
from streams.generate.years import from_year, years_until
from tests.cards import DAY, YEAR, Edit, split, two_cards
from tests.generate.tools import run_tool

cli.load("generate")
NAME, SAME = "phone-personbruker-mean", "phone-samhandler-mean"
OSLO = ZoneInfo("Europe/Oslo")
NEXT = date(YEAR + 1, 1, 1)


def early(changes: date) -> Centre:
    """What is generated of two cards that meet on a day of 1970, where no configuration may have them."""
    centre = two_cards()
    ends, begins = {"until": changes - timedelta(days=1)}, {"from_": changes}
    of = {name: card.model_copy(update=ends if name == "2026" else begins) for name, card in centre.cards.items()}
    return from_year(centre.model_copy(update={"cards": of}), 1970)


# --- spells


@pytest.mark.parametrize("edit", [str, split, lambda text: text.replace("from = 2027-01-01", "from = 2027-01-05")])
def test_on_each_day_the_term_that_holds_is_what_is_in_force(edit: Edit) -> None:
    centre = two_cards(edit)
    for day in (date(2026, 6, 25) + timedelta(days=n) for n in range(200)):
        held = [spell.target for spell in spells(centre) if spell.days.holds(day)]
        assert {t.id: t.promise for t in held} == {t.id: t.promise for t in centre.targets_at(day)}
        assert len(held) == len({target.id for target in held})


def test_a_promise_that_stays_as_it_is_is_one_term_over_the_cards() -> None:
    of = by_id(from_year(two_cards(), YEAR))
    assert [len(of[id_]) for id_ in (NAME, SAME)] == [2, 1]
    (same,) = of[SAME]
    assert (same.from_s, same.to_s, same.only("up")) == (None, None, "up")
    old, new = of[NAME]
    assert (old.from_s, old.to_s, new.from_s, new.to_s) == (None, 1_798_758_000, 1_798_758_000, None)
    assert (old.in_words, new.in_words) == (" (til 31.12.2026)", " (fra 1.1.2027)")


def test_what_is_over_before_a_year_is_not_made_in_it() -> None:
    centre = two_cards()
    told = {
        year: {alert.about for alert in alerts(from_year(centre, year)) if alert.target} for year in range(2026, 2029)
    }
    assert told[2026] - told[2027] == {NAME}
    assert told[2027] - told[2026] == set()
    assert told[2028] == {target.id for target in centre.targets_at(NEXT)}
    assert from_year(centre, 2028).shown_edges_ms == centre.shown_edges_ms, "by which figures are shown all the same"


# --- files


def test_files_of_both_cards_are_well_formed(tmp_path: Path) -> None:
    write(all_files(two_cards(split), YEAR), tmp_path)
    for file in (RECORDS, ALERTS):
        run_tool("promtool", "check", "rules", tmp_path / file)
    run_tool("amtool", "check-config", tmp_path / FILE)
    card = dashboards(from_year(two_cards(split), YEAR))["grafana/dashboards/resultatkort.json"]
    assert "(høyst 7:00 (til 30.6.2026), høyst 6:00 (fra 1.7.2026 til 31.12.2026), høyst 6:30 (fra 1.1.2027))" in card


@pytest.mark.slow
def test_what_was_made_in_an_earlier_year_is_no_drift_and_what_will_be_next_year_is(tmp_path: Path) -> None:
    centre = two_cards()
    assert list(years_until(centre, 2031)) == [2031, 2027, 2026]
    write(all_files(centre, 2026), tmp_path)
    assert not checked(centre, 2031, tmp_path)[1]
    write(all_files(centre, 2027), tmp_path)
    assert checked(centre, 2026, tmp_path)[1]


@pytest.mark.slow
def test_the_command_makes_those_of_a_year(tmp_path: Path) -> None:
    def run(*arguments: str) -> int:
        return CliRunner().invoke(app, ["generate", "--into", str(tmp_path), *arguments]).exit_code

    assert (run("--year", "2026"), run("--check"), run("--check", "--year", "2024")) == (0, 0, 1)


# --- Prometheus


def promtool(folder: Path, rules: Iterable[Mapping[str, Any]], test: dict[str, Any]) -> None:
    """Holds rules, all evaluated in order, against what they must say."""
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": list(rules)}]}))
    file = {"rule_files": ["rules.yaml"], "evaluation_interval": test["interval"], "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(file, width=1_000_000))
    run_tool("promtool", "test", "rules", folder / "test.yaml")


def all_rules(centre: Centre) -> list[dict[str, Any]]:
    return [dict(rule) for group in groups(centre) for rule in group["rules"]]


@pytest.mark.slow
@pytest.mark.parametrize(("target", "is_changed"), [(NAME, True), (SAME, False)])
def test_a_breach_is_told_on_both_sides_of_the_night(target: str, is_changed: bool, tmp_path: Path) -> None:
    """Of a promise that changes, in the words of each, at once; of one that does not, as if there were no night."""
    change = 23 * 60  # minutes: midnight in Oslo on the 2nd of January
    of = [
        rule
        for rule in all_rules(early(date(1970, 1, 2)))
        if rule.get("alert") == "TargetBreach" and rule["labels"]["target"] == target
    ]
    old, *new = [{"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]} for rule in of]
    assert len(new) == is_changed and not old["exp_labels"].get("from")
    at = {change - 1: [old], change + 1: new or [old], change + 10: new or [old]}
    test = {
        "interval": "15s",
        "input_series": [
            {
                "series": f'svartid_target_told{{instance="a", target="{target}", verdict="breach"}}',
                "values": f"1x{(change + 30) * 4}",
            }
        ],
        "alert_rule_test": [
            {"eval_time": f"{minute}m", "alertname": "TargetBreach", "exp_alerts": told} for minute, told in at.items()
        ],
    }
    promtool(tmp_path, of, test)


@pytest.mark.slow
def test_a_budget_is_told_of_by_the_spell_s_own_scorecards(tmp_path: Path) -> None:
    """That of before the night is told on for its half hour, and that of after it when all that it asks for is its."""
    change = 23 * 60  # minutes: midnight in Oslo on the 2nd of January
    of = [
        rule
        for rule in all_rules(early(date(1970, 1, 2)))
        if rule.get("alert") == "TargetBudgetBurn" and rule["labels"]["target"] == NAME
    ]
    old, new = [{"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]} for rule in of]
    at = {change - 1: [old], change + 14: [old], change + 16: [old, new], change + 28: [old, new], change + 31: [new]}
    scrapes = (change + 60) * 4
    test = {
        "interval": "15s",
        "input_series": [
            {"series": f'svartid_promise_burn_too_fast{{instance="a", target="{NAME}"}}', "values": f"1x{scrapes}"},
            {"series": 'svartid_scorecard_as_of_timestamp_seconds{instance="a"}', "values": f"0+15x{scrapes}"},
        ],
        "alert_rule_test": [
            {"eval_time": f"{minute}m", "alertname": "TargetBudgetBurn", "exp_alerts": told}
            for minute, told in at.items()
        ],
    }
    promtool(tmp_path, of, test)


# --- who is told when


def _mutes(interval: Mapping[str, Any], at: datetime) -> bool:
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    listed = {"years": at.year, "months": at.month, "days_of_month": at.day}
    clock = f"{at:%H:%M}"
    return (
        ("weekdays" not in interval or names[at.weekday()] in interval["weekdays"])
        and ("times" not in interval or any(t["start_time"] <= clock < t["end_time"] for t in interval["times"]))
        and all(any(_holds(text, n) for text in interval[of]) for of, n in listed.items() if of in interval)
    )


def _holds(text: str, n: int) -> bool:
    first, _, last = text.partition(":")
    return int(first) <= n <= int(last or first)


def test_nobody_is_told_of_the_budget_while_it_is_closed_by_the_hours_of_the_day() -> None:
    def queues(text: str) -> str:
        stretches = (
            '{ hours = "Mon-Fri 09:00-15:00", until = 2026-11-13 }',
            '{ hours = "Mon-Sat 08:00-12:00", from = 2026-11-16, until = 2028-02-28 }',
            '{ hours = "Mon-Fri 10:00-15:30", from = 2028-02-29 }',
        )
        return text.replace('phone = "Mon-Fri 09:00-15:00"', f"phone = [{', '.join(stretches)}]")

    def targets(text: str) -> str:
        return text.replace('at_most = "390s"', 'at_most = "390s"\nhours = "Mon-Sun 07:00-21:00"', 1)

    centre = from_year(two_cards(targets, queues), YEAR)
    timings = {timing["name"]: timing["time_intervals"] for timing in mute_timings(centre)}
    of_channel, of_target = (
        [interval for name in names for interval in timings[name]]
        for names in (mutes_of_channel("phone", centre), mutes_of_target(NAME, centre))
    )
    own = [target for target in centre.all_targets if target.id == NAME]
    near = (date(2026, 11, 14), NEXT, date(2028, 2, 29))
    every = (DAY + timedelta(days=n) for n in range(1200))
    for day in (day for n, day in enumerate(every) if n % 13 == 0 or any(abs((day - one).days) < 8 for one in near)):
        for clock in ("07:30", "08:30", "11:30", "14:30", "15:15", "20:00"):
            at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=OSLO)
            (target,) = (one for one in own if one.holds(day))
            for intervals, key in ((of_channel, "phone"), (of_target, target.hours_key)):
                is_open = centre.opening_hours.is_open(key, round(at.timestamp() * 1000))
                assert any(_mutes(interval, at) for interval in intervals) != is_open, (key, at)


def test_alertmanager_takes_hours_by_date(tmp_path: Path) -> None:
    first, then = "Mon-Fri 09:00-15:00", "Mon-Fri 08:00-15:00"
    dated = f'[{{ hours = "{first}", until = 2026-11-13 }}, {{ hours = "{then}", from = 2027-02-10 }}]'
    centre = from_year(two_cards(queues=lambda text: text.replace(f'"{first}"', dated, 1)), YEAR)
    (tmp_path / "alertmanager.yaml").write_text(alertmanager(centre)[FILE])
    run_tool("amtool", "check-config", tmp_path / "alertmanager.yaml")
