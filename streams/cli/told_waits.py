"""`svartid forecast-wait` without a file: how good the expected waits have been that svartid told, by day and queue."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from config import Centre
from streams.cli.answers import answer
from streams.cli.app import EXIT_FAILED, CommandError, redis_of
from streams.cli.wait_tables import percent, print_whole, ratio, say_in_full, seconds
from streams.core.calendar import date_of
from streams.core.wait_score import LEAST_COMPARED
from streams.keys import Keys
from streams.serve.documents import WaitScore
from streams.serve.expecting_keys import scores_on
from streams.serve.told_wait import DayForetold, Scores, days_foretold
from streams.settings import Settings


def told(settings: Settings, centre: Centre, days: int, *, as_json: bool) -> None:
    """Says it of the last so many days. Raises CommandError where nothing is known of them."""
    today = date_of(settings.clock.now_ms(), ZoneInfo(centre.timezone))
    dates = [today - timedelta(days=n) for n in reversed(range(days))]
    made = days_foretold(asyncio.run(_read(settings, dates)))
    if as_json:
        answer(made, indent=1)
    elif made:
        _show(made)
    if not made:
        raise CommandError(
            f"nothing was foretold from {dates[0]} to {today} of anybody who was answered: a worker keeps it each ten "
            "seconds, for 400 days (`--days`); of a file of events `svartid forecast-wait FILE` says it",
            EXIT_FAILED,
        )


async def _read(settings: Settings, dates: Sequence[date]) -> dict[date, Scores]:
    async with redis_of(settings) as client:
        return await scores_on(client, Keys.of(settings), dates)


def _show(made: Sequence[DayForetold]) -> None:
    table = Table(box=None, header_style="bold")
    for heading in ("day", "queue"):
        table.add_column(heading, no_wrap=True)
    for heading in ("answered", "error", "square", "plain\nmean", "relative", "too low\nby 1 min", "longer"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in made:
        table.add_row(one.day, escape(one.queue), *_cells(one.score))
    print_whole(table)
    say_in_full(
        "Of those answered of whom a wait was foretold as they came, in seconds: how far off on average (below 0: too "
        "low), as root mean square, and that of the mean of those who were answered lately; `relative` is the second "
        "in parts of the mean wait. longer: than the band, which one in ten should."
    )
    for one in made:
        if one.score.is_worse_than_plain:
            say_in_full(
                f"{one.day} {one.queue}: of {LEAST_COMPARED} and more, that plain mean was nearer. Go by it there."
            )


def _cells(of: WaitScore) -> list[str]:
    errors = [of.mean_error_ms, of.root_mean_square_ms, of.plain_root_mean_square_ms]
    shares = [of.share_too_low, of.share_longer]
    return [f"{of.answered:,}", *map(seconds, errors), ratio(of.relative), *map(percent, shares)]
