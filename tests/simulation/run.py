"""One seed, one schedule, one outcome."""

import contextlib
from collections.abc import Callable, Collection, Iterator, MutableMapping
from typing import Any

import structlog

from streams.core.definitions import Unlike
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.other_rules import OtherRules
from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from tests.simulation.invariants import Broken
from tests.simulation.loop import START_S, EndlessSchedule, process_now
from tests.simulation.schedule import FAULTS, draw
from tests.simulation.simulated_time import simulated_time
from tests.simulation.world import Outcome, World


def simulate(
    seed: int,
    make_store: Callable[..., Store] = Store,
    make_partitions: Callable[..., Partitions] = Partitions,
    make_checkpointer: Callable[..., Checkpointer] = Checkpointer,
    kinds: Collection[str] = FAULTS.keys(),
) -> Outcome:
    """Runs the schedule of a seed. What is broken is in the answer, as is what it took."""
    world = World(draw(seed, kinds), make_store, make_partitions, make_checkpointer)
    outcome = world.outcome
    with simulated_time(world.loop, seed), _words_of(world):
        try:
            world.loop.run(world.run())
        except (Broken, EndlessSchedule, OtherRules, Unlike) as broken:  # the last two: nobody can go on with it
            outcome.broken = f"{type(broken).__name__}: {broken}"
    outcome.commits, outcome.steps = world.ledger.commits, world.loop.steps
    outcome.lasted_s = world.loop.time() - START_S
    return outcome


_MEASURED = {"after_s", "for_s"}  # by this machine's clock, which no seed repeats


@contextlib.contextmanager
def _words_of(world: World) -> Iterator[None]:
    """What the workers log is part of the trace."""

    def noted(_: Any, __: str, event: MutableMapping[str, Any]) -> Any:
        what = event.pop("event")
        said = sorted(item for item in event.items() if item[0] not in _MEASURED)
        world.note(process_now().name, "says:", what, *said)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[noted], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
