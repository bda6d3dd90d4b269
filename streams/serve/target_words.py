"""What Norwegian boards and alerts call a target measure, and what its sample is of. May import: the core's registry.

Each measure is a row of one table, so that a new one needs its words here and nowhere else.
"""

from typing import Final, NamedTuple

from streams.core.promised import Name, Sampled

USUAL: Final = "mål"


class Words(NamedTuple):
    """Of one measure; with {within} where it has a threshold, and {limit} where what was promised is said."""

    measure: str
    promise: str
    short: str = USUAL  # on a narrow board, where it is not what most targets are of


class Counted(NamedTuple):
    """Of what a sample is made of."""

    of: str  # so many of these
    who: str  # they did this
    has: str  # nobody has done that
    told: str = "Oppnådd av dem som {who}, regnet ut av svartid. «Ingen data» når ingen har {has}."


_GONE: Final = "ga opp"
WORDS: Final[dict[Name, Words]] = {
    "mean_wait": Words("snitt", "snitt {limit}"),
    "mean_wait_while_open": Words("snitt i åpningstiden", "snitt {limit} i åpningstiden", "åpent"),
    "share_within": Words("andel innen {within}", "{limit} innen {within}"),
    "share_within_while_open": Words(
        "andel innen {within} i åpningstiden", "{limit} innen {within} i åpningstiden", "åpent"
    ),
    "share_within_of_offered": Words(
        "andel innen {within} av alle som fikk svar eller ga opp",
        "{limit} innen {within} av alle som fikk svar eller ga opp",
        "alle",  # those who gave up are in it
    ),
    "share_within_without_short": Words(
        "andel innen {within} av alle som fikk svar eller ga opp, uten korte forsøk",
        "{limit} innen {within} av alle som fikk svar eller ga opp, uten korte forsøk",
        "alle u/korte",
    ),
    "share_within_without_early_abandons": Words(
        "andel innen {within}, uten dem som ga opp før det",
        "{limit} innen {within}, uten dem som ga opp før det",
        "alle u/tidlige",
    ),
    "share_within_with_abandons_met": Words(
        "andel som fikk svar eller ga opp innen {within}",
        "{limit} som fikk svar eller ga opp innen {within}",
        "ute",  # of the queue, answered or not
    ),
    "share_within_of_ended": Words(
        "andel innen {within} av alle som kom ut av køen",
        "{limit} innen {within} av alle som kom ut av køen",
        "alle ut",  # in whatever way
    ),
    "abandonment": Words("andel som gir opp", "{limit} som gir opp", _GONE),
    "abandonment_without_short": Words(
        "andel som gir opp, uten korte forsøk", "{limit} som gir opp, uten korte forsøk", f"{_GONE} u/korte"
    ),
    "journey_wait": Words(
        "snitt fra første kø til et menneske", "snitt {limit} fra første kø til et menneske", "i alt"
    ),
    "time_in_queues": Words("snitt i alle køer til sammen", "snitt {limit} i alle køer til sammen", "i køer"),
    "callbacks_kept": Words("andel tilbakeringinger som holdes", "{limit} av tilbakeringingene holdes", "ringt"),
    "longest_wait": Words("lengste ventetid", "lengste ventetid {limit}", "lengst"),
    "waiting": Words("antall som venter", "{limit} som venter", "venter"),
}
COUNTED: Final[dict[Sampled, Counted]] = {
    "answered": Counted("svar", "fikk svar", "fått svar"),
    "offered": Counted("besøk", "fikk svar eller ga opp", "fått svar eller gitt opp"),
    "ended": Counted("besøk", "kom ut av køen", "kommet ut av køen"),
    "journeys": Counted("henvendelser", "nådde fram", "nådd fram"),
    "promises": Counted(
        "tilbakeringinger", "ble ringt opp, eller ikke ble det", "blitt ringt opp, eller ikke blitt det"
    ),
    "waited": Counted("besøk", "fikk svar, ga opp eller venter", "ventet"),
    "waiting": Counted(
        "ventende", "venter", "ventet", "De som venter nå, regnet ut av svartid. «Ingen data» når ingen vet det."
    ),
}
