"""The scorecard: what each promise came to in the day, week, month, quarter and year that a date is in.

Pure: the kept cells of days are arguments (history_cells.py reads them), and all that is said is made of their sums.
Definitions are in streams/MEASURES.md, *The scorecard*. May import: the core, config, serve's documents.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType

from streams.core.calendar import STRETCHES, date_of, first_date, midnight, next_date
from streams.core.cells import merge
from streams.core.later import unknown
from streams.core.measures import Amount, Count, Share
from streams.core.promised import NOTHING, Parts
from streams.core.promised_days import OF_BOTS, Interval, response, wilson
from streams.core.reading import Cell
from streams.core.verdicts import Judged, Verdict
from streams.past.forecast import HAIR, MOST_WEEKS, WEEK, OfDay, Outlook, outlook
from streams.past.history_cells import Found
from streams.past.promise import Measured, Promise
from streams.serve.documents import Limit, Snapshot, TargetEntry

_DAY: Final = timedelta(days=1)
_WEEKS_LEAST: Final = 5  # times a promise's least sample, to say how fast a week used its room


class InStretch(Struct, kw_only=True):
    """What a promise came to in one stretch of days, up to and including the date that was asked for."""

    since: Annotated[
        str,
        Meta(
            description="Its first day (a local date): later than the stretch's own where the promise is newer, or "
            "nothing was counted before."
        ),
    ]
    value: Annotated[
        Amount | None,
        Meta(
            description="The value: ms (of letters a working day is 24 hours), or a share. Null over nothing, "
            "and of a survey that fewer answered than there must be."
        ),
    ]
    of: Annotated[
        Count, Meta(description="How many that is made of; 0 of a survey that fewer answered than there must be.")
    ]
    met: Annotated[
        bool | None,
        Meta(
            description="Null where there is none, or they are too few to judge; of a survey, where the interval is on "
            "both sides of what was promised."
        ),
    ]
    low: Annotated[
        Share | None,
        Meta(description="Of a survey, the lower end of the 95 % interval (Wilson) of what all would say."),
    ] = None
    high: Annotated[Share | None, Meta(description="The upper end.")] = None
    response: Annotated[Amount | None, Meta(description="Of a survey, how many answered of those who were asked.")] = (
        None
    )


class Budget(Struct, kw_only=True):
    """How much of what breaks a promise its year had room for, and what is left of it."""

    used: Annotated[
        Amount | None,
        Meta(description="Of what there was room for, the share that is used: above 1 the promise is broken as it is."),
    ]
    left: Annotated[
        float,
        Meta(description="What is left, below 0 where it is overdrawn: ms of waiting, or so many visits too late."),
    ]
    rest: Annotated[
        float | None,
        Meta(
            description="What the rest of the year must come to, at most or at least as the limit is, for the year to "
            "be exactly at its limit, where as many come in a day as so far. Null where nothing is left of it. Beyond "
            "what a share can be it is kept whatever comes, or cannot be any more (`can_be_kept`)."
        ),
    ]
    can_be_kept: Annotated[bool, Meta(description="False where no rest of the year could bring it there.")]


class Forecast(Struct, kw_only=True):
    """What a year will come to, as things are (forecast.py)."""

    low: Annotated[float, Meta(description="The lower end of the interval that holds eight such years of ten.")]
    likely: Annotated[float, Meta(description="The middle: as many are above it as below.")]
    high: Annotated[float, Meta(description="The upper end.")]
    chance: Annotated[
        Share | None, Meta(description="That the promise is kept. Null where it is not said what was promised.")
    ]
    weeks: Annotated[Count, Meta(description="How many weeks it is made of.")]


def forecast_of(of: Outlook, chance: float | None) -> Forecast:
    """The document of an outlook."""
    return Forecast(low=of.low, likely=of.likely, high=of.high, chance=chance, weeks=of.weeks)


class Burn(Struct, kw_only=True):
    """How fast the year's budget was used in the last days: 1 is just what the promise allows."""

    week: Annotated[Amount | None, Meta(description="In the last seven days, today included. Null of too few.")]
    day: Annotated[Amount | None, Meta(description="Today. Likewise.")]


class NowOf(Struct, kw_only=True):
    """What the snapshot says of it."""

    verdict: Annotated[Verdict, Meta(description="As in the snapshot.")]
    value: Annotated[Amount | None, Meta(description="In the target's window.")]
    since_ms: Annotated[Count | None, Meta(description="Since when (epoch ms) the verdict stands.")]


class Kept(Struct, kw_only=True):
    """One promise, and what it came to."""

    id: Annotated[str, Meta(description="The target's.")]
    card: Annotated[str, Meta(description="The card that promises it.")]
    measure: Annotated[Measured, Meta(description="What is promised.")]
    channel: Annotated[str, Meta(description="Whose queues it is of.")]
    audience: Annotated[str | None, Meta(description="Null where it is of all of the channel's.")]
    queue: Annotated[str | UnsetType, Meta(description="Of which alone; not there where it is of all.")] = UNSET
    within_ms: Annotated[Count | None, Meta(description="The threshold of a share within one.")]
    limit: Annotated[Limit, Meta(description="What was promised.")]
    least_sample: Annotated[Count, Meta(description="How many there must be to judge by.")]
    now: Annotated[NowOf | None, Meta(description="Null where the date is another, or nobody knows what is now.")]
    day: Annotated[
        InStretch | None,
        Meta(
            description="The day itself. Null: nothing of it is known, as before anything was counted; of a survey on "
            "the day that is not over: its other stretches end with the day before, too."
        ),
    ]
    week: Annotated[InStretch | None, Meta(description="Since Monday. Likewise, as the following.")]
    month: Annotated[InStretch | None, Meta(description="Since the first of the month.")]
    quarter: Annotated[InStretch | None, Meta(description="Since the first of the quarter.")]
    year: Annotated[InStretch | None, Meta(description="Since the first of the year.")]
    budget: Annotated[
        Budget | None, Meta(description="The year's. Null where it has none (a maximum, a count), or nobody knows.")
    ]
    burn: Annotated[Burn | None, Meta(description="Null where it has no budget.")]
    forecast: Annotated[
        Forecast | None, Meta(description="Of its year. Null where it is too early to say, or it has no budget.")
    ]
    verdict: Annotated[
        Judged, Meta(description="On the year so far. unknown: a measure was not counted in all of it, or has no year.")
    ]


Lines = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Days:
    """The kept cells of days, as the lines were shown on each: what every stretch is added up of."""

    by_date: Mapping[date, Lines]
    external: Mapping[date, Collection[str]]  # the lines of a date that are not the centre's own
    coarse_ms: Set[int]
    counted_since: Mapping[str, int]
    let_go_of_ms: int  # up to where (epoch ms) nobody knows any more what was counted
    zone: ZoneInfo
    today: date | None = None  # the day that is not over; of a survey nothing is said of it
    _by_whose: dict[object, dict[date, Cell]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        found: Found,
        external_at: Callable[[int], Collection[str]],
        zone: ZoneInfo,
        today: date | None = None,
    ) -> "Days":
        """Of all lines, and which of them are the centre's own."""
        by_date: dict[date, dict[str, Cell]] = {}
        external: dict[date, Collection[str]] = {}
        for start, line, cell in found.cells:
            day = date_of(start, zone)
            external.setdefault(day, external_at(start))
            merge(by_date.setdefault(day, {}).setdefault(line, {}), cell)
        return cls(by_date, external, found.coarse_ms, found.counted_since, found.let_go_of_ms, zone, today)

    @property
    def begin(self) -> date:
        """The first day on which anything at all was counted; of what was before nothing is known."""
        return min(self.by_date, default=date.max)

    def parts(self, promise: Promise, first: date, last: date) -> Parts | None:
        """Part and whole of a promise over these dates, both included; None where that is not known: where a day of it
        was let go, it was not counted then, or nothing at all was counted up to the last of them.
        """
        if not self.is_known(promise, first, last):
            return None
        own, all_ = (self._sum(days, first, last) for days in (self._of(promise), self._of_all(promise)))
        return promise.counted(own, all_, self.coarse_ms) if own or all_ else NOTHING

    def response(self, promise: Promise, first: date, last: date) -> float | None:
        """Of a survey, the share that answered of those who were asked; None where that is not known."""
        if not promise.is_asked or not self.is_known(promise, first, last):
            return None
        return response(self._sum(self._of(promise), first, last))

    def each(self, promise: Promise, last: date) -> Iterator[tuple[date, Parts]]:
        """Of each day that there is and that is known, up to a date."""
        own, everybody = self._of(promise), self._of_all(promise)
        for day in sorted(own.keys() | everybody.keys()):
            if day <= last and self.is_known(promise, day, day):
                yield day, promise.counted(own.get(day, {}), everybody.get(day, {}), self.coarse_ms)

    def is_known(self, promise: Promise, first: date, last: date) -> bool:
        """Whether all that a promise is made of was counted, and is kept, from the beginning of the first day on; and
        anything was by the last.
        """
        begins_ms = midnight(first, self.zone)
        unknown_then = unknown(self.counted_since, begins_ms)
        return first <= last >= self.begin and begins_ms > self.let_go_of_ms and not promise.later & unknown_then

    def _sum(self, days: Mapping[date, Cell], first: date, last: date) -> Cell:
        total: Cell = {}
        for day, cell in days.items():
            if first <= day <= last:
                merge(total, cell)
        return total

    def _of(self, promise: Promise) -> Mapping[date, Cell]:
        """The days of all queues that a promise is of, together: made once for all of the same."""
        key = (promise.of.whose, promise.is_of_bots)
        if key not in self._by_whose:
            self._by_whose[key] = self._together(lambda line: _is_of(line, promise), bots=promise.is_of_bots)
        return self._by_whose[key]

    def _of_all(self, promise: Promise) -> Mapping[date, Cell]:
        """The days of all queues of the centre, its chatbots among them; nothing where a promise does not go by it."""
        if not promise.is_of_bots:
            return {}
        if None not in self._by_whose:
            self._by_whose[None] = self._together(lambda _: True, bots=True)
        return self._by_whose[None]

    def _together(self, is_in: Callable[[str], bool], *, bots: bool) -> dict[date, Cell]:
        """The centre's own lines together; of what is outside, where they are asked for, what chatbots came to."""
        together: dict[date, Cell] = {}
        for day, lines in self.by_date.items():
            for line, cell in lines.items():
                if not is_in(line):
                    continue
                if line not in self.external[day]:
                    merge(together.setdefault(day, {}), cell)
                elif bots:
                    of_bots = {name: n for name, n in cell.items() if name in OF_BOTS}
                    merge(together.setdefault(day, {}), of_bots)
        return together


def _is_of(line: str, promise: Promise) -> bool:
    channel, audience, _ = line.split("/", 2)
    return line == promise.of.whose if promise.of.queue is not None else promise.of.is_of(channel, audience)


Promised = Callable[[date], Sequence[Promise]]


def kept_by(at: date, promised: Promised, days: Days, document: Snapshot | None = None) -> list[Kept]:
    """Each promise that is in force on a date, and what came of it. `document` is the snapshot, where it is of now."""
    now_of = {} if document is None else {entry.id: entry for entry in document.targets}
    return [_kept(promise, at, promised, days, now_of.get(promise.of.id)) for promise in promised(at)]


def _kept(promise: Promise, at: date, promised: Promised, days: Days, entry: TargetEntry | None) -> Kept:
    first, last = _while_promised(promise, at, promised)
    year = max(first, first_date(at, "1y")), min(last, next_date(first_date(at, "1y"), "1y") - _DAY)
    of_day, of_week, of_month, of_quarter, of_year = (
        _in_stretch(promise, max(first_date(at, of), first), at, days) for of in STRETCHES.values()
    )
    budget, of = _budget(promise, year, at, days), promise.of
    return Kept(
        id=of.id,
        card=of.card,
        measure=of.measure,
        channel=of.channel,
        audience=of.audience,
        queue=UNSET if of.queue is None else of.queue,
        within_ms=promise.within_ms,
        limit=promise.limit,
        least_sample=of.least_sample,
        now=None if entry is None else _now(entry),
        day=of_day,
        week=of_week,
        month=of_month,
        quarter=of_quarter,
        year=of_year,
        budget=budget,
        burn=None if budget is None else _burn(promise, at, days, first),
        forecast=None if budget is None else _foretold(promise, year, at, days),
        verdict=_judged(of_year, is_asked=promise.is_asked),
    )


def _now(entry: TargetEntry) -> NowOf:
    return NowOf(verdict=entry.verdict, value=entry.window.value, since_ms=entry.since_ms)


def needed_since(at: date) -> date:
    """The first date of which anything is asked: forecasts look back for years."""
    return min(first_of_all(at), at - MOST_WEEKS * WEEK)


def first_of_all(at: date) -> date:
    """The first date that any stretch of a date has: the week of New Year begins in the year before."""
    return min(first_date(at, of) for of in STRETCHES.values())


def _while_promised(promise: Promise, at: date, promised: Promised) -> tuple[date, date]:
    """The first and the last day on which just this is promised, without a gap around a date; none before the first
    stretch, and none after the year.
    """
    first = last = at
    while first > first_of_all(at) and _is_promised(promise, promised(first - _DAY)):
        first -= _DAY
    while last.year == (last + _DAY).year and _is_promised(promise, promised(last + _DAY)):
        last += _DAY
    return first, last


def _is_promised(promise: Promise, among: Sequence[Promise]) -> bool:
    return any(one.is_as(promise) for one in among)


def _in_stretch(promise: Promise, first: date, last: date, days: Days) -> InStretch | None:
    if promise.is_asked and last == days.today:  # by the minute it would tell who answered what
        last -= _DAY
    if not promise.has_year or (parts := days.parts(promise, first, last)) is None:
        return None
    since = max(first, days.begin).isoformat()
    value, whole = promise.value(parts), round(parts[1])
    is_enough = whole >= promise.of.least_sample
    if promise.is_asked:
        return _asked(promise, parts, since, days.response(promise, first, last), is_enough=is_enough)
    met = promise.of.is_met(value) if is_enough and value is not None else None
    return InStretch(since=since, value=value, of=whole, met=met)


def _asked(promise: Promise, parts: Parts, since: str, response: float | None, *, is_enough: bool) -> InStretch:
    """Of some who were asked. Fewer than there must be are not shown: who they are might be guessed."""
    part, whole = parts[0] or 0, parts[1]
    interval = wilson(part, whole) if is_enough else None
    if interval is None:
        return InStretch(since=since, value=None, of=0, met=None)
    return InStretch(
        since=since,
        value=part / whole,
        of=round(whole),
        met=_is_sure(promise, interval),
        low=interval.low,
        high=interval.high,
        response=response,
    )


def _is_sure(promise: Promise, interval: Interval) -> bool | None:
    """Whether it is met whatever in the interval is true; None where that is on both sides of what was promised."""
    limit, band = promise.limit, promise.limit.give_or_take
    if band is not UNSET and (interval.high < limit.value - band or interval.low > limit.value + band):
        return False
    low, high = (promise.of.is_met(end) for end in interval)
    return None if low is not high or (band is not UNSET and not low) else low


def _judged(year: InStretch | None, *, is_asked: bool) -> Judged:
    if year is None or (year.value is None and year.of and not is_asked):
        return "unknown"
    if year.met is None:
        return "too_few"
    return "kept" if year.met else "missed"


def _budget(promise: Promise, year: tuple[date, date], at: date, days: Days) -> Budget | None:
    """Of a ratio."""
    if not promise.has_budget:
        return None
    first, last = year
    part, whole = days.parts(promise, first, at) or NOTHING
    if part is None or not whole:
        return None
    spent, room = promise.breaks(part, whole), promise.room
    left = room * whole - spent
    if abs(left) < HAIR * whole:  # exactly at the limit
        left = 0.0
    to_come = whole * (last - at).days / ((at - max(first, days.begin)).days + 1)
    rest = None if not to_come else (room * to_come + left) / to_come
    return Budget(
        used=None if not room else 1.0 if not left else spent / (room * whole),
        left=left,
        rest=None if rest is None else rest if promise.is_less_better else 1 - rest,
        can_be_kept=promise.of.is_met(part / whole) if rest is None else rest >= 0,
    )


def _burn(promise: Promise, at: date, days: Days, first: date) -> Burn:
    return Burn(
        week=_burnt(promise, max(first, at - WEEK + _DAY), at, days, _WEEKS_LEAST), day=_burnt(promise, at, at, days, 1)
    )


def _burnt(promise: Promise, first: date, last: date, days: Days, times: int) -> float | None:
    """What broke the promise, of what of it there was room for. Null of fewer than so many times its least sample."""
    part, whole = days.parts(promise, first, last) or NOTHING
    if part is None or not promise.room or whole < times * promise.of.least_sample:
        return None
    return promise.breaks(part, whole) / (promise.room * whole)


def _foretold(promise: Promise, year: tuple[date, date], at: date, days: Days) -> Forecast | None:
    """Of a promise that has a budget, of all days there are."""
    by_date = {
        day: OfDay(promise.breaks(part, whole), whole)
        for day, (part, whole) in days.each(promise, at)
        if part is not None and whole
    }
    of = outlook(by_date, at, promise.room, year, is_share=promise.is_share)
    if of is None:
        return None
    part, whole = days.parts(promise, year[0], at) or NOTHING
    chance = of.chance if at < year[1] or part is None else float(promise.of.is_met(part / whole))  # to the last digit
    return forecast_of(of if promise.is_less_better else of.of_good, chance)


def columns(rows: Sequence[Kept]) -> Iterator[dict[str, str | int | float | bool | None]]:
    """Each promise under plain names, as a table of columns has it."""
    for row in rows:
        limit = row.limit
        flat: dict[str, str | int | float | bool | None] = {
            "id": row.id,
            "card": row.card,
            "measure": row.measure,
            "channel": row.channel,
            "audience": row.audience,
            "queue": None if row.queue is UNSET else row.queue,
            "within_ms": row.within_ms,
            "limit": limit.value,
            "sense": limit.sense,
            "give_or_take": None if limit.give_or_take is UNSET else limit.give_or_take,
            "least_sample": row.least_sample,
            "now": None if row.now is None else row.now.value,
            "now_verdict": None if row.now is None else row.now.verdict,
        }
        for name in STRETCHES:
            of: InStretch | None = getattr(row, name)
            for part in InStretch.__struct_fields__:
                flat[f"{name}_{part}"] = None if of is None else getattr(of, part)
        for part in Budget.__struct_fields__:
            flat[f"budget_{part}"] = None if row.budget is None else getattr(row.budget, part)
        for part in Burn.__struct_fields__:
            flat[f"burn_{part}"] = None if row.burn is None else getattr(row.burn, part)
        for part in Forecast.__struct_fields__:
            flat[f"forecast_{part}"] = None if row.forecast is None else getattr(row.forecast, part)
        yield flat | {"verdict": row.verdict}
