"""The program `svartid`: one module a command, each thin over the package that does the work.

A command's module is imported when that command is asked for: to show a snapshot takes no Faust.
"""

import gc
import sys
from importlib import import_module

COMMANDS = (
    *("board", "demo", "doctor", "generate", "history", "local", "produce"),
    *("rebuild", "repartition", "simulate", "snapshot", "verify", "worker"),
)


def load(asked: str | None = None) -> None:
    """Has one command join the application; all of them where none of ours is asked for, as for help."""
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        import_module(f"streams.cli.{name}")


def main() -> None:
    """Entry point."""
    gc.disable()  # of what is imported nothing is garbage, and to look for some takes a tenth of the start
    load(next(iter(sys.argv[1:]), None))
    from streams.cli.app import app, run

    gc.enable()
    run(app)
