"""From state version 4 to 5: by the source's queues instead of the configuration's lines, and on the finer scale.

Of who is still remembered every wait is known, and so is where it lies on the scale; of the others it is known between
the configuration's edges of that time. So what a late event can still correct is exact, as a correction takes out what
it put in. A queue that was configured is known by its name; what was "other" stays so, as nobody can tell it apart.
Pure. May import: the core, msgspec.
"""

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from streams.core.aggregates import Aggregates, At, Level
from streams.core.ahead import Early
from streams.core.calendar import INTERVAL_MS, next_day
from streams.core.cells import merge, refined
from streams.core.contribution import contribution
from streams.core.facts import Bot, Journey, More, Visit
from streams.core.measures import FAMILIES, MAXIMA
from streams.core.reading import Cell
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.core.upgrade import Upgrade


def upgraded(state: PartitionState, rules: Rules) -> PartitionState:
    """The same state of version 5: equal in all that is shown by the configuration of version 4.

    `rules` are the same as the state's, of version 5. Raises Unlike where they have definitions of a time that it has
    come to already: it was counted by those of the beginning.
    """
    rules.definitions.check_goes_on((), state.reaches_ms)
    made = PartitionState(rules)
    made.offset, made.watermark, made.counters = state.offset, state.watermark, Counter(state.counters)
    made.upgrade = Upgrade(state.offset, state.rules.coarse_edges_ms, tuple(made.rules.names))
    made.counted_since = dict(state.counted_since)
    made.open_days.restore(state.open_days.packed)
    made.go_on_by_open_days()
    made.promptness.of = {source: dict(minutes) for source, minutes in state.promptness.of.items()}
    made.reported = {made.rules.counted_as(line): said for line, said in state.reported.items()}
    for fact in state.ahead:
        made.ahead.add(_fact(fact, made.rules))
    remembered = _take_journeys(made, state)
    for level, old, known in zip(made.aggregates.levels, state.aggregates.levels, remembered.levels, strict=True):
        for at, cell in _cells(old):
            _add_rest(level, at, cell, known.rows.get(at[0], {}).get(at[1], {}), made)
    for line, cell in state.aggregates.totals.items():
        rest = _rest(cell, remembered.totals.get(line, {}), made)
        merge(made.aggregates.totals.setdefault(made.rules.counted_as(line), {}), rest)
    _find_days_maxima(made)
    return made


def _take_journeys(made: PartitionState, state: PartitionState) -> Aggregates:
    """Takes who is remembered, and counts what they add; answers what they had added to the old figures."""
    old, new, now_ms = Aggregates(state.rules), made.aggregates, state.watermark
    for aggregates in (old, new):
        for level, kept in zip(aggregates.levels, state.aggregates.levels, strict=True):
            level.floor = kept.floor
    for key, journey in state.journeys.items():
        taken = _journey(journey, made.rules)
        made.remember(key, taken)
        given = contribution(taken, now_ms, made.rules)
        made.stand(key, taken, given)
        new.post(None, given, now_ms)
        old.post(None, contribution(journey, now_ms, state.rules), now_ms)
    new.settle(now_ms)
    old.settle(now_ms)
    made.lately.touch(made.journeys, len(made.journeys), now_ms, made.rules)
    return old


def _cells(level: Level) -> Iterator[tuple[At, Cell]]:
    return (((start, line), cell) for start, row in level.rows.items() for line, cell in row.items())


def _add_rest(level: Level, at: At, cell: Cell, known: Cell, made: PartitionState) -> None:
    """Adds what those have added who are forgotten. Their longest wait is the cell's: nothing can correct it."""
    rest = _rest(cell, known, made)
    longest = {family.max_ms: cell.get(family.max_ms, 0) for family in FAMILIES if rest.get(family.count)}
    level.merge((at[0], made.rules.counted_as(at[1])), rest | longest)


def _rest(cell: Cell, known: Cell, made: PartitionState) -> Cell:
    """What is left of a cell without what those have added who are remembered; on the scale of today."""
    rest = {name: n - known.get(name, 0) for name, n in cell.items() if name not in MAXIMA}
    return refined({name: n for name, n in rest.items() if n}, made.upgrade.edges_ms)


def _find_days_maxima(made: PartitionState) -> None:
    """Of the days that can still be corrected, from their quarters of an hour, as a correction finds them again."""
    days, intervals, zone = made.aggregates.days, made.aggregates.intervals, made.rules.timezone
    for (day, line), cell in list(_cells(days)):
        if day > intervals.floor:
            starts = range(day, next_day(day, zone), INTERVAL_MS)
            for family in (family for family in FAMILIES if cell.get(family.max_ms)):
                days.set_maximum((day, line), family, max(intervals.maximum((at, line), family) for at in starts))


def _journey(journey: Journey, rules: Rules) -> Journey:
    at, bots, transfers, more = rules.counted_as, journey.bots, journey.transfers, journey.more
    return replace(
        journey,
        visits=[_visit(visit, rules) for visit in journey.visits],
        bots=bots and {contact: _bot(bot, rules) for contact, bot in bots.items()},
        transfers=transfers and {key: (when, at(line)) for key, (when, line) in transfers.items()},
        more=more and _more(more, rules),
    )


def _more(more: More, rules: Rules) -> More:
    at = rules.counted_as
    return replace(
        more,
        transfers={key: [(when, at(line)) for when, line in told] for key, told in more.transfers.items()},
        letters={
            contact: sorted((when, what, at(line) if line else "") for when, what, line in told)
            for contact, told in more.letters.items()
        },
        surveys={
            contact: sorted((when, question, score, at(line)) for when, question, score, line in told)
            for contact, told in more.surveys.items()
        },
        with_version={
            contact: {version: _journey(told, rules) for version, told in versions.items()}
            for contact, versions in more.with_version.items()
        },
    )


def _bot(bot: Bot, rules: Rules) -> Bot:
    at = rules.counted_as
    ends = bot.ends and [(when, outcome, at(line)) for when, outcome, line in bot.ends]
    return replace(bot, line=at(bot.line), ends=ends)


def _visit(visit: Visit, rules: Rules) -> Visit:
    at, further = rules.counted_as, visit.further
    if further is not None and further.entered is not None:
        entered = [(when, at(line), contact) for when, line, contact in further.entered]
        further = replace(further, entered=entered)
    return replace(visit, line=at(visit.line), further=further)


def _fact(fact: Early, rules: Rules) -> Early:
    def placed(queue: str | None) -> str | None:
        at = f"{fact.channel}/{fact.audience}/{queue}"
        return None if queue is None else rules.counted_as(at).rpartition("/")[2]

    return replace(fact, queue=placed(fact.queue), destination=placed(fact.destination))
