"""Who is asked to end, and how its end comes out."""

import signal
import subprocess
import sys

import pytest

WAITS = """
import asyncio, os, signal, sys
import uvloop
from streams.cli.signals import asked_to_end

async def main():
    asked = asked_to_end()
    print("hears", flush=True)
    await asked.wait()

with asyncio.Runner(loop_factory=LOOP) as runner:
    runner.run(main())
print("its loop has ended", flush=True)
os.kill(os.getpid(), signal.NUMBER)
sys.exit(3)
"""


@pytest.mark.parametrize("loop", ["uvloop.new_event_loop", "asyncio.new_event_loop"])
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
@pytest.mark.fault(16)
def test_a_process_that_ends_keeps_its_exit_code_whatever_comes(number: str, loop: str) -> None:
    program = [sys.executable, "-c", WAITS.replace("LOOP", loop).replace("NUMBER", number)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hears\n"
        process.send_signal(signal.Signals[number])
        assert process.stdout.readline() == "its loop has ended\n"
        assert process.wait(20) == 3
