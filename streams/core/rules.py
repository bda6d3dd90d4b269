"""What the fold needs to know of a contact centre, as plain values; `config` makes it from the files people tune.

May import: standard library, msgspec, by_source, definitions, scale, shown, source_queue.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from streams.core.by_source import SourceNames, Told
from streams.core.definitions import NEWEST_EDITION, WHOLE_CARD, Definitions
from streams.core.scale import EDGES_MS
from streams.core.shown import Naming, Placing, Source
from streams.core.source_queue import OTHER, SourceQueues

LEFT_REASONS = ("transferred", "overflow", "timeout", "closed", OTHER)  # that are told; others are inferred
STATE_VERSION: Final = 5  # of how facts and figures are written
BY_LINE: Final = 4  # the one before: by the configuration's lines, and waits between its edges alone


_FINGERPRINT_BYTES: Final = 8
_KEY_ID_BYTES: Final = 8

Line = Callable[[str, str, str | None], str]  # of channel, audience and queue


@dataclass(frozen=True)
class Rules:
    """Definitions that decide what an event contributes. All times in ms.

    Two workers with different rules would write different figures for the same log, so `fingerprint` is kept
    beside the state and checked when it is loaded.
    """

    coarse_edges_ms: tuple[int, ...]  # the scale of version 4, rising; version 5 has one of its own
    channels: tuple[str, ...]  # that events may be of; one of another is rejected, as is one of another audience
    audiences: tuple[str, ...]
    lines: Mapping[Source, str]  # the configured queues -> a line that each is shown as, or would be
    definitions: Definitions
    skew_ms: int  # the watermark runs at most this far ahead of the broker's clock
    future_ms: int  # an event dated later than its record's timestamp by more than this is rejected
    witnesses: int  # where that timestamp is the producer's: so many journeys may move the watermark further than that
    pane_retention_ms: int
    interval_retention_ms: int
    day_retention_ms: int
    timezone: ZoneInfo
    pseudonym_key: bytes = field(default=b"", repr=False)
    queue_key: bytes = field(default=b"", repr=False)  # of the queues' stand-ins; where there is none, the one above
    other_key: bytes = field(default=b"", repr=False)  # of pseudonyms, too: the next one, or the one before
    lately_ms: int = 0  # how long behind the watermark it is known who left: a source's report may be so old
    version: int = STATE_VERSION
    most_unknown: int = 1000  # queues of a partition that are not configured, and have figures of their own
    placings: Mapping[Source, Sequence[Placing]] = field(default_factory=dict)  # of those that are not always that line
    sources: tuple[Told, ...] = ()  # that are told apart; an event of another one is of "other"

    @cached_property
    def edges_ms(self) -> tuple[int, ...]:
        """The upper, inclusive edges of the wait histograms, rising."""
        return EDGES_MS if self.version > BY_LINE else self.coarse_edges_ms

    @cached_property
    def source_names(self) -> SourceNames:
        """What an event's `source` is called."""
        return SourceNames(self.sources)

    @cached_property
    def line(self) -> Line:
        """Where what is told of a queue is counted.

        By the queue's own stand-in, e.g. "phone/personbruker/52a0c2e1f0b94d7a", so that what it is called and shown as
        may change. In version 4 the line it is configured as, e.g. "phone/personbruker/helse"; a queue that is not
        configured is "…/other".
        """
        return SourceQueues(self.stand_ins_key).line if self.version > BY_LINE else self._configured

    def _configured(self, channel: str, audience: str, queue: str | None) -> str:
        known = None if queue is None else self.lines.get((channel, audience, queue))
        return known or f"{channel}/{audience}/{OTHER}"

    @property
    def stand_ins_key(self) -> bytes:
        """What the source's queues are told apart by."""
        return self.queue_key or self.pseudonym_key

    @cached_property
    def names(self) -> dict[str, str]:
        """What the configured queues are counted as -> their lines."""
        return {self.line(*told): line for told, line in self.lines.items()}

    def shown_as(self, line: str, at_ms: int) -> str | None:
        """The line of the configuration that something is shown as at an instant, counted in a state of any version.

        None is left out. What no queue of the configuration is named for then is "…/other", all of a channel and
        audience together.
        """
        counted = self.counted_as(line)
        return self.naming.at(at_ms).get(counted, f"{counted.rpartition('/')[0]}/{OTHER}")

    @cached_property
    def naming(self) -> Naming:
        """What the configured queues are shown as, and when."""
        return Naming(self.names, {self.line(*told): placings for told, placings in self.placings.items()})

    def counted_as(self, name: str) -> str:
        """Where what is counted under a name in a state of any version is counted today."""
        return self._counted_as.get(name, name)

    @cached_property
    def _counted_as(self) -> Mapping[str, str]:
        return {line: counted for counted, line in reversed(self.names.items())}  # the first that is named for it

    def of_version(self, version: int) -> "Rules":
        """The same, as another version has them. Version 4 has the definitions of the beginning alone."""
        if version not in self._versions:
            known = self.definitions
            one = known if version > BY_LINE else replace(known, terms=known.terms[:1])
            self._versions[version] = replace(self, version=version, definitions=one)
        return self._versions[version]

    @cached_property
    def _versions(self) -> dict[int, "Rules"]:
        return {self.version: self}

    @cached_property
    def under_other(self) -> "Rules":
        """The same, as who has the other pseudonym key for its own has them, and ours for the other."""
        return replace(self, pseudonym_key=self.other_key, queue_key=self.stand_ins_key, other_key=self.pseudonym_key)

    def earlier_edition_of(self, fingerprint: bytes) -> int | None:
        """The edition by which figures were counted that are the same in all else; None where there is none."""
        first = self.definitions.first
        for edition in range(1, first.edition):
            places = first.one_place if edition > 1 else ()
            memory_ms = first.memory_ms if edition > 2 else {}
            ghosts, while_open = (first.ghost_after_of_ms, first.while_open) if edition > 4 else ({}, ())
            is_whole = edition >= WHOLE_CARD
            terms = msgspec.structs.replace(
                first,
                edition=edition,
                one_place=places,
                memory_ms=memory_ms,
                ghost_after_of_ms=ghosts,
                while_open=while_open,
                letter_lost_ms=first.letter_lost_ms if is_whole else 0,
                conversations=first.conversations if is_whole else (),
            )
            if replace(self, definitions=Definitions((terms,))).version_of(fingerprint) is not None:
                return edition
        return None

    @property
    def other_key_id(self) -> bytes:
        """What the other key is known again by."""
        return blake2b(key=self.other_key, digest_size=_KEY_ID_BYTES, person=b"other key").digest()

    def made_by(self, fingerprint: bytes | None) -> "Rules | None":
        """Those that a state was made by which says so: ours, as they are under the other key, or those of the version
        before. None of any other.

        What says nothing, or nothing that could be one, is spoiled, as others find out; it is taken for ours.
        """
        if fingerprint is None or not _is_fingerprint(fingerprint):
            return self
        return self._fingerprints.get(fingerprint)

    def version_of(self, fingerprint: bytes | None) -> int | None:
        """Theirs; None of any that cannot be read."""
        found = self.made_by(fingerprint)
        return None if found is None else found.version

    @property
    def fingerprints(self) -> Iterable[bytes]:
        """Those of all states that can be read by these rules."""
        return self._fingerprints.keys()

    @cached_property
    def _fingerprints(self) -> Mapping[bytes, "Rules"]:
        todays = self.of_version(STATE_VERSION)
        others = [todays.under_other] if self.other_key else []
        return {
            rules.fingerprint(dated=dated, is_of_two_keys=is_of_two).encode(): rules
            for rules in (todays, *others, self.of_version(BY_LINE))
            for dated in ("", _DATED, *map(_dated_edition, range(2, NEWEST_EDITION + 1)))
            for is_of_two in (False, True)
        }

    @property
    def _dated(self) -> str:
        """How a fingerprint says what holds from later on."""
        first, last = self.definitions.first.edition, self.definitions.terms[-1].edition
        if last > first:
            return _dated_edition(last)
        return _DATED if self.definitions.later else ""

    def fingerprint(self, *, dated: str | None = None, is_of_two_keys: bool = False) -> str:
        """Changes with each definition of the configuration that changes a figure, and with how state is written.

        Of definitions those of the beginning. That there are later ones makes it another, too, for the sake of builds
        that do not know of such; which they are the state itself says: `dated` is "", or one of the marks of what there
        is. That an edition holds later is a mark of its own, as there are builds that know of dates and not of it.
        It is another for the same reason while journeys are remembered under the other key.

        Retention may change freely. Where code counts otherwise than before, STATE_VERSION is raised by hand.

        What queues there are, what they are called, and the targets' thresholds are no part of it since version 5.
        """
        first = self.definitions.first
        of_queues = [self.coarse_edges_ms, sorted(self.lines.items())]
        if self.version > BY_LINE:
            of_queues = [blake2b(self.stand_ins_key, digest_size=8).hexdigest()]
        parts = [
            self.version,
            *of_queues,
            sorted(first.short_abandon_ms.items()),
            (first.ghost_after_ms, first.promise_ms, first.promise_lost_ms),
            (first.horizon_ms, self.skew_ms, self.future_ms, self.witnesses),
            self.timezone.key,
            blake2b(self.pseudonym_key, digest_size=8).hexdigest(),
        ]
        if first.edition > 1:
            memory = [sorted(first.memory_ms.items())] if first.memory_ms else []
            by_channel = [sorted(first.ghost_after_of_ms.items()), first.while_open] if first.edition > 4 else []
            letters = [first.letter_lost_ms] if first.edition >= WHOLE_CARD else []
            talked = [first.conversations] if first.conversations else []
            parts.append((first.edition, first.one_place, *memory, *by_channel, *letters, *talked))
        if mark := self._dated if dated is None else dated:
            parts.append(mark)
        if is_of_two_keys:
            parts.append("of two keys")
        return blake2b(repr(parts).encode(), digest_size=_FINGERPRINT_BYTES).hexdigest()


_DATED: Final = "dated"


def _dated_edition(edition: int) -> str:
    """How a fingerprint says that an edition holds later on; while there were two, it was not said which."""
    return f"{_DATED} edition" if edition == 2 else f"{_DATED} edition {edition}"


def _is_fingerprint(text: bytes) -> bool:
    return len(text) == 2 * _FINGERPRINT_BYTES and text.isalnum()


class Places(Protocol):
    """What says where a queue is counted; `Rules`, as a rule."""

    @property
    def line(self) -> Line: ...  # noqa: D102
