"""A state held against the recount of its log."""

from collections.abc import Sequence

from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.state import PartitionState
from streams.oracle import recount
from streams.oracle.compare import Difference, differences
from tests.events import Event, records


def unlike(state: PartitionState, log: Sequence[Event]) -> list[Difference]:
    """Where a state that these events came to, in this order, is not what a recount says."""
    expected = recount([one.recounted for one in records(log)], definitions_of(state.rules))
    return list(differences(expected, account(state)))
