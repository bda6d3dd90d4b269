"""The states of an installation as commands see them: which is served, and whether another could be.

Imports serve, ingest and keys.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from streams.cli.app import EXIT_USAGE, CommandError
from streams.cli.comparable import comparable_since_ms
from streams.core.calendar import next_day
from streams.core.rules import Rules
from streams.ingest.store import Place, Store
from streams.keys import Keys
from streams.partition_names import in_a_sentence
from streams.past.history import Span
from streams.past.history_cells import first_days
from streams.redis_client import Client
from streams.sealed import UNREADABLE, Spoiled, typed
from streams.serve.configuration import Configured, configured, left_in
from streams.serve.documents import Snapshot
from streams.serve.follower import read_document
from streams.serve.of_now import why_not_of_now
from streams.serve.serving import served
from streams.settings import MAIN, STATE_NAME, Settings


@dataclass(frozen=True, slots=True)
class State:
    """One of them, as it stands."""

    name: str
    keys: Keys
    is_served: bool
    document: Snapshot | None  # that it shows; None: nobody writes any
    partitions: frozenset[str]
    now_ms: int

    @property
    def why_not_whole(self) -> str:
        """What it lacks to be shown to others, in a sentence; empty where it lacks nothing."""
        if self.document is None:
            start = "svartid worker" if self.name == MAIN else f"SVARTID_SHADOW={self.name} svartid worker"
            return f"no worker shows the state {self.name}: start `{start}`"
        why = why_not_of_now(self.document, self.now_ms)
        return "" if why is None else f"{self.name}: {why}"

    def why_not_instead(self, of: "State") -> str:
        """What keeps it from being served instead of another; empty where nothing does."""
        lacks = sorted(of.partitions - self.partitions)
        if lacks and self.document is not None:
            todo = f"which {of.name} does: give its workers the same SVARTID_TOPICS"
            return f"{self.name} does not read {in_a_sentence(lacks)}, {todo}"
        return self.why_not_whole


async def state(client: Client, settings: Settings, name: str) -> State:
    """One of them. Raises Spoiled."""
    keys = keys_of(settings, name)
    is_served = (await served(client, keys)).state == name
    try:
        document = await read_document(client, keys)
    except Spoiled:
        document = None  # whoever lives writes it anew
    members = await typed(keys.partitions, client.smembers(keys.partitions))
    names = frozenset(member.decode(errors="replace") for member in members)
    return State(name, keys, is_served, document, names, settings.clock.now_ms())


def keys_of(settings: Settings, name: str) -> Keys:
    """Its keys. Raises CommandError where no state can have this name."""
    if not re.fullmatch(STATE_NAME, name):
        told = f"{name!r} is no name of a state: it is {MAIN}, or what SVARTID_SHADOW calls it"
        raise CommandError(told, EXIT_USAGE)
    return Keys(settings.namespace, "" if name == MAIN else name)


async def two_of(client: Client, settings: Settings, chosen: Sequence[str]) -> tuple[str, str]:
    """Those that are named; else the one that is served, and the other. Raises CommandError where that is not clear."""
    keys = Keys.of(settings)
    one = chosen[0] if chosen else (await served(client, keys)).state
    if len(chosen) > 1:
        return one, chosen[1]
    members = await typed(keys.states, client.smembers(keys.states))
    others = sorted({MAIN, *(member.decode(errors="replace") for member in members)} - {one})
    shown = [name for name in others if await client.get(keys_of(settings, name).aside) is not None]
    if len(shown) == 1:
        return one, shown[0]
    known = f"there are {', '.join(shown)}: name one" if shown else "start `SVARTID_SHADOW=green svartid worker`"
    raise CommandError(f"no other state than {one} is clearly meant: {known}", EXIT_USAGE)


async def made_by(client: Client, of: State, settings: Settings) -> Configured:
    """The configuration that its workers have left. Raises CommandError."""
    try:
        left = await left_in(client, of.keys.configuration)
    except (Spoiled, *UNREADABLE):
        left = None
    if left is None:
        raise CommandError(f"no worker has left the configuration of {of.name}: start one")
    return configured(left.texts, f"what {of.name} is shown by", *settings.keys)


async def places(client: Client, of: State, by: Configured, settings: Settings) -> dict[str, Place | None]:
    """How far each of its partitions is counted."""
    return await Store(client, of.keys, by.rules, settings.instance).places(sorted(of.partitions))


@dataclass(frozen=True, slots=True)
class Side:
    """A state, by what it is shown, and since when it has days."""

    state: State
    by: Configured
    first: Mapping[str, int]  # by partition that is read, when its first day began (epoch ms)

    @property
    def zone(self) -> ZoneInfo:
        """Whose days they are."""
        return ZoneInfo(self.by.centre.timezone)

    def whole_since_ms(
        self, found: Mapping[str, Place | None], since: Callable[[int, Rules], int] = comparable_since_ms
    ) -> int | None:
        """The first midnight (epoch ms) from which on it has days wholly, as it began in the middle of a log; `since`
        says what is whole how long after the first kept record. None where it has them all.
        """
        begun = {name for name, place in found.items() if place and (place.past.began or place.past.lost)}
        kept = [since(next_day(day, self.zone), self.by.rules) for name, day in self.first.items() if name in begun]
        return Span.of(max(kept), 0, "1d", self.zone).from_ms if kept else None


async def side_of(client: Client, settings: Settings, of: State) -> Side:
    """As it stands now. Raises CommandError where no worker has left its configuration."""
    return Side(of, await made_by(client, of, settings), await first_days(client, of.keys, of.partitions))
