"""A worker ends: when there is nothing for it to do, and when something in it does not heed its end."""

import subprocess
import sys

import pytest

from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.waiting import eventually

STUBBORN = """
import asyncio, sys
from streams.cli.app import CommandError
from streams.cli.worker import LastResort

async def ignores_its_end():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

async def run():
    asyncio.create_task(ignores_its_end())
    await asyncio.sleep(0)
    LastResort().arm({error}, within_s=0.1)

asyncio.run(run())
"""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("None", 0, ""),
        ("CommandError('what was wrong', 1)", 1, "svartid: what was wrong\n"),
        ("ConnectionError('no name')", 3, ""),
    ],
)
@pytest.mark.fault(16)
def test_a_task_that_ignores_its_end_does_not_keep_the_process(error: str, code: int, said: str) -> None:
    script = STUBBORN.format(error=error)
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False, env={"COLUMNS": "200"}
    )
    assert (ended.returncode, ended.stderr) == (code, said)


BROKEN = """
import sys
from streams.cli import main
from streams.ingest.{module} import {owner}

async def breaks(*_):
    raise RuntimeError("nobody expected this")

{owner}.{method} = breaks
sys.argv = ["svartid", "worker", {argument}]
main()
"""


@pytest.mark.real
@pytest.mark.parametrize(
    ("module", "owner", "method", "argument", "code", "said"),
    [
        ("partitions", "Partitions", "take", "", 3, "svartid: it broke down with a RuntimeError: the log says"),
        ("checkpoints", "KafkaCheckpoints", "close", "'--drain'", 0, "did not end well"),
    ],
)
def test_what_nobody_expected_is_told_and_everything_ended(
    installations: Installations, module: str, owner: str, method: str, argument: str, code: int, said: str
) -> None:
    installation = installations({"phone": 1})
    script = BROKEN.format(module=module, owner=owner, method=method, argument=argument)
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=installation.env | {"COLUMNS": "200"},
    )
    assert (ended.returncode, said in ended.stderr) == (code, True), ended.stderr


ENDS_SLOWLY = """
import asyncio
from streams.cli import main
from streams.ingest.checkpoints import KafkaCheckpoints

async def hangs(*_):
    print('{"event": "has given all up"}', flush=True)
    await asyncio.sleep(60)

KafkaCheckpoints.close = hangs
main()
"""


@pytest.mark.real
@pytest.mark.fault(16)
def test_a_worker_that_ends_is_not_ready_and_says_why(installations: Installations) -> None:
    """It owns nothing by then, and of nothing all is whole."""
    installation = installations({"phone": 1})
    worker = installation.start(program=(sys.executable, "-c", ENDS_SLOWLY))
    eventually(worker.is_ready, "it is ready")
    worker.terminate()
    worker.wait_for("has given all up")
    assert worker.get("/isready") == (503, "not ready: stopping\n")
    assert worker.get("/isalive")[0] == 200
    assert worker.wait() == 0, worker.said


@pytest.mark.real
def test_a_worker_that_the_group_gives_nothing_is_ready_and_drains_at_once(installations: Installations) -> None:
    installation = installations({"phone": 1})
    log = [record for record in generate(14, 300).records if record.channel == "phone"]
    installation.send(log)
    busy, spare = installation.start(), installation.start()
    installation.wait_committed(len(log))
    for worker in busy, spare:
        eventually(worker.is_ready, "each is ready")
    assert installation.start("--drain").wait(30) == 0
    installation.verify(len(log))
