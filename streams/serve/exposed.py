"""What of a document Prometheus is told: found by the marks on its fields. May import: the core, msgspec."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Final, NamedTuple, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

from streams.core.measure import Measure
from streams.core.reading import Reading
from streams.core.series import Series

Path = tuple[str, ...]


class Mark(NamedTuple):
    """What a field is, where it is marked: one measure, or made of several; and the series that shows it."""

    measure: Measure | None = None
    of: Callable[[Reading], object] | None = None
    series: Series | None = None


NO_MARK: Final = Mark()


class Exposed(NamedTuple):
    """A series, and where in a document its value is."""

    series: Series
    path: Path

    def value(self, document: Struct) -> float | None:
        """In seconds where the document has ms; None where it is not known, or a part of the document is not there."""
        found: object = document
        for name in self.path:
            found = getattr(found, name, None)
        if not isinstance(found, int | float):
            return None
        return float(found) / 1000 if self.path[-1].endswith("ms") else float(found)


@cache
def gauges(document: type[Struct]) -> tuple[Exposed, ...]:
    """Of the fields that a series is named for."""
    return tuple(Exposed(mark.series, path) for path, mark in marked(document) if mark.series)


@cache
def counters(document: type[Struct]) -> tuple[Exposed, ...]:
    """Of the fields that are a measure with a counter; each once, where it is first."""
    found: dict[str, Exposed] = {}
    for path, mark in marked(document):
        if mark.measure is not None and mark.measure.series is not None:
            found.setdefault(mark.measure.series, Exposed(mark.measure.counter, path))
    return tuple(found.values())


def marks(hint: object) -> Mark:
    """What a field's type is marked with, beside its description."""
    found = NO_MARK
    for mark in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
        if isinstance(mark, Meta) and mark.extra:
            found = found._replace(**mark.extra)
    return found


def marked(document: type[Struct]) -> Iterator[tuple[Path, Mark]]:
    """Every field of a document, and of the documents in it, that is marked with something."""
    for name, hint in get_type_hints(document, include_extras=True).items():
        if (mark := marks(hint)) != NO_MARK:
            yield (name,), mark
        for part in _parts(hint):
            yield from (((name, *path), mark) for path, mark in marked(part))


def _parts(hint: object) -> list[type[Struct]]:
    """The document in a field, which may be optional."""
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return [one for one in (inner, *get_args(inner)) if isinstance(one, type) and issubclass(one, Struct)]
