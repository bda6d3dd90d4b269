"""The long runs' own tools: choices that a seed repeats, figures that are judged, and one short run on real parts."""

import os
import socket
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import config
from streams.core.cells import packed, unpacked
from streams.local.ports import HOST
from streams.sealed import Seal
from tests.cards import DAY
from tests.faults.rows import ROWS
from tests.ingest.waiting import eventually
from tests.soak import faults, hours, kills
from tests.soak.aims import AIMS, BEFORE_ANSWER, before_answer
from tests.soak.centre import KEPT_LONGEST_H, SPEED, START_MS, stream, write_config
from tests.soak.rig import Rig
from tests.soak.sockets import Unread, unread
from tests.soak.watch import Sizes

RATE_PER_S = 2000.0


def test_a_seed_repeats_what_befalls_a_run() -> None:
    drawn = [list(islice(faults.plan(seed), 400)) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {planned.name for planned in drawn[0]} == faults.FAULTS.keys()


def test_a_seed_repeats_whom_a_campaign_kills() -> None:
    drawn = [[(what, n, chance.random()) for what, n, chance in islice(kills.rounds(seed), 200)] for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {what for what, _, _ in drawn[0]} == kills.SHARES.keys() == AIMS.keys() | kills.ROWS.keys()


def test_the_stream_is_as_steady_and_as_mixed_as_it_is_said() -> None:
    seconds, hours_of_clock = 15, 15 * SPEED / 3600
    sent = list(stream(7, RATE_PER_S, hours_of_clock))
    assert sent[:1000] == list(islice(stream(7, RATE_PER_S, hours_of_clock), 1000))
    assert {record.channel for record in sent} == {"phone", "chat", "written"}
    per_s = Counter(int((record.timestamp_ms - START_MS) / 1000 / SPEED) for record in sent)
    steady = [per_s[second] for second in range(5, seconds)]  # the first contacts have to talk before they end
    assert sum(steady) / len(steady) == pytest.approx(RATE_PER_S, rel=0.1)
    assert min(steady) > 0.7 * RATE_PER_S
    assert max(steady) < 1.3 * RATE_PER_S


def test_the_configuration_is_the_projects_own_with_shorter_times(tmp_path: Path) -> None:
    ours, usual = config.load(write_config(tmp_path)), config.load()
    assert ours.retention.intervals == KEPT_LONGEST_H * 3_600_000 < usual.retention.intervals
    assert ours.targets_at(DAY) == usual.targets_at(DAY)
    assert ours.rules(b"").lines == usual.rules(b"").lines


def sizes(last: float) -> Sizes:
    """A run of an hour whose memory is 200 MB, and `last` in its last quarter; nothing else changes."""
    found = Sizes()
    for minute in range(1, 61):
        grown = last if minute > 45 else 200.0
        found.add(60.0 * minute, rss_mb=grown, redis_mb=10.0, redis_keys=50, series=900)
    return found


@pytest.mark.parametrize(("last", "flat"), [(200.0, True), (249.0, True), (251.0, False)])
def test_memory_that_grows_is_told(last: float, flat: bool) -> None:
    judged = sizes(last).judged(settled_after_s=900)
    assert {name: one["flat"] for name, one in judged.items()} == {
        "rss_mb": flat,
        "redis_mb": True,
        "redis_keys": True,
        "series": True,
    }


def test_a_run_that_is_too_short_says_so() -> None:
    assert sizes(400.0).judged(settled_after_s=901)["rss_mb"]["flat"] is None


def test_any_invariant_that_does_not_hold_fails_the_row() -> None:
    good = hours.Ran(60, RATE_PER_S, 1, differences=0, sizes=sizes(200.0))
    assert not good.failed
    bad = [
        hours.Ran(60, RATE_PER_S, 1, differences=1),
        hours.Ran(60, RATE_PER_S, 1),  # not verified
        hours.Ran(60, RATE_PER_S, 1, differences=0, stalled="the lag is not 0"),
        hours.Ran(60, RATE_PER_S, 1, differences=0, sizes=sizes(400.0)),
        hours.Ran(60, RATE_PER_S, 1, differences=0, wrong_ends=1),
    ]
    assert [ran.failed for ran in bad] == [True] * 5
    assert bad[0].as_json()["rows"]["21"]["failed"] == 1


def test_a_difference_is_told_of_every_kind_of_kill_since_the_recount_before() -> None:
    ran = kills.Ran(200, RATE_PER_S, 1)
    ran.note(kills.REDIS, kills.REDIS)
    ran.note_verified(0)
    ran.note(BEFORE_ANSWER, BEFORE_ANSWER)
    ran.note(kills.BROKER, kills.BROKER)
    ran.note_verified(3)
    rows = ran.as_json()["rows"]
    assert {row: (tried["tries"], tried["failed"]) for row, tried in rows.items()} == {
        "1": (1, 1),
        "3": (1, 0),
        "9": (1, 1),
    }
    assert {int(row) for row in rows} <= ROWS.keys()


def test_what_nobody_has_read_is_seen_on_both_sides() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as near, server.accept()[0] as far:
            assert unread(os.getpid(), port) == Unread(0, 0)
            near.sendall(b"123")
            far.sendall(b"12345")
            eventually(lambda: unread(os.getpid(), port) == Unread(3, 5), "both are seen to wait", 5)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig(workers=1, rate_per_s=150, seed=7, say=print, partitions={"phone": 1, "chat": 1, "written": 1}) as made:
        yield made


def kills_until_one_strikes_before_its_answer(rig: Rig, most: int = 4) -> list[str]:
    """Where each struck. On a busy machine a kill may come before the commit that it was aimed at, and says so."""
    struck: list[str] = []
    while BEFORE_ANSWER not in struck and len(struck) < most:
        rig.until(rig.is_shared_out, "all partitions are owned")
        rig.until_caught_up()
        (victim,) = rig.owning()
        struck += before_answer(rig, [victim], next(kills.rounds(7))[2])
        assert victim.ended
    return struck


@pytest.mark.real
@pytest.mark.timeout(180)
def test_a_short_run_counts_every_event_once_and_a_wrong_figure_is_found(rig: Rig) -> None:
    """
    worker  |------X(before its answer)  |--------|
    Redis   |-------------------------------------|  and then a figure is changed by hand
    """
    struck = kills_until_one_strikes_before_its_answer(rig)
    assert BEFORE_ANSWER in struck
    rig.settle(60)
    assert rig.verify() == 0
    totals = rig.installation.keys.partition(rig.installation.partitions[0]).totals
    cells: Any = rig.installation.redis.hgetall(totals)
    seal = Seal(totals)  # so well that no worker sees it
    line, cell = next(iter(seal.open_all(cells).items()))
    figures = unpacked(cell)
    figures["entered"] = figures.get("entered", 0) + 1
    rig.installation.redis.hset(totals, items=seal.close({line: packed(figures)}))
    assert rig.verify() > 0
    rig.keep = False
    assert rig.fleet.ends["killed"] == len(struck)
