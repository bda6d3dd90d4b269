"""How figures of expected waits are written in a terminal. May import: app, serve's bokmal, rich."""

from rich.console import Console
from rich.table import Table

from streams.cli.app import out
from streams.serve.bokmal import UNKNOWN

_WIDTH = 120  # where it is no terminal
_UNBOUNDED = 1000


def print_whole(table: Table) -> None:
    """No figure of it is cut: a terminal that is narrower folds its lines."""
    needed = Console(width=_UNBOUNDED).measure(table).maximum
    Console(width=max(needed, out.width if out.is_terminal else _WIDTH)).print(table)


def say_in_full(sentence: str) -> None:
    """As it is, and folded by the terminal alone."""
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def seconds(ms: float | None) -> str:
    """In whole seconds."""
    return UNKNOWN if ms is None else f"{round(ms / 1000):,}"


def ratio(of: float | None) -> str:
    """With two places."""
    return UNKNOWN if of is None else f"{of:.2f}"


def percent(share: float | None) -> str:
    """With one place."""
    return UNKNOWN if share is None else f"{100 * share:.1f} %"
