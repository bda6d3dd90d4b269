"""`svartid simulate`: a seeded day of a contact centre, sent to Kafka."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.cli import signals
from streams.cli.answering import SENDING_S, answering
from streams.cli.answers import Simulated, answer
from streams.cli.app import EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, err, out
from streams.clock import Clock
from streams.settings import Settings, load
from streams.sources.feed import Sent
from streams.sources.feed import simulate as send_scenario
from streams.sources.scenarios import SCENARIOS
from streams.sources.sending import Unreachable
from streams.sources.simulator import is_open

OSLO = ZoneInfo("Europe/Oslo")
DEFAULT_START = datetime(2025, 3, 4, 9, 30, tzinfo=OSLO)  # a usual Tuesday, just before the morning's peak
_HOUR_MS = 3_600_000
_SCENARIOS = "\n".join(f"- `{name}`: {scenario.about}" for name, scenario in SCENARIOS.items())


class Pace(NamedTuple):
    """When the run starts, and the clock it keeps to; None is as fast as it goes."""

    start_ms: int
    clock: Clock | None


@app.command(
    help=f"""Sends a simulated day at NAV Kontaktsenter to Kafka: calls, chats, letters, callbacks, transfers.

The same scenario, seed, start and hours send the same events. The run begins at the midnight before the start: what
happened earlier that day is sent at once, so that the queues stand as they would at the start.

{_SCENARIOS}

In real time it starts now. With a speed, or --start, it starts at --start on a clock of its own; but where
SVARTID_CLOCK is set it keeps to that. Records carry simulated time, so a worker should run on the same clock.

Exit codes: 0 sent; 2 wrong arguments; 3 Kafka cannot be reached, or denies a right.
"""
)
def simulate(
    scenario: Annotated[str, typer.Option(help="Which day: " + ", ".join(SCENARIOS) + ".")] = "normal",
    seed: Annotated[int, typer.Option(help="Another seed is another day of the same kind.")] = 42,
    speed: Annotated[str, typer.Option(help="Times real time, or `max`: as fast as it goes.")] = "1",
    hours: Annotated[float | None, typer.Option(min=0, help="How long, from the start; else until midnight.")] = None,
    start: Annotated[str | None, typer.Option(help="ISO time; in Europe/Oslo where it says no offset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one line of JSON.")] = False,
) -> None:
    """Sends a simulated day to Kafka; the help text above is the long form of this."""
    settings = load()
    if scenario not in SCENARIOS:
        raise CommandError(f"no scenario {scenario}; there are {', '.join(SCENARIOS)}", EXIT_USAGE)
    pace = pace_of(speed, start, settings.clock)
    if hours is None:
        hours = _until_midnight(pace.start_ms)
    if not is_open(pace.start_ms):
        err.print("The centre is closed at the start: only the chatbot and letters until it opens.")
    with _progress(pace.start_ms, hours, shown=err.is_terminal and not as_json) as show:
        sent = asyncio.run(_run(settings, scenario, seed, pace, hours, show))
    _say(sent, scenario, seed, pace.start_ms, as_json)


def pace_of(speed: str, start: str | None, given: Clock) -> Pace:
    """From the options and the clock of SVARTID_CLOCK. Raises CommandError."""
    start_ms = _parse_start(start)
    if speed == "max":
        return Pace(start_ms or _ms(DEFAULT_START), None)
    times = _parse_speed(speed)
    if not given.is_real:
        if times not in (1, given.speed):
            raise CommandError(f"SVARTID_CLOCK runs at {given.speed:g}, not at {times:g}", EXIT_USAGE)
        return Pace(start_ms or given.now_ms(), given)
    if times == 1 and start_ms is None:
        return Pace(given.now_ms(), given)
    start_ms = start_ms or _ms(DEFAULT_START)
    return Pace(start_ms, Clock.starting_at(start_ms, times))


def _parse_start(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError("--start is not an ISO time such as 2025-03-04T09:30", EXIT_USAGE) from None
    return _ms(at if at.tzinfo else at.replace(tzinfo=OSLO))


def _parse_speed(text: str) -> float:
    try:
        times = float(text)
    except ValueError:
        times = 0
    if not 0 < times < float("inf"):
        raise CommandError("--speed is a number above 0, or max", EXIT_USAGE)
    return times


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _until_midnight(start_ms: int) -> float:
    day = datetime.fromtimestamp(start_ms / 1000, OSLO).date()
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), OSLO)
    return (_ms(midnight) - start_ms) / _HOUR_MS


async def _run(
    settings: Settings, scenario: str, seed: int, pace: Pace, hours: float, show: Callable[[Sent], None]
) -> Sent:
    stop = signals.asked_to_end()
    try:
        async with answering(settings, SENDING_S):
            return await send_scenario(
                settings, scenario, seed, pace.clock, hours, stop, start_ms=pace.start_ms, progress=show
            )
    except Unreachable as error:
        raise CommandError(str(error), EXIT_UNREACHABLE) from error


@contextmanager
def _progress(start_ms: int, hours: float, shown: bool) -> Iterator[Callable[[Sent], None]]:
    """A bar on standard error that shows the simulated time."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[records]:,}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not shown, transient=True) as progress:
        task = progress.add_task("Sending", total=hours * _HOUR_MS, records=0)

        def show(sent: Sent) -> None:
            at_ms = sent.newest_ms or start_ms
            shown_time = f"{datetime.fromtimestamp(at_ms / 1000, OSLO):%a %d %b %H:%M:%S}"
            progress.update(task, completed=at_ms - start_ms, description=shown_time, records=sent.records)

        yield show


def _say(sent: Sent, scenario: str, seed: int, start_ms: int, as_json: bool) -> None:
    kinds = dict(sorted(sent.kinds.items()))
    if as_json:
        start = datetime.fromtimestamp(start_ms / 1000, OSLO).isoformat()
        answer(Simulated(scenario=scenario, seed=seed, start=start, sent=sent.records, kinds=kinds))
        return
    table = Table("kind", "sent", box=None)
    table.columns[1].justify = "right"
    for kind, count in kinds.items():
        table.add_row(kind, f"{count:,}")
    table.add_row("[bold]all", f"[bold]{sent.records:,}")
    out.print(table)
