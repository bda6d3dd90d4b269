"""What of a configuration still matters in a year: what is generated in it is made of no more than that.

So what is generated depends on the year and on nothing else of the clock, and stays right until the year is over, and
after. May import: config, spells.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from config import Centre
from config.cards import Card
from config.spans import DAY, Span
from config.targets import Target
from streams.generate.day_promises import dated
from streams.generate.spells import Spell, spells

_ALL: Final = "all"  # the one card of what is generated: its targets' dates say all


def from_year(centre: Centre, year: int) -> Centre:
    """With the spells that are in force in that year or later for targets. Where nothing looks back to one's first day,
    it has none.

    They are joined before what is over is left out: else a promise that stays as it is would seem to begin at New Year.
    """
    begins = date(year, 1, 1)
    known = begins - DAY  # no rule looks back for longer than some minutes
    targets = [_dated(spell, known, centre) for spell in spells(centre) if spell.days.last >= begins]
    promises = [
        one.model_copy(update={"card": _ALL, "from_": None if one.first <= known else one.from_})
        for one in dated(centre)
        if one.last >= begins
    ]
    edges = list(centre.shown_edges_ms)  # figures are shown by those of all that is configured
    of = {"cards": {_ALL: Card(label="")}, "in_force": _ALL, "all_targets": targets, "histogram": edges}
    return centre.model_copy(update=of | {"promises": promises})


def _dated(spell: Spell, known: date, centre: Centre) -> Target:
    since = None if spell.days.first <= known and not _was_before(spell, centre) else spell.days.from_
    return spell.target.model_copy(update={"card": _ALL, "from_": since, "until": spell.days.until})


def _was_before(spell: Spell, centre: Centre) -> bool:
    """Whether its queue was there in an earlier stretch: without a first day it would be of that, too."""
    target = spell.target
    return target.queue is not None and any(one.last < spell.days.first for one in centre.stretches_of(target.whose))


def years_until(centre: Centre, year: int) -> Iterator[int]:
    """A year, and those before it for which something else was made, the newest first.

    The dates are the spells': those of cards, of targets and of the queues that they name; and the promises'.
    """
    spans: list[Span] = [*(spell.days for spell in spells(centre)), *dated(centre)]
    dates = (day for span in spans for day in (span.from_, span.until) if day)
    made: object = None
    for at in range(year, min((year, *(day.year for day in dates))) - 1, -1):
        of = from_year(centre, at)
        if (of.all_targets, of.promises) != made:
            yield at
        made = of.all_targets, of.promises
