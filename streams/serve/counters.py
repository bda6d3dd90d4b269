"""Counters as Prometheus needs them: to it, one that falls began again at 0, and all that it has is new.

A late fact that corrects a figure down is no new beginning: the counter is held where it was until the books have
caught up, also by the next writer of the snapshot, and after a restart. Books that were begun anew are one, and so are
those of queues that are shown as other lines: then the counter is what they say, of their channel alone. May import:
the core, msgspec, prometheus_client.
"""

from collections.abc import Collection, Mapping
from typing import Annotated

import msgspec
from prometheus_client.core import Metric

Books = Mapping[str, tuple[str, str]]  # by partition its channel, and which books: others after each beginning
_Series = tuple[str, tuple[str, ...]]  # a sample's name, and the values of its labels
_Count = Annotated[float, msgspec.Meta(ge=0, le=2.0**63)]  # what is no number, or endless, no counter would pass again


class _Told(msgspec.Struct, array_like=True):
    """What Prometheus was told, as it lies in Redis."""

    books: dict[str, str]
    highest: list[tuple[str, tuple[str, ...], _Count]]


class Counters:
    """What Prometheus was last told of each counter, and of which books; `channels` are those of the configuration."""

    def __init__(self, channels: Collection[str]) -> None:
        self._channels = channels
        self._books: dict[str, str] = {}
        self._highest: dict[_Series, float] = {}
        self.has_news = False  # since it was last packed

    def rest_on(self, books: Books) -> None:
        """The books that the figures are made of; those of a partition that is not shown are what they were."""
        begun = {channel for partition, (channel, of) in books.items() if self._books.get(partition, of) != of}
        if begun:
            self._highest = {series: n for series, n in self._highest.items() if self._stands(series, begun)}
            self.has_news = True
        self._books |= {partition: of for partition, (_, of) in books.items()}

    def told(self, family: Metric) -> Metric:
        """A family as it is told: nothing in it is less than before."""
        if family.type in ("counter", "histogram"):
            for i, sample in enumerate(family.samples):
                series = sample.name, tuple(sample.labels.values())
                before = self._highest.get(series, 0)
                if sample.value < before:
                    family.samples[i] = sample._replace(value=before)
                elif sample.value > before:
                    self._highest[series] = sample.value
                    self.has_news = True
        return family

    def packed(self) -> bytes:
        """For whoever writes the snapshot next."""
        self.has_news = False
        highest = [(name, labels, value) for (name, labels), value in self._highest.items()]
        return msgspec.msgpack.encode(_Told(self._books, highest))

    def take_over(self, packed: bytes | None, books: Books) -> None:
        """Goes on with what the last writer has told, and what was told here, whichever is more of the same books.

        `packed` is None where nobody has told anything; `books` are those that the figures are made of now. Raises one
        of `streams.sealed.UNREADABLE`, and is as it was then.
        """
        theirs = self._unpacked(packed)
        for one in (self, theirs):
            one.rest_on(books)
        if any(self._books.get(partition, of) != of for partition, of in theirs._books.items()):
            self._highest.clear()  # of what is not shown now, its last writer knows which they are
        ours = {series: n for series, n in self._highest.items() if n > theirs._highest.get(series, 0)}
        self._books |= theirs._books
        self._highest = theirs._highest | ours
        self.has_news = theirs.has_news or bool(ours)

    def _stands(self, series: _Series, begun: set[str]) -> bool:
        """Whether it is of a channel, its first label, that has no new books; what is of all channels has some."""
        _, labels = series
        return bool(labels) and labels[0] in self._channels and labels[0] not in begun

    def _unpacked(self, packed: bytes | None) -> "Counters":
        told = _Told({}, []) if packed is None else msgspec.msgpack.decode(packed, type=_Told)
        made = Counters(self._channels)
        made._books = told.books
        made._highest = {(name, labels): value for name, labels, value in told.highest}
        return made
