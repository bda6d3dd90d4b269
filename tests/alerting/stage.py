"""One stretch of a simulated day on a whole installation: Kafka, Valkey, a worker, Prometheus, Alertmanager, a webhook.

Time runs `SPEED` times as fast. SVARTID_CLOCK lets the worker run so; Prometheus and Alertmanager know no other clock
than their own, so what they count themselves is divided instead (speed.py), and each looks once a second. One second
of that is `SPEED` simulated seconds, so what is measured here is that much coarser than it will be in production.

What happened before the stretch is in the log, and counted, before the clock starts: the windows are full at once.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from config import Centre, Texts, centre_of, load
from streams.clock import Clock
from streams.local import LocalParts
from streams.local.ports import HOST
from streams.sources.wire import record
from tests.alerting.feed import Feed, send
from tests.alerting.speed import fast_routes, fast_rules
from tests.alerting.webhook import Webhook
from tests.ingest.installation import COMMAND_WITHIN_S, Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.servers import Alertmanager, Prometheus
from tests.truth import Events

SPEED = 20
LATE_S = 10.0  # real: a tick, a scrape, an evaluation, a group's wait, at a second each; the rest is a busy machine
LATE_MS = round(LATE_S * SPEED * 1000)
_SETTLES_S = 8.0  # real: from the start of a worker until its figures are there, most often
_ALIVE_WITHIN_S = 60.0
_PARTITIONS = {"phone": 3, "chat": 1, "written": 1}


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is played: a day's events, from one instant to another (epoch ms); in a centre of its own, if it has one."""

    name: str
    events: Events
    from_ms: int
    to_ms: int
    texts: Texts | None = None

    @property
    def centre(self) -> Centre:
        """Whose queues, sources and hours they are."""
        return load() if self.texts is None else centre_of(self.texts, self.name)


class Played(NamedTuple):
    """What was told, and what the snapshot said in the end."""

    hook: Webhook
    snapshot: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is on it."""

    installation: Installation
    clock: Clock
    worker: Worker
    prometheus: Prometheus
    alertmanager: Alertmanager
    webhook: Webhook


def play(parts: LocalParts, folder: Path, stretch: Stretch, done: Callable[[Webhook], object]) -> Played:
    """Plays a stretch until `done`, or else to its end."""
    with staged(parts, folder, stretch) as stage:
        clock, webhook, worker = stage.clock, stage.webhook, stage.worker
        eventually(
            lambda: done(webhook) or clock.now_ms() >= stretch.to_ms,
            lambda: f"the end of {stretch.name}; told were {webhook.told()}",
            clock.real_seconds(stretch.to_ms - clock.now_ms()) + LATE_S,
        )
        assert worker.process.poll() is None, worker.said
        eventually(
            lambda: not stage.prometheus.broken_rules(),
            lambda: f"every rule is evaluated, and records: {stage.prometheus.broken_rules()}",
            _ALIVE_WITHIN_S,
        )
        snapshot = stage.installation.snapshot()
        assert snapshot is not None
        return Played(webhook, snapshot)


@contextmanager
def staged(parts: LocalParts, folder: Path, stretch: Stretch) -> Iterator[Stage]:
    """The stretch begins: events come, and whoever watches has given a sign of life."""
    made = [record(ms, event) for ms, event in stretch.events if ms <= stretch.to_ms]
    come = sum(one.timestamp_ms <= stretch.from_ms for one in made)
    with _installed(parts, folder, stretch) as installation:
        settings = installation.settings()
        send(settings, made[:come])
        _count(installation, stretch)
        clock = Clock(time.time_ns() // 1_000_000 + round(_SETTLES_S * 1000), stretch.from_ms, SPEED)
        worker = installation.start(SVARTID_CLOCK=str(clock), SVARTID_PUBLISH_EVERY_S="0.2")
        with (
            Feed(settings, made[come:], clock),
            _watched(installation, worker, clock, stretch.centre) as stage,
        ):
            yield stage


@contextmanager
def _installed(parts: LocalParts, folder: Path, stretch: Stretch) -> Iterator[Installation]:
    installation = Installation(parts, f"alerting-{stretch.name}-{time.time_ns()}", folder, _PARTITIONS)
    if stretch.texts is not None:
        installation.env["SVARTID_CONFIG"] = str(_written(stretch.texts, folder / "config"))
    try:
        yield installation
    finally:
        installation.close()


def _written(texts: Texts, folder: Path) -> Path:
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def _count(installation: Installation, stretch: Stretch) -> None:
    """What came before is in Redis when this returns."""
    then = Clock.starting_at(stretch.from_ms, 1)
    drain = installation.start("--drain", SVARTID_CLOCK=str(then))
    assert drain.wait(COMMAND_WITHIN_S) == 0, drain.said


@contextmanager
def _watched(installation: Installation, worker: Worker, clock: Clock, centre: Centre) -> Iterator[Stage]:
    """Prometheus and Alertmanager over a worker that is up to date; from the first sign of life that they give."""
    folder = installation.folder
    eventually(
        lambda: clock.now_ms() >= clock.origin_ms and _is_up_to_date(installation),
        lambda: f"figures of the worker, which said\n{worker.said}",
        _ALIVE_WITHIN_S,
    )
    port = worker.wait_for("serving")["port"]
    with ExitStack() as undo:
        webhook = Webhook(clock.now_ms)
        told_to = undo.enter_context(webhook.listening())
        alertmanager = Alertmanager(folder / "alertmanager", fast_routes(centre, clock.speed, told_to))
        prometheus = Prometheus(folder / "prometheus", f"{HOST}:{port}", alertmanager.address)
        for part in (alertmanager, prometheus):
            undo.callback(part.kill)
            part.launch()
        for part in (alertmanager, prometheus):
            part.wait_ready()
        eventually(lambda: prometheus.instant("svartid_residual"), prometheus.log_tail, _ALIVE_WITHIN_S)
        prometheus.take_rules(fast_rules(centre, clock))
        eventually(
            lambda: webhook.first("Watchdog"),
            lambda: f"a sign of life\n{prometheus.log_tail()}\n{alertmanager.log_tail()}",
            _ALIVE_WITHIN_S,
        )
        yield Stage(installation, clock, worker, prometheus, alertmanager, webhook)


def _is_up_to_date(installation: Installation) -> bool:
    found = installation.snapshot()
    return found is not None and found["status"] == "live" and found["feeds"]["phone"]["status"] == "open"
