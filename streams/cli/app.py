"""The typer application that every command joins, and what all commands share: errors told in a sentence, exit codes."""

import sys
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console

EXIT_FAILED = 1  # the command did its work and the answer is no (verify found differences, doctor a problem)
EXIT_USAGE = 2  # the command line or a setting is wrong
EXIT_UNREACHABLE = 3  # Kafka or Redis cannot be reached, or does not move

app = typer.Typer(
    name="svartid",
    help="Watches a contact centre's queues as they happen: waits and abandonment while they can still be helped.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

out = Console()
err = Console(stderr=True)


class CommandError(Exception):
    """Ends a command with one clear sentence on standard error and an exit code that means something."""

    def __init__(self, message: str, code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.code = code


def run(command: Callable[[], Any]) -> None:
    """Runs the application; what a person can act on becomes a sentence, never a traceback."""
    try:
        command()
    except CommandError as error:
        err.print(f"[bold red]svartid:[/] {error}", highlight=False)
        sys.exit(error.code)
