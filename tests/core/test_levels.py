"""How far back what is kept reaches, where an earlier build did not say: as far as it is known to be whole."""

from streams.core.aggregates import Aggregates
from tests.core.test_oracle_agrees import RULES
from tests.events import HELSE, START_MS

MINUTE = 60_000
QUARTER = 15 * MINUTE
WATERMARK = START_MS + 7 * MINUTE + RULES.pane_retention_ms  # so panes are kept from seven minutes on


def loaded(in_second_quarter: int) -> Aggregates:
    """One entered after 10 minutes and two after 20, of five in the first quarter and so many in the second."""
    made = Aggregates(RULES)
    made.panes.restore(START_MS + 10 * MINUTE, HELSE, {"entered": 1, "wait_max_ms": 7})
    made.panes.restore(START_MS + 20 * MINUTE, HELSE, {"entered": 2, "wait_max_ms": 3})
    made.intervals.restore(START_MS, HELSE, {"entered": 5, "wait_max_ms": 9})
    made.intervals.restore(START_MS + QUARTER, HELSE, {"entered": in_second_quarter, "wait_max_ms": 8})
    return made


def test_where_panes_add_up_to_the_quarters_they_are_whole_from_the_first_of_those_on() -> None:
    """But for maxima, as one that was corrected is found again in what is left."""
    made = loaded(in_second_quarter=2)
    made.restore_floors(None, WATERMARK)
    assert made.panes.floor == START_MS + QUARTER - 1


def test_where_they_do_not_they_are_whole_from_the_oldest_that_there_is() -> None:
    made = loaded(in_second_quarter=3)
    made.restore_floors(None, WATERMARK)
    assert made.panes.floor == START_MS + 10 * MINUTE - 1
    assert made.intervals.floor == START_MS - 1
    assert made.days.floor == WATERMARK, "there is none"


def test_where_it_is_said_it_is_so() -> None:
    made = loaded(in_second_quarter=2)
    made.restore_floors([1, 2, 3], WATERMARK)
    assert [level.floor for level in made.levels] == [1, 2, 3]


def test_a_floor_rises_with_event_time_and_never_falls() -> None:
    made = loaded(in_second_quarter=2)
    made.panes.rise(WATERMARK)
    assert made.panes.floor == START_MS + 7 * MINUTE
    made.panes.rise(WATERMARK - 1)
    assert made.panes.floor == START_MS + 7 * MINUTE
    made.panes.rise_to_cells(WATERMARK + 4 * MINUTE)
    assert made.panes.floor == START_MS + 11 * MINUTE, "what is older is let go of"
