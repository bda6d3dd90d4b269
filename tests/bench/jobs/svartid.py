"""The program itself: `svartid worker --drain`, whole and unchanged but for a stopwatch on claim and commit.

python -m tests.bench.jobs.svartid      (settings from the environment, as ever)
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from streams.cli import main
from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from tests.bench.jobs.stopwatch import Stopwatch


def run() -> None:
    """Reads the topic to its end with all measures and the exactly-once commit."""
    watch = Stopwatch()
    offsets: dict[str, int] = {}

    def committed(_: Store, partition: str, __: object, answer: tuple[str, int]) -> None:
        offsets[partition] = answer[1]
        watch.counted(sum(offsets.values()))
        watch.lap()

    _after(Partitions, "take", lambda *_: watch.start())
    _after(Store, "commit", committed)
    sys.argv = ["svartid", "worker", "--drain"]
    try:
        main()
    finally:
        watch.report()


def _after(owner: type, method: str, then: Callable[..., None]) -> None:
    """Has `then` called with the same arguments, and the result."""
    inner: Callable[..., Awaitable[Any]] = getattr(owner, method)

    async def timed(*args: Any) -> Any:
        result = await inner(*args)
        then(*args, result)
        return result

    setattr(owner, method, timed)


if __name__ == "__main__":
    run()
