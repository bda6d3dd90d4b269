"""The program `svartid`: one module a command, each thin over the package that does the work.

A command's module is imported when that command is asked for: to show a snapshot takes no Faust.
"""

import atexit
import gc
import os
import signal
import sys
from importlib import import_module
from types import FrameType

COMMANDS = (
    *("backup", "board", "compare", "config", "demo", "doctor", "generate", "history", "local", "produce"),
    *("rebuild", "repartition", "restore", "retire", "simulate", "snapshot", "switch", "verify", "worker"),
)
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill, and a terminal that is closed
UNTIL_ENDED = ("board", "demo", "local", "simulate", "worker")  # to be ended is how they end: with 0, however early
INTERRUPTED = 130  # what Ctrl-C ends all others with, as shells have it


def load(asked: str | None = None) -> None:
    """Has one command join the application; all of them where none of ours is asked for, as for help."""
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        import_module(f"streams.cli.{name}")


def end_early() -> None:
    """Until a command hears signals itself, a second or so after its start, one that asks it to end does so at once.

    It has begun nothing by then. What is ignored stays ignored, as a shell sees to it for what runs in its background.
    """
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    atexit.register(heed_no_more)


def interrupt_early() -> None:
    """Before a command has begun and after it has ended, Ctrl-C ends the process at once, without a traceback.

    Where it is ignored, or means something else, that stays.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def interrupt_as_usual() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt, so that what was begun is put away."""
    if signal.getsignal(signal.SIGINT) is _interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def heed_no_more() -> None:
    """From now on no signal that asks for the end changes how it comes out.

    Ignored, and not heard and passed over: CPython takes back all handlers while it ends, and what is ignored stays so.
    """
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(0)


def _interrupted(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def main() -> None:
    """Entry point."""
    if sys.argv[1:2] and sys.argv[1] in UNTIL_ENDED:
        end_early()
    else:
        interrupt_early()
    gc.disable()  # of what is imported nothing is garbage, and to look for some takes a tenth of the start
    load(next(iter(sys.argv[1:]), None))
    from streams.cli.app import app, run

    gc.freeze()  # nor later: at the end alone the search took as long as a third of all imports
    gc.enable()
    run(app)
