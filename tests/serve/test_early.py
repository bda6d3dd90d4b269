"""What waits to be counted is seen: nobody waits unseen for others to call, and no wrong clock is taken for news."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from streams.core.fold import LOG_APPEND_TIME, fold
from streams.core.joins import MOST_VISITS
from streams.core.measures import WINDOWED
from streams.core.reading import Cell
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState, Touched
from streams.serve.early import is_astray
from streams.serve.merging import NONE_MISSING
from streams.serve.snapshot import snapshot
from streams.serve.view import LineView, View, Viewer, pack, unpack
from tests.core.logs import logs
from tests.core.test_ahead import YEAR_MS, call, mixed, record
from tests.events import CREATE_TIME, START_MS, Event, Record, event, records
from tests.examples import examples
from tests.serve.documents import as_read, figures_of

CENTRE = config.load()
RULES = CENTRE.rules(b"a key")
MINUTE, HOUR = 60_000, 3_600_000
HELSE, KOMMUNE = "phone/personbruker/helse", "phone/samhandler/kommune"
KOMMUNE_QUEUE = {"queue": "kommune", "audience": "samhandler"}


class Partition:
    """One partition of a phone topic, looked at after each record by a viewer that remembers."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.state = PartitionState(rules)
        self.viewer = Viewer(self.state, CENTRE.windows.lengths)

    def read(self, *records: Record) -> Touched:
        """Reads these as the next of its log."""
        first = self.state.offset
        fold(self.state, [dataclasses.replace(one, offset=first + n) for n, one in enumerate(records)])
        touched = self.state.take_touched()
        for level in (self.state.aggregates.panes, self.state.aggregates.intervals, self.state.aggregates.days):
            level.touched.clear()
        self.state.aggregates.touched_totals.clear()
        return touched

    def shown(self, now_ms: int, log: list[Record]) -> dict[str, tuple[dict[int, Cell], Cell]]:
        """The windows and the day of each line with any, after these."""
        lines = {name: line.in_full() for name, line in self.viewer.lines(now_ms, self.read(*log)).items()}
        windows = {name: {ms: windowed(cell) for ms, cell in line.windows.items()} for name, line in lines.items()}
        return {name: (windows[name], line.today) for name, line in lines.items() if line.today}

    def view(self, now_ms: int, touched: Touched) -> View:
        """What its owner would publish, as others read it."""
        made = View("phone-0", "phone", "1", "one", now_ms, self.state.offset, 0, self.state.watermark, {}, {})
        made.lines, made.ahead = self.viewer.lines(now_ms, touched), self.viewer.ahead(now_ms)
        made.counters, made.heard_ms, made.is_fresh = dict(self.state.counters), self.viewer.heard_ms(now_ms), True
        made.is_astray, made.version = is_astray(self.state, now_ms), RULES.version
        return unpack(pack(made))

    def document(self, now_ms: int, *records: Record) -> dict[str, Any]:
        """The snapshot after these."""
        view = self.view(now_ms, self.read(*records))
        made = snapshot([view], NONE_MISSING, CENTRE, RULES, now_ms, 5000)
        return as_read(made)


def windowed(cell: Cell) -> Cell:
    """What is read from windows of a cell."""
    return {measure: n for measure, n in cell.items() if measure in WINDOWED}


@pytest.mark.fault(25)
def test_the_first_caller_of_all_is_seen_and_leaves_when_answered() -> None:
    partition, now = Partition(), START_MS + 2 * MINUTE
    shown = partition.document(now, call("queue.entered", START_MS, "one"))
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["oldest_wait_ms"]) == (1, 2 * MINUTE)
    assert shown["groups"]["phone/personbruker"]["waiting"] == 1
    assert shown["feeds"]["phone"]["newest_event_ms"] == START_MS
    assert (shown["residual"], shown["records"]["accepted"]) == (0, 1)
    assert shown["records"]["ahead"] == {"phone": {"held": 1, "beyond_clock": 0}}

    shown = partition.document(now, call("queue.answered", now, "one"))
    assert (shown["lines"][HELSE]["waiting"], shown["residual"]) == (0, 0)
    assert shown["lines"][HELSE]["total"]["answered"] == 0, "that is counted when event time comes there"

    others = [call("queue.entered", now, name) for name in ("two", "three")]
    shown = partition.document(now, *others)
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["total"]["answered"]) == (2, 1)
    assert shown["records"]["ahead"] == {"phone": {"held": 0, "beyond_clock": 0}}


@pytest.mark.fault(25)
@settings(max_examples=examples(200), deadline=None)
@given(logs(2 * HOUR - MINUTE), st.integers(0, 3 * HOUR), st.sampled_from([RULES, RULES.of_version(BY_LINE)]))
def test_of_windows_and_today_what_waits_is_shown_as_if_it_had_come_in(
    log: list[Event], later_ms: int, rules: Rules
) -> None:
    """Two journeys on a topic that producers date, and on one that the broker does: there event time goes along.

    What is overdue or lost is so by event time, and not looked at.
    """
    two = [one | {"journey_id": f"j{int(one['journey_id'][1:]) % 2}", "promised_by": None} for one in log]
    now = START_MS + 2 * HOUR
    waits, came = (
        Partition(rules).shown(now + later_ms, [record(one, stamped_by, now) for one in two])
        for stamped_by in (CREATE_TIME, LOG_APPEND_TIME)
    )
    assert waits == came


@pytest.mark.fault(25)
def test_the_first_callers_of_a_day_are_judged_although_they_wait_to_be_counted() -> None:
    """Two on each of six partitions, answered after eight and a half minutes, where three are promised."""
    now, parts = START_MS + 10 * MINUTE, [Partition() for _ in range(6)]
    waited = ("queue.entered", MINUTE), ("queue.answered", 9 * MINUTE + 30_000)
    calls = [[call(what, START_MS + ms, f"{n}{who}") for who in "ab" for what, ms in waited] for n in range(6)]
    views = [part.view(now, part.read(*own)) for part, own in zip(parts, calls, strict=True)]
    shown = as_read(snapshot(views, NONE_MISSING, CENTRE, RULES, now, 5000))
    line = shown["lines"][HELSE]
    assert (line["today"]["entered"], line["today"]["answered"]) == (12, 12)
    assert line["windows"]["30m"]["wait_mean_ms"] == 8.5 * MINUTE
    assert (line["total"]["entered"], shown["residual"]) == (0, 0), "the books have it when event time comes there"
    verdict = next(one for one in shown["targets"] if one["audience"] == "personbruker" and one["channel"] == "phone")
    assert verdict["verdict"] == "breach"


@pytest.mark.fault(25)
def test_after_a_night_an_answer_that_waits_ends_a_wait_that_is_booked() -> None:
    partition, night = Partition(), START_MS + 3 * HOUR
    partition.document(START_MS, *(call("queue.entered", START_MS, name) for name in "abc"))
    shown = partition.document(night, call("queue.answered", night, "a"), call("queue.entered", night, "d"))
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["total"]["entered"]) == (3, 3)
    assert shown["residual"] == 0
    shown = partition.document(night, call("callback.requested", night, "d"))
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["callbacks_open"]) == (2, 1)


@pytest.mark.fault(25)
def test_what_no_right_clock_can_have_dated_is_told_and_not_shown() -> None:
    partition, now = Partition(), START_MS + MINUTE
    partition.document(now, *(call("queue.entered", START_MS, name) for name in "abc"))
    far = now + 3 * YEAR_MS
    shown = partition.document(now, call("queue.entered", far, "d"), call("queue.entered", now + HOUR + 1, "e"))
    assert shown["lines"][HELSE]["waiting"] == 3
    assert shown["records"]["ahead"] == {"phone": {"held": 2, "beyond_clock": 2}}
    assert shown["feeds"]["phone"]["newest_event_ms"] == START_MS, "a dead feed stays silent"


@pytest.mark.fault(25)
def test_what_stands_for_an_earlier_instant_than_its_own_is_shown_by_its_own() -> None:
    """Dated 110 minutes ahead of the clock, in a record of 55: event time has room for it, the clock has none."""
    partition, now = Partition(), START_MS + 30 * MINUTE
    partition.document(now, *(call("queue.entered", START_MS, name) for name in "abc"))
    ahead = record(event("queue.entered", now + 110 * MINUTE, "d"), timestamp=now + 55 * MINUTE)
    shown = partition.document(now, ahead)
    assert shown["lines"][HELSE]["waiting"] == 3
    assert shown["records"]["ahead"] == {"phone": {"held": 1, "beyond_clock": 1}}


@pytest.mark.fault(25)
def test_a_feed_that_only_ever_sent_what_nobody_believes_has_no_lines() -> None:
    shown = Partition().document(START_MS, call("queue.entered", START_MS + YEAR_MS, "a"))
    assert (shown["records"]["accepted"], shown["feeds"]["phone"]["newest_event_ms"]) == (1, None)
    assert (shown["lines"], shown["groups"]) == ({}, {})


@pytest.mark.fault(25)
def test_who_came_later_than_the_clock_has_not_waited_for_less_than_nothing() -> None:
    """A broker dates the records, a source's clock is 55 minutes ahead: three callers there hide no other's wait."""
    partition, now = Partition(), START_MS + 20 * MINUTE
    here = record(event("queue.entered", START_MS, "a"), LOG_APPEND_TIME, now)
    there = [record(event("queue.entered", now + 55 * MINUTE, who), LOG_APPEND_TIME, now) for who in "bcd"]
    shown = partition.document(now, here, *there)
    line = shown["lines"][HELSE]
    assert (line["waiting"], line["oldest_wait_ms"], line["mean_age_ms"]) == (4, 20 * MINUTE, 5 * MINUTE)
    assert line["pressure_ms"] == 5 * MINUTE
    assert shown["records"]["ahead"] == {"phone": {"held": 0, "beyond_clock": 3}}, "that their source is wrong is told"
    later = partition.document(now + 55 * MINUTE)
    assert later["lines"][HELSE]["mean_age_ms"] == 75 * MINUTE / 4
    assert later["records"]["ahead"] == {"phone": {"held": 0, "beyond_clock": 0}}


@pytest.mark.fault(25)
def test_an_event_that_is_dated_ahead_hides_no_silence_after_it() -> None:
    partition, now = Partition(), START_MS + MINUTE
    partition.document(now, *(call("queue.entered", START_MS, name) for name in "abc"))
    ahead = record(event("queue.entered", now + 50 * MINUTE, "d"), timestamp=now + 50 * MINUTE)
    assert partition.document(now, ahead)["feeds"]["phone"]["newest_event_ms"] == now, "when it came"
    later = partition.document(now + 40 * MINUTE)
    assert later["feeds"]["phone"]["silent_ms"] == 40 * MINUTE


@pytest.mark.fault(25)
def test_event_time_that_three_journeys_led_astray_is_told_and_nothing_is_judged_by_it() -> None:
    """Enough to be believed, and years ahead of the clock: what comes with right dates is late from now on."""
    partition, now = Partition(), START_MS + MINUTE
    partition.document(now, *(call("queue.entered", START_MS, name) for name in "abc"))
    shown = partition.document(now, *(call("queue.entered", now + 3 * YEAR_MS, name) for name in "def"))
    assert shown["records"]["ahead"]["phone"]["held"] == 0
    assert shown["records"]["ahead"]["phone"]["beyond_clock"] > 0
    assert (shown["status"], shown["feeds"]["phone"]["status"]) == ("stale", "stale")
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["oldest_wait_ms"]) == (None, None), (
        "late is not none"
    )
    assert {target["verdict"] for target in shown["targets"] if target["channel"] == "phone"} <= {"stale", "closed"}


@pytest.mark.fault(25)
def test_the_source_s_own_count_is_shown_while_it_waits() -> None:
    """A lone caller of four hours, and the source says so, too."""
    entered = START_MS - 25 * MINUTE
    said = call("queue.snapshot", START_MS + 3 * HOUR, "s", waiting=1, **KOMMUNE_QUEUE)
    partition = Partition()
    shown = partition.document(START_MS + 3 * HOUR, call("queue.entered", entered, "j", **KOMMUNE_QUEUE), said)
    line = shown["lines"][KOMMUNE]
    assert (line["waiting"], line["oldest_wait_ms"]) == (1, 3 * HOUR + 25 * MINUTE)
    assert line["reported"] == {"at_ms": START_MS + 3 * HOUR, "waiting": 1}
    assert (shown["feeds"]["phone"]["status"], shown["residual"]) == ("open", 0)


@pytest.mark.fault(25)
def test_a_source_s_own_count_that_is_dated_ahead_of_the_clock_is_told() -> None:
    """A broker dates the records: such a count comes in at once, as of when its record came."""
    partition, now = Partition(), START_MS + 20 * MINUTE
    said = record(event("queue.snapshot", now + 55 * MINUTE, "s", waiting=0), LOG_APPEND_TIME, now)
    shown = partition.document(now, record(event("queue.entered", START_MS, "a"), LOG_APPEND_TIME, now), said)
    assert shown["lines"][HELSE]["reported"] == {"at_ms": now, "waiting": 0}
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["disputed"]) == (0, 1)
    assert shown["records"]["ahead"] == {"phone": {"held": 0, "beyond_clock": 1}}
    assert partition.document(now + 55 * MINUTE)["records"]["ahead"] == {"phone": {"held": 0, "beyond_clock": 0}}


@pytest.mark.fault(37)
@pytest.mark.parametrize("stamped_by", [CREATE_TIME, LOG_APPEND_TIME])
@pytest.mark.parametrize("ahead_ms", [RULES.skew_ms + 1, 55 * MINUTE])
def test_one_wrong_date_of_a_source_s_own_count_hides_no_right_one(ahead_ms: int, stamped_by: int) -> None:
    """What it says a minute later with a right date is its latest word, and is held against who waits."""
    partition, now = Partition(), START_MS + 20 * MINUTE
    wrong = record(event("queue.snapshot", now + ahead_ms, "s", waiting=7), stamped_by, now)
    entered = [record(event("queue.entered", START_MS, name), stamped_by, now) for name in "abc"]
    shown = partition.document(now, *entered, wrong)
    assert shown["records"]["ahead"]["phone"]["beyond_clock"] == 1
    right = record(event("queue.snapshot", now + 1, "s", waiting=1), stamped_by, now + 1)
    shown = partition.document(now + 1, right)
    assert shown["lines"][HELSE]["reported"] == {"at_ms": now + 1, "waiting": 1}
    assert (shown["lines"][HELSE]["waiting"], shown["lines"][HELSE]["disputed"]) == (1, 2)
    assert shown["records"]["ahead"]["phone"]["beyond_clock"] == 0, "and it is no longer told"


@pytest.mark.fault(37)
@pytest.mark.parametrize(("ahead_ms", "beyond"), [(RULES.skew_ms, 0), (RULES.skew_ms + 1, 1)])
def test_a_source_s_own_count_that_waits_is_told_where_it_is_dated_ahead_of_the_clock(
    ahead_ms: int, beyond: int
) -> None:
    """The producer dates it, and event time has no room for it; the clock has, but for more than a skew."""
    partition, now = Partition(), START_MS + RULES.future_ms
    partition.document(now, *(call("queue.entered", START_MS, name) for name in "abc"))
    shown = partition.document(now, call("queue.snapshot", now + ahead_ms, "s", waiting=3))
    assert shown["records"]["ahead"] == {"phone": {"held": 1, "beyond_clock": beyond}}


def test_what_an_id_of_long_ago_had_open_is_not_shown_beside_what_waits_of_it_now() -> None:
    """After two days the id is another journey's; till that is counted, the first is not forgotten."""
    partition, later = (
        Partition(),
        START_MS + RULES.definitions.first.horizon_ms + RULES.definitions.first.promise_lost_ms + HOUR,
    )
    asked = [call("queue.entered", START_MS, name) for name in "abc"]
    partition.document(START_MS, *asked, call("callback.requested", START_MS, "a"))
    assert partition.document(later)["lines"][HELSE]["callbacks_open"] == 1
    shown = partition.document(later, call("queue.entered", later, "a", **KOMMUNE_QUEUE))["lines"]
    assert (shown[KOMMUNE]["waiting"], shown[HELSE]["callbacks_open"]) == (1, 0)


def test_a_journey_without_room_for_what_waits_is_shown_all_the_same() -> None:
    partition, night = Partition(), START_MS + 3 * HOUR
    begun = [call("queue.entered", START_MS, name) for name in "bc"]
    full = [call("queue.entered", START_MS, "a", visit_id=f"a{n}") for n in range(MOST_VISITS)]
    partition.document(START_MS, *begun, *full)
    shown = partition.document(night, call("queue.entered", night, "a", visit_id="one more"))
    assert (shown["lines"][HELSE]["waiting"], shown["residual"]) == (MOST_VISITS + 2, 0)


def with_anything(lines: Mapping[str, LineView]) -> dict[str, LineView]:
    found = figures_of(lines)
    return {name: line for name, line in found.items() if line != LineView(windows=line.windows, version=0)}


@settings(max_examples=examples(25), deadline=None)
@given(mixed(journeys=2), st.integers(0, 10))
def test_a_viewer_that_remembers_shows_what_a_new_one_shows(log: list[Record], hours: int) -> None:
    partition, now = Partition(), START_MS + hours * HOUR
    for step, one in enumerate(log):
        shown = partition.viewer.lines(now + step * MINUTE // 20, partition.read(one))
        anew = Viewer(partition.state, CENTRE.windows.lengths).lines(now + step * MINUTE // 20, Touched())
        assert with_anything(shown) == with_anything(anew)


def test_who_left_otherwise_than_is_booked_has_left_once() -> None:
    """The contact's end was booked; an answer that waits to come in was told of it, and holds."""
    partition, ended, told_ms = Partition(), START_MS + MINUTE, START_MS + MINUTE + RULES.future_ms + 1
    told = [event("queue.entered", START_MS, "one"), event("contact.ended", ended, "one", None)]
    partition.read(*records(told, ended))
    line = RULES.line(*HELSE.split("/"))
    assert partition.view(ended, partition.read()).lines[line].gone_lately == [(ended, START_MS)]
    shown = partition.view(told_ms, partition.read(call("queue.answered", told_ms, "one")))
    assert len(partition.state.ahead) == 1, "it waits"
    assert shown.lines[line].gone_lately == [(told_ms, START_MS)]
