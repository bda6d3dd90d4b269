"""Each change of a configuration in the midst of a year: what it did, and what the documents say of it."""

from typing import Any

import pytest

from streams.core.facts import edition_of
from streams.ingest.other_rules import OtherEdition
from streams.redis_client import Client
from tests.changes.rows import ROWS
from tests.changes.table import PAGE, line
from tests.changes.trying import Outcome, tried
from tests.changes.year import CHANGE_AT, LOG, NAME, Year
from tests.serve.publishing import run


@pytest.mark.parametrize("change", ROWS)
def test_a_year_survives_it_and_the_table_says_how(change: str, redis_url: str) -> None:
    found: list[Outcome] = []

    async def does(client: Client) -> Any:
        found.append(await tried(ROWS[change], client))

    run(redis_url, does)
    (outcome,) = found
    assert outcome.differences == 0
    assert outcome.away == (outcome.takes == "rebuild"), "figures are away, and nothing is made anew"
    assert line(change, outcome) in PAGE.read_text().splitlines(), "make the table anew: python -m tests.changes.table"


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [("the second", 1, 2), ("the third", 2, 3), ("the fourth", 3, 4), ("the sixth", 5, 6)],
)
def test_figures_of_an_earlier_edition_are_told_how_to_go_over(
    change: str, before: int, after: int, redis_url: str
) -> None:
    since_ever = ROWS["another edition of the definitions, since ever"]
    by_date = ROWS[f"{change} edition of the definitions, from a date on"]

    async def does(client: Client) -> Any:
        await client.flushall()
        year = Year(client)
        await year.count(by_date.old, CHANGE_AT)
        store = year.store(since_ever.new)
        for refused in (year.count(since_ever.new, len(LOG)), store.load(NAME), store.check_readable([NAME])):
            with pytest.raises(OtherEdition, match=f"say `edition = {before}` in"):
                await refused
        await year.store(by_date.new).check_readable([NAME])
        state = await year.count(by_date.new, len(LOG))
        editions = [edition_of(journey, state.rules.definitions) for journey in state.journeys.values()]
        assert set(editions) == {after}, "who is remembered by then began after it"
        assert await year.differences(by_date.new) == 0

    run(redis_url, does)
