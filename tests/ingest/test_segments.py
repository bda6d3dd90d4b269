"""Journeys in segments, against a plain dict: whatever is written, deleted and loaded again, the same journeys."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.facts import Journey
from streams.core.pseudonym import Key
from streams.ingest import segments as tested
from streams.ingest.segments import MOST_SEGMENTS, Segments

# What one batch does: the journeys it touches, those it forgets, and whether the process dies after it.
Batch = tuple[set[int], set[int], bool]

keys = st.integers(0, 12)
batches = st.lists(st.tuples(st.sets(keys, max_size=5), st.sets(keys, max_size=3), st.booleans()), max_size=60)


class Model:
    """A partition's journeys, and the hash in Redis as it is after the same commits."""

    def __init__(self) -> None:
        self.live: dict[Key, Journey] = {}
        self.hash: dict[bytes, bytes] = {}
        self.segments = Segments()
        self.offset = 0

    def commit(self, touched: Iterable[int], forgotten: Iterable[int]) -> None:
        """Like a batch of the fold's: what it forgot may have begun anew in it, and is then among the touched."""
        self.offset += 1
        changed = {n: Journey(self.offset) for n in touched}
        gone = [n for n in forgotten if n in self.live and n not in changed]
        for key in gone:
            del self.live[key]
        self.live |= changed
        fields, emptied = self.segments.write(self.offset, changed, gone, self.live)
        self.hash |= {name.encode(): value for name, value in fields.items()}
        for name in emptied:
            del self.hash[name.encode()]  # what is to be deleted is there

    def die(self) -> None:
        """Loads what the hash holds; whoever loads knows which journeys are forgotten, as the fold does."""
        self.segments = Segments()
        loaded = dict(self.segments.load(self.hash))
        assert {key: loaded.get(key) for key in self.live} == self.live
        self.segments.retain(self.live)


def run(batches: Iterable[Batch]) -> Model:
    model = Model()
    for touched, forgotten, dies in batches:
        model.commit(touched, forgotten)
        if dies:
            model.die()
    model.die()
    return model


@settings(max_examples=300, deadline=None)
@given(batches)
def test_the_same_journeys_however_they_are_written(batches: list[Batch]) -> None:
    run(batches)


@settings(max_examples=300, deadline=None)
@given(batches=batches, most=st.integers(2, 6))
def test_and_when_small_segments_are_gathered(batches: list[Batch], most: int) -> None:
    before = tested.MOST_SEGMENTS, tested._GATHERED
    tested.MOST_SEGMENTS, tested._GATHERED = most, most // 2
    try:
        model = run(batches)
        assert len(model.hash) <= most + 1
    finally:
        tested.MOST_SEGMENTS, tested._GATHERED = before


def test_segments_are_bounded() -> None:
    model = Model()
    for n in range(3 * MOST_SEGMENTS):
        model.commit([n], [])
        assert len(model.hash) <= MOST_SEGMENTS
    assert len(model.live) == 3 * MOST_SEGMENTS
    model.die()


def test_a_journey_forgotten_while_segments_are_gathered() -> None:
    """In a line's 41st hour the oldest are forgotten, commit by commit; some commit gathers what they were in."""
    model = Model()
    for n in range(MOST_SEGMENTS):
        model.commit([n], [])
    model.commit([MOST_SEGMENTS], forgotten=[0])
    model.die()
