"""From one pseudonym key to the other: what was each partition's own is under the other from then on, and back.

No pseudonym can be made anew, as nobody has the id any more. So a journey stays under the key that it began under, with
all that is heard of it, until it is forgotten; only what begins from then on is under the new one. Pure. May import:
the core, msgspec.
"""

from copy import copy

from msgspec.structs import replace

from streams.core.ahead import Ahead, Early
from streams.core.facts import Journey
from streams.core.state import PartitionState


def rotated(state: PartitionState) -> PartitionState:
    """The same state as who has the other key for its own goes on with it; one of the two is to be let go of then."""
    made = copy(state)
    made.rules = state.rules.under_other
    made.ids, made.other_ids = state.other_ids, state.ids
    made.journeys = {key: _journey(journey) for key, journey in state.journeys.items()}
    made.under_other = len(state.journeys) - state.under_other
    made.ahead = Ahead(state.rules.witnesses)
    for fact in state.ahead:
        made.ahead.add(_fact(fact))
    return made


def _journey(journey: Journey) -> Journey:
    return replace(journey, under_other=not journey.under_other)


def _fact(fact: Early) -> Early:
    return fact if fact.witness is None else replace(fact, under_other=not fact.under_other)
