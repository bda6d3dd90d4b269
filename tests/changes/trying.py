"""Tries one change: counts a year with it in the midst, and says what it took, and what it did to what is shown."""

from typing import NamedTuple

from config import LEAST_AHEAD_MS, ConfigError, Effect, asked_for, changes
from streams.ingest.other_rules import OtherRules
from streams.redis_client import Client
from streams.serve.configuration import Configured
from tests.changes.rows import Row
from tests.changes.year import CHANGE_AT, CHANGE_MS, DAY_MS, LOG, OF_A_DAY, Year


class Outcome(NamedTuple):
    """What came of it."""

    takes: str  # "now", "from", "start", "rebuild" or "refused"
    of_queues: int  # rows of the days before it, by queue, that are other ones after it, or are not there any more
    of_channels: int  # likewise, by channel
    rows: tuple[int, int]  # how many there were
    away: bool  # whether a channel had no figures, right after it
    differences: int  # from the recount, in the end


async def tried(row: Row, client: Client) -> Outcome:
    """Counts up to the change, makes it, counts on to the year's end, and recounts."""
    await client.flushall()
    year, old = Year(client), row.old
    state = await year.count(old, CHANGE_AT)
    before = await year.seen(state, old, CHANGE_MS)
    takes, new = _takes(row, old)
    if takes is Effect.REBUILD:
        await _is_refused(year, new)
        return Outcome(takes, 0, 0, before.size, True, await _anew(new, client))
    at_once = await year.shown_by(old, new, CHANGE_MS)
    state = await year.count(new, CHANGE_AT + OF_A_DAY)
    after = await year.seen(state, new, CHANGE_MS + 3 * DAY_MS)
    for n, by in enumerate((old, new, old) if row.how == "side by side" else (), start=1):
        await year.count(by, CHANGE_AT + (n + 1) * OF_A_DAY)
    await year.count(new, len(LOG))
    of_queues, of_channels = after.changed(before)
    away = bool(before.channels - at_once.channels)
    return Outcome(takes or "refused", of_queues, of_channels, before.size, away, await year.differences(new))


def _takes(row: Row, old: Configured) -> tuple[Effect | None, Configured]:
    """What it takes, and what is shown by then; None where it cannot be taken."""
    try:
        new = row.new
    except ConfigError:
        assert row.how == "refused"
        return None, old
    assert row.how != "refused"
    if row.keys != (old.rules.pseudonym_key, old.rules.queue_key):
        return Effect.REBUILD, new
    counted_to_ms = CHANGE_MS + old.centre.definitions.future + LEAST_AHEAD_MS
    return asked_for(changes(old.centre, new.centre, counted_to_ms)), new


async def _is_refused(year: Year, new: Configured) -> None:
    try:
        await year.count(new, CHANGE_AT + OF_A_DAY)
    except OtherRules:
        return
    raise AssertionError("it goes on with figures that were counted otherwise")


async def _anew(new: Configured, client: Client) -> int:
    """The differences where all is counted from the log's beginning."""
    await client.flushall()
    year = Year(client)
    await year.count(new, len(LOG))
    return await year.differences(new)
