"""Which journeys the facts of one id make: another one begins where nothing was told for longer than is remembered.

So whether a fact belongs to what was told before depends on both instants alone, and not on when either came in. See
streams/MEASURES.md, *Memory*. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from streams.core.definitions import NEVER, Definitions, Terms
from streams.core.facts import (
    NOBODY,
    NOT_PROMISED,
    Bot,
    Callback,
    Further,
    Journey,
    More,
    Offer,
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
    requests_of,
    starts_of,
    transfers_of,
)
from streams.core.pseudonym import Key

Fact = TypeVar("Fact", int, tuple[int, Any], tuple[int, Any, Any])


class _Told(NamedTuple):
    """One fact, reduced to what decides how long it is remembered."""

    when: int  # epoch ms
    channel: str = ""  # of a queue that was entered
    promised: bool = False  # a callback was asked for


class _SoFar:
    """What was told of a journey so far. It can only lengthen how long that is remembered: what an earlier commit left
    of a journey is over no later than what a later one did (ingest/segments.py builds on it).
    """

    def __init__(self, first: int) -> None:
        self.first = self.newest = first
        self._channels: set[str] = set()
        self._promised = False

    def goes_on(self, told: _Told) -> None:
        """With one more fact, in order."""
        self.newest = told.when
        self._promised |= told.promised
        if told.channel:
            self._channels.add(told.channel)

    def over_at(self, newest: int, definitions: Definitions) -> int:
        """A fact that comes then or later is of another journey, where `newest` was the last."""
        return newest + definitions.memory_ms(newest, self._channels, promised=self._promised)


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
    newest, longest = known.newest, definitions.longest_at(known.newest)
    if len(known.visits) == 1 and _is_plain(known.visits[0], longest):  # as nearly always
        return newest + longest.ghost_after_ms
    if edition_of(known, definitions) < 3:
        promised = any(requests_of(visit) for visit in known.visits)
        return newest + (longest.promise_lost_ms if promised else longest.ghost_after_ms)
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
    close_ms = definitions.close_ms(known.newest)
    if close_ms == NEVER or known.newest - known.earliest < close_ms:
        return True
    return edition_of(known, definitions) < 3 or len(_parts(known, definitions)) < 2


def _is_plain(visit: Visit, longest: Terms) -> bool:
    """Whether it was entered once, in a channel with no longer memory, and has no callback."""
    if visit.further is not None or visit.callback is not None or visit.entered is None:
        return False
    return not longest.memory_ms or visit.line.partition("/")[0] not in longest.memory_ms


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
    visits = [_visit(visit, stretch) for visit in known.visits]
    ended = {contact: stretch.of(ends_of(known, contact)) for contact, _ in known.ended or ()}
    transfers = {key: stretch.of(transfers_of(known, key)) for key in known.transfers or ()}
    callbacks = {contact: stretch.of(told) for contact, told in begun_as_callbacks(known).items()}
    bots = {contact: _bot(bot, stretch) for contact, bot in (known.bots or {}).items()}
    made = Journey(
        known.newest,
        visits=[visit for visit in visits if visit is not None],
        ended=[(contact, told[0]) for contact, told in ended.items() if told] or None,
        bots={contact: bot for contact, bot in bots.items() if bot is not None} or None,
        transfers={key: told[0] for key, told in transfers.items() if told} or None,
        under_other=known.under_other,
    )
    began = {contact: told[0] for contact, told in callbacks.items() if told}
    more = More(_several(ended), _several(transfers), began, _several(callbacks))
    return replace(made, more=more) if more != More() else made


def _several(told: dict[Key, list[Fact]]) -> dict[Key, list[Fact]]:
    return {key: instants for key, instants in told.items() if len(instants) > 1}


def _visit(visit: Visit, stretch: _Stretch) -> Visit | None:
    """What was told of a visit then; None: nothing was."""
    offers = [stretch.of(of or ()) for of in (visit.offered, visit.missed)]
    to_whom = [of if of is None else _named(stretch.of(of)) for of in (visit.offered_to, visit.missed_by)]
    entered, left = stretch.of(entries_of(visit)), stretch.of(left_of(visit))
    answered, abandoned = stretch.of(answers_of(visit)), stretch.of(abandons_of(visit))
    requested, failed = stretch.of(requests_of(visit)), stretch.of(failures_of(visit))
    attempted, connected = stretch.of(attempts_of(visit)), stretch.of(connections_of(visit))
    kinds = (entered, answered, abandoned, left, requested, attempted, connected, failed)
    if not any((*kinds, *offers)):
        return None
    made = Visit(
        visit.key,
        answered=_first(answered),
        abandoned=_first(abandoned),
        offered=offers[0] or None,
        missed=offers[1] or None,
        offered_to=to_whom[0],
        missed_by=to_whom[1],
    )
    if entered:
        made.entered, made.line, made.contact = entered[0]
    if left:
        made.left, made.left_reason = left[0]
    if requested or attempted or connected or failed:
        made.callback = Callback(attempted=_first(attempted), connected=_first(connected))
        if requested:
            made.callback.requested, by = requested[0]
            made.callback.promised_by = None if by == NOT_PROMISED else by
        if failed:
            made.callback.failed, is_other = failed[0]
            made.callback.cancelled = not is_other
    if any(len(told) > 1 for told in kinds):
        made.further = Further(*(told if len(told) > 1 else None for told in kinds))  # type: ignore[arg-type]
    return made


def _named(offers: list[Offer]) -> list[Offer] | None:
    """Offers, where any agent is named in them."""
    return offers if any(agent != NOBODY for _, agent in offers) else None


def _bot(bot: Bot, stretch: _Stretch) -> Bot | None:
    starts, ends = stretch.of(starts_of(bot)), stretch.of(bot_ends_of(bot))
    if not starts and not ends:
        return None
    made = Bot(_first(starts), starts=starts if len(starts) > 1 else None, ends=ends if len(ends) > 1 else None)
    if ends:
        made.ended, made.outcome, made.line = ends[0]
    return made


def _first(instants: Sequence[int]) -> int | None:
    return instants[0] if instants else None
