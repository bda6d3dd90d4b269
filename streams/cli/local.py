"""`svartid local`: a real Kafka and a real Valkey here, alone or around a command. Imports streams.local."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.markup import escape

from streams.cli import ENDING
from streams.cli.answers import Whereabouts, answer
from streams.cli.app import EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, err, out
from streams.cli.signals import interrupting
from streams.local import LocalParts, LocalPartsError
from streams.local.parts import PARTITIONS

WATCH_S = 0.3
Handler = Callable[[int, FrameType | None], object]


@app.command(context_settings={"allow_interspersed_args": False})
def local(
    command: Annotated[list[str] | None, typer.Argument(help="Run this with them, and end them when it ends.")] = None,
    data: Annotated[Path | None, typer.Option(help="Keep the data in this folder, for the next time.")] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Of each event topic.")] = PARTITIONS,
    as_json: Annotated[bool, typer.Option("--json", help="Say where they are as one line of JSON.")] = False,
) -> None:
    """Starts **Kafka and Valkey** on free ports of this machine, with the project's topics, until Ctrl-C.

    `svartid local -- make run` runs a command with its environment pointing at them instead, and exits as it does.
    """
    with interrupting(), _as_command_error(), _started(data, partitions) as parts:
        if command:
            raise typer.Exit(_run(command, parts.env()))
        _say(parts, as_json)
        _watch(parts)


@contextmanager
def _started(data: Path | None, partitions: int) -> Iterator[LocalParts]:
    status = err.status("Looking for Kafka and Valkey")
    parts = LocalParts(data, partitions=partitions, on_progress=status.update)
    try:
        with status:
            parts.start()
        yield parts
    finally:
        parts.stop()


@contextmanager
def _as_command_error() -> Iterator[None]:
    try:
        yield
    except LocalPartsError as error:
        raise CommandError(escape(str(error)), EXIT_UNREACHABLE) from error
    except KeyboardInterrupt:
        err.print("Ended.")  # the way to end it, so no failure


def _run(command: list[str], env: dict[str, str]) -> int:
    """The exit code of the command; 128 + n if signal n ended it."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []  # signals that came before there was a child to pass them on to
    with _handled_by(lambda number, _: _pass_on(number, child) if child else early.append(number)):
        try:
            child = subprocess.Popen(command, env=os.environ | env)
        except OSError as error:
            raise CommandError(f"Cannot run {escape(command[0])}: {error.strerror}.", EXIT_USAGE) from error
        try:
            for number in early:
                _pass_on(number, child)
            code = child.wait()
        finally:
            child.kill()  # only on the way out of an error; one that has ended takes no harm
    return code if code >= 0 else 128 - code


def _pass_on(number: int, child: subprocess.Popen[bytes]) -> None:
    # A terminal gives its Ctrl-C to the command as well as to us: twice would read as "now at once" to many programs.
    if not (number == signal.SIGINT and sys.stdin.isatty()):
        child.send_signal(number)


def _say(parts: LocalParts, as_json: bool) -> None:
    if as_json:
        answer(
            Whereabouts(
                kafka_brokers=parts.kafka_brokers, redis_url=parts.redis_url, data=str(parts.folder), env=parts.env()
            )
        )
        return
    kept = "kept" if parts.data else "removed at the end"
    out.out(
        f"Kafka   {parts.kafka_brokers}\nValkey  {parts.redis_url}\nData    {parts.folder} ({kept})\n", highlight=False
    )
    for name, value in parts.env().items():
        out.out(f"export {name}={shlex.quote(value)}", highlight=False)
    err.print("\nCtrl-C ends both.")


def _watch(parts: LocalParts) -> None:
    while True:
        parts.check()
        time.sleep(WATCH_S)


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    """Ctrl-C, kill and a closed terminal go to `handler` meanwhile, but for what is ignored, as under nohup."""
    heard = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
