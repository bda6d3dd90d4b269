"""A cell as people and programs read it: counts and the ratios made of them, with null where nothing is known.

What is shown, and what each figure is made of: streams/core/measures.py. May import: the core.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import NamedTuple, TypeVar, get_type_hints

from msgspec import Struct

from streams.core.measure import Measure
from streams.core.measures import Bot, Conversations, Day, Letters, Total
from streams.core.reading import NotKnown, Reading
from streams.serve.exposed import marks

S = TypeVar("S", bound=Struct)


class Field(NamedTuple):
    """One field of a document of figures."""

    name: str
    of: Callable[[Reading], object]
    measure: Measure | None  # where it is simply one


def read(document: type[S], reading: Reading, **given: str | None) -> S:
    """All figures of a document out of a cell. Waits in ms; shares from 0 to 1; null over nothing.

    `given` are those of its fields that are no figures.
    """
    return document(**given, **{name: _known(of, reading) for name, of, _ in fields(document)})


def _known(of: Callable[[Reading], object], reading: Reading) -> object:
    """A field's value; None where a measure that it is made of was not counted in the whole of the stretch."""
    try:
        return of(reading)
    except NotKnown:
        return None


def day(reading: Reading) -> Day:
    """All figures of a day; with the chatbot's where there are any."""
    made = read(Day, reading)
    if _has_any(Bot, reading):
        made.bot = read(Bot, reading)
    _add_where_any(made, reading)
    return made


def total(reading: Reading) -> Total:
    """All figures since the beginning."""
    made = read(Total, reading)
    _add_where_any(made, reading)
    return made


def _add_where_any(made: Day | Total, reading: Reading) -> None:
    """Of conversations, which are counted where that is configured, and of letters."""
    if _has_any(Conversations, reading):
        made.conversations = read(Conversations, reading)
    if _has_any(Letters, reading):
        made.letters = read(Letters, reading)


def _has_any(document: type[Struct], reading: Reading) -> bool:
    return any(_known(field.of, reading) for field in fields(document) if field.measure)


@cache
def fields(document: type[Struct]) -> tuple[Field, ...]:
    """The fields of a document of figures, in order; those without a mark stay as they are by default."""
    return tuple(_fields(get_type_hints(document, include_extras=True)))


def _fields(hints: Mapping[str, object]) -> Iterator[Field]:
    for name, hint in hints.items():
        mark = marks(hint)
        if mark.measure is not None:
            yield Field(name, _amount(mark.measure.name), mark.measure)
        elif mark.of is not None:
            yield Field(name, mark.of, None)
        elif isinstance(hint, type) and issubclass(hint, Struct):
            yield Field(name, partial(read, hint), None)


def _amount(name: str) -> Callable[[Reading], int]:
    return lambda reading: reading.get(name, 0)
