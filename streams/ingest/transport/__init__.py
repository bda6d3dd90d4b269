"""From Kafka to the agents, a fetch at a time: what is made of Faust's and aiokafka's classes. See README.md beside it.

`driver` is what Faust is handed, on the main thread; `thread` is Faust's thread around the `consumer`, whose parts are
`fetcher`, `records` and `group`; `batches` is what the agents are handed.
"""

from streams.ingest.transport.batches import BatchScheduler, BatchSchema
from streams.ingest.transport.driver import BatchConsumer, BatchTransport
from streams.ingest.transport.fetcher import LITTLE, MUCH
from streams.ingest.transport.thread import Ingest

__all__ = ["LITTLE", "MUCH", "BatchConsumer", "BatchScheduler", "BatchSchema", "BatchTransport", "Ingest"]
