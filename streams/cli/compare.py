"""`svartid compare`: which figures of two states differ, and by how much."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.table import Table

from config.values import DAY_MS
from streams.cli.answers import Comparison, FigureUnlike, StateSeen, answer
from streams.cli.app import EXIT_FAILED, CommandError, app, err, out, redis_of
from streams.cli.states import Side, places, side_of, state, two_of
from streams.ingest.store import Place
from streams.past.compared import Compared, Reach, compared, date_of
from streams.past.history import By, Span, rows
from streams.past.history_cells import Found, OtherDefinitions, read
from streams.past.history_rows import Row
from streams.redis_client import Client
from streams.settings import Settings, load

SHOWN: Final = 40  # differences, for people; --json has them all
_LOOKS: Final = 5  # for an instant at which both stand at the same offsets
_LOOK_EVERY_S: Final = 0.2


@app.command()
def compare(
    one: Annotated[str | None, typer.Argument(help="A state: main, or what SVARTID_SHADOW calls it.")] = None,
    other: Annotated[str | None, typer.Argument(help="Another one.")] = None,
    by: Annotated[By, typer.Option(help="What figures are told apart by; `group` is channel and audience.")] = "group",
    as_json: Annotated[bool, typer.Option("--json", help="All that was found, as one line of JSON.")] = False,
) -> None:
    """Says which figures of two states differ, **by day and by how much**: of the served one, and of the other.

    Each is read by the configuration that its workers have. Days that one of them does not reach, as Kafka keeps them
    no longer, or reaches in part, are named, and are no differences; so is today, where no instant is found at which
    both have counted the same events. Whether each is whole is said beside: `svartid switch` has another one served.

    Exit codes: 0 the same; 1 figures differ, or nothing can be compared; 2 a setting or a name is wrong; 3 Redis cannot
    be reached.
    """
    found = asyncio.run(_compare(load(), [name for name in (one, other) if name is not None], by))
    if as_json:
        answer(found)
    else:
        _tell(found)
    raise typer.Exit(EXIT_FAILED if found.differences or not found.days else 0)


@dataclass(frozen=True, slots=True)
class Read:
    """What it had at one instant."""

    found: Found
    places: dict[str, Place | None]

    @property
    def offsets(self) -> dict[str, int]:
        """How far each partition was counted."""
        return {name: place.offset for name, place in self.places.items() if place}


async def _compare(settings: Settings, chosen: list[str], by: By) -> Comparison:
    async with redis_of(settings) as client:
        names = await two_of(client, settings, chosen)
        one, other = [await side_of(client, settings, await state(client, settings, name)) for name in names]
        now_ms = settings.clock.now_ms()
        ours, theirs, is_still = await _at_one_instant(client, settings, one, other, now_ms)
        made = [_rows(side, read, by, one, now_ms) for side, read in ((one, ours), (other, theirs))]
        newest = "" if is_still else max((date_of(row) for of in made for row in of), default="")
        reach = [
            _reach(side, read, of, newest) for side, read, of in zip((one, other), (ours, theirs), made, strict=True)
        ]
        found = compared(made[0], made[1], reach[0], reach[1])
    return _answer((one, other), found)


async def _at_one_instant(
    client: Client, settings: Settings, one: Side, other: Side, now_ms: int
) -> tuple[Read, Read, bool]:
    """What both had, and whether that was of the same events: looked for a few times, as both go on meanwhile."""
    for _ in range(_LOOKS):
        before = [await places(client, side.state, side.by, settings) for side in (one, other)]
        ours, theirs = [await _read(client, settings, side, now_ms) for side in (one, other)]
        stands = [Read(ours.found, of).offsets for of in before]
        if stands == [ours.offsets, theirs.offsets] and stands[0] == stands[1]:
            return ours, theirs, True
        await asyncio.sleep(_LOOK_EVERY_S)
    return ours, theirs, False


async def _read(client: Client, settings: Settings, side: Side, now_ms: int) -> Read:
    try:
        found = await read(client, side.state.keys, side.by.rules, _span(side, now_ms), is_own=True)
    except OtherDefinitions:
        told = f"{side.state.name} was counted with other keys than SVARTID_PSEUDONYM_KEY and SVARTID_QUEUE_KEY here"
        raise CommandError(f"{told}: what is of two keys cannot be compared") from None
    return Read(found, await places(client, side.state, side.by, settings))


def _rows(side: Side, read: Read, by: By, first: Side, now_ms: int) -> list[Row]:
    """Its days; with the edges of the first one, so that both have the same columns."""
    centre, found = side.by.centre, read.found
    shown_ms = first.by.centre.shown_edges_ms
    return rows(
        found.cells,
        _span(side, now_ms),
        by,
        centre.external_at,
        shown_ms,
        found.coarse_ms,
        found.counted_since,
        definitions=centre.counted_by,
    )


def _reach(side: Side, read: Read, of: list[Row], going_on: str) -> Reach:
    """Its days. What began in the middle of a log has the first ones in part."""
    whole_ms = side.whole_since_ms(read.places)
    whole_since = "" if whole_ms is None else _span(side, whole_ms).text(whole_ms)[:10]
    return Reach(frozenset(map(date_of, of)), whole_since, going_on)


def _span(side: Side, now_ms: int) -> Span:
    """All days that it has, by its own calendar."""
    return Span.of(min(side.first.values(), default=now_ms), now_ms + DAY_MS, "1d", side.zone)


def _answer(sides: tuple[Side, Side], found: Compared) -> Comparison:
    seen = [
        StateSeen(
            name=side.state.name,
            served=side.state.is_served,
            revision=side.by.revision,
            whole=not side.state.why_not_whole,
            why_not=side.state.why_not_whole,
            only=only,
            in_part=in_part,
        )
        for side, only, in_part in zip(sides, found.only, found.in_part, strict=True)
    ]
    unlike = [FigureUnlike(one.day, one.of, one.figure, one.one, one.other, one.by) for one in found.unlike]
    return Comparison(states=(seen[0], seen[1]), days=found.days, going_on=found.going_on, differences=unlike)


def _tell(found: Comparison) -> None:
    one, other = found.states
    for each in found.states:
        _tell_state(each)
    if found.going_on:
        why = "both go on counting, and were at the same events at no look"
        _say(f"{', '.join(found.going_on)}: not compared, as {why}")
    if found.differences:
        table = Table("day", "of", "figure", one.name, other.name, "by", box=None, pad_edge=False)
        for unlike in found.differences[:SHOWN]:
            table.add_row(*map(_cell, _values(unlike)))
        out.print(table)
    if len(found.differences) > SHOWN:
        err.print(f"… and {len(found.differences) - SHOWN} more (--json has them all)")
    some = f"{len(found.differences)} figures differ" if found.differences else "no figure differs"
    days = f"{found.days[0]} to {found.days[-1]}" if found.days else "no day that both have wholly"
    out.print(f"{one.name} and {other.name}, {days}: {some}", highlight=False)


def _tell_state(of: StateSeen) -> None:
    what = "is served" if of.served else "is not served"
    _say(f"{of.name} {what}, and {'is whole' if of.whole else f'not whole: {of.why_not}'}")
    if of.only:
        _say(f"{of.name} alone has {of.only[0]} to {of.only[-1]} ({len(of.only)} days)")
    if of.in_part:
        _say(f"{of.name} has {of.in_part[0]} to {of.in_part[-1]} in part, as its log begins there: not compared")


def _values(unlike: FigureUnlike) -> tuple[object, ...]:
    return unlike.day, unlike.of, unlike.figure, unlike.one, unlike.other, unlike.by


def _cell(value: object) -> str:
    return "" if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)


def _say(text: str) -> None:
    err.print(text, markup=False, highlight=False)
