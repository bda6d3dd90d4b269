"""The queues of the source by stand-ins of their own, as nobody knows yet what they are, or will be called.

A source has dozens of queues, and changes them by the month. So figures are kept by what the source says, whatever is
configured: a queue that nobody has named yet is counted all the same, and brings its history along when it is named.
Its name itself is not kept, as an unknown one may be anything, a customer's number too. May import: standard library.
"""

from hashlib import blake2b
from typing import Final
from unicodedata import normalize

OTHER: Final = "other"  # where it is not told which queue, destination or reason, or it is not a configured one

_STAND_IN_BYTES: Final = 8


def is_other(line: str) -> bool:
    """Whether it is where all queues are counted together that are no lines of their own."""
    return line.endswith(f"/{OTHER}")


def normalized(queue: str) -> str:
    """One way to write a queue's name: composed (NFC), without case, and without space around it."""
    return normalize("NFC", normalize("NFC", queue).casefold()).strip()


class SourceQueues:
    """Names the queues of one state. Its key is never changed while that lives: nobody could name them again."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32, person=b"source queue").digest()

    def line(self, channel: str, audience: str, queue: str | None) -> str:
        """Where a queue is counted: "channel/audience/" and its stand-in; "…/other" where none is told."""
        return f"{channel}/{audience}/{OTHER if queue is None else self._stand_in(queue)}"

    def _stand_in(self, queue: str) -> str:
        name = normalized(queue).encode()
        return blake2b(name, key=self._key, digest_size=_STAND_IN_BYTES).hexdigest()
