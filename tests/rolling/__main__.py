"""Two builds at once: `python -m tests.rolling CLONE`, or `make rolling BEFORE=CLONE`.

CLONE is a folder with the build before, and with a .venv of its own. Two of its workers count a simulated day at 300
times its pace; they are replaced one by one by workers of this build, and these by workers of the one before, while
events come. All go by the configuration of the build before, as it is when a release is rolled out.

Exit codes: 0 all held; 1 something did not: a recount found a difference, the snapshot was not to be believed for
longer than a takeover takes, or a worker ended otherwise than asked; 2 there is no such build.
"""

import argparse
import json
import logging
import random
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from tests.rolling.builds import NoBuild
from tests.rolling.steps import TAKEOVER_S, Ran, run
from tests.soak import report
from tests.soak.__main__ import say
from tests.soak.rig import Rig

RATE_PER_S = 200.0  # a recount takes all that there is, at each step


def main() -> None:
    """Rolls there and back."""
    parser = argparse.ArgumentParser(prog="python -m tests.rolling", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("before", type=Path, metavar="CLONE", help="the folder of the build before")
    parser.add_argument("--rate", type=float, default=RATE_PER_S, help="events a second (default %(default)g)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--keep", action="store_true", help="logs and data, however it ends")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON, too")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    Rig.keeps = asked.keep
    say(f"seed {asked.seed}")
    try:
        ran = run(asked.before, asked.rate, asked.seed, say)
    except NoBuild as no:
        say(str(no))
        sys.exit(2)
    _show(ran)
    if asked.json:
        Path(asked.json).write_text(json.dumps(ran.as_json(), indent=2) + "\n")
    sys.exit(1 if ran.failed else 0)


def _show(ran: Ran) -> None:
    console = Console()
    report.tries(console, "rolled out, and back", [asdict(step) for step in ran.steps])
    report.counted(console, "workers ended", ran.ends)
    told = ran.stalled or f"{ran.lost} lost; the snapshot may be stale for {TAKEOVER_S:g} s at a time"
    console.print(f"{'something did not hold' if ran.failed else 'all held'}: {told}", markup=False)


if __name__ == "__main__":
    main()
