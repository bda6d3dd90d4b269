"""Since when a verdict stands: whoever writes goes on with it, and what nobody knew for a while interrupts nothing."""

import uuid

import pytest

from streams.core.verdicts import Verdict
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.documents import Achieved, Limit, TargetEntry
from streams.serve.since import Since
from tests.events import START_MS
from tests.serve.publishing import Part, announce, publisher, run, visit
from tests.serve.test_publisher import spoil

NOTHING = Achieved(value=None, answered=None, met=None)


@pytest.fixture
def keys() -> Keys:
    return Keys(f"test-{uuid.uuid4().hex}")


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
        since.note([one], now_ms)
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
    since.note([target("breach"), target("ok", "b")], 1)
    since.note([target("ok", "b")], 2)
    again = target("breach")
    since.note([again, target("ok", "b")], 3)
    assert again.since_ms == 3


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
