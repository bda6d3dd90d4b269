"""What a fetch brought of a partition: the parser's own records, a batch of the log at a time.

They have all that is read here. To make a `ConsumerRecord` of each, and to hand them out one by one, is most of what
reading costs aiokafka. May import: batches, kafka_parts, the core's fold, faust's and aiokafka's types.
"""

from collections.abc import Iterable, Iterator

from faust.types import TP

from streams.batches import ReadableRecords
from streams.core.fold import Record
from streams.kafka_parts import ParsedBatch, Parser

# Of each partition: the next offset to fetch, and the one after the last record that was. Offsets alone: what was
# fetched and is never handed out, as after a seek, is megabytes.
Progress = dict[TP, tuple[int, int]]


class WholeBatches(ReadableRecords):
    """Gives `Unparsed` where aiokafka gives records, and notes how far it has come."""

    def __init__(self, tp: TP, records: Parser, *args: object, progress: Progress) -> None:
        super().__init__(tp, records, *args)
        self._records = _Batches(self._batches)
        self._progress = progress
        position, handed_out = progress.get(tp, (-1, -1))
        self._handed_out = handed_out if position == self.next_fetch_offset else self.next_fetch_offset
        self._note()

    def __next__(self) -> object:
        try:
            return super().__next__()
        finally:
            self._note()

    def _note(self) -> None:
        self._progress[self._tp] = self.next_fetch_offset, self._handed_out

    def _consumer_record(self, tp: TP, record: "Unparsed") -> "Unparsed":
        record.since, self._handed_out = self._handed_out, record.offset + 1
        return record


class Unparsed:
    """The records of one batch, yet to be made of its bytes; the earlier ones too where the fetch began in its middle.

    `offset` is the last one's, up to which the batch is then read.
    """

    since: int  # between there and the first record are markers of transactions, or what was compacted away

    def __init__(self, batch: ParsedBatch) -> None:
        self.records: Iterable[Record] = batch
        self.offset: int = batch.next_offset - 1
        self.most: int = batch.next_offset - batch.base_offset


class _Batches:
    """The parser's batches, each of which gives all its records as one item."""

    def __init__(self, records: Parser) -> None:
        self.has_next = records.has_next
        self._next_batch = records.next_batch

    def next_batch(self) -> "_Batch":
        return _Batch(self._next_batch())


class _Batch:
    """A batch of the log. Like the parser's own, but that it is read in one go."""

    def __init__(self, batch: ParsedBatch) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> object:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Unparsed]:
        return iter([Unparsed(self._batch)])

    def __next__(self) -> Record:
        return next(self._batch)  # a control batch's marker
