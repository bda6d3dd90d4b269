"""Whoever reaches a worker's port can do no harm: slow clients, huge requests, floods of scrapes, a million queues."""

import asyncio
import socket
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import aiohttp
import orjson
import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

import config
from streams.local import LocalParts
from streams.serve.http import MOST_CONNECTIONS, Endpoints
from tests.conftest import Installations
from tests.events import event
from tests.ingest.generated import BEGIN_MS, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = pytest.mark.real

SLOW = 2 * MOST_CONNECTIONS
SCRAPES = 200
BACKLOG = 128  # connections that are accepted at once before the oldest are ended
FILES = 64  # of a worker's own: Kafka, Redis, its loops
QUEUES = 30_000
HALF_A_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: svartid\r\nX-Slow: "


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def drip(clients: list[socket.socket]) -> None:
    """One byte more of a header that never ends, from each who is still connected."""
    for client in clients:
        try:
            client.send(b"x")
        except OSError:
            continue  # ended by the worker


def scrape(port: int) -> int:
    """The status."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        assert b"svartid_" in answer.read()
        return int(answer.status)


@pytest.mark.fault(15)
def test_slow_clients_and_floods_of_scrapes_do_not_keep_a_worker_from_committing(installation: Installation) -> None:
    """
    slow      |---------------------------|
    scrapes      |------| |------| |------|
    events        |--|     |--|     |--|
    """
    log = generate(71, 6_000)
    third = -(-len(log.records) // 3)
    worker = installation.start()
    worker.wait_until_reading()
    port = worker.wait_for("serving")["port"]
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(port)) for _ in range(SLOW)]
        for client in slow:
            client.sendall(HALF_A_REQUEST)
        flood = stack.enter_context(ThreadPoolExecutor(50))
        for sent in range(third, 3 * third + 1, third):
            drip(slow)
            answers = [flood.submit(scrape, port) for _ in range(SCRAPES)]
            installation.send(log.records[sent - third : sent])
            installation.wait_committed(min(sent, len(log.records)))
            assert [answer.result() for answer in answers] == [200] * SCRAPES
            assert psutil.Process(worker.process.pid).num_fds() < MOST_CONNECTIONS + BACKLOG + FILES
        assert worker.is_ready()
    assert worker.stop() == 0, worker.said
    installation.verify(len(log.records))


@pytest.fixture(scope="module")
def idle(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker that has nothing to read."""
    installation = Installation(local_parts, f"test-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("idle"))
    worker = installation.start()
    worker.wait_until_reading()
    yield worker
    installation.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(10_000)) + b"\r\n",
        b"POST /metrics HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n",
        b"\x16\x03\x01" + bytes(1000),
    ],
    ids=["long path", "long header", "many headers", "long body", "not HTTP"],
)
@pytest.mark.fault(15)
def test_what_is_no_fair_request_is_refused(idle: Worker, request_: bytes) -> None:
    with connected(idle.wait_for("serving")["port"]) as client:
        try:
            client.sendall(request_)
            answer = client.recv(1_000)
        except ConnectionError:  # ended before it was all sent
            answer = b""
    assert answer[:10] in (b"", b"HTTP/1.1 4", b"HTTP/1.0 4")
    assert idle.get("/isalive") == (200, "alive\n")
    assert "Traceback" not in idle.said


class Counting(Collector):
    """Counts how often it is rendered."""

    def __init__(self) -> None:
        self.times = 0

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.times += 1
        yield GaugeMetricFamily("rendered", "How often.", value=self.times)


@pytest.mark.fault(15)
def test_a_flood_of_scrapes_costs_what_a_few_do() -> None:
    counting, registry = Counting(), CollectorRegistry()
    registry.register(counting)
    rendered_before = counting.times

    async def flood() -> None:
        endpoints = Endpoints(registry, lambda: None)
        port = await endpoints.start("127.0.0.1", 0)
        async with aiohttp.ClientSession() as session:

            async def scrape() -> str:
                async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    return await answer.text()

            started = asyncio.get_running_loop().time()
            bodies = await asyncio.gather(*(scrape() for _ in range(SCRAPES)))
            took = asyncio.get_running_loop().time() - started
        await endpoints.stop()
        assert all("rendered" in body for body in bodies)
        assert counting.times - rendered_before <= 1 + took / 0.2

    asyncio.run(flood())


FORMATS = {"text/plain; version=0.0.4; charset=utf-8", "application/openmetrics-text; version=1.0.0; charset=utf-8"}
KINDS = st.sampled_from(["application/openmetrics-text", "text/plain", "*/*", "application/json", "", "text/plain\t"])
PARAMETERS = st.sampled_from(["version", "escaping", "q", "charset"])
ACCEPTED = st.builds(
    lambda kind, parameters: ";".join([kind, *(f"{name}={value}" for name, value in parameters)]),
    KINDS,
    st.lists(
        st.tuples(
            PARAMETERS,
            st.sampled_from(["1.0.0", "2.0.0", "0.0.1", "dots", "allow-utf-8", "1.0.0+x", "v", "1" * 300])
            | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        ),
        max_size=4,
    ),
)


@pytest.mark.fault(35)
def test_whatever_a_scraper_accepts_it_gets_one_of_two_formats(caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry()
    registry.register(Counting())
    endpoints = Endpoints(registry, lambda: None)

    async def get(accept: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept}) as answer,
        ):
            return answer.status, answer.headers["Content-Type"]

    @given(st.lists(ACCEPTED, max_size=3).map(",".join) | st.text(st.characters(min_codepoint=32, max_codepoint=126)))
    @example("application/openmetrics-text; version=x")
    @example("text/plain; version=1.0.0; escaping=dots")
    @example("text/plain; version=" + "1" * 5_000)
    @settings(max_examples=60, deadline=None)
    def check(accept: str) -> None:
        status, content_type = runner.run(get(accept))
        assert status == 200
        assert content_type in FORMATS

    with asyncio.Runner() as runner:
        port = runner.run(endpoints.start("127.0.0.1", 0))
        check()
        runner.run(endpoints.stop())
    assert caplog.records == []


@pytest.mark.fault(35)
def test_versions_of_ones_own_choosing_are_not_rendered_one_by_one() -> None:
    counting, registry = Counting(), CollectorRegistry()
    registry.register(counting)

    async def flood() -> None:
        endpoints = Endpoints(registry, lambda: None)
        port = await endpoints.start("127.0.0.1", 0)
        async with aiohttp.ClientSession() as session:
            rendered_before, started = counting.times, asyncio.get_running_loop().time()
            for n in range(SCRAPES):
                accept = {"Accept": f"application/openmetrics-text; version=1.{n}.0"}
                async with session.get(f"http://127.0.0.1:{port}/metrics", headers=accept) as answer:
                    assert answer.status == 200
            took = asyncio.get_running_loop().time() - started
        await endpoints.stop()
        assert counting.times - rendered_before <= 1 + took / 0.2

    asyncio.run(flood())


@pytest.mark.timeout(600)  # the longest of all on a busy machine
@pytest.mark.fault(15)
def test_very_many_queue_names_are_one_line_and_every_contact_counts(installations: Installations) -> None:
    # Sixteen: three in each partition, which is what its event time takes to begin, and one that counts as it comes.
    few, many = series_and_keys(installations(), 16), series_and_keys(installations(), QUEUES)
    assert many["counted"] == QUEUES
    assert many["series"] ^ few["series"] == set()
    assert many["keys"] == few["keys"]
    at_most = config.load().rules().most_unknown + len(("other", "whole"))
    assert all(n <= at_most for n in many["fields"]), many["fields"]


def series_and_keys(installation: Installation, queues: int) -> dict[str, Any]:
    """What so many queues that nobody configured come to."""
    installation.send(
        Produced(
            "phone",
            b"%d" % n,
            orjson.dumps(event("queue.entered", BEGIN_MS, f"{n}", f"phone/personbruker/q{n}")),
            BEGIN_MS,
            n % 4,
        )
        for n in range(queues)
    )
    worker = installation.start()
    installation.wait_committed(queues, within_s=120)
    eventually(lambda: (installation.snapshot() or {"behind": 1})["behind"] == 0, "a snapshot of all of it")
    eventually(lambda: f"svartid_records_accepted_total {float(queues)}\n" in worker.get("/metrics")[1], "all shown")
    families = text_string_to_metric_families(worker.get("/metrics")[1])
    series = {
        (sample.name, *sorted(sample.labels.items()))
        for family in families
        for sample in family.samples
        if family.name.startswith("svartid_")
    }
    assert worker.stop() == 0, worker.said
    client: Any = installation.redis
    keys = {  # those that stay: what is shown expires
        key.decode().replace(installation.name, "")
        for key in client.scan_iter(f"*{installation.name}*")
        if client.ttl(key) < 0
    }
    cells = [
        client.hlen(key)
        for name in installation.partitions
        for key in installation.keys.partition(name).committed()
        if not key.endswith(":journeys")
    ]
    counted = sum(cell["entered"] for line, cell in installation.totals().items() if line.endswith("/other"))
    installation.verify(queues)
    return {
        "series": series,
        "keys": keys,
        "fields": cells,
        "counted": counted,
    }
