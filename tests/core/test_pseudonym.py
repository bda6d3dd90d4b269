"""Keyed hashes of ids: of the published test vector, and of no use without the key."""

from hypothesis import given
from hypothesis import strategies as st
from siphashc import siphash

from streams.core.pseudonym import pseudonyms

IDS = st.text(min_size=1, max_size=200).filter(lambda id_: id_.isprintable())


def test_the_hash_is_siphash_2_4() -> None:
    """The example of Appendix A of Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012)."""
    assert siphash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


@given(IDS, IDS, st.binary(max_size=64), st.binary(max_size=64))
def test_one_id_has_one_pseudonym_under_one_key(one: str, other: str, key: bytes, other_key: bytes) -> None:
    assert pseudonyms(key)(one) == pseudonyms(key)(one) < 1 << 64
    assert (pseudonyms(key)(one) == pseudonyms(key)(other)) == (one == other)
    assert (pseudonyms(key)(one) == pseudonyms(other_key)(one)) == (key == other_key)
