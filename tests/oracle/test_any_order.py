"""What must hold for every log: order and repetition do not matter, and nobody is dropped from the books."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.oracle import LogRecord, recount
from tests.events import event
from tests.examples import examples

from .drawn import DEFINITIONS, MINUTE, T0

TYPES = (
    *("queue.entered", "queue.answered", "queue.abandoned", "queue.left", "callback.requested", "callback.connected"),
    *("callback.failed", "callback.attempted", "contact.transferred", "contact.ended", "agent.offered", "bot.ended"),
)
EXITS = ("answered", "called_back", "abandoned", "lost")
FATES = ("callback_kept", "callback_cancelled", "callback_failed", "callback_broken")

events = st.builds(
    event,
    st.sampled_from(TYPES),
    st.integers(0, 20).map(lambda n: T0 + n * 30 * MINUTE),
    st.sampled_from(["j", "k"]),
    contact_id=st.sampled_from(["c", "d"]),
    visit_id=st.sampled_from(["a", "b"]),
    queue=st.sampled_from(["helse", "arbeid"]),
    destination=st.sampled_from(["helse", "arbeid"]),
    reason=st.sampled_from(["closed", "cancelled"]),
    outcome=st.sampled_from(["solved", "partly"]),
)


def records(said: list[dict[str, Any]]) -> list[LogRecord]:
    # The broker gets everything at the end, well within the horizon.
    return [LogRecord(offset, T0 + 600 * MINUTE, json.dumps(one).encode(), True) for offset, one in enumerate(said)]


def figures(said: list[dict[str, Any]]) -> dict[str, Any]:
    counted = recount(records(said), DEFINITIONS)
    return {name: of for name, of in counted.items() if name not in ("offset", "accepted", "newer")}


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(events, max_size=14), st.randoms(use_true_random=False))
@pytest.mark.fault(12)
def test_order_and_repetition_do_not_matter(said: list[dict[str, Any]], random: Any) -> None:
    again = said + random.sample(said, len(said) // 2)
    random.shuffle(again)
    assert figures(again) == figures(said)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(events, max_size=20))
def test_the_books_balance(said: list[dict[str, Any]]) -> None:
    counted = figures(said)
    for line, cell in counted["totals"].items():
        out = sum(cell.get(name, 0) for name in (*EXITS, *(name for name in cell if name.startswith("left_"))))
        assert cell.get("entered", 0) == out + len(counted["waiting"].get(line, []))
        settled = sum(cell.get(name, 0) for name in FATES)
        assert cell.get("called_back", 0) == settled + len(counted["promises"].get(line, []))
        for family in ("answered", "abandoned", "callback_kept", "reached"):
            assert cell.get(family, 0) == sum(n for name, n in cell.items() if name.startswith(f"{family}_in_"))
        assert cell.get("reached", 0) <= cell.get("journeys", 0)
        days = [lines.get(line, {}) for lines in counted["days"].values()]
        assert cell == {name: sum(day.get(name, 0) for day in days) for name in cell}
