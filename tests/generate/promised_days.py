"""A scorecard on which everything is known: of half a year of days that are all alike."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from config import Centre
from streams.core.calendar import INTERVAL_MS, midnight
from streams.core.histogram import of_counts
from streams.core.later import NEVER
from streams.core.reading import Cell
from streams.core.scale import bucket_of
from streams.core.working_days import DAY_MS
from streams.past.history_cells import Found
from streams.past.promise import promises_at
from streams.past.scorecard import kept_by
from streams.past.scorecard_document import Scorecard
from streams.past.summed import Days, Quarters

MEAN_MS = 100_000
A_DAY = 20  # of whatever there is, in each queue
DAYS = 180


def scorecard(centre: Centre, at: date) -> Scorecard:
    """As who writes the snapshot keeps it."""
    zone = ZoneInfo(centre.timezone)
    dates = [at - timedelta(days=n) for n in range(DAYS)]
    lines = [*centre.own_lines, *centre.external_lines]
    cells = [(midnight(day, zone), line, _cell(line)) for day in dates for line in lines]
    days = Days.of(Found(cells, frozenset()), centre.external_at, zone)
    now_ms = midnight(at, zone)
    quarters = [(now_ms - n * INTERVAL_MS, line, _cell(line)) for n in range(96) for line in lines]
    lately = Quarters.of(Found(quarters, frozenset()), centre.external_at, zone, now_ms)
    return Scorecard(
        centre=centre.name,
        card=centre.card_at(at),
        as_of_ms=now_ms,
        fresh_until_ms=min(NEVER, now_ms + 120_000),
        not_whole=[],
        promises=kept_by(at, promises_at(centre), days, lately=lately),
    )


def _cell(line: str) -> Cell:
    if line.startswith("written/"):
        return {
            "letters_received": A_DAY,
            "letters_answered": A_DAY,
            "letter_days_sum_ms": A_DAY * DAY_MS,
            "letters_within_2": A_DAY,
            "letters_within_3": A_DAY,
        }
    cell: Cell = {
        "journeys": A_DAY,
        "reached": A_DAY,
        "answered": A_DAY,
        "wait_sum_ms": A_DAY * MEAN_MS,
        "wait_max_ms": MEAN_MS,
        "wait_histogram": of_counts({bucket_of(MEAN_MS): A_DAY}),
        "survey_invited": 2 * A_DAY,
        "survey_answered": A_DAY,
        **{f"survey_{question}_{score}": 5 for question in ("solution", "service") for score in (5, 6)},
        **{f"survey_{question}_3": A_DAY - 10 for question in ("solution", "service")},
    }
    return cell | {"bot_solved": 7, "bot_partly": 7, "bot_transferred": 6} if line.endswith("/frida") else cell
