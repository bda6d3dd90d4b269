"""Small documents, and what is said of all of them, as a worker writes them."""

import msgspec

from streams.serve.small import Believed, Small
from streams.web.held import Held

HELSE, ARBEID, GROUP = "phone/personbruker/helse", "phone/personbruker/arbeid", "phone/personbruker"
NAMES = (HELSE, ARBEID, GROUP)


def small(name: str, waiting: int | None = 0) -> bytes:
    """One queue or group, where so many wait."""
    return msgspec.json.encode(
        Small(name=name, state="open", is_open=True, opens_ms=None, closes_ms=9, waiting=waiting)
    )


def believed(until_ms: int, number: int = 1) -> bytes:
    """Until when."""
    return msgspec.json.encode(Believed(until_ms=until_ms, number=number, by="one"))


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return self.ms


def held(wall: Wall, waiting: int = 0) -> Held:
    """All three of them, read at once; may be believed until 1000."""
    made = Held(wall)
    made.take({name: small(name, waiting) for name in NAMES}, believed(1000))
    return made
