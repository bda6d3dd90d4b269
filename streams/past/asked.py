"""What is asked of history in words: dates and times as people write them, and the rows that answer it.

The command and the HTTP API ask in the same words. May import: the core, config, history, its cells.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from config import Centre
from streams.core.calendar import date_of, first_date
from streams.core.events import FIRST_YEAR, LAST_YEAR
from streams.core.rules import Rules
from streams.past.history import By, Span, Step, rows
from streams.past.history_cells import Found
from streams.past.history_rows import Row

_DAY = timedelta(days=1)


class NoSpan(ValueError):
    """What was asked is no stretch of time: in a sentence."""


def span_of(
    since: str | None, until: str | None, step: Step, zone: ZoneInfo, now_ms: int, names: tuple[str, str]
) -> Span:
    """From a date or time to another, as the two are called; of what goes on, where none is given. Raises NoSpan."""
    today = date_of(now_ms, zone)
    goes_on_since = today if step == "15m" or step == "1h" else first_date(today, step)
    first, _ = instants(since or goes_on_since.isoformat(), zone, names[0])
    _, last = instants(until or today.isoformat(), zone, names[1])
    if last <= first:
        raise NoSpan(f"{names[1]} is not after {names[0]}")
    return Span.of(first, last, step, zone)


def instants(text: str, zone: ZoneInfo, name: str) -> tuple[int, int]:
    """When a date begins and ends; a time does both at once. Raises NoSpan."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        time = _time(text, name)
        _check_year(time.year, name)
        return ms_of(time, zone), ms_of(time, zone)
    _check_year(day.year, name)
    midnight = datetime.combine(day, datetime.min.time())
    return ms_of(midnight, zone), ms_of(midnight + _DAY, zone)


def _check_year(year: int, name: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NoSpan(f"{name} is of the year {year}: events are of {FIRST_YEAR} to {LAST_YEAR}")


def _time(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NoSpan(f"{name} is neither a date nor an ISO time such as 2025-03-04T09:30") from None


def ms_of(at: datetime, zone: ZoneInfo) -> int:
    """Of a time that is the zone's where it says no offset."""
    return round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1000)


def rows_of(found: Found, centre: Centre, rules: Rules, span: Span, by: By) -> list[Row]:
    """The rows that the kept cells make."""
    definitions = rules.definitions
    changed_ms = [terms.from_ms for terms in definitions.later]
    shown_ms, edges, since = centre.shown_edges_ms, found.coarse_ms, found.counted_since
    return rows(
        found.cells, span, by, centre.external_at, shown_ms, edges, since, found.carried, changed_ms, definitions
    )
