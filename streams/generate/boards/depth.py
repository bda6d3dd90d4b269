"""Kø i dybden: one queue or several. Waits, ways out, callbacks, transfers, history.

May import: config, boards, words, the names in serve's series.
"""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from config import Centre
from streams.core import measures, series
from streams.generate.board_names import DEPTH, SCORECARD, WALL
from streams.generate.boards import words
from streams.generate.boards.depth_ends import (
    GROUP,
    WHERE,
    callbacks,
    conversations,
    each,
    exits,
    expected_wait,
    in_window,
    transfers,
)
from streams.generate.boards.frame import (
    COUNT,
    SHARE,
    WAIT,
    Board,
    choice,
    link_to,
    now,
    over_time,
)
from streams.generate.boards.panels import bars, heat_map, lines, number, states
from streams.generate.boards.promql import LINE, code, grown, up
from streams.generate.words import latest
from streams.serve.statuses import QUEUE_STATUSES

HEATMAP = PromQueryFormat.HEATMAP
_SMALL, _HALF, _THIRD = (4, 4), (12, 8), (8, 8)


def board(centre: Centre) -> Board:
    """The board."""
    made = Board(
        centre,
        DEPTH,
        "En kø, eller flere sammen: ventetid, hvordan besøkene endte, tilbakeringing, overføringer og forløp.",
        span="now-6h",
        refresh="30s",
    )
    made.made.with_variable(choice("channel", "Kanal", f"label_values({series.WAITING}, channel)"))
    made.made.with_variable(
        choice("audience", "Målgruppe", f'label_values({series.WAITING}{{channel=~"$channel"}}, audience)')
    )
    made.made.with_variable(_queue(centre))
    made.row("Nå")
    _now(made, centre)
    made.row("Ventetid")
    _waits(made, centre)
    made.row("Forventet ventetid")
    expected_wait(made, centre)
    made.row("Hvordan besøkene endte")
    exits(made)
    made.row("Tilbakeringing")
    callbacks(made)
    if centre.counted_by.talked:
        made.row("Samtaler")
        conversations(made, centre)
    made.row("Overføringer")
    transfers(made, centre)
    return made


def _queue(centre: Centre) -> builders.QueryVariable:
    """The queues to choose from; all of them are the centre's own, but one outside it can be chosen too."""
    own = dict.fromkeys(line.rpartition("/")[2] for line in centre.own_lines)
    queue = choice("queue", "Kø", f"label_values({series.WAITING}{{" + GROUP + "}, queue)")
    return queue.all_value("|".join(own))


def _now(made: Board, centre: Centre) -> None:
    main = in_window(centre.windows.main)
    window = latest(centre.windows.main)
    answered = each(measures.ANSWERED.by_window, main)
    abandoned = f"sum({each(measures.ABANDONED.by_window, main)})"
    mean = f"sum({each(measures.MEAN, main)} * {answered}) / (sum({answered}) > 0)"
    links = [link_to(WALL), link_to(SCORECARD)]
    for title, text, unit, expr in (
        ("Venter", "Hvor mange som venter på et menneske nå.", COUNT, f"sum({each(series.WAITING)})"),
        (
            "Ventet lengst",
            "Hvor lenge den som har ventet lengst har ventet. «Ingen data» når ingen venter.",
            WAIT,
            up(f"max({each(series.OLDEST_WAIT)})"),
        ),
        (f"Snitt {window}", "Snitt av dem som fikk svar, veid etter antall svar.", WAIT, up(mean)),
        (
            "Trykk, verste kø",
            "Hva snittet ville blitt om alle som venter fikk svar nå; den av køene der det er høyest.",
            WAIT,
            up(f"max({each(series.PRESSURE)})"),
        ),
        (f"Svar {window}", "Hvor mange som fikk svar av et menneske.", COUNT, f"sum({answered})"),
        (
            f"Frafall {window}",
            "Hvor stor andel som ga opp, av dem som fikk svar eller ga opp. De som ga opp med en gang er med.",
            SHARE,
            f"{abandoned} / (({abandoned} + sum({answered})) > 0)",
        ),
    ):
        made.add(number(), title, text, unit, [now(expr)], _SMALL, links)
    chosen = {"channel": "~$channel", "audience": "~$audience", "queue": "~$queue"}
    status = code(series.QUEUE_STATUS, QUEUE_STATUSES, "status", LINE, **chosen)
    made.add(
        states([words.statuses()]),
        "Status over tid",
        "Om hver kø var åpen, stengt, hadde for få svar til et snitt, eller manglet data fra kilden.",
        COUNT,
        [over_time(status, "{{channel}} {{audience}} {{queue}}")],
        (24, 6),
    )


def _waits(made: Board, centre: Centre) -> None:
    buckets = grown(series.WAIT.bucket, WHERE, "le")
    made.add(
        heat_map(WAIT),
        "Ventetid over tid",
        "Hvor mange som ventet hvor lenge: mørkere er flere. Delt ved histogrammets grenser.",
        COUNT,
        [over_time(buckets, "{{le}}").format(HEATMAP)],
        _HALF,
    )
    made.add(
        bars(words.edges(centre)),
        "Ventetid i tidsrommet",
        "Hvor mange som ventet opp til hver grense, og lenger enn grensen før. Så mange fikk svar i tidsrommet.",
        COUNT,
        [now(grown(series.WAIT.bucket, WHERE, "le", "$__range"), legend="{{le}}").format(HEATMAP)],
        _HALF,
    )
    names = [latest(length).capitalize() for length in sorted(centre.windows.lengths)]
    means, ratios = [], []
    for index, length in enumerate(sorted(centre.windows.lengths)):
        where = in_window(length)
        answered, abandoned = each(measures.ANSWERED.by_window, where), each(measures.ABANDONED.by_window, where)
        ref, name = chr(ord("A") + index), names[index]
        waited = f"sum({each(measures.MEAN, where)} * {answered})"
        means.append(over_time(f"{waited} / (sum({answered}) > 0)", name, ref))
        ratios.append(over_time(f"sum({abandoned}) / ((sum({abandoned}) + sum({answered})) > 0)", name, ref))
    made.add(
        lines(*names),
        "Snitt over tid",
        "Snitt av dem som fikk svar, i hvert glidende vindu. Brudd i streken: ingen fikk svar.",
        WAIT,
        means,
        _THIRD,
    )
    made.add(
        lines(*names),
        "Frafall over tid",
        "Andelen som ga opp, i hvert glidende vindu. Brudd i streken: ingen fikk svar eller ga opp.",
        SHARE,
        ratios,
        _THIRD,
    )
    made.add(
        lines("Venter", "Venter, ifølge kilden", "Omstridt"),
        "Venter over tid",
        "Hvor mange som ventet, etter hendelsene og etter kilden selv. De omstridte er åpne etter hendelsene, men "
        "kilden teller dem ikke: de er ikke med blant dem som venter.",
        COUNT,
        [
            over_time(f"sum({each(series.WAITING)})", "Venter"),
            over_time(f"sum({each(series.REPORTED_WAITING)})", "Venter, ifølge kilden", "B"),
            over_time(f"sum({each(series.DISPUTED_WAITING)})", "Omstridt", "C"),
        ],
        _THIRD,
    )
