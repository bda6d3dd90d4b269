"""The stretch of the systems that send: one whose clock is ahead, one that is behind, one that sends what is too old;
and the phone's, which stops when it closes early, as it does on that day.

    minute   phone (puzzel)       chat (salesforce)    written
       -6    all is well          all is well          all is well (elements)
      1.5    one enters (kommune)
        8                                              elements' clock is 40 s ahead from now on; skanning begins to
                                                       tell what is twelve minutes old; arkiv, what is two days old
       10    closes, at noon      stops, still open
     10.5    she still waits: for 9 minutes now

The day is a Christmas Eve. What is told of the chat would be told of the phone on another day.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from config import Texts, texts_of
from tests.alerting.by_hand import MINUTE_MS, SECOND_MS, Caller, soon, together, told
from tests.alerting.stage import LATE_MS, Stretch
from tests.alerting.waits import limit_ms

CLOSES_MS = round(datetime(2025, 12, 24, 12, 0, tzinfo=ZoneInfo("Europe/Oslo")).timestamp() * 1000)  # a Wednesday
FROM_MS = CLOSES_MS - 10 * MINUTE_MS
WRONG_MS = FROM_MS + 8 * MINUTE_MS
PHONE, CHAT, WRITTEN = "phone/personbruker/arbeid", "chat/personbruker/arbeid", "written/personbruker/sto"
AHEAD_MS, BEHIND_MS, LATE_BY_MS = 40 * SECOND_MS, 12 * MINUTE_MS, 48 * 60 * MINUTE_MS
LATE = 12  # visits, of two events each
SILENT_AFTER_MS = 3 * MINUTE_MS
TO_MS = CLOSES_MS + SILENT_AFTER_MS + 3 * MINUTE_MS + LATE_MS  # the silence of the chat's source would have been told
_KOMMUNE = "phone/samhandler/kommune"
STAYS_IS_BEYOND_MS = CLOSES_MS + 30 * SECOND_MS
STAYS = Caller(_KOMMUNE, STAYS_IS_BEYOND_MS - limit_ms(_KOMMUNE), TO_MS + MINUTE_MS)
_SOURCES = """
[sources]
puzzel = { label = "Puzzel", channels = ["phone"], silent_after = "3m" }
salesforce = { label = "Salesforce", channels = ["chat"], silent_after = "3m" }
elements = { label = "Elements", channels = ["written"] }
skanning = { label = "Skanning" }
arkiv = { label = "Arkiv" }
"""


def texts() -> Texts:
    """The centre's own configuration, with these sources, and a phone that closes at noon on two days of the year."""
    own = texts_of()
    queues, at_noon = re.subn(
        r'(?m)^phone = "(.+)"$', r'phone = "\1; Dec 24,Dec 31 Mo-Fr 09:00-12:00"', own["queues.toml"]
    )
    queues, others = re.subn(r"(?m)^\[sources\]\n(?:\w+ = .*\n)+", _SOURCES.lstrip(), queues)
    assert (at_noon, others) == (1, 1)
    return {**own, "queues.toml": queues}


def stretch() -> Stretch:
    """All of it."""
    begins_ms = FROM_MS - 6 * MINUTE_MS
    often, minutely = 20 * SECOND_MS, MINUTE_MS
    events = together(
        told([STAYS, *soon(PHONE, range(begins_ms, CLOSES_MS - often, often))]),
        told(soon(CHAT, range(begins_ms, CLOSES_MS - often, often))),
        told(soon(WRITTEN, range(begins_ms, WRONG_MS, often)), "elements"),
        told(soon(WRITTEN, range(WRONG_MS, TO_MS, often)), "elements", dated_ms=AHEAD_MS),
        told(soon(WRITTEN, range(WRONG_MS, TO_MS, minutely)), "skanning", dated_ms=-BEHIND_MS),
        told(soon(WRITTEN, range(WRONG_MS, WRONG_MS + LATE * SECOND_MS, SECOND_MS)), "arkiv", dated_ms=-LATE_BY_MS),
    )
    return Stretch("systems", events, FROM_MS, TO_MS, texts())
