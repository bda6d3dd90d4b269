"""Stand-ins for journey, contact and visit ids: no source's id reaches state, since it may hold who somebody is.

May import: standard library.
"""

from hashlib import blake2b
from typing import Final

PSEUDONYM_BYTES: Final = 12  # 96 bits: among a million live ids two meet once in 10^17 tries
_REMEMBERED: Final = 8_192  # ids of some hours; few enough to stay in a processor's cache


class Pseudonyms(dict[str, bytes]):
    """`pseudonyms[id]` is the keyed hash of an id: the same in every process that has the same key.

    It remembers the recent ones, in memory alone, as an id comes back with each event of its journey: two generations,
    the older of which is let go when the younger has grown.
    """

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._keyed = blake2b(digest_size=PSEUDONYM_BYTES, key=key).copy
        self._older: dict[str, bytes] = {}

    def __missing__(self, raw: str) -> bytes:
        pseudonym = self._older.get(raw)
        if pseudonym is None:
            digest = self._keyed()
            digest.update(raw.encode())  # never half a surrogate pair: decoding saw to it
            pseudonym = digest.digest()
        self[raw] = pseudonym
        return pseudonym

    def let_go(self) -> None:
        """To be called now and then."""
        if len(self) >= _REMEMBERED:
            self._older = dict(self)
            self.clear()
