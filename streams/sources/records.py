"""What a scenario puts on the wire. May import: the simulator, messy, model, scenarios, wire."""

from collections.abc import Iterator
from random import Random

from streams.sources.messy import disturb
from streams.sources.model import Centre
from streams.sources.scenarios import SCENARIOS
from streams.sources.simulator import events
from streams.sources.wire import Record, record

__all__ = ["Record", "records"]


def records(scenario: str, seed: int, start_ms: int, hours: float, centre: Centre | None = None) -> Iterator[Record]:
    """In order of the time they are sent, memory bounded. Raises KeyError for an unknown scenario."""
    stream = events(scenario, seed, start_ms, hours, centre)
    mess = SCENARIOS[scenario].mess
    if mess is not None:
        return disturb(stream, mess, Random(f"{seed}/mess"))
    return (record(ms, event) for ms, event in stream)
