"""What a job costs from its partitions' assignment to its last write: one rule for every job. May import: psutil.

A process's start (imports, joining the group) and its end are left out. The job prints its cost as JSON in the end.
"""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass

import psutil

SERVERS = "BENCH_SERVERS"  # the environment's word for the process ids of Kafka and Valkey, with a comma
EVENTS = "BENCH_EVENTS"  # and for how many events there are to read


@dataclass(frozen=True, slots=True)
class Cost:
    """What a job took. CPU is user and system time."""

    cpu_s: float  # of the job's own process
    steady_cpu_s: float  # of that, an event, once half of the events were counted
    kafka_cpu_s: float
    valkey_cpu_s: float
    wall_s: float
    rss_mb: float  # the process's size in the end


class Stopwatch:
    """`start` at the assignment, `counted` on the way, `lap` after every write; the last one counts."""

    def __init__(self) -> None:
        self._servers = [psutil.Process(int(pid)) for pid in os.environ[SERVERS].split(",")]
        self._events = int(os.environ[EVENTS])
        self._half: tuple[int, float] | None = None  # events, CPU
        self._started: list[float] = []
        self._ended: list[float] = []

    def start(self) -> None:
        """The partitions are ours, nothing is read yet. Assigned twice, the first counts."""
        self._started = self._started or self._read()

    def counted(self, events: int) -> None:
        """So many are, by now; to be told now and then."""
        if self._half is None and events >= self._events / 2:
            self._half = (events, time.process_time())

    def lap(self) -> None:
        """Something was written."""
        self._ended = self._read()

    def report(self) -> None:
        """Prints the cost."""
        own, kafka, valkey, wall = (b - a for a, b in zip(self._started, self._ended, strict=True))
        at, half_cpu_s = self._half or (0, self._started[0])
        steady = (self._ended[0] - half_cpu_s) / max(1, self._events - at)
        rss_mb = psutil.Process().memory_info().rss / 2**20
        sys.stdout.write(json.dumps(asdict(Cost(own, steady, kafka, valkey, wall, rss_mb))) + "\n")

    def _read(self) -> list[float]:
        return [time.process_time(), *map(_cpu_s, self._servers), time.perf_counter()]


def _cpu_s(process: psutil.Process) -> float:
    """Its finished children's too: Valkey rewrites its log in one."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
