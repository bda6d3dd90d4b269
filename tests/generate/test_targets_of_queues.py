"""What is generated of a target of one queue, or of all of a channel: what is told, and what it silences.

Beside a target of the group that the queue is in: neither may speak for the other.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.generate.alertmanager import FILE as ALERTMANAGER
from streams.generate.alertmanager import alertmanager
from streams.generate.alerts import alerts
from streams.generate.boards import dashboards
from streams.generate.files import all_files
from streams.generate.rules import groups
from streams.generate.runbooks import runbooks
from streams.generate.spells import spells
from streams.generate.target_alerts import breach
from streams.generate.words import limit_of, measure_of, promise, queues_of
from streams.generate.years import from_year
from tests.cards import YEAR
from tests.generate.test_alertmanager import _silences, of
from tests.generate.timeline import Case, minutes, promtool_file, rules_for
from tests.generate.tools import run_tool
from tests.promised import of_queue, promising, table

CENTRE = from_year(promising(of_queue("helse-mean", "helse", at_most="7m")), YEAR)
OF_PHONE = from_year(promising(table("phone-mean", at_most="7m")), YEAR)
GROUP = {"channel": "phone", "audience": "personbruker"}
QUEUE = {**GROUP, "queue": "helse"}


def told_of(target: str) -> dict[str, list[float | None]]:
    return {f'svartid_target_told{{instance="a", target="{target}", verdict="breach"}}': minutes((0, 5), (1, 15))}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "told", "silent"),
    [
        ("helse-mean", {"target": "helse-mean", **QUEUE}, "phone-personbruker-mean"),
        ("phone-personbruker-mean", {"target": "phone-personbruker-mean", **GROUP}, "helse-mean"),
    ],
)
def test_the_one_is_told_and_the_other_is_not(broken: str, told: dict[str, str], silent: str, tmp_path: Path) -> None:
    case = Case("TargetBreach", broken, told_of(broken), fires_at=[10, 19], silent_at=[4], labels=told)
    of_both = {"groups": rules_for("TargetBreach", (broken, silent), CENTRE)}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(of_both))
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(promtool_file([case], "rules.yaml", CENTRE), width=1_000_000))
    run_tool("promtool", "test", "rules", tmp_path / "test.yaml")


def test_it_is_told_of_by_the_queue_s_name() -> None:
    spell = next(spell for spell in spells(CENTRE) if spell.target.id == "helse-mean")
    assert queues_of(spell.target, CENTRE.names) == "Telefon personbruker, Helse"
    alert = breach(spell, CENTRE.names)
    assert alert.summary == "Telefon personbruker, Helse: målet brytes nå (snitt høyst 7:00, siste 30 min)"
    labelled = promising(
        of_queue("helse-mean", "helse", at_most="7m"),
        queues=lambda text: text.replace('"arbeid", "helse"', '"arbeid", { id = "helse", label = "Syk" }', 1),
    )
    assert queues_of(spell.target, labelled.names) == "Telefon personbruker, Syk"


RULES = yaml.safe_load(alertmanager(CENTRE)[ALERTMANAGER])["inhibit_rules"]


def paged(name: str, **labels: str) -> dict[str, str]:
    """One that on-call is told of."""
    return of(name, severity="critical", **labels)


def test_no_breach_hides_another_of_the_same_people() -> None:
    one, group = of("TargetBreach", target="helse-mean", **QUEUE), of("TargetBreach", target="all", **GROUP)
    for name in ("TargetBreach", "TargetDrifting", "TargetBudgetBurn"):
        assert not _silences(one, group | {"alertname": name}, RULES)
        assert not _silences(group, one | {"alertname": name}, RULES)
    assert _silences(one, one | {"alertname": "TargetDrifting"}, RULES)


def test_who_waits_for_too_long_is_looked_for_where_the_breach_is_and_nowhere_else() -> None:
    one, group = paged("TargetBreach", target="helse-mean", **QUEUE), paged("TargetBreach", target="all", **GROUP)
    here, beside = of("LongestWait", **QUEUE), of("LongestWait", **{**QUEUE, "queue": "arbeid"})
    assert _silences(one, here, RULES)
    assert not _silences(one, beside, RULES), "nobody looks there"
    assert _silences(group, here, RULES)
    assert _silences(group, beside, RULES)


def test_alertmanager_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(alertmanager(CENTRE)[ALERTMANAGER])
    run_tool("amtool", "check-config", file)


def test_prometheus_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": groups(CENTRE)}))
    run_tool("promtool", "check", "rules", file)


def test_boards_ask_for_the_queue_alone() -> None:
    made = dashboards(CENTRE)
    assert "Telefon personbruker, Helse: snitt" in made["grafana/dashboards/resultatkort.json"]
    assert "var-audience=personbruker&var-queue=helse" in made["grafana/dashboards/koene-na.json"]


BECOMES = '{ id = "helse", until = 2026-06-30 }, { id = "helse", sources = ["helse", "omsorg"], from = 2026-07-01 }'


def test_nothing_else_that_is_generated_changes_for_it() -> None:
    """But for what lists all targets: the other files are as they are without it."""
    with_it, without = (all_files(centre, YEAR) for centre in (CENTRE, from_year(promising(), YEAR)))
    differ = {path.rpartition("/")[2] for path in without if with_it[path] != without[path]}
    assert differ == {
        *(
            "alerts.yaml",
            "rules.yaml",
            "alertmanager.yaml",
            "koene-na.json",
            "resultatkort.json",
            "ett-lofte.json",
        ),
        *("grave-breach.md", "target-breach.md", "target-drifting.md", "target-budget-burn.md"),
    }


# --- all of a channel


@pytest.mark.slow
def test_a_channel_s_breach_is_told_of_all(tmp_path: Path) -> None:
    told = {"target": "phone-mean", "channel": "phone"}
    case = Case("TargetBreach", "of all", told_of("phone-mean"), fires_at=[10, 19], silent_at=[4], labels=told)
    (tmp_path / "rules.yaml").write_text(
        yaml.safe_dump({"groups": rules_for("TargetBreach", ("phone-mean",), OF_PHONE)})
    )
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(promtool_file([case], "rules.yaml", OF_PHONE), width=1_000_000))
    run_tool("promtool", "test", "rules", tmp_path / "test.yaml")
    assert next(alert.summary for alert in alerts(OF_PHONE) if alert.labels == told).startswith("Telefon samlet: ")


def test_a_channel_s_breach_hides_nobody() -> None:
    rules = yaml.safe_load(alertmanager(OF_PHONE)[ALERTMANAGER])["inhibit_rules"]
    breach_of_all = paged("TargetBreach", target="phone-mean", channel="phone")
    for silenced in (of("LongestWait", **QUEUE), of("TargetBreach", target="a", **GROUP)):
        assert not _silences(breach_of_all, silenced, rules)
    assert _silences(of("FeedSilent", channel="phone"), breach_of_all, rules)


# --- of all who were offered an answer

OFFERED = from_year(
    promising(
        of_queue("offered", "helse", "share_within_of_offered", within="3m", at_least=0.75),
        of_queue("met", "helse", "share_within_with_abandons_met", within="3m", at_least=0.8),
        table("lost", "abandonment", audience="personbruker", at_most=0.1),
        table("later", "abandonment_without_short", at_most=0.1),
    ),
    YEAR,
)


OF_A_BUDGET = {"TargetBreach", "TargetDrifting", "TargetBudgetBurn"}


def test_each_share_of_them_has_a_budget() -> None:
    told = {(alert.name, alert.target) for alert in alerts(OFFERED)}
    for id_ in ("offered", "met", "lost", "later"):
        assert {name for name, target in told if target == id_} == OF_A_BUDGET


def test_a_breach_of_who_gives_up_hides_nobody_who_waits() -> None:
    rules = yaml.safe_load(alertmanager(OFFERED)[ALERTMANAGER])["inhibit_rules"]
    waits_long = of("LongestWait", **QUEUE)
    assert not _silences(paged("TargetBreach", target="lost", **GROUP), waits_long, rules)
    assert _silences(paged("TargetBreach", target="phone-personbruker-mean", **GROUP), waits_long, rules)
    for of_offered in ("offered", "met"):
        breach_of_it = paged("TargetBreach", target=of_offered, **QUEUE)
        assert not _silences(breach_of_it, waits_long, rules), "abandons alone may break it"


def test_what_they_are_called() -> None:
    told = {target.id: (measure_of(target), promise(target)) for target in OFFERED.all_targets}
    assert told["offered"][1] == "minst 75 % innen 3 min av alle som fikk svar eller ga opp"
    assert told["met"] == (
        "andel som fikk svar eller ga opp innen 3 min",
        "minst 80 % som fikk svar eller ga opp innen 3 min",
    )
    assert told["lost"] == ("andel som gir opp", "høyst 10 % som gir opp")
    assert told["later"] == ("andel som gir opp, uten korte forsøk", "høyst 10 % som gir opp, uten korte forsøk")
    of_lost = next(alert for alert in alerts(OFFERED) if alert.target == "lost")
    assert of_lost.summary == "Telefon personbruker: målet brytes nå (høyst 10 % som gir opp, siste 30 min)"
    assert of_lost.consequence.startswith("Flere gir opp køen enn lovet.")
    assert "finn køen som drar" in of_lost.action
    for id_ in ("offered", "met"):
        of_it = next(alert for alert in alerts(OFFERED) if alert.target == id_)
        assert of_it.consequence.startswith("Færre får svar i tide enn lovet: noen får det for sent, eller gir opp")
        assert "De som venter nå" not in of_it.consequence
        assert "se på køen" in of_it.action


def test_a_limit_is_never_rounded_and_values_are_as_fine_as_it() -> None:
    fine = promising(
        table("lost", "abandonment", audience="personbruker", at_most=0.025),
        table("within", "share_within", audience="personbruker", within="3m", at_least=0.875),
    )
    told = {target.id: limit_of(target) for target in fine.all_targets}
    assert (told["lost"], told["within"], told["phone-personbruker-share"]) == (
        "høyst 2,5 %",
        "minst 87,5 %",
        "minst 60 %",
    )
    panels = json.loads(dashboards(fine)["grafana/dashboards/resultatkort.json"])["panels"]
    (shares,) = (panel for panel in panels if panel["title"] == "Andeler")
    today, rest = (asked(shares, heading) for heading in ("I dag", "Resten"))
    assert re.search(r'ceil\(1000 \* \(.*target=~"lost\|.*\) - 1e-9', today), "rounded up where it is to be little"
    assert re.search(r"floor\(1000 \* \(.*\|within\|.* or ceil", today), "and down where it is to be much"
    assert re.search(r'floor\(1000 \* \(.*target=~"lost\|.*\) \+ 1e-9', rest), "the other way for what is asked for"
    assert shares["fieldConfig"]["defaults"]["decimals"] == 1


def asked(panel: dict[str, Any], heading: str) -> str:
    """The query of a table's column."""
    (organize,) = (one["options"] for one in panel["transformations"] if one["id"] == "organize")
    (ref,) = (name.removeprefix("Value #") for name, told in organize["renameByName"].items() if told == heading)
    (expr,) = (target["expr"] for target in panel["targets"] if target["refId"] == ref)
    return str(expr)


def test_the_wall_shows_shares_by_the_thresholds_of_groups() -> None:
    """Where a group has no share of its own another group's, and no queue's, which comes first here."""
    centre = promising(of_queue("one", "helse", "share_within", within="20s", at_least=0.5))
    first = centre.model_copy(update={"all_targets": [centre.all_targets[-1], *centre.all_targets[:-1]]})
    assert "Andel innen 20 s" not in dashboards(first)["grafana/dashboards/koene-na.json"]


def test_prometheus_and_alertmanager_take_them(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups(OFFERED)}))
    run_tool("promtool", "check", "rules", tmp_path / "rules.yaml")
    (tmp_path / "alertmanager.yaml").write_text(alertmanager(OFFERED)[ALERTMANAGER])
    run_tool("amtool", "check-config", tmp_path / "alertmanager.yaml")


# --- of journeys, and of promises

IN_ALL = from_year(
    promising(
        table("all", "journey_wait", audience="personbruker", at_most="9m"),
        table("queues", "time_in_queues", audience="personbruker", at_most="8m"),
        table("kept", "callbacks_kept", audience="personbruker", at_least=0.8),
    ),
    YEAR,
)


def test_targets_of_journeys_and_of_promises_have_a_budget_and_hide_nobody_who_waits() -> None:
    told = {(alert.name, alert.target) for alert in alerts(IN_ALL)}
    rules = yaml.safe_load(alertmanager(IN_ALL)[ALERTMANAGER])["inhibit_rules"]
    for id_ in ("all", "queues", "kept"):
        assert {name for name, target in told if target == id_} == OF_A_BUDGET
        assert not _silences(paged("TargetBreach", target=id_, **GROUP), of("LongestWait", **QUEUE), rules)


def test_what_is_to_be_done_where_promises_are_not_kept_is_to_call() -> None:
    (breach,) = (alert for alert in alerts(IN_ALL) if (alert.name, alert.target) == ("TargetBreach", "kept"))
    assert "ringe dem nå" in breach.action
    assert "tilby tilbakeringing" not in breach.action
    assert (
        breach.summary == "Telefon personbruker: målet brytes nå (minst 80 % av tilbakeringingene holdes, siste 30 min)"
    )


def test_what_those_are_called() -> None:
    told = {target.id: promise(target) for target in IN_ALL.all_targets}
    assert told["all"] == "snitt høyst 9:00 fra første kø til et menneske"
    assert told["queues"] == "snitt høyst 8:00 i alle køer til sammen"
    card = dashboards(IN_ALL)["grafana/dashboards/resultatkort.json"]
    assert "snitt i alle køer til sammen" in card and "andel tilbakeringinger som holdes" in card


# --- the longest wait, and how many wait

OF_NOW = from_year(
    promising(
        of_queue("longest", "helse", "longest_wait", at_most="20m"),
        table("many", "waiting", audience="personbruker", at_most=20, severity="warning", hold="5m"),
    ),
    YEAR,
)


def test_targets_of_who_waits_have_no_budget_and_hide_nobody_who_waits() -> None:
    told = {(alert.name, alert.target): alert for alert in alerts(OF_NOW)}
    rules = yaml.safe_load(alertmanager(OF_NOW)[ALERTMANAGER])["inhibit_rules"]
    for id_, whose in (("longest", QUEUE), ("many", GROUP)):
        assert {name for name, target in told if target == id_} == {"TargetBreach", "TargetDrifting"}
        assert not _silences(paged("TargetBreach", target=id_, **whose), of("LongestWait", **QUEUE), rules)
    longest, many = told["TargetBreach", "longest"], told["TargetBreach", "many"]
    assert longest.summary.endswith("målet brytes nå (lengste ventetid høyst 20:00, siste 30 min)")
    assert longest.consequence.startswith("Noen har ventet lenger enn noen skal vente.")
    assert many.summary == "Telefon personbruker: målet brytes nå (høyst 20 som venter, nå)"
    assert (many.severity, many.hold_ms) == ("warning", 300_000)


def test_the_card_of_who_waits() -> None:
    """In seconds and in visits."""
    panels = json.loads(dashboards(OF_NOW)["grafana/dashboards/resultatkort.json"])["panels"]
    units = {panel["title"]: (panel["fieldConfig"]["defaults"]["unit"], json.dumps(panel)) for panel in panels}
    assert units["Ventetid"][0] == "dthms" and "longest" in units["Ventetid"][1]
    assert units["Antall"][0] == "none" and "svartid_promise_limit_visits" in units["Antall"][1]


def test_the_runbook_says_that_they_ask_for_no_sample() -> None:
    page = runbooks(OF_NOW)["deploy/runbooks/target-breach.md"]
    rows = {row.split(" | ")[0].removeprefix("| "): row for row in page.splitlines() if row.startswith("| ")}
    assert rows["longest"].endswith("| 1 på 30 min |")
    assert rows["many"].endswith("| ingen |")


def test_prometheus_and_alertmanager_take_those(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups(OF_NOW)}))
    run_tool("promtool", "check", "rules", tmp_path / "rules.yaml")
    (tmp_path / "alertmanager.yaml").write_text(alertmanager(OF_NOW)[ALERTMANAGER])
    run_tool("amtool", "check-config", tmp_path / "alertmanager.yaml")
