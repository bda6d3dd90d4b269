"""Queues that are not configured: each by itself while there is room, in any order, and then together."""

from dataclasses import replace
from itertools import permutations

import orjson
import pytest

from streams.cli.verify import definitions_for
from streams.core.account import account
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.rules import BY_LINE, Rules
from streams.core.shown import ALWAYS, Placing
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from streams.oracle.definitions import stand_in
from tests.core.named import total
from tests.core.test_maxima import loaded
from tests.core.test_oracle_agrees import RULES
from tests.events import DAY_MS, START_MS, Event, Record, event, records, visit

TWO = replace(RULES, most_unknown=2)
QUEUES = sorted((f"unheard-of-{n}" for n in range(4)), key=lambda queue: stand_in(queue, b"a key"))
LAST, OTHER = QUEUES[-1], "phone/personbruker/other"
MINUTE = 60_000


def counted(log: list[Event], *cuts: int, is_loaded: bool = False) -> PartitionState:
    """The state after a log in batches, as a recount has it."""
    state = PartitionState(TWO)
    for cut in (*cuts, len(log)):
        went_on(state, log[:cut])
        if is_loaded:
            state = loaded(state)
    return state


def went_on(state: PartitionState, log: list[Event]) -> None:
    """With the rest of a log, as a recount of all of it has it."""
    written = records(log)
    fold(state, written)
    expected = recount([record.recounted for record in written], definitions_for(state))
    assert not differences(expected, account(state))


def configured(*queues: str) -> Rules:
    """These, and none of the others."""
    return replace(TWO, lines={("phone", "personbruker", queue): f"phone/personbruker/{queue}" for queue in queues})


def calls(*queues: str) -> list[Event]:
    return [one for queue in queues for one in visit(queue, START_MS, ("queue.answered", MINUTE), queue=queue)]


def test_a_queue_is_known_by_its_name_whatever_its_case_and_form_and_the_space_around_it() -> None:
    lines = {RULES.line("phone", "personbruker", name) for name in ("Å-kø", "A\u030a-kø", "  å-KØ\t")}
    assert lines == {f"phone/personbruker/{stand_in('å-kø', b'a key')}"}
    assert RULES.line("chat", "personbruker", "å-kø") not in lines
    assert RULES.line("phone", "personbruker", None) == OTHER


def test_with_a_key_of_their_own_queues_are_the_same_whatever_the_pseudonyms_are_made_with() -> None:
    own = [replace(RULES, pseudonym_key=key, queue_key=b"its own") for key in (b"one", b"two")]
    lines = [rules.line("phone", "personbruker", "helse") for rules in own]
    assert lines == [f"phone/personbruker/{stand_in('helse', b'its own')}"] * 2
    assert own[0].fingerprint() != own[1].fingerprint() != replace(own[1], queue_key=b"").fingerprint()


def test_the_version_before_has_no_key_for_queues() -> None:
    """What it left is known again whichever there is now."""
    one, another = (replace(RULES, queue_key=key) for key in (b"its own", b"another"))
    assert one.fingerprint() != another.fingerprint()
    assert one.of_version(BY_LINE).fingerprint() == another.of_version(BY_LINE).fingerprint()


def test_no_name_is_kept_of_what_is_not_configured() -> None:
    name = "Kari Nordmann 01017012345"
    state = counted(calls(name))
    assert name.encode() not in orjson.dumps(account(state), option=orjson.OPT_NON_STR_KEYS)
    assert [line for line in state.aggregates.totals if "Kari" in line] == []


@pytest.mark.parametrize("order", list(permutations(QUEUES)))
def test_of_too_many_the_same_stay_in_any_order(order: tuple[str, ...]) -> None:
    state = counted(calls(*order), 2, 4, 6)
    lines = {RULES.line("phone", "personbruker", queue) for queue in QUEUES[:2]}
    assert state.aggregates.totals.keys() == {*lines, OTHER}
    assert total(state, OTHER)["answered"] == 2
    assert state.hash() == counted(calls(*QUEUES)).hash()


@pytest.mark.parametrize("is_loaded", [False, True])
def test_who_waits_and_what_is_promised_there_goes_along(is_loaded: bool) -> None:
    waiting = visit("w", START_MS, queue=LAST)
    promised = visit("p", START_MS, ("callback.requested", MINUTE), queue=LAST)
    passed_on = event("contact.transferred", START_MS, "t", destination=LAST)
    log = [*waiting, *promised, passed_on, *visit("t", START_MS + 1, queue=LAST), *calls(*QUEUES[:2])]
    state = counted(log, 4, is_loaded=is_loaded)
    assert len(state.open_now.waiting[OTHER]) == 2
    assert len(state.open_now.promises[OTHER]) == 1
    ended = [
        event("queue.answered", START_MS + 2 * MINUTE, "w"),
        event("callback.connected", START_MS + 3 * MINUTE, "p"),
    ]
    state = counted([*log, *ended], 4, len(log), is_loaded=is_loaded)
    assert len(state.open_now.waiting[OTHER]) == 1
    assert not state.open_now.promises[OTHER]


@pytest.mark.parametrize("is_loaded", [False, True])
def test_who_is_forgotten_in_the_batch_in_which_that_queue_is_let_go_of_waits_nowhere(is_loaded: bool) -> None:
    later = START_MS + 3 * DAY_MS
    log = [*visit("w", START_MS, queue=LAST), *calls(*QUEUES[:2]), *visit("x", later), *visit("w", later)]
    state = counted(log, 1, is_loaded=is_loaded)
    assert not state.open_now.waiting[OTHER]
    assert total(state, OTHER)["lost"] == 1


@pytest.mark.parametrize("is_loaded", [False, True])
def test_a_greatest_wait_from_there_can_still_be_taken_out(is_loaded: bool) -> None:
    """Of nine and of five minutes; then it is heard that the one of nine had given up."""
    long, short = (visit(f"{n}", START_MS, ("queue.answered", n * MINUTE), queue=LAST) for n in (9, 5))
    log = [*long, *short, *calls(*QUEUES[:2])]
    state = counted(log, 4, is_loaded=is_loaded)
    assert total(state, OTHER)["answered"] == 2
    corrected = [*log, event("queue.abandoned", START_MS + MINUTE, "9")]
    state = counted(corrected, 4, len(log), is_loaded=is_loaded)
    assert (
        max(cell.get("direct_max_ms", 0) for row in state.aggregates.days.rows.values() for cell in row.values())
        == 5 * MINUTE
    )


def test_a_source_s_word_of_one_says_nothing_of_several() -> None:
    said = event("queue.snapshot", START_MS, None, queue=LAST, waiting=3)
    before = counted([said])
    assert list(before.reported.values()) == [(START_MS, 3, START_MS, "other")]
    assert not counted([said, *calls(*QUEUES[:2])], 1).reported
    assert not counted([*calls(*QUEUES[:2]), said], 1).reported


def test_each_is_told_once_with_a_record_that_names_it() -> None:
    state, written = PartitionState(TWO), records([*calls(QUEUES[0]), *calls(QUEUES[0], QUEUES[1])])
    line = [RULES.line("phone", "personbruker", queue) for queue in QUEUES]
    assert fold(state, written).unknown == [(0, line[0]), (4, line[1])]
    again = [Record(one.offset + len(written), one.timestamp, one.value) for one in written]
    assert fold(state, again).unknown == []


def test_one_that_is_configured_later_brings_its_history_along() -> None:
    state = counted(calls(QUEUES[0]))
    line = next(iter(state.aggregates.totals))
    assert TWO.shown_as(line, START_MS) == OTHER
    named = replace(TWO, lines={**TWO.lines, ("phone", "personbruker", QUEUES[0].upper()): "phone/personbruker/new"})
    assert named.shown_as(line, START_MS) == "phone/personbruker/new"
    assert named.fingerprint() == TWO.fingerprint()


def test_one_that_is_configured_for_another_day_or_left_out_has_figures_of_its_own_today() -> None:
    """It is among those that are kept whatever else is named: what it is shown as may be another tomorrow."""
    sources = [("phone", "personbruker", queue) for queue in QUEUES[1:]]
    placings = (Placing(OTHER, START_MS + DAY_MS, ALWAYS[1]), Placing(None, *ALWAYS), Placing(OTHER, 0, START_MS))
    rules = replace(
        TWO,
        lines=dict.fromkeys(sources, "phone/personbruker/one"),
        placings={source: [placing] for source, placing in zip(sources, placings, strict=True)},
        most_unknown=1,
    )
    state = PartitionState(rules)
    went_on(state, calls("aa", "bb", "cc", *QUEUES))
    assert state.queues.is_over
    assert state.aggregates.totals.keys() >= {rules.line(*source) for source in sources}
    assert rules.fingerprint() == replace(rules, placings={}).fingerprint()


# --- the configuration is another at the next start


def corrected(n: int) -> list[Event]:
    """It is heard that one who was answered after nine minutes had given up."""
    return [event("queue.abandoned", START_MS + MINUTE, f"{n}")]


def test_one_that_is_no_more_configured_keeps_its_figures_also_where_too_many_are_named() -> None:
    log = visit("9", START_MS, ("queue.answered", 9 * MINUTE), queue=LAST)
    state = PartitionState(configured(LAST))
    went_on(state, log)
    state = loaded(state, configured("another"))
    log = [*log, *calls(*QUEUES[:3])]
    went_on(state, log)
    assert state.queues.is_over
    line = TWO.line("phone", "personbruker", LAST)
    assert in_full(state.aggregates.totals[line])["answered"] == 1
    went_on(loaded(state, configured("another")), [*log, *corrected(9)])


def test_one_that_is_configured_after_it_was_let_go_of_stays_among_the_others() -> None:
    log = [*visit("9", START_MS, ("queue.answered", 9 * MINUTE), queue=LAST), *calls(*QUEUES[:2])]
    state = PartitionState(configured("another"))
    went_on(state, log)
    state = loaded(state, configured(LAST))
    went_on(state, [*log, *corrected(9), *visit("again", START_MS, queue=LAST)])
    assert total(state, OTHER)["entered"] == 2


def test_one_that_is_configured_in_time_makes_room() -> None:
    state = PartitionState(configured("another"))
    went_on(state, calls(*QUEUES[:2]))
    state = loaded(state, configured(QUEUES[0]))
    assert state.queues.is_changed
    went_on(state, calls(*QUEUES[:3]))
    assert not state.queues.is_over
    assert OTHER not in state.aggregates.totals
