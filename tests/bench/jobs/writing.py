"""The simpler job's writes from an engine that owns the loop. May import: the panes, the Redis client."""

import time

from redis import Redis

from tests.bench.jobs.panes import WRITE_EVERY_S, Panes

LOOK_EVERY = 64  # events: the clock costs something, too


class EachSecond:
    """Writes panes to Redis once a second, while events come."""

    def __init__(self, panes: Panes, client: Redis) -> None:
        self._panes, self._client = panes, client
        self._written = time.monotonic()

    def after_one(self) -> None:
        """To be called after each event."""
        if self._panes.events % LOOK_EVERY == 0:
            self.after_some()

    def after_some(self) -> None:
        """To be called after each batch."""
        if time.monotonic() - self._written >= WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Now."""
        self._panes.written(self._client)
        self._written = time.monotonic()
