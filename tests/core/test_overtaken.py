"""Who is overtaken by somebody who was answered: never more than are, and all where one is answered alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.oracle.recount import stays
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY, folded
from tests.events import Record, event, records
from tests.examples import examples
from tests.ingest.contract import RULES

MINUTE_MS = 60_000
BEGINS_MS = 1_741_080_000_000
LINE = "phone/personbruker/helse"


@settings(max_examples=examples(100))
@given(logs(6 * 3_600_000).map(records))
def test_nobody_is_held_to_be_overtaken_who_is_not(log: list[Record]) -> None:
    state = folded(HASTY, log, [])
    told = stays([record.recounted for record in log], definitions_of(HASTY))
    for line in state.aggregates.totals:
        before_ms = state.aggregates.overtaken_before_ms(line, state.watermark)
        answered = [entered for of, entered, _, how in told if of == line and how == "answered"]
        assert before_ms is None or before_ms <= max(answered)


calls = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), min_size=1, max_size=6, unique_by=sum)


@given(calls)
def test_all_are_whom_one_has_overtaken_who_was_alone_in_his_pane(told: list[tuple[int, int]]) -> None:
    events = []
    for n, (entered, wait) in enumerate(told):
        at_ms = BEGINS_MS + entered * MINUTE_MS
        events += [event("queue.entered", at_ms, f"{n}", LINE)]
        events += [event("queue.answered", at_ms + wait * MINUTE_MS, f"{n}", LINE)]
    state = folded(RULES, records(events), [])
    kept_ms = state.aggregates.panes.floor
    in_time = [entered for entered, wait in told if BEGINS_MS + (entered + wait) * MINUTE_MS > kept_ms]
    latest = BEGINS_MS + max(in_time) * MINUTE_MS
    found = state.aggregates.overtaken_before_ms(state.rules.line(*LINE.split("/")), state.watermark)
    assert found is not None
    assert latest - 10_000 < found <= latest


def test_where_nobody_was_answered_nobody_is() -> None:
    state = folded(RULES, records([event("queue.entered", BEGINS_MS, "a", LINE)]), [])
    assert state.aggregates.overtaken_before_ms(state.rules.line(*LINE.split("/")), BEGINS_MS) is None
