"""Whether the rules that a process has may be counted by: others that hold from a date on may be known elsewhere.

A process that stood still for long must not go on counting by what held when it stopped. May import: standard library.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple


class RulesInForce(NamedTuple):
    """Whether nothing can hold by now that is not known here, and what waits until that is so."""

    is_current: Callable[[], bool]
    until_current: Callable[[], Awaitable[None]]


async def _at_once() -> None:
    """There are no others."""


FOR_EVER: Final = RulesInForce(lambda: True, _at_once)
