"""The results as tables for people and as one JSON document for machines. May import: rich, the measurements."""

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.core import RATIO, CoreRound, middle
from tests.bench.flood import Flooded
from tests.bench.growth import Point
from tests.bench.kinds import ratios
from tests.bench.latency import Latency, Spread
from tests.bench.live import LOOK_EVERY_S
from tests.bench.publishing import Publishing
from tests.bench.room import Room
from tests.bench.scaling import Scale
from tests.bench.sizes import Sizes
from tests.bench.throughput import Figures, Throughput
from tests.bench.wall import GOAL_MS, OnTheWall
from tests.bench.watchers import Watched
from tests.bench.workload import PARTITIONS
from tests.bench.year import Year

LIBRARIES = ("faust-streaming", "aiokafka", "redis", "hiredis", "msgspec", "orjson")


def machine() -> dict[str, Any]:
    """What it ran on: cores, Python and libraries, nothing that names the machine."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def show_machine(console: Console) -> None:
    """One line."""
    on = machine()
    libraries = ", ".join(f"{name} {number}" for name, number in on["libraries"].items())
    console.print(
        f"{on['cores']} cores, {on['system']}, Python {on['python']}; {libraries}", style="dim", highlight=False
    )


def show_year(console: Console, result: Year) -> None:
    """What a year took, and whether it was right."""
    console.print(
        f"A year of {result.contacts:,} contacts, {result.events:,} events: read by one worker in "
        f"{result.cost.wall_s:.0f} s ({result.events_per_s:,.0f} events/s), {result.cost.cpu_s:.0f} s of CPU "
        f"({result.cpu_s_per_million:.2f} a million); the worker has {result.cost.rss_mb:.0f} MB then, Redis "
        f"{result.redis_mb:.0f} MB. svartid verify: {result.differences} differences.",
        highlight=False,
    )


def show_sizes(console: Console, result: Sizes) -> None:
    """What a year comes to when it is over."""
    table = Table(
        title=f"A year of {result.contacts:,} contacts in {result.queues} queues, {result.partitions} partitions"
    )
    for heading in ("", "all", "largest"):
        table.add_column(heading, justify="left" if not heading else "right")
    for row in rows_of_sizes(result):
        table.add_row(*row)
    console.print(table)


def rows_of_sizes(result: Sizes) -> list[tuple[str, str, str]]:
    """What, how much in all, and of the largest."""
    return [
        ("Redis", f"{result.redis_mb:.1f} MiB", ""),
        ("checkpoints, one a partition", f"{result.checkpoint_mb:.1f} MiB", f"{result.largest_checkpoint_kib:.0f} KiB"),
        ("their records in Kafka", f"{result.parts}", f"{result.largest_part_kib:.0f} KiB"),
        ("backup", f"{result.backup_mb:.1f} MiB", ""),
        ("all partitions taken over by another worker", f"{result.take_over_s:.2f} s", ""),
        ("all checkpoints made", f"{result.checkpoint_s:.2f} s", ""),
        ("backup proved and put back", f"{result.restore_s:.2f} s", ""),
    ]


def show_room(console: Console, rooms: list[Room]) -> None:
    """Bytes of each kind of entry."""
    table = Table("in Redis", "entries", "bytes each", title="What a partition takes")
    for one in rooms:
        table.add_row(one.what, f"{one.entries:,}", f"{one.each:.0f}")
    console.print(table)


def show_growth(console: Console, points: list[Point]) -> None:
    """A line for each amount."""
    table = Table("of", "amount", "fold µs", "pack µs", "÷ orjson.loads", title="One partition, CPU an event")
    for column in table.columns[1:]:
        column.justify = "right"
    before = ""
    for point in points:
        if before not in ("", point.of):
            table.add_section()
        before = point.of
        figures = (f"{point.fold_us:.2f}", f"{point.pack_us:.2f}", f"{point.ratio:.1f}")
        table.add_row(point.of, f"{point.amount:,}", *figures)
    console.print(table)


def show_profile(console: Console, shares: dict[str, float]) -> None:
    """A line for each part."""
    table = Table("part", "of the time")
    for part, share in shares.items():
        table.add_row(part, f"{share:.1%}")
    console.print(table)


def show_beside(console: Console, spread: Spread) -> None:
    """One sentence."""
    console.print(
        f"Live events beside a replay: committed after {spread.p50_ms:.0f} ms (p50), {spread.p99_ms:.0f} ms (p99), "
        f"{spread.max_ms:.0f} ms (most).",
        highlight=False,
    )


def show_scaling(console: Console, scales: list[Scale]) -> None:
    """A line for each run."""
    table = Table("partitions", "workers", "CPU-s a million", "events/s", "Valkey's")
    for one in scales:
        figures = (f"{one.cpu_s_per_million:.2f}", f"{one.events_per_s:,.0f}", f"{one.valkey_cpu_s_per_million:.2f}")
        table.add_row(str(one.partitions), str(one.workers), *figures)
    console.print(table)


def show_publishing(console: Console, results: list[Publishing]) -> None:
    """A line for each number of queues."""
    table = Table(
        "queues",
        "partitions",
        "windows",
        "a partition's view ms",
        "all merged ms",
        "one of them new ms",
        "one event ms",
        "none ms",
        "small alone ms",
    )
    for one in results:
        made = (one.view_ms, one.merge_ms, one.merge_again_ms, one.event_ms, one.tick_ms, one.small_ms)
        figures = (f"{ms:.2f}" for ms in made)
        table.add_row(f"{one.queues:,}", str(one.partitions), str(one.windows), *figures)
    console.print(table)


def throughput_json(result: Throughput) -> dict[str, Any]:
    """Everything that was measured, and the medians."""
    return asdict(result) | {"middle": {job: asdict(figures) for job, figures in result.middle.items()}}


def show_throughput(console: Console, result: Throughput) -> None:
    """The medians; the caption says what was counted."""
    table = Table(
        title=f"Reading a log to its end (medians of {len(result.rounds)} rounds)",
        caption=(
            f"{result.events:,} events of {result.mean_bytes:.0f} B on average (stock-faust: the first "
            f"{result.part_events:,}), {result.partitions} partitions, {result.event_hours:.0f} h of a phone line with "
            f"some {result.open_contacts} contacts open at a time. CPU is user and system time from the assignment of "
            "the partitions to the last write in Redis; the process's start and end are left out. Steady: once half of "
            "the events are counted. svartid keeps all measures and "
            "commits exactly once; the others keep three figures a pane, and may count an event twice. Every job's "
            "totals were checked against the generator's own. × are of the job's own CPU an event, within each round."
        ),
        caption_justify="left",
    )
    table.add_column("job")
    for heading in (
        "CPU-s a\nmillion", "steady", "× plain", "× stock\nFaust", "with Kafka,\nValkey", "events/s\n(wall)",
        "job\nCPU-s", "Kafka\nCPU-s", "Valkey\nCPU-s", "wall s", "MB",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for job, figures in result.middle.items():
        table.add_row(job, *_cells(figures))
    console.print(table)


def _cells(figures: Figures) -> list[str]:
    cost = figures.cost
    return [
        f"{figures.cpu_s_per_million:.2f}",
        f"{figures.steady_cpu_s_per_million:.2f}",
        f"{figures.of_plain:.2f}",
        f"{figures.of_stock:.3f}",
        f"{figures.all_cpu_s_per_million:.2f}",
        f"{figures.events_per_s:,.0f}",
        *(f"{s:.2f}" for s in (cost.cpu_s, cost.kafka_cpu_s, cost.valkey_cpu_s, cost.wall_s)),
        f"{cost.rss_mb:.0f}",
    ]


def show_flood(console: Console, results: list[Flooded]) -> None:
    """A row a run."""
    table = Table(title="A worker beside a `svartid web` that is flooded, by turns with one that is not")
    for heading in ("", "asked/s", "small p50 ms", "p99 ms", "committed p50 ms", "p99 ms", "worker's CPU", "web's CPU"):
        table.add_column(heading, justify="right")
    for one in results:
        worker = one.worker
        spread = (worker.small.p50_ms, worker.small.p99_ms, worker.committed.p50_ms, worker.committed.p99_ms)
        cpu = (f"{worker.worker_cpu_share:.1%}", f"{one.web_cpu_share:.0%}")
        table.add_row(one.kind, f"{one.answered_per_s:,.0f}", *(f"{ms:.0f}" for ms in spread), *cpu)
    console.print(table)


def show_watchers(console: Console, results: list[Watched]) -> None:
    """A row a run."""
    table = Table(
        title="From just before a change is announced in Redis until who watches has it",
        caption="`svartid web` on one core; those who watch, who announces and Valkey on the other.",
        caption_justify="left",
    )
    for heading in ("watch", "names\neach", "changes/s", "told/s", "p50 ms", "p95 ms", "p99 ms", "max ms", "CPU", "MB"):
        table.add_column(heading, justify="right")
    for one in results:
        spread = (f"{ms:,.0f}" for ms in (one.p50, one.p95, one.p99, one.most))
        counts = (f"{one.watchers:,}", str(one.of_each), f"{one.changes_s:g}", f"{one.told_s:,.0f}")
        table.add_row(*counts, *spread, f"{one.cpu:.0%}", f"{one.memory_mb:.0f}")
    console.print(table)


def show_wall(console: Console, results: list[OnTheWall]) -> None:
    """A row a rate."""
    title = "From just before an event is sent until a browser has drawn it on the wall"
    table = Table(title=title, caption=f"The goal: {GOAL_MS:g} ms (p95).", caption_justify="left")
    for heading in ("events/s", "seen", "p50 ms", "p95 ms", "p99 ms", "max ms", "page MB"):
        table.add_column(heading, justify="right")
    for one in results:
        of = one.drawn
        spread = (f"{ms:,.0f}" for ms in (of.p50_ms, one.p95_ms, of.p99_ms, of.max_ms))
        table.add_row(f"{one.rate:,}", f"{of.events:,}", *spread, f"{one.heap_mb:.1f}")
    console.print(table)


def show_latency(console: Console, results: list[Latency]) -> None:
    """A row a rate."""
    table = Table(
        title="From just before an event is sent until it is seen",
        caption=(
            f"{results[0].seconds:.0f} s at each rate, {PARTITIONS} partitions, one worker. Read bare: by a consumer "
            "that does nothing else, of the same events: what Kafka, its client and this machine take. Committed: the "
            f"offset in Redis has passed the event (one partition, looked at every {LOOK_EVERY_S * 1000:.0f} ms). "
            "Small: the small document that was announced has it, and may be believed (entries in a queue that is "
            "probed). Visible: the snapshot in Redis that was announced has counted it (every queue.entered)."
        ),
        caption_justify="left",
    )
    table.add_column("events/s", justify="right")
    for heading in (
        "read bare\np50 ms",
        "p99 ms",
        "max ms",
        "committed\np50 ms",
        "p99 ms",
        "max ms",
        "small\np50 ms",
        "p99 ms",
        "max ms",
        "visible\np50 ms",
        "p99 ms",
        "max ms",
        "CPU of\na core",
        "at rest",
    ):
        table.add_column(heading, justify="right")
    for result in results:
        spreads = (result.bare, result.committed, result.small, result.visible)
        each = [ms for s in spreads for ms in (s.p50_ms, s.p99_ms, s.max_ms)]
        shares = f"{result.worker_cpu_share:.0%}", f"{result.resting_cpu_share:.1%}"
        cells = [*(f"{ms:.1f}" for ms in each), *shares]
        table.add_row(f"{result.sent_per_s:,.0f}", *cells)
    console.print(table)


def show_kinds(console: Console, found: dict[str, list[float]]) -> None:
    """What an event of each kind costs."""
    table = Table("event of", "µs (median)", "of a call's", title="Decoded and folded by the core alone")
    for kind, ratio in ratios(found).items():
        table.add_row(kind, f"{median(found[kind]):.1f}", f"{ratio:.1f}")
    console.print(table)


def show_core(console: Console, events: int, batch: int, rounds: list[CoreRound]) -> None:
    """The medians of the pure core."""
    each = middle(rounds)
    table = Table(
        title=f"The core alone (medians of {len(rounds)} rounds)",
        caption=(
            f"{events:,} events of one partition in batches of {batch:,}; CPU time, no Kafka and no Redis. "
            f"The fold includes its decoding. Stored ratio: {RATIO:.2f}; now {each['ratio'] / RATIO - 1:+.0%}."
        ),
        caption_justify="left",
    )
    for heading in ("orjson.loads µs", "decode µs", "fold µs", "fold ÷ loads"):
        table.add_column(heading, justify="right")
    table.add_row(
        f"{each['loads_us']:.2f}", f"{each['decode_us']:.2f}", f"{each['fold_us']:.2f}", f"{each['ratio']:.2f}"
    )
    console.print(table)
