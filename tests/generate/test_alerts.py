"""Every alert, as Prometheus evaluates it: when it must be told, and above all when it must not."""

from itertools import groupby
from pathlib import Path

import pytest
import yaml

from streams.generate.alerts import alerts
from tests.generate import (
    cases_budget,
    cases_clocks,
    cases_letters,
    cases_promises,
    cases_service,
    cases_state,
    cases_targets,
    cases_waits,
)
from tests.generate.timeline import CENTRE, Case, promtool_file, rules_for
from tests.generate.tools import run_tool

pytestmark = pytest.mark.slow

CASES: list[Case] = [
    *(*cases_targets.CASES, *cases_budget.CASES, *cases_promises.CASES, *cases_letters.CASES),
    *(*cases_service.CASES, *cases_state.CASES, *cases_waits.CASES, *cases_clocks.CASES),
]
NAMES = sorted({alert.name for alert in alerts(CENTRE)})


@pytest.mark.parametrize("name", NAMES)
def test_it_is_told_when_it_must_be_and_not_otherwise(name: str, tmp_path: Path) -> None:
    of = sorted((case for case in CASES if case.alert == name), key=lambda case: case.step_s)
    targets = {case.labels["target"] for case in of if "target" in case.labels}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": rules_for(name, targets)}))
    for step_s, cases in groupby(of, key=lambda case: case.step_s):
        file = tmp_path / f"{step_s}.yaml"
        file.write_text(yaml.safe_dump(promtool_file(cases, "rules.yaml"), width=1_000_000))
        run_tool("promtool", "test", "rules", file)


def test_every_alert_has_a_case_in_which_it_is_told_and_one_in_which_it_is_not() -> None:
    assert {case.alert for case in CASES if not case.is_silent} == set(NAMES)
    assert {case.alert for case in CASES if case.is_silent} == set(NAMES) - {"Watchdog"}  # it is told always
    assert all(case.silent_at for case in CASES if case.is_silent)


def test_each_case_is_there_once() -> None:
    named = [(case.alert, case.course) for case in CASES]
    assert len(set(named)) == len(named)
