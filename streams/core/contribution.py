"""What a journey contributes to the figures: a pure function of its facts and the watermark.

The rules are in streams/MEASURES.md, in the same order. May import: standard library, msgspec, the core.
"""

from collections.abc import Sequence, Set

import msgspec

from streams.core.facts import Bot, Journey, Visit
from streams.core.measure import Family
from streams.core.measures import ABANDONED_WAITS, ANSWERED_WAITS, CALLBACK_WAITS, DIRECT, JOURNEY_WAITS
from streams.core.pseudonym import Key
from streams.core.rules import Rules

Amount = tuple[str, int, str, int]  # (line, when, measure, how much)
Wait = tuple[str, int, Family, int]  # (line, when, family, wait)
Exit = tuple[int, str]  # when (epoch ms), and how: a name from `measures.EXITS`
NEVER: Exit = (1 << 62, "")  # later than every exit
Stay = tuple[int, str, Exit, Visit]  # a visit as its journey sees it: entered, line, exit or NEVER, and the visit


class Contribution(msgspec.Struct, gc=False):
    """Everything that one journey adds. Instants in epoch ms, waits in ms.

    A journey of one plain visit is written in short: one `began` for the visit's entry and the journey's beginning,
    one wait of the family `DIRECT` for the visit's and the journey's. The aggregates spell them out when they add them
    up, and as nothing but addition is done till then, one form can take the place of the other.
    """

    amounts: list[Amount]
    waits: list[Wait]
    waiting: Sequence[tuple[str, Key, int]] = ()  # (line, visit, entered)
    promises: Sequence[tuple[str, Key, tuple[int, int]]] = ()  # (line, visit, (asked, due))
    transfers: Sequence[tuple[str, Key, int]] = ()  # (destination, visit passed on, when that visit entered there)
    deadline: int | None = None  # the next watermark at which this would change of itself

    @property
    def is_open(self) -> bool:
        """Whether it changes with the clock, or has somebody waiting."""
        return self.deadline is not None or bool(self.transfers)

    def count(self, line: str, when: int, measure: str) -> None:
        """Adds one to a measure."""
        self.amounts.append((line, when, measure, 1))

    def change_at(self, when: int) -> None:
        """Notes that the watermark's reaching `when` will change this."""
        if self.deadline is None or when < self.deadline:
            self.deadline = when


class PlainlyAnswered(msgspec.Struct, frozen=True, gc=False):
    """What a journey adds whose one visit was answered, and no more: as most are. It is a `Contribution` in short, and
    takes a third of the time to make and to post.
    """

    line: str
    began: int
    answered: int

    @property
    def amounts(self) -> list[Amount]:
        """As of a `Contribution`."""
        return [(self.line, self.began, "began", 1)]

    @property
    def waits(self) -> list[Wait]:
        """As of a `Contribution`."""
        return [(self.line, self.answered, DIRECT, self.answered - self.began)]


Given = Contribution | PlainlyAnswered  # what a journey adds


def contribution(journey: Journey, watermark: int, rules: Rules) -> Given:
    """What this journey contributes when event time has come to `watermark` (epoch ms)."""
    visits = journey.visits
    if len(visits) == 1 and journey.transfers is None and journey.bots is None:
        visit = visits[0]
        if visit.callback is None and visit.entered is not None:
            answered = visit.answered
            if answered is not None and _nothing_else(visit, visit.entered, answered, journey):
                return PlainlyAnswered(visit.line, visit.entered, answered)
            return _of_one_visit(journey, visit, visit.entered, watermark, rules)
    result = Contribution([], [])
    stays: list[Stay] = []
    for visit in visits:
        if visit.entered is not None:
            way_out = exit_of(visit, journey.ended_at(visit.contact))
            stays.append((visit.entered, visit.line, way_out or NEVER, visit))
            result.amounts.append((visit.line, visit.entered, "entered", 1))
            _add_visit(result, visit, way_out, watermark, rules)
    if len(stays) > 1:
        stays.sort(key=_in_order)
    if stays:
        _add_journey(result, stays)
    if journey.transfers:
        _add_transfers(result, journey.transfers, stays)
    if journey.bots:
        for bot in journey.bots.values():
            _add_bot(result, bot)
    return result


def _nothing_else(visit: Visit, entered: int, answered: int, journey: Journey) -> bool:
    """Whether no other fact of a visit without a callback, and no end of a contact before the answer, is known."""
    if visit.abandoned is not None or visit.left is not None or visit.offered is not None or visit.missed is not None:
        return False
    ended = journey.ended
    return entered <= answered and (ended is None or (len(ended) == 1 and ended[0][1] >= answered))


def _of_one_visit(journey: Journey, visit: Visit, entered: int, watermark: int, rules: Rules) -> Contribution:
    line = visit.line
    way_out = exit_of(visit, journey.ended_at(visit.contact) if journey.ended else None)
    began = [(line, entered, "began", 1)]
    if way_out is not None and way_out[1] == "answered":
        result = Contribution(began, [(line, way_out[0], DIRECT, way_out[0] - entered)])
        if visit.offered or visit.missed:
            _add_offers(result, visit)
    else:
        result = Contribution(began, [])
        _add_visit(result, visit, way_out, watermark, rules)
    return result


def split(given: Given, measures: Set[str]) -> tuple[Contribution, Contribution]:
    """What of it is of some measures, and the rest; of a wait, by what its waits are counted as."""
    amounts, waits = given.amounts, given.waits
    return (
        Contribution([a for a in amounts if a[2] in measures], [w for w in waits if w[2].count in measures]),
        Contribution([a for a in amounts if a[2] not in measures], [w for w in waits if w[2].count not in measures]),
    )


def end_changes_nothing(journey: Journey, t: int) -> bool:
    """Whether a contact's end at `t` changes nothing of it: every visit had a way out by then, so it is no visit's.

    Asked of each end, before it is a fact: most calls are answered long before.
    """
    return all(_left_by(visit, t) for visit in journey.visits)


def _left_by(visit: Visit, t: int) -> bool:
    answered, abandoned, left = visit.answered, visit.abandoned, visit.left
    return (
        (answered is not None and answered <= t)
        or (abandoned is not None and abandoned <= t)
        or (left is not None and left <= t)
    )


def exit_of(visit: Visit, contact_ended: int | None) -> Exit | None:
    """The visit's exit: the earliest way out; at the same instant the first in the order written here.

    An exit before the entry (clocks differ) counts at the entry. So everything that a new fact changes lies at or
    after that fact, within the horizon, and what is older can be forgotten.
    """
    first, how = NEVER
    if (answered := visit.answered) is not None:
        first, how = answered, "answered"
    if (callback := visit.callback) is not None and callback.requested is not None and callback.requested < first:
        first, how = callback.requested, "called_back"
    if (abandoned := visit.abandoned) is not None and abandoned < first:
        first, how = abandoned, "abandoned"
    if (left := visit.left) is not None and left < first:
        first, how = left, "left_" + visit.left_reason
    entered = visit.entered or 0
    if contact_ended is not None and entered <= contact_ended < first:
        first, how = contact_ended, "left_ended"
    return (max(first, entered), how) if how else None


def _add_visit(result: Contribution, visit: Visit, way_out: Exit | None, watermark: int, rules: Rules) -> None:
    line, entered = visit.line, visit.entered
    assert entered is not None
    if way_out is None:
        _add_open(result, visit.key, line, entered, watermark, rules)
    elif way_out[1] == "answered":
        result.waits.append((line, way_out[0], ANSWERED_WAITS, way_out[0] - entered))
    elif way_out[1] == "abandoned":
        _add_abandoned(result, line, way_out[0], entered, rules)
    else:
        result.count(line, way_out[0], way_out[1])
        if way_out[1] == "called_back":
            _add_promise(result, visit, way_out[0], watermark, rules)
    _add_offers(result, visit)


def _add_offers(result: Contribution, visit: Visit) -> None:
    for instant in visit.offered or ():
        result.count(visit.line, instant, "offered")
    for instant in visit.missed or ():
        result.count(visit.line, instant, "missed")


def _add_open(result: Contribution, key: Key, line: str, entered: int, watermark: int, rules: Rules) -> None:
    lost_at = rules.definitions.lost_at(entered)
    if watermark >= lost_at:
        result.count(line, lost_at, "lost")
    else:
        result.waiting = [*result.waiting, (line, key, entered)]
        result.change_at(lost_at)


def _add_abandoned(result: Contribution, line: str, when: int, entered: int, rules: Rules) -> None:
    result.waits.append((line, when, ABANDONED_WAITS, when - entered))
    if when - entered <= rules.definitions.at(entered).short_abandon_ms.get(line.partition("/")[0], -1):
        result.count(line, when, "abandoned_short")


def _add_promise(result: Contribution, visit: Visit, asked: int, watermark: int, rules: Rules) -> None:
    callback, line, entered = visit.callback, visit.line, visit.entered
    assert callback is not None and entered is not None
    terms = rules.definitions.at(entered)
    kept = None if callback.connected is None else max(callback.connected, asked)
    broken_at = asked + terms.promise_lost_ms
    promised = asked + terms.promise_ms if callback.promised_by is None else callback.promised_by
    due = min(promised, broken_at)
    settled = callback.failed if kept is None else kept
    if callback.attempted is not None:
        result.count(line, callback.attempted, "callback_tried")
    if kept is not None:
        result.waits.append((line, kept, CALLBACK_WAITS, kept - entered))
    elif callback.failed is not None:
        result.count(line, callback.failed, "callback_cancelled" if callback.cancelled else "callback_failed")
    elif watermark >= broken_at:
        result.count(line, broken_at, "callback_broken")
    else:
        result.promises = [*result.promises, (line, visit.key, (asked, due))]
        result.change_at(broken_at)
    if settled is None or settled > due:
        if watermark >= due:
            result.count(line, due, "callback_overdue")
        else:
            result.change_at(due)


def _in_order(stay: Stay) -> tuple[int, str, Exit]:
    return stay[:3]


def _add_journey(result: Contribution, stays: list[Stay]) -> None:
    began, line, first_exit, _ = stays[0]
    result.amounts.append((line, began, "journeys", 1))
    reached = min((at for stay in stays if (at := _reached_at(stay)) is not None), default=None)
    if reached is not None:
        result.waits.append((line, reached, JOURNEY_WAITS, reached - began))
    if first_exit[1] == "answered":
        result.amounts.append((line, first_exit[0], "reached_first_visit", 1))


def _reached_at(stay: Stay) -> int | None:
    """When a person was reached in this visit or by the callback it asked for."""
    _, _, (when, how), visit = stay
    if how == "answered":
        return when
    if how != "called_back" or visit.callback is None or visit.callback.connected is None:
        return None
    return max(visit.callback.connected, when)


def _add_transfers(result: Contribution, transfers: dict[Key, tuple[int, str]], stays: list[Stay]) -> None:
    unmatched = list(stays)
    for when, destination, passed_on in sorted((t, line, key) for key, (t, line) in transfers.items()):
        result.count(destination, when, "passed_on")
        match = next((stay for stay in unmatched if stay[0] >= when and stay[1] == destination), None)
        if match is None:
            continue
        unmatched.remove(match)
        exited, how = match[2]
        if match[2] is NEVER:
            result.transfers = [*result.transfers, (destination, passed_on, match[0])]
        else:
            result.count(destination, exited, _AFTER_TRANSFER.get(how, "passed_on_ended_otherwise"))


_AFTER_TRANSFER = {"answered": "passed_on_answered", "abandoned": "passed_on_given_up"}


def _add_bot(result: Contribution, bot: Bot) -> None:
    if bot.ended is None:
        return
    result.count(bot.line, bot.ended, f"bot_{bot.outcome}")
    if bot.started is not None:
        result.count(bot.line, bot.ended, "bot_timed")
        result.amounts.append((bot.line, bot.ended, "bot_time_sum_ms", max(0, bot.ended - bot.started)))
