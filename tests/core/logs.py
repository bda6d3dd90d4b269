"""Hypothesis strategies for logs: many ids that meet, times that tie, and every type of event."""

from typing import Any

from hypothesis import strategies as st

from tests.events import START_MS, Event, event


def times(span_ms: int) -> st.SearchStrategy[int]:
    """Instants in a span, often the same ones, and often on an edge."""
    ties = st.sampled_from([0, 1, 5_000, 5_001, 10_000, 60_000, 180_000, 600_000, 900_000, 7_200_000, 14_400_000])
    return st.one_of(ties.filter(lambda t: t <= span_ms), st.integers(0, span_ms)).map(lambda t: START_MS + t)


_TYPES = [
    "contact.started", "bot.started", "bot.ended", "queue.entered", "queue.entered", "queue.entered", "agent.offered",
    "agent.missed", "queue.answered", "queue.answered", "queue.abandoned", "queue.left", "callback.requested",
    "callback.requested", "callback.attempted", "callback.connected", "callback.failed", "contact.transferred",
    "contact.held", "contact.ended", "written.received", "written.answered", "survey.answered", "queue.snapshot",
]  # fmt: skip
_OF_LETTERS = [
    "written.received", "written.received", "written.received", "written.moved", "written.reclassified",
    "written.answered", "written.answered", "written.held", "written.withdrawn", "written.merged",
]  # fmt: skip
_OF_SURVEYS = ["survey.invited", "survey.answered", "survey.answered"]
_BESIDE = [
    "queue.entered",
    "queue.answered",
    "contact.transferred",
    "bot.ended",
    "contact.ended",
]  # who writes may call
_FIRST_MIDNIGHT_MS = 52_200_000  # after `START_MS`, in Oslo


# Half of what is told has none, and 0 is as none.
versions: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), st.fixed_dictionaries({"contact_version": st.integers(0, 3)})
)


@st.composite
def events(draw: st.DrawFn, span_ms: int) -> Event:
    """One event of any type; ids are few, so that they meet."""
    kind = draw(st.sampled_from(_TYPES))
    journey = f"j{draw(st.integers(0, 3))}"
    contact = f"{journey}c{draw(st.integers(0, 1))}"
    channel = draw(st.sampled_from(["phone", "phone", "phone", "chat"]))
    queue = draw(st.sampled_from(["helse", "arbeid", "frida", "nobody-knows-it"]))
    made = event(kind, draw(times(span_ms)), journey, f"{channel}/personbruker/{queue}", contact_id=contact)
    visit = draw(st.integers(0, 2))
    made["visit_id"] = f"{contact}v{visit}"
    if visit == 2:  # of two contacts; but at one instant and in one line of one
        made["contact_id"] = f"{journey}c{int(channel == 'phone' and queue == 'arbeid')}"
    made.update(draw(versions))
    extra: dict[str, st.SearchStrategy[Any]] = {
        "bot.ended": st.fixed_dictionaries({"outcome": st.sampled_from(["solved", "partly", "transferred"])}),
        "queue.left": st.fixed_dictionaries({"reason": st.sampled_from(["overflow", "closed", "because", "ended"])}),
        "callback.requested": st.fixed_dictionaries({}, optional={"promised_by": times(span_ms)}),
        "callback.failed": st.fixed_dictionaries({"reason": st.sampled_from(["cancelled", "no_answer"])}),
        "contact.transferred": st.fixed_dictionaries(
            {"destination": st.sampled_from(["helse", "arbeid", "nav-kontor", "elsewhere"])}
        ),
        "survey.answered": st.just({"question": "service", "score": 5}),
        "queue.snapshot": st.fixed_dictionaries({"waiting": st.integers(0, 9)}),
    }
    if kind in extra:
        made.update(draw(extra[kind]))
    if kind in ("agent.offered", "agent.missed"):
        made.update(draw(st.fixed_dictionaries({}, optional={"agent_ref": st.sampled_from(["a1", "a2", "a3"])})))
    elif kind in ("queue.entered", "contact.started", "callback.attempted"):
        made.update(draw(st.fixed_dictionaries({}, optional={"initiation": st.sampled_from(["callback", "inbound"])})))
    return made


@st.composite
def letter_events(draw: st.DrawFn, days: int) -> Event:
    """One event of a letter or a survey; ids are few, and many happen as a day ends."""
    kind = draw(st.sampled_from([*_OF_LETTERS, *_OF_SURVEYS, *_BESIDE]))
    midnights = st.builds(
        lambda day, beside: START_MS + _FIRST_MIDNIGHT_MS + day * 86_400_000 + beside,
        st.integers(0, days - 1),
        st.sampled_from([-1, 0, 1, -3_600_000]),
    )
    at = draw(st.one_of(times(days * 86_400_000), midnights))
    queue = draw(st.sampled_from(["sto", "bto", "nobody-knows-it"]))
    made = event(kind, at, f"j{draw(st.integers(0, 2))}", f"written/personbruker/{queue}", visit_id=None)
    made["contact_id"] = f"{made['journey_id']}c{draw(st.integers(0, 1))}"
    made |= {"outcome": "transferred"} if kind == "bot.ended" else {}
    if kind in _BESIDE:
        made |= {"visit_id": made["contact_id"], "channel": "phone", "destination": "bto"}
        made = {name: value for name, value in made.items() if name != "destination" or kind == "contact.transferred"}
    for name in draw(st.sampled_from([(), (), ("channel",), ("contact_id",)])) if kind not in _BESIDE else ():
        del made[name]
    if "contact_id" in made:
        made.update(draw(versions))
    if kind == "survey.answered":
        made["question"] = draw(st.sampled_from(["solution", "service"]))
        made["score"] = draw(st.integers(1, 6))
    return made


def letter_logs(days: int, max_size: int = 30) -> st.SearchStrategy[list[Event]]:
    """Such events in any order."""
    return st.lists(letter_events(days), max_size=max_size)


def logs(span_ms: int, max_size: int = 40) -> st.SearchStrategy[list[Event]]:
    """Events in any order."""
    return st.lists(events(span_ms), max_size=max_size)
