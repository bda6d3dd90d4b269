"""What a journey contributes to the figures: a pure function of its facts and the watermark.

The rules are in streams/MEASURES.md, in the same order. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterable, Sequence, Set
from itertools import chain
from typing import ClassVar

import msgspec

from streams.core import conversations, edition_one, edition_two, letters, surveys
from streams.core.definitions import NEVER as NO_PARTS
from streams.core.definitions import WHOLE_CARD, Definitions
from streams.core.facts import Bot, Journey, LetterFact, SurveyFact, Visit, edition_of, ends_of, letters_of, surveys_of
from streams.core.measure import Family
from streams.core.measures import (
    ABANDONED_WAITS,
    ANSWERED_PASSED_ON,
    ANSWERED_WAITS,
    BESIDE,
    CALLBACK_WAITS,
    CONVERSATION_LENGTHS,
    CONVERSATIONS_LOST,
    DIRECT,
    JOURNEY_WAITS,
    LETTER_DAYS,
    OVER_CLOSED_WAITS,
    TIME_IN_QUEUES,
    WHILE_OPEN_WAITS,
)
from streams.core.memory import is_one, journeys_of
from streams.core.pseudonym import Key
from streams.core.restated import as_told_last, is_restated
from streams.core.rules import Rules
from streams.core.stay import NEVER, Exit, PassedOn, Promise, Stay, Told, told_exit

Amount = tuple[str, int, str, int]  # (line, when, measure, how much)
Wait = tuple[str, int, Family, int]  # (line, when, family, wait)


class Contribution(msgspec.Struct, gc=False):
    """Everything that one journey adds. Instants in epoch ms, waits in ms.

    A journey of one plain visit is written in short: one `began` for the visit's entry and the journey's beginning,
    one wait of the family `DIRECT` for the visit's and the journey's. The aggregates spell them out when they add them
    up, and as nothing but addition is done till then, one form can take the place of the other.
    """

    amounts: list[Amount]
    waits: list[Wait]
    waiting: Sequence[tuple[str, Key, int]] = ()  # (line, stay, entered)
    promises: Sequence[tuple[str, Key, tuple[int, int]]] = ()  # (line, stay, (asked, due))
    transfers: Sequence[tuple[str, Key, int]] = ()  # (destination, stay there, when it was entered)
    letters: Sequence[tuple[str, Key, tuple[int, int]]] = ()  # (line, turn, (received, due))
    talking: Sequence[tuple[str, Key, tuple[int, int]]] = ()  # (line, stay, (answered, presumed lost))
    deadline: int | None = None  # the next watermark at which this would change of itself
    is_close: bool = True  # whether its facts are so close that they are of one journey for certain
    without_entry: int = 0  # visits of which an end is told, and no entry

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

    is_close: ClassVar[bool] = True  # as of a `Contribution`
    without_entry: ClassVar[int] = 0
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
    """What this journey contributes when event time has come to `watermark` (epoch ms).

    Of most it is answered here: their one visit waits, or was answered, and nothing else is told of them. All that this
    asks is written out, as it is hot.
    """
    visits, newest, more, definitions = journey.visits, journey.newest, journey.more, rules.definitions
    close_ms = definitions.close_ms if newest >= definitions.close_from else NO_PARTS
    if len(visits) == 1 and journey.transfers is None and journey.bots is None:
        visit = visits[0]
        entered = visit.entered
        if visit.callback is None and visit.further is None and entered is not None:
            if (
                (more is None or not (more.with_version or more.callbacks or more.letters or more.surveys))
                and visit.abandoned is None
                and visit.left is None
                and visit.offered is None
                and visit.missed is None
                and newest - entered < close_ms
            ):
                answered, ended, line = visit.answered, journey.ended, visit.line
                if answered is None:
                    lost_at = definitions.lost_at(entered, line)
                    if ended is None and watermark < lost_at:
                        waiting = [(line, visit.key + entered, entered)]
                        return Contribution([(line, entered, "began", 1)], [], waiting, deadline=lost_at)
                elif entered <= answered and (ended is None or (len(ended) == 1 and ended[0][1] >= answered)):
                    if line[0] in definitions.more_told_initials and _is_more_told(
                        line, entered, answered, definitions
                    ):
                        return spelt_out(journey, watermark, rules, is_close=True)
                    return PlainlyAnswered(line, entered, answered)
            is_of_visit = more is None or not (more.with_version or more.letters or more.surveys)
            is_talked = bool(definitions.talked) and visit.line.startswith(definitions.talked)
            if is_of_visit and not is_talked and newest - journey.earliest < close_ms:
                return _of_one_visit(journey, visit, entered, watermark, rules)
    is_alone = more is not None and not visits and not more.with_version and journey.told_alone is not None
    if is_alone and is_one(journey, definitions):
        return _of_no_visit(journey, watermark, rules)
    return spelt_out(journey, watermark, rules, is_close=newest - journey.earliest < close_ms)


def _is_more_told(line: str, entered: int, answered: int, definitions: Definitions) -> bool:
    """Whether a wait that was answered is counted otherwise, too, or what was said after it."""
    closed_ms = definitions.closed_ms(line, entered, answered)
    return closed_ms > 0 or bool(definitions.talked and definitions.counts_conversation(line, entered))


def spelt_out(journey: Journey, watermark: int, rules: Rules, *, is_close: bool = False) -> Contribution:
    """The same, never in short, as of one of several journeys of an id. `is_close`: it is one for certain."""
    result = Contribution([], [], is_close=is_close)
    for told in (journey,) if is_close else journeys_of(journey, rules.definitions):
        edition = edition_of(told, rules.definitions)  # of all that was told, whatever holds of it
        _add(result, as_told_last(told, rules.definitions), edition, watermark, rules)
    return result


def _add(result: Contribution, journey: Journey, edition: int, watermark: int, rules: Rules) -> None:
    told = told_by(journey, edition, rules)
    for stay in told.stays:
        result.amounts.append((stay.line, stay.entered, "entered", 1))
        _add_stay(result, stay, watermark, rules)
    for line, when, measure, n in told.offers:
        result.amounts.append((line, when, measure, n))
    if told.stays:
        _add_journey(result, told.stays, rules.definitions)
    for passed_on in told.passed_on:
        _add_transfer(result, passed_on)
    for bot in (journey.bots or {}).values():
        _add_bot(result, bot)
    if edition >= WHOLE_CARD:
        _add_not_resolved(result, told.passed_on)
        for contact, bot in (journey.bots or {}).items():
            _add_after_bot(result, contact, bot, told.stays)
        if rules.definitions.talked:
            _add_conversations(result, journey, told, watermark, rules.definitions)
    more = journey.more
    if more is not None and more.letters:
        _add_letters(result, more.letters.values(), watermark, rules)
    if more is not None and more.surveys:
        _add_surveys(result, more.surveys.values(), rules)
    without = sum(visit.entered is None and bool(told_exit(visit)[1]) for visit in journey.visits)
    if without and edition > 4:
        result.without_entry += without


def _of_no_visit(journey: Journey, watermark: int, rules: Rules) -> Contribution:
    """Of a letter, or a survey, and nothing else: it is of one for certain."""
    result = Contribution([], [])
    if told := letters_of(journey):
        _add_letters(result, told.values(), watermark, rules)
    else:
        _add_surveys(result, surveys_of(journey).values(), rules)
    return result


def told_by(journey: Journey, edition: int, rules: Rules) -> Told:
    """What its facts tell, by an edition."""
    if edition == 1:
        return edition_one.told_by(journey)
    return edition_two.told_by(journey, rules.definitions)


def _of_one_visit(journey: Journey, visit: Visit, entered: int, watermark: int, rules: Rules) -> Contribution:
    line, is_first_edition = visit.line, edition_of(journey, rules.definitions) == 1
    (when, how), is_cut = _only_exit(journey, visit, entered, is_first_edition=is_first_edition)
    began = [(line, entered, "began", 1)]
    if how == "answered":
        result = Contribution(began, [(line, when, DIRECT, when - entered)])
        _add_while_open(result, line, entered, when, rules)
    else:
        result = Contribution(began, [])
        _add_exit(result, Stay(entered, line, (when, how) if how else NEVER, visit, visit.contact), watermark, rules)
    if is_cut and not is_first_edition:
        result.count(line, entered, "cut")
    if visit.offered or visit.missed:
        _add_offers(result, visit, is_first_edition=is_first_edition)
    return result


def _only_exit(journey: Journey, visit: Visit, entered: int, *, is_first_edition: bool) -> tuple[Exit, bool]:
    """That of a visit that is alone and of one stay, and whether it was told before the entry."""
    when, how = told_exit(visit)
    if journey.ended and (is_first_edition or not how):
        ends = ends_of(journey, visit.contact)
        ended = next((at for at in (ends[:1] if is_first_edition else ends) if at >= entered), None)
        if ended is not None and ended < when:
            when, how = ended, "left_ended"
    return (max(when, entered), how), when < entered


def _add_offers(result: Contribution, visit: Visit, *, is_first_edition: bool) -> None:
    for measure, instants, by_agent in (
        ("offered", visit.offered, visit.offered_to),
        ("missed", visit.missed, visit.missed_by),
    ):
        told = instants if by_agent is None or is_first_edition else [when for when, _ in by_agent]
        for when in told or ():
            result.count(visit.line, when, measure)


def exits_of(journey: Journey, rules: Rules) -> list[tuple[str, int, Exit]]:
    """Of each stay that has ended its line, its entry and its exit."""
    visits, entered = journey.visits, journey.visits[0].entered if journey.visits else None
    if len(visits) == 1 and visits[0].further is None and entered is not None and not is_restated(journey):
        is_first_edition = edition_of(journey, rules.definitions) == 1
        way_out, is_cut = _only_exit(journey, visits[0], entered, is_first_edition=is_first_edition)
        is_close = not is_cut and journey.newest - entered < rules.definitions.close_after_ms(journey.newest)
        if is_close or is_one(journey, rules.definitions):
            return [(visits[0].line, entered, way_out)] if way_out[1] else []
    journeys = journeys_of(journey, rules.definitions)
    told = (
        told_by(as_told_last(one, rules.definitions), edition_of(one, rules.definitions), rules) for one in journeys
    )
    stays = (stay for one in told for stay in one.stays)
    return [(stay.line, stay.entered, stay.exit) for stay in stays if stay.exit[1]]


def split(given: Given, measures: Set[str], *, is_in_full: bool = False) -> tuple[Contribution, Contribution]:
    """What of it is of some measures, and the rest; of a wait, by what its waits are counted as. `is_in_full`: in cells
    nothing is in short, and so not what else a wait in short stands for.
    """
    amounts, waits = given.amounts, given.waits
    if is_in_full and BESIDE[DIRECT.sum_ms] in measures:
        in_short = [wait for wait in waits if wait[2] is DIRECT]
        amounts = amounts + [(line, when, BESIDE[DIRECT.sum_ms], ms) for line, when, _, ms in in_short]
    return (
        Contribution([a for a in amounts if a[2] in measures], [w for w in waits if w[2].count in measures]),
        Contribution([a for a in amounts if a[2] not in measures], [w for w in waits if w[2].count not in measures]),
    )


def end_changes_nothing(journey: Journey, t: int, definitions: Definitions) -> bool:
    """Whether a contact's end at `t` changes nothing of it: every visit had a way out by then, so it is no visit's, and
    it is so close to the rest that it tells no journeys apart, and joins none. Where conversations are counted it ends
    one.

    Not asked of an end that was told with a version: that replaces what was told before. Any other is of a contact that
    is not restated, or is passed over.

    Asked of each end, before it is a fact: most calls are answered long before. Where there is no visit yet, it may
    decide by which edition the journey counts.
    """
    visits, newest, talked = journey.visits, journey.newest, definitions.talked
    if talked and any(visit.line.startswith(talked) for visit in visits):
        return False
    if len(visits) == 1:  # as nearly always
        if not _left_by(visits[0], t):
            return False
    elif not visits or not all(_left_by(visit, t) for visit in visits):
        return False
    if t > newest:
        newest = t
    after_ms = definitions.close_ms if newest >= definitions.close_from else NO_PARTS
    return after_ms == NO_PARTS or newest - min(t, journey.earliest) < after_ms


def _left_by(visit: Visit, t: int) -> bool:
    answered, abandoned, left = visit.answered, visit.abandoned, visit.left
    return visit.further is None and (
        (answered is not None and answered <= t)
        or (abandoned is not None and abandoned <= t)
        or (left is not None and left <= t)
    )


def _add_stay(result: Contribution, stay: Stay, watermark: int, rules: Rules) -> None:
    if stay.is_cut:
        result.count(stay.line, stay.entered, "cut")
    _add_exit(result, stay, watermark, rules)


def _add_exit(result: Contribution, stay: Stay, watermark: int, rules: Rules) -> None:
    line, (when, how) = stay.line, stay.exit
    if not how:
        _add_open(result, stay, watermark, rules)
    elif how == "answered":
        result.waits.append((line, when, ANSWERED_WAITS, when - stay.entered))
        _add_while_open(result, line, stay.entered, when, rules)
    elif how == "abandoned":
        _add_abandoned(result, line, when, stay.entered, rules)
    else:
        result.count(line, when, how)
        if stay.promise is not None:
            _add_promise(result, stay, stay.promise, watermark, rules)


def _add_while_open(result: Contribution, line: str, entered: int, answered: int, rules: Rules) -> None:
    """Of a wait that went over closed hours all of it, and what of it was not in them; of others both are the same."""
    if closed_ms := rules.definitions.closed_ms(line, entered, answered):
        wait = answered - entered
        result.waits.append((line, answered, OVER_CLOSED_WAITS, wait))
        result.waits.append((line, answered, WHILE_OPEN_WAITS, wait - closed_ms))


def _add_open(result: Contribution, stay: Stay, watermark: int, rules: Rules) -> None:
    lost_at = rules.definitions.lost_at(stay.entered, stay.line)
    if watermark >= lost_at:
        result.count(stay.line, lost_at, "lost")
    else:
        result.waiting = [*result.waiting, (stay.line, _key(stay), stay.entered)]
        result.change_at(lost_at)


def _key(stay: Stay) -> Key:
    """What tells a stay apart from all others of its journey: a visit may have several that are open at once."""
    return stay.visit.key + stay.entered


def _add_abandoned(result: Contribution, line: str, when: int, entered: int, rules: Rules) -> None:
    result.waits.append((line, when, ABANDONED_WAITS, when - entered))
    if when - entered <= rules.definitions.at(entered).short_abandon_ms.get(line.partition("/")[0], -1):
        result.count(line, when, "abandoned_short")


def _add_promise(result: Contribution, stay: Stay, promise: Promise, watermark: int, rules: Rules) -> None:
    line, asked, (kept, given_up) = stay.line, stay.exit[0], (promise.kept, promise.given_up)
    terms = rules.definitions.at(stay.entered)
    broken_at = asked + terms.promise_lost_ms
    promised = asked + terms.promise_ms if promise.promised_by is None else promise.promised_by
    due = min(promised, broken_at)
    if promise.tried is not None:
        result.count(line, promise.tried, "callback_tried")
    if kept is not None:
        result.waits.append((line, kept, CALLBACK_WAITS, kept - stay.entered))
    elif given_up is not None:
        result.count(line, *given_up)
    elif watermark >= broken_at:
        result.count(line, broken_at, "callback_broken")
    else:
        result.promises = [*result.promises, (line, _key(stay), (asked, due))]
        result.change_at(broken_at)
    over = kept if kept is not None else None if given_up is None else given_up[0]
    if over is None or over > due:
        if watermark >= due:
            result.count(line, due, "callback_overdue")
        else:
            result.change_at(due)


def _add_journey(result: Contribution, stays: list[Stay], definitions: Definitions) -> None:
    first = stays[0]
    result.amounts.append((first.line, first.entered, "journeys", 1))
    reached = min((at for stay in stays if (at := stay.reached) is not None), default=None)
    if reached is not None:
        result.waits.append((first.line, reached, JOURNEY_WAITS, reached - first.entered))
        result.amounts.append((first.line, reached, TIME_IN_QUEUES.name, _time_in_queues(stays, reached, definitions)))
    if first.exit[1] == "answered":
        result.amounts.append((first.line, first.exit[0], "reached_first_visit", 1))


def _time_in_queues(stays: list[Stay], reached: int, definitions: Definitions) -> int:
    """For how long (ms) it was in any of them until then; where they overlap, once."""
    waited, seen_to = 0, 0
    for stay in stays:  # in the order of their entries
        until = min(reached, _left_at(stay, definitions))
        if until > seen_to:
            waited += max(0, until - max(seen_to, stay.entered))
            seen_to = until
    return waited


def _left_at(stay: Stay, definitions: Definitions) -> int:
    """When a stay was over; that of a callback that was kept, with that."""
    if stay.exit is NEVER:
        return definitions.lost_at(stay.entered, stay.line)
    kept = None if stay.promise is None else stay.promise.kept
    return stay.exit[0] if kept is None else kept


def _add_transfer(result: Contribution, passed_on: PassedOn) -> None:
    when, destination, there, _ = passed_on
    result.count(destination, when, "passed_on")
    if there is None:
        return
    exited, how = there.exit
    if not how:
        result.transfers = [*result.transfers, (destination, _key(there), there.entered)]
    else:
        result.count(destination, exited, _AFTER_TRANSFER.get(how, "passed_on_ended_otherwise"))


_AFTER_TRANSFER = {"answered": "passed_on_answered", "abandoned": "passed_on_given_up"}


def _add_not_resolved(result: Contribution, passed_on: Iterable[PassedOn]) -> None:
    """Once each answered stay that was passed on, when it was answered: so of no stretch are there more than that."""
    for _, line, (answered, _) in {one.passed_from[:3] for one in passed_on if one.passed_from is not None}:
        result.count(line, answered, ANSWERED_PASSED_ON.name)


def _add_after_bot(result: Contribution, contact: Key, bot: Bot, stays: Iterable[Stay]) -> None:
    """What became of a contact that a chatbot handed over: the first stay that it entered after."""
    if bot.ended is None or bot.outcome != "transferred":
        return
    since = bot.ended if bot.started is None else min(bot.started, bot.ended)
    there = next((stay for stay in stays if stay.contact == contact and stay.entered >= since), None)
    if there is not None and there.exit[1]:
        exited, how = there.exit
        result.count(bot.line, exited, _AFTER_BOT.get(how, "bot_transferred_ended_otherwise"))


_AFTER_BOT = {"answered": "bot_transferred_answered", "abandoned": "bot_transferred_given_up"}


def _add_conversations(
    result: Contribution, journey: Journey, told: Told, watermark: int, definitions: Definitions
) -> None:
    for stay in told.stays:
        line, (answered, how) = stay.line, stay.exit
        if how != "answered" or not definitions.counts_conversation(line, stay.entered):
            continue
        lost_at = conversations.lost_at(stay, definitions)
        over = conversations.over_at(stay, told, ends_of(journey, stay.contact), definitions)
        if over < lost_at:
            result.waits.append((line, over, CONVERSATION_LENGTHS, over - answered))
        elif watermark >= lost_at:
            result.count(line, lost_at, CONVERSATIONS_LOST.name)
        else:
            result.talking = [*result.talking, (line, _key(stay), (answered, lost_at))]
            result.change_at(lost_at)


def _add_letters(result: Contribution, told: Iterable[list[LetterFact]], watermark: int, rules: Rules) -> None:
    """Of all contacts together: whoever tells of a letter may name its contact or not."""
    definitions, days = rules.definitions, rules.definitions.working_days
    open_: list[tuple[str, Key, tuple[int, int]]] = []
    for told_turn in letters.turns_of(chain.from_iterable(told)):
        terms = definitions.only or definitions.at(told_turn.received)
        lost_at = told_turn.received + terms.letter_lost_ms
        turn = told_turn.unless_lost(lost_at)
        due = letters.deadlines_of(turn, lost_at, days)
        for line, when, measure in letters.counts_of(turn, watermark, lost_at, due):
            result.count(line, when, measure)
        taken = letters.taken_of(turn, days)
        if taken is not None:
            assert turn.ended is not None
            result.waits.append((turn.line, turn.ended, LETTER_DAYS, taken))
        if turn.ended is None and watermark < lost_at:
            open_.append((turn.line, len(result.letters) + len(open_), (turn.received, due[0])))
        changes_at = letters.changes_at(turn, watermark, lost_at, due)
        if changes_at is not None:
            result.change_at(changes_at)
    if open_:
        result.letters = [*result.letters, *open_]


def _add_surveys(result: Contribution, told: Iterable[list[SurveyFact]], rules: Rules) -> None:
    for line, when, measure in surveys.counts_of(chain.from_iterable(told), rules.timezone):
        result.count(line, when, measure)


def _add_bot(result: Contribution, bot: Bot) -> None:
    if bot.ended is None:
        return
    result.count(bot.line, bot.ended, f"bot_{bot.outcome}")
    if bot.started is not None:
        result.count(bot.line, bot.ended, "bot_timed")
        result.amounts.append((bot.line, bot.ended, "bot_time_sum_ms", max(0, bot.ended - bot.started)))
