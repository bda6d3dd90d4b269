"""Where a worker's time goes while it catches up: a sampling profile, its samples sorted by what they are for.

    python -m tests.bench profile

Only threads that hold the interpreter are looked at, so waiting does not count.
May import: the local parts, the runner.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.runner import ENGINES_PYTHON, Job, JobFailed, environment
from tests.bench.topics import fill
from tests.bench.workload import PARTITIONS, make

TOPIC = "bench.profile"
RATE = 500  # samples a second
DEADLINE_S = 300.0

# The first whose frame is in a sample has it.
PARTS = {
    "start": "_find_and_load",
    "publish": "(streams/serve/",  # which merges cells by the core's own means
    "decode": "decode (streams/core/decode.py",
    "pseudonyms": "(streams/core/pseudonym.py",
    "facts": "(streams/core/joins.py",
    "cells": "(streams/core/aggregates.py",
    "contributions": "(streams/core/contribution.py",
    "rest of the fold": "(streams/core/",
    "pack": "pack (streams/ingest/store.py",
    "checkpoints": "(streams/ingest/checkpoint",
    "commit": "(streams/ingest/group_commit.py",
    "read": "aiokafka/",
    "Faust": "faust/",
}

Say = Callable[[str], None]


def measure(events: int, say: Say) -> dict[str, float]:
    """Each part's share of the samples after the start. Raises JobFailed."""
    program = ENGINES_PYTHON.with_name("py-spy")
    if not program.exists():
        raise JobFailed("the profiler is not there: `make bench` sets it up")
    workload = make(events)
    with LocalParts(on_progress=say) as parts, tempfile.TemporaryDirectory() as folder:
        create_topics(parts.kafka_brokers, {TOPIC: PARTITIONS})
        fill(parts.kafka_brokers, TOPIC, workload.records)
        job = Job("svartid", TOPIC, "bench-profile", events, workload.truth)
        raw = Path(folder, "raw")
        asked = [str(program), "record", "--gil", "--rate", str(RATE), "--format", "raw", "--output", str(raw), "--"]
        worker = [sys.executable, "-m", "tests.bench.jobs.svartid"]
        ran = subprocess.run(
            [*asked, *worker],
            env=environment(parts, job),
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        if not raw.exists():
            raise JobFailed(f"nothing was sampled:\n{ran.stderr[-2000:]}")
        return shares(raw.read_text().splitlines())


def shares(samples: Iterable[str]) -> dict[str, float]:
    """Of collapsed stacks, each with how often it was seen."""
    seen: Counter[str] = Counter()
    for sample in samples:
        stack, _, times = sample.rpartition(" ")
        seen[next((part for part, frame in PARTS.items() if frame in stack), "rest")] += int(times)
    del seen["start"]
    return {part: n / seen.total() for part, n in seen.most_common()}
