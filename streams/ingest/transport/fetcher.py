"""When a fetch is asked for, how much it brings, and what of it is handed out.

May import: batches, records, kafka_parts, faust's and aiokafka's types.
"""

import asyncio
import time
from collections.abc import Collection, Iterable
from typing import Final

from aiokafka.consumer.fetcher import FetchError, FetchResult
from faust.types import TP

from streams.batches import ReadableFetcher, UnreadableBatch
from streams.ingest.transport.records import Progress, Unparsed, WholeBatches
from streams.kafka_parts import Assignment, Fetched, PartitionState

# A fetch is answered when there are so many bytes, or after so many ms. Without any wait a worker at 2 000 events/s
# takes half as much CPU again; 15 ms would spare another quarter of it, and commit 8 ms later.
GATHER: Final = (64 * 1024, 5)
WAIT_FOR_ONE: Final = (1, 500)  # aiokafka's own
# A fetch's most bytes: of all partitions, and of one.
MUCH: Final = (16 * 1024 * 1024, 4 * 1024 * 1024)
LITTLE: Final = (2 * 1024 * 1024, 512 * 1024)  # while somebody's events are of now: the next fetch waits for this one


class BatchFetcher(ReadableFetcher):
    """Lets events gather at the broker for a moment while they come thick, and asks for the next one while they do not.

    A fetch, a commit and all between cost nearly as much for one event as for fifty; and a fetch that leaves as soon
    as one partition has an event makes the others' events wait for the next.
    """

    def __init__(self, *args: object, **options: object) -> None:
        self.progress: Progress = {}
        self._unreadable: list[UnreadableBatch] = []
        super().__init__(*args, **options)

    def bound(self, bounds: tuple[int, int]) -> None:
        """How much the fetches to come may bring, as `MUCH` or `LITTLE`. To be called from any thread."""
        self._fetch_max_bytes, self._max_partition_fetch_bytes = bounds

    def take_unreadable(self) -> list[UnreadableBatch]:
        """What could not be read since this was last asked."""
        taken, self._unreadable = self._unreadable, []
        return taken

    async def _proc_fetch_request(self, assignment: Assignment, node_id: object, request: object) -> bool:
        has_records = await super()._proc_fetch_request(assignment, node_id, request)
        self._fetch_min_bytes, self._fetch_max_wait_ms = GATHER if has_records else WAIT_FOR_ONE
        return has_records

    def _readable(self, made: Fetched) -> "KeptFetchResult":
        records = WholeBatches.instead_of(made._partition_records, progress=self.progress)
        return KeptFetchResult(
            made._topic_partition, assignment=made._assignment, partition_records=records, backoff=made._backoff
        )

    async def fetched_records(
        self,
        partitions: Collection[TP],
        timeout: float = 0,  # noqa: ASYNC109  # as aiokafka has it
        max_records: int | None = None,
    ) -> dict[TP, list[Unparsed]]:
        """As aiokafka's, which knows no other `FetchResult` than its own; `max_records` is to be None: all of it."""
        until = time.monotonic() + timeout
        while True:
            if self._subscriptions.reassignment_in_progress:  # what was fetched may be another's soon
                await self._subscriptions.wait_for_assignment()
            handed_out = self._hand_out(partitions)
            left_s = until - time.monotonic()
            if handed_out or left_s <= 0 or not await self._is_more(left_s):
                return handed_out

    async def _is_more(self, within_s: float) -> bool:
        """Whether something has come. Raises what the group says where it does not take this worker."""
        waiter = self._create_fetch_waiter()
        await asyncio.wait([waiter], timeout=within_s)
        if self._closed or not waiter.done():
            waiter.cancel()
            return False
        waiter.result()
        return True

    def _hand_out(self, partitions: Collection[TP]) -> dict[TP, list[Unparsed]]:
        """Of these partitions, or of all where none is named. Raises why a partition cannot be fetched, once all that
        was fetched before is handed out.
        """
        handed_out: dict[TP, list[Unparsed]] = {}
        for tp in self._wanted(partitions):
            if handed_out and isinstance(self._records[tp], FetchError):
                break
            fetched = self._records.pop(tp)
            self._notify(self._wait_consume_future)  # so that more of it is fetched
            if isinstance(fetched, FetchError):
                fetched.check_raise()
            if batches := self._read(fetched):
                handed_out[tp] = batches
        return handed_out

    def _wanted(self, partitions: Collection[TP]) -> Iterable[TP]:
        for tp in list(self._records):
            if not partitions or tp in partitions:
                yield tp
            elif not self._subscriptions.is_assigned(tp):
                del self._records[tp]

    def _read(self, fetched: "KeptFetchResult") -> list[Unparsed]:
        """All of it; nothing of a partition whose next batch cannot be read, of which no more is fetched.

        An error here would take with it what was handed out of the other partitions.
        """
        try:
            unparsed: list[Unparsed] = fetched.getall()
            return unparsed
        except UnreadableBatch as error:
            self._unreadable.append(error.with_traceback(None))  # which refers to what was fetched
            fetched.hold_back()
            return []


class KeptFetchResult(FetchResult):  # type: ignore[misc]
    """Hands out what was fetched of a partition that was held back meanwhile: aiokafka would fetch it again."""

    _partition_records: WholeBatches | None
    _assignment: Assignment
    _topic_partition: TP

    def check_assignment(self, tp: TP) -> bool:
        """Whether it may be handed out: the partition is still assigned, and was not sought in since."""
        state, records = self._state if self._assignment.active else None, self._partition_records
        if state and records and state.has_valid_position and state.position == records.next_fetch_offset:
            return True
        self._partition_records = None
        return False

    def hold_back(self) -> None:
        """No more of the partition is fetched until it is resumed."""
        if state := self._state:
            state.pause()

    @property
    def _state(self) -> PartitionState | None:
        return self._assignment.state_value(self._topic_partition)
