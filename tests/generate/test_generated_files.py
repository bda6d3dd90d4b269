"""What is checked in is what would be made, and the programs that read it take it."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import streams.cli  # noqa: F401  # every command joins
from streams.cli.app import app
from streams.generate.alertmanager import FILE as ALERTMANAGER
from streams.generate.alerts import alerts
from streams.generate.files import all_files, drift, write
from streams.generate.rules import NAIS, PLAIN
from tests.generate.timeline import CENTRE
from tests.generate.tools import run_tool

ROOT = Path(__file__).parents[2]
MADE = all_files(CENTRE)
BANK = ROOT / "config/bank"


def test_what_is_checked_in_is_what_would_be_made() -> None:
    found = drift(MADE, ROOT)
    assert not found, f"run `svartid generate`: {found}"


def test_prometheus_takes_the_rules() -> None:
    run_tool("promtool", "check", "rules", ROOT / PLAIN)


def test_alertmanager_takes_its_configuration() -> None:
    run_tool("amtool", "check-config", ROOT / ALERTMANAGER)


def test_nais_has_the_same_groups_as_the_plain_file() -> None:
    nais = yaml.safe_load(MADE[NAIS])
    assert (nais["apiVersion"], nais["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert nais["spec"] == yaml.safe_load(MADE[PLAIN])


def test_every_alert_says_what_on_call_needs() -> None:
    rules = [rule for group in yaml.safe_load(MADE[PLAIN])["groups"] for rule in group["rules"] if "alert" in rule]
    assert len(rules) == len(alerts(CENTRE))
    for rule in rules:
        assert {"severity", "namespace"} <= set(rule["labels"])
        assert set(rule["annotations"]) == {"summary", "consequence", "action", "runbook_url", "dashboard_url"}
        assert all(rule["annotations"].values())


def test_every_kind_of_alert_has_a_page_and_every_page_an_alert() -> None:
    linked = {f"deploy/runbooks/{url.rpartition('/')[2]}" for url in re.findall(r"runbook_url: (\S+)", MADE[PLAIN])}
    assert linked == {path for path in MADE if path.startswith("deploy/runbooks/")}
    assert {path.stem for path in (ROOT / "streams/generate/pages").iterdir()} == {Path(path).stem for path in linked}


def test_every_link_to_a_board_has_its_board() -> None:
    linked = {url.rpartition("/")[2] for url in re.findall(r"dashboard_url: (\S+)", MADE[PLAIN])}
    boards = "".join(text for path, text in MADE.items() if path.startswith("grafana/dashboards/"))
    assert linked == {uid for uid in linked if f'"uid": "{uid}"' in boards}


def test_prometheus_takes_the_queries_of_the_runbooks(tmp_path: Path) -> None:
    pages = [text for path, text in MADE.items() if path.startswith("deploy/runbooks/")]
    queries = [query for text in pages for query in re.findall(r"```promql\n(.*?)\n```", text, re.DOTALL)]
    assert len(queries) > 2 * len(pages)
    rules = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(queries)]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}))
    run_tool("promtool", "check", "rules", tmp_path / "queries.yaml")


def test_runbooks_say_the_same_five_things() -> None:
    for path, text in MADE.items():
        if path.startswith("deploy/runbooks/"):
            headings = re.findall(r"^## (.*)", text, re.MULTILINE)
            assert headings == ["Hva det betyr", "Hva det gjør", "Se på", "Gjør", "Når det slutter"], path
            assert "**Med folk:**" in text and "**Med året:**" in text, path


@pytest.mark.parametrize("folder", [None, BANK])
def test_the_command_writes_all_of_it_and_then_finds_nothing_to_do(folder: Path | None, tmp_path: Path) -> None:
    config = ["--config", str(folder)] if folder else []
    assert CliRunner().invoke(app, ["generate", "--into", str(tmp_path), *config]).exit_code == 0
    assert CliRunner().invoke(app, ["generate", "--check", "--into", str(tmp_path), *config]).exit_code == 0
    run_tool("promtool", "check", "rules", tmp_path / PLAIN)
    run_tool("amtool", "check-config", tmp_path / ALERTMANAGER)


def test_check_names_what_differs_lacks_and_is_left_over(tmp_path: Path) -> None:
    write(MADE, tmp_path)
    (tmp_path / PLAIN).write_text("groups: []\n")
    (tmp_path / NAIS).unlink()
    left_over = "deploy/runbooks/gone.md"
    (tmp_path / left_over).write_text("")
    checked = CliRunner().invoke(app, ["generate", "--check", "--json", "--into", str(tmp_path)])
    assert checked.exit_code == 1
    assert yaml.safe_load(checked.stdout) == {
        "files": len(MADE),
        "differs": [PLAIN],
        "lacks": [NAIS],
        "left_over": [left_over],
    }
    assert (tmp_path / left_over).exists() and not (tmp_path / NAIS).exists()
    write(MADE, tmp_path)
    assert not drift(MADE, tmp_path)


def test_a_wrong_configuration_generates_nothing(tmp_path: Path) -> None:
    config, into = tmp_path / "config", tmp_path / "into"
    config.mkdir()
    for name in ("queues.toml", "targets.toml"):
        (config / name).write_text((ROOT / "config" / name).read_text().replace('at_most = "7m"', 'at_most = "-7m"'))
    done = CliRunner().invoke(app, ["generate", "--config", str(config), "--into", str(into)])
    assert done.exit_code != 0 and "at_most" in str(done.exception)
    assert not into.exists()


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("streams.generate")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "yaml", None)
    done = CliRunner().invoke(app, ["generate", "--check"])
    assert "svartid[generate]" in str(done.exception)
