"""Long runs with real faults.

python -m tests.soak hours --minutes 60
python -m tests.soak boards --minutes 60
python -m tests.soak kills --times 200
python -m tests.soak takeover --times 10
python -m tests.soak recovery --times 3
python -m tests.soak telling --times 10
python -m tests.soak upgrade --times 50
python -m tests.soak year --thin 20
"""

import argparse
import json
import logging
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.soak import boards, hours, kills, recovery, report, takeover, telling, upgrade, year
from tests.soak.rig import Rig

RATE_PER_S = 2000.0
err = Console(stderr=True)


def main() -> None:
    """Exits with 1 where something did not hold."""
    asked = _arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that the broker is away is our own doing
    Rig.keeps = asked.keep
    say(f"seed {asked.seed}")
    result, failed = RUNS[asked.what](asked, Console(stderr=asked.json == "-"))
    text = json.dumps(result, indent=2) + "\n"
    if asked.json == "-":
        sys.stdout.write(text)
    elif asked.json:
        Path(asked.json).write_text(text)
    sys.exit(1 if failed else 0)


def say(text: str) -> None:
    """A line of progress."""
    err.print(f"{time.strftime('%H:%M:%S')}  {text}", markup=False, highlight=False, soft_wrap=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").partition("\n")[0])
    runs = parser.add_subparsers(dest="what", required=True)
    for name, times in (
        ("hours", None),
        ("boards", None),
        ("kills", 200),
        ("takeover", 10),
        ("recovery", 3),
        ("telling", 10),
        ("upgrade", 50),
        ("year", 0),
    ):
        one = runs.add_parser(name)
        if name == "year":
            one.add_argument("--thin", type=int, default=20, help="of so many contacts one comes (default %(default)s)")
            one.add_argument("--svg", metavar="FILE", type=Path, help="a picture of its scorecard")
        elif times is None:
            one.add_argument("--minutes", type=float, default=60)
        else:
            one.add_argument("--times", type=int, default=times)
        one.add_argument("--rate", type=float, default=RATE_PER_S, help="events a second (default %(default)g)")
        one.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
        one.add_argument("--keep", action="store_true", help="logs and data, however it ends")
        one.add_argument("--json", metavar="FILE", help="write the figures as JSON, too; - is standard output")
    return parser.parse_args()


def _hours(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    ran = hours.run(asked.minutes, asked.rate, asked.seed, say)
    report.counted(console, "fault", ran.faults)
    report.counted(console, "workers ended", ran.ends)
    report.sizes(console, ran.flat)
    console.print(f"{ran.events:,} events in {ran.minutes:.1f} min; lag 0 after {ran.settled_s} s; ", end="")
    console.print(ran.stalled or f"{ran.differences} differences", markup=False)
    return ran.as_json(), ran.failed


def _boards(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    ran = boards.run(asked.minutes, asked.rate, asked.seed, say)
    report.sizes(console, ran.flat)
    console.print(f"{ran.events:,} events in {ran.minutes:.1f} min; ", end="")
    console.print(ran.stalled or ran.complaints or "nothing complained", markup=False)
    return ran.as_json(), ran.failed


def _kills(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    ran = kills.run(asked.times, asked.rate, asked.seed, say)
    report.tries(console, "kills", ran.table())
    report.counted(console, "workers ended", ran.ends)
    return ran.as_json(), ran.failed


def _takeover(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    result = takeover.run(asked.times, asked.rate, asked.seed, say)
    report.tries(console, "takeover, seconds", result["tries"])
    console.print(result["summary"])
    return result, bool(result["failed"])


def _recovery(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    result = recovery.run(asked.times, asked.rate, asked.seed, say)
    report.tries(console, "recovery, seconds", result["tries"])
    console.print(result["summary"])
    return result, bool(result["failed"])


def _telling(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    result = telling.run(asked.times, say)
    rows = [
        {"fault": name, **{way: f"{s['p50']} ({s['max']})" if s else "" for way, s in told.items()}}
        for name, told in result["summary"].items()
    ]
    report.tries(console, "told after, seconds: median (longest)", rows)
    console.print(result["untold"])
    return result, bool(result["untold"])


def _upgrade(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    ran = upgrade.run(asked.times, asked.seed, say)
    report.counted(console, "a kill left", ran.left)
    console.print(ran.as_json())
    return ran.as_json(), bool(ran.wrong)


def _year(asked: argparse.Namespace, console: Console) -> tuple[dict[str, Any], bool]:
    ran = year.run(asked.thin, asked.seed, say, asked.svg)
    console.print(ran)
    return ran, bool(ran["differences"] or ran["figures_that_differ"] or ran["recounted"] != ran["events"])


RUNS = {
    "hours": _hours,
    "boards": _boards,
    "kills": _kills,
    "takeover": _takeover,
    "recovery": _recovery,
    "telling": _telling,
    "upgrade": _upgrade,
    "year": _year,
}

if __name__ == "__main__":
    main()
