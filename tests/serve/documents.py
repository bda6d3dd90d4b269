"""Snapshot documents to look at: made of views written by hand, or of a small log folded as a worker would."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import orjson
from msgspec.structs import replace

import config
from streams.core.fold import fold
from streams.core.measures import LATER
from streams.core.rules import STATE_VERSION
from streams.core.state import PartitionState, Touched
from streams.serve.documents import Snapshot
from streams.serve.merging import Missing
from streams.serve.snapshot import snapshot
from streams.serve.view import LineView, View, Viewer
from tests.events import Event, event, records

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
        "is_fresh": True,
        "version": STATE_VERSION,
        "counted_since": dict.fromkeys(LATER, 0),
        "promptness": {},
    }
    return View(**{**defaults, "watermark_ms": NOW - SECOND, "counters": {"accepted": 7}, "lines": lines, **given})


def document(
    *views: View, missing: Iterable[str] = (), missing_topics: Iterable[str] = (), now_ms: int = NOW
) -> Document:
    """The document, as a reader gets it: through JSON. Partitions and topics are named by their channel."""
    lacking = Missing({name: name.partition("-")[0] for name in missing}, {topic: topic for topic in missing_topics})
    return as_read(snapshot(views, lacking, CENTRE, RULES, now_ms, FRESH_MS))


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


def folded(*events: Event, channel: str = "phone", seen_ms: int = NOW) -> View:
    """The view of a partition of a channel that has read these events."""
    state = PartitionState(RULES)
    fold(state, records(({**event, "channel": channel} for event in events), NOW))
    lines = Viewer(state, CENTRE.windows.lengths).lines(seen_ms, Touched())
    return view(
        lines,
        channel=channel,
        watermark_ms=state.watermark,
        counters=dict(state.counters),
        promptness=state.promptness.of,
    )


def ago(type_: str, ms: int, who: str | None = None, queue: str = "helse", **fields: Any) -> Event:
    """What happened so many ms before now, to a citizen's contact."""
    return event(type_, NOW - ms, who, f"phone/personbruker/{queue}", **fields)


def said(waiting: int, ms: int = 0, queue: str = "helse") -> Event:
    """What the source said of a queue so many ms before now."""
    return ago("queue.snapshot", ms, queue=queue, waiting=waiting)


def visit(who: str, entered: int, *what: tuple[str, int], queue: str = "helse") -> list[Event]:
    """A visit that entered so many ms before now, and what happened to it how long before now."""
    return [ago(kind, then, who, queue) for kind, then in (("queue.entered", entered), *what)]


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
    passed_on = [ago("contact.transferred", 10 * MINUTE, "a2", destination="nav-kontor")]
    reported = [said(2, 30 * SECOND)]
    unknown = [ago("nothing.of.ours", 0)]
    waiting = visit("w", 12 * MINUTE + 4 * SECOND)
    log = [*answered, *gave_up, *kept, *overdue, *passed_on, *reported, *unknown, *waiting]
    return folded(*log)


def bot() -> View:
    """A chat partition with what the chatbot did."""
    ended = [ago("bot.ended", MINUTE, how, "frida", outcome=how) for how in ("solved", "partly", "transferred")]
    return folded(ago("bot.started", 3 * MINUTE, "solved", "frida"), *ended, channel="chat")
