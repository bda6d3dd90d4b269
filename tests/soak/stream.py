"""The stream of events: a child process of its own, so that no fault and no other work of the rig slows it down.

`python -m tests.soak.stream` sends until it is asked to end, at the pace of `SVARTID_CLOCK`. When the broker is away it
waits for it, and goes on.
"""

import argparse
import asyncio
import logging
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from streams.settings import Settings, load
from streams.sources.feed import send
from streams.sources.sending import Unreachable
from tests.soak.centre import stream

ENDS_WITHIN_S = 60.0
LONGEST_H = 24 * 365.0  # of the centre's clock
STEP_S = 0.05


class Stream:
    """The child, from `start` to `stop`; what it says goes to a file."""

    def __init__(self, folder: Path, env: Mapping[str, str], seed: int, rate_per_s: float) -> None:
        command = [sys.executable, "-m", "tests.soak.stream", "--seed", str(seed), "--rate", str(rate_per_s)]
        self.stopped = False
        with (folder / "stream.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, env=dict(env), stdout=log, stderr=log, start_new_session=True
            )  # a Ctrl-C is for us

    @property
    def running(self) -> bool:
        """Whether it sends."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Returns when all that it sent is confirmed; harmless when it was stopped before."""
        if self.stopped:
            return
        self.stopped = True
        self._process.terminate()
        code = self._process.wait(ENDS_WITHIN_S)
        assert code == 0, f"the stream ended with {code}"

    def kill(self) -> None:
        """Ends it whatever it does; harmless when it has ended."""
        self._process.kill()
        self._process.wait()


async def keep_sending(settings: Settings, seed: int, rate_per_s: float) -> int:
    """Until a signal; how many records were sent. What was under way when the broker was given up is not sent again."""
    stop, sent = asyncio.Event(), 0
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    records = stream(seed, rate_per_s, LONGEST_H)
    while not stop.is_set():
        try:
            sent += (await send(settings, records, settings.clock, stop, step_s=STEP_S)).records
        except Unreachable as error:
            print(error, flush=True)
    return sent


def main() -> None:
    """Sends."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.stream")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="events a real second")
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    print(asyncio.run(keep_sending(load(), asked.seed, asked.rate)), "sent", flush=True)


if __name__ == "__main__":
    main()
