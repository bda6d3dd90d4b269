"""The alerts that are of no single promise's window, held against a recount at the instant they came.

An alert of svartid itself is for nothing on every day of the study: nothing ails it there. May import: config,
generate, the oracle, the study.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config import Centre
from streams.cli.verify import definitions_of
from streams.core.burn import CLEARLY_MORE, LENGTHS_MS, PAIRS, Lately, Pair, least_of
from streams.core.rules import BY_LINE
from streams.generate.letter_alerts import (
    BACKLOG_DAYS,
    BACKLOG_LEAST,
    LETTERS_BACKLOG,
    LETTERS_OLDEST,
    LETTERS_OVERDUE,
    WEEK_HAS,
)
from streams.generate.promise_alerts import CALLBACKS_OVERDUE, TRANSFERS_UNANSWERED
from streams.generate.service_alerts import FEED_SILENT
from streams.generate.source_alerts import SOURCE_SILENT
from streams.generate.target_alerts import BUDGET_BURN
from streams.generate.wait_alerts import LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED
from streams.oracle import Account, LogRecord, recount
from streams.sources.scenarios import SCENARIOS
from tests.cards import DAY
from tests.study.evaluation import Fired
from tests.study.week import Day, Week

BEFORE_S = 300  # as of a target's page
LOOKED_EVERY_S = 60
MOST_RECOUNTED = 3  # of an alert in a week: each takes the log so far, recounted
_HOUR_S, _QUARTER_S = 3600, 900


@dataclass(slots=True)
class Count:
    """By alert: how often it came, and how often for nothing."""

    came: Counter[str] = field(default_factory=Counter)
    looked_at: Counter[str] = field(default_factory=Counter)  # of those
    for_nothing: Counter[str] = field(default_factory=Counter)  # of those

    def add(self, fired: Iterable[Fired], week: Week, centre: Centre) -> None:
        """One week's."""
        here: Counter[str] = Counter()
        for one in fired:
            name = one.alert.name
            here[name] += 1
            if name not in _BY_RECOUNT or here[name] <= MOST_RECOUNTED:
                self.looked_at[name] += 1
                self.for_nothing[name] += not _TRUE.get(name, _never)(one, week, centre)
        self.came += here

    def add_all(self, other: "Count") -> None:
        """Another's weeks."""
        self.came += other.came
        self.looked_at += other.looked_at
        self.for_nothing.update(other.for_nothing)


def _never(_: Fired, __: Week, ___: Centre) -> bool:
    return False


def _is_burning(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether the year's budget was spent too fast at some minute from a little before to the end."""
    target = next(target for target in centre.targets_at(DAY) if target.id == one.alert.target)
    answered = [answer for day in week.days for answer in day.answered[target.id]]
    start, end = int(one.firing.start_s) - BEFORE_S, int(one.firing.end_s)

    def answered_in(at_s: int, stretch: Lately) -> list[float]:
        since = _first_of(at_s, stretch, centre)
        return [wait for at, wait in answered if since <= at <= at_s]

    def holds_more(at_s: int, pair: Pair) -> bool:
        return len(answered_in(at_s, pair.long)) >= CLEARLY_MORE * len(answered_in(at_s, pair.short))

    def burn(at_s: int, stretch: Lately) -> float:
        found = answered_in(at_s, stretch)
        if len(found) < least_of(target.least_sample, stretch):
            return 0.0
        if target.at_most is not None:
            return sum(found) / len(found) / (target.at_most / 1000)
        late = sum(wait > (target.within or 0) / 1000 for wait in found) / len(found)
        return late / (1 - (target.at_least or target.more_than or 0))

    return any(
        burn(at_s, pair.long) > pair.factor and burn(at_s, pair.short) > pair.factor and holds_more(at_s, pair)
        for at_s in range(start, end, LOOKED_EVERY_S)
        for pair in PAIRS
    )


def _first_of(at_s: int, stretch: Lately, centre: Centre) -> float:
    """Since when (s): seven dates, or so many quarters of an hour with the one that is running."""
    if stretch == "7d":
        day = datetime.fromtimestamp(at_s, ZoneInfo(centre.timezone)) - timedelta(days=6)
        return day.replace(hour=0, minute=0, second=0).timestamp()
    return at_s - at_s % _QUARTER_S + _QUARTER_S - LENGTHS_MS[stretch] / 1000


def _are_overdue(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether so many promises of the line were open past their time when it came."""
    at_s = one.firing.start_s
    promises = _recounted(week, at_s, centre)["promises"].get(_line(one), [])
    overdue = sum(due <= at_s * 1000 for _, due in promises)
    return bool(overdue >= centre.alerts.overdue)


def _are_unanswered(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether of those passed on in the hour before too few were answered."""
    now, before = (
        _recounted(week, at_s, centre)["totals"].get(_line(one), {})
        for at_s in (one.firing.start_s, one.firing.start_s - _HOUR_S)
    )
    passed_on, answered = (now.get(name, 0) - before.get(name, 0) for name in ("passed_on", "passed_on_answered"))
    told = centre.alerts
    return bool(passed_on >= told.transfer_least and answered < told.transfer_answered_share * passed_on)


def _letters_are_overdue(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether so many letters of the line were open past their second working day when it came."""
    at_s = one.firing.start_s
    letters = _recounted(week, at_s, centre)["letters_open"].get(_line(one), [])
    return sum(due <= at_s * 1000 for _, due in letters) >= centre.alerts.letters_overdue


def _is_a_letter_old(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether one of them had been open for so long."""
    at_s = one.firing.start_s
    letters = _recounted(week, at_s, centre)["letters_open"].get(_line(one), [])
    return any(at_s * 1000 - received > centre.alerts.letters_oldest for received, _ in letters)


def _is_a_stock_too_large(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether more of them lay than were answered in two working days, by the seven days before."""
    at_s, line = one.firing.start_s, _line(one)
    now, before = (_recounted(week, at, centre) for at in (at_s, at_s - 7 * 24 * _HOUR_S))
    stock = len(now["letters_open"].get(line, []))
    answered = [of["totals"].get(line, {}).get("letters_answered", 0) for of in (now, before)]
    return stock >= BACKLOG_LEAST and stock > BACKLOG_DAYS * (answered[0] - answered[1]) / WEEK_HAS


def _waits_too_long(one: Fired, week: Week, __: Centre) -> bool:
    """Whether somebody of the line had truly waited for longer than one may when it came, or a little before."""
    at_s = one.firing.start_s
    beyond = _day(week, at_s).beyond.get(_line(one), ())
    return any(wait.start_s <= at_s and at_s - BEFORE_S <= wait.end_s for wait in beyond)


def _is_lost(one: Fired, week: Week, __: Centre) -> bool:
    """Whether the end of a visit of the line was lost before, or its source counts wrongly."""
    day = _day(week, one.firing.start_s)
    return any(line == _line(one) and since < one.firing.start_s for line, since in day.lost)


def _is_silent(one: Fired, week: Week, centre: Centre) -> bool:
    """Whether the feed had stopped before."""
    after_min = SCENARIOS[week.scenario].silent_after_min
    day = _day(week, one.firing.start_s)
    return after_min is not None and one.firing.start_s >= day.seconds.start + after_min * 60


_TRUE = {
    BUDGET_BURN: _is_burning,
    CALLBACKS_OVERDUE: _are_overdue,
    TRANSFERS_UNANSWERED: _are_unanswered,
    LETTERS_OVERDUE: _letters_are_overdue,
    LETTERS_OLDEST: _is_a_letter_old,
    LETTERS_BACKLOG: _is_a_stock_too_large,
    FEED_SILENT: _is_silent,
    SOURCE_SILENT: _is_silent,
    LONGEST_WAIT: _waits_too_long,
    LONGEST_WAIT_DISPUTED: _waits_too_long,
    WAIT_BEYOND_LIMIT: _waits_too_long,
    WAITING_DISPUTED: _is_lost,
}
_BY_RECOUNT = (CALLBACKS_OVERDUE, TRANSFERS_UNANSWERED, LETTERS_OVERDUE, LETTERS_OLDEST, LETTERS_BACKLOG)


def _recounted(week: Week, at_s: float, centre: Centre) -> Account:
    before = (day for day in week.days if day.seconds.start <= at_s)
    sent = (one for day in before for one in day.sent() if one.timestamp_ms <= at_s * 1000)
    log = (LogRecord(offset, one.timestamp_ms, one.value, True) for offset, one in enumerate(sent))
    return recount(log, definitions_of(centre.rules().of_version(BY_LINE)))


def _line(one: Fired) -> str:
    labels = dict(one.labels)
    return f"{labels['channel']}/{labels['audience']}/{labels['queue']}"


def _day(week: Week, at_s: float) -> Day:
    return next(day for day in week.days if at_s in day.seconds)


def silences(fired: Sequence[Fired], week: Week) -> list[float]:
    """How long (s) after the last event of its day each FeedSilent came."""
    starts = [one.firing.start_s for one in fired if one.alert.name == FEED_SILENT]
    return [start_s - max(one.timestamp_ms for one in _day(week, start_s).sent()) / 1000 for start_s in starts]
