"""A year of a few contacts a day, counted by one configuration up to a day and by another from there."""

from dataclasses import dataclass
from typing import Final

from streams.cli.verify import as_kept, definitions_of
from streams.core.account import account
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.ingest.store import Owned, Store
from streams.keys import Keys
from streams.oracle import differences, recount
from streams.past.history import Span, rows
from streams.past.history_cells import read
from streams.past.history_rows import Row
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.merging import Missing
from streams.serve.snapshot import snapshot
from streams.serve.view import View, Viewer
from tests.events import Event, Record, event, records, visit

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
KEYS, NAME = Keys("changes"), "topic-0"
BEGIN_MS: Final = 1_741_158_000_000  # 2025-03-05T07:00:00Z: eight o'clock in Oslo
DAYS: Final = range(0, 365, 3)  # on which something happens
CHANGED_AFTER: Final = 100  # of them: on 2025-12-27, so that a New Year comes soon


def _day(day: int) -> list[Event]:
    """What happens on a day: one is answered, one gives up soon, one later, one is called back, and one is never heard
    of again. In queues of both channels, one of them nobody has configured. Who was answered is put back and answered
    once more, by the same id.
    """
    at = BEGIN_MS + day * DAY_MS
    phone, chat, new = "phone/personbruker/helse", "chat/personbruker/arbeid", "phone/personbruker/Økonomi & bolig"
    called = {"line": "phone/samhandler/lege-behandler"}
    return [
        *visit(f"{day}a", at, ("queue.answered", (60 + day) * 1000), line=phone),
        *visit(f"{day}a", at + HOUR_MS // 2, ("queue.answered", 5_000), line=phone),
        *visit(f"{day}b", at + HOUR_MS, ("queue.abandoned", 7_000), line=phone),
        *visit(f"{day}c", at + 2 * HOUR_MS, ("queue.abandoned", 200_000), line=chat),
        *visit(f"{day}d", at + 3 * HOUR_MS, ("queue.answered", 30_000), line=new),
        *visit(f"{day}e", at + 4 * HOUR_MS, ("callback.requested", 9_000), ("callback.connected", 5_000_000), **called),
        event("queue.entered", at + 5 * HOUR_MS, f"{day}f", chat),
    ]


LOG: Final[list[Record]] = records([one for day in DAYS for one in _day(day)])
OF_A_DAY: Final = len(LOG) // len(DAYS)
CHANGE_AT: Final = CHANGED_AFTER * OF_A_DAY
CHANGE_MS: Final = BEGIN_MS + DAYS[CHANGED_AFTER - 1] * DAY_MS + 6 * HOUR_MS  # an hour after the last event before it


@dataclass(frozen=True)
class Seen:
    """What is shown at an instant: the days' rows, by queue and by channel, and the channels that have figures now."""

    by_queue: list[Row]
    by_channel: list[Row]
    channels: frozenset[str]

    @property
    def size(self) -> tuple[int, int]:
        """How many rows there are: by queue, and by channel."""
        return len(self.by_queue), len(self.by_channel)

    def changed(self, before: "Seen") -> tuple[int, int]:
        """How many rows are other ones than before, or not there any more: of queues, and of channels."""
        return _changed(before.by_queue, self.by_queue), _changed(before.by_channel, self.by_channel)


def _changed(before: list[Row], after: list[Row]) -> int:
    now = {_of(row): row for row in after}
    return sum(now.get(_of(row)) != row for row in before)


def _of(row: Row) -> tuple[object, ...]:
    """Of what it is."""
    return row.start, row.channel, row.audience, row.queue


class Year:
    """One partition with that log, in one Redis."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def count(self, by: Configured, until: int) -> PartitionState:
        """Counts so many of the log's records, as a worker that starts with a configuration. Raises OtherRules."""
        owned = await self.store(by).claim(NAME, None)
        if owned.committed_offset is None:
            await self.store(by).begin(owned, 0)
        return await self._go_on(owned, by, until)

    async def shown_by(self, by: Configured, other: Configured, now_ms: int) -> Seen:
        """What a worker shows as soon as it has taken another configuration while it runs."""
        owned = await self.store(by).claim(NAME, None)
        owned.state.configure(other.rules)
        return await self.seen(owned.state, other, now_ms)

    async def _go_on(self, owned: Owned, by: Configured, until: int) -> PartitionState:
        changes = fold(owned.state, LOG[owned.state.offset : until])
        packed = self.store(by).pack(owned, changes, now_ms=1)
        assert await self.store(by).commit(NAME, packed) == ("ok", until)
        return owned.state

    def store(self, by: Configured) -> Store:
        """As a worker has it that goes by this configuration."""
        return Store(self._client, KEYS, by.rules, "one")

    async def seen(self, state: PartitionState, by: Configured, now_ms: int) -> Seen:
        """What history has of all days before today, and the snapshot of now."""
        span = Span.of(BEGIN_MS - DAY_MS, now_ms - DAY_MS, "1d", by.rules.timezone)
        found = await read(self._client, KEYS, by.rules, span)
        shown = snapshot([_view(state, by, now_ms)], Missing(), by.centre, by.rules, now_ms, 5_000)
        external_at = by.centre.external_at
        return Seen(
            rows(found.cells, span, "queue", external_at, _EDGES),
            rows(found.cells, span, "channel", external_at, _EDGES),
            frozenset(line.channel for line in shown.lines.values()),
        )

    async def differences(self, by: Configured) -> int:
        """How many there are from an independent recount of all that is counted, by this configuration."""
        state, _ = await self.store(by).load(NAME)
        told = as_kept(definitions_of(state.rules), state)
        expected = recount([one.recounted for one in LOG[: state.offset]], told)
        return len(list(differences(expected, account(state))))


_EDGES: Final = (60_000, 600_000)


def _view(state: PartitionState, by: Configured, now_ms: int) -> View:
    """As its owner shows it, caught up with the log."""
    viewer = Viewer(state, by.centre.windows.lengths)
    return View(
        partition=NAME,
        channel="phone",
        epoch="1",
        owner="one",
        as_of_ms=now_ms,
        offset=state.offset,
        behind=0,
        watermark_ms=state.watermark,
        counters=dict(state.counters),
        lines=viewer.lines(now_ms, Touched()),
        is_fresh=True,
        heard_ms=viewer.heard_ms(now_ms),
    )
