"""Waiting in tests: on a condition with a deadline, never on time alone."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_EVERY_S = 0.02
_SHARED_S = 20.0


def within(alone_s: float) -> float:
    """How soon something must be done (s): that where a test runs alone; where others run beside it, each with its
    share of the machine, only that it comes. To measure it: pytest -n 0 and the test's name.
    """
    return _SHARED_S if "PYTEST_XDIST_WORKER" in os.environ else alone_s


def eventually(look: Callable[[], T], what: str | Callable[[], str], within_s: float = 30.0) -> T:
    """The first answer of `look` that is true. Fails, saying `what` was waited for, where none comes in time."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(_LOOK_EVERY_S)
    return found
