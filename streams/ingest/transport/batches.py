"""What the agents are handed: all that a fetch brought of a topic, as one message.

May import: records, turns, the core's fold, faust.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from itertools import chain

import faust
from faust.types import TP, AppT, EventT, Message

from streams.core.fold import Record
from streams.ingest.transport.records import Unparsed
from streams.ingest.turns import Batch

Fetched = dict[TP, Batch]  # of one topic


class BatchScheduler:
    """Hands out what was fetched of each topic as one item, named by one of its partitions."""

    def iterate(self, records: Mapping[TP, list[Unparsed]]) -> Iterator[tuple[TP, Fetched]]:
        """In the order they were fetched."""
        topics: dict[str, Fetched] = {}
        for tp, batches in records.items():
            if batches:
                batch = Batch(batches[0].since, batches[-1].offset + 1, _Together(batches))
                topics.setdefault(tp.topic, {})[tp] = batch
        return iter([(next(iter(fetched)), fetched) for fetched in topics.values()])


class _Together:
    """The batches that one fetch brought of a partition, one after the other. Each is let go of once it is read: it may
    unpack to a thousand times of what was fetched.
    """

    def __init__(self, batches: Iterable[Unparsed]) -> None:
        self._batches = deque(batches)
        self._most = sum(batch.most for batch in self._batches)

    def __len__(self) -> int:
        return self._most

    def __iter__(self) -> Iterator[Record]:
        return chain.from_iterable(self._in_turn())

    def _in_turn(self) -> Iterator[Iterable[Record]]:
        while self._batches:
            yield self._batches.popleft().records


class BatchSchema(faust.Schema):  # type: ignore[type-arg]
    """Passes batches through undecoded: the fold decodes, record by record, and knows what to do with a bad one."""

    def compile(self, app: AppT, **_: object) -> Callable[..., Awaitable[EventT[object]]]:
        """Faust's hook for a decoder of messages."""

        async def decode(message: Message, *, propagate: bool = False) -> EventT[object]:
            return app.create_event(None, message.value, {}, message)

        return decode
