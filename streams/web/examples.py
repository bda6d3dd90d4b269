"""Examples of answers, made of the types themselves: a field that is added or renamed is in them, or fails to be made.

They are nobody's figures. May import: serve's documents, past's rows, now, history, held, msgspec.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from streams.core.reading import Reading
from streams.past.history_rows import Row
from streams.past.scorecard_document import Scorecard
from streams.serve.documents import (
    Achieved,
    Feed,
    Limit,
    Records,
    SaidWait,
    SmallWait,
    Snapshot,
    TargetEntry,
    Told,
    ToldOf,
    WaitOf,
    WaitScore,
)
from streams.serve.figures import read
from streams.serve.small import Small
from streams.serve.told_wait import DayForetold
from streams.web.held import OneNow
from streams.web.problems import (
    NO_SUCH_QUEUE,
    NOT_TOLD_WHO,
    TOO_MUCH,
    TOO_OFTEN,
    WRONG_HOST,
    Refused,
    not_believed,
)
from streams.web.watching import StillBelieved

NOW_MS: Final = 1_741_082_400_000  # 2025-03-04 11:00 in Norway
UNTIL_MS: Final = NOW_MS + 5_000
_MINUTE_MS: Final = 60_000
_NAME: Final = "phone/personbruker/helse"

_SMALL: Final = Small(
    name=_NAME,
    state="open",
    is_open=True,
    opens_ms=None,
    closes_ms=NOW_MS + 4 * 60 * _MINUTE_MS,
    waiting=3,
    disputed=0,
    oldest_entered_ms=NOW_MS - 7 * _MINUTE_MS,
    longest_since_ms=NOW_MS - 7 * _MINUTE_MS,
    mean_entered_ms=NOW_MS - 4 * _MINUTE_MS,
    wait_mean_ms=312_000.0,
    abandonment_rate=0.068,
)
_SAID: Final = SaidWait(nb="5 til 10 minutter", nn="5 til 10 minutt", en="5 to 10 minutes")
_SMALL.expected_wait = SmallWait(
    low_ms=240_000,
    likely_ms=330_000,
    high_ms=465_000,
    said=_SAID,
    of_waiting=[
        WaitOf(entered_ms=NOW_MS - 7 * _MINUTE_MS, low_ms=420_000, likely_ms=435_000, high_ms=480_000),
        WaitOf(entered_ms=NOW_MS - 2 * _MINUTE_MS, low_ms=270_000, likely_ms=360_000, high_ms=465_000),
    ],
)
_FORETOLD: Final = DayForetold(
    day="2025-03-04",
    queue=_NAME,
    score=WaitScore(
        answered=812,
        mean_error_ms=-4_100.0,
        mean_absolute_ms=31_000.0,
        root_mean_square_ms=42_000.0,
        relative=0.17,
        share_longer=0.084,
        share_too_low=0.054,
        plain_root_mean_square_ms=58_000.0,
        is_worse_than_plain=False,
    ),
)
_UNTOLD: Final = ToldOf(is_told=False, since_ms=None)
_TARGET: Final = TargetEntry(
    id="phone-personbruker-mean",
    measure="mean_wait",
    channel="phone",
    audience="personbruker",
    within_ms=None,
    limit=Limit(at_most_ms=600_000),
    verdict="ok",
    rule=7,
    since_ms=NOW_MS - 30 * _MINUTE_MS,
    told=Told(breach=_UNTOLD, drifting=_UNTOLD),
    window_ms=30 * _MINUTE_MS,
    window=Achieved(value=312_000.0, answered=41, met=True),
    today=Achieved(value=287_500.0, answered=236, met=True),
    pressure=335_000.0,
    expected=329_000.0,
)
_SNAPSHOT: Final = Snapshot(
    centre="A contact centre",
    as_of="2025-03-04T10:00:00Z",
    as_of_ms=NOW_MS,
    fresh_until_ms=UNTIL_MS,
    status="live",
    clock_wrong_ms=None,
    missing_partitions=[],
    missing_topics=[],
    unread_partitions=[],
    behind=0,
    rebuilding=None,
    main_window="30m",
    feeds={"phone": Feed(status="open", newest_event_ms=NOW_MS - 800, silent_ms=800, behind=0, missing=0, unread=0)},
    groups={},
    lines={},
    card="2025",
    targets=[_TARGET],
    records=Records(accepted=48_112, late=0, newer=0, rejected={}, lost=0, let_go=0, crowded=0, ahead={}),
    residual=0,
)
_ROW: Final = read(
    Row,
    Reading({"entered": 64, "answered": 57, "wait_sum_ms": 17_784_000, "abandoned": 4}, (600_000,)),
    start="2025-03-04T09:00:00Z",
    channel="phone",
    audience="personbruker",
)


def _plain(document: Any) -> Any:
    return msgspec.to_builtins(document)


def _text(document: Struct) -> str:
    return msgspec.json.encode(document).decode()


EXAMPLES: Final[dict[str, Any]] = {
    "OneNow": {"until_ms": UNTIL_MS, "now": _plain(_SMALL)},
    "AllNow": {"until_ms": UNTIL_MS, "now": [_plain(_SMALL)]},
    "OneTarget": {"until_ms": UNTIL_MS, "status": "live", "target": _plain(_TARGET)},
    "AllTargets": {"until_ms": UNTIL_MS, "status": "live", "card": "2025", "targets": [_plain(_TARGET)]},
    "Snapshot": _plain(_SNAPSHOT),
    "Scorecard": _plain(
        Scorecard(
            centre="A contact centre",
            card="2025",
            as_of_ms=NOW_MS,
            fresh_until_ms=NOW_MS + 2 * _MINUTE_MS,
            not_whole=[],
            promises=[],
        )
    ),
    "ExpectedNow": {
        "until_ms": UNTIL_MS,
        "name": _NAME,
        "low_ms": 240_000,
        "likely_ms": 330_000,
        "high_ms": 465_000,
        "withheld": None,
        "said": _plain(_SAID),
    },
    "Foretold": {"days": [_plain(_FORETOLD)]},
    "History": {
        "start": "2025-03-04T09:00:00Z",
        "end": "2025-03-04T10:00:00Z",
        "step": "1h",
        "by": "group",
        "not_whole": [],
        "rows": [_plain(_ROW)],
    },
}
EVENTS: Final = (
    f"event: now\ndata: {_text(OneNow(until_ms=UNTIL_MS, now=_SMALL))}\n\n"
    f"id: 5f2c91aa.17.9ae1c2b4\nevent: believed\ndata: {_text(StillBelieved(until_ms=UNTIL_MS))}\n\n"
)
PROBLEMS: Final[dict[int, Any]] = {
    400: _plain(Refused(TOO_MUCH, setting="SVARTID_WEB_MOST_ROWS", most=5000).problem),
    401: _plain(Refused(NOT_TOLD_WHO).problem),
    403: _plain(Refused(WRONG_HOST).problem),
    404: _plain(Refused(NO_SUCH_QUEUE, names=[_NAME]).problem),
    429: _plain(Refused(TOO_OFTEN, setting="SVARTID_WEB_REQUESTS_A_MINUTE", most=600).problem),
    503: _plain(not_believed("nobody writes").problem),
}
