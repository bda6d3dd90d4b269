"""`python -m tests.past`: the table in streams/MEASURES.md, of simulated years that chose nothing."""

from collections.abc import Iterable

from streams.past.forecast_score import AS_LAST_YEAR, AS_SO_FAR, Foretold, scored
from tests.past.test_forecast import foretold_by_kind


def row(name: str, of: Iterable[Foretold]) -> str:
    """One row of it."""
    found = scored([*of])
    guesses = (found.widths_of_guesses[name] for name in (AS_SO_FAR, AS_LAST_YEAR))
    shares = (found.coverage or 0, found.width or 0, *guesses)
    return f"| {name} | {found.forecasts} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |"


def table() -> str:
    """By kind, by month, and all together."""
    by_kind = foretold_by_kind()
    every = [one for of in by_kind.values() for one in of]
    months = {f"month {month}": [one for one in every if one.at.month == month] for month in range(1, 12)}
    head = "| years | forecasts | held | width | as so far | as last year |\n|---|--:|--:|--:|--:|--:|"
    rows = (row(name, of) for name, of in {**by_kind, **months, "all": every}.items())
    return "\n".join((head, *rows))


if __name__ == "__main__":
    print(table())
