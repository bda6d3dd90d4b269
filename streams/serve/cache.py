"""What was made of a line's view, for as long as the view has one version. May import: standard library."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Made(Generic[T]):
    """One thing that is made of each line or group."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Hashable, T]] = {}

    def of(self, name: str, version: Hashable, make: Callable[[], T]) -> T:
        """What was made of this version, or is made of it now; the one before is let go of."""
        known = self._known.get(name)
        if known is None or known[0] != version:
            known = self._known[name] = version, make()
        return known[1]
