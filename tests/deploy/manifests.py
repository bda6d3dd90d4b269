"""The manifests of the repository, read: NAIS' with their variables, Kubernetes' as kustomize builds them."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = ROOT / ".venv-deploy" / "bin"
STAGES = ("dev", "prod")
_NAIS = ("topics", "valkey", "worker", "web")


class Container(NamedTuple):
    """One that runs svartid."""

    where: str
    command: list[str]
    env: Mapping[str, str | None]  # None where the value is a secret, or of the pod
    ports: set[int]  # its own, and that of each probe
    paths: set[str]  # of the probes
    pre_stop_s: int
    grace_s: int
    replicas: int


def tool(name: str) -> Path:
    """One of those that `make check` installs; without it the test is skipped by name, or fails in CI."""
    found = TOOLS / name
    if not found.exists():
        missing = f"there is no {name} in .venv-deploy: `make test` puts it there, where Go is"
        if os.environ.get("SVARTID_TEST_NO_SKIP") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template of NAIS': `{{name}}` is its value. Fails where a name is unknown."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text)


def nais(stage: str) -> list[dict[str, Any]]:
    """All that is deployed to NAIS, but for the alerts."""
    values = yaml.safe_load((DEPLOY / "nais/vars" / f"{stage}.yaml").read_text()) | {"image": "svartid:1"}
    texts = [(DEPLOY / "nais" / f"{name}.yaml").read_text() for name in _NAIS]
    return [one for text in texts for one in yaml.safe_load_all(filled(text, values))]


@cache
def built(stage: str) -> str:
    """What `kustomize build` makes of an overlay."""
    folder = DEPLOY / "kubernetes" / stage
    return subprocess.run([tool("kustomize"), "build", folder], check=True, capture_output=True, text=True).stdout


def kubernetes(stage: str) -> list[dict[str, Any]]:
    """Its resources."""
    return list(yaml.safe_load_all(built(stage)))


def compose() -> dict[str, Any]:
    """The compose file, as it is."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
    return found


def of_nais(stage: str) -> Iterator[Container]:
    """The containers there."""
    for one in nais(stage):
        if one["kind"] == "Application":
            spec = one["spec"]
            probes = [spec["liveness"], spec["readiness"]]
            yield Container(
                f"nais/{stage}/{one['metadata']['name']}",
                spec["command"],
                {each["name"]: each["value"] for each in spec["env"]},
                {spec["port"]} | {probe.get("port", spec["port"]) for probe in probes},
                {probe["path"] for probe in probes},
                int(spec["preStopHook"]["exec"]["command"][1]),
                spec["terminationGracePeriodSeconds"],
                spec["replicas"]["min"],
            )


def of_kubernetes(stage: str) -> Iterator[Container]:
    """The containers there."""
    resources = kubernetes(stage)
    maps = {one["metadata"]["name"]: one["data"] for one in resources if one["kind"] == "ConfigMap"}
    for one in resources:
        if one["kind"] == "Deployment":
            pod = one["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            named = {port["name"]: port["containerPort"] for port in container["ports"]}
            probes = [container[kind]["httpGet"] for kind in ("livenessProbe", "readinessProbe")]
            env: dict[str, str | None] = {}
            for source in container["envFrom"]:
                env |= maps[source["configMapRef"]["name"]]
            env |= {each["name"]: each.get("value") for each in container["env"]}
            yield Container(
                f"kubernetes/{stage}/{one['metadata']['name']}",
                container["command"],
                env,
                set(named.values()) | {named[probe["port"]] for probe in probes},
                {probe["path"] for probe in probes},
                container["lifecycle"]["preStop"]["sleep"]["seconds"],
                pod["terminationGracePeriodSeconds"],
                one["spec"]["replicas"],
            )


def containers() -> list[Container]:
    """All, of both stages. Skips, or fails, without kustomize."""
    return [one for stage in STAGES for of in (of_nais, of_kubernetes) for one in of(stage)]


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Fails with what it said."""
    ran = subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True)
    if ran.returncode:
        pytest.fail(f"{command}: {ran.stdout}{ran.stderr}")
