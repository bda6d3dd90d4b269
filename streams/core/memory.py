"""Which journeys the facts of one id make: another one begins where nothing was told for longer than is remembered.

So whether a fact belongs to what was told before depends on both instants alone, and not on when either came in. See
streams/MEASURES.md, *Memory*. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from streams.core.definitions import NEVER, Definitions
from streams.core.facts import (
    NOT_PROMISED,
    Bot,
    Callback,
    Further,
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
    requests_of,
    starts_of,
    transfers_of,
)
from streams.core.pseudonym import Key

_PROMISE: Final = "callback"  # in place of a channel: a callback was asked for
Told = tuple[int, str]  # when (epoch ms), and the channel of the queue that was entered, or `_PROMISE`, or nothing
Fact = TypeVar("Fact", int, tuple[int, Any], tuple[int, Any, Any])


class Part(NamedTuple):
    """One journey among the facts of an id, by instants (epoch ms)."""

    first: int
    over_at: int  # a fact that comes then or later is of another


def journeys_of(known: Journey, definitions: Definitions) -> Sequence[Journey]:
    """The journeys that the facts of an id make, one after the other; nearly always one."""
    if is_one(known, definitions):
        return (known,)
    firsts = [part.first for part in _parts(known, definitions)]
    return [_told_in(_Stretch(*stretch), known) for stretch in pairwise([*firsts, NEVER])]


def what_is_left(known: Journey, definitions: Definitions, late_before: int) -> Journey | None:
    """The facts of an id without those of its journeys that are over: what could belong to them is late. None where
    that is all of them, or none is over.
    """
    if is_one(known, definitions):
        return None
    parts = _parts(known, definitions)
    left = next((part.first for part in parts if part.over_at > late_before), parts[0].first)
    return None if left == parts[0].first else _told_in(_Stretch(left, NEVER), known)


def first_over_at(known: Journey, definitions: Definitions) -> int:
    """When (epoch ms) the first of its journeys is over: what is told from then on is of another."""
    return known.over_at(definitions) if is_one(known, definitions) else _parts(known, definitions)[0].over_at


def all_over_at(known: Journey, definitions: Definitions) -> int:
    """When (epoch ms) the last of them is, by which all that was told is forgotten."""
    if is_one(known, definitions):
        return known.over_at(definitions)
    return _told_in(_Stretch(_parts(known, definitions)[-1].first, NEVER), known).over_at(definitions)


def is_one(known: Journey, definitions: Definitions) -> bool:
    """Whether the facts are of one journey; nearly always they are too close to be of more, which is cheap to see."""
    after_ms = definitions.parts_after_ms
    if after_ms == NEVER or known.newest - known.earliest < after_ms:
        return True
    return edition_of(known, definitions) == 1 or len(_parts(known, definitions)) == 1


def _parts(known: Journey, definitions: Definitions) -> list[Part]:
    parts: list[Part] = []
    of: set[str] = set()
    for when, told in sorted(_told(known)):
        if not parts or when >= parts[-1].over_at:
            of = set()
            parts.append(Part(when, NEVER))
        of |= {told} if told else set()
        over_at = when + definitions.memory_ms(when, of - {_PROMISE}, promised=_PROMISE in of)
        parts[-1] = Part(parts[-1].first, over_at)
    return parts


def _told(known: Journey) -> Iterator[Told]:
    for visit in known.visits:
        yield from ((at, line.partition("/")[0]) for at, line, _ in entries_of(visit))
        yield from ((at, _PROMISE) for at, _ in requests_of(visit))
        yield from ((at, "") for at in _others(visit))
    yield from ((at, "") for contact, _ in known.ended or () for at in ends_of(known, contact))
    yield from ((at, "") for key in known.transfers or () for at, _ in transfers_of(known, key))
    for bot in (known.bots or {}).values():
        yield from ((at, "") for at in (*starts_of(bot), *(at for at, _, _ in bot_ends_of(bot))))
    yield from ((at, "") for told in begun_as_callbacks(known).values() for at in told)


def _others(visit: Visit) -> Iterator[int]:
    """When anything else was told of a visit than that it entered, or that a callback was asked for."""
    yield from (*answers_of(visit), *abandons_of(visit), *(at for at, _ in left_of(visit)))
    yield from (*(visit.offered or ()), *(visit.missed or ()))
    yield from (*attempts_of(visit), *connections_of(visit), *(at for at, _ in failures_of(visit)))


class _Stretch(NamedTuple):
    """Of time: from an instant on, and before another (epoch ms)."""

    first: int
    until: int

    def of(self, told: Iterable[Fact]) -> list[Fact]:
        """What of it was told then; of each its instant, or that first."""
        return [one for one in told if self.first <= (one[0] if isinstance(one, tuple) else one) < self.until]


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
    first = {contact: told[0] for contact, told in callbacks.items() if told}
    more = More(_several(ended), _several(transfers), first, _several(callbacks))
    return replace(made, more=more) if more != More() else made


def _several(told: dict[Key, list[Fact]]) -> dict[Key, list[Fact]]:
    return {key: instants for key, instants in told.items() if len(instants) > 1}


def _visit(visit: Visit, stretch: _Stretch) -> Visit | None:
    """What was told of a visit then; None: nothing was."""
    offers = [stretch.of(of or ()) for of in (visit.offered, visit.missed)]
    to_whom = [of if of is None else stretch.of(of) for of in (visit.offered_to, visit.missed_by)]
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
