"""Events decoded for the project's own contact centre, by the core and by the recount."""

import config
from streams import oracle
from streams.core.decode import decoder

CHANNELS, AUDIENCES = (tuple(table) for table in (config.load().channels, config.load().audiences))
decode = decoder(CHANNELS, AUDIENCES)


def oracle_decode(value: bytes | None) -> oracle.Event | str:
    """What the recount makes of a record's value."""
    return oracle.decode(value, CHANNELS, AUDIENCES)
