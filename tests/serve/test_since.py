"""Since when a verdict stands, and what of it is told: whoever writes goes on with it, and what nobody knew for a while
interrupts nothing.
"""

from itertools import accumulate, groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from streams.core.verdicts import Verdict
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.documents import Achieved, Limit, TargetEntry
from streams.serve.metrics_targets import target_families
from streams.serve.since import Since
from tests.events import START_MS
from tests.serve.publishing import Part, announce, publisher, run, visit
from tests.serve.test_publisher import spoil

PROMISED = [one.model_copy(update={"id": id_}) for id_ in ("a", "b") for one in config.load().all_targets[:1]]
HOLD, CLEAR, DRIFT_CLEAR = 120_000, 300_000, 60_000
NOTHING = Achieved(value=None, answered=None, met=None)


def target(verdict: Verdict, id_: str = "a") -> TargetEntry:
    return TargetEntry(
        id=id_,
        measure="mean_wait",
        channel="phone",
        audience="personbruker",
        within_ms=None,
        limit=Limit(at_most_ms=1),
        verdict=verdict,
        rule=7,
        window_ms=1,
        window=NOTHING,
        today=NOTHING,
        pressure=None,
        expected=None,
    )


def noted(since: Since, said: list[tuple[int, Verdict]]) -> list[int | None]:
    """Since when it stands, by each of some snapshots: when (ms), and what they say."""
    found = []
    for now_ms, verdict in said:
        one = target(verdict)
        since.note([one], PROMISED, now_ms)
        found.append(one.since_ms)
    return found


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ([(1, "ok"), (2, "ok"), (3, "breach"), (9, "breach")], [1, 1, 3, 3]),
        ([(1, "breach"), (2, "ok"), (3, "breach")], [1, 2, 3]),
        ([(1, "breach"), (2, "stale"), (5, "stale"), (6, "breach")], [1, 2, 2, 1]),
        ([(1, "breach"), (2, "stale"), (3, "ok"), (4, "stale"), (5, "ok")], [1, 2, 3, 4, 3]),
        ([(1, "breach"), (2, "closed"), (3, "breach")], [1, 2, 3]),  # a night is no break in what is known
        ([(9, "breach"), (5, "breach"), (6, "breach")], [9, 5, 5]),  # the clock was set back
    ],
)
def test_a_verdict_stands_since_it_was_first_said(said: list[tuple[int, Verdict]], since: list[int]) -> None:
    assert noted(Since(), said) == since


def test_whoever_writes_next_goes_on_with_it() -> None:
    first, second = Since(), Since()
    noted(first, [(1, "breach"), (2, "stale")])
    assert first.is_news
    second.take_over(first.packed)
    assert noted(second, [(70_000, "stale"), (80_000, "breach")]) == [70_000, 1]


@pytest.mark.parametrize("kept", [None, b"", b"garbage", b"[1]", b'{"a": ["nothing of ours", 1]}'])
def test_what_cannot_be_read_is_as_if_it_were_not_there(kept: bytes | None) -> None:
    since = Since()
    since.take_over(kept)
    assert noted(since, [(5, "ok")]) == [5]


def test_a_target_that_is_in_force_no_longer_begins_anew() -> None:
    since = Since()
    since.note([target("breach"), target("ok", "b")], PROMISED, 1)
    since.note([target("ok", "b")], PROMISED, 2)
    again = target("breach")
    since.note([again, target("ok", "b")], PROMISED, 3)
    assert again.since_ms == 3
    assert again.told is not None and again.told.breach.is_told is None, "of what was told before nobody knows"


@pytest.mark.fault(26)
@pytest.mark.parametrize("is_spoilt", [False, True], ids=["kept", "of another type"])
def test_a_take_over_after_all_were_gone_goes_on(local_parts: LocalParts, keys: Keys, is_spoilt: bool) -> None:
    """On Redis: one writes, and is gone; another writes an hour later."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        part.fold(visit("a", 0, 60_000))
        await announce(client, keys, [part])
        first = publisher(client, keys, [part], instance="first")
        await first.publish()
        assert first.latest is not None
        began = {one.id: (one.verdict, one.since_ms) for one in first.latest.targets}
        assert all(since is not None for _, since in began.values())
        assert all(one.told is not None for one in first.latest.targets)
        await client.delete(keys.publisher, keys.snapshot)
        if is_spoilt:
            await spoil(client, keys.verdicts, None)
        part.fold(visit("b", 3_540_000, 30_000))
        later = publisher(client, keys, [part], now_ms=START_MS + 3_600_000, instance="later")
        await later.publish()
        assert later.latest is not None
        same = [one for one in later.latest.targets if began[one.id][0] == one.verdict != "stale"]
        assert same, "some are the same as before"
        since = {began[one.id][1] for one in same} if not is_spoilt else {later.latest.as_of_ms}
        assert {one.since_ms for one in same} == since
        assert await client.type(keys.verdicts) == b"string"

    run(local_parts.redis_url, does)


def told(since: Since, said: list[tuple[int, Verdict]]) -> list[tuple[bool | None, bool | None]]:
    """Whether a breach is told, and whether a drift is, by each of some snapshots."""
    found = []
    for now_ms, verdict in said:
        one = target(verdict)
        since.note([one], PROMISED, now_ms)
        assert one.told is not None
        found.append((one.told.breach.is_told, one.told.drifting.is_told))
    return found


def test_it_is_told_once_it_has_stood_and_taken_back_once_it_is_gone() -> None:
    since = Since()
    assert told(since, [(0, "ok"), (DRIFT_CLEAR, "ok"), (CLEAR, "ok")]) == [(None, None), (None, False), (False, False)]
    at = CLEAR + 1
    assert told(since, [(at, "breach"), (at + HOLD - 1, "breach"), (at + HOLD, "breach")])[1:] == [
        (False, False),
        (True, False),
    ]
    over = at + HOLD + 1
    assert told(since, [(over, "ok"), (over + CLEAR - 1, "ok"), (over + CLEAR, "ok")])[1:] == [
        (True, False),
        (False, False),
    ]


def test_since_when_it_is_told() -> None:
    since, one = Since(), target("breach")
    for now_ms in (0, HOLD, HOLD + 7):
        since.note([one], PROMISED, now_ms)
    assert one.told is not None
    assert (one.told.breach.since_ms, one.told.drifting.since_ms, one.since_ms) == (HOLD, None, 0)


def test_neither_a_take_over_nor_a_pause_nor_that_nobody_knows_begins_a_hold_or_a_clear_anew() -> None:
    first, second, third = Since(), Since(), Since()
    told(first, [(0, "breach"), (60_000, "breach"), (70_000, "stale")])
    second.take_over(first.packed)
    assert told(second, [(80_000, "stale"), (HOLD, "breach")]) == [(None, False), (True, False)]
    told(second, [(HOLD + 1, "ok"), (HOLD + 2, "stale")])
    third.take_over(second.packed)
    assert told(third, [(HOLD + 2 * CLEAR, "stale"), (HOLD + 2 * CLEAR + 1, "ok")]) == [(True, False), (False, False)]


def test_what_an_earlier_build_kept_is_read() -> None:
    """It knew since when a verdict stands, and not what is told."""
    since = Since()
    since.take_over(b'{"a": ["breach", 1]}')
    assert told(since, [(HOLD, "breach"), (HOLD + 1, "breach")]) == [(None, None), (True, None)]


def test_prometheus_is_told_what_is_known() -> None:
    """1 and 0; nothing of what nobody knows, and since when only of what is told."""
    since, one = Since(), target("breach")
    for now_ms in (0, HOLD):
        since.note([one], PROMISED, now_ms)
    breach, unknown = ("a", "breach"), target("stale", "b")
    since.note([one, unknown], PROMISED, HOLD + 1)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in target_families([one, unknown, target("ok", "b")])
        for sample in family.samples
        if sample.name.startswith("svartid_target_told")
    }
    assert samples == {
        ("svartid_target_told", *breach): 1,
        ("svartid_target_told", "a", "drifting"): 0,
        ("svartid_target_told_since_timestamp_seconds", *breach): HOLD / 1000,
    }


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[int, Verdict]]:
    """Snapshots, some seconds or minutes apart."""
    gaps = draw(st.lists(st.sampled_from([1_000, 30_000, 59_999, 60_000, 120_000, 400_000]), min_size=1, max_size=25))
    said: list[Verdict] = ["ok", "breach", "breach", "drifting", "stale", "closed", "insufficient"]
    return [(now_ms, draw(st.sampled_from(said))) for now_ms in accumulate(gaps)]


def plainly(course: list[tuple[int, Verdict]], matter: Verdict, clear_ms: int) -> bool | None:
    """The same of the last snapshot, by looking at all of them anew: stretches of known snapshots that are the matter,
    or are not, tell it or take it back where they last for long enough.
    """
    known = [(at, said == matter) for at, said in course if said != "stale"]
    is_told: bool | None = None
    for is_it, of in groupby(known, key=lambda one: one[1]):
        times = [at for at, _ in of]
        if times[-1] - times[0] >= (HOLD if is_it else clear_ms):
            is_told = is_it
    return is_told


@given(courses(), st.sets(st.integers(0, 25)))
def test_what_is_told_is_what_a_plain_look_at_all_snapshots_says(
    course: list[tuple[int, Verdict]], taken_over: set[int]
) -> None:
    """Whoever wrote which of them."""
    since, found = Since(), []
    for n, one in enumerate(course):
        if n in taken_over:
            packed, since = since.packed, Since()
            since.take_over(packed)
        found += told(since, [one])
    for n in range(len(course)):
        so_far = course[: n + 1]
        assert found[n] == (plainly(so_far, "breach", CLEAR), plainly(so_far, "drifting", DRIFT_CLEAR))


@given(courses(), st.integers(0, 500_000))
def test_a_clock_that_is_set_back_leaves_no_instant_to_come(course: list[tuple[int, Verdict]], back_ms: int) -> None:
    since = Since()
    told(since, course)
    one = target("breach")
    now_ms = max(0, course[-1][0] - back_ms)
    since.note([one], PROMISED, now_ms)
    assert one.told is not None and one.since_ms is not None
    assert all(
        at is None or at <= now_ms for at in (one.since_ms, one.told.breach.since_ms, one.told.drifting.since_ms)
    )
