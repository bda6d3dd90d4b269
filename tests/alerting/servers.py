"""A real Prometheus and a real Alertmanager as local parts: free ports, files in a folder, ended by their own ids."""

import json
import os
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from streams.local.ports import free_ports
from streams.local.process import Part

_PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yaml]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["{alertmanager}"]}}]
scrape_configs:
  - job_name: svartid
    static_configs: [{{targets: ["127.0.0.1:{worker}"]}}]
"""
PACKAGES = {"prometheus": ("prometheus",), "prometheus-alertmanager": ("prometheus-alertmanager", "alertmanager")}


def binary(package: str) -> str:
    """Where a Debian package's program is; skips where it is missing, or fails where nothing may be skipped."""
    found = next(filter(None, map(shutil.which, PACKAGES[package])), None)
    if found is None:
        missing = f"there is no {PACKAGES[package][0]} on the PATH (Debian has it in the package {package})"
        if os.environ.get("SVARTID_TEST_NO_SKIP") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class _Served(Part):
    def answers(self) -> bool:
        """Whether it says that it is ready."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Prometheus(_Served):
    """Scrapes one worker, evaluates the rules, tells one Alertmanager; each second.

    It takes some 5 s to find what it scrapes, as it would at any speed of ours: until then it is given no rules.
    """

    name = "Prometheus"

    def __init__(self, folder: Path, rules: str, worker_port: int, alertmanager: str) -> None:
        super().__init__(folder, *free_ports(1))
        self._rules = rules
        self._configuration = _PROMETHEUS.format(alertmanager=alertmanager, worker=worker_port)

    def command(self) -> list[str]:
        """Writes its files, names the program."""
        (self.folder / "rules.yaml").write_text("groups: []")
        (self.folder / "prometheus.yaml").write_text(self._configuration)
        return [
            binary("prometheus"),
            f"--config.file={self.folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            # An alert that is told before it has found its Alertmanager is lost, until it is told again.
            "--rules.alert.resend-delay=3s",
            "--web.enable-lifecycle",
            "--log.level=warn",
        ]

    def has_scraped(self) -> bool:
        """Whether it has figures."""
        return self.has("svartid_residual")

    def has(self, series: str) -> bool:
        """Whether there is a sample of a series now."""
        return bool(self._get(f"query?query={series}")["result"])

    def broken_rules(self) -> list[str]:
        """The rules that cannot be evaluated, with why, and the recorded series of which nothing was recorded."""
        rules = [rule for group in self._get("rules")["groups"] for rule in group["rules"]]
        assert rules, "it has no rules"
        failing = [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] != "ok"]
        recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}
        return failing + [f"{name}: no data" for name in sorted(recorded) if not self.has(name)]

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}", timeout=5) as answer:
            return json.load(answer)["data"]

    def take_rules(self) -> None:
        """From now on it evaluates them."""
        (self.folder / "rules.yaml").write_text(self._rules)
        with urllib.request.urlopen(f"http://{self.address}/-/reload", data=b"", timeout=10):
            pass


class Alertmanager(_Served):
    """One, of no cluster."""

    name = "Alertmanager"

    def __init__(self, folder: Path, configuration: str) -> None:
        super().__init__(folder, *free_ports(1))
        self._configuration = configuration

    def command(self) -> list[str]:
        """Writes its file, names the program."""
        file = self.folder / "alertmanager.yaml"
        file.write_text(self._configuration)
        return [
            binary("prometheus-alertmanager"),
            f"--config.file={file}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
