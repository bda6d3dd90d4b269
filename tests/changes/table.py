"""The table of changes in deploy/OPERATIONS.md, made of what the tests measure: `python -m tests.changes.table`."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from streams.local import Valkey
from streams.local.ports import free_ports
from streams.redis_client import connect
from streams.settings import Settings
from tests.changes.rows import ROWS
from tests.changes.trying import Outcome, tried
from tests.pages import placed

PAGE: Final = Path(__file__).parents[2] / "deploy/OPERATIONS.md"
NAME: Final = "changes"  # of the markers
HEAD: Final = [
    "| change | takes | earlier days' rows by queue | by channel | figures away | `verify` |",
    "|---|---|---|---|---|--:|",
]
AWAY: Final = "while the log is read again; beside, never"


def line(change: str, outcome: Outcome) -> str:
    """A change's row."""
    of_queues, of_channels = (
        f"{n} of {of} change" if n else "as they were"
        for n, of in zip((outcome.of_queues, outcome.of_channels), outcome.rows, strict=True)
    )
    if outcome.takes == "rebuild":
        of_queues = of_channels = "made anew"
    cells = change, outcome.takes, of_queues, of_channels, AWAY if outcome.away else "never", str(outcome.differences)
    return f"| {' | '.join(cells)} |"


async def _lines(url: str) -> list[str]:
    client = connect(Settings.model_validate({"redis_url": url}))
    try:
        return [line(change, await tried(row, client)) for change, row in ROWS.items()]
    finally:
        await client.aclose()


def main() -> None:
    """Tries each on a Valkey of its own, and writes the table in place of the one that is there."""
    with tempfile.TemporaryDirectory() as folder:
        server = Valkey(Path(folder), free_ports(1)[0], append_only=False)
        server.start()
        try:
            made = asyncio.run(_lines(server.url))
        finally:
            server.kill()
    PAGE.write_text(placed(PAGE.read_text(), NAME, "\n".join([*HEAD, *made])))


if __name__ == "__main__":
    main()
