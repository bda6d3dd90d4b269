"""The queues of *Køene nå*: a table for each channel and audience.

Its columns are those of `serve/wall_figures.py`. Two tables side by side fit a screen that is 1920 pixels wide.
May import: config, boards, words, serve's figures and words.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from config import Centre
from streams.core import measures, series
from streams.durations import short
from streams.generate.board_names import DEPTH
from streams.generate.boards import words
from streams.generate.boards.frame import COUNT, SHARE, WAIT, WIDTH, Board, link_to, rows
from streams.generate.boards.panels import FILLED, listing
from streams.generate.boards.promql import code, one_of, own_labels, own_queues, selector, up
from streams.generate.words import latest
from streams.serve.statuses import QUEUE_STATUSES
from streams.serve.wait_words import WITHHELD
from streams.serve.wall_figures import OF_LETTERS, figures_of

_PLACE: Final = "Z"  # the query of a row's place, which is not shown
_HEAD = 3  # a table's title and headings, in the grid's rows; each queue is one row more
Group = tuple[str, str]  # a channel and an audience
_Labels = Mapping[str, str]
_Shown = tuple[int, str, dict[str, object]]  # how wide in pixels, the query, how its cells look


@dataclass(frozen=True, slots=True)
class _Column:
    """One figure of each queue: its heading, how wide it is in pixels, its query, and how its cells look."""

    heading: str
    width: int
    expr: str
    look: Mapping[str, object] = field(default_factory=dict)


def queues(made: Board, centre: Centre) -> None:
    """Every queue of the centre's own, the groups in their order, in two columns as even as can be."""
    groups = centre.own_groups
    heights = [_height(centre, *group) for group in groups]
    cut = min(range(1, len(groups)), key=lambda n: max(sum(heights[:n]), sum(heights[n:])), default=1)
    halves = [half for half in (groups[:cut], groups[cut:]) if half]
    made.beside(*(partial(_tables, made, centre, half, WIDTH // len(halves)) for half in halves))


def _tables(made: Board, centre: Centre, groups: list[Group], width: int) -> None:
    for channel, audience in groups:
        _table(made, centre, channel, audience, (width, _height(centre, channel, audience)))


def _height(centre: Centre, channel: str, audience: str) -> int:
    return _HEAD + own_queues(centre, channel, audience).count("|") + 1


def _table(made: Board, centre: Centre, channel: str, audience: str, size: tuple[int, int]) -> None:
    columns = {chr(ord("A") + n): column for n, column in enumerate(_columns(centre, channel, audience))}
    headings = {"queue": "Kø", **{f"Value #{ref}": column.heading for ref, column in columns.items()}}
    looks = {column.heading: {**column.look, "custom_width": column.width} for column in columns.values()}
    made.add(
        listing(
            headings,
            {"Kø": _named(centre, channel, audience), **looks},
            ["channel", "audience", f"Value #{_PLACE}"],
            sorted_by=f"Value #{_PLACE}",
        ),
        centre.names.group(channel, audience),
        f"{_about(centre, channel)} Klikk på en kø for å se den i dybden.",
        COUNT,
        [*(rows(column.expr, ref) for ref, column in columns.items()), rows(_place(centre, channel, audience), _PLACE)],
        size,
        [link_to(DEPTH, **group_variables(channel, audience))],
    )


def _place(centre: Centre, channel: str, audience: str) -> str:
    """Where each queue stands: in the order of the configuration, as everywhere."""
    of = own_labels(centre, channel, audience)
    ids = of["queue"].removeprefix("~").split("|")
    each = (
        f"{n} * group by (queue) ({series.QUEUE_STATUS}{selector(**of | {'queue': id_})})"
        for n, id_ in enumerate(ids, 1)
    )
    return " or ".join(each)


def _columns(centre: Centre, channel: str, audience: str) -> Iterator[_Column]:
    where = own_labels(centre, channel, audience)
    window = where | {"window": short(centre.windows.main)}
    for figure in figures_of(channel):
        width, expr, look = _COLUMNS[figure.name](where, window)
        yield _Column(figure.heading, width, expr, look)


def _about(centre: Centre, channel: str) -> str:
    if figures_of(channel) is OF_LETTERS:
        return "Hver kø: hvor mange brev som ikke er besvart, det eldste, og hvor mange som er over fristen."
    return (
        "Hver kø: hvor mange som venter, hvem som har ventet lengst, snittet av dem som fikk svar og andelen som ga "
        f"opp {latest(centre.windows.main)}, og hva som kan sies om ventetiden. Tider er timer:minutter:sekunder, "
        "rundet opp."
    )


def _each(metric: str, where: _Labels) -> str:
    return one_of(metric, selector(**where), "queue")


def _told(where: _Labels, _: _Labels) -> _Shown:
    """What callers are told; else why nothing is, as a code below 0."""
    why = code(series.EXPECTED_WAIT_WITHHELD, list(WITHHELD), "reason", "queue", **where)
    return 190, f"{_each(series.EXPECTED_WAIT_SAID, where)} or -({why})", {"mappings": [words.waits_told()]}


def _status(where: _Labels, _: _Labels) -> _Shown:
    status = code(series.QUEUE_STATUS, QUEUE_STATUSES, "status", "queue", **where)
    return 175, status, {"mappings": [words.statuses()], "custom_cellOptions": FILLED}


_COLUMNS: Final[Mapping[str, Callable[[_Labels, _Labels], _Shown]]] = {
    "waiting": lambda where, _: (65, _each(series.WAITING, where), {}),
    "oldest": lambda where, _: (105, up(_each(series.OLDEST_WAIT, where)), {"unit": WAIT}),
    "mean": lambda _, window: (80, up(_each(measures.MEAN, window)), {"unit": WAIT}),
    "gave_up": lambda _, window: (80, _each(measures.ABANDONMENT, window), {"unit": SHARE, "decimals": 0}),
    "expected": _told,
    "open_letters": lambda where, _: (110, _each(series.LETTERS_OPEN, where), {}),
    "oldest_letter": lambda where, _: (110, _each(series.LETTERS_OLDEST, where), {"unit": WAIT}),
    "overdue": lambda where, _: (110, _each(series.LETTERS_OVERDUE, where), {}),
    "verdict": _status,
}


def _named(centre: Centre, channel: str, audience: str) -> dict[str, object]:
    """The queue itself, by its name; it leads to its depth."""
    chosen = {"channel": channel, "audience": audience, "queue": "${__value.raw:percentencode}"}
    link = link_to(DEPTH, "Se køen i dybden", **chosen).build()
    return {"mappings": [words.queues(centre, channel, audience)], "links": [{"title": link.title, "url": link.url}]}


def group_variables(channel: str, audience: str) -> dict[str, str]:
    """What *Kø i dybden* is to show of a whole group."""
    return {"channel": channel, "audience": audience, "queue": "$__all"}
