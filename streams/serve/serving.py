"""Which of an installation's states is served: the one whose snapshot other services read, and Prometheus is told of.

Each state counts the whole log by itself; one at a time is served. Redis says which (`{<namespace>}:serving`), and the
script that writes a snapshot compares it. May import: keys, sealed, settings, redis, structlog.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from streams.keys import Keys
from streams.redis_client import Client
from streams.sealed import Spoiled, number, typed
from streams.settings import MAIN, Settings

log = structlog.get_logger(__name__)

FIELDS: Final = ("state", "number", "after")
DONE: Final = 1  # what switch.lua answers
NOBODY_WRITES: Final = 2


class Served(NamedTuple):
    """What Redis says. Where nobody has ever switched, it is `main`."""

    state: str = MAIN
    number: int = 0  # of the switch; a Redis that forgot has a lower one, or none
    after_ms: int = 0  # as_of_ms of the last snapshot of the state before


def read(fields: Sequence[bytes | None] | None) -> Served:
    """That of the fields' values; as if nothing were there where they are not what a switch wrote."""
    state, nth, after = fields or (None, None, None)
    if not state or number(nth) is None:
        return Served()
    return Served(state.decode(errors="replace"), number(nth) or 0, number(after) or 0)


async def served(client: Client, keys: Keys) -> Served:
    """Asked of Redis."""
    try:
        return read(await typed(keys.serving, client.hmget(keys.serving, FIELDS)))
    except Spoiled:
        return Served()


async def of_the_served(client: Client, settings: Settings) -> Settings:
    """The settings of the state that is meant: SVARTID_SHADOW's, or the one that is served."""
    if settings.shadow is not None:
        return settings
    return settings.model_copy(update={"shadow": (await served(client, Keys.of(settings))).state})


class Switch:
    """Has another state served, in one step; or says again which is, to a Redis that forgot."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._keys = keys
        self._run = client.register_script((Path(__file__).parent / "switch.lua").read_text())

    async def to(self, state: str, nth: int) -> int:
        """One of the answers above; another where somebody has switched meanwhile."""
        return await self._asked(state, nth, "")

    async def remind(self, of: Served) -> None:
        """Puts it back where Redis has an earlier switch, or none."""
        await self._asked(of.state, of.number, of.after_ms)

    async def _asked(self, state: str, nth: int, after: int | str) -> int:
        publisher = Keys(self._keys.namespace, "" if state == MAIN else state).publisher
        return int(await self._run(keys=[self._keys.serving, self._keys.snapshot, publisher], args=[state, nth, after]))


class Serving:
    """What a worker knows of it, and remembers through a Redis that forgot."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self.now = Served()
        self._client = client
        self._keys = keys
        self._switch = Switch(client, keys)
        self._is_told: bool | None = None  # whether ours was served when it was last told

    @property
    def is_ours(self) -> bool:
        """Whether the state that is kept here is served."""
        return self.now.state == self._keys.state

    @property
    def in_words(self) -> str:
        """What somebody has to know who asks whether this worker is well; empty where it is served."""
        return "" if self.is_ours else f"it counts and is not served: {self.now.state} is"

    async def look(self) -> None:
        """Asks Redis."""
        await self.heard(await served(self._client, self._keys))

    async def heard(self, found: Served) -> None:
        """Takes in what Redis says; what it forgot it is told again."""
        if found.number < self.now.number:
            log.warning("Redis had forgotten which state is served, and is told", served=self.now.state)
            await self._switch.remind(self.now)
            return
        self.now = found
        if self.is_ours is not self._is_told:
            self._tell()

    def _tell(self) -> None:
        """Once for each change; nothing where there has never been another."""
        if not self.is_ours:
            log.info("counts, and is not served", state=self._keys.state, served=self.now.state)
        elif self._is_told is not None or self.now.number:
            log.info("is served", state=self._keys.state)
        self._is_told = self.is_ours
