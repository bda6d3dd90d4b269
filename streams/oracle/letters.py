"""Letters and surveys recounted: which turns a letter has, when each was due, and what was answered of a survey.

May import: standard library.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from streams.oracle.definitions import Definitions
from streams.oracle.facts import Fact
from streams.oracle.stays import FOREVER

DAY_MS: Final = 24 * 3_600_000
PROMISES: Final = (2, 3)  # working days
# What is told at one instant is taken in this order.
ORDER: Final = ("received", "moved", "reclassified", "answered", "held", "withdrawn", "merged")


@dataclass
class Turn:
    """One message of a citizen's."""

    received: int
    was_in: list[tuple[int, str]]  # since when in which line
    anew: bool = False  # what it was before was reclassified
    ended: int | None = None
    how: str = ""

    def line_at(self, when: int) -> str:
        """The line that it was in then."""
        return [line for since, line in self.was_in if since <= when][-1]


def turns_of(facts: Sequence[Fact]) -> list[Turn]:
    """All turns of a letter. What ends one ends all that are open."""
    turns: list[Turn] = []
    told = {(fact.at, ORDER.index(_what(fact)), str(fact.line)) for fact in facts}  # whoever told it, and how often
    for at, place, line in sorted(told):
        what = ORDER[place]
        still_open = [turn for turn in turns if turn.ended is None]
        if what == "moved":
            for turn in still_open:
                turn.was_in.append((at, line))
        elif what != "received":
            for turn in still_open:
                turn.ended, turn.how = at, what
        if what in ("received", "reclassified"):
            turns.append(Turn(at, [(at, line)], anew=what == "reclassified"))
    return turns


def _what(fact: Fact) -> str:
    return fact.type.removeprefix("written.")


def counts_of(turn: Turn, watermark: float, definitions: Definitions) -> Iterator[tuple[int, str, str]]:
    """When, in which line and as what it counts; but for how long its answer took."""
    yield turn.received, turn.was_in[0][1], "letters_begun_anew" if turn.anew else "letters_received"
    lost_at = lost_at_of(turn, definitions)
    ended = ended_of(turn, definitions)
    before = lost_at if ended is None else FOREVER
    for (at, line), (_, other) in zip(turn.was_in[1:], turn.was_in, strict=False):
        if line != other and at < before:
            yield at, line, "letters_moved"
    if ended is not None and turn.how != "answered":
        yield ended, turn.line_at(ended), f"letters_{turn.how}"
    if ended is None and watermark >= lost_at:
        yield lost_at, turn.line_at(lost_at), "letters_lost"
    for days in PROMISES:
        due = due_of(turn, days, definitions)
        if ended is None or ended >= due:
            if watermark >= due:
                yield due, turn.line_at(due), f"letters_missed_{days}"
        elif is_answered(turn):
            yield ended, turn.line_at(ended), f"letters_within_{days}"


def is_answered(turn: Turn) -> bool:
    """To put a letter on hold is to answer it."""
    return turn.how in ("answered", "held")


def lost_at_of(turn: Turn, definitions: Definitions) -> int:
    """From when on it is presumed lost."""
    return turn.received + definitions.then(turn.received).letter_lost_ms


def ended_of(turn: Turn, definitions: Definitions) -> int | None:
    """When it ended; once it is lost, it does not any more."""
    if turn.ended is None or turn.ended >= lost_at_of(turn, definitions):
        return None
    return turn.ended


def due_of(turn: Turn, days: int, definitions: Definitions) -> int:
    """When the last of so many working days after the day of receipt is over, or it is lost before that."""
    channel = turn.was_in[0][1].split("/")[0]
    midnight = _next_midnight(turn.received, definitions)
    left, looked = days, 0
    while left and looked < 400:
        after = _next_midnight(midnight, definitions)
        is_working = bool(definitions.opened(channel, midnight, after))
        left, looked, midnight = left - is_working, 0 if is_working else looked + 1, after
    lost_at = lost_at_of(turn, definitions)
    return lost_at if left else min(midnight, lost_at)


def took_of(turn: Turn, definitions: Definitions) -> int | None:
    """How many working days an answer took: the least number of them that were not over by then."""
    ended = ended_of(turn, definitions)
    if ended is None or not is_answered(turn):
        return None
    days = 0
    while due_of(turn, days, definitions) <= ended:
        days += 1
    return days


def _next_midnight(at: int, definitions: Definitions) -> int:
    zone = ZoneInfo(definitions.timezone)
    tomorrow = datetime.fromtimestamp(at // 1000, zone).date() + timedelta(days=1)
    return int(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).timestamp()) * 1000


def survey_counts(facts: Sequence[Fact]) -> Iterator[tuple[int, str, str]]:
    """When, in which line and as what a survey counts."""
    asked = [fact for fact in facts if fact.type == "survey.invited" and fact.line]
    answers = [fact for fact in facts if fact.type == "survey.answered" and fact.line]
    if asked:
        first = min(asked, key=lambda fact: (fact.at, fact.line))
        yield first.at, str(first.line), "survey_invited"
    if answers:
        first = min(answers, key=lambda fact: (fact.at, fact.word, fact.score, fact.line))
        yield first.at, str(first.line), "survey_answered"
    for question in sorted({str(fact.word) for fact in answers}):
        own = [fact for fact in answers if fact.word == question]
        last = max(own, key=lambda fact: (fact.at, fact.score, fact.line))
        yield last.at, str(last.line), f"survey_{question}_{last.score}"
