"""The lower half of *Kø i dybden*: what is expected, how visits ended, callbacks, conversations, transfers.

May import: config, boards, durations, words.
"""

from config import Centre
from streams.core import measures, series
from streams.durations import short
from streams.generate.board_names import WALL
from streams.generate.boards import words
from streams.generate.boards.frame import COUNT, SHARE, WAIT, Board, link_to, now, over_time, rows
from streams.generate.boards.panels import bars, lines, listing, number
from streams.generate.boards.promql import grown, one_of, pace, up
from streams.generate.words import latest

GROUP = 'channel=~"$channel",audience=~"$audience"'
LINES = f'{GROUP},queue=~"$queue"'
WHERE = "{" + LINES + "}"
_THIRD = (8, 8)


def in_window(length_ms: int) -> str:
    """The lines that are chosen, in a window."""
    return "{" + f'{LINES},window="{short(length_ms)}"' + "}"


def each(metric: str, where: str = WHERE) -> str:
    """A gauge of each line that is chosen."""
    return one_of(metric, where)


def expected_wait(made: Board, centre: Centre) -> None:
    """What was foretold of who joins, beside how long they waited; and how good that has been today."""
    of_line, main = "{{queue}}", in_window(centre.windows.main)
    of_band = (
        ("Nedre", series.EXPECTED_WAIT_LOW),
        ("Trolig", series.EXPECTED_WAIT),
        ("Øvre", series.EXPECTED_WAIT_HIGH),
    )
    queries = [
        over_time(each(metric), f"{name} {of_line}", chr(ord("A") + index))
        for index, (name, metric) in enumerate(of_band)
    ]
    mean = over_time(each(measures.MEAN, main), f"Snitt {latest(centre.windows.main)} {of_line}", "D")
    made.add(
        lines(),
        "Forventet ventetid, og hvor lenge de ventet",
        "For den som stiller seg i køen: 80 av 100 venter mellom nedre og øvre. Ved siden av snittet av dem som fikk "
        "svar. Brudd i streken: det kan ikke sies noe.",
        WAIT,
        [*queries, mean],
        (12, 8),
    )
    headings = {
        "A": "Svar",
        "B": "Snittfeil",
        "C": "Feil (RMSE)",
        "D": "Snittets feil",
        "E": "Lenger enn båndet",
        "F": "For lavt, minst 1 min",
        "G": "Dårligere enn snittet",
    }
    metrics = (
        series.EXPECTED_WAIT_SCORED,
        series.EXPECTED_WAIT_MEAN_ERROR,
        series.EXPECTED_WAIT_RMSE,
        series.EXPECTED_WAIT_PLAIN_RMSE,
        series.EXPECTED_WAIT_LONGER,
        series.EXPECTED_WAIT_TOO_LOW,
        series.EXPECTED_WAIT_WORSE,
    )
    columns = {"queue": "Kø", **{f"Value #{ref}": heading for ref, heading in headings.items()}}
    overrides: dict[str, dict[str, object]] = {
        "Kø": {"mappings": [words.queues(centre)]},
        **{headings[ref]: {"unit": SHARE} for ref in "EF"},
        **{headings[ref]: {"unit": WAIT} for ref in "BCD"},
        headings["G"]: {"mappings": [words.yes_or_no()]},
    }
    made.add(
        listing(columns, overrides, []),
        "Hvor godt det har truffet i dag",
        "Av dem som fikk svar i dag: hvor mye det ble spådd for mye (under 0: for lite), hvor langt unna det var, og "
        "hvor langt unna snittet av dem som nylig fikk svar ville vært. «ja» sist: gå heller etter snittet.",
        COUNT,
        [rows(f"max by (queue) ({each(metric)})", ref) for ref, metric in zip(headings, metrics, strict=True)],
        (12, 8),
    )


def exits(made: Board) -> None:
    """How visits ended, in the board's range and over time."""
    ways = {
        "Fikk svar": measures.ANSWERED.counter,
        "Ga opp": measures.ABANDONED.counter,
        "Ga opp med en gang": measures.ABANDONED_SHORT.counter,
        "Ba om tilbakeringing": measures.CALLED_BACK.counter,
    }
    made.add(
        bars(),
        "Veier ut av køen",
        "Hvordan besøkene endte i tidsrommet. De som ga opp med en gang er også med i dem som ga opp.",
        COUNT,
        [
            now(grown(metric, WHERE, "", "$__range"), chr(ord("A") + index), name)
            for index, (name, metric) in enumerate(ways.items())
        ],
        _THIRD,
    )
    made.add(
        bars(words.REASONS),
        "Andre veier ut, etter grunn",
        "Besøk som endte på en annen måte i tidsrommet, etter grunn.",
        COUNT,
        [now(grown(series.LEFT, WHERE, "reason", "$__range"), legend="{{reason}}")],
        _THIRD,
    )
    made.add(
        lines(*ways),
        "Veier ut over tid",
        "Besøk i timen, i det tempoet de kom, etter hvordan de endte.",
        COUNT,
        [
            over_time(pace(metric, WHERE, "", 3600), name, chr(ord("A") + index))
            for index, (name, metric) in enumerate(ways.items())
        ],
        _THIRD,
    )


def callbacks(made: Board) -> None:
    """Promises to call back: asked for, kept, open, past their time."""
    for title, text, unit, expr in (
        (
            "Åpne løfter",
            "Lovet oppringing som verken er holdt eller gitt opp.",
            COUNT,
            f"sum({each(series.CALLBACKS_OPEN)})",
        ),
        (
            "Over tiden",
            "Åpne løfter som er over den lovede tiden.",
            COUNT,
            f"sum({each(series.CALLBACKS_OVERDUE)})",
        ),
        (
            "Eldste åpne løfte",
            "Hvor lenge det eldste åpne løftet har stått. «Ingen data» når ingen står åpne.",
            WAIT,
            up(f"max({each(series.CALLBACKS_OLDEST)})"),
        ),
        (
            "Holdt, av dem som ba",
            "Andelen som ble ringt opp, av alle som har bedt om det siden svartid begynte.",
            SHARE,
            f"sum({each(measures.KEPT.counter)}) / (sum({each(measures.CALLED_BACK.counter)}) > 0)",
        ),
    ):
        made.add(number(), title, text, unit, [now(expr)], (3, 8), [link_to(WALL)])
    kinds = {
        "Bedt om": measures.CALLED_BACK.counter,
        "Holdt": measures.KEPT.counter,
        "Ikke holdt i tide": measures.OVERDUE.counter,
    }
    made.add(
        bars(),
        "Tilbakeringing i tidsrommet",
        "Hvor mange som ba om å bli ringt opp, hvor mange som ble det, og hvor mange løfter som gikk over tiden.",
        COUNT,
        [
            now(grown(metric, WHERE, "", "$__range"), chr(ord("A") + index), name)
            for index, (name, metric) in enumerate(kinds.items())
        ],
        (6, 8),
    )
    made.add(
        lines("Åpne", "Over tiden"),
        "Løfter over tid",
        "Hvor mange løfter som sto åpne, og hvor mange av dem som var over tiden.",
        COUNT,
        [
            over_time(f"sum({each(series.CALLBACKS_OPEN)})", "Åpne"),
            over_time(f"sum({each(series.CALLBACKS_OVERDUE)})", "Over tiden", "B"),
        ],
        (6, 8),
    )


def conversations(made: Board, centre: Centre) -> None:
    """How many talk, and for how long."""
    main = in_window(centre.windows.main)
    for title, text, unit, series_ in (
        ("I samtale", "Hvor mange i hver kø som er besvart og snakker nå.", COUNT, each(series.TALKING)),
        (
            f"Snitt samtaletid {latest(centre.windows.main)}",
            "Hvor lenge samtalene varte i snitt i hver kø, fra svar til de ble avsluttet eller satt over.",
            WAIT,
            each(measures.CONVERSATION_MEAN, main),
        ),
    ):
        made.add(lines(), title, text, unit, [over_time(series_, "{{channel}} {{audience}} {{queue}}")], (12, 8))


def transfers(made: Board, centre: Centre) -> None:
    """Where contacts were passed on to, and what became of them there."""
    where = "{" + GROUP + "}"
    headings = {"A": "Satt over", "B": "Besvart der", "C": "Gitt opp der", "D": "Venter der nå"}
    metrics = (measures.PASSED_ON.counter, measures.PASSED_ON_ANSWERED.counter, measures.PASSED_ON_GIVEN_UP.counter)
    queries = [rows(f"{grown(m, where, 'queue', '$__range')} > 0", ref) for m, ref in zip(metrics, "ABC", strict=True)]
    queries.append(rows(f"sum by (queue) ({each(series.TRANSFERS_WAITING, where)}) > 0", "D"))
    columns = {"queue": "Satt over til", **{f"Value #{ref}": heading for ref, heading in headings.items()}}
    overrides: dict[str, dict[str, object]] = {
        "Satt over til": {"mappings": [words.queues(centre)]},
        **{h: {"decimals": 0} for h in headings.values()},
    }
    made.add(
        listing(columns, overrides, []),
        "Hvor det ble satt over, og hvordan det gikk",
        "Hvert sted det ble satt over til i tidsrommet: hvor mange, besvart der, gitt opp der, og venter der nå. "
        "Gjelder kanalen og målgruppen, uansett valgt kø.",
        COUNT,
        queries,
        (14, 8),
        [link_to(WALL)],
    )
    for title, text, expr in (
        (
            "Nådde et menneske",
            "Andelen av reisene som begynte i køen og nådde et menneske, siden svartid begynte.",
            f"sum({each(measures.REACHED.counter)}) / (sum({each(measures.JOURNEYS.counter)}) > 0)",
        ),
        (
            "Besvart etter overføring",
            "Andelen av det som ble satt over som ble besvart der, siden svartid begynte.",
            f"sum({each(measures.PASSED_ON_ANSWERED.counter, where)})"
            f" / (sum({each(measures.PASSED_ON.counter, where)}) > 0)",
        ),
    ):
        made.add(number(), title, text, SHARE, [now(expr)], (5, 8))
