"""Two states held against each other: what differs is named, and days that one does not reach are no differences."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.reading import Reading
from streams.past.compared import Compared, Reach, compared
from streams.past.history_rows import Row
from streams.serve.figures import read

DAYS = [f"2025-03-{day:02}" for day in range(1, 8)]
ALL = Reach(frozenset(DAYS))
Counts = dict[tuple[str, str], int]  # by day and channel, how many entered


def rows(counts: Counts) -> list[Row]:
    return [
        read(Row, Reading({"entered": n}, ()), start=f"{day}T00:00:00+01:00", channel=channel)
        for (day, channel), n in counts.items()
    ]


def of(one: Counts, other: Counts, ours: Reach = ALL, theirs: Reach = ALL) -> Compared:
    return compared(rows(one), rows(other), ours, theirs)


COUNTS = st.dictionaries(st.tuples(st.sampled_from(DAYS), st.sampled_from(["phone", "chat"])), st.integers(0, 5))


@given(COUNTS, COUNTS)
def test_each_difference_is_named_with_its_size_and_nothing_else(one: Counts, other: Counts) -> None:
    found = of(one, other)
    named = {(unlike.day, unlike.of): unlike.by for unlike in found.unlike if unlike.figure == "entered"}
    differ = {at for at in {*one, *other} if one.get(at, 0) != other.get(at, 0)}
    assert named.keys() == differ
    assert all(by is None or by == other[at] - one[at] for at, by in named.items())
    assert not of(one, one).unlike


@given(COUNTS, COUNTS, st.sets(st.sampled_from(DAYS)), st.sampled_from(["", *DAYS]), st.sampled_from(["", *DAYS]))
def test_every_day_is_told_once(one: Counts, other: Counts, has: set[str], whole_since: str, going_on: str) -> None:
    theirs = Reach(frozenset(has), whole_since, going_on)
    found = of(one, other, ALL, theirs)
    assert sorted([*found.days, *found.only[0], *{*found.in_part[1], *found.going_on}]) == DAYS
    assert found.only[1] == found.in_part[0] == []
    assert {unlike.day for unlike in found.unlike} <= set(found.days)


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (Reach(frozenset(DAYS[3:])), {"only": (DAYS[:3], []), "days": DAYS[3:]}),
        (Reach(frozenset(DAYS[2:]), DAYS[5]), {"only": (DAYS[:2], []), "in_part": ([], DAYS[2:5]), "days": DAYS[5:]}),
        (Reach(frozenset(DAYS), "", DAYS[6]), {"going_on": DAYS[6:], "days": DAYS[:6]}),
    ],
)
def test_what_one_does_not_reach_is_told_apart(theirs: Reach, told: dict[str, Any]) -> None:
    """The second began later, where Kafka still had the events."""
    one = {(day, "phone"): 3 for day in DAYS}
    other = {(day, "phone"): 1 if day < (theirs.whole_since or DAYS[0]) else 3 for day in theirs.days}
    found = of(one, other, ALL, theirs)
    assert not found.unlike
    assert {name: getattr(found, name) for name in told} == told
