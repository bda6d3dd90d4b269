"""Each kind comes to what is right for it, in any order and however often it is told; and the table says so."""

import random

import pytest

from streams.core.cells import in_full
from streams.core.rules import Rules
from streams.core.state import PartitionState
from tests.core.test_oracle_agrees import RULES, folded
from tests.events import records
from tests.kinds.kinds import KINDS, Kind
from tests.kinds.table import PAGE, table
from tests.recounted import unlike

BY_NAME = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize("name", BY_NAME)
def test_it_comes_to_what_is_right(name: str) -> None:
    kind = BY_NAME[name]
    assert found(kind, folded(RULES, records(kind.events), [])) == (kind.right, kind.rejected, kind.in_no_queue)


# Not where each record is rejected, nor where what comes last is late.
_IN_ANY_ORDER = [
    kind.name for kind in KINDS if not kind.rejected and kind.lasts_ms < RULES.definitions.first.horizon_ms
]


@pytest.mark.parametrize("name", _IN_ANY_ORDER)
def test_in_any_order_and_told_twice(name: str) -> None:
    kind = BY_NAME[name]
    drawn = random.Random(name)
    for _ in range(20):
        told = [*kind.events, *kind.events[: drawn.randrange(len(kind.log))]]
        drawn.shuffle(told)
        state = folded(RULES, records(told), [drawn.randrange(len(told))])
        assert found(kind, state) == (kind.right, kind.rejected, kind.in_no_queue)
        assert unlike(state, told) == []


def found(kind: Kind, state: PartitionState) -> tuple[dict[str, dict[str, int]], dict[str, int], dict[str, int]]:
    """What it came to, of what its row tells."""
    measures = {queue: {name: _of(state, queue, name) for name in of} for queue, of in kind.right.items()}
    rejected = {reason: state.counters[f"rejected:{reason}"] for reason in kind.rejected}
    return measures, rejected, {name: state.counters[name] for name in kind.in_no_queue}


def _of(state: PartitionState, queue: str, name: str) -> int:
    channel, _, queue = queue.rpartition("/")
    line = _line(state.rules, channel or "phone", queue)
    if name == "waiting":
        return len(state.open_now.waiting.get(line, ()))
    cell = in_full(state.aggregates.totals.get(line, {}))
    return cell.get(f"{name.removesuffix('_s')}_ms", 0) // 1000 if name.endswith("_sum_s") else cell.get(name, 0)


def _line(rules: Rules, channel: str, queue: str) -> str:
    return rules.line(channel, "personbruker", queue)


def test_the_table_is_of_these_rows() -> None:
    assert table() in PAGE.read_text(), "python -m tests.kinds.table"
