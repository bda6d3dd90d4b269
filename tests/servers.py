"""A real Prometheus and a real Alertmanager as local parts: free ports, files in a folder, ended by their own ids."""

import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from streams.local.ports import free_ports
from streams.local.process import Part
from tests.programs import program

_PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yaml]
alerting:
  alertmanagers:
    - static_configs: [{{targets: {alertmanagers}}}]
scrape_configs:
  - job_name: svartid
    static_configs: [{{targets: ["{scraped}"]}}]
"""


class _Served(Part):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, *free_ports(1))

    def answers(self) -> bool:
        """Whether it says that it is ready."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Prometheus(_Served):
    """Scrapes one address and evaluates its rules, each second; tells one Alertmanager of them, if any.

    It takes some 5 s to find what it scrapes, at whatever speed the clock of a test runs: so it begins without rules.
    """

    name = "Prometheus"

    def __init__(self, folder: Path, scraped: str, alertmanager: str | None = None) -> None:
        super().__init__(folder)
        told = [alertmanager] if alertmanager else []
        self._configuration = _PROMETHEUS.format(scraped=scraped, alertmanagers=json.dumps(told))

    def command(self) -> list[str]:
        """Writes its files, names the program."""
        self._rules.write_text("groups: []")
        (self.folder / "prometheus.yaml").write_text(self._configuration)
        return [
            str(program("prometheus")),
            f"--config.file={self.folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self._data}",
            "--storage.tsdb.retention.time=1000d",
            f"--web.listen-address={self.address}",
            # An alert that is told before it has found its Alertmanager is lost, until it is told again.
            "--rules.alert.resend-delay=3s",
            "--web.enable-lifecycle",
            "--log.level=warn",
        ]

    def remember(self, past: Iterable[bytes]) -> None:
        """Gives it a past before it starts: OpenMetrics with timestamps."""
        for index, exposition in enumerate(past):
            file = self.folder / f"past{index}.txt"
            file.write_bytes(exposition)
            asked = (program("promtool"), "tsdb", "create-blocks-from", "openmetrics", file, self._data)
            subprocess.run(asked, check=True, capture_output=True)

    def take_rules(self, rules: str) -> None:
        """From now on it evaluates them."""
        self._rules.write_text(rules)
        with urllib.request.urlopen(f"http://{self.address}/-/reload", data=b"", timeout=10):
            pass

    def instant(self, expr: str) -> list[dict[str, Any]]:
        """The series that a query answers now."""
        return self._series("query", query=expr)

    def over(self, expr: str, seconds: int = 20) -> list[dict[str, Any]]:
        """The series of the last seconds."""
        now = time.time()
        return self.between(expr, now - seconds, now, 1)

    def between(self, expr: str, start_s: float, end_s: float, step_s: int) -> list[dict[str, Any]]:
        """The series from one instant (epoch s) to another, both included."""
        return self._series("query_range", query=expr, start=start_s, end=end_s, step=step_s)

    def broken_rules(self) -> list[str]:
        """The rules that cannot be evaluated, with why, and the recorded series of which nothing was recorded."""
        rules = [rule for group in self._get("rules")["groups"] for rule in group["rules"]]
        assert rules, "it has no rules"
        failing = [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] != "ok"]
        recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}
        return failing + [f"{name}: no data" for name in sorted(recorded) if not self.instant(name)]

    @property
    def _rules(self) -> Path:
        return self.folder / "rules.yaml"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _series(self, what: str, **given: Any) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = self._get(what, urllib.parse.urlencode(given).encode())["result"]
        return result

    def _get(self, what: str, given: bytes | None = None) -> Any:
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{what}", given, timeout=30) as answer:
            return json.load(answer)["data"]


class Alertmanager(_Served):
    """One, of no cluster."""

    name = "Alertmanager"

    def __init__(self, folder: Path, configuration: str) -> None:
        super().__init__(folder)
        self._configuration = configuration

    def command(self) -> list[str]:
        """Writes its file, names the program."""
        file = self.folder / "alertmanager.yaml"
        file.write_text(self._configuration)
        return [
            str(program("prometheus-alertmanager")),
            f"--config.file={file}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
