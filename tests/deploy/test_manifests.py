"""What the manifests of deploy/ say, held against schemas and against the program."""

import copy
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import config
from streams.cli.worker import _LAST_WORD_S, GRACE_S
from streams.kafka import CHECKPOINT_TOPIC_CONFIG
from streams.settings import Settings, load
from streams.web.access import why_not
from streams.web.server import GRACE_S as WEB_GRACE_S
from tests.deploy.manifests import (
    DEPLOY,
    STAGES,
    Container,
    built,
    compose,
    containers,
    filled,
    kubernetes,
    nais,
    of_kubernetes,
    run,
    tool,
)
from tests.programs import program

_SCHEMA = yaml.safe_load((Path(__file__).parent / "nais.schema.yaml").read_text())
_GRAFANAS = {"SVARTID_PROMETHEUS_URL", "SVARTID_DASHBOARDS_PATH"}  # grafana/README.md
_ENDS_WITHIN_S = {"worker": 3 * GRACE_S + _LAST_WORD_S, "web": 2 * WEB_GRACE_S}


def check(resource: object) -> None:
    jsonschema.Draft202012Validator(_SCHEMA).validate(resource)


# --- schemas


@pytest.mark.parametrize("stage", STAGES)
def test_nais_takes_each(stage: str) -> None:
    kinds = []
    for resource in nais(stage):
        check(resource)
        kinds.append(resource["kind"])
    assert sorted(set(kinds)) == ["Application", "Topic", "Valkey"]


def test_nais_takes_the_alerts() -> None:
    check(yaml.safe_load((DEPLOY / "nais/alerts.yaml").read_text()))


def test_a_wrong_field_is_refused() -> None:
    (worker, *_) = [one for one in nais("dev") if one["kind"] == "Application"]

    def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        other = copy.deepcopy(worker)
        change(other["spec"])
        return other

    for change in (
        lambda spec: spec.update(readyness=spec["readiness"]),
        lambda spec: spec.update(terminationGracePeriodSeconds=181),
        lambda spec: spec["resources"]["limits"].update(memory="1GB"),
        lambda spec: spec.pop("image"),
    ):
        with pytest.raises(jsonschema.ValidationError):
            check(broken(change))
    with pytest.raises(KeyError):
        filled("{{imagee}}", {"image": "svartid"})


@pytest.mark.parametrize("stage", STAGES)
def test_kubernetes_takes_each(stage: str, tmp_path: Path) -> None:
    file = tmp_path / "built.yaml"
    file.write_text(built(stage))
    run(tool("kubernetes-validate"), "--strict", "--quiet", file)
    file.write_text(built(stage).replace("readinessProbe:", "readynessProbe:"))
    assert (
        subprocess.run([tool("kubernetes-validate"), "--strict", file], check=False, capture_output=True).returncode
        != 0
    )
    assert {one["metadata"]["namespace"] for one in kubernetes(stage)} == {f"svartid-{stage}"}


def test_compose_takes_it() -> None:
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose/compose.yaml")


def test_prometheus_and_alertmanager_take_what_compose_gives_them(tmp_path: Path) -> None:
    (tmp_path / "rules").symlink_to(DEPLOY / "prometheus")
    (tmp_path / "prometheus.yaml").write_text((DEPLOY / "compose/prometheus.yaml").read_text())
    run(program("promtool"), "check", "config", tmp_path / "prometheus.yaml")
    run(program("amtool"), "check-config", DEPLOY / "alertmanager/alertmanager.yaml")
    jobs = [
        one["job_name"] for one in yaml.safe_load((DEPLOY / "compose/prometheus.yaml").read_text())["scrape_configs"]
    ]
    asked = set(re.findall(r'job="([\w-]+)"', (DEPLOY / "prometheus/alerts.yaml").read_text()))
    assert asked and asked <= set(jobs)


def test_what_compose_mounts_is_there() -> None:
    mounted = [
        volume.split(":")[0]
        for service in compose()["services"].values()
        for volume in service.get("volumes", ())
        if volume.startswith(".")
    ]
    assert mounted
    assert [one for one in mounted if not (DEPLOY / "compose" / one).exists()] == []


# --- settings


def test_every_setting_that_is_named_is_one() -> None:
    known = {f"SVARTID_{name.upper()}" for name in Settings.model_fields}
    files = [
        *DEPLOY.glob("nais/**/*.yaml"),
        *DEPLOY.glob("kubernetes/**/*.yaml"),
        *DEPLOY.glob("compose/*.yaml"),
    ]
    named = {name for file in files for name in re.findall(r"\bSVARTID_[A-Z_]+\b", file.read_text())}
    assert len(named) > 10 and named - known - _GRAFANAS == set()


def test_all_values_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the settings themselves, as the program has them."""
    for one in containers():
        with monkeypatch.context() as patched:
            for name, value in one.env.items():
                if value is not None:
                    patched.setenv(name, value)
            settings = load()
        listens = (settings.host, settings.port)
        if one.command == ["svartid", "web"]:
            assert why_not(settings) is None, one.where
            listens = (settings.web_host, settings.web_port)
            assert settings.web_identity_header and settings.web_proxies, one.where
        assert (listens[0], {listens[1]}) == ("0.0.0.0", one.ports), one.where
        assert settings.log_format == "json", one.where


def test_secrets_are_not_in_them() -> None:
    secret = {name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    for one in containers():
        given = {name for name, value in one.env.items() if value}
        assert not given & {f"SVARTID_{name.upper()}" for name in secret}, one.where


# --- how it starts and ends


def test_probes_and_grace_fit_the_program() -> None:
    for one in containers():
        assert one.command[0] == "svartid" and one.command[1:] in (["worker"], ["web"]), one.where
        assert one.paths == {"/isalive", "/isready"}, one.where
        assert one.grace_s >= one.pre_stop_s + _ENDS_WITHIN_S[one.command[1]] + 5, one.where
        assert one.replicas >= 2, one.where
    for name, least in _ENDS_WITHIN_S.items():
        grace = compose()["services"][name]["stop_grace_period"]
        assert int(grace.removesuffix("s")) >= least + 5, name


def _policies() -> Iterator[tuple[Container, dict[str, Any]]]:
    for stage in STAGES:
        policies = {one["metadata"]["name"]: one for one in kubernetes(stage) if one["kind"] == "NetworkPolicy"}
        for one in of_kubernetes(stage):
            yield one, policies[one.where.split("/")[-1]]


def test_the_policies_open_the_port_that_there_is() -> None:
    for one, policy in _policies():
        opened = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
        assert opened == one.ports, one.where


def test_compose_publishes_on_loopback_alone() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


# --- topics


def test_topics_are_as_the_worker_needs_them() -> None:
    events = set(config.load_channels().topics.values())
    for stage in STAGES:
        topics = {one["metadata"]["name"]: one["spec"]["config"] for one in nais(stage) if one["kind"] == "Topic"}
        fields = Settings.model_fields
        assert set(topics) == events | {fields["rejected_topic"].default, fields["checkpoint_topic"].default}
        kept = topics[fields["checkpoint_topic"].default]
        assert (kept["cleanupPolicy"], kept["partitions"]) == (CHECKPOINT_TOPIC_CONFIG["cleanup.policy"], 1)
        assert kept["segmentHours"] * 3_600_000 == int(CHECKPOINT_TOPIC_CONFIG["segment.ms"])
        assert kept["minCleanableDirtyRatioPercent"] / 100 == float(
            CHECKPOINT_TOPIC_CONFIG["min.cleanable.dirty.ratio"]
        )
        assert all(topics[name]["cleanupPolicy"] == "delete" for name in events)
        assert all(topics[name]["retentionHours"] >= 400 * 24 for name in events)
        (worker, _) = [one for one in nais(stage) if one["kind"] == "Application"]
        given = next(one["value"] for one in worker["spec"]["env"] if one["name"] == "SVARTID_TOPICS")
        assert {f"kontaktsenter.{name}" for name in events} == set(yaml.safe_load(given).values())
