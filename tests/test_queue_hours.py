"""Hours of one queue: what is said of it, its channel on all other days, and when any queue of several is open."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from config import Centre, ConfigError, Effect, changes, lapses
from config.hours import OpeningHours, hours_of
from config.spans import DAY
from tests.examples import examples
from tests.promised import of_queue, promising
from tests.test_changes import NOW_MS
from tests.test_queue_dates import OSLO, at, with_items

CENTRE = config.load()
HELSE, ARBEID = "phone/personbruker/helse", "phone/personbruker/arbeid"
LONG, SHORT = 'hours = "Mon-Fri 08:00-18:00; Sat 10:00-14:00"', 'hours = "Mon-Fri 10:00-12:00"'
BY_DATE = 'hours = [{ hours = "Mon-Fri 08:00-15:00", until = 2027-01-03 }, { hours = "24/7", from = 2027-01-10 }]'


def is_open(centre: Centre, name: str, when: str) -> bool:
    return centre.opening_hours.is_open(name, at(when))


def is_any_open(centre: Centre, whose: str, when: str) -> bool:
    return centre.opening_hours.is_any_open(whose, at(when))


@pytest.mark.parametrize(
    ("when", "helse", "arbeid"),
    [
        ("2026-11-30T07:59", False, False),
        ("2026-11-30T08:00", True, False),
        ("2026-11-30T09:00", True, True),
        ("2026-11-30T15:00", True, False),
        ("2026-11-30T18:00", False, False),
        ("2026-11-28T13:00", True, False),  # a Saturday
        ("2026-12-25T10:00", False, False),  # Christmas
    ],
)
def test_a_queue_goes_by_its_own_hours_and_the_others_by_the_channel_s(
    tmp_path: Path, when: str, helse: bool, arbeid: bool
) -> None:
    centre = with_items(tmp_path, f'{{ id = "helse", {LONG} }}', '"arbeid"')
    assert (is_open(centre, HELSE, when), is_open(centre, ARBEID, when)) == (helse, arbeid)
    assert is_open(centre, "phone", when) is is_open(centre, "phone/personbruker", when) is arbeid
    assert is_open(centre, "phone/personbruker/other", when) is arbeid
    for whose, expected in (("phone", helse), ("phone/personbruker", helse), ("phone/samhandler", arbeid)):
        assert is_any_open(centre, whose, when) is expected, whose


def test_where_all_queues_are_closed_the_feed_is_though_the_channel_s_hours_are_longer(tmp_path: Path) -> None:
    own = f'[[queues]]\nchannel = "written"\naudience = "samhandler"\nids = [{{ id = "brev", {SHORT} }}]\n'
    centre = with_items(tmp_path, '"helse"', more=own)
    assert is_any_open(centre, "written/samhandler", "2026-11-30T11:00")
    assert not is_any_open(centre, "written/samhandler", "2026-11-30T14:00")
    assert is_any_open(centre, "written", "2026-11-30T14:00"), "sto and bto are"


def test_what_lies_outside_has_hours_and_opens_no_feed(tmp_path: Path) -> None:
    office = '{ id = "x", external = true, hours = "24/7" }'
    more = f'[[queues]]\nchannel = "phone"\naudience = "samhandler"\nids = [{office}]\n'
    centre = with_items(tmp_path, '"helse"', more=more)
    assert is_open(centre, "phone/samhandler/x", "2026-11-29T03:00")
    assert not is_any_open(centre, "phone", "2026-11-29T03:00")
    assert not is_any_open(centre, "phone/samhandler", "2026-11-29T03:00")


def test_by_date_it_is_closed_on_a_day_that_is_in_no_stretch(tmp_path: Path) -> None:
    centre = with_items(tmp_path, f'{{ id = "helse", {BY_DATE} }}', '"arbeid"')
    assert [is_open(centre, HELSE, f"2027-01-{day:02}T10:00") for day in (4, 8, 10)] == [False, False, True]
    assert is_any_open(centre, "phone/personbruker", "2027-01-04T10:00"), "arbeid is"
    assert centre.opening_hours.first_open(HELSE, at("2027-01-03T10:00"), at("2027-02-01T00:00")) == at(
        "2027-01-10T00:00"
    )
    told = ["phone/personbruker/helse has no hours from 2027-01-04, and is closed: add them"]
    assert lapses(centre, date(2026, 12, 1)) == told


def test_on_days_on_which_nothing_is_said_of_a_queue_its_channel_s_hours_hold(tmp_path: Path) -> None:
    """It has hours of its own until New Year, and from then on it is as the others; also as of a later day."""
    items = f'{{ id = "helse", until = 2026-12-31, {LONG} }}', '{ id = "helse", from = 2027-01-01 }'
    centre = with_items(tmp_path, *items)
    for known in (centre, centre.as_of(at("2027-01-04T12:00"))):
        assert is_open(known, HELSE, "2026-12-30T17:00") and is_any_open(known, "phone", "2026-12-30T17:00")
        assert not is_open(known, HELSE, "2027-01-04T17:00") and not is_any_open(known, "phone", "2027-01-04T17:00")
        assert is_open(known, HELSE, "2027-01-04T14:00")


def test_one_that_comes_later_opens_nothing_before(tmp_path: Path) -> None:
    centre = with_items(tmp_path, f'{{ id = "helse", from = 2027-01-01, {LONG} }}', '"arbeid"')
    assert not is_any_open(centre, "phone", "2026-12-30T17:00")
    assert is_any_open(centre, "phone", "2027-01-04T17:00")


def test_a_target_goes_by_its_own_hours_else_its_queue_s_else_its_channel_s() -> None:
    def queues(text: str) -> str:
        return text.replace('"helse",', f'{{ id = "helse", {LONG} }},', 1)

    own = of_queue("own", "helse", at_most="7m", hours="Mon-Sun 20:00-21:00")
    centre = promising(
        own, of_queue("queue-s", "helse", at_most="7m"), of_queue("a", "arbeid", at_most="7m"), queues=queues
    )
    by_id = {target.id: target for target in centre.all_targets if target.card == "2025"}
    for id_, clock in (("own", "20:30"), ("queue-s", "17:00"), ("a", "14:00"), ("phone-personbruker-mean", "14:00")):
        opened = {"own": ["20:30"], "queue-s": ["14:00", "17:00"]}.get(id_, ["14:00"])
        clocks = [
            at_ for at_ in ("14:00", "17:00", "20:30") if is_open(centre, by_id[id_].hours_key, f"2026-11-30T{at_}")
        ]
        assert clocks == opened and clock in opened


def test_a_change_of_them_is_taken_while_workers_run(tmp_path: Path) -> None:
    before = with_items(tmp_path / "a", '"helse"', '"arbeid"')
    after = with_items(tmp_path / "b", f'{{ id = "helse", {LONG} }}', '"arbeid"')
    dated = with_items(tmp_path / "c", f'{{ id = "helse", {BY_DATE} }}', '"arbeid"')
    (change,) = changes(before, after, NOW_MS)
    assert change == (f"queues.{HELSE}.hours", None, "Mon-Fri 08:00-18:00; Sat 10:00-14:00", Effect.NOW)
    (change,) = changes(after, dated, NOW_MS)
    assert change.after == "Mon-Fri 08:00-15:00 until 2027-01-03, 24/7 from 2027-01-10"
    twice = (
        '{ id = "helse", until = 2026-12-31, hours = "24/7" }',
        '{ id = "helse", from = 2027-01-01, hours = "Mo 09:00-10:00" }',
    )
    (_, change) = changes(before, with_items(tmp_path / "d", *twice, '"arbeid"'), NOW_MS)
    assert change.after == "24/7 until 2026-12-31, Mo 09:00-10:00 from 2027-01-01"


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ('hours = "noon"', r': queues\.0\.ids\.0\.hours: "noon" is not like "Mon-Fri 09:00-15:00"'),
        ("hours = []", r": queues\.0\.ids\.0\.hours: hours such as"),
        ("hours = 9", r": queues\.0\.ids\.0\.hours: .*"),
        (
            'hours = [{ hours = "24/7" }, { hours = "24/7", from = 2027-01-01 }]',
            r"ids\.0\.hours: two stretches overlap",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, hours: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        with_items(tmp_path, f'{{ id = "helse", {hours} }}')


def test_public_holidays_have_to_be_somebody_s() -> None:
    def queues(text: str) -> str:
        nobodys = text.replace('holidays = "NO"\n', "")
        return nobodys.replace('"helse",', '{ id = "helse", hours = "Mon-Fri 09:00-15:00; PH off" },', 1)

    with pytest.raises(ConfigError, match=r"queues\.0\.ids\.1\.hours: it says what is so on public holidays \(PH\)"):
        promising(queues=queues)


def test_where_no_queue_has_any_the_channel_s_are_all_there_are() -> None:
    assert CENTRE.hours_of_lines == {}
    for n in range(0, 24 * 60 * 14, 37):
        now_ms = at("2026-12-20T00:00") + n * 60_000
        for channel in CENTRE.hours:
            expected = CENTRE.opening_hours.is_open(channel, now_ms)
            names = [name for name in CENTRE.own_lines if name.startswith(f"{channel}/")]
            assert {CENTRE.opening_hours.is_open(name, now_ms) for name in names} == {expected}
            assert CENTRE.opening_hours.is_any_open(channel, now_ms) is expected


CLOCKS = st.sampled_from(["Mon-Fri 08:00-18:00", "Sat,Sun 10:00-14:00", "24/7", "Mon-Sun 21:00-02:00", None])
EDGES = [date(2026, 12, 28) + n * DAY for n in range(12)]


@st.composite
def items(draw: st.DrawFn) -> list[tuple[date, date, str | None]]:
    """A queue's tables: on which days each is, and with which hours, if any."""
    edges = sorted(draw(st.lists(st.sampled_from(EDGES), unique=True, min_size=2, max_size=6)))
    spans = [(a, b - DAY) for a, b in pairwise(edges)]
    return [(a, b, draw(CLOCKS)) for a, b in spans if draw(st.booleans())]


@settings(max_examples=examples(40), deadline=None)
@given(items(), items(), st.sampled_from(["Mon-Fri 09:00-15:00", "Sun 12:00-13:00"]))
def test_any_is_open_where_one_of_those_that_are_there_is(
    helse: list[tuple[date, date, str | None]], arbeid: list[tuple[date, date, str | None]], channel_s: str
) -> None:
    """Held against each table read by itself, hour by hour of a fortnight."""

    def table(id_: str, of: tuple[date, date, str | None]) -> str:
        hours = f', hours = "{of[2]}"' if of[2] else ""
        return f'{{ id = "{id_}", from = {of[0]}, until = {of[1]}{hours} }}'

    def queues(text: str) -> str:
        written = [table("helse", of) for of in helse] + [table("arbeid", of) for of in arbeid]
        ids = re.search(r"ids = \[[^]]*\]", text)
        assert ids is not None
        given_ = f"ids = [{', '.join(written) or quoted}]"
        return text.replace(ids[0], given_, 1).replace('phone = "Mon-Fri 09:00-15:00"', f'phone = "{channel_s}"')

    quoted = '"pensjon"'
    hours = promising(queues=queues).opening_hours
    alone = {text: OpeningHours({"": hours_of(text)}, OSLO, "NO") for of in (*helse, *arbeid) if (text := of[2])}
    alone[channel_s] = OpeningHours({"": hours_of(channel_s)}, OSLO, "NO")
    has_own = any(of[2] for of in (*helse, *arbeid))
    for n in range(14 * 24):
        day, hour = EDGES[0] - DAY + n // 24 * DAY, n % 24
        ms = at(f"{day}T{hour:02}:30")
        by_channel = alone[channel_s].is_open("", ms)
        there = {id_: [of for of in tables if of[0] <= day <= of[1]] for id_, tables in (("h", helse), ("a", arbeid))}
        is_open = {id_: [alone[of[2] or channel_s].is_open("", ms) for of in held] for id_, held in there.items()}
        assert hours.is_open(HELSE, ms) is (is_open["h"] or [by_channel])[0], (day, hour)
        assert hours.is_open(ARBEID, ms) is (is_open["a"] or [by_channel])[0], (day, hour)
        both = [*is_open["h"], *is_open["a"]]
        expected = any(both) if both and has_own else by_channel
        assert hours.is_any_open("phone/personbruker", ms) is expected, (day, hour)
