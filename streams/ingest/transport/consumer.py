"""aiokafka's consumer with our fetcher and group, and what the client knows of partitions.

It lives in Faust's consumer thread; what it is asked here may be asked from any. May import: clients, batches, fetcher,
group, kafka_parts, faust's and aiokafka's types.
"""

from faust.types import TP

from streams.batches import UnreadableBatch
from streams.clients import Consumer
from streams.ingest.transport.fetcher import MUCH, WAIT_FOR_ONE, BatchFetcher
from streams.ingest.transport.group import OnRefusal, PlainGroup
from streams.kafka_parts import Assignment, PartitionState


class BatchReader(Consumer):
    """Reads whole batches by `getmany`, of what was committed: what a transaction took back never happened.

    With a `group_id` it is a member of a group, and says `on_refusal` why that does not take it.
    """

    def __init__(self, *, on_refusal: OnRefusal, **options: object) -> None:
        self._on_refusal = on_refusal
        bounds = dict(zip(("fetch_max_bytes", "max_partition_fetch_bytes"), MUCH, strict=True))
        pace = dict(zip(("fetch_min_bytes", "fetch_max_wait_ms"), WAIT_FOR_ONE, strict=True))
        # Redis owns the offset, so nothing is committed.
        given = {"enable_auto_commit": False, "isolation_level": "read_committed", **bounds, **pace}
        super().__init__(**given | options)

    def _new_fetcher(self) -> BatchFetcher:
        return BatchFetcher(self._client, self._subscription, **self._fetching())

    def _new_coordinator(self) -> object:
        if self._group_id is None:
            return super()._new_coordinator()
        return PlainGroup(
            self._client,
            self._subscription,
            on_refusal=self._on_refusal,
            group_id=self._group_id,
            group_instance_id=self._group_instance_id,
            heartbeat_interval_ms=self._heartbeat_interval_ms,
            session_timeout_ms=self._session_timeout_ms,
            retry_backoff_ms=self._retry_backoff_ms,
            enable_auto_commit=self._enable_auto_commit,
            auto_commit_interval_ms=self._auto_commit_interval_ms,
            assignors=self._partition_assignment_strategy,
            exclude_internal_topics=self._exclude_internal_topics,
            rebalance_timeout_ms=self._rebalance_timeout_ms,
            max_poll_interval_ms=self._max_poll_interval_ms,
        )

    def log_end(self, tp: TP) -> int:
        """Where what may be read ends: before the first transaction that is still open. 0 where that is not known."""
        state = self._state(tp)
        return state.lso or 0 if state else 0

    def written_end(self, tp: TP) -> int:
        """Where the log ends, with what an open transaction keeps from being read. 0 where that is not known."""
        state = self._state(tp)
        return state.highwater if state and state.lso is not None else 0

    def said_at(self, tp: TP) -> int | None:
        """When the broker last said where a partition ends, as the client notes it; None where it has not yet, or is
        left out of its cluster: then it answers on and on, and what is written goes to another, or to none.
        """
        state = self._state(tp)
        return state.timestamp if state and not self._client.is_alone else None

    def partitions_of(self, topic: str) -> int:
        """How many partitions a topic has, as of the client's newest look; 0 where it is not there."""
        return len(self._client.cluster.partitions_for_topic(topic) or ())

    def read_position(self, tp: TP) -> int:
        """What the fetch has handed out, as last noted: asking the thread would wait where the thread hangs.

        0 where the position was moved and not read to: past events that Kafka let go of, of which nothing is known.
        """
        state = self._state(tp)
        position = state.position if state and state.has_valid_position else 0
        read_to, _ = self._fetcher.progress.get(tp, (0, 0))
        return position if position == read_to else 0

    def bound_fetches(self, bounds: tuple[int, int]) -> None:
        """How much the fetches to come may bring, as `MUCH` or `LITTLE`."""
        self._fetcher.bound(bounds)

    def take_unreadable(self) -> list[UnreadableBatch]:
        """What could not be read since this was last asked."""
        taken: list[UnreadableBatch] = self._fetcher.take_unreadable()
        return taken

    def hold_back(self, tp: TP, is_full: bool) -> None:
        """Leaves a partition out of the fetches to come, or takes it in again. To be called in its own thread."""
        if state := self._state(tp):
            (state.pause if is_full else state.resume)()

    def _state(self, tp: TP) -> PartitionState | None:
        """What the client knows of a partition; None where it is not assigned, as in the middle of a rebalance."""
        subscription = self._subscription.subscription
        assignment: Assignment | None = subscription.assignment if subscription else None
        return assignment.state_value(tp) if assignment else None
