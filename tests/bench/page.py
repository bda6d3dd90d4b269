"""What was measured, as tables and charts in deploy/PERFORMANCE.md, each between its markers.

    python -m tests.bench.page FILE...      (what `python -m tests.bench … --json FILE` wrote)

May import: the markers.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.bench.report import rows_of_sizes
from tests.bench.sizes import Sizes
from tests.bench.workload import WHOLE_DAYS
from tests.pages import placed

PAGE = Path(__file__).parents[2] / "deploy/PERFORMANCE.md"


def throughput(found: Any) -> Iterator[str]:
    """Every job's medians, with the spread of the rounds."""
    middle, rounds = found["middle"], found["rounds"]
    yield from _table(
        ["", "CPU-s a million", "steady", "beside plain (rounds)", "events/s", "Kafka", "Valkey", "MB"],
        ([job, *_job(figures, [r[job]["of_plain"] for r in rounds])] for job, figures in middle.items()),
    )
    yield ""
    yield (
        f"Medians of {len(rounds)} rounds; {found['events']:,} events of {found['mean_bytes']:.0f} B (stock-faust: the "
        f"first {found['part_events']:,}), {found['partitions']} partitions, some {found['open_contacts']} contacts "
        "open at a time. Kafka and Valkey: their CPU-seconds a million events, while that job runs."
    )
    yield ""
    cpu = {job: figures["cpu_s_per_million"] for job, figures in middle.items() if job != "stock-faust"}
    yield from _chart("CPU-seconds a million events (stock Faust would be off the page)", "bar", cpu)


def _job(figures: Any, of_plain: Sequence[float]) -> list[str]:
    cost, million = figures["cost"], 1e6 / figures["events"]
    return [
        f"{figures['cpu_s_per_million']:.1f}",
        f"{figures['steady_cpu_s_per_million']:.1f}",
        f"{figures['of_plain']:.2f} ({min(of_plain):.2f} to {max(of_plain):.2f})",
        f"{figures['events_per_s']:,.0f}",
        f"{cost['kafka_cpu_s'] * million:.2f}",
        f"{cost['valkey_cpu_s'] * million:.2f}",
        f"{cost['rss_mb']:.0f}",
    ]


def latency(found: Any) -> Iterator[str]:
    """A line a rate."""
    ways = ("bare", "committed", "small", "visible")
    yield from _table(
        ["events/s", *(f"{way} p50, p99, most (ms)" for way in ways), "of a core", "at rest"],
        ([str(at["rate"]), *(_spread(at[way]) for way in ways), *_shares(at)] for at in found),
    )


def _shares(at: Any) -> tuple[str, str]:
    return f"{at['worker_cpu_share']:.0%}", f"{at['resting_cpu_share']:.1%}"


def _spread(of: Any) -> str:
    return f"{of['p50_ms']:.0f}, {of['p99_ms']:.0f}, {of['max_ms']:.0f}"


def beside(found: Any) -> Iterator[str]:
    """One sentence."""
    yield (
        f"Live events at 50 a second, while the same worker replays old ones as fast as it can, are committed after "
        f"{_spread(found)} ms (p50, p99, most)."
    )


def growth(found: Any) -> Iterator[str]:
    """A chart and a line for each series."""
    for name, points in groupby(found, lambda point: point["of"]):
        series = {_short(p["amount"]): p["fold_us"] + p["pack_us"] for p in points}
        yield from _chart(f"µs an event by {name}", "line", series)
        yield ""
    yield from _table(
        ["", "", "fold µs", "pack µs", "beside orjson.loads"],
        (
            [p["of"], f"{p['amount']:,}", f"{p['fold_us']:.1f}", f"{p['pack_us']:.1f}", f"{p['ratio']:.1f}"]
            for p in found
        ),
    )


def scaling(found: Any) -> Iterator[str]:
    """A line for each run."""
    yield from _table(
        ["partitions", "workers", "CPU-s a million", "events/s", "Valkey's CPU-s a million"],
        (
            [
                str(one["partitions"]),
                str(one["workers"]),
                f"{one['cpu_s_per_million']:.1f}",
                f"{one['events_per_s']:,.0f}",
                f"{one['valkey_cpu_s_per_million']:.2f}",
            ]
            for one in found
        ),
    )


def publishing(found: Any) -> Iterator[str]:
    """A line for each number of queues."""
    yield from _table(
        [
            "queues",
            "partitions",
            "windows",
            "one partition's view (ms)",
            "all merged",
            "again, one of them new",
            "after one event: all, JSON too",
            "after none",
            "between two snapshots, after one event",
        ],
        (
            [
                f"{one['queues']:,}",
                str(one["partitions"]),
                str(one["windows"]),
                *(
                    f"{one[name]:.1f}"
                    for name in ("view_ms", "merge_ms", "merge_again_ms", "event_ms", "tick_ms", "small_ms")
                ),
            ]
            for one in found
        ),
    )


def profile(found: Any) -> Iterator[str]:
    """A line for each part."""
    yield from _table(["", "of the time"], ([part, f"{share:.0%}"] for part, share in found.items()))


def year(found: Any) -> Iterator[str]:
    """One sentence."""
    cost = found["cost"]
    yield (
        f"{found['contacts']:,} contacts, {found['events']:,} events: read and committed by one worker in "
        f"**{cost['wall_s']:.0f} s** ({found['events_per_s']:,.0f} events/s), {cost['cpu_s']:.0f} s of CPU "
        f"({found['cpu_s_per_million']:.1f} a million). The worker has {cost['rss_mb']:.0f} MB then, Redis "
        f"{found['redis_mb']:.0f} MB. `svartid verify`: {found['differences']} differences."
    )


def sizes(found: Any) -> Iterator[str]:
    """A line for each thing that there is at the end of a year."""
    of = Sizes(**found)
    yield (
        f"{of.contacts:,} contacts in {of.queues} queues, all as busy, and {of.partitions} partitions, on the evening "
        f"of 31 December{_thinned(of)}:"
    )
    yield ""
    yield from _table(["", "all", "the largest"], (list(row) for row in rows_of_sizes(of)))


def _thinned(of: Sizes) -> str:
    of_before = f"of all but the last {WHOLE_DAYS} working days, whose quarters of an hour are not kept"
    return f" ({of_before}, one in {of.thin} came)" if of.thin > 1 else ""


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "--:|" * (len(head) - 1)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _chart(title: str, kind: str, values: dict[str, float]) -> Iterator[str]:
    names = ", ".join(f'"{name}"' for name in values)
    yield from ("```mermaid", "xychart-beta", f'    title "{title}"', f"    x-axis [{names}]")
    yield f"    y-axis 0 --> {max(values.values()) * 1.1:.0f}"
    yield f"    {kind} [{', '.join(f'{value:.1f}' for value in values.values())}]"
    yield "```"


def _short(amount: int) -> str:
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if amount >= size and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(amount)


SECTIONS: dict[str, Callable[[Any], Iterator[str]]] = {
    "throughput": throughput,
    "latency": latency,
    "beside": beside,
    "growth": growth,
    "scaling": scaling,
    "publishing": publishing,
    "profile": profile,
    "year": year,
    "sizes": sizes,
}


def written(page: str, documents: list[dict[str, Any]]) -> str:
    """The page with everything that these have in place of what was there."""
    for document in documents:
        for name, section in SECTIONS.items():
            if name in document:
                found = document[name]
                marked = f"{name}-{found['open_contacts']}" if name == "throughput" else name
                page = placed(page, marked, "\n".join(section(found)))
    return page


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page", description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="what `python -m tests.bench … --json FILE` wrote")
    documents = [json.loads(file.read_text()) for file in parser.parse_args().files]
    PAGE.write_text(written(PAGE.read_text(), documents))
