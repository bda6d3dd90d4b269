"""What may be said to a caller of an expected wait: a band that people use, leaning upwards, that does not jump.

Who is told too short a wait gives up sooner, and nobody is helped by minutes that are not known. So what is said goes
by a wait that most do not exceed: half way from the likely one to the end of the band. It goes up at once where that is
longer than what was said, and down only where it has been clearly shorter for a minute: to the longest of that minute.
Where nothing is known nothing is said. May import: standard library, the core.
"""

from bisect import bisect_right
from typing import Final, Literal, NamedTuple

from streams.core.expected_wait import Expected, Withheld

Language = Literal["nb", "nn", "en"]

MINUTE_MS: Final = 60_000
EDGES_MIN: Final = (1, 3, 5, 10, 15, 20, 30, 45, 60, 120)
CLEARLY: Final = 0.85  # of the lower end of what was said: only what is shorter than that takes it back
DOWN_AFTER_MS: Final = MINUTE_MS
FORGOTTEN_AFTER_MS: Final = 5 * MINUTE_MS  # without anything that could be said
_HOUR_MIN: Final = 60

_UNDER: Final = {"nb": "under {} {}", "nn": "under {} {}", "en": "less than {} {}"}
_OVER: Final = {"nb": "mer enn {} {}", "nn": "meir enn {} {}", "en": "more than {} {}"}
_TO: Final = {"nb": "{} til {} {}", "nn": "{} til {} {}", "en": "{} to {} {}"}
_TO_OTHER: Final = {"nb": "{} {} til {} {}", "nn": "{} {} til {} {}", "en": "{} {} to {} {}"}
_ONE_MINUTE: Final = {"nb": "minutt", "nn": "minutt", "en": "minute"}
_MINUTES: Final = {"nb": "minutter", "nn": "minutt", "en": "minutes"}
_ONE_HOUR: Final = {"nb": "time", "nn": "time", "en": "hour"}
_HOURS: Final = {"nb": "timer", "nn": "timar", "en": "hours"}


class Said(NamedTuple):
    """A band, by its place among the edges: 0 is up to the first of them, the last is beyond them all."""

    place: int

    @property
    def least_ms(self) -> int:
        """From when on."""
        return EDGES_MIN[self.place - 1] * MINUTE_MS if self.place else 0

    @property
    def most_ms(self) -> int | None:
        """Up to when; None: it has no end."""
        return EDGES_MIN[self.place] * MINUTE_MS if self.place < len(EDGES_MIN) else None

    def words(self, language: Language) -> str:
        """Such as "5 til 10 minutter"."""
        if not self.place:
            return _UNDER[language].format(*_said(EDGES_MIN[0], language))
        least = _said(EDGES_MIN[self.place - 1], language)
        if self.place == len(EDGES_MIN):
            return _OVER[language].format(*least)
        most = _said(EDGES_MIN[self.place], language)
        if _is_in_hours(EDGES_MIN[self.place - 1]) == _is_in_hours(EDGES_MIN[self.place]):
            return _TO[language].format(least[0], *most)
        return _TO_OTHER[language].format(*least, *most)


def _is_in_hours(minutes: int) -> bool:
    return minutes % _HOUR_MIN == 0


def _said(minutes: int, language: Language) -> tuple[int, str]:
    if _is_in_hours(minutes):
        hours = minutes // _HOUR_MIN
        return hours, (_ONE_HOUR if hours == 1 else _HOURS)[language]
    return minutes, (_ONE_MINUTE if minutes == 1 else _MINUTES)[language]


def leaning_ms(expected: Expected) -> int:
    """The wait that what is said goes by."""
    return (expected.likely_ms + expected.high_ms) // 2


def said_of(expected: Expected) -> Said:
    """What is said of it where nothing was said before."""
    edges_ms = [minutes * MINUTE_MS for minutes in EDGES_MIN]
    return Said(bisect_right(edges_ms, leaning_ms(expected)))


class Saying(NamedTuple):
    """What is said of one queue, and what has to be remembered so that it does not jump. Instants in epoch ms."""

    said: Said | None = None  # None: nothing is
    shorter_since_ms: int | None = None  # since when it would be clearly less
    known_at_ms: int = 0  # when anything was last known
    last: Said | None = None  # what was said then
    shorter: Said | None = None  # the longest that it would have been since it would be clearly less

    def now(self, expected: Expected | Withheld, now_ms: int) -> "Saying":
        """What is said from now on."""
        if isinstance(expected, Withheld):
            return self._replace(said=None)
        is_remembered = now_ms - self.known_at_ms <= FORGOTTEN_AFTER_MS
        new, before = said_of(expected), self.last if is_remembered else None
        if before is None or new.place >= before.place:
            return Saying(new, None, now_ms, new)
        if leaning_ms(expected) > CLEARLY * before.least_ms:
            return Saying(before, None, now_ms, before)
        since = now_ms if self.shorter_since_ms is None else self.shorter_since_ms
        shorter = new if self.shorter is None else max(self.shorter, new)
        if now_ms - since >= DOWN_AFTER_MS:
            return Saying(shorter, None, now_ms, shorter)
        return Saying(before, since, now_ms, before, shorter)


SILENT: Final = Saying()
