"""How a verdict or a status looks wherever people see it: a shape, a word and a colour. May import: standard library.

Colours are Okabe and Ito's, which the colour-blind tell apart; each stands beside a shape and a word.
"""

from collections.abc import Mapping
from typing import Final

BLUE, SKY, ORANGE, VERMILION, PURPLE, GREY = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#CC79A7", "#8C8C8C"
STOPPED: Final = "stopped"  # not a status: why it is stale
LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    "ok": ("● i rute", BLUE),
    "drifting": ("▲ på vei ut", ORANGE),
    "breach": ("■ brutt", VERMILION),
    "insufficient": ("○ for få svar", GREY),
    "closed": ("– stengt", GREY),
    "stale": ("✕ ingen data fra kilden", PURPLE),
    "open": ("● åpen", BLUE),
    "rebuilding": ("◐ bygges opp", SKY),
    STOPPED: ("◼ planlagt stans", GREY),
}
# Of who sends, by how it is with them.
SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "heard": ("● hørt", BLUE),
    "silent": ("✕ taus", PURPLE),
    "ahead": ("▲ klokka går for fort", VERMILION),
    "behind": ("▼ forsinket", ORANGE),
    "closed": ("– stengt", GREY),
    "unheard": ("○ aldri hørt", GREY),
    "unknown": ("◐ ikke kjent nå", SKY),
}
