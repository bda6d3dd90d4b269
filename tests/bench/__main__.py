"""The command line: `python -m tests.bench [--quick] [--json FILE] [WHAT]`; `--help` names what there is."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench import (
    against,
    core,
    flood,
    growth,
    image,
    kinds,
    latency,
    profile,
    publishing,
    report,
    room,
    scaling,
    sizes,
    throughput,
    wall,
    watchers,
    year,
)
from tests.bench.runner import JobFailed
from tests.bench.workload import OPEN

WHOLE_EVENTS, QUICK_EVENTS, CORE_EVENTS = 600_000, 100_000, 100_000
ROUNDS, QUICK_ROUNDS = 5, 2
GROWTH_EVENTS, GROWTH_QUICK_EVENTS = 120_000, 40_000
SECONDS, QUICK_SECONDS = 20.0, 5.0  # at each rate


def main() -> None:
    """Measures what was asked for, shows it, and writes it as JSON where asked to."""
    asked = _arguments()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a new topic's first seconds are full of retries
    console = Console(stderr=asked.json == "-", width=None if sys.stdout.isatty() else 140)
    document: dict[str, Any] = {"machine": report.machine()}
    report.show_machine(console)
    try:
        for what in ALL if asked.what == "all" else [asked.what]:
            document[what] = MEASURES[what](asked, console)
    except* JobFailed as errors:  # alone, or out of a group of tasks
        sys.exit(str(errors.exceptions[0]))
    _write(document, asked.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=sys.modules["tests.bench"].__doc__)
    parser.add_argument(
        "what", nargs="?", default="all", choices=[*MEASURES, "all"], help="all, the default: the first two"
    )
    parser.add_argument("--quick", action="store_true", help="fewer events and rounds: a look, not a figure to quote")
    parser.add_argument("--events", type=int, help=f"events to read (default {WHOLE_EVENTS}, quick {QUICK_EVENTS})")
    parser.add_argument(
        "--contacts", type=int, default=year.CONTACTS, help="year, sizes: how many (default %(default)s)"
    )
    parser.add_argument("--thin", type=int, default=1, help="sizes: of all but the last weeks one contact in so many")
    parser.add_argument("--open", type=int, default=OPEN, help="throughput: contacts at a time (default %(default)s)")
    parser.add_argument("--rounds", type=int, help=f"rounds of every job (default {ROUNDS}, quick {QUICK_ROUNDS})")
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON, too; - is standard output")
    parser.add_argument("--before", type=Path, help="against: the folder of the other build, a clone of it")
    parser.add_argument("--pairs", type=int, default=15, help="against: how many (default %(default)s)")
    parser.add_argument("--profile", action="store_true", help="core: where the time goes, on standard error")
    parser.add_argument("--batch", type=int, default=core.BATCH, help="core: events a batch (default %(default)s)")
    asked = parser.parse_args()
    asked.rounds = asked.rounds or (QUICK_ROUNDS if asked.quick else ROUNDS)
    if asked.events is None:
        asked.events = CORE_EVENTS if asked.what in ("core", "kinds") else QUICK_EVENTS if asked.quick else WHOLE_EVENTS
    return asked


def _core(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    if asked.profile:
        core.profile_core(asked.events, asked.batch)
    rounds = core.run_core(asked.events, asked.rounds, asked.batch)
    report.show_core(console, asked.events, asked.batch, rounds)
    return {
        "events": asked.events,
        "batch": asked.batch,
        "rounds": [asdict(r) for r in rounds],
        "middle": core.middle(rounds),
        "stored_ratio": core.RATIO,
    }


def _kinds(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    found = kinds.measure(asked.events, asked.rounds)
    report.show_kinds(console, found)
    return {"us": found, "of_a_call": kinds.ratios(found)}


def _year(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    result = year.measure(asked.contacts, _say)
    report.show_year(console, result)
    return asdict(result) | {"cpu_s_per_million": result.cpu_s_per_million, "events_per_s": result.events_per_s}


def _sizes(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    result = sizes.measure(asked.contacts, asked.thin, _say)
    report.show_sizes(console, result)
    return asdict(result)


def _against(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    if asked.before is None:
        sys.exit("against: --before FOLDER names a clone of the other build")
    if asked.pairs < 2:
        sys.exit("against: --pairs 2 at least, so that each build begins once")
    pairs = against.measure(asked.before.absolute(), asked.events, asked.pairs, _say)
    against.show(console, pairs)
    return against.as_json(pairs)


def _throughput(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    result = throughput.measure(asked.events, asked.rounds, asked.open, _say)
    report.show_throughput(console, result)
    return report.throughput_json(result)


def _latency(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    results = latency.measure(QUICK_SECONDS if asked.quick else SECONDS, _say)
    report.show_latency(console, results)
    return [asdict(result) | {"cpu_s_per_million": result.cpu_s_per_million} for result in results]


def _growth(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    points = growth.measure(GROWTH_QUICK_EVENTS if asked.quick else GROWTH_EVENTS, _say)
    report.show_growth(console, points)
    return [asdict(point) for point in points]


def _scaling(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    scales = scaling.measure(asked.events, _say)
    report.show_scaling(console, scales)
    return [asdict(scale) for scale in scales]


def _publishing(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    results = publishing.measure()
    report.show_publishing(console, results)
    return [asdict(one) for one in results]


def _profile(asked: argparse.Namespace, console: Console) -> dict[str, float]:
    shares = profile.measure(asked.events, _say)
    report.show_profile(console, shares)
    return shares


def _beside(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    spread = latency.beside_replay(_say)
    report.show_beside(console, spread)
    return asdict(spread)


def _room(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    rooms = room.measure()
    report.show_room(console, rooms)
    return [asdict(one) | {"each": one.each} for one in rooms]


def _wall(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    results = wall.measure(QUICK_SECONDS if asked.quick else 3 * SECONDS, _say)
    report.show_wall(console, results)
    return [asdict(one) for one in results]


def _watchers(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    results = watchers.measure(QUICK_SECONDS if asked.quick else SECONDS, _say)
    report.show_watchers(console, results)
    return [asdict(one) for one in results]


def _flood(asked: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    results = flood.measure(QUICK_SECONDS if asked.quick else SECONDS, _say)
    report.show_flood(console, results)
    return [asdict(one) for one in results]


def _image(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    found = image.measure(QUICK_SECONDS if asked.quick else 3 * SECONDS, _say)
    console.print(image.table(found), markup=False, soft_wrap=True)
    return asdict(found)


MEASURES: dict[str, Callable[[argparse.Namespace, Console], Any]] = {
    "throughput": _throughput,
    "against": _against,
    "latency": _latency,
    "beside": _beside,
    "core": _core,
    "kinds": _kinds,
    "flood": _flood,
    "growth": _growth,
    "image": _image,
    "scaling": _scaling,
    "publishing": _publishing,
    "profile": _profile,
    "room": _room,
    "year": _year,
    "sizes": _sizes,
    "wall": _wall,
    "watchers": _watchers,
}
ALL = ("throughput", "latency")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _write(document: dict[str, Any], where: str | None) -> None:
    text = json.dumps(document, indent=2) + "\n"
    if where == "-":
        sys.stdout.write(text)
    elif where:
        Path(where).write_text(text)


if __name__ == "__main__":
    main()
