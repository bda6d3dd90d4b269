"""The queues that targets name: whether there are such, and on which days.

A line may have dates, and so may what it is made of. A target of it is judged on the days on which it is the centre's
own, and what it has come to is compared over days on which it is made of the same queues of the source: others bring
their history along. Pure. May import: cards, placing, spans, targets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from config.cards import Card
from config.placing import Placed, source_key
from config.queues import Kind
from config.spans import Span, days, without
from config.targets import Target
from streams.core.shown import Source

_AFTER_ALL = date.max.toordinal() + 1
KINDS: Mapping[Kind, str] = {"external": "outside the centre", "left out": "left out"}


def stretches(line: str, all_of_them: Iterable[Placed]) -> list[Span]:
    """When a line is there as one of the centre's own: a stretch of days for each that it is made of.

    Days on end alone are one stretch: where the line was away in between, its figures were, too.
    """
    own = [one for one in all_of_them if one.line == line and one.kind == "own"]
    begins = [one.days[0].toordinal() for one in own]
    ends = [one.days[1].toordinal() + 1 for one in own]
    edges = sorted({*begins, *ends})
    joined: list[tuple[set[Source], int, int]] = []
    for at, end in pairwise(edges):
        made_of = {source_key(one) for one, a, b in zip(own, begins, ends, strict=True) if a <= at < b}
        if not made_of:
            continue
        if joined and joined[-1][0] == made_of and joined[-1][2] == at:
            joined[-1] = made_of, joined[-1][1], end
        else:
            joined.append((made_of, at, end))
    return [_span(at, end) for _, at, end in joined]


def _span(first: int, after: int) -> Span:
    begins = None if first == date.min.toordinal() else date.fromordinal(first)
    return days(begins, None if after == _AFTER_ALL else date.fromordinal(after - 1))


def why_none(target: Target, all_of_them: Sequence[Placed]) -> str | None:
    """What is wrong with the queue that a target names; None where the centre has it, on some day at least."""
    of = [one for one in all_of_them if one.line == target.whose]
    if target.queue is None or any(one.kind == "own" for one in of):
        return None
    if of:
        return f"the queue {target.whose} is {KINDS[of[0].kind]}: a target is of the centre's own queues"
    group = f"{target.channel}/{target.audience}/"
    ids = dict.fromkeys(one.queue.id for one in all_of_them if one.line.startswith(group) and one.kind == "own")
    there = f"; there are {', '.join(ids)}" if ids else ""
    return f"there is no queue {target.queue} of {target.channel}, {target.audience}{there}"


def never(target: Target, card: Card, all_of_them: Sequence[Placed]) -> bool:
    """Whether the queue that a target names is there on none of the days on which that is in force."""
    in_force = target.common(card)
    there = stretches(target.whose, all_of_them)
    return target.queue is not None and in_force is not None and not any(one.overlaps(in_force) for one in there)


def absences(target: Target, card: Card, all_of_them: Sequence[Placed]) -> Iterator[Span]:
    """The days on which a target is in force and the queue that it names is not there."""
    in_force = target.common(card)
    if target.queue is not None and in_force is not None:
        yield from without(stretches(target.whose, all_of_them), in_force)
