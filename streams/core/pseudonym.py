"""Stand-ins for journey, contact and visit ids: no source's id reaches state, since it may hold who somebody is.

May import: standard library.
"""

from hashlib import blake2b
from typing import Final

PSEUDONYM_BYTES: Final = 12  # 96 bits: among a million live ids two meet once in 10^17 tries
_REMEMBERED: Final = 200_000


class Pseudonyms(dict[str, bytes]):
    """`pseudonyms[id]` is the keyed hash of an id: the same in every process that has the same key.

    It remembers the recent ones, in memory alone, as an id comes back with each event of its journey.
    """

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._keyed = blake2b(digest_size=PSEUDONYM_BYTES, key=key)

    def __missing__(self, raw: str) -> bytes:
        if len(self) >= _REMEMBERED:
            self.clear()
        digest = self._keyed.copy()
        digest.update(raw.encode("utf-8", "surrogatepass"))
        pseudonym = self[raw] = digest.digest()
        return pseudonym
