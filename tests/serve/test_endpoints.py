"""What a worker serves over HTTP: on loopback alone, readable, and in step with what it wrote to Redis."""

import urllib.request

import psutil
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def test_a_workers_endpoints(installation: Installation) -> None:
    log = generate(9, 2_000)
    installation.send(log.records)
    worker = installation.start()
    port = worker.wait_for("serving")["port"]
    listening = [c.laddr for c in psutil.Process(worker.process.pid).net_connections("tcp") if c.status == "LISTEN"]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", port)]

    assert worker.get("/isalive") == (200, "alive\n")
    worker.wait_until_reading()
    eventually(lambda: worker.get("/isready") == (200, "ready\n"), "ready")
    assert worker.get("/snapshot")[0] == 404

    installation.wait_committed(len(log.records))
    accepted = float(len(log.records))
    eventually(lambda: f"svartid_records_accepted_total {accepted}\n" in worker.get("/metrics")[1], "all are shown")
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": OPENMETRICS})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        families = {family.name: family for family in parse_openmetrics(answer.read().decode())}  # type: ignore[no-untyped-call]
    assert families.keys() >= {family.name for family in parse_text(worker.get("/metrics")[1])} - {""}

    document = installation.snapshot()
    assert document is not None
    assert document["records"]["accepted"] == accepted
    entered = sum(book["entered"] for book in log.books.values())
    assert sum(line["total"]["entered"] for line in document["lines"].values()) == entered
    assert sum(sample.value for sample in families["svartid_entered"].samples) == entered
    assert families["svartid_residual"].samples[0].value == document["residual"] == 0
    assert families["svartid_worker_partitions"].samples[0].value == len(installation.partitions)
    assert families["svartid_worker_commits"].samples[0].value > 0
    assert all(family.documentation for name, family in families.items() if name.startswith("svartid_"))
    assert worker.stop() == 0
