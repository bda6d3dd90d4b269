"""What all workers share in Redis beside states: which partitions there are, how many of each topic, and who lives
that can read nothing but the version before.

What is spoiled of it whoever finds that writes anew. May import: keys, sealed, partition_names, redis.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import structlog

from streams.ingest.scripts import script
from streams.keys import Keys
from streams.partition_names import names_of, strays, topic_of
from streams.redis_client import Client
from streams.sealed import BY_A_WORKER, Spoiled, is_of_another_type, number, typed

log = structlog.get_logger(__name__)

NOT_THERE: Final = -2  # what PTTL says of a key
READS_TODAYS: Final = "/v5"  # at the end of an owner's name: it can read state version 5, and 4


class Register:
    """The list of partitions, and what is known of their topics."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._forget = client.register_script(script("forget.lua"))

    @property
    def state(self) -> str:
        """Which of an installation's states it is of."""
        return self._keys.state

    async def must_write_as_before(self) -> bool:
        """Whether somebody owns a partition and lives who can read nothing but the version before.

        Who lives shows a view of it, or writes the snapshot: both are gone within seconds of an end.
        """
        names = await self._listed()
        pipe = self._client.pipeline(transaction=False)
        pipe.get(self._keys.publisher)
        for name in names:
            keys = self._keys.partition(name)
            pipe.hget(keys.meta, "owner")
            pipe.pttl(keys.view)
        writer, *found = await pipe.execute(raise_on_error=False)
        for answer in (writer, *found):
            if isinstance(answer, Exception) and not is_of_another_type(answer):
                raise answer
        owners = zip(found[::2], found[1::2], strict=True)
        return any(_reads_no_more(owner) and (ms != NOT_THERE or _is_of(owner, writer)) for owner, ms in owners)

    async def _listed(self) -> list[str]:
        """All partitions that Redis knows; none where the list was spoiled."""
        key = self._keys.partitions
        return _decoded(await self._mended(key, partial(self._client.smembers, key)))

    async def counts(self, found: Mapping[str, int]) -> dict[str, int]:
        """How many partitions each of these topics had when it was first counted; `found` where that is now.

        What is no number is written anew.
        """
        key = self._keys.counts
        for topic, n in found.items():
            await self._mended(key, partial(self._client.hsetnx, key, topic, str(n)))
        known, spoiled = await self._known_counts()
        if lost := {topic: found[topic] for topic in found.keys() & spoiled}:
            log.error("how many partitions a topic has was spoiled", key=self._keys.counts, topics=sorted(lost))
            await self.set_counts(lost)
        return {topic: known.get(topic, n) for topic, n in found.items()}

    async def announce(self, names: Sequence[str]) -> int:
        """Makes partitions known, so that what nobody shows of them is missed. Answers how many were not."""
        key = self._keys.partitions
        return int(await self._mended(key, lambda: self._client.sadd(key, *names))) if names else 0

    async def keep(self, counts: Mapping[str, int]) -> None:
        """Writes anew what is gone, or spoiled, of what all workers share: how many partitions there are, and which."""
        before = await self._mended(self._keys.counts, lambda: self._client.hlen(self._keys.counts))
        await self.counts(counts)
        added = await self.announce(names_of(counts))
        for key, is_gone in ((self._keys.counts, not before), (self._keys.partitions, added)):
            if is_gone and counts:
                log.warning("a key in Redis had lost what all workers share, and has it again", key=key)

    async def set_counts(self, counts: Mapping[str, int]) -> None:
        """From now on these topics have so many partitions."""
        if counts:
            await self._client.hset(self._keys.counts, mapping={topic: str(n) for topic, n in counts.items()})

    async def known_counts(self) -> dict[str, int]:
        """How many partitions each topic had when it was first counted. Raises Spoiled."""
        known, spoiled = await self._known_counts()
        if spoiled:
            raise Spoiled(self._keys.counts, f"has no number for {', '.join(sorted(spoiled))}", BY_A_WORKER)
        return known

    async def count_of(self, topic: str, was: int) -> int | None:
        """How many partitions a topic had when it was first counted; None where nobody has counted it.

        What is no number is written anew: as it `was`.
        """
        key = self._keys.counts
        try:
            found: bytes | None = await typed(key, self._client.hget(key, topic))
        except Spoiled:  # then there is none of any topic; whoever owns some of another writes that
            await self._client.delete(key)
            found = b""
        if found is None or number(found) is not None:
            return number(found)
        log.error("how many partitions a topic has was spoiled", key=key, topics=[topic])
        await self.set_counts({topic: was})
        return was

    async def _known_counts(self) -> tuple[dict[str, int], set[str]]:
        """By topic; and the topics with something that is no number."""
        found: dict[bytes, bytes] = await typed(self._keys.counts, self._client.hgetall(self._keys.counts))
        said = {topic.decode(errors="replace"): number(n) for topic, n in found.items()}
        known = {topic: n for topic, n in said.items() if n is not None}
        return known, said.keys() - known.keys()

    async def forget(self, name: str) -> None:
        """Lets go of all that is known of a partition; fences its owner."""
        await self._forget(keys=self._keys.partition(name).committed())

    async def drop(self, topic: str, existing: Collection[str]) -> None:
        """Lets go of how many partitions a topic has, and of those that it has no longer."""
        await self._mended(self._keys.counts, partial(self._client.hdel, self._keys.counts, topic))
        for name in await self._listed():
            if topic_of(name) == topic and name not in existing:
                await self.forget(name)
                await self._client.srem(self._keys.partitions, name)

    async def strays(self, counts: Mapping[str, int]) -> list[str]:
        """What is listed, and is no partition of these topics, of so many each now or when first counted.

        Nobody who is set up like us will ever show one. Raises Spoiled.
        """
        known, _ = await self._known_counts()
        return strays(await self.names(), {topic: max(n, known.get(topic, 0)) for topic, n in counts.items()})

    async def unshown(self, names: Sequence[str]) -> list[str]:
        """Those that no worker shows, whatever topics it reads."""
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.get(self._keys.partition(name).view)
        shown = await pipe.execute(raise_on_error=False) if names else []
        return [name for name, view in zip(names, shown, strict=True) if not isinstance(view, bytes)]

    async def retired(self) -> list[str]:
        """Partitions that were taken off the list. Raises Spoiled."""
        return _decoded(await typed(self._keys.retired, self._client.smembers(self._keys.retired)))

    async def list_retired(self, names: Sequence[str]) -> None:
        """Makes all of these history's, in one step."""
        if names:
            await self._client.sadd(self._keys.retired, *names)

    async def retire(self, names: Sequence[str], gone: Collection[str], *, forget: bool) -> None:
        """Takes partitions off the list: nobody misses them any more. Their figures stay, to be history's.

        `gone` are the topics of which all is taken: how many partitions they had is let go of. To `forget` is to let
        go of the figures, too.
        """
        for name in names:  # whatever comes in between, each is listed in one of both, or is no more
            if forget:
                await self.forget(name)
                await self._client.srem(self._keys.retired, name)
            else:
                await self._client.sadd(self._keys.retired, name)
            await self._client.srem(self._keys.partitions, name)
        for topic in gone:
            await self._client.hdel(self._keys.counts, topic)

    async def names(self) -> list[str]:
        """All partitions that Redis knows. Raises Spoiled."""
        return _decoded(await typed(self._keys.partitions, self._client.smembers(self._keys.partitions)))

    async def _mended(self, key: str, ask: Callable[[], Any]) -> Any:
        """The answer of a key that every worker can write anew: where it is of another type, it is let go of before."""
        try:
            return await typed(key, ask())
        except Spoiled as spoiled:
            log.error("a key in Redis is spoiled, and written anew", key=key, reason=str(spoiled))
            await self._client.delete(key)
            return await ask()


def _decoded(members: Collection[bytes]) -> list[str]:
    return sorted(name.decode(errors="replace") for name in members)


def _reads_no_more(owner: object) -> bool:
    """Whether an owner can read the version before today's alone."""
    return isinstance(owner, bytes) and not owner.endswith(READS_TODAYS.encode())


def _is_of(owner: object, instance: object) -> bool:
    """Whether an owner is of the instance that writes the snapshot, which has no name of its own for each start."""
    return isinstance(owner, bytes) and owner.rpartition(b"/")[0] == instance
