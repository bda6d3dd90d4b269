"""Stand-ins for journey, contact and visit ids: no source's id reaches state, since it may hold who somebody is.

May import: standard library, siphashc.
"""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b

from siphashc import siphash

Key = int  # a pseudonym: 64 bits, unsigned
Pseudonyms = Callable[[str], Key]

_KEY_BYTES = 16


def pseudonyms(key: bytes) -> Pseudonyms:
    """The keyed hash of an id (SipHash-2-4, Aumasson and Bernstein 2012): the same in every process that has this key.

    Without the key nobody can try out whose it is. Among the 20 000 journeys of two days, two of a year's 4.5 million
    meet once in two hundred million years. It is six times as fast as a keyed blake2b, which was a fifth of the fold.
    """
    return partial(siphash, blake2b(key, digest_size=_KEY_BYTES).digest())
