"""A stay: one time that a visit was in a queue, how it ended, and what was promised where it ended with that.

Which stays a journey's facts amount to is in edition_one.py and edition_two.py. May import: standard library, facts,
pseudonym.
"""

from typing import NamedTuple

from streams.core.facts import Visit
from streams.core.pseudonym import Key

Exit = tuple[int, str]  # when (epoch ms), and how: a name from `measures.EXITS`
NEVER: Exit = (1 << 62, "")  # later than every exit


class Promise(NamedTuple):
    """What became of a promise to call back, all in epoch ms; None while not known."""

    promised_by: int | None  # in words
    tried: int | None
    kept: int | None
    given_up: Exit | None  # in which other way it came to an end: a name from `measures.GIVEN_UP`


class Stay(NamedTuple):
    """In their order: by entry, line, and exit."""

    entered: int  # epoch ms
    line: str
    exit: Exit  # or NEVER
    visit: Visit
    contact: Key
    promise: Promise | None = None  # where it ended as called back
    is_cut: bool = False  # its exit was told before its entry

    @property
    def reached(self) -> int | None:
        """When a person was reached in it, or by the callback it asked for; None where nobody was."""
        if self.exit[1] == "answered":
            return self.exit[0]
        return None if self.promise is None else self.promise.kept


class PassedOn(NamedTuple):
    """A visit that was passed on."""

    when: int  # epoch ms
    destination: str  # its line
    stay: Stay | None  # the one that it became there; None where none is known
    passed_from: Stay | None = None  # the one that was passed on; None where none is known


class Offers(NamedTuple):
    """To whom a visit was offered, or who missed it: how many at an instant (epoch ms), in a line."""

    line: str
    when: int
    measure: str
    n: int


class Told(NamedTuple):
    """All that a journey's facts tell."""

    stays: list[Stay]  # in order
    passed_on: list[PassedOn]
    offers: list[Offers]


def in_order(stay: Stay) -> tuple[int, str, Exit]:
    """By which stays are sorted."""
    return stay[:3]


def told_exit(visit: Visit) -> Exit:
    """The earliest exit that was told of a visit; at the same instant the first in the order written here. Or NEVER."""
    first, how = NEVER
    if (answered := visit.answered) is not None:
        first, how = answered, "answered"
    if (callback := visit.callback) is not None and callback.requested is not None and callback.requested < first:
        first, how = callback.requested, "called_back"
    if (abandoned := visit.abandoned) is not None and abandoned < first:
        first, how = abandoned, "abandoned"
    if (left := visit.left) is not None and left < first:
        first, how = left, "left_" + visit.left_reason
    return first, how
