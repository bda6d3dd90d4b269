"""The definitions that decide what an event counts, and from when on which of them hold.

A visit is judged by the terms of its entry, whatever comes of it later and whenever that is read; how late an event may
be goes by the watermark. Both are functions of event time alone, so that order and batches leave no trace across a
change of terms. See streams/MEASURES.md. May import: standard library, msgspec, open_hours, working_days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

import msgspec
from msgspec.structs import replace

from streams.core.open_hours import ALWAYS_OPEN, OpenHours
from streams.core.working_days import WorkingDays

NEVER: Final = 1 << 62
NEWEST_EDITION: Final = 6  # of streams/MEASURES.md
WHOLE_CARD: Final = 6  # the edition from which on letters and surveys count
SURVEYED_MS: Final = 7 * 86_400_000  # what is told so long after the rest of a survey is another one


class Terms(msgspec.Struct, array_like=True, frozen=True):
    """What holds from an instant on; `from_ms` in epoch ms, all others lengths in ms."""

    from_ms: int
    short_abandon_ms: dict[str, int]  # channel -> an abandon after at most this long is short
    ghost_after_ms: int  # a visit that has waited this long without an end is presumed lost
    promise_ms: int  # a callback without `promised_by` is overdue this long after it was asked for
    promise_lost_ms: int  # a callback still open this long after it was asked for is never going to be kept
    horizon_ms: int  # an event older than the watermark by more than this is late, and does not count
    edition: int = 1  # of streams/MEASURES.md: of which facts count, and how; by the earliest fact of a journey
    one_place: tuple[str, ...] = ()  # channels in which a contact is in one place at a time, rising
    memory_ms: dict[str, int] = {}  # channel -> a fact that comes so long after the one before is of another journey
    ghost_after_of_ms: dict[str, int] = {}  # channel -> `ghost_after_ms` where it is another one
    while_open: tuple[str, ...] = ()  # channels of whose waits it is counted, too, how long it was open, rising
    letter_lost_ms: int = 0  # a letter that is open for so long is presumed lost, and for so long they are remembered
    conversations: tuple[str, ...] = ()  # channels of which it is counted, too, how long one talks, rising

    def ghost_ms(self, channel: str) -> int:
        """For how long a visit in a channel waits without an end before it is presumed lost."""
        by_channel = self.ghost_after_of_ms
        return by_channel.get(channel, self.ghost_after_ms) if by_channel else self.ghost_after_ms

    @property
    def longest_ghost_ms(self) -> int:
        """The same in the channel where that is longest."""
        return max((self.ghost_after_ms, *self.ghost_after_of_ms.values()))


class Unlike(Exception):
    """Figures were counted by other definitions than those that they are to go on by."""

    def __init__(self, since_ms: int) -> None:
        super().__init__(since_ms)
        self.since_ms = since_ms  # from then on (epoch ms) they differ; 0: from the beginning


class Lateness(msgspec.Struct, frozen=True):
    """Below what an event is late, up to a watermark: less than `horizon_ms` before it, and than `floor_ms`."""

    horizon_ms: int
    floor_ms: int
    until_ms: int  # the watermark at which another holds


@dataclass(frozen=True)
class Definitions:
    """All terms there are, those of the beginning first, rising.

    What is asked of each journey again and again is worked out once, into plain attributes: a cached property takes ten
    times as long to read.
    """

    terms: tuple[Terms, ...]
    open_hours: OpenHours = field(default=ALWAYS_OPEN, compare=False)
    # The terms there are where there are no others, as nearly always.
    only: Terms | None = field(init=False, compare=False, repr=False)
    # The instants (epoch ms) from which on another edition holds than before.
    editions_from: tuple[int, ...] = field(init=False, compare=False, repr=False)
    # What lines begin with of whose waits it is counted how long they were open, at any time.
    told_open: tuple[str, ...] = field(init=False, compare=False, repr=False)
    # What lines begin with whose conversations are counted, at any time.
    talked: tuple[str, ...] = field(init=False, compare=False, repr=False)
    # The letters that either begin with: whoever is in a hurry asks for the first of a line before all of it.
    more_told_initials: str = field(init=False, compare=False, repr=False)
    # Letters and surveys count from this instant on (epoch ms).
    whole_card_from: int = field(init=False, compare=False, repr=False)
    # Conversations are, in any channel; `NEVER` where they are in none.
    talked_from: int = field(init=False, compare=False, repr=False)
    # As `close_after_ms` where the newest fact is of `close_from` (epoch ms) or later.
    close_ms: int = field(init=False, compare=False, repr=False)
    close_from: int = field(init=False, compare=False, repr=False)
    # No visit that has waited for less is presumed lost; no event that is older than the watermark by less is late.
    shortest_ghost_ms: int = field(init=False, compare=False, repr=False)
    shortest_horizon_ms: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Works out what is."""
        terms = self.terms
        told_open = sorted({f"{channel}/" for one in terms for channel in one.while_open})
        talked = sorted({f"{channel}/" for one in terms for channel in one.conversations})
        vars(self).update(
            only=terms[0] if len(terms) == 1 else None,
            editions_from=tuple(now.from_ms for before, now in pairwise(terms) if now.edition != before.edition),
            told_open=tuple(told_open),
            talked=tuple(talked),
            more_told_initials="".join(sorted({channel[0] for channel in (*told_open, *talked)})),
            whole_card_from=next((one.from_ms for one in terms if one.edition >= WHOLE_CARD), NEVER),
            talked_from=next((one.from_ms for one in terms if one.conversations), NEVER),
            close_ms=terms[0].ghost_after_ms,
            close_from=next((one.from_ms for one in terms if one.edition > 2), NEVER),
            shortest_ghost_ms=min(ms for one in terms for ms in (one.ghost_after_ms, *one.ghost_after_of_ms.values())),
            shortest_horizon_ms=min(one.horizon_ms for one in terms),
        )

    @property
    def first(self) -> Terms:
        """Those of the beginning."""
        return self.terms[0]

    @property
    def later(self) -> tuple[Terms, ...]:
        """The others."""
        return self.terms[1:]

    def at(self, when: int) -> Terms:
        """Those that hold at an instant (epoch ms)."""
        return self.only or _at(self.terms, when)

    def longest_at(self, when: int) -> Terms:
        """The longest of each that held by then: what began by then is over for good after so long."""
        return self.only or _at(self._longest, when)

    @property
    def longest(self) -> Terms:
        """The longest of each there is."""
        return self._longest[-1]

    @cached_property
    def _longest(self) -> tuple[Terms, ...]:
        found = [self.first]
        for terms in self.later:
            found.append(_longer(found[-1], terms))
        return tuple(found)

    def close_after_ms(self, newest: int) -> int:
        """What is told of one id within less is of one journey, where `newest` (epoch ms) is its newest fact: memory is
        nowhere shorter. No terms of a time to come have a say, so that what is counted is not seen otherwise with them.
        """
        return self.close_ms if newest >= self.close_from else NEVER

    @property
    def longest_memory_ms(self) -> int:
        """Where no callback is asked for, what comes so long after the fact before is of another journey: of visits."""
        return max((self.longest.longest_ghost_ms, *self.longest.memory_ms.values()))

    def memory_ms(
        self, when: int, channels: Iterable[str], *, promised: bool, written: bool = False, surveyed: bool = False
    ) -> int:
        """How long after an instant a fact still belongs to a journey that was in these channels by then, and where
        `promised` asked for a callback, or `written` is of letters, or `surveyed` of a survey.
        """
        longest = self.longest_at(when)
        by_channel = longest.memory_ms
        of_channels = max((by_channel.get(channel, 0) for channel in channels), default=0) if by_channel else 0
        of_promises, of_letters = longest.promise_lost_ms if promised else 0, longest.letter_lost_ms if written else 0
        return max(longest.ghost_after_ms, of_channels, of_promises, of_letters, SURVEYED_MS if surveyed else 0)

    def lost_at(self, entered: int, line: str) -> int:
        """When a visit that entered a line then is presumed lost."""
        terms = self.only or _at(self.terms, entered)
        return entered + (terms.ghost_ms(line.partition("/")[0]) if terms.ghost_after_of_ms else terms.ghost_after_ms)

    @property
    def goes_by_hours(self) -> bool:
        """Whether anything that is counted ever goes by when a channel is open."""
        return bool(self.told_open) or self.whole_card_from != NEVER

    def hours_matter_to(self, until: int, channels: Iterable[str]) -> set[str]:
        """Of these channels those of which it matters when they are open, by an instant (epoch ms): of waits while they
        are, and of working days, as letters may be of any.
        """
        found = {channel for terms in self.terms if terms.from_ms <= until for channel in terms.while_open}
        return found.union(channels) if until >= self.whole_card_from else found

    @cached_property
    def working_days(self) -> WorkingDays:
        """Which days letters' deadlines go by."""
        return WorkingDays(self.open_hours)

    def closed_ms(self, line: str, entered: int, until: int) -> int:
        """How long a line's channel was closed during a wait; 0 where that is not counted at its entry."""
        if not line.startswith(self.told_open):
            return 0
        channel = line.partition("/")[0]
        if channel not in self.at(entered).while_open:
            return 0
        return until - entered - self.open_hours.open_ms(channel, entered, until)

    def counts_conversation(self, line: str, entered: int) -> bool:
        """Whether it is counted how long one talks after a visit that entered a line then was answered."""
        return line.startswith(self.talked) and line.partition("/")[0] in self.at(entered).conversations

    def count_conversations(self, channels: Iterable[str], start: int, end: int) -> bool:
        """Whether it is counted how long one talks from one instant up to another, in any of these channels, and
        nowhere for a part of that time.
        """
        then = [self.at(start), *(terms for terms in self.later if start < terms.from_ms < end)]
        by_channel = [[channel in terms.conversations for terms in then] for channel in channels]
        counted = [of for of in by_channel if any(of)]
        return bool(counted) and all(map(all, counted))

    def late_before(self, watermark: int) -> int:
        """What is older than this is late. It never falls: a longer horizon reaches no further back than the shorter
        one did when it took over, as what was late by then may be forgotten.
        """
        found = self.lateness(watermark)
        before = watermark - found.horizon_ms
        return before if before > found.floor_ms else found.floor_ms

    def lateness(self, watermark: int) -> Lateness:
        """The same, in numbers that hold for a while."""
        stretches = self._stretches
        if watermark < stretches[0][1].until_ms:  # as nearly always
            return stretches[0][1]
        return next(lateness for _, lateness in stretches if watermark < lateness.until_ms)

    def leaves(self, instant: int) -> int:
        """The watermark from which on what is older than an instant is late: the least at which `late_before` is it."""
        if self.only is not None:
            return instant + self.only.horizon_ms
        reached = (
            (from_ms if lateness.floor_ms >= instant else max(from_ms, instant + lateness.horizon_ms), lateness)
            for from_ms, lateness in self._stretches
        )
        return next(watermark for watermark, lateness in reached if watermark < lateness.until_ms)

    @cached_property
    def _stretches(self) -> tuple[tuple[int, Lateness], ...]:
        """The watermarks at which another lateness holds, and which."""
        floor, found = -NEVER, []
        ends = (*(terms.from_ms for terms in self.later), NEVER)
        for terms, until in zip(self.terms, ends, strict=True):
            found.append((terms.from_ms, Lateness(terms.horizon_ms, floor, until)))
            floor = max(floor, until - terms.horizon_ms)
        return tuple(found)

    def check_goes_on(self, later: Sequence[Terms], counted_to: int) -> None:
        """Raises Unlike where what was counted up to an instant, by the same terms at first and others `later`, would
        have been counted otherwise by these.
        """
        since = self.differ_from(Definitions((self.first, *later)))
        if since is not None and since <= counted_to:
            raise Unlike(since)

    def differ_from(self, other: "Definitions") -> int | None:
        """The first instant from which on other terms hold; None where they are the same."""
        starts = sorted({terms.from_ms for terms in (*self.terms, *other.terms)})
        return next((at for at in starts if _undated(self.at(at)) != _undated(other.at(at))), None)


def _at(terms: tuple[Terms, ...], when: int) -> Terms:
    return next(one for one in reversed(terms) if one.from_ms <= when)


def _longer(one: Terms, other: Terms) -> Terms:
    return replace(
        other,
        ghost_after_ms=max(one.ghost_after_ms, other.ghost_after_ms),
        ghost_after_of_ms=_longer_ghosts(one, other),
        promise_ms=max(one.promise_ms, other.promise_ms),
        promise_lost_ms=max(one.promise_lost_ms, other.promise_lost_ms),
        horizon_ms=max(one.horizon_ms, other.horizon_ms),
        letter_lost_ms=max(one.letter_lost_ms, other.letter_lost_ms),
        memory_ms=_longer_by_channel(one, other),
    )


def _longer_by_channel(one: Terms, other: Terms) -> dict[str, int]:
    known = (one.memory_ms, other.memory_ms)
    return {channel: max(of.get(channel, 0) for of in known) for channel in one.memory_ms | other.memory_ms}


def _longer_ghosts(one: Terms, other: Terms) -> dict[str, int]:
    channels = one.ghost_after_of_ms | other.ghost_after_of_ms
    return {channel: max(one.ghost_ms(channel), other.ghost_ms(channel)) for channel in channels}


def _undated(terms: Terms) -> Terms:
    return replace(terms, from_ms=0)
