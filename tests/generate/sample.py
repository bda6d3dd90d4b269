"""What a worker would expose: the real collectors, over a folded sample in which every group has answers."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, cast

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from streams.clock import Clock
from streams.clocks import Clocks
from streams.core.wait_score import scored
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.metrics import ClockCollector, LoopLag, WorkerCollector
from streams.ingest.partitions import Partitions
from streams.keys import Keys
from streams.past.scorecard_document import Scorecard
from streams.past.scorecard_metrics import ScorecardCollector
from streams.serve.configuration import Configuration, ConfigurationCollector
from streams.serve.documents import ExpectedWait, Snapshot
from streams.serve.metrics import SnapshotCollector
from streams.serve.since import Since
from streams.serve.told_wait import Both, score_of
from tests.generate.promised_days import scorecard
from tests.serve.documents import CENTRE, MINUTE, NOW, SECOND, ago, bot, busy, document, folded, typed, view, visit
from tests.serve.publishing import BY

_ENCODE, CONTENT_TYPE = choose_encoder("application/openmetrics-text; version=1.0.0")
PROMISES = scorecard(CENTRE, CENTRE.date_at(NOW))
ANSWERS = 12  # of each group: enough to be judged


FORETOLD = Both(scored(90_000, 120_000, 60_000, 300_000), scored(90_000, 200_000))


def later() -> Snapshot:
    """The sample, whole."""
    return _telling(typed(document(*_views(ANSWERS), busy(), bot())))


def earlier() -> Snapshot:
    """The same some time before: fewer have been answered, and nobody passed on."""
    return _telling(typed(document(*_views(2))))


def _telling(of: Snapshot) -> Snapshot:
    """The same when it has been so for ten minutes: what is told of it is settled."""
    since = Since()
    for now_ms in (NOW - 10 * MINUTE, NOW):
        since.note(of.targets, CENTRE.targets_at(NOW), now_ms)
    for line in of.lines.values():
        line.expected_wait = ExpectedWait(low_ms=60_000, likely_ms=120_000, high_ms=300_000, said_from_ms=180_000)
        line.expected_wait_score = score_of(FORETOLD)
    return of


def nothing() -> Snapshot:
    """Of a svartid that has read nothing."""
    return typed(document(view({}, watermark_ms=0)))


def rebuilding() -> Snapshot:
    """The phone's figures are made anew, three tenths are done; the others are as they were."""
    others = (known for known in _views(2) if known.channel != "phone")
    return typed(document(*others, view({}, channel="phone", rebuilding=(3, 10))))


def _views(answers: int) -> Iterator[Any]:
    groups = (("phone", "samhandler", "arbeidsgiver"), ("chat", "personbruker", "arbeid"))
    more = (
        ("chat", "samhandler", "arbeidsgiver"),
        ("phone", "personbruker", "helse"),
        ("written", "personbruker", "sto"),
    )
    for channel, audience, queue in (*groups, *more):
        waiting = [{**event, "audience": audience} for event in visit(f"{audience}w", 3 * MINUTE, queue=queue)]
        by = {"source": "puzzel" if channel == "phone" else "salesforce"}
        letters = [ago("written.received", 5 * MINUTE, "letter", queue)] if channel == "written" else []
        told = ({**event, **by} for event in (*letters, *_answered(audience, queue, answers), *waiting))
        yield folded(*told, channel=channel)
    yield folded(*_left(), *_passed_on(answers), channel="phone")


def _answered(audience: str, queue: str, answers: int) -> Iterator[dict[str, Any]]:
    for n in range(answers):
        entered = 16 * MINUTE - n * 80 * SECOND
        for event in visit(f"{audience}{n}", entered, ("queue.answered", entered - 40 * SECOND), queue=queue):
            yield {**event, "audience": audience}


def _left() -> Iterator[dict[str, Any]]:
    for reason in ("transferred", "overflow", "timeout", "closed"):
        *entered, left = visit(f"left-{reason}", 9 * MINUTE, ("queue.left", 8 * MINUTE))
        yield from (*entered, {**left, "reason": reason})


def _passed_on(answers: int) -> Iterator[dict[str, Any]]:
    """One passed on and answered there, one that gave up there, one that waits there."""
    if answers < ANSWERS:
        return
    for n, there in enumerate((("queue.answered", 2 * MINUTE), ("queue.abandoned", 2 * MINUTE), None)):
        who = f"on{n}"
        yield from visit(who, 9 * MINUTE, ("queue.answered", 8 * MINUTE))
        yield ago("contact.transferred", 6 * MINUTE, who, destination="nav-kontor")
        second = visit(who, 5 * MINUTE, *([there] if there else []), queue="nav-kontor")
        yield from ({**event, "visit_id": f"{who}/2"} for event in second)


def in_turn(first: Snapshot, then: Snapshot) -> Callable[[], Snapshot]:
    """Shows the first four who look one document, and whoever looks later another: on a busy machine who looks first
    may not wait for what it is shown.
    """
    looks = count(1)
    return lambda: first if next(looks) <= 4 else then


class Worker:
    """One worker's registry; whoever looks at it is shown the snapshot of that moment."""

    def __init__(self, latest: Callable[[], Snapshot | None], promises: Scorecard | None = PROMISES) -> None:
        nothing = cast(Any, None)
        self.partitions = Partitions(nothing, Clock(), nothing, {})
        self.checkpointer = Checkpointer(nothing, nothing, nothing, {}, nothing, every_s=300.0)
        self.registry = CollectorRegistry()
        self.registry.register(SnapshotCollector(latest))
        self.registry.register(ScorecardCollector(lambda: promises))
        self.registry.register(WorkerCollector(self.partitions, LoopLag(), self.checkpointer))
        clocks = Clocks(nothing)
        clocks.than_redis_ms = 0
        self.registry.register(ClockCollector(clocks))
        made = Configuration(BY, None, nothing, Keys(""), nothing, nothing)
        self.registry.register(ConfigurationCollector(made))
        ProcessCollector(registry=self.registry)

    def works(self) -> None:
        """Commits once more, and writes a checkpoint."""
        self.partitions.commits += 1
        self.partitions.commit_seconds += 0.01
        self.checkpointer.written += 1
        self.checkpointer.seconds += 0.1

    def scraped(self) -> bytes:
        """What a scrape reads, each time after some more work."""
        self.works()
        return _ENCODE(self.registry)

    def names(self) -> set[str]:
        """The catalogue: every name that a query may use, samples' suffixes included."""
        families = list(self.registry.collect())
        return {sample.name for family in families for sample in family.samples} | set(_declared(families))


def _declared(families: Iterable[Metric]) -> Iterator[str]:
    """Of a family without samples, the names its samples would have."""
    for family in families:
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        yield from (family.name + suffix for suffix in suffixes)


class At(Collector):
    """What the sample counted, as of an instant in the past (epoch seconds)."""

    def __init__(self, at_s: float) -> None:
        self._at_s = at_s

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        for family in SnapshotCollector(earlier).collect():
            if family.name == "svartid_wait_seconds":
                family.samples = [sample._replace(timestamp=self._at_s) for sample in family.samples]
                yield family


def past(at_s: float) -> bytes:
    """OpenMetrics with timestamps, to fill a Prometheus' past with."""
    registry = CollectorRegistry()
    registry.register(At(at_s))
    return _ENCODE(registry)
