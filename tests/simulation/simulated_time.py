"""Whoever asks the standard library for the time, or for chance, is answered by the simulation."""

import importlib.metadata
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from tests.simulation.loop import SimulatedLoop

_version = cache(importlib.metadata.version)  # redis-py reads its own anew for each connection, which takes its time


@contextmanager
def simulated_time(loop: SimulatedLoop, seed: int) -> Iterator[None]:
    """Whoever asks the standard library for the time, or for chance, is answered by the simulation."""
    before = random.getstate()
    random.seed(seed)
    try:
        with (
            patch.object(time, "monotonic", loop.time),
            patch.object(time, "perf_counter", loop.time),
            patch.object(time, "time_ns", lambda: int(loop.time() * 1e9)),
            patch.object(importlib.metadata, "version", _version),
        ):
            yield
    finally:
        random.setstate(before)
