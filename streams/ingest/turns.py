"""Whose turn it is to be folded, and how much at once: what is of now goes before what is of the past.

A worker that replays a long log takes large batches, side by side, as they cost least. But while one of its partitions
is read to its end, its events are of now, and the others take small batches one after the other: large ones kept an
event waiting for more than two seconds. May import: the core.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import chain, islice
from typing import NamedTuple, Protocol, Self

from streams.core.fold import Record


class Sizes(NamedTuple):
    """In records."""

    much: int = 20_000  # in one batch: a tenth of a second
    little: int = (
        1_000  # the same beside live events; who has no more than this waiting, or to read, may be live himself
    )
    in_all: int = (
        100_000  # waiting in memory: what lies there for longer has left the processor's cache when it is folded
    )


SIZES = Sizes()


class Records(Sized, Iterable[Record], Protocol):
    """To be gone through once; their length is the most that they can be."""


class Batch(NamedTuple):
    """All records of a partition from offset `since` up to `until`; what is missing between is no record.

    They are made of the log's bytes as they are gone through: a record that is folded right after it was made is still
    in the processor's cache, which spares a twentieth of the fold.
    """

    since: int
    until: int
    records: Records

    @classmethod
    def of(cls, records: Sequence[Record], since: int | None = None) -> Self:
        """Without `since`, nothing is said of what was before them."""
        if not records:
            return cls(since or 0, since or 0, records)
        return cls(records[0].offset if since is None else since, records[-1].offset + 1, records)


class Inbox:
    """What has arrived of one partition, in its order, and is not folded yet. Its length is the most that it can be."""

    def __init__(self) -> None:
        self.is_full = False  # so that no more of it is to be fetched
        self.taken = 0  # since the beginning
        self._arrived: deque[tuple[Iterator[Record], int]] = deque()  # with how many there can be
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def add(self, records: Records) -> int:
        """Takes in what comes after all else; answers what `taken` is when the last of it is."""
        self._arrived.append((iter(records), len(records)))
        self._waiting += len(records)
        return self.taken + self._waiting

    def take(self, most: int) -> Iterator[Record]:
        """The first records, so many at most; to be gone through before more are taken."""
        taken: list[Iterator[Record]] = []
        while self._arrived and most:
            records, waiting = self._arrived.popleft()
            room = min(most, waiting)
            taken.append(islice(records, room))
            most -= room
            self._waiting -= room
            self.taken += room
            if waiting > room:
                self._arrived.appendleft((records, waiting - room))
        return chain.from_iterable(taken)


class Turns:
    """Of the partitions of one worker. `unread`: how many records each has still to fold whose events are of now."""

    def __init__(self, unread: Callable[[], Iterable[int]], sizes: Sizes = SIZES) -> None:
        self._unread = unread
        self._sizes = sizes
        self._one_at_a_time = asyncio.Lock()

    @property
    def somebody_is_live(self) -> bool:
        """Whether a partition whose events are of now is read to its end, or nearly."""
        return any(unread <= self._sizes.little for unread in self._unread())

    def most(self, inbox: Inbox) -> int:
        """How many records of a partition are to be folded at once."""
        much, little, _ = self._sizes
        return little if len(inbox) <= little or self.somebody_is_live else much

    def is_full(self, inbox: Inbox, partitions: int) -> bool:
        """Whether no more is to be fetched for one of so many partitions."""
        waiting, little = len(inbox), self._sizes.little
        share = self._sizes.in_all // max(partitions, 1)
        return waiting > little and waiting >= min(2 * self.most(inbox), max(share, little))

    def of(self, inbox: Inbox) -> AbstractAsyncContextManager[object]:
        """To be held while a partition's batch is folded and committed.

        It is waited for where so much has arrived that it cannot be of now, and somebody else's is. Commits that are
        under way together are answered together, so only one large one is to be among them.
        """
        is_in_the_way = len(inbox) > self._sizes.little and self.somebody_is_live
        return self._one_at_a_time if is_in_the_way else nullcontext()
