"""A conversation: from when a stay was answered until it was over, where a channel's are counted.

It is over with its contact, or where it was passed on: told as a transfer, or else by the contact's being in a queue
again. See streams/MEASURES.md, *Conversations*. May import: standard library, the core.
"""

from collections.abc import Sequence

from streams.core.definitions import Definitions
from streams.core.stay import Stay, Told


def lost_at(stay: Stay, definitions: Definitions) -> int:
    """When one that is not over by then is presumed lost (epoch ms): as long after it began as a visit would be."""
    return stay.exit[0] + definitions.lost_at(stay.entered, stay.line) - stay.entered


def over_at(stay: Stay, told: Told, ends: Sequence[int], definitions: Definitions) -> int:
    """When it was over (epoch ms), given when its contact ended; `lost_at` where nothing tells of it by then."""
    answered = stay.exit[0]
    until = min((*(at for at in ends if at >= answered), lost_at(stay, definitions)))
    passed_on = [one.when for one in told.passed_on if one.passed_from is stay and one.when <= until]
    if not passed_on and stay.line.partition("/")[0] in definitions.at(stay.entered).one_place:
        passed_on = [one.entered for one in told.stays if one.contact == stay.contact and one.entered > answered]
    return min((until, *passed_on))
