"""What event time alone decides, and what was passed on: each edge, a millisecond on both sides.

entered   asked         due            broken
0         60 s          60 s + promise 60 s + promise_lost
"""

from typing import Any

import orjson
import pytest

from streams.core.fold import fold
from streams.core.reading import Cell
from streams.core.state import PartitionState
from tests.core.named import total as total_of
from tests.core.test_oracle_agrees import RULES, folded
from tests.events import CREATE_TIME, HELSE, START_MS, Event, Record, event, records, visit

MINUTE = 60_000
ASKED = START_MS + MINUTE
DUE, BROKEN = ASKED + RULES.definitions.first.promise_ms, ASKED + RULES.definitions.first.promise_lost_ms
LOST = START_MS + RULES.definitions.first.ghost_after_ms
ARBEID = "phone/personbruker/arbeid"
COUNTS = {"entered": 1, "journeys": 1, "called_back": 1}


def state_at(watermark: int, *log: Event) -> PartitionState:
    """Event time is then, as somebody else's contact starts."""
    return folded(RULES, records([*log, event("contact.started", watermark, "somebody else")]), [])


def at(watermark: int, *log: Event) -> Cell:
    """What comes of one queue; without waits."""
    cell = total_of(state_at(watermark, *log), HELSE)
    return {name: n for name, n in cell.items() if not name.endswith(("_ms", "_histogram"))}


def promise(*then: tuple[str, int], **fields: Any) -> list[Event]:
    """One who asked to be called back, and what happened to that when."""
    asked = event("callback.requested", ASKED, "a", **fields)
    return [event("queue.entered", START_MS, "a"), asked, *(event(kind, when, "a") for kind, when in then)]


@pytest.mark.parametrize(("watermark", "lost"), [(LOST - 1, 0), (LOST, 1)])
def test_who_has_waited_for_too_long_is_lost(watermark: int, lost: int) -> None:
    state = state_at(watermark, *visit("a", START_MS))
    assert total_of(state, HELSE).get("lost", 0) == lost
    assert sum(map(len, state.open_now.waiting.values())) == 1 - lost


@pytest.mark.parametrize(("watermark", "overdue"), [(DUE - 1, {}), (DUE, {"callback_overdue": 1})])
def test_a_promise_is_overdue_when_it_is_due(watermark: int, overdue: Cell) -> None:
    assert at(watermark, *promise()) == COUNTS | overdue


@pytest.mark.parametrize(("watermark", "broken"), [(BROKEN - 1, {}), (BROKEN, {"callback_broken": 1})])
def test_it_is_broken_when_nobody_will_call_any_more(watermark: int, broken: Cell) -> None:
    state = state_at(watermark, *promise())
    assert at(watermark, *promise()) == COUNTS | {"callback_overdue": 1} | broken
    assert sum(map(len, state.open_now.promises.values())) == (0 if broken else 1)


@pytest.mark.parametrize(("kept", "overdue"), [(DUE, {}), (DUE + 1, {"callback_overdue": 1})])
@pytest.mark.parametrize(
    ("how", "ends"),
    [("callback.connected", {"callback_kept": 1, "reached": 1}), ("callback.failed", {"callback_failed": 1})],
)
def test_what_is_settled_as_it_is_due_is_in_time(how: str, ends: Cell, kept: int, overdue: Cell) -> None:
    assert at(DUE + 1, *promise((how, kept))) == COUNTS | ends | overdue


@pytest.mark.parametrize(
    ("promised", "due"), [(ASKED + 5 * MINUTE, ASKED + 5 * MINUTE), (BROKEN, BROKEN), (BROKEN + 1, BROKEN)]
)
def test_what_was_promised_counts_but_for_no_longer_than_anybody_calls(promised: int, due: int) -> None:
    assert "callback_overdue" not in at(due - 1, *promise(promised_by=promised))
    assert at(due, *promise(promised_by=promised))["callback_overdue"] == 1
    ((_, its_due),) = (
        of
        for line in state_at(ASKED, *promise(promised_by=promised)).open_now.promises.values()
        for of in line.values()
    )
    assert its_due == due


def test_who_was_called_before_asking_was_reached_as_they_asked() -> None:
    cell = total_of(state_at(DUE, *promise(("callback.connected", ASKED - 1))), HELSE)
    assert (cell["callback_kept"], cell["callback_wait_sum_ms"], cell["journey_wait_sum_ms"]) == (1, MINUTE, MINUTE)


def test_of_a_call_that_was_made_and_one_that_failed_the_first_counts() -> None:
    both = promise(("callback.failed", DUE - 2), ("callback.connected", DUE - 1), ("callback.attempted", DUE - 3))
    assert at(DUE, *both) == COUNTS | {"callback_kept": 1, "callback_tried": 1, "reached": 1}


@pytest.mark.parametrize(
    ("reasons", "how"),
    [
        (("cancelled", "no_answer"), "callback_cancelled"),
        (("no_answer", "cancelled"), "callback_failed"),
        (("no_answer",), "callback_failed"),
    ],
)
def test_why_a_call_failed_first_counts(reasons: tuple[str, ...], how: str) -> None:
    failed = [event("callback.failed", ASKED + n, "a", reason=why) for n, why in enumerate(reasons, 1)]
    assert at(DUE, *promise(), *failed) == COUNTS | {how: 1}


def test_a_promise_that_waits_to_come_in_has_its_own_time() -> None:
    """Its producer dates it far ahead; it says till when somebody is to be called."""
    far = START_MS + 3 * RULES.future_ms
    state = folded(RULES, records(visit("a", START_MS), START_MS), [])
    asked = event("callback.requested", far, "a", promised_by=far + 7 * MINUTE)
    fold(state, [Record(1, far, orjson.dumps(asked), CREATE_TIME)])
    assert [fact.promised_by for fact in state.ahead] == [far + 7 * MINUTE]
    fold(state, records([event("contact.started", far, "somebody else")], far, 2))
    ((promised,),) = (of.values() for of in state.open_now.promises.values() if of)
    assert promised == (far, far + 7 * MINUTE)


# --- passed on


def passed_on(*entered: tuple[int, str], then: str | None = None, line: str = ARBEID) -> Cell:
    """What comes of a transfer a minute after the start, at its destination; who entered it how many ms after that."""
    log = [
        *visit("a", START_MS, ("queue.answered", 1000)),
        event("contact.transferred", ASKED, "a", line=None, **TO_ARBEID),
    ]
    for n, (after_ms, where) in enumerate(entered):
        log.append(event("queue.entered", ASKED + after_ms, "a", where, visit_id=f"a{n}"))
        if then is not None:
            log.append(event(then, ASKED + after_ms + 1000, "a", None, visit_id=f"a{n}"))
    state = state_at(ASKED + MINUTE, *log)
    found = {name: n for name, n in total_of(state, line).items() if name.startswith("passed_on")}
    waiting = sum(map(len, state.open_now.transfers.values()))
    return found | ({"waiting": waiting} if waiting else {})


TO_ARBEID = {"channel": "phone", "audience": "personbruker", "destination": "arbeid"}


@pytest.mark.parametrize(
    ("after_ms", "found"),
    [(-60_000, {}), (-59_000, {"waiting": 1}), (-1, {"waiting": 1}), (0, {"waiting": 1}), (1, {"waiting": 1})],
)
def test_who_entered_there_since_somebody_had_answered_came_of_it(after_ms: int, found: Cell) -> None:
    assert passed_on((after_ms, ARBEID)) == {"passed_on": 1} | found


@pytest.mark.parametrize(
    ("then", "found"),
    [
        ("queue.answered", "passed_on_answered"),
        ("queue.abandoned", "passed_on_given_up"),
        ("queue.left", "passed_on_ended_otherwise"),
        ("callback.requested", "passed_on_ended_otherwise"),
    ],
)
def test_what_became_of_them_there(then: str, found: str) -> None:
    assert passed_on((5, ARBEID), then=then) == {"passed_on": 1, found: 1}


def test_of_one_transfer_one_visit_came_and_none_elsewhere() -> None:
    assert passed_on((5, ARBEID), (6, ARBEID), then="queue.answered") == {"passed_on": 1, "passed_on_answered": 1}
    assert passed_on() == {"passed_on": 1}
