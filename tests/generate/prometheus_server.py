"""A real Prometheus that scrapes a real exposition, on loopback and free ports; both end with the test."""

import http.server
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from streams.local.ports import free_ports
from tests.generate.sample import CONTENT_TYPE

DEADLINE_S = 60.0
_CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: svartid
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def binary(name: str) -> str:
    """Where a program of Prometheus' is; skips, or fails where nothing may be skipped."""
    found = shutil.which(name)
    if found is None:
        missing = f"there is no {name} on the PATH (Debian has it in the package prometheus)"
        if os.environ.get("SVARTID_TEST_NO_SKIP") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@contextmanager
def exposing(scraped: Callable[[], bytes]) -> Iterator[int]:
    """A worker's /metrics; yields the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = scraped()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Prometheus:
    """A running server's API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def instant(self, expr: str) -> list[dict[str, Any]]:
        """The series that a query answers now."""
        return self._ask("query", query=expr)

    def over(self, expr: str, seconds: int = 20) -> list[dict[str, Any]]:
        """The series of the last seconds."""
        now = time.time()
        return self._ask("query_range", query=expr, start=now - seconds, end=now, step=1)

    def _ask(self, what: str, **given: Any) -> list[dict[str, Any]]:
        data = urllib.parse.urlencode(given).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/{what}", data, timeout=30) as answer:
            result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return result

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def until(done: Callable[[], bool], what: str) -> None:
    """Waits for a condition. Fails after the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not done():
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_S:g} s"
        time.sleep(0.2)


@contextmanager
def prometheus(folder: Path, scraped_port: int, past: Iterable[bytes] = ()) -> Iterator[Prometheus]:
    """A Prometheus that scrapes that port each second; `past` is OpenMetrics with timestamps to begin with."""
    server, tool = binary("prometheus"), binary("promtool")
    data, port = folder / "data", free_ports(1)[0]
    for index, exposition in enumerate(past):
        file = folder / f"past{index}.txt"
        file.write_bytes(exposition)
        subprocess.run([tool, "tsdb", "create-blocks-from", "openmetrics", file, data], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text(_CONFIG.format(port=scraped_port))
    options = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=1000d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([server, *options], stdout=log, stderr=subprocess.STDOUT)
    try:
        api = Prometheus(port)
        until(api.is_ready, "Prometheus is ready")
        yield api
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
