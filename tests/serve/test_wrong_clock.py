"""A worker's own clock is wrong: it says so, claims nothing of now, and lets one whose clock is right write."""

import asyncio
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.clocks import Clocks, real_ms
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from tests.conftest import Installations
from tests.events import START_MS
from tests.ingest.generated import generate
from tests.ingest.waiting import eventually
from tests.serve.publishing import Part, announce, publisher, run, visit

pytestmark = [pytest.mark.real, pytest.mark.fault(25)]

HOUR = 3_600_000
LINE = "phone/personbruker/helse"
# Python runs it at the start of every process that finds it: all that asks for the time is told another.
AN_HOUR_AHEAD = f"""
import time
real, real_ns = time.time, time.time_ns
time.time = lambda: real() + {HOUR // 1000}
time.time_ns = lambda: real_ns() + {HOUR} * 1_000_000
"""


async def read(client: Client, keys: Keys) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(await client.get(keys.snapshot) or b"null")
    return document


@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR, 2500])
def test_what_a_wrong_clock_shows_is_stale_and_a_right_one_takes_over(
    local_parts: LocalParts, keys: Keys, wrong_by: int
) -> None:
    """
    wrong   | writes, stale |        | owns a part: that is stale
    right                   | writes at once, and goes on
    """

    async def does(client: Client) -> None:
        clocks = Clocks(client, lambda: real_ms() + wrong_by)
        await clocks.look()
        assert abs(clocks.wrong_ms - wrong_by) < 1000
        mine, others = Part("t-0"), Part("t-1", channel="chat")
        mine.fold(visit("a", 0))
        await announce(client, keys, [mine, others])
        wrong = publisher(client, keys, [mine], START_MS + wrong_by, "wrong", wrong_ms=lambda: clocks.wrong_ms)
        right = publisher(client, keys, [others], START_MS, "right")

        await wrong.publish()
        shown = await read(client, keys)
        assert (shown["status"], shown["clock_wrong_ms"]) == ("stale", clocks.wrong_ms)
        assert shown["fresh_until_ms"] <= START_MS + 2000, "not by the right clock either"
        assert wrong.latest is None, "no metrics"

        while right.latest is None:
            await right.publish()
        await wrong.publish()
        await right.publish()
        shown = await read(client, keys)
        assert (shown["clock_wrong_ms"], shown["unread_partitions"]) == (None, ["t-0"])
        assert abs(shown["as_of_ms"] - START_MS) < 60_000
        assert shown["feeds"]["phone"]["status"] == "stale"

    run(local_parts.redis_url, does)


def test_a_clock_that_is_off_by_little_is_right(local_parts: LocalParts) -> None:
    async def does(client: Client) -> None:
        for off in (0, 1500, -1500):
            clocks = Clocks(client, lambda off=off: real_ms() + off)  # type: ignore[misc]
            await clocks.look()
            assert (clocks.wrong_ms, clocks.why_wrong) == (0, None)

    run(local_parts.redis_url, does)


def test_a_redis_that_does_not_answer_leaves_what_is_known(tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        clocks = Clocks(client)
        async with asyncio.timeout(20):
            await clocks.look()
        assert (clocks.than_redis_ms, clocks.wrong_ms) == (None, 0)

    run(f"unix://{tmp_path}/nobody", does)


def test_a_broker_s_date_that_is_yet_to_come_is_told() -> None:
    clocks = Clocks(None, lambda: START_MS)  # type: ignore[arg-type]  # asks nobody here
    clocks.written(START_MS - HOUR)
    assert clocks.than_brokers_ms is None, "an old record tells nothing"
    clocks.written(START_MS + 5000)
    assert clocks.than_brokers_ms == -5000


def test_a_worker_an_hour_ahead_is_not_ready_and_counts_on(installations: Installations, tmp_path: Path) -> None:
    installation = installations({"phone": 1, "chat": 1})
    (tmp_path / "sitecustomize.py").write_text(AN_HOUR_AHEAD)
    log = generate(43, 200)
    installation.send(log.records)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    worker = installation.start(PYTHONPATH=path)
    installation.wait_committed(len(log.records))
    eventually(lambda: "clock is 3600.0 s ahead of Redis'" in worker.get("/isready")[1], lambda: worker.said)
    assert worker.wait_for("this machine's clock cannot be believed")["why"].startswith("this machine's clock is 3600")
    eventually(lambda: (installation.snapshot() or {}).get("clock_wrong_ms"), "the snapshot says so")
    shown = installation.snapshot()
    assert shown is not None
    assert (shown["status"], shown["fresh_until_ms"] <= real_ms() + 1000) == ("stale", True)
    than_redis = 'svartid_clock_offset_seconds{than="redis"} 3'
    assert than_redis in worker.get("/metrics")[1]
    assert worker.stop() == 0, worker.said
    installation.verify(len(log.records))
