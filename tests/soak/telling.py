"""How soon each fault is told: in the snapshot, by readiness, by the end of the process, by an alert.

Each try has an installation of its own, with one worker, on a Kafka and a Redis that may be killed; a real Prometheus
scrapes the worker each second and evaluates the project's own rules, unchanged. What is noted of an alert is when its
condition first holds; its hold comes on top. None: it is not told in that way, within `WITHIN_S`.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError

import orjson
import redis

from config import load
from streams.generate.rules import ALERTS, rules
from streams.local import Kafka, Valkey
from streams.local.kit import prepare
from streams.local.ports import HOST, free_ports
from tests.faults.running import Around
from tests.ingest.admin import add_partitions, delete
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.servers import Prometheus
from tests.soak.report import spread

PARTITIONS = {"phone": 4, "chat": 2}
WITHIN_S = 50.0  # FiguresStale looks at an age of half a minute
YEARS_MS = 3 * 365 * 86_400_000
WAYS = ("snapshot", "not ready", "ended", "alert")
Say = Callable[[str], None]


@dataclass
class Scene:
    """What a try has."""

    kafka: Kafka
    valkey: Valkey
    prometheus: Prometheus
    installation: Installation
    worker: Worker


@dataclass(frozen=True)
class Case:
    """A fault: how it is done, how a reader of the snapshot knows, and the alert that tells of it."""

    does: Callable[[Scene], object]
    alert: str
    is_shown: Callable[[Mapping[str, Any]], bool] = lambda document: document["status"] == "stale"
    ways: tuple[str, ...] = ("snapshot", "not ready", "alert")  # those that are waited for


@dataclass
class Told:
    """Seconds from the fault until it was told, by way."""

    after_s: dict[str, float] = field(default_factory=dict)
    code: int | None = None


def _kill_both(scene: Scene) -> None:
    scene.kafka.kill()
    scene.valkey.kill()


def _date_ahead(scene: Scene) -> None:
    """A contact whose event and record are dated years ahead."""
    first = generate(7, 50).records[0]
    event = orjson.loads(first.value or b"") | {"occurred_at": round(time.time() * 1000) + YEARS_MS}
    scene.installation.send([Produced(first.channel, b"ahead", orjson.dumps(event), event["occurred_at"])])


def _lose_totals(scene: Scene) -> None:
    of = scene.installation
    filled = next(name for name in of.partitions if of.redis.exists(of.keys.partition(name).totals))
    of.redis.delete(of.keys.partition(filled).totals)


CASES: dict[str, Case] = {
    "Kafka dead": Case(lambda s: s.kafka.kill(), "KafkaSilent"),
    "Redis dead": Case(lambda s: s.valkey.kill(), "FiguresStale"),
    "both dead": Case(_kill_both, "FiguresStale"),
    "topic gone": Case(lambda s: delete(s.installation.brokers, s.installation.topics["chat"]), "TopicsMissing"),
    "partition added": Case(
        lambda s: add_partitions(s.installation.brokers, s.installation.topics["chat"], 3), "PartitionsMissing"
    ),
    "hash gone": Case(_lose_totals, "WorkerDown", ways=("snapshot", "not ready", "ended", "alert")),
    "source's clock years ahead": Case(
        _date_ahead,
        "ClockAhead",
        lambda document: any(of["beyond_clock"] for of in document["records"]["ahead"].values()),
        ways=("snapshot", "alert"),
    ),
}


def run(times: int, say: Say) -> dict[str, Any]:
    """Each case so many times."""
    tries: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="svartid-telling-") as folder, _parts(Path(folder)) as (kafka, valkey):
        for number in range(times):
            for name, case in CASES.items():
                with _scene(Path(folder), kafka, valkey, f"t{number}-{len(tries)}") as scene:
                    told = _once(scene, case)
                tries.append({"fault": name, **told.after_s, "exit code": told.code})
                say(f"{number + 1} of {times}: {tries[-1]}")
    summary = {
        name: {way: spread([t[way] for t in tries if t["fault"] == name and way in t]) for way in WAYS}
        for name in CASES
    }
    untold = [f"{one['fault']}: {way}" for one in tries for way in CASES[one["fault"]].ways if way not in one]
    return {
        "command": f"python -m tests.soak telling --times {times}",
        "summary": summary,
        "untold": untold,
        "tries": tries,
    }


def _once(scene: Scene, case: Case) -> Told:
    """Does it, and looks until it is told in every way that is waited for."""
    told, began = Told(), time.monotonic()
    case.does(scene)
    deadline = began + WITHIN_S
    while set(case.ways) - told.after_s.keys() and time.monotonic() < deadline:
        for way in _ways(scene, case) - told.after_s.keys():
            told.after_s[way] = time.monotonic() - began
        time.sleep(0.05)
    told.code = scene.worker.process.poll()
    return told


def _ways(scene: Scene, case: Case) -> set[str]:
    """The ways in which it is told now."""
    ended = scene.worker.process.poll() is not None
    found = {"ended", "not ready"} if ended else set()
    if "not ready" in case.ways and not (ended or _is_ready(scene.worker)):
        found.add("not ready")
    if _is_shown(scene.installation, case):
        found.add("snapshot")
    if scene.prometheus.instant(f'ALERTS{{alertname="{case.alert}"}}'):
        found.add("alert")
    return found


def _is_ready(worker: Worker) -> bool:
    try:
        return worker.is_ready()
    except (URLError, AssertionError):  # it has stopped listening, or is gone
        return False


def _is_shown(of: Installation, case: Case) -> bool:
    try:
        document = of.snapshot()
    except redis.RedisError:
        return True
    return document is None or time.time() * 1000 > document["fresh_until_ms"] or case.is_shown(document)


@contextmanager
def _parts(folder: Path) -> Iterator[tuple[Kafka, Valkey]]:
    kafka_port, valkey_port = free_ports(2)
    kafka = Kafka(folder / "kafka", kafka_port, prepare(None, lambda _: None))
    kafka.settings = {"log.message.timestamp.after.max.ms": str(2 * YEARS_MS)}  # as brokers before 4 have it
    valkey = Valkey(folder / "valkey", valkey_port)
    with ExitStack() as undo:
        for part in (kafka, valkey):
            undo.callback(part.kill)
            part.start()
        yield kafka, valkey


@contextmanager
def _scene(folder: Path, kafka: Kafka, valkey: Valkey, name: str) -> Iterator[Scene]:
    for part in (kafka, valkey):
        if not part.running:
            part.start()
    around = Around(kafka.address, valkey.url, kafka.address, valkey.url)
    installation, (port,) = around.installation(name, folder, PARTITIONS), free_ports(1)
    prometheus = Prometheus(folder / f"prometheus-{name}", f"{HOST}:{port}")
    with ExitStack() as undo:
        undo.callback(installation.close)
        log = generate(7, 300).records
        installation.send(log)
        worker = installation.start(SVARTID_PORT=str(port))
        installation.wait_committed(len(log))
        installation.wait_ready()
        undo.callback(prometheus.kill)
        prometheus.start()
        eventually(lambda: prometheus.instant("svartid_residual"), prometheus.log_tail)
        prometheus.take_rules(rules(load())[ALERTS])
        eventually(lambda: prometheus.instant('ALERTS{alertname="Watchdog"}'), prometheus.log_tail)
        yield Scene(kafka, valkey, prometheus, installation, worker)
