"""The stretch of those whom no mean sees: one who waits alone, and lost hangups that their source denies.

    minute   internasjonalt (personbruker)    arbeidsgiver, lege-behandler, kommune (samhandler)
      -13    one enters; nobody else does     every few minutes one is answered in 40 s
        7                                     two enter each; before 8 they hang up, and nobody is told
        8    she has waited for 21 minutes    the source says 0; svartid still counts two in each
       15    she is answered
       16                                     had they waited, it were 9 minutes: beyond the limit. In the first two
                                              queues who came later was answered, in the third nobody was

The source counts each minute in all four queues, and is always right.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from config import load
from streams.generate.wait_alerts import BEYOND_FOR_MS
from tests.alerting.by_hand import MINUTE_MS, SECOND_MS, Caller, counted, soon, together, told
from tests.alerting.stage import LATE_MS, Stretch
from tests.cards import DAY

FROM_MS = round(datetime(2025, 3, 4, 10, 0, tzinfo=ZoneInfo("Europe/Oslo")).timestamp() * 1000)  # a Tuesday
BEGINS_MIN, ENDS_MIN = -14, 25
ALONE = "phone/personbruker/internasjonalt"
DENIED = ("phone/samhandler/arbeidsgiver", "phone/samhandler/lege-behandler", "phone/samhandler/kommune")
NOT_OVERTAKEN = DENIED[2:]  # nobody who came later was answered there
SOON_S = 40
ANSWERED_SOON = (-2, 1, 4, 9, 12)  # minutes: one each, the queues in turn
ANSWERED_AFTER_PASSED = 7 * MINUTE_MS  # she, once her limit is passed


def at(minute: float) -> int:
    """Epoch ms."""
    return FROM_MS + round(minute * MINUTE_MS)


def limit_ms(line: str) -> int:
    """For how long one may wait there."""
    return load().longest_waits_at(DAY)[line.rpartition("/")[0]]


LONE_IS_BEYOND_MS = at(8)
LONE = Caller(ALONE, LONE_IS_BEYOND_MS - limit_ms(ALONE), LONE_IS_BEYOND_MS + ANSWERED_AFTER_PASSED)
LOST = tuple(
    Caller(line, entered_ms, entered_ms + SOON_S * SECOND_MS, is_end_told=False)
    for line in DENIED
    for entered_ms in (at(7) + 5 * SECOND_MS, at(7) + 15 * SECOND_MS)
)
DENIED_MS = at(8)  # the source counts them no more
LOST_IS_BEYOND_MS = LOST[0].entered_ms + limit_ms(DENIED[0])


def stretch() -> Stretch:
    """Until both would have been told of, and she was told to be answered."""
    callers = [LONE, *LOST, *_answered_soon()]
    minutes = [at(minute) for minute in range(BEGINS_MIN, ENDS_MIN)]
    others = [one for line in ("chat/personbruker/arbeid", "written/personbruker/sto") for one in _steadily(line)]
    events = together(told([*callers, *others]), counted((ALONE, *DENIED), callers, minutes))
    return Stretch("waits", events, FROM_MS, LOST_IS_BEYOND_MS + BEYOND_FOR_MS + LATE_MS)


def _answered_soon() -> Iterator[Caller]:
    for n, minute in enumerate(ANSWERED_SOON):
        yield from soon(DENIED[n % len(DENIED)], [at(minute) + 5 * SECOND_MS], SOON_S * SECOND_MS)


def _steadily(line: str) -> list[Caller]:
    """Of the other channels, whose feeds are alive."""
    return soon(line, range(at(BEGINS_MIN), at(ENDS_MIN), 20 * SECOND_MS))
