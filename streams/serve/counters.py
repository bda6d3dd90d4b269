"""Counters as Prometheus needs them: to it, one that falls began again at 0, and all that it has is new.

A late fact that corrects a figure down is no new beginning: the counter is held where it was until the books have
caught up, also by the next writer of the snapshot, and after a restart. Books that were begun anew are one: then the
counter is what they say. May import: msgspec, prometheus_client.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from prometheus_client.core import Metric

_Series = tuple[str, tuple[str, ...]]  # a sample's name, and the values of its labels
_Count = Annotated[float, msgspec.Meta(ge=0, le=2.0**63)]  # what is no number, or endless, no counter would pass again


class _Told(msgspec.Struct, array_like=True):
    """What Prometheus was told, as it lies in Redis."""

    books: dict[str, str]
    highest: list[tuple[str, tuple[str, ...], _Count]]


class Counters:
    """What Prometheus was last told of each counter, and of which books."""

    def __init__(self) -> None:
        self._books: dict[str, str] = {}  # partition -> which: another after each beginning
        self._highest: dict[_Series, float] = {}
        self.has_news = False  # since it was last packed

    def rest_on(self, books: Mapping[str, str]) -> None:
        """By partition, the books that the figures are made of; those of one that is not shown are what they were."""
        if any(self._books.get(partition, of) != of for partition, of in books.items()):
            self._highest.clear()
            self.has_news = True
        self._books |= books

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

    def take_over(self, packed: bytes | None) -> None:
        """Goes on with what the last writer has told; None where that is not known.

        Raises one of `streams.sealed.UNREADABLE`, and is as it was then.
        """
        told = _Told({}, []) if packed is None else msgspec.msgpack.decode(packed, type=_Told)
        self._books, self.has_news = told.books, False
        self._highest = {(name, labels): value for name, labels, value in told.highest}
