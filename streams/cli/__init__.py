"""The program `svartid`: one module a command, each thin over the package that does the work.

A command's module is imported when that command is asked for: to show a snapshot takes no Faust.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import FrameType

Handler = Callable[[int, FrameType | None], object]
COMMANDS = (
    *("backup", "board", "compare", "config", "demo", "doctor", "explain", "export", "forecast", "generate"),
    "forecast-wait",
    *(
        "history",
        "local",
        "produce",
        "rebuild",
        "repartition",
        "restore",
        "retire",
        "scorecard",
        "simulate",
        "snapshot",
        "switch",
    ),
    *("verify", "web", "worker"),
)
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill, and a terminal that is closed
LOOKS_AGAIN = "worker"  # which SIGHUP ends only where its terminal is closed: else it looks at its configuration
# To be ended is how they end: with 0, however early.
UNTIL_ENDED = ("board", "demo", "local", "simulate", "web", "worker")
INTERRUPTED = 130  # what Ctrl-C ends all others with, as shells have it


def load(asked: str | None = None) -> None:
    """Has one command join the application; all of them where none of ours is asked for, as for help."""
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        import_module(f"streams.cli.{name.replace('-', '_')}")


def end_early(command: str) -> None:
    """Until a command hears signals itself, a second or so after its start, one that asks it to end does so at once.

    It has begun nothing by then. What is ignored stays ignored, as a shell sees to it for what runs in its background.
    """
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    if command == LOOKS_AGAIN:
        on_hangup(_end, lambda number, frame: None)  # what there is to look at is read after this
    atexit.register(heed_no_more)


def on_hangup(ends: Handler, looks: Handler) -> None:
    """From now on SIGHUP ends what has lost its terminal, and else has it look at its configuration, as daemons do.

    Where it is ignored, as under nohup, it never ends.
    """
    may_end = _lives_by_its_terminal()

    def heard(number: int, frame: FrameType | None) -> None:
        (ends if may_end and not _has_terminal() else looks)(number, frame)

    signal.signal(signal.SIGHUP, heard)


@cache
def _lives_by_its_terminal() -> bool:
    """Whether it began so: asked when it begins, and remembered."""
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()


def _has_terminal() -> bool:
    """Whether there is one that controls this process. One that is closed is taken away before that is told."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


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
        end_early(sys.argv[1])
    else:
        interrupt_early()
    gc.disable()  # of what is imported nothing is garbage, and to look for some takes a tenth of the start
    load(next(iter(sys.argv[1:]), None))
    from streams.cli.app import app, run

    gc.freeze()  # nor later: at the end alone the search took as long as a third of all imports
    gc.enable()
    run(app)
