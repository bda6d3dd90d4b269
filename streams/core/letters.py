"""Letters: which turns the facts of one tell, and what each comes to.

A turn is one message of the citizen's and what became of it. The rules are in streams/MEASURES.md, *Letters*. May
import: standard library, facts, working_days.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from streams.core.facts import LetterFact
from streams.core.working_days import DAY_MS, PROMISED_DAYS, WorkingDays

WHAT: Final = ("received", "moved", "reclassified", "answered", "held", "withdrawn", "merged")  # at one instant so
ANSWERS: Final = ("answered", "held")  # what ends a turn and is its answer
_PLACE: Final = {what: place for place, what in enumerate(WHAT)}


class Turn(NamedTuple):
    """When it was received and ended in epoch ms; lines as they are counted."""

    received: int
    lines: tuple[tuple[int, str], ...]  # since when it was in each, the first since it was received
    ended: int | None = None
    how: str = ""  # it ended: "reclassified", or as what follows that in `WHAT`
    is_anew: bool = False  # it began as others were reclassified

    def line_at(self, when: int) -> str:
        """The line that it was in at an instant."""
        return next((line for since, line in reversed(self.lines) if since <= when), self.lines[0][1])

    @property
    def line(self) -> str:
        """The line that it is in, or ended in."""
        return self.lines[-1][1]

    @property
    def channel(self) -> str:
        """By whose hours its deadlines go."""
        return self.lines[0][1].partition("/")[0]

    def unless_lost(self, lost_at: int) -> "Turn":
        """The same without an end that was told after it was lost: that is for good, and what is old stays as it is."""
        is_late = self.ended is not None and self.ended >= lost_at
        return self._replace(ended=None, how="") if is_late else self


def turns_of(facts: Iterable[LetterFact]) -> list[Turn]:
    """The turns that a letter's facts tell, in the order in which they ended or, if they have not, began."""
    facts = tuple(facts)
    if len(facts) == 1 and facts[0][1] == "received":  # as every letter is at first
        return [Turn(facts[0][0], ((facts[0][0], facts[0][2]),))]
    over: list[Turn] = []
    open_: list[Turn] = []
    for at, what, line in sorted(set(facts), key=_in_order):  # two sources may tell the same, of a contact or of none
        if what == "moved":
            open_ = [turn._replace(lines=(*turn.lines, (at, line))) if turn.line != line else turn for turn in open_]
            continue
        if what != "received":
            over += [Turn(turn.received, turn.lines, at, what, turn.is_anew) for turn in open_]
            open_ = []
        if what in ("received", "reclassified"):
            open_.append(Turn(at, ((at, line),), is_anew=what == "reclassified"))
    return over + open_


def _in_order(fact: LetterFact) -> tuple[int, int, str]:
    at, what, line = fact
    return at, _PLACE[what], line


def deadlines_of(turn: Turn, lost_at: int, working_days: WorkingDays) -> list[int]:
    """By when it is to be answered to be answered within so many working days (epoch ms, not included), for each of
    `PROMISED_DAYS`: never later than it is lost, as where there is no working day for weeks.
    """
    return [min(due, lost_at) for due in working_days.deadlines(turn.channel, turn.received, PROMISED_DAYS)]


def counts_of(turn: Turn, watermark: int, lost_at: int, due: Sequence[int]) -> Iterator[tuple[str, int, str]]:
    """What a turn counts as when event time has come to `watermark`: line, when (epoch ms), measure. `due` is by when
    it is to be answered for each of `PROMISED_DAYS`.

    Its answer is no count but a wait: `taken_of`.
    """
    (_, first), *moves = turn.lines
    yield first, turn.received, "letters_begun_anew" if turn.is_anew else "letters_received"
    ended = turn.ended
    for at, line in moves:
        if ended is not None or at < lost_at:
            yield line, at, "letters_moved"
    if ended is None and watermark >= lost_at:
        yield turn.line_at(lost_at), lost_at, "letters_lost"
    if ended is not None and turn.how != "answered":
        yield turn.line, ended, f"letters_{turn.how}"
    for days, deadline in zip(PROMISED_DAYS, due, strict=True):
        if ended is None or ended >= deadline:
            if watermark >= deadline:
                yield turn.line_at(deadline), deadline, f"letters_missed_{days}"
        elif turn.how in ANSWERS:
            yield turn.line, ended, f"letters_within_{days}"


def taken_of(turn: Turn, working_days: WorkingDays) -> int | None:
    """How many working days it took to answer, each as `DAY_MS`; None where it was not answered."""
    if turn.ended is None or turn.how not in ANSWERS:
        return None
    return DAY_MS * working_days.taken(turn.channel, turn.received, turn.ended)


def changes_at(turn: Turn, watermark: int, lost_at: int, due: Sequence[int]) -> int | None:
    """The next watermark (epoch ms) at which what it counts as changes of itself; None where none does."""
    ended = turn.ended
    of_itself = [at for at in due if at > watermark and (ended is None or at <= ended)]
    if ended is None and lost_at > watermark:
        of_itself.append(lost_at)
    return min(of_itself, default=None)
