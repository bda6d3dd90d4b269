"""The golden day's log, folded: its configuration, its partitions' states, and the document that is shown of them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import orjson

import config
from streams.core.fold import LOG_APPEND_TIME, fold
from streams.core.later import with_editions
from streams.core.state import PartitionState, Touched
from streams.serve.merging import NONE_MISSING
from streams.serve.snapshot import snapshot
from streams.serve.view import View, Viewer, pack, unpack
from tests.events import CREATE_TIME, Event, Record, event

FOLDER = Path(__file__).parent
CENTRE = config.load(FOLDER / "config")
RULES = CENTRE.rules(b"a key")
OSLO = ZoneInfo("Europe/Oslo")
NOW = 1_741_086_000_000  # 2025-03-04T11:00Z, 12:00 in Oslo
FRESH_MS = 5_000
BEHIND, LOST = {"phone-1": 3}, {"phone-1": 2}  # records, of which the owner knows and the log says nothing


def log() -> dict[str, list[Record]]:
    """The records of day.txt by partition."""
    found: dict[str, list[Record]] = {}
    partition = ""
    for row in _rows():
        if row.startswith("["):
            partition = row.strip("[]")
        else:
            own = found.setdefault(partition, [])
            own.append(_record(len(own), row))
    return found


def states() -> dict[str, PartitionState]:
    """Each partition, all of its log folded."""
    made = {name: PartitionState(RULES) for name in log()}
    for name, records in log().items():
        fold(made[name], records)
    return made


def document() -> Event:
    """The snapshot at noon as a reader gets it: of views that went through Redis' format, and through JSON."""
    views = [unpack(pack(_view(name, state))) for name, state in states().items()]
    made = snapshot(views, NONE_MISSING, CENTRE, RULES, NOW, FRESH_MS)
    read: Event = orjson.loads(msgspec.json.encode(made))
    return read


def _view(name: str, state: PartitionState) -> View:
    viewer = Viewer(state, CENTRE.windows.lengths)
    return View(
        partition=name,
        channel=name.partition("-")[0],
        epoch="1",
        owner="one",
        version=RULES.version,
        as_of_ms=NOW,
        offset=state.offset,
        behind=BEHIND.get(name, 0),
        is_fresh=True,
        watermark_ms=state.watermark,
        counters=dict(state.counters),
        promptness=state.promptness.of,
        lines=viewer.lines(NOW, Touched()),
        ahead=viewer.ahead(NOW),
        lost=LOST.get(name, 0),
        in_part=viewer.windows.in_part,
        counted_since=with_editions(state.counted_since, RULES.definitions),
    )


def _rows() -> Iterator[str]:
    for line in (FOLDER / "day.txt").read_text().splitlines():
        if row := line.partition("#")[0].strip():
            yield row


def _record(offset: int, row: str) -> Record:
    when, type_, *words = row.split()
    at_ms = _ms(when)
    if type_ in ("raw", "null"):
        return Record(offset, at_ms, None if type_ == "null" else " ".join(words).encode())
    given = dict(word.split("=") for word in words if "=" in word)
    stamped, produced = given.pop("stamped", when), given.pop("produced", None)
    made = _event(type_, at_ms, [word for word in words if "=" not in word], given)
    kind = LOG_APPEND_TIME if produced is None else CREATE_TIME
    return Record(offset, _ms(produced or stamped), orjson.dumps(made), kind)


def _event(type_: str, at_ms: int, plain: list[str], given: dict[str, str]) -> Event:
    who, line = plain[0], plain[1] if len(plain) > 1 else None
    made = event(type_, at_ms, None if who == "-" else who.partition("/")[0], line, **given)
    if who != "-":
        made["visit_id"] = who
    if type_ == "contact.transferred":
        made["destination"] = made.pop("queue")
    if "promised_by" in made:
        made["promised_by"] = _ms(made["promised_by"])
    if "waiting" in made:
        made["waiting"] = int(made["waiting"])
    return made


def _ms(text: str) -> int:
    """A local time of the day, or of another where it says so, in epoch ms."""
    local = datetime.fromisoformat(text if "T" in text else f"2025-03-04T{text}").replace(tzinfo=OSLO)
    return round(local.timestamp() * 1000)
