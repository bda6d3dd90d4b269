"""Which journeys the facts of one id make: another one begins where nothing was told for longer than is remembered.

So whether a fact belongs to what was told before depends on both instants alone, and not on when either came in. See
streams/MEASURES.md, *Memory*. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from streams.core.definitions import NEVER, SURVEYED_MS, Definitions, Terms
from streams.core.facts import (
    NO_FACTS,
    Journey,
    More,
    Visit,
    abandons_of,
    answers_of,
    attempts_of,
    begun_as_callbacks,
    bot_ends_of,
    connections_of,
    edition_of,
    ends_of,
    entries_of,
    failures_of,
    left_of,
    letters_of,
    requests_of,
    starts_of,
    surveys_of,
    transfers_of,
    versions_of,
)
from streams.core.in_full import InFull, OfBot, OfVisit, in_full, in_short
from streams.core.pseudonym import Key

Fact = TypeVar("Fact", int, tuple[int, Any], tuple[int, Any, Any], tuple[int, Any, Any, Any])


class _Told(NamedTuple):
    """One fact, reduced to what decides how long it is remembered."""

    when: int  # epoch ms
    channel: str = ""  # of a queue that was entered
    promised: bool = False  # a callback was asked for
    written: bool = False  # it is of a letter
    surveyed: bool = False  # it is of a survey


class _SoFar:
    """What was told of a journey so far. It can only lengthen how long that is remembered: what an earlier commit left
    of a journey is over no later than what a later one did (ingest/segments.py builds on it).
    """

    def __init__(self, first: int) -> None:
        self.first = self.newest = first
        self._channels: set[str] = set()
        self._promised = self._written = self._surveyed = False

    def goes_on(self, told: _Told) -> None:
        """With one more fact, in order."""
        self.newest = told.when
        self._promised |= told.promised
        self._written |= told.written
        self._surveyed |= told.surveyed
        if told.channel:
            self._channels.add(told.channel)

    def over_at(self, newest: int, definitions: Definitions) -> int:
        """A fact that comes then or later is of another journey, where `newest` was the last."""
        return newest + definitions.memory_ms(
            newest, self._channels, promised=self._promised, written=self._written, surveyed=self._surveyed
        )


def journeys_of(known: Journey, definitions: Definitions) -> Sequence[Journey]:
    """The journeys that the facts of an id make, one after the other; nearly always one."""
    if is_one(known, definitions):
        return (known,)
    return _between([part.first for part in _parts(known, definitions)], known)


def what_is_left(known: Journey, definitions: Definitions, late_before: int) -> Journey | None:
    """The facts of an id without those of its journeys that are over: what could belong to them is late. The last is
    over with the id. None where none is.
    """
    if is_one(known, definitions):
        return None
    *earlier, last = parts = _parts(known, definitions)
    left = next((part for part in earlier if part.over_at(part.newest, definitions) > late_before), last)
    return None if left is parts[0] else _between([left.first], known)[0]


def over_at(known: Journey, definitions: Definitions) -> int:
    """From when on (epoch ms) nothing that is told belongs to the last of its journeys: once what is older is late, the
    clock changes nothing of the id, and it is forgotten.
    """
    newest, longest = known.newest, definitions.only or definitions.longest_at(known.newest)
    if known.told_alone is not None:
        return newest + _memory_ms(known, newest, definitions)
    is_of_visits = known.more is None or not (known.more.letters or known.more.surveys)
    is_of_one = is_of_visits and not longest.ghost_after_of_ms and len(known.visits) == 1
    if is_of_one and _is_plain(known.visits[0], longest):
        return newest + longest.ghost_after_ms  # as nearly always
    if edition_of(known, definitions) < 3:
        promised = any(requests_of(visit) for visit in known.visits)
        of_others = 0 if is_of_visits else _memory_ms(known, newest, definitions)
        return newest + max(longest.longest_ghost_ms, longest.promise_lost_ms if promised else 0, of_others)
    parts = _parts(known, definitions)
    return parts[-1].over_at(newest, definitions) if parts else newest + longest.ghost_after_ms


def first_over_at(known: Journey, definitions: Definitions) -> int:
    """Likewise of the first of them."""
    if is_one(known, definitions):
        return over_at(known, definitions)
    first = _parts(known, definitions)[0]
    return first.over_at(first.newest, definitions)


def is_one(known: Journey, definitions: Definitions) -> bool:
    """Whether the facts are of one journey; nearly always they are too close to be of more, which is cheap to see."""
    close_ms = definitions.close_after_ms(known.newest)
    if close_ms == NEVER or known.newest - (earliest := known.earliest) < close_ms:
        return True
    if known.told_alone is not None and known.newest - earliest < _memory_ms(known, earliest, definitions):
        return True
    return edition_of(known, definitions) < 3 or len(_parts(known, definitions)) < 2


def _memory_ms(known: Journey, when: int, definitions: Definitions) -> int:
    """How long what is told of a letter, or a survey, is remembered; at later instants it is no shorter."""
    is_letter, only = bool(letters_of(known)), definitions.only
    if only is not None:  # as nearly always
        return max(only.ghost_after_ms, only.letter_lost_ms if is_letter else SURVEYED_MS)
    return definitions.memory_ms(when, (), promised=False, written=is_letter, surveyed=not is_letter)


def _is_plain(visit: Visit, longest: Terms) -> bool:
    """Whether it was entered once, in a channel with no longer memory, and has no callback."""
    if visit.further is not None or visit.callback is not None or visit.entered is None:
        return False
    return not longest.memory_ms or visit.line[: visit.line.index("/")] not in longest.memory_ms


def _parts(known: Journey, definitions: Definitions) -> list[_SoFar]:
    parts: list[_SoFar] = []
    for told in sorted(_told(known)):
        if not parts or told.when >= parts[-1].over_at(parts[-1].newest, definitions):
            parts.append(_SoFar(told.when))
        parts[-1].goes_on(told)
    return parts


def _told(known: Journey) -> Iterator[_Told]:
    for visit in known.visits:
        yield from _of_visit(visit)
    others = [at for contact, _ in known.ended or () for at in ends_of(known, contact)]
    others += [at for key in known.transfers or () for at, _ in transfers_of(known, key)]
    for bot in (known.bots or {}).values():
        others += [*starts_of(bot), *(at for at, _, _ in bot_ends_of(bot))]
    others += [at for told in begun_as_callbacks(known).values() for at in told]
    yield from map(_Told, others)
    yield from (_Told(at, surveyed=True) for told in surveys_of(known).values() for at, *_ in told)
    yield from (_Told(at, written=True) for told in letters_of(known).values() for at, *_ in told)


def _of_visit(visit: Visit) -> Iterator[_Told]:
    yield from (_Told(at, line.partition("/")[0]) for at, line, _ in entries_of(visit))
    yield from (_Told(at, promised=True) for at, _ in requests_of(visit))
    others = [*answers_of(visit), *abandons_of(visit), *(visit.offered or ()), *(visit.missed or ())]
    others += [*attempts_of(visit), *connections_of(visit)]
    others += [at for at, _ in left_of(visit)] + [at for at, _ in failures_of(visit)]
    yield from map(_Told, others)


class _Stretch(NamedTuple):
    """Of time: from an instant on, and before another (epoch ms)."""

    first: int
    until: int

    def of(self, told: Iterable[Fact]) -> list[Fact]:
        """What of it was told then; of each its instant, or that first."""
        return [one for one in told if self.first <= (one[0] if isinstance(one, tuple) else one) < self.until]


def _between(firsts: Sequence[int], known: Journey) -> list[Journey]:
    """What was told from each of these instants on, before the next."""
    return [_told_in(_Stretch(*stretch), known) for stretch in pairwise([*firsts, NEVER])]


def _told_in(stretch: _Stretch, known: Journey) -> Journey:
    visits, passed_on, ended, bots, callbacks, letters, surveys = in_full(known)
    made = in_short(
        InFull(
            {key: OfVisit(*map(stretch.of, told)) for key, told in visits.items()},  # type: ignore[arg-type]
            _by_key(stretch, passed_on),
            _by_key(stretch, ended),
            {contact: OfBot(stretch.of(of.started), stretch.of(of.ended)) for contact, of in bots.items()},
            _by_key(stretch, callbacks),
            _by_key(stretch, letters),
            _by_key(stretch, surveys),
        ),
        known,
    )
    with_version = _with_version(stretch, known)
    return replace(made, more=replace(made.more or More(), with_version=with_version)) if with_version else made


def _by_key(stretch: _Stretch, told: Mapping[Key, list[Fact]]) -> dict[Key, list[Fact]]:
    return {key: stretch.of(of) for key, of in told.items()}


def _with_version(stretch: _Stretch, known: Journey) -> dict[Key, dict[int, Journey]]:
    """The versions of contacts of which anything was told then."""
    told = {
        contact: {version: part for version, of in versions.items() if (part := _told_in(stretch, of)) != NO_FACTS}
        for contact, versions in versions_of(known).items()
    }
    return {contact: versions for contact, versions in told.items() if versions}
