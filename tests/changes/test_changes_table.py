"""Each change of a configuration in the midst of a year: what it did, and what the documents say of it."""

from typing import Any

import pytest

from streams.redis_client import Client
from tests.changes.rows import ROWS
from tests.changes.table import PAGE, line
from tests.changes.trying import Outcome, tried
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
