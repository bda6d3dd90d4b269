"""`svartid forecast-wait`: how good the expected wait would have been on any file of events, beside all others; or
what it has been lately.
"""

import asyncio
import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from config import Centre
from streams.cli.answers import MethodScore, WaitsForetold, WaitsOfQueue, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, centre_of
from streams.cli.event_file import Show, check_there, counting, lines_of
from streams.cli.signals import run_or_interrupted
from streams.cli.told_waits import told
from streams.cli.wait_tables import percent, print_whole, ratio, say_in_full, seconds
from streams.core.calendar import day_of
from streams.core.decode import decoder
from streams.core.expected_wait import Withheld
from streams.core.source_queue import is_other
from streams.core.wait_estimators import DAY, LAST_WEEK
from streams.core.wait_score import WAITED_MS, Score, is_worse_than
from streams.past.stays import Stayed, Stays
from streams.past.wait_replay import OURS, Foretold, Scores, by_queue_and_day, replay, scores
from streams.serve.expecting_keys import DAYS
from streams.settings import load

LEAST: Final = 30  # waits that are compared: of fewer nothing can be said
_SHOWN_AFTER: Final = 500  # stays
_DAYS: Final = 7
_WEEK: Final = timedelta(days=7)


@app.command(name="forecast-wait")
def forecast_wait(
    file: Annotated[
        str | None, typer.Argument(help="Lines of JSON, one event each; gzipped if it ends in .gz; - is a pipe.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=DAYS, help="Without a file: how many, today the last; else 7.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The scores, in streams/cli/answers.schema.json.")] = False,
) -> None:
    """Says **how far the expected wait can be trusted**: events are gone through in order of time, and of each who
    enters a queue that is open it is foretold how long he will wait, of what is known just before. That is held against
    how long he did, beside what textbooks and vendors foretell.

    The file may be in any order, and of any number of days; `svartid produce` takes the same. The methods are in
    streams/core/expected_wait.py and streams/core/wait_estimators.py, and what is scored in streams/MEASURES.md,
    *Expected wait*.

    Without a file it says how good what svartid has told has been, by day and queue, from Redis: beside the plain mean
    of those who were answered lately.

    Exit codes: 0 said; 1 there is nothing to say anything of; 2 the file cannot be read, or the configuration is wrong;
    3 Redis cannot be reached.
    """
    settings = load(config)
    centre = centre_of(settings, config)
    if file is None:
        told(settings, centre, days or _DAYS, as_json=as_json)
        return
    if days is not None:
        raise CommandError("--days is of what svartid has told; of a file all of its days are gone through", EXIT_USAGE)
    check_there(file)
    with counting(shown=not as_json) as show:
        read = _Read(file, centre, show)
        try:
            foretold = run_or_interrupted(_foretold(file, read, centre, show))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CommandError(f"{file} is not a whole gzip file; nothing is said of it", EXIT_USAGE) from error
    made = _made(read, foretold, centre)
    if made.compared < LEAST:
        raise CommandError(_too_few(file, made), EXIT_FAILED)
    if as_json:
        answer(made, indent=1)
    else:
        _show(made)


async def _foretold(file: str, read: "_Read", centre: Centre, show: Show) -> list[Foretold]:
    """Of each stay; whoever asks it to end is heard meanwhile."""
    stays = await read.stays()
    _check(file, read, stays)
    found: list[Foretold] = []
    for one in replay(stays, centre.opening_hours.is_open, partial(day_of, zone=centre.rules().timezone)):
        found.append(one)
        if not len(found) % _SHOWN_AFTER:
            show("foretold", len(found))
            await asyncio.sleep(0)
    return found


class _Read:
    """A file, as the fold understands it."""

    def __init__(self, file: str, centre: Centre, show: Show) -> None:
        self._file, self._show, self._rules = file, show, centre.rules()
        self._own = {*centre.own_lines}
        self._known = Stays(self._rules)

    @property
    def events(self) -> tuple[int, int]:
        """How many were read, and how many lines are none."""
        return self._known.events, self._known.no_events

    async def stays(self) -> list[Stayed]:
        """Those in queues of the centre's own."""
        decode = decoder(self._rules.channels, self._rules.audiences, self._rules.sources)
        found: list[Stayed] = []
        async with lines_of(self._file, decode, self._show, in_order=True) as lines:
            async for some in lines():
                found += self._ours(self._known.take(line for _, line in some))
                self._show("read", self._known.events)
                await asyncio.sleep(0)
        found += self._ours(self._known.rest())
        return found

    def _ours(self, stays: Iterable[Stayed]) -> Iterator[Stayed]:
        return (stay for stay in stays if stay.line in self._own)


def _check(file: str, read: _Read, stays: Sequence[Stayed]) -> None:
    """Raises CommandError where nothing can come of it."""
    events, others = read.events
    if not events:
        told = f": its {others:,} lines are none; `svartid produce` says what is wrong with each" if others else ""
        raise CommandError(f"{file}: there is no event in it{told}")
    if not stays:
        raise CommandError(
            f"{file}: none of {events:,} events says that somebody entered a queue of this centre's own "
            "(`queue.entered`); --config names another centre's folder"
        )
    if all(is_other(stay.line) for stay in stays):
        raise CommandError(
            f"{file}: none of the queues that {len(stays):,} entered is in queues.toml; --config names another "
            "centre's folder"
        )
    if not any(stay.ended.is_answered for stay in stays):
        raise CommandError(
            f"{file}: of {len(stays):,} who entered a queue nobody was answered: it has no `queue.answered`"
        )


def _too_few(file: str, made: WaitsForetold) -> str:
    why = ", ".join(f"{n:,} {reason}" for reason, n in made.withheld.items())
    told = f" ({why})" if why else ""
    return (
        f"{file}: of {made.answered:,} who were answered {made.compared:,} could be foretold{told}, and it takes "
        f"{LEAST} to say anything: give it a longer file, or a configuration with its hours (`[hours]`)"
    )


def _made(read: _Read, foretold: Sequence[Foretold], centre: Centre) -> WaitsForetold:
    whole, (events, no_events) = scores(foretold), read.events
    withheld = Counter(one.judged.foretold.reason for one in foretold if isinstance(one.judged.foretold, Withheld))
    return WaitsForetold(
        events=events,
        no_events=no_events,
        stays=len(foretold),
        answered=sum(one.judged.ended.is_answered for one in foretold),
        compared=whole.of_all[OURS].answered,
        withheld=dict(withheld.most_common()),
        all=_scores(whole.of_all),
        waited=_scores(whole.of_waited),
        queues=[*_queues(by_queue_and_day(foretold), centre)],
    )


def _queues(found: Mapping[tuple[str, int], Scores], centre: Centre) -> Iterator[WaitsOfQueue]:
    zone = centre.rules().timezone
    for (line, day), of in sorted(found.items(), key=lambda one: (one[0][1], one[0][0])):
        if of.of_all[OURS].answered:
            yield WaitsOfQueue(
                day=datetime.fromtimestamp(day / 1000, zone).date().isoformat(),
                queue=line,
                all=_scores(of.of_all),
                waited=_scores(of.of_waited),
                is_worse_than_mean=is_worse_than(of.of_all[OURS], of.of_all[DAY]),
            )


def _scores(by_method: Mapping[str, Score]) -> list[MethodScore]:
    return [_score(method, of) for method, of in by_method.items()]


def _score(method: str, of: Score) -> MethodScore:
    has_band = method == OURS
    return MethodScore(
        method=method,
        forecasts=of.answered,
        mean_wait_ms=of.wait_ms / of.answered if of.answered else None,
        mean_error_ms=of.mean_error_ms,
        mean_absolute_ms=of.mean_absolute_ms,
        root_mean_square_ms=of.root_mean_square_ms,
        relative=of.relative,
        too_low=of.share_too_low,
        held=of.share_held if has_band else None,
        longer=of.share_longer if has_band else None,
    )


def _show(made: WaitsForetold) -> None:
    for title, of in (("of all", made.all), (f"of those who waited for more than {WAITED_MS // 1000} s", made.waited)):
        if of[0].forecasts >= LEAST:
            print_whole(_table(title, of))
    say_in_full(
        f"{made.compared:,} of {made.answered:,} who were answered (of {made.stays:,} who came). In seconds: how far "
        "off on average (below 0: too low), how far in either direction, and as root mean square; `relative` is that "
        "in parts of the mean wait. held: by the band, which is made to hold 80 %; longer: than its upper end."
    )
    if made.withheld:
        why = ", ".join(f"{n:,} ({reason})" for reason, n in made.withheld.items())
        say_in_full(f"Of those who came nothing was foretold of {why}.")
    if made.no_events:
        say_in_full(f"{made.no_events:,} lines are no events: `svartid produce` says why.")
    days = {date.fromisoformat(one.day) for one in made.queues}
    if not any(day - _WEEK in days for day in days):
        say_in_full(f"The file has no day a week before another: `{LAST_WEEK}` is the mean of the day so far.")
    for one in made.queues:
        if one.is_worse_than_mean:
            say_in_full(f"{one.day} {one.queue}: svartid was further off than the mean of the day so far.")


def _table(title: str, of: Sequence[MethodScore]) -> Table:
    table = Table(title=f"{of[0].forecasts:,} waits {title}", box=None, header_style="bold", title_justify="left")
    table.add_column("method", no_wrap=True)
    for heading in ("error", "absolute", "square", "relative", "too low\nby 1 min", "held", "longer"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in of:
        table.add_row(*_cells(one))
    return table


def _cells(of: MethodScore) -> list[str]:
    errors = [of.mean_error_ms, of.mean_absolute_ms, of.root_mean_square_ms]
    return [of.method, *map(seconds, errors), ratio(of.relative), *map(percent, (of.too_low, of.held, of.longer))]
