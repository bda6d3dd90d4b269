"""Counters as Prometheus needs them: to it, one that falls began again at 0, and all that it has is new.

A late fact that corrects a figure down is no new beginning: the counter is held where it was until the books have
caught up, also by the next writer of the snapshot, and after a restart. Books that were begun anew are one, and so are
those of queues that are shown as other lines: then the counter is what they say, of their channel alone. Another state
that is served is none: it has other figures of the past, and its counters rest on what the one before had told, and
rise by what it counts from then on. May import: the core, settings, msgspec, prometheus_client.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated

import msgspec
from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from streams.settings import MAIN

Books = Mapping[str, tuple[str, str]]  # by partition its channel, and which books: others after each beginning
_Series = tuple[str, tuple[str, ...]]  # a sample's name, and the values of its labels
_Values = list[tuple[str, tuple[str, ...], float]]
_Count = Annotated[float, msgspec.Meta(ge=0, le=2.0**63)]  # what is no number, or endless, no counter would pass again


class _Told(msgspec.Struct, array_like=True):
    """What Prometheus was told, as it lies in Redis."""

    books: dict[str, str]
    highest: list[tuple[str, tuple[str, ...], _Count]]
    state: str = MAIN  # whose books they are
    rests: _Values = []  # by how much a counter is more than its books
    awaited: _Values = []  # what the state before had told of what this one has not shown yet


class Counters:
    """What Prometheus was last told of each counter, and of which books; `channels` are those of the configuration, and
    `state` is whose books they are.
    """

    def __init__(self, channels: Collection[str], state: str = MAIN) -> None:
        self._channels = channels
        self._state = state
        self._books: dict[str, str] = {}
        self._highest: dict[_Series, float] = {}
        self._rests: dict[_Series, float] = {}
        self._awaited: dict[_Series, float] = {}
        self.has_news = False  # since it was last packed

    def rest_on(self, books: Books) -> None:
        """The books that the figures are made of; those of a partition that is not shown are what they were."""
        begun = {channel for partition, (channel, of) in books.items() if self._books.get(partition, of) != of}
        if begun:
            for known in (self._highest, self._rests, self._awaited):
                for series in [series for series in known if not self._stands(series, begun)]:
                    del known[series]
            self.has_news = True
        self._books |= {partition: of for partition, (_, of) in books.items()}

    def told(self, family: Metric) -> Metric:
        """A family as it is told: nothing in it is less than before."""
        for i, (series, sample) in enumerate(_counted(family)):
            if series in self._awaited:
                self._go_on(series, sample.value)
            value, before = sample.value + self._rests.get(series, 0), self._highest.get(series, 0)
            family.samples[i] = sample._replace(value=max(value, before))
            if value > before:
                self._highest[series] = value
                self.has_news = True
        return family

    def _go_on(self, series: _Series, value: float) -> None:
        """From what the state before had told of a counter; `value` is what the books of this one say of it."""
        self._highest[series] = self._awaited.pop(series)
        self._rests[series] = self._highest[series] - value
        self.has_news = True

    def packed(self) -> bytes:
        """For whoever writes the snapshot next."""
        self.has_news = False
        parts = _listed(self._highest), self._state, _listed(self._rests), _listed(self._awaited)
        return msgspec.msgpack.encode(_Told(self._books, *parts))

    def take_over(
        self, packed: bytes | None, books: Books, shown: Iterable[Metric] = (), now: Iterable[Metric] = ()
    ) -> None:
        """Goes on with what the last writer has told, and what was told here, whichever is more of the same books.

        `packed` is None where nobody has told anything; `books` are those that the figures are made of now. Where
        another state has told, it goes on from there: `shown` is what that showed last, scraped or not, and `now` is
        what our own figures are. Raises one of `streams.sealed.UNREADABLE`, and is as it was then.
        """
        theirs = self._unpacked(packed)
        if theirs._state != self._state:
            self._follow(theirs, books, shown, now)
            return
        for one in (self, theirs):
            one.rest_on(books)
        if any(self._books.get(partition, of) != of for partition, of in theirs._books.items()):
            self._highest.clear()  # of what is not shown now, its last writer knows which they are
        ours = {series: n for series, n in self._highest.items() if n > theirs._highest.get(series, 0)}
        self._books |= theirs._books
        self._highest = theirs._highest | ours
        self._rests, self._awaited = self._rests | theirs._rests, self._awaited | theirs._awaited
        self.has_news = theirs.has_news or bool(ours)

    def _follow(self, theirs: "Counters", books: Books, shown: Iterable[Metric], now: Iterable[Metric]) -> None:
        """Goes on from what another state has told."""
        told = {at: sample.value for family in shown for at, sample in _counted(theirs.told(family))}
        self._books = {partition: of for partition, (_, of) in books.items()}
        self._highest, self._rests, self._awaited = {}, {}, theirs._awaited | theirs._highest | told
        for family in now:
            self.told(family)
        self.has_news = True

    def _stands(self, series: _Series, begun: set[str]) -> bool:
        """Whether it is of a channel, its first label, that has no new books; what is of all channels has some."""
        _, labels = series
        return bool(labels) and labels[0] in self._channels and labels[0] not in begun

    def _unpacked(self, packed: bytes | None) -> "Counters":
        told = _Told({}, [], self._state) if packed is None else msgspec.msgpack.decode(packed, type=_Told)
        made = Counters(self._channels, told.state)
        made._books = told.books
        made._highest, made._rests, made._awaited = map(_by_series, (told.highest, told.rests, told.awaited))
        return made


def _counted(family: Metric) -> list[tuple[_Series, Sample]]:
    """The samples of a counter or a histogram; of anything else none."""
    samples = family.samples if family.type in ("counter", "histogram") else []
    return [((sample.name, tuple(sample.labels.values())), sample) for sample in samples]


def _listed(values: Mapping[_Series, float]) -> _Values:
    return [(name, labels, value) for (name, labels), value in values.items()]


def _by_series(listed: _Values) -> dict[_Series, float]:
    return {(name, labels): value for name, labels, value in listed}
