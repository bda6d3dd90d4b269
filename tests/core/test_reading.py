"""A reading is let go of at once: a worker makes hundreds a second, each with every wait of its cell."""

import gc

import pytest

from streams.core.measures import ANSWERED_WAITS
from streams.core.reading import NotKnown, Reading


def test_a_reading_leaves_nothing_for_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        reading = Reading({"answered": 1}, unknown={"abandoned"})
        assert reading.waits(ANSWERED_WAITS).count == 1
        with pytest.raises(NotKnown):
            reading.get("abandoned", 0)
        del reading
        assert gc.collect() == 0
    finally:
        gc.enable()
