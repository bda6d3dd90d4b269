"""Which source told of something, how soon its events came, and what was wrong with them."""

import dataclasses
import time
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.core.by_source import MINUTE_MS, MINUTES, Promptness, SourceNames, counts_of
from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.oracle.recount import recount_sources
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY, cuts, folded
from tests.events import DAY_MS, START_MS, Record, event, records, visit

NAMES = (("puzzel", "puzzel"), ("nks.Salesforce", "salesforce"))
RULES = dataclasses.replace(HASTY, sources=NAMES)
HOUR_MS = 60 * MINUTE_MS
TOLD = ("puzzel", "Puzzel ", "PUZZEL", "nks.salesforce", "47 11 22 33", "", None, 7, ["puzzel"], "x" * 300)


def counts(state: PartitionState, wrong: str) -> dict[str, int]:
    return {source: of[wrong] for source, of in counts_of(state.counters).items() if wrong in of}


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("puzzel", "puzzel"),
        (" Puzzel\t", "puzzel"),
        ("NKS.salesforce", "salesforce"),
        ("salesforce", "other"),  # it has another name
        ("47 11 22 33", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_a_source_is_called_as_it_is_configured_and_no_text_of_another_is_kept(told: object, name: str) -> None:
    names = SourceNames(NAMES)
    assert names.of(told) == name
    assert "47 11 22 33" not in str(vars(names))


def test_a_name_without_end_is_none_and_takes_no_time() -> None:
    """To compose (NFC) marks that go to and fro takes as long as the square of how many they are."""
    endless = "a" + "\u0301\u0323" * 10_000
    before = time.process_time()
    assert SourceNames(NAMES).of(endless) == "other"
    assert time.process_time() - before < 0.1


@given(logs(6 * HOUR_MS), cuts, st.randoms(use_true_random=False))
def test_each_source_s_late_and_rejected_and_how_soon_its_events_came_are_what_a_recount_says(
    log: list[dict[str, object]], cut: list[int], chance: Random
) -> None:
    """However the log is cut; one source's records come by a clock that runs to and fro."""
    told = [one | {"source": chance.choice(TOLD)} for one in log]
    for one in chance.sample(told, len(told) // 5):
        one["type"] = chance.choice(["nothing.of.ours", one["type"]])
    every = [
        dataclasses.replace(record, timestamp=START_MS + chance.randrange(-HOUR_MS, 7 * HOUR_MS))
        for record in records(told)
    ]
    every += [Record(len(every), START_MS, b"{")]
    state = folded(RULES, every, cut)
    expected = recount_sources([record.recounted for record in every], definitions_of(RULES))
    assert counts(state, "late") == expected["late"]
    assert counts(state, "rejected") == expected["rejected"]
    assert state.promptness.of == expected["promptness"]
    assert state.counters["late"] == sum(expected["late"].values())


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-5, 5)), max_size=60), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_leaves_a_trace(told: list[tuple[int, int]], chance: Random) -> None:
    once, again = Promptness(SourceNames(NAMES)), Promptness(SourceNames(NAMES))
    for minute, took in told:
        once.note("puzzel", minute * MINUTE_MS, took)
    shuffled = told * 2
    chance.shuffle(shuffled)
    for minute, took in shuffled:
        again.note("puzzel", minute * MINUTE_MS, took)
    assert once.of == again.of
    assert all(len(minutes) <= MINUTES for minutes in once.of.values())


ENDS = ("queue.answered", "queue.abandoned", "queue.left", "callback.requested")


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("is_entry_first", [True, False])
def test_an_end_before_its_entry_is_counted_of_whose_event_came_second(ends: str, is_entry_first: bool) -> None:
    entry = event("queue.entered", START_MS, "anna", source="puzzel")
    end = event(ends, START_MS - 5 * MINUTE_MS, "anna", source="nks.salesforce")
    state = folded(RULES, records([entry, end] if is_entry_first else [end, entry]), [])
    assert counts(state, "clamped") == {"salesforce" if is_entry_first else "puzzel": 1}


def test_what_is_as_it_should_be_is_none_of_it() -> None:
    told = [*visit("anna", START_MS, ("agent.offered", 1000), ("queue.answered", 2000)), *visit("kari", START_MS)]
    again = event("queue.entered", START_MS + 9000, "anna")  # of the same visit: it is put back in the queue
    state = folded(RULES, records([*told, again, event("queue.answered", START_MS + 9500, "anna")], START_MS), [])
    assert counts_of(state.counters) == {}


def test_what_goes_on_with_a_contact_that_nobody_has_heard_of_is_unmatched() -> None:
    told = [event("queue.answered", START_MS, "anna", source="puzzel"), event("contact.ended", START_MS, "kari")]
    state = folded(RULES, records(told, START_MS), [])
    assert counts(state, "unmatched") == {"puzzel": 1, "other": 1}


def test_what_an_event_from_the_future_says_of_its_clock_is_known_before_it_does_harm() -> None:
    """Half an hour ahead it counts, and is known; two hours ahead it is rejected, and says nothing more of it."""
    ahead = [event("queue.entered", START_MS + n * HOUR_MS // 2, "anna", source="puzzel") for n in (1, 4)]
    state = folded(RULES, records(ahead, START_MS), [])
    assert counts(state, "rejected") == {"puzzel": 1}
    moved_to = START_MS + RULES.skew_ms
    assert state.promptness.of == {"puzzel": {moved_to - moved_to % MINUTE_MS: -HOUR_MS // 2}}


@pytest.mark.parametrize("timestamp", [-(2**63), -1, 2**63 - 1])
def test_a_record_of_no_time_at_all_can_be_written_down(timestamp: int) -> None:
    told = event("queue.entered", START_MS, "anna", source="puzzel")
    state = folded(RULES, records([told], timestamp), [])
    assert msgspec.msgpack.encode(state.promptness.of)


def test_another_configuration_tells_others_apart_from_then_on() -> None:
    state = PartitionState(dataclasses.replace(RULES, sources=NAMES[:1]))
    late = [event("queue.entered", START_MS, f"{n}", source="nks.salesforce") for n in range(2)]
    newest = event("queue.entered", START_MS + DAY_MS, "newest", source="puzzel")
    log = records([newest, *late])
    fold(state, log[:2])
    state.configure(dataclasses.replace(RULES, lately_ms=7))
    fold(state, log[2:])
    assert counts(state, "late") == {"other": 1, "salesforce": 1}
    assert state.rules.lately_ms == 7
