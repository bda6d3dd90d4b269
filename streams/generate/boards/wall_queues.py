"""The queues of *Køene nå*: a table for each channel and audience.

Labels are written as serve writes them. Two tables side by side fit a screen that is 1920 pixels wide.
May import: config, boards, spells, words, serve's bokmal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from config import Centre
from streams.core import measures, series
from streams.durations import short
from streams.generate.board_names import DEPTH
from streams.generate.boards import words
from streams.generate.boards.frame import COUNT, SHARE, WAIT, WIDTH, Board, link_to, rows
from streams.generate.boards.panels import FILLED, listing
from streams.generate.boards.promql import code, down, one_of, own_queues, selector, up
from streams.generate.spells import Spell, spells
from streams.generate.words import latest, span
from streams.serve import bokmal
from streams.serve.statuses import QUEUE_STATUSES

_HEAD = 3  # a table's title and headings, in the grid's rows; each queue is one row more
Group = tuple[str, str]  # a channel and an audience


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
        listing(headings, {"Kø": _named(centre, channel, audience), **looks}, ["channel", "audience"]),
        centre.names.group(channel, audience),
        f"Hver kø: hvor mange som venter, hvem som har ventet lengst, snittet av dem som fikk svar "
        f"{latest(centre.windows.main)}, og trykket: hva snittet ville blitt om alle som venter fikk svar nå. "
        "Tider er timer:minutter:sekunder, rundet opp. Klikk på en kø for å se den i dybden.",
        COUNT,
        [rows(column.expr, ref) for ref, column in columns.items()],
        size,
        [link_to(DEPTH, **group_variables(channel, audience))],
    )


def _columns(centre: Centre, channel: str, audience: str) -> Iterator[_Column]:
    def each(metric: str, **labels: str) -> str:
        more = "".join(f',{name}="{value}"' for name, value in labels.items())
        return one_of(metric, own_queues(centre, channel, audience)[:-1] + more + "}", "queue")

    window, pressure = short(centre.windows.main), each(series.PRESSURE)
    yield _Column("Venter", 65, each(series.WAITING))
    yield _Column("Ventet lengst", 105, up(each(series.OLDEST_WAIT)), {"unit": WAIT})
    yield _Column("Snitt", 80, up(each(measures.MEAN, window=window)), {"unit": WAIT})
    yield _Column("Trykk", 80, up(pressure), {"unit": WAIT})
    for share in _thresholds(centre, channel, audience):
        within = each(series.SHARE_WITHIN, window=window, within=short(share), of="of_answered")
        yield _Column(f"Andel innen {span(share)}", 150, down(within), {"unit": SHARE, "decimals": 0})
    if means := _means(centre, channel, audience):
        look = {"mappings": [words.held()], "custom_cellOptions": FILLED}
        limits = {bokmal.wait(spell.target.mean_wait_ms) for spell in means}
        heading = f"Trykk mot {limits.pop() if len(limits) == 1 else 'løftet'}"
        yield _Column(heading, 125, f"({pressure} > bool on () group_left () {_limit(means)}) + 1", look)
    status = code(series.QUEUE_STATUS, QUEUE_STATUSES, "status", "queue", channel=channel, audience=audience)
    yield _Column("Status", 175, status, {"mappings": [words.statuses()], "custom_cellOptions": FILLED})


def _named(centre: Centre, channel: str, audience: str) -> dict[str, object]:
    """The queue itself, by its name; it leads to its depth."""
    chosen = {"channel": channel, "audience": audience, "queue": "${__value.raw:percentencode}"}
    link = link_to(DEPTH, "Se køen i dybden", **chosen).build()
    return {"mappings": [words.queues(centre, channel, audience)], "links": [{"title": link.title, "url": link.url}]}


def _limit(means: list[Spell]) -> str:
    """The one that is in force at the time, as svartid says it."""
    ids = "|".join(dict.fromkeys(spell.target.id for spell in means))
    return f"max({series.MEAN_WAIT_TARGETS.limit}{selector(target=f'~{ids}')})"


def _means(centre: Centre, channel: str, audience: str) -> list[Spell]:
    """When which mean is promised to the group."""
    own = [spell for spell in spells(centre) if spell.target.whose == f"{channel}/{audience}"]
    return [spell for spell in own if spell.target.mean_wait_ms is not None]


def _thresholds(centre: Centre, channel: str, audience: str) -> list[int]:
    """The thresholds that the group's share of the answered is counted at (another group's, if it has none)."""
    shares = [one for one in centre.all_targets if one.measure == "share_within" and one.level == "group"]
    own = [target for target in shares if target.whose == f"{channel}/{audience}"]
    return list(dict.fromkeys(target.within or 0 for target in own or shares[:1]))


def group_variables(channel: str, audience: str) -> dict[str, str]:
    """What *Kø i dybden* is to show of a whole group."""
    return {"channel": channel, "audience": audience, "queue": "$__all"}
