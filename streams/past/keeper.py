"""Keeps the scorecard's document: added up each minute by who writes the snapshot, of the days in Redis, and of the
quarters of an hour of the last 24 hours.

The same cells are read, and added up by the same code, as `svartid scorecard` does it: so its figures, those of
history and of an export are the same to the last digit. It is done in a thread, so that nothing else waits for it, and
only the newest days are read each minute: older ones change after long pauses alone, and are read again each hour.

May import: the core, config, past, serve, settings, redis.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import structlog
from redis.exceptions import RedisError

from config import Centre
from streams.core.calendar import date_of, midnight
from streams.core.cells import merge
from streams.core.reading import Cell
from streams.keys import Keys
from streams.outage import Outage
from streams.past.history import Located, Span
from streams.past.history_cells import Found, OtherDefinitions, read
from streams.past.promise import promises_at
from streams.past.scorecard import kept_by, needed_since
from streams.past.scorecard_document import Scorecard
from streams.past.summed import Days, Quarters
from streams.redis_client import Client, connect, in_words
from streams.sealed import Spoiled
from streams.serve.configuration import Configured
from streams.serve.documents import Snapshot
from streams.settings import Settings

log = structlog.get_logger(__name__)

EVERY_S: Final = 60.0
AGAIN_S: Final = 5.0  # where not all is counted yet, and twice as long each time: at a start it is in a moment
LOOK_EVERY_S: Final = 1.0  # whether it is ours to write
OLD_EVERY_S: Final = 3600.0
NEWEST: Final = timedelta(days=10)  # that are read each minute: a correction may reach back for days
GONE_AFTER_S: Final = 600.0  # nothing is better than something old


class _Old(NamedTuple):
    """The days that are not read each minute, all partitions together, and what they were read for."""

    cells: list[Located]
    made_by: Configured
    until: date
    read_at: float


class Scorecards:
    """Of one worker. `snapshot` is the latest that this process wrote, None where another writes it."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        configured: Callable[[], Configured],
        snapshot: Callable[[], Snapshot | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._keys, self._configured, self._snapshot = settings, keys, configured, snapshot
        self._clock = clock
        self._outage = Outage(log, "the scorecard cannot be added up, and is tried again each minute")
        self._old: _Old | None = None
        self._kept: Scorecard | None = None
        self._kept_at = 0.0
        self._again_s = AGAIN_S

    @property
    def latest(self) -> Scorecard | None:
        """The scorecard, while this process writes the snapshot; none where none was made for long, as in Redis."""
        is_old = self._clock() - self._kept_at > GONE_AFTER_S
        return None if is_old or self._snapshot() is None else self._kept

    async def run(self) -> None:
        """Until cancelled. Nothing that goes wrong here ends a worker that counts: it is told.

        While much is still to be read nothing is added up: days lack what is to come, and counting has the processor.
        """
        due = 0.0
        while True:
            document = self._snapshot()
            if document is not None and document.status != "catching_up" and self._clock() >= due:
                await self._keep(document)
                due = self._clock() + self._next_in_s()
            elif document is None and self._clock() >= due:  # it has been another's for a while
                self._kept = self._old = None
            await asyncio.sleep(LOOK_EVERY_S)

    def _next_in_s(self) -> float:
        """How long until it is added up again."""
        is_whole = self._kept is None or not self._kept.not_whole
        waits_s, self._again_s = (EVERY_S, AGAIN_S) if is_whole else (self._again_s, min(EVERY_S, 2 * self._again_s))
        return waits_s

    async def _keep(self, document: Snapshot) -> None:
        try:
            self._kept = await asyncio.to_thread(lambda: asyncio.run(self._made(document)))
        except RedisError as error:
            self._outage.tell(in_words(error))
        except (OtherDefinitions, Spoiled) as error:
            self._outage.tell(str(error))
        except Exception as error:
            self._outage.tell(type(error).__name__)
        else:
            self._kept_at = self._clock()
            self._outage.over()

    async def _made(self, document: Snapshot) -> Scorecard:
        """Added up, and written, if this is still the snapshot's writer."""
        by = self._configured()
        zone = ZoneInfo(by.centre.timezone)
        today = date_of(document.as_of_ms, zone)
        client = connect(self._settings)
        try:
            found = await self._found(client, by, today, zone)
            lately = await read(client, self._keys, by.rules, Quarters.span(document.as_of_ms, zone))
            made = scorecard(found, lately, by.centre, today, document)
            made.fresh_until_ms = document.as_of_ms + round(2 * EVERY_S * 1000 * max(1.0, self._settings.clock.speed))
            if self._snapshot() is not None:
                packed = msgspec.json.encode(made)
                await client.set(self._keys.scorecard, packed, px=round(GONE_AFTER_S * 1000))
        finally:
            await client.aclose()
        return made

    async def _found(self, client: Client, by: Configured, today: date, zone: ZoneInfo) -> Found:
        """The cells of all days that are asked for. What is not whole is not kept for the next time."""
        until = today - NEWEST
        newest = await self._read(client, by, until, today + timedelta(days=1), zone)
        old, self._old = self._old, None
        is_it = old is not None and old.made_by is by and old.until == until and not newest.not_whole
        if old is None or not is_it or self._clock() - old.read_at > OLD_EVERY_S:
            read_at = self._clock()
            found = await self._read(client, by, needed_since(today), until, zone)
            newest = replace(newest, not_whole=tuple(sorted({*newest.not_whole, *found.not_whole})))
            old = _Old(together(found.cells), by, until, read_at)
        if not newest.not_whole:
            self._old = old
        return replace(newest, cells=[*old.cells, *newest.cells])

    async def _read(self, client: Client, by: Configured, first: date, until: date, zone: ZoneInfo) -> Found:
        span = Span.of(midnight(first, zone), midnight(until, zone), "1d", zone)
        return await read(client, self._keys, by.rules, span)


def together(cells: Iterable[Located]) -> list[Located]:
    """The cells of all partitions of one day and line, one."""
    merged: dict[tuple[int, str], Cell] = {}
    for start, line, cell in cells:
        merge(merged.setdefault((start, line), {}), cell)
    return [(start, line, cell) for (start, line), cell in merged.items()]


def scorecard(found: Found, lately: Found, centre: Centre, today: date, document: Snapshot) -> Scorecard:
    """The document, of the cells of days, of the latest quarters of an hour, and the snapshot of now. Of what is not
    whole nothing is said.
    """
    zone, now_ms = ZoneInfo(centre.timezone), document.as_of_ms
    days = Days.of(found, centre.external_at, zone, today)
    quarters = Quarters.of(lately, centre.external_at, zone, now_ms)
    not_whole = sorted({*found.not_whole, *lately.not_whole})
    return Scorecard(
        centre=centre.name,
        card=centre.card_at(today),
        as_of_ms=now_ms,
        fresh_until_ms=now_ms,
        not_whole=not_whole,
        promises=[] if not_whole else kept_by(today, promises_at(centre), days, document, quarters),
    )
