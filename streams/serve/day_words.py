"""What Norwegian boards call what is promised of days, in few words. May import: the core's registry.

Each measure is a row of one table, so that a new one needs its words here and nowhere else.
"""

from typing import Final, NamedTuple

from streams.core.promised_days import Name


class Words(NamedTuple):
    """Of one measure."""

    short: str  # beside its limit
    meaning: str  # in a sentence


WORDS: Final[dict[Name, Words]] = {
    "letters_mean": Words("snitt", "Hvor mange virkedager det i snitt tar å svare på et brev."),
    "letters_within_2_days": Words(
        "innen 2 virkedager", "Hvor mange brev som får svar innen utgangen av den andre virkedagen etter at de kom."
    ),
    "letters_within_3_days": Words(
        "innen 3 virkedager", "Hvor mange brev som får svar innen utgangen av den tredje virkedagen etter at de kom."
    ),
    "survey_solution": Words("løsning", "Hvor mange som svarer 5 eller 6 av 6 på om saken ble løst."),
    "survey_service": Words("service", "Hvor mange som svarer 5 eller 6 av 6 på hvordan servicen var."),
    "bot_transferred": Words("sendt videre", "Hvor mange samtaler chatroboten sender videre til et menneske."),
    "bot_solved": Words("løst", "Hvor mange samtaler chatroboten løser."),
    "bot_partly": Words("delvis løst", "Hvor mange samtaler chatroboten løser delvis."),
    "mix": Words("av alle", "Hvor stor del av alle henvendelser som kommer i denne kanalen."),
    "resolved": Words("ikke satt over", "Hvor mange av dem som får svar, som ikke blir satt over."),
}
