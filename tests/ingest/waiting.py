"""Waiting in tests: on a condition with a deadline, never on time alone."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_EVERY_S = 0.02


def eventually(look: Callable[[], T], what: str | Callable[[], str], within_s: float = 30.0) -> T:
    """The first answer of `look` that is true. Fails, saying `what` was waited for, where none comes in time."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(_LOOK_EVERY_S)
    return found
