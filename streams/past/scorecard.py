"""The scorecard: what each promise came to in the day, week, month, quarter and year that a date is in.

Pure: the kept cells are arguments, and all that is said is made of their sums (summed.py).
Definitions are in streams/MEASURES.md, *The scorecard*. May import: the core, config, serve's documents.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from streams.core.burn import Lately, Spent, is_too_fast, ratio
from streams.core.calendar import STRETCHES, first_date, next_date
from streams.core.measures import Amount, Count, Share
from streams.core.promised import NOTHING, Parts
from streams.core.promised_days import Interval, wilson
from streams.core.verdicts import Judged, Verdict
from streams.past.forecast import HAIR, MOST_WEEKS, WEEK, OfDay, Outlook, outlook
from streams.past.promise import Measured, Promise
from streams.past.summed import Days, Quarters
from streams.serve.documents import Limit, Snapshot, TargetEntry

_DAY: Final = timedelta(days=1)


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
    """How fast the year's budget of a target was used lately: 1 is just what it allows."""

    week: Annotated[
        Amount | None,
        Meta(description="In the last seven days, the date included. Null of too few (50 least samples)."),
    ]
    day: Annotated[
        Amount | None,
        Meta(
            description="In the last 24 hours, by quarters of an hour. Null of too few (10 least samples), where the "
            "date is another, and where nobody knows what is now."
        ),
    ]
    two_hours: Annotated[Amount | None, Meta(description="In the last two hours. Likewise (2 least samples).")]
    too_fast: Annotated[
        bool | None,
        Meta(description="Whether it is used too fast for the year, now. Null where nobody knows: not of too few."),
    ]


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
    burn: Annotated[Burn | None, Meta(description="Null where it has no budget, or is a promise of days.")]
    forecast: Annotated[
        Forecast | None, Meta(description="Of its year. Null where it is too early to say, or it has no budget.")
    ]
    verdict: Annotated[
        Judged, Meta(description="On the year so far. unknown: a measure was not counted in all of it, or has no year.")
    ]


Promised = Callable[[date], Sequence[Promise]]


def kept_by(
    at: date, promised: Promised, days: Days, document: Snapshot | None = None, lately: Quarters | None = None
) -> list[Kept]:
    """Each promise that is in force on a date, and what came of it. Where it is of now, `document` is the snapshot, and
    `lately` the quarters of an hour before it.
    """
    now_of = {} if document is None else {entry.id: entry for entry in document.targets}

    def quarters(promise: Promise) -> Quarters | None:
        return lately if document is None or _is_shown(promise.of.channel, document) else None

    return [_kept(one, at, promised, days, now_of.get(one.of.id), quarters(one)) for one in promised(at)]


def _is_shown(channel: str, document: Snapshot) -> bool:
    """Whether somebody shows every partition of a channel now."""
    feed = document.feeds.get(channel)
    return feed is not None and not feed.missing


def _kept(
    promise: Promise, at: date, promised: Promised, days: Days, entry: TargetEntry | None, lately: Quarters | None
) -> Kept:
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
        burn=_burn(promise, at, days, first, lately) if promise.can_burn else None,
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
    stretch or the last seven days, and none after the year.
    """
    first = last = at
    earliest = min(first_of_all(at), at - WEEK + _DAY)
    while first > earliest and _is_promised(promise, promised(first - _DAY)):
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


def _burn(promise: Promise, at: date, days: Days, first: date, lately: Quarters | None) -> Burn:
    """Since it was promised. The last seven days are dates; the last 24 and two hours, quarters of an hour."""

    def of_quarters(stretch: Lately) -> Spent | None:
        return _spent(promise, lately.parts(promise, stretch, first)) if lately and at >= days.begin else None

    of_week = _spent(promise, days.parts(promise, max(first, at - WEEK + _DAY), at))
    spent: dict[Lately, Spent | None] = {"7d": of_week, "1d": of_quarters("1d"), "2h": of_quarters("2h")}
    room, least = promise.room, promise.of.least_sample
    week, day, two_hours = (ratio(one, of, room, least) for of, one in spent.items())
    return Burn(week=week, day=day, two_hours=two_hours, too_fast=is_too_fast(spent, room, least))


def _spent(promise: Promise, parts: Parts | None) -> Spent | None:
    """What broke the promise, of how many; None where that is not known."""
    if parts is None:
        return None
    part, whole = parts
    if part is None:
        return None if whole else Spent(0, 0)
    return Spent(promise.breaks(part, whole), whole)


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
