"""Numbers, times and queues as Norwegian boards write them. May import: standard library, config's names.

What is unknown is "–", never 0. Waits are rounded up, and shares that are held against a target down, so that one that
was missed by a hair never looks met.
"""

from datetime import datetime, tzinfo
from math import ceil, floor
from typing import Final

from config.channels import Names

UNKNOWN = "–"
# Why a record is no event, by the core's names.
REJECTIONS: Final = {
    "null_value": "tom verdi",
    "too_large": "for stor",
    "too_deep": "for dyp",
    "broken_json": "ødelagt JSON",
    "not_an_object": "ikke et objekt",
    "unknown_version": "ukjent versjon",
    "unknown_type": "ukjent type",
    "missing_field": "felt mangler",
    "bad_field": "feil i felt",
    "bad_time": "feil i tidspunkt",
    "time_in_seconds": "tid i sekunder, ikke ms",
    "from_the_future": "fra framtiden",
}
TOGETHER = "samlet"  # all of a channel
DAYS = ("man.", "tir.", "ons.", "tor.", "fre.", "lør.", "søn.")
MONTHS = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)
FEEDS = {"stale": "utdatert", "rebuilding": "bygger opp"}
NO_FIGURES = "ingen tall"
STOPPED, STOP = "planlagt stans", "stans"  # in full, and where there is little room
STATUSES = {"open": "åpen", "closed": "stengt", "insufficient": "for få svar", "stale": "utdatert"}
_INITIALS = 3  # a name as short as this is an abbreviation
_MOST_DECIMALS = 7
_HAIR = 1e-9  # 0.58 * 100 is 57.99999999999999 to a computer


def number(n: int | None) -> str:
    """12345 -> "12 345"."""
    return UNKNOWN if n is None else f"{n:,}".replace(",", " ")


def percent(share: float | None, decimals: int = 0, *, down: bool = False, up: bool = False) -> str:
    """0.8249 -> "82 %", or "82,5 %" with one decimal; down it is "82,4 %", and up 0.8241 is "82,5 %"."""
    if share is None:
        return UNKNOWN
    scale: int = 10**decimals
    shown = share * 100
    if down or up:
        shown = (floor(shown * scale + _HAIR) if down else ceil(shown * scale - _HAIR)) / scale
    return f"{shown:.{decimals}f} %".replace(".", ",")


def decimals(share: float) -> int:
    """How many a share has in percent: 0.05 -> 0, 0.025 -> 1."""
    of = share * 100
    return next((n for n in range(_MOST_DECIMALS) if abs(round(of, n) - of) < _HAIR), _MOST_DECIMALS)


def exactly(share: float) -> str:
    """What was promised or configured, which is never rounded: 0.05 -> "5 %", 0.025 -> "2,5 %"."""
    return percent(share, decimals(share))


def wait(ms: float | None) -> str:
    """364000 -> "6:04" (minutes and seconds), from an hour on "1:16:04"."""
    if ms is None:
        return UNKNOWN
    minutes, seconds = divmod(ceil(ms / 1000 - _HAIR), 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def about(ms: float | None) -> str:
    """A length of time in one or two words: "31 s", "58 min", "2 t 10 min", "3 d 4 t"."""
    if ms is None:
        return UNKNOWN
    seconds = floor(ms / 1000)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3600} t {seconds % 3600 // 60} min"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3600} t"


def day(ms: int, zone: tzinfo) -> str:
    """An instant's local date, e.g. "tir. 4. mars 2025"."""
    local = datetime.fromtimestamp(ms / 1000, zone)
    return f"{DAYS[local.weekday()]} {local.day}. {MONTHS[local.month - 1]} {local.year}"


def clock(ms: int, zone: tzinfo) -> str:
    """An instant's local time of day, "10:17:22"."""
    return f"{datetime.fromtimestamp(ms / 1000, zone):%H:%M:%S}"


def whose(channel: str, audience: str | None, queue: str | None, names: Names) -> str:
    """Which queues are meant: "Telefon samlet", "Telefon personbruker", "Telefon personbruker, Helse"."""
    if audience is None:
        return f"{names.channel(channel)} {TOGETHER}"
    group = names.group(channel, audience)
    return group if queue is None else f"{group}, {queue_name(queue, names.queue(channel, audience, queue))}"


def until(ms: int, now_ms: int, zone: tzinfo) -> str:
    """When something is over: "14:00", on another day than today's "ons. 5.3. 06:00"."""
    local, today = (datetime.fromtimestamp(at / 1000, zone) for at in (ms, now_ms))
    of_day = "" if local.date() == today.date() else f"{DAYS[local.weekday()]} {local.day}.{local.month}. "
    return f"{of_day}{local:%H:%M}"


def length(text: str) -> str:
    """A configured length of time: "30m" -> "30 min", "1h" -> "1 t"."""
    for unit, word in (("ms", "ms"), ("s", "s"), ("m", "min"), ("h", "t")):
        if text.removesuffix(unit).isdigit():
            return f"{text.removesuffix(unit)} {word}"
    return text


def queue_name(queue: str, label: str | None = None) -> str:
    """Its label, if it has one; else "helse" -> "Helse", "sto" -> "STO". What is not configured is "Andre køer"."""
    if label is not None:
        return label
    if queue == "other":
        return "Andre køer"
    return queue.upper() if len(queue) <= _INITIALS else queue.capitalize()
