"""What is checked in is what would be made, and the programs that read it take it."""

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from typer.testing import CliRunner

from streams import cli
from streams.cli.app import app
from streams.generate.alertmanager import FILE as ALERTMANAGER
from streams.generate.alerts import Alert, alerts
from streams.generate.boards import dashboards
from streams.generate.files import all_files, drift, write
from streams.generate.marks import FOLDERS, MARK, revisions
from streams.generate.recording_rules import REVISION
from streams.generate.rules import ALERTS, NAIS, RECORDS
from streams.generate.state_alerts import CHECKPOINT_OLD_MS
from streams.settings import Settings
from tests.answers import answered
from tests.cards import YEAR
from tests.generate.timeline import CENTRE
from tests.generate.tools import run_tool

cli.load("generate")
ROOT = Path(__file__).parents[2]
MADE = all_files(CENTRE, YEAR)
BANK = ROOT / "config/bank"
TOLD = [rule for group in yaml.safe_load(MADE[ALERTS])["groups"] for rule in group["rules"]]
BOARDS = {board["uid"]: board for board in map(json.loads, dashboards(CENTRE).values())}


def test_what_is_checked_in_is_what_would_be_made() -> None:
    found = drift(MADE, ROOT)
    assert not found, f"run `svartid generate`: {found}"


@pytest.mark.parametrize("file", [RECORDS, ALERTS])
def test_prometheus_takes_the_rules(file: str) -> None:
    run_tool("promtool", "check", "rules", ROOT / file)


def test_alertmanager_takes_its_configuration() -> None:
    run_tool("amtool", "check-config", ROOT / ALERTMANAGER)


def groups(file: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = yaml.safe_load(MADE[file])["groups"]
    return listed


def test_nais_has_the_same_groups_as_the_plain_files(tmp_path: Path) -> None:
    nais = yaml.safe_load(MADE[NAIS])
    assert (nais["apiVersion"], nais["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert nais["spec"] == {"groups": [*groups(RECORDS), *groups(ALERTS)]}
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(nais["spec"]))
    run_tool("promtool", "check", "rules", tmp_path / "spec.yaml")


def test_records_and_alerts_can_be_had_one_without_the_other() -> None:
    assert all("record" in rule and "alert" not in rule for group in groups(RECORDS) for rule in group["rules"])
    assert all("alert" in rule and "record" not in rule for group in groups(ALERTS) for rule in group["rules"])


def test_every_alert_says_what_on_call_needs() -> None:
    assert len(TOLD) == len(alerts(CENTRE))
    for rule in TOLD:
        assert {"severity", "namespace"} <= set(rule["labels"])
        assert set(rule["annotations"]) == {"summary", "consequence", "action", "runbook_url", "dashboard_url"}
        assert all(rule["annotations"].values())


def test_every_kind_of_alert_has_a_page_and_every_page_an_alert() -> None:
    linked = {f"deploy/runbooks/{rule['annotations']['runbook_url'].rpartition('/')[2]}" for rule in TOLD}
    assert linked == {path for path in MADE if path.startswith("deploy/runbooks/")}
    assert {path.stem for path in (ROOT / "streams/generate/pages").iterdir()} == {Path(path).stem for path in linked}


@pytest.mark.parametrize("alert", alerts(CENTRE), ids=lambda alert: f"{alert.name}-{alert.about}")
def test_an_alert_links_to_its_board_and_to_what_it_is_about_there(alert: Alert) -> None:
    """With plain ids for labels it is a valid address, of a board that is there and has the variables it is given."""
    rule = next(r for r in TOLD if r["alert"] == alert.name and r["labels"].items() >= alert.labels.items())
    filled = re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"an-id-of-\1", rule["annotations"]["dashboard_url"])
    link = urlsplit(filled)
    assert re.fullmatch(r"[\w:/?&=.~-]+", filled), filled
    assert filled.startswith(f"{CENTRE.alerts.dashboard_url}/")
    board = BOARDS[link.path.rpartition("/")[2]]
    given = parse_qs(link.query, strict_parsing=bool(link.query))
    variables = {f"var-{variable['name']}": variable for variable in board["templating"]["list"]}
    assert all(variables[name]["type"] == "query" and variables[name]["multi"] for name in given)
    assert given == {name: [f"an-id-of-{name.removeprefix('var-')}"] for name in given}
    of_queues = {"var-channel", "var-audience", "var-queue"}
    assert set(given) == (of_queues & set(variables)), "what the board can be set to, it is set to"


def test_prometheus_takes_the_queries_of_the_runbooks(tmp_path: Path) -> None:
    pages = [text for path, text in MADE.items() if path.startswith("deploy/runbooks/")]
    queries = [query for text in pages for query in re.findall(r"```promql\n(.*?)\n```", text, re.DOTALL)]
    assert len(queries) > 2 * len(pages)
    rules = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(queries)]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}))
    run_tool("promtool", "check", "rules", tmp_path / "queries.yaml")


def test_no_runbook_takes_what_survives_restarts_for_restarted() -> None:
    """`streams/generate/recording_rules.py` says why: a correction by one would count all of history again."""
    pages = " ".join(text for path, text in MADE.items() if path.startswith("deploy/runbooks/"))
    restarting = re.findall(r"\b(?:i?rate|increase|resets)\((\w+)", pages)
    assert restarting
    assert all(name.startswith(("svartid_worker_", "process_")) for name in restarting)


def test_a_checkpoint_is_old_after_three_times_the_wait_for_one() -> None:
    assert 3 * 1000 * Settings.model_fields["checkpoint_every_s"].default == CHECKPOINT_OLD_MS


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
    for file in (RECORDS, ALERTS):
        run_tool("promtool", "check", "rules", tmp_path / file)
    run_tool("amtool", "check-config", tmp_path / ALERTMANAGER)


def test_check_names_what_differs_lacks_and_is_left_over(tmp_path: Path) -> None:
    write(MADE, tmp_path)
    (tmp_path / ALERTS).write_text("groups: []\n")
    (tmp_path / NAIS).unlink()
    left_over = ["deploy/prometheus/rules.yaml", "deploy/runbooks/gone.md"]
    for path in left_over:
        (tmp_path / path).write_text(f"{MARK}groups: []\n")
    checked = CliRunner().invoke(app, ["generate", "--check", "--json", "--into", str(tmp_path)])
    assert checked.exit_code == 1
    assert answered("generate", checked.stdout) == {
        "files": len(MADE),
        "differs": [ALERTS],
        "lacks": [NAIS],
        "left_over": left_over,
    }
    assert all((tmp_path / path).exists() for path in left_over) and not (tmp_path / NAIS).exists()
    write(MADE, tmp_path)
    assert not drift(MADE, tmp_path)


def of_revision(revision: int) -> dict[str, str]:
    return all_files(CENTRE.model_copy(update={"revision": revision}), YEAR)


def test_every_file_names_the_revision_that_it_is_made_of_where_there_is_one(tmp_path: Path) -> None:
    for revision in (0, 1, 23):
        write(of_revision(revision), tmp_path)
        assert revisions(tmp_path) == dict.fromkeys(MADE, revision)
        named = {
            path for path, text in of_revision(revision).items() if re.search(rf"(?i:revis[ij]on) {revision}\b", text)
        }
        assert named >= (set(MADE) if revision else set())
    assert not [path for path, text in of_revision(0).items() if re.search(r"Revision \d|revisjon \d", text)]
    tags = json.loads(of_revision(23)["grafana/dashboards/koene-na.json"])["tags"]
    assert tags == ["svartid", "revisjon 23"]
    (tmp_path / "grafana/dashboards/koene-na.json").write_text('{"uid": "svartid-koene-na", "tags": ["revisjon x", 7]}')
    assert revisions(tmp_path)["grafana/dashboards/koene-na.json"] == 0


def test_rules_record_the_revision_and_tell_where_another_holds() -> None:
    (recorded,) = [
        rule
        for group in yaml.safe_load(of_revision(23)[RECORDS])["groups"]
        for rule in group["rules"]
        if rule["record"] == REVISION
    ]
    assert recorded == {"record": REVISION, "expr": "vector(23)"}
    for path in (ALERTS, NAIS, "grafana/provisioning/alerting/rules.yaml"):
        assert "max(svartid_configuration_revision) != 23\n" in of_revision(23)[path], path


def test_what_is_somebody_elses_is_left_where_it_is(tmp_path: Path) -> None:
    theirs = {
        "deploy/prometheus/mine.yaml": "groups: []\n",
        "deploy/runbooks/ours.md": f"# Vår egen\n{MARK}",
        "grafana/dashboards/mine.json": '{"uid": "mine"}',
        "grafana/dashboards/broken.json": "{",
        "grafana/dashboards/list.json": "[]",
        "grafana/provisioning/alerting/mine.yaml": "",
    }
    made_before = {"grafana/dashboards/gone.json": '{"uid": "svartid-gone"}', "deploy/runbooks/gone.md": f"<!-- {MARK}"}
    for path, text in (theirs | made_before).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert write(MADE, tmp_path).left_over == sorted(made_before)
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in theirs} == theirs
    assert not drift(MADE, tmp_path)


def test_all_that_is_made_can_be_told_from_what_is_not(tmp_path: Path) -> None:
    """So that it is removed when it is made no more."""
    write(MADE, tmp_path)
    assert drift({}, tmp_path).left_over == [path for path in MADE if path.startswith(FOLDERS)]


def test_no_query_of_a_runbook_is_of_one_target_or_queue() -> None:
    """The page is the same whichever alert it is opened from."""
    pages = [text for path, text in MADE.items() if path.startswith("deploy/runbooks/")]
    queries = [query for text in pages for query in re.findall(r"```promql\n(.*?)\n```", text, re.DOTALL)]
    assert not [query for query in queries if re.search(r"\b(target|channel|audience|queue)=", query)]


def test_what_on_call_reads_is_of_no_centre_in_particular() -> None:
    pages = [text for path, text in MADE.items() if path.startswith("deploy/runbooks/")]
    texts = pages + [text for rule in TOLD for text in rule["annotations"].values()]
    assert not [text for text in texts if re.search(r"\bNAV\b|\bNav\b|\bnav\.no\b", text)]


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("streams.generate")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "yaml", None)
    done = CliRunner().invoke(app, ["generate", "--check"])
    assert "svartid[generate]" in str(done.exception)
