"""The program `svartid`: one module a command, each thin over the package that does the work."""

from streams.cli import board as _board  # noqa: F401
from streams.cli import demo as _demo  # noqa: F401
from streams.cli import doctor as _doctor  # noqa: F401
from streams.cli import generate as _generate  # noqa: F401
from streams.cli import history as _history  # noqa: F401
from streams.cli import local as _local  # noqa: F401
from streams.cli import produce as _produce  # noqa: F401
from streams.cli import rebuild as _rebuild  # noqa: F401
from streams.cli import repartition as _repartition  # noqa: F401
from streams.cli import simulate as _simulate  # noqa: F401
from streams.cli import snapshot as _snapshot  # noqa: F401
from streams.cli import verify as _verify  # noqa: F401
from streams.cli import worker as _worker  # noqa: F401
from streams.cli.app import app, run


def main() -> None:
    """Entry point."""
    run(app)
