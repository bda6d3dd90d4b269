"""A command that takes its time says how far it is, also in a pipe, and ends when it is told to."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import SVARTID
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually


@pytest.mark.real
def test_a_rebuild_that_waits_for_a_worker_says_so(installation: Installation, tmp_path: Path) -> None:
    installation.send(generate(5, 200).records)
    installation.drain()
    said = tmp_path / "said"
    command = [str(SVARTID), "rebuild", "--from-log"]
    with (
        said.open("wb") as file,
        subprocess.Popen(command, env=installation.env, stdin=subprocess.PIPE, stdout=file, stderr=file) as process,
    ):
        assert process.stdin
        process.stdin.write(b"y\n")
        process.stdin.close()
        try:
            eventually(lambda: "waiting for a worker: `svartid worker`" in said.read_text(), said.read_text)
            installation.start()
            assert process.wait(60) == 0, said.read_text()
        finally:
            process.kill()


IMPATIENT = """
import sys
from streams.cli import main, telling
telling.FIRST_S = telling.EVERY_S = 0.02
sys.argv = ["svartid", "verify", "--json"]
main()
"""


@pytest.mark.real
def test_a_verify_says_how_far_it_is(installation: Installation) -> None:
    installation.send(generate(5, 10_000).records)
    installation.drain()
    ran = subprocess.run(
        [sys.executable, "-c", IMPATIENT], env=installation.env, capture_output=True, text=True, timeout=60, check=True
    )
    assert "svartid: recounting " in ran.stderr and " partitions are done\n" in ran.stderr


WORKS_FOR_LONG = """
import asyncio, threading
from streams.beside import beside_us

def work():
    print("works", flush=True)
    threading.Event().wait()

try:
    asyncio.run(beside_us(work))
except KeyboardInterrupt:
    raise SystemExit(130)
"""


def test_work_beside_us_is_not_waited_for_when_it_is_not_wanted() -> None:
    with subprocess.Popen([sys.executable, "-c", WORKS_FOR_LONG], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "works\n"
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(10) == 130
        finally:
            process.kill()
