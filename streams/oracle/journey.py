"""What the plain list of a journey's facts amounts to: one pass from the facts to the figures.

A journey's facts come in any order and any number of times, so every rule here sorts, or takes the earliest.
May import: standard library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.oracle import letters
from streams.oracle.definitions import Definitions
from streams.oracle.facts import ENDS, LETTERS, OFFERS, SURVEYS, Fact, counted_by, of_type
from streams.oracle.promises import Answer, Promise, answers_of, end_of, promises_of
from streams.oracle.stays import FOREVER, Exit, Stay, stays_of
from streams.oracle.time_of_day import day_start
from streams.oracle.transfers import Transfer, transfers_of


class Count(NamedTuple):
    """`n` of a measure at an instant in a line."""

    at: int
    line: str
    measure: str
    n: int = 1


@dataclass
class Story:
    """All that one journey contributes. Lists of what is open now are empty once the journey is over."""

    counts: list[Count] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)  # line, entered
    promises: list[tuple[str, int, int]] = field(default_factory=list)  # line, asked, due
    transfers_waiting: list[tuple[str, int]] = field(default_factory=list)  # line, entered there
    letters_open: list[tuple[str, int, int]] = field(default_factory=list)  # line, received, due
    talking: list[tuple[str, int, int]] = field(default_factory=list)  # line, answered, lost
    stays: list[tuple[str, int, int | None, str]] = field(default_factory=list)  # line, entered, left, how
    without_entry: int = 0  # visits of which an end was told, and no entry


def story(facts: Sequence[Fact], edition: int, watermark: float, definitions: Definitions) -> Story:
    """Everything that follows from a journey's facts, by the edition of its id, when the clock shows `watermark`.

    A journey that is forgotten or over is told at `FOREVER`: all its deadlines have passed.
    """
    told = Story()
    _tell_letters(told, [fact for fact in facts if fact.type in LETTERS], watermark, definitions)
    _tell_survey(told, [fact for fact in facts if fact.type in SURVEYS], definitions)
    facts = counted_by(edition, [fact for fact in facts if fact.type not in (*LETTERS, *SURVEYS)])
    stays = stays_of(facts, edition, definitions)
    promises = promises_of(stays, facts)
    answers = answers_of(stays, facts, promises, edition)
    for stay in stays:
        _tell_stay(told, stay, edition, watermark, definitions.then(stay.entered))
    for promise in promises:
        _tell_promise(told, promise, answers, watermark, definitions.then(promise.stay.entered))
    _tell_offers(told, facts, stays)
    transfers = transfers_of(facts, stays, edition, definitions)
    for transfer, there in transfers:
        told.counts.append(Count(transfer.at, transfer.line, "passed_on"))
        if there:
            _tell_fate(told, there, over=watermark == FOREVER)
    _tell_journey(told, stays, _kept_at(promises, answers), definitions)
    _tell_bots(told, facts)
    if edition >= 6:
        _tell_not_resolved(told, [transfer for transfer, _ in transfers])
        _tell_after_bots(told, facts, stays)
        for stay in stays:
            _tell_conversation(told, stay, _hung_up(stay, facts, stays, transfers, definitions), watermark, definitions)
    if edition >= 5:
        entered = {fact.visit for fact in of_type("queue.entered", facts)}
        told.without_entry = len({fact.visit for fact in facts if fact.type in ENDS} - entered)
    return told


def _tell_stay(told: Story, stay: Stay, edition: int, watermark: float, definitions: Definitions) -> None:
    told.counts.append(Count(stay.entered, stay.line, "entered"))
    if stay.is_cut and edition != 1:
        told.counts.append(Count(stay.entered, stay.line, "cut"))
    lost_at = stay.entered + definitions.lost_after(stay.channel)
    if stay.exit:
        _tell_exit(told, stay, stay.exit, definitions)
        told.stays.append((stay.line, stay.entered, stay.exit.at, stay.exit.how))
    elif watermark >= lost_at:
        told.counts.append(Count(lost_at, stay.line, "lost"))
        told.stays.append((stay.line, stay.entered, lost_at, "lost"))
    else:
        told.waiting.append((stay.line, stay.entered))
        told.stays.append((stay.line, stay.entered, None, "waiting"))


def _tell_exit(told: Story, stay: Stay, exit_: Exit, definitions: Definitions) -> None:
    wait = exit_.at - stay.entered
    if exit_.how == "answered":
        told.counts += _wait("answered", "wait", exit_.at, stay.line, wait, definitions)
        told.counts += _while_open(stay, exit_.at, definitions)
    elif exit_.how == "abandoned":
        told.counts += _wait("abandoned", "abandoned_wait", exit_.at, stay.line, wait, definitions)
        limit = definitions.short_abandon_ms.get(stay.channel)
        if limit is not None and wait <= limit:
            told.counts.append(Count(exit_.at, stay.line, "abandoned_short"))
    else:
        told.counts.append(Count(exit_.at, stay.line, exit_.how))


def _while_open(stay: Stay, until: int, definitions: Definitions) -> list[Count]:
    """Of a wait that closed hours were a part of: all of it, and the rest."""
    if stay.channel not in definitions.while_open:
        return []
    stretches = definitions.opened(stay.channel, stay.entered, until)
    open_ms = sum(min(closes, until) - max(opens, stay.entered) for opens, closes in stretches)
    if open_ms == until - stay.entered:
        return []
    return [
        *_wait("over_closed", "over_closed_wait", until, stay.line, until - stay.entered, definitions),
        *_wait("while_open", "while_open_wait", until, stay.line, open_ms, definitions),
    ]


def _wait(how: str, kind: str, at: int, line: str, wait: int, definitions: Definitions) -> list[Count]:
    """One wait: the count, the sum, the maximum, and the bucket of the first edge that it does not exceed."""
    edge = next((f"{edge}ms" for edge in definitions.edges_ms if wait <= edge), "inf")
    return [
        Count(at, line, how),
        Count(at, line, f"{kind}_sum_ms", wait),
        Count(at, line, f"{kind}_max_ms", wait),
        Count(at, line, f"{how}_in_{edge}"),
    ]


def _tell_promise(
    told: Story, promise: Promise, answers: Sequence[Answer], watermark: float, definitions: Definitions
) -> None:
    line = promise.stay.line
    ends = end_of(promise, answers)
    at, how = ends if ends else (promise.asked + definitions.promise_lost_ms, "broken")
    if how == "kept":
        wait = at - promise.stay.entered
        told.counts += _wait("callback_kept", "callback_wait", at, line, wait, definitions)
    elif ends or watermark >= at:
        told.counts.append(Count(at, line, f"callback_{how}"))
    due = promise.due(definitions)
    if not ends and watermark < at:
        told.promises.append((line, promise.asked, due))
    if watermark >= due and not (ends and at <= due):
        told.counts.append(Count(due, line, "callback_overdue"))
    tried = [fact.at for fact in promise.told if fact.type == "callback.attempted"]
    if tried:
        told.counts.append(Count(min(tried), line, "callback_tried"))


def _tell_offers(told: Story, facts: Sequence[Fact], stays: Sequence[Stay]) -> None:
    """Once for each instant and agent, in the line of the last stay that began by then, or else of the first."""
    offers = {(one.at, one.type, one.visit, one.agent) for one in facts if one.type in OFFERS}
    for at, type_, visit, _ in offers:
        own = [stay for stay in stays if stay.visit == visit]
        if own:
            begun = [stay for stay in own if stay.entered <= at]
            told.counts.append(Count(at, (begun[-1] if begun else own[0]).line, type_.removeprefix("agent.")))


def _tell_fate(told: Story, there: Stay, *, over: bool) -> None:
    """What became of who was passed on, in the stay that it led to."""
    if there.exit:
        fate = {"answered": "answered", "abandoned": "given_up"}.get(there.exit.how, "ended_otherwise")
        told.counts.append(Count(there.exit.at, there.line, f"passed_on_{fate}"))
    elif not over:
        told.transfers_waiting.append((there.line, there.entered))


def _tell_journey(told: Story, stays: Sequence[Stay], kept_at: Mapping[Stay, int], definitions: Definitions) -> None:
    if not stays:
        return
    first = stays[0]
    told.counts.append(Count(first.entered, first.line, "journeys"))
    # A person is reached by an answer, or by a callback that was promised and kept.
    reached = [stay.answered_at for stay in stays if stay.answered_at is not None] + list(kept_at.values())
    if reached:
        at = min(reached)
        told.counts += _wait("reached", "journey_wait", at, first.line, at - first.entered, definitions)
        in_queues = _time_in_queues(stays, kept_at, at, definitions)
        told.counts.append(Count(at, first.line, "time_in_queues_sum_ms", in_queues))
    if first.answered_at is not None:
        told.counts.append(Count(first.answered_at, first.line, "reached_first_visit"))


def _kept_at(promises: Sequence[Promise], answers: Sequence[Answer]) -> dict[Stay, int]:
    """When each promise that was kept was kept, by the stay that it was made to."""
    ends = [(promise.stay, end_of(promise, answers)) for promise in promises]
    return {stay: end[0] for stay, end in ends if end and end[1] == "kept"}


def _time_in_queues(stays: Sequence[Stay], kept_at: Mapping[Stay, int], until: int, definitions: Definitions) -> int:
    """For how long the journey was in any queue by an instant: its stays one after the other, where they overlap once.

    They are in order of entry.
    """
    time, seen = 0, stays[0].entered  # what is before `seen` is in the time already
    for stay in stays:
        left = min(kept_at.get(stay, _left_at(stay, definitions)), until)
        time += max(0, left - max(stay.entered, seen))
        seen = max(seen, left)
    return time


def _left_at(stay: Stay, definitions: Definitions) -> int:
    """When a stay ended. One whose end is not known is over when it is lost, whether it is by now or not."""
    return stay.exit.at if stay.exit else stay.entered + definitions.then(stay.entered).lost_after(stay.channel)


def _tell_not_resolved(told: Story, transfers: Sequence[Transfer]) -> None:
    """Each answered stay that was passed on, when it was answered. Stays that nothing tells apart are one."""
    stays = {(one.of.entered, one.of.line, one.of.exit.at) for one in transfers if one.of and one.of.exit}
    told.counts += [Count(answered, line, "answered_passed_on") for _, line, answered in stays]


def _tell_after_bots(told: Story, facts: Sequence[Fact], stays: Sequence[Stay]) -> None:
    """Of each contact that the chatbot handed over, how the first stay ended that it entered after that began."""
    ends = [fact for fact in facts if fact.type == "bot.ended"]
    for contact in sorted({str(fact.contact) for fact in ends}):
        end = min((one for one in ends if one.contact == contact), key=lambda one: (one.at, one.word, one.line))
        starts = [fact.at for fact in facts if fact.type == "bot.started" and fact.contact == contact]
        if end.word != "transferred":
            continue
        since = min([end.at, *starts])
        after = [stay for stay in stays if stay.contact == contact and stay.entered >= since]
        if after and after[0].exit:
            fate = {"answered": "answered", "abandoned": "given_up"}.get(after[0].exit.how, "ended_otherwise")
            told.counts.append(Count(after[0].exit.at, str(end.line), f"bot_transferred_{fate}"))


def _hung_up(
    stay: Stay,
    facts: Sequence[Fact],
    stays: Sequence[Stay],
    transfers: Sequence[tuple[Transfer, Stay | None]],
    definitions: Definitions,
) -> list[int]:
    """All that may have ended what was said after a stay: its contact's ends, and its being passed on, or else in
    another queue. What is told of its being passed on after it was over, or lost, is nothing of it.
    """
    ended = [fact.at for fact in facts if fact.type == "contact.ended" and fact.contact == stay.contact]
    ends = sorted(at for at in ended if stay.answered_at is not None and at >= stay.answered_at)[:1]
    lost_at = (stay.answered_at or 0) + definitions.then(stay.entered).lost_after(stay.channel)
    told = [transfer.at for transfer, _ in transfers if transfer.of == stay]
    passed_on = [at for at in told if at <= min([lost_at, *ends])]
    if passed_on:
        return ends + passed_on
    if stay.channel not in definitions.then(stay.entered).one_place:
        return ends
    begun = [other.entered for other in stays if other.contact == stay.contact]
    return ends + [at for at in begun if at != stay.answered_at]


def _tell_conversation(
    told: Story, stay: Stay, hung_up: Sequence[int], watermark: float, definitions: Definitions
) -> None:
    """What was said after a stay was answered: for how long, whether it goes on, or whether its end never came."""
    began, terms = stay.answered_at, definitions.then(stay.entered)
    if began is None or stay.channel not in terms.conversations:
        return
    lost_at = began + terms.lost_after(stay.channel)
    ends = sorted(at for at in hung_up if began <= at < lost_at)
    if ends:
        told.counts += _wait("conversations", "conversation", ends[0], stay.line, ends[0] - began, definitions)
    elif watermark < lost_at:
        told.talking.append((stay.line, began, lost_at))
    else:
        told.counts.append(Count(lost_at, stay.line, "conversations_lost"))


def _tell_letters(told: Story, facts: Sequence[Fact], watermark: float, definitions: Definitions) -> None:
    for turn in letters.turns_of(facts):
        told.counts += [Count(at, line, what) for at, line, what in letters.counts_of(turn, watermark, definitions)]
        took, ended = letters.took_of(turn, definitions), letters.ended_of(turn, definitions)
        if took is not None and ended is not None:
            days = took * letters.DAY_MS
            told.counts += _wait("letters_answered", "letter_days", ended, turn.line_at(ended), days, definitions)
        if ended is None and watermark < letters.lost_at_of(turn, definitions):
            told.letters_open.append((turn.was_in[-1][1], turn.received, letters.due_of(turn, 2, definitions)))


def _tell_survey(told: Story, facts: Sequence[Fact], definitions: Definitions) -> None:
    """By the day: as if it had all been at the midnight before."""
    for at, line, what in letters.survey_counts(facts):
        told.counts.append(Count(day_start(at, definitions.timezone), line, what))


def _tell_bots(told: Story, facts: Sequence[Fact]) -> None:
    ends = [fact for fact in facts if fact.type == "bot.ended"]
    for contact in sorted({str(fact.contact) for fact in ends}):
        own = [fact for fact in ends if fact.contact == contact]
        end = min(own, key=lambda fact: (fact.at, fact.word, fact.line))
        line = str(end.line)
        told.counts.append(Count(end.at, line, f"bot_{end.word}"))
        starts = [fact.at for fact in facts if fact.type == "bot.started" and fact.contact == contact]
        if starts:
            told.counts.append(Count(end.at, line, "bot_timed"))
            told.counts.append(Count(end.at, line, "bot_time_sum_ms", max(0, end.at - min(starts))))
