"""The consumer group's coordinator: who is a member, who reads what, and how late each is told.

A rebalance goes as Kafka's eager one does: each member is told, some late; each gives up what it has and joins again;
those who did within the time are given the partitions. Who was not told reads on with what it had: a zombie.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.loop import SimulatedLoop

HEARTBEAT_S = 1.0
SESSION_S = 3.0
JOIN_WITHIN_S = 4.0


@dataclass(eq=False)
class Member:
    """One worker's membership."""

    name: str
    told: asyncio.Event = field(default_factory=asyncio.Event)  # that it has to join again
    deaf_until: float = 0.0  # heartbeats get through to nobody
    joined: asyncio.Future[tuple[int, list[str]]] | None = None  # waits for (generation, partitions)
    heard_at: float = 0.0


class Group:
    """One group over the partitions that there are when a generation begins."""

    def __init__(self, loop: SimulatedLoop, partitions: Callable[[], Sequence[str]]) -> None:
        self._loop = loop
        self._partitions = partitions
        self._members: list[Member] = []
        self._preparing = False
        self.generation = 0

    @property
    def members(self) -> list[Member]:
        """Those who are in it now."""
        return list(self._members)

    async def join(self, member: Member) -> tuple[int, list[str]]:
        """Asks to be in the next generation, and waits for it: its number, and what this member is to read."""
        member.told.clear()
        joined: asyncio.Future[Any] = self._loop.create_future()
        self._later(0.01, self._join, member, joined)
        answer: tuple[int, list[str]] = await joined
        return answer

    async def beat(self, member: Member) -> None:
        """A member's heartbeats, as long as it lives; who is in no generation any more learns it so."""
        while True:
            if self._loop.time() >= member.deaf_until:
                self._later(0.01, self._hear, member)
            await asyncio.sleep(HEARTBEAT_S)

    def leave(self, member: Member) -> None:
        """Says goodbye, so that nobody has to wait for its session to end."""
        self._later(0.01, self._remove, member)

    def rebalance(self) -> None:
        """A new generation begins as soon as all have joined again."""
        if self._preparing:
            return
        self._preparing = True
        self._later(JOIN_WITHIN_S, self._complete, self.generation)
        self._later(0.05, self._complete_if_all_joined)

    # --- the coordinator's own steps

    def _later(self, delay_s: float, step: Any, *args: Any) -> None:
        delay = delay_s * (0.5 + self._loop.chance.random())
        self._loop.call_later(delay, step, *args, context=self._loop.outside())

    def _join(self, member: Member, joined: asyncio.Future[Any]) -> None:
        member.joined, member.heard_at = joined, self._loop.time()
        if member not in self._members:
            self._members.append(member)
            self._later(SESSION_S, self._check_session, member)
        self.rebalance()
        self._complete_if_all_joined()

    def _hear(self, member: Member) -> None:
        member.heard_at = self._loop.time()
        if member not in self._members or (self._preparing and member.joined is None):
            member.told.set()

    def _check_session(self, member: Member) -> None:
        if member not in self._members:
            return
        if member.joined is None and self._loop.time() - member.heard_at > SESSION_S:
            self._remove(member)
        else:
            self._later(SESSION_S / 2, self._check_session, member)

    def _remove(self, member: Member) -> None:
        if member in self._members:
            self._members.remove(member)
            self.rebalance()

    def _complete_if_all_joined(self) -> None:
        if self._preparing and self._members and all(member.joined for member in self._members):
            self._complete(self.generation)

    def _complete(self, generation: int) -> None:
        if not self._preparing or generation != self.generation:
            return
        self._members = [member for member in self._members if member.joined]
        self._preparing = False
        self.generation += 1
        partitions = list(self._partitions())
        owners = self._loop.chance.sample(self._members, len(self._members))
        for place, member in enumerate(owners):
            assert member.joined is not None
            if not member.joined.done():
                member.joined.set_result((self.generation, partitions[place :: len(owners)]))
            member.joined, member.heard_at = None, self._loop.time()
