"""Views of a state of the version before, beside today's: together they show what either alone would."""

from typing import Any

import pytest

from streams.core.fold import fold
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.ingest.upgrading import upgraded
from streams.serve.view import View, Viewer, pack, unpack
from tests.events import Event, records, visit
from tests.serve.documents import CENTRE, NOW, RULES, document, typed, view

MINUTE = 60_000
HELSE, OTHER = "phone/personbruker/helse", "phone/personbruker/other"


def day(seed: int) -> list[Event]:
    """Of two configured queues and two that are not: answered, abandoned, waiting; one of three minutes exactly."""
    log: list[Event] = []
    for n, queue in enumerate(("helse", "arbeid", "unheard-of", "another") * 3):
        end = ("queue.answered", "queue.abandoned")[n % 3 == 2]
        ends = [] if n == 11 else [(end, (3 * MINUTE, 95_000, 40_000, 9 * MINUTE)[n % 4])]
        log += visit(f"{seed}-{n}", NOW - 12 * MINUTE + n * 1000, *ends, queue=queue)
    return log


def state(rules: Rules, seed: int) -> PartitionState:
    made = PartitionState(rules)
    fold(made, records(day(seed), NOW))
    return made


def shown(made: PartitionState, number: int) -> View:
    """As another worker reads it."""
    lines = Viewer(made, CENTRE.windows.lengths).lines(NOW, made.take_touched())
    return unpack(pack(view(lines, partition=f"phone-{number}", version=made.rules.version)))


OLD = RULES.of_version(BY_LINE)
MADE: dict[str, Any] = {
    "both of today": lambda: (state(RULES, 0), state(RULES, 1)),
    "one of each": lambda: (state(OLD, 0), state(RULES, 1)),
    "both of the version before": lambda: (state(OLD, 0), state(OLD, 1)),
    "one of each, upgraded": lambda: (upgraded(state(OLD, 0), RULES), state(RULES, 1)),
}
NOT_KNOWN_SO_WELL = ("wait_median_at_most_ms", "wait_p90_at_most_ms")


def without(found: Any) -> Any:
    """A document without what a coarser scale knows less of."""
    if isinstance(found, dict):
        return {name: without(value) for name, value in found.items() if name not in NOT_KNOWN_SO_WELL}
    return [without(one) for one in found] if isinstance(found, list) else found


@pytest.mark.parametrize("how", MADE)
def test_what_is_shown_is_the_same(how: str) -> None:
    expected = document(*(shown(made, n) for n, made in enumerate(MADE["both of today"]())))
    found = document(*(shown(made, n) for n, made in enumerate(MADE[how]())))
    assert without(found) == without(expected)
    assert found["lines"][HELSE]["today"]["answered"] == 4
    assert found["lines"][OTHER]["today"]["entered"] == 12
    if how == "one of each, upgraded":
        assert found == expected, "who is remembered is known as well as before"


def test_a_window_that_some_worker_has_not_yet_is_not_shown_as_if_all_had_it() -> None:
    """It shows by another configuration for a moment, or cannot take the one that has the window."""
    one, other = (shown(state(RULES, n), n) for n in range(2))
    for line in other.lines.values():
        del line.windows[5 * MINUTE]
    found = document(one, other)["lines"][HELSE]["windows"]
    assert found.keys() == document(one)["lines"][HELSE]["windows"].keys() - {"5m"}


def test_what_was_written_by_an_earlier_build_says_no_version() -> None:
    made = view({}, version=BY_LINE)
    assert unpack(pack(made)).is_by_line
    assert not unpack(pack(view({}))).is_by_line


def test_a_snapshot_of_a_build_that_does_not_say_it_by_channel_is_read() -> None:
    written = document(shown(state(RULES, 1), 1))
    for feed in written["feeds"].values():
        for later in ("behind", "missing", "unread"):
            del feed[later]
    feeds = typed(written).feeds
    assert {(feed.behind, feed.missing, feed.unread) for feed in feeds.values()} == {(None, None, None)}
