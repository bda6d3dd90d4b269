"""Snapshot documents to look at: made of views written by hand, or of a small log folded as a worker would."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import orjson
from msgspec.structs import replace

import config
from streams.core.fold import PartitionState, Touched, fold
from streams.serve.documents import Snapshot
from streams.serve.merging import Missing
from streams.serve.snapshot import snapshot
from streams.serve.view import LineView, View, Viewer
from tests.core.events import Record

CENTRE = config.load()
RULES = CENTRE.rules()
NOW = 1_741_083_600_000  # 2025-03-04T10:20:00Z, a Tuesday, 11:20 in Oslo
SECOND, MINUTE = 1000, 60_000
FRESH_MS = 5 * SECOND
HELSE, ARBEIDSGIVER = "phone/personbruker/helse", "phone/samhandler/arbeidsgiver"
OFFICE, FRIDA = "phone/personbruker/nav-kontor", "chat/personbruker/frida"

Document = dict[str, Any]


def view(lines: dict[str, LineView], **given: Any) -> View:
    """A phone partition's view, as of now."""
    defaults = {
        "partition": "phone-0",
        "channel": "phone",
        "epoch": "1",
        "owner": "one",
        "as_of_ms": NOW,
        "offset": 7,
        "behind": 0,
    }
    return View(**{**defaults, "watermark_ms": NOW - SECOND, "counters": {"accepted": 7}, "lines": lines, **given})


def document(
    *views: View, missing: Iterable[str] = (), missing_topics: Iterable[str] = (), now_ms: int = NOW
) -> Document:
    """The document, as a reader gets it: through JSON. Partitions and topics are named by their channel."""
    lacking = Missing({name: name.partition("-")[0] for name in missing}, {topic: topic for topic in missing_topics})
    return as_read(snapshot(views, lacking, CENTRE, RULES.edges_ms, now_ms, FRESH_MS))


def as_read(made: Snapshot) -> Document:
    """As whoever reads it in another language has it."""
    read: Document = orjson.loads(msgspec.json.encode(made))
    return read


def typed(of: Document) -> Snapshot:
    """As our own readers have it."""
    return msgspec.convert(of, Snapshot)


def figures_of(lines: Mapping[str, LineView]) -> dict[str, LineView]:
    """The same lines, whatever version they are in."""
    return {name: replace(line, version=0) for name, line in lines.items()}


def folded(*events: dict[str, Any], channel: str = "phone", seen_ms: int = NOW) -> View:
    """The view of a partition that has read these events; `ago` is how many ms before now each happened."""
    state = PartitionState(RULES)
    fold(state, [Record(offset, NOW, _wire(event, channel)) for offset, event in enumerate(events)])
    lines = Viewer(state, CENTRE.windows.lengths).lines(seen_ms, Touched())
    return view(lines, channel=channel, watermark_ms=state.watermark, counters=dict(state.counters))


def _wire(event: dict[str, Any], channel: str) -> bytes:
    fields = {name: value for name, value in event.items() if name != "ago"}
    common = {
        "schema_version": 1,
        "channel": channel,
        "audience": "personbruker",
        "contact_id": event.get("journey_id"),
    }
    return orjson.dumps({**common, "occurred_at": NOW - event["ago"], **fields})


def visit(who: str, ago: int, *what: tuple[str, int], queue: str = "helse") -> list[dict[str, Any]]:
    """A visit that entered so long ago, and what happened to it how long ago."""
    ids = {"journey_id": who, "visit_id": f"{who}/1"}
    entered = {**ids, "type": "queue.entered", "queue": queue, "ago": ago}
    return [entered, *({**ids, "type": kind, "ago": then} for kind, then in what)]


def busy() -> View:
    """Some of everything: answered, given up, called back, passed on, waiting, broken records."""
    answered = [
        event
        for n in range(2, 10)
        for event in visit(f"a{n}", 20 * MINUTE, ("queue.answered", 20 * MINUTE - n * MINUTE))
    ]
    gave_up = visit("g", 9 * MINUTE, ("queue.abandoned", 8 * MINUTE))
    kept = visit("k", 200 * MINUTE, ("callback.requested", 190 * MINUTE), ("callback.connected", 100 * MINUTE))
    overdue = visit("o", 200 * MINUTE, ("callback.requested", 190 * MINUTE))
    passed_on = [
        {
            "type": "contact.transferred",
            "destination": "nav-kontor",
            "journey_id": "a2",
            "visit_id": "a2/1",
            "ago": 10 * MINUTE,
        }
    ]
    reported = [{"type": "queue.snapshot", "queue": "helse", "waiting": 2, "ago": 30 * SECOND}]
    unknown = [{"type": "nothing.of.ours", "ago": 0}]
    waiting = visit("w", 12 * MINUTE + 4 * SECOND)
    log = [*answered, *gave_up, *kept, *overdue, *passed_on, *reported, *unknown, *waiting]
    return folded(*log)


def bot() -> View:
    """A chat partition with what the chatbot did."""
    ended = [
        {"type": "bot.ended", "journey_id": how, "queue": "frida", "outcome": how, "ago": MINUTE}
        for how in ("solved", "partly", "transferred")
    ]
    return folded(
        {"type": "bot.started", "journey_id": "solved", "queue": "frida", "ago": 3 * MINUTE}, *ended, channel="chat"
    )
