"""Which of some events would be too late to count: foreseen, and then so."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.sources.lateness import Foreseen
from streams.sources.ndjson import Check
from streams.sources.sending import Outgoing
from tests.core.logs import logs
from tests.core.test_by_source import RULES, TOLD
from tests.decoding import decode
from tests.events import DAY_MS, START_MS, event, records

NOW_MS = START_MS + 400 * DAY_MS
HOUR_MS = 3_600_000


class OnePlace:
    def place(self, outgoing: Outgoing) -> str:
        return "t-0"


def foreseen(told: list[dict[str, object]], watermark: int = 0) -> Foreseen:
    found, lines = Foreseen(RULES, {"t-0": watermark}, NOW_MS), enumerate(record.value for record in records(told))
    found.look(lines, Check(decode), OnePlace())
    return found


@given(logs(8 * HOUR_MS), st.randoms(use_true_random=False), st.integers(0, 30))
def test_what_is_foreseen_is_what_becomes_of_it(log: list[dict[str, object]], chance: Random, known: int) -> None:
    """After what is counted already; of each source."""
    told = [one | {"source": chance.choice(TOLD[:5])} for one in log]
    state = PartitionState(RULES)
    fold(state, records(told[:known]))
    before = dict(state.counters)
    found = foreseen(told[known:], state.watermark)
    fold(state, records(told[known:], first=len(told[:known])))
    late = {name: n - before.get(name, 0) for name, n in state.counters.items() if name.endswith(":late")}
    assert {f"of {source}:late": n for source, n in found.late.items()} == {name: n for name, n in late.items() if n}
    assert (found.oldest_ms is None) == (not found.late)


def test_who_is_late_is_named_and_the_oldest_is_told() -> None:
    days = [event("contact.started", START_MS + n * DAY_MS, f"{n}", source="puzzel") for n in (5, 0, 4, 1)]
    found = foreseen(days)
    assert found.late == {"puzzel": 3}
    assert (found.events, found.oldest_ms) == (4, START_MS)


def test_in_order_of_time_none_of_it_is() -> None:
    assert not foreseen([event("contact.started", START_MS + n * DAY_MS, f"{n}") for n in range(5)]).late


def test_what_is_going_to_be_rejected_moves_nothing() -> None:
    """One event of the next century makes none of the others late."""
    future = event("contact.started", NOW_MS + RULES.future_ms + 1, "f")
    found = foreseen([future, event("contact.started", START_MS, "a")])
    assert (found.events, found.late) == (2, {})
