"""The yardsticks' simpler job: contacts joined by id; per queue and 10 s pane answered, sum of waits and abandoned.

Redis gets the panes that changed and the totals, in one MULTI. As in `svartid`, panes older than 75 minutes of
event time are not kept, else a fast replay would pay for hours of panes that nobody looks at.
May import: the workload.
"""

from collections.abc import Mapping
from typing import Any

from tests.bench.workload import Truth

PANE_MS = 10_000
KEPT_MS = 75 * 60_000
WRITE_EVERY_S = 1.0


class Panes:
    """All figures of the simpler job, in plain dicts."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.events = 0
        self.newest_ms = 0
        self.entered: dict[str, tuple[int, str]] = {}  # contact -> when and where
        self.cells: dict[tuple[int, str], list[int]] = {}  # (pane, queue) -> answered, sum of waits, abandoned
        self.changed: set[tuple[int, str]] = set()
        self.totals = [0, 0, 0, 0]  # entered, answered, abandoned, sum of waits

    def add(self, event: dict[str, Any]) -> None:
        """Counts one event."""
        self.events += 1
        kind, at_ms, contact = event["type"], event["occurred_at"], event["contact_id"]
        if kind == "queue.entered":
            self.entered[contact] = (at_ms, event["queue"])
            self.begin(at_ms)
        elif kind == "contact.ended":
            self.entered.pop(contact, None)
        elif contact in self.entered:
            self.end(kind, at_ms, *self.entered[contact])

    def begin(self, at_ms: int) -> None:
        """Counts an entry."""
        self.newest_ms = max(self.newest_ms, at_ms)
        self.totals[0] += 1

    def end(self, kind: str, at_ms: int, entered_ms: int, queue: str) -> None:
        """Counts the end of a wait."""
        self.newest_ms = max(self.newest_ms, at_ms)
        at = (at_ms - at_ms % PANE_MS, queue)
        cell = self.cells.get(at)
        if cell is None:
            cell = self.cells[at] = [0, 0, 0]
        if kind == "queue.answered":
            wait_ms = at_ms - entered_ms
            cell[0] += 1
            cell[1] += wait_ms
            self.totals[1] += 1
            self.totals[3] += wait_ms
        elif kind == "queue.abandoned":
            cell[2] += 1
            self.totals[2] += 1
        self.changed.add(at)

    def written(self, client: Any) -> Any:
        """The changed panes and the totals, in one MULTI that its client, of whichever kind, has yet to be answered."""
        oldest_ms = self.newest_ms - KEPT_MS
        gone = [at for at in self.cells if at[0] <= oldest_ms]
        for at in gone:
            del self.cells[at]
        changed: Mapping[Any, Any] = {_name(at): _text(self.cells[at]) for at in self.changed if at in self.cells}
        self.changed.clear()
        pipe = client.pipeline(transaction=True)
        if changed:
            pipe.hset(f"{self._namespace}:panes", mapping=changed)
        if gone:
            pipe.hdel(f"{self._namespace}:panes", *map(_name, gone))
        pipe.hset(f"{self._namespace}:totals", "all", _text(self.totals))
        return pipe.execute()


def _name(at: tuple[int, str]) -> str:
    return f"{at[0]}/{at[1]}"


def _text(figures: list[int]) -> str:
    return ",".join(map(str, figures))


async def counted(client: Any, namespace: str) -> Truth:
    """What a finished job left in Redis."""
    text: Any = await client.hget(f"{namespace}:totals", "all")
    return Truth(*map(int, text.decode().split(","))) if text else Truth()
