"""What of two accounts can be compared where one of them was made without the log's beginning.

A visit is over, and its journey forgotten, `horizon` and the longest memory after its last event. So visits counted
later than that after the last event that is gone are all told of in what is left of the log; what spans longer
(promises, journeys, transfers, who waits now, totals) is not. For a while after another edition of the definitions took
over, it is not either: by which one a visit counts is said by the earliest of its journey. Imports the core and the
recount's account.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TypedDict

from streams.core.account import Account
from streams.core.measure import Family, Kind, Unit
from streams.core.measures import ABANDONED_WAITS, ANSWERED_WAITS, MEASURES
from streams.core.measures import FAMILIES as ALL_FAMILIES
from streams.core.reading import Cell
from streams.core.rules import Rules
from streams.core.scale import BEYOND_MS, EDGES_MS
from streams.oracle import Account as Recounted

Rows = Mapping[int, Mapping[str, Cell]]  # by start (epoch ms) and line
_OF_A_VISIT = (Unit.VISITS, Unit.OFFERS)
VISITS = {measure.name for measure in MEASURES if measure.kind is Kind.COUNT and measure.unit in _OF_A_VISIT}
FAMILIES = (ANSWERED_WAITS, ABANDONED_WAITS)


def comparable_since_ms(first_kept_ms: int, rules: Rules) -> int:
    """The instant after which visits rest on the kept records alone, by the first one's timestamp; epoch ms.

    The timestamps of what is gone are taken as later than it by no more than the horizon.
    """
    longest = rules.definitions.longest
    since, lasts_ms = _over(first_kept_ms, rules, rules.definitions.longest_memory_ms), longest.promise_lost_ms
    # Of an edition that took over later, all journeys that were alive then began in what is kept; of one from before,
    # none is any more.
    of_either = range(
        first_kept_ms - lasts_ms, _over(first_kept_ms, rules, max(rules.definitions.longest_memory_ms, lasts_ms))
    )
    return max([since, *(at + lasts_ms for at in rules.definitions.editions_from if at in of_either)])


def all_comparable_since_ms(first_kept_ms: int, rules: Rules) -> int:
    """Likewise of all that is counted by the day: a promise that was made before then is settled, or lost, and so is a
    letter.
    """
    definitions, longest = rules.definitions, rules.definitions.longest
    lasts_ms = max(definitions.longest_memory_ms, longest.promise_lost_ms, longest.letter_lost_ms)
    return _over(first_kept_ms, rules, lasts_ms)


def _over(first_kept_ms: int, rules: Rules, lasts_ms: int) -> int:
    return first_kept_ms + rules.future_ms + 2 * rules.definitions.longest.horizon_ms + lasts_ms


class Comparable(TypedDict):
    """What of an account can be compared: the offset, and cells by start (epoch ms) and line."""

    offset: int
    panes: dict[int, dict[str, Cell]]
    intervals: dict[int, dict[str, Cell]]
    days: dict[int, dict[str, Cell]]


def comparable(account: Account | Recounted, since_ms: int) -> Comparable:
    """The offset, and what visits came to in the cells that start later than that."""
    return {
        "offset": account["offset"],
        "panes": _later(account["panes"], since_ms),
        "intervals": _later(account["intervals"], since_ms),
        "days": _later(account["days"], since_ms),
    }


def _later(rows: Rows, since_ms: int) -> dict[int, dict[str, Cell]]:
    kept = {start: row for start, row in rows.items() if start >= since_ms}
    return {start: {line: _of_visits(cell) for line, cell in row.items()} for start, row in kept.items()}


def _of_visits(cell: Cell) -> Cell:
    return {name: n for name, n in cell.items() if name in VISITS or _is_of_a_wait(name)}


def _is_of_a_wait(name: str) -> bool:
    return any(
        name in (family.count, family.sum_ms, family.max_ms) or name.startswith(f"{family.count}_in_")
        for family in FAMILIES
    )


def leave_out_unknown(account: Account | Recounted, counted_since: Mapping[str, int]) -> None:
    """Takes out what was not counted yet: of cells that begin before a measure is known, and since the beginning."""
    for measure, since_ms in counted_since.items():
        if since_ms:
            _leave_out({0: account["totals"]}, measure, since_ms)
            for rows in (account["panes"], account["intervals"], account["days"]):
                _leave_out(rows, measure, since_ms)


def _leave_out(rows: Rows, measure: str, since_ms: int) -> None:
    buckets = {family.histogram: f"{family.count}_in_" for family in ALL_FAMILIES}.get(measure)
    for cell in (cell for start, row in rows.items() if start < since_ms for cell in row.values()):
        for name in [name for name in cell if name == measure or (buckets and name.startswith(buckets))]:
            del cell[name]


def on_the_coarser_scale(expected: Recounted, found: Account, edges_ms: Sequence[int]) -> None:
    """Brings both to a coarser scale, in each cell that has waits which are known by that alone."""
    _bring({0: expected["totals"]}, {0: found["totals"]}, edges_ms)
    _bring(expected["panes"], found["panes"], edges_ms)
    _bring(expected["intervals"], found["intervals"], edges_ms)
    _bring(expected["days"], found["days"], edges_ms)


def _bring(expected: Rows, found: Rows, edges_ms: Sequence[int]) -> None:
    for start, row in found.items():
        for line, cell in row.items():
            families = [family for family in ALL_FAMILIES if cell.pop(family.coarse, 0)]
            for family in families:
                for one in (cell, expected.get(start, {}).get(line, {})):
                    _coarsen(one, family, edges_ms)


def _coarsen(cell: Cell, family: Family, edges_ms: Sequence[int]) -> None:
    """A cell with the counts of its buckets by name: those of one step of the coarser scale together."""
    for name, edge in zip(family.buckets(EDGES_MS), (*EDGES_MS, BEYOND_MS), strict=True):
        if n := cell.pop(name, 0):
            place = bisect_left(edges_ms, edge)
            coarser = f"{family.count} up to {edges_ms[place] if place < len(edges_ms) else 'inf'}"
            cell[coarser] = cell.get(coarser, 0) + n
