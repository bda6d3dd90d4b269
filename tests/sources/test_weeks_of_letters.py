"""Weeks of simulated letters and surveys over a bad feed: what the fold counts is what a recount comes to."""

import dataclasses
from random import Random

import pytest

import config
from streams.cli.verify import definitions_for
from streams.core.account import account
from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.core.working_days import DAY_MS
from streams.oracle import differences, recount
from streams.sources.nks import nks
from streams.sources.records import records
from tests.events import CREATE_TIME, Record
from tests.sources.days import at_ms

RULES = config.load().rules(b"a key")
LETTERS_ALONE = dataclasses.replace(
    nks(),
    lines=(),
    pools={},
    bots=(),
    outside=(),
    written=tuple(dataclasses.replace(one, per_day=one.per_day / 20) for one in nks().written),
)


@pytest.mark.fault(12, 14)
@pytest.mark.parametrize("scenario", ["normal", "messy"])
def test_weeks_of_letters_are_counted_as_they_are_recounted(scenario: str) -> None:
    """Over Easter and the first of May, with its own chance in where batches end."""
    sent = list(records(scenario, 7, at_ms("2025-04-07T00:00"), 24 * 45, LETTERS_ALONE))
    log = [
        Record(offset, one.timestamp_ms, one.value, CREATE_TIME)
        for offset, one in enumerate(one for one in sent if one.channel == "written")
    ]
    state, rng, first = PartitionState(RULES), Random(7), 0
    while first < len(log):
        size = rng.randint(1, 400)
        fold(state, log[first : first + size])
        state.note_open_days()
        first += size
    expected = recount([one.recounted for one in log], definitions_for(state))
    assert [str(one) for one in differences(expected, account(state))] == []
    sto, bto = (state.aggregates.totals[RULES.line("written", "personbruker", queue)] for queue in ("sto", "bto"))
    assert all(bto[f"letters_{what}"] > 0 for what in ("received", "answered", "reclassified", "moved", "held"))
    assert sto["letters_within_2"] + sto["letters_missed_2"] > 1000
    assert 0 < sto["letter_days_sum_ms"] / sto["letters_answered"] < 4 * DAY_MS
    assert sto["survey_answered"] < sto["survey_invited"]
    assert sum(len(of) for of in state.open_now.letters.values()) > 10
