"""Timelines written as rows, so that a test's log can be read like a drawing.

    log("0      queue.entered   a helse",
        "30s    queue.answered  a",
        "4h+1s  tick")

is a visit `a` of journey `j` and contact `c`. After the type come the visit and what else the type needs;
`name=value` says anything more. Instants count from `T0`, a Tuesday at nine in Oslo; the broker stamps each record when
it happens, or at `broker=`; where the producer does, at `producer=`. `tick` is an event that moves the watermark and
nothing else.
"""

import json
from dataclasses import replace
from typing import Any, Literal

from streams.oracle import Account, Definitions, Later, LogRecord, recount, stays
from tests.events import event

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
T0 = 1_741_075_200_000  # 2025-03-04T08:00Z, 09:00 in Oslo
HELSE = "phone/personbruker/helse"
ARBEID = "phone/personbruker/arbeid"
OTHER = "phone/personbruker/other"
FRIDA = "chat/personbruker/frida"

DEFINITIONS = Definitions(
    edges_ms=(10 * SECOND, 20 * SECOND, 60 * SECOND, 180 * SECOND),
    channels=("phone", "chat", "written"),
    audiences=("personbruker", "samhandler"),
    lines={
        *(("phone", "personbruker", queue) for queue in ("helse", "arbeid")),
        *(("chat", "personbruker", queue) for queue in ("helse", "frida")),
        ("written", "personbruker", "sto"),
    },
    short_abandon_ms={"phone": 5 * SECOND, "chat": 10 * SECOND},
    ghost_after_ms=4 * HOUR,
    promise_ms=2 * HOUR,
    promise_lost_ms=7 * DAY,
    horizon_ms=36 * HOUR,
    skew_ms=MINUTE,
    future_ms=HOUR,
    witnesses=3,
    pane_retention_ms=75 * MINUTE,
    interval_retention_ms=40 * DAY,
    day_retention_ms=800 * DAY,
    timezone="Europe/Oslo",
)
EDITION_2 = replace(DEFINITIONS, edition=2, one_place=("phone",))
EDITION_3 = replace(EDITION_2, edition=3)
EDITION_4 = replace(EDITION_2, edition=4)
WITH_MEMORY = replace(EDITION_3, memory_ms={"chat": 3 * DAY})  # a call's is ghost_after: 4 hours
FROM_ONE = Later(  # as before, from 10:00 in Oslo on
    from_ms=T0 + HOUR,
    short_abandon_ms=DEFINITIONS.short_abandon_ms,
    ghost_after_ms=DEFINITIONS.ghost_after_ms,
    promise_ms=DEFINITIONS.promise_ms,
    promise_lost_ms=DEFINITIONS.promise_lost_ms,
    horizon_ms=DEFINITIONS.horizon_ms,
)

_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_NEEDED = {
    "queue.entered": "queue",
    "queue.left": "reason",
    "callback.failed": "reason",
    "contact.transferred": "destination",
}
_NO_VISIT = {"bot.started", "bot.ended", "contact.started", "contact.ended", "queue.snapshot", "written.received"}


def ms(text: str) -> int:
    """ "4h+1s" -> 14_401_000; "-5s" -> -5_000; "0" -> 0."""
    total = 0
    for part in text.replace("-", "+-").split("+"):
        digits = part.rstrip("dhms")
        total += int(digits or 0) * _UNITS.get(part[len(digits) :], 1)
    return total


def log(*rows: str) -> list[LogRecord]:
    """The records of a log, one for each row."""
    return [_record(offset, row) for offset, row in enumerate(rows)]


def _record(offset: int, row: str) -> LogRecord:
    when, type_, *words = row.split()
    given: dict[str, Any] = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    at = T0 + ms(when)
    by_broker = "producer" not in given
    stamped = T0 + ms(given.pop("broker", given.pop("producer", when)))
    made = event(type_, at, "j", contact_id="c", visit_id=None, queue=None)
    if type_ == "tick":
        made |= {"type": "survey.answered", "question": "service", "score": 6}
    elif type_ not in _NO_VISIT:
        made["visit_id"] = plain.pop(0)
    if plain:
        made[_NEEDED[type_]] = plain.pop(0)
    names = {
        "journey": "journey_id",
        "contact": "contact_id",
        "visit": "visit_id",
        "agent": "agent_ref",
        "version": "contact_version",
    }
    made |= {names.get(name, name): value for name, value in given.items()}
    if "promised_by" in made:
        made["promised_by"] = T0 + ms(made["promised_by"])
    if "contact_version" in made:
        made["contact_version"] = int(made["contact_version"])
    if "waiting" in made:
        made["waiting"] = int(made["waiting"])
    return LogRecord(offset, stamped, json.dumps(made).encode(), by_broker)


def told(*rows: str, by: Definitions = DEFINITIONS) -> Account:
    """What a recount says of these rows."""
    return recount(log(*rows), by)


def totals(*rows: str, line: str = HELSE, by: Definitions = DEFINITIONS) -> dict[str, int]:
    """Everything counted in one line since the beginning."""
    cell: dict[str, int] = told(*rows, by=by)["totals"].get(line, {})
    return cell


def stayed(*rows: str, by: Definitions = EDITION_2) -> list[tuple[str, int, int | None, str]]:
    """Each stay by its entry: the queue, when it began and ended in ms after T0, and how."""
    found = [
        (line.split("/")[2], entered - T0, None if left is None else left - T0, how)
        for line, entered, left, how in stays(log(*rows), by)
    ]
    return sorted(found, key=lambda stay: (stay[1], stay[0]))


def at(
    span: Literal["panes", "intervals", "days"],
    measure: str,
    *rows: str,
    line: str = HELSE,
    by: Definitions = DEFINITIONS,
) -> dict[int, int]:
    """Where a measure is counted: the starts of its panes, intervals or days, in ms after T0, and how many there."""
    cells = told(*rows, by=by)[span]
    return {start - T0: lines[line][measure] for start, lines in cells.items() if measure in lines.get(line, {})}
