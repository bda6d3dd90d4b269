"""What Norwegian boards call the parts of a scorecard: its tables, its columns, its verdicts. May import: looks, the
core's names, serve's words.
"""

from collections.abc import Mapping
from typing import Final

from streams.core.calendar import STRETCHES
from streams.core.verdicts import Judged
from streams.serve.looks import BLUE, GREY, VERMILION

HEADINGS: Final = dict(zip(STRETCHES, ("I dag", "Uka", "Måneden", "Kvartalet", "I år"), strict=True))
LOOKS: Final[Mapping[Judged, tuple[str, str]]] = {
    "kept": ("● holdt", BLUE),
    "missed": ("■ ikke holdt", VERMILION),
    "too_few": ("○ for få", GREY),
    "unknown": ("– ikke kjent", GREY),
}
TITLES: Final = {"waits": "Ventetid", "shares": "Andeler", "days": "Brev", "numbers": "Antall"}
ABOUT: Final = {
    "waits": "Løftene om ventetid",
    "shares": "Løftene om en andel",
    "days": "Løftene om hvor fort det svares på brev",
    "numbers": "Løftene om hvor mange",
}
COLUMNS: Final = {
    "name": "Løfte",
    "verdict": "Så langt i år",
    "limit": "Lovet",
    "of": "Antall i år",
    "used": "Brukt av årets rom",
    "rest": "Resten",
    "becomes": "Året blir",
    "chance": "Sjanse",
}
