"""Saying that something is out of reach: once, then seldom, and when it is back. Imports the standard library.

What is tried again each moment would otherwise be told each moment, and nobody finds anything else in such a log.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol

AGAIN_AFTER_S: Final = 60.0


class Log(Protocol):
    """What is used of a structlog logger."""

    def error(self, event: str, **said: object) -> object:
        """Tells of something that is wrong."""
        ...

    def info(self, event: str, **said: object) -> object:
        """Tells of something."""
        ...


class Outage:
    """One thing that can be out of reach."""

    def __init__(
        self, log: Log, event: str, now: Callable[[], float] = time.monotonic, *, again_after_s: float = AGAIN_AFTER_S
    ) -> None:
        self._log = log
        self._event = event
        self._now = now
        self._again_after_s = again_after_s
        self._since: float | None = None
        self._told_at = 0.0
        self._untold = 0
        self.why = ""  # as it was told last

    @property
    def is_on(self) -> bool:
        """Whether it is out of reach."""
        return self._since is not None

    def tell(self, why: str) -> None:
        """It is out of reach, for this reason."""
        now = self._now()
        self.why = why
        if self._since is None:
            self._since, self._told_at, self._untold = now, now, 0
            self._log.error(self._event, why=why)
        elif now - self._told_at >= self._again_after_s:
            self._log.error(self._event, why=why, tries=self._untold + 1, for_s=round(now - self._since))
            self._told_at, self._untold = now, 0
        else:
            self._untold += 1

    def look(self, why: str) -> None:
        """It is out of reach, for this reason; within reach where there is none."""
        if why:
            self.tell(why)
        else:
            self.over()

    def over(self) -> None:
        """It is within reach again, or always was."""
        if self._since is not None:
            self._log.info(f"over: {self._event}", after_s=round(self._now() - self._since, 1))
            self._since = None
