"""The part of the board of svartid itself that is about who sends the events. May import: config, boards."""

from collections.abc import Mapping

from config import Centre
from config.sources import OTHERS
from streams.core import series
from streams.core.source_queue import OTHER
from streams.generate.boards import words
from streams.generate.boards.frame import COUNT, SHARE, WAIT, Board, over_time, rows
from streams.generate.boards.panels import FILLED, lines, listing
from streams.generate.boards.promql import grown


def sources(made: Board, centre: Centre) -> None:
    """A table of them, and how their clocks and ways go over time."""
    labels = {name: source.label for name, source in {**centre.sources, OTHER: OTHERS}.items()}
    named = {"mappings": [words.mapping({name: (label, None) for name, label in labels.items()})]}
    _wrong(made, named)
    _counts(made, named)
    for title, text, of in (
        (
            "Klokka går for fort",
            "Hvor langt fram en hendelse var datert, målt mot posten den kom i eller klokka her, siste kvarter "
            "(timer:minutter:sekunder).",
            series.SOURCE_AHEAD,
        ),
        (
            "Raskeste hendelse",
            "Hvor lang tid den raskeste hendelsen tok fra det skjedde til den var i Kafka, siste kvarter "
            "(timer:minutter:sekunder). Er den lang, er det som vises om nå, like gammelt.",
            series.SOURCE_QUICKEST,
        ),
    ):
        over = [over_time(f"max by (source) ({of})", "{{source}}")]
        made.add(lines(*labels.values(), shown=labels), title, text, WAIT, over, (12, 7))


def _wrong(made: Board, named: Mapping[str, object]) -> None:
    headings = {
        "source": "Kilde",
        "status": "Nå",
        "Value #B": "Taus i",
        "Value #C": "For sene",
        "Value #D": "Avvist",
        "Value #E": "Kuttet ved 0",
        "Value #F": "Uten begynnelse",
    }
    wrong = (series.SOURCE_LATE, series.SOURCE_REJECTED, series.SOURCE_CLAMPED, series.SOURCE_UNMATCHED)
    queries = [
        rows(f"max by (source, status) ({series.SOURCE_STATUS}) == 1", "A"),
        rows(f"max by (source) ({series.SOURCE_SILENCE})", "B"),
        *(rows(grown(of, "", "source", "$__range", of="source"), ref) for of, ref in zip(wrong, "CDEF", strict=True)),
    ]
    looks: dict[str, Mapping[str, object]] = {
        "Kilde": named,
        "Nå": {"mappings": [words.mapping(words.SOURCES)], "custom_cellOptions": FILLED},
        "Taus i": {"unit": WAIT},
        **{headings[f"Value #{ref}"]: {"decimals": 0} for ref in "CDEF"},
    }
    made.add(
        listing(headings, looks, ["Value #A"]),
        "Hvem som sender, og hva som var galt",
        "Hver kilde nå, og i tidsrommet: hendelser som kom for sent til å telle, poster som ikke var hendelser, "
        "hendelser som avsluttet et besøk før det begynte, og hendelser om noen som ingenting var kjent om.",
        COUNT,
        queries,
        (14, 8),
    )


def _counts(made: Board, named: Mapping[str, object]) -> None:
    headings = {
        "source": "Kilde",
        "Value #A": "Køer nå",
        "Value #B": "Teller færre",
        "Value #C": "Teller flere",
        "Value #D": "Uenig om, i snitt",
    }
    counted, difference = (_summed(of) for of in (series.SOURCE_QUEUES, series.SOURCE_DIFFERENCE))
    fewer, more = (f"{_summed(of)} / ({counted} > 0)" for of in (series.SOURCE_FEWER, series.SOURCE_MORE))
    times = f"sum by (source) (count_over_time({series.SOURCE_DIFFERENCE}[$__range]))"
    queries = [
        rows(f"max by (source) ({series.SOURCE_QUEUES})", "A"),
        rows(fewer, "B"),
        rows(more, "C"),
        rows(f"{difference} / {times}", "D"),
    ]
    looks: dict[str, Mapping[str, object]] = {
        "Kilde": named,
        "Køer nå": {"decimals": 0},
        "Teller færre": {"unit": SHARE, "decimals": 1},
        "Teller flere": {"unit": SHARE, "decimals": 1},
        "Uenig om, i snitt": {"decimals": 1},
    }
    made.add(
        listing(headings, looks, []),
        "Kildens egne tall mot våre",
        "I hvor mange køer kilden selv sier hvor mange som venter, hvor ofte i tidsrommet den telte færre eller flere "
        "enn svartid, og hvor mange de var uenige om i snitt, alle køer til sammen.",
        COUNT,
        queries,
        (10, 8),
    )


def _summed(of: str) -> str:
    return f"sum by (source) (sum_over_time({of}[$__range]))"
