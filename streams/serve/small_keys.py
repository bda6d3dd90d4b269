"""What of the small documents is in Redis, as far as who writes them knows.

Who takes over, or could not tell whether a step was done, does not know, and asks: which there are and what was said
last of them, but not what is in them, so that all are written anew. Each step is for what was said last: a Redis that
went back in time, or that another wrote to, is not what is known, and the step is refused (publish.lua). May import:
small, keys, redis, sealed.
"""

import secrets
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

import msgspec

from streams.fresh import FRESH_S
from streams.keys import Keys
from streams.redis_client import Client
from streams.sealed import Spoiled, typed
from streams.serve.small import Believed, Small

GONE = b""
_EXPIRES_MS = round(FRESH_S * 1000)


class Step(NamedTuple):
    """What one step of publish.lua has to do with the small documents."""

    was: bytes  # said last
    said: bytes  # now
    expires_ms: int | str  # "": when it did
    texts: Mapping[str, bytes]  # by key those that are another; `GONE` where there is none any more


NO_STEP = Step(b"", b"", _EXPIRES_MS, {})


class SmallKeys:
    """Of one writer."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._by = secrets.token_hex(8)  # no two writers have the same
        self._number = 0
        self._until_ms = 0  # as was said last
        self._said: bytes | None = None  # last, as Redis has it; None: not known
        self._there: dict[str, bytes | None] = {}  # by key; None: it is not known what is in it

    @property
    def is_known(self) -> bool:
        """Whether it is known what there is."""
        return self._said is not None

    def forget(self) -> None:
        """Nothing is known any more."""
        self._said = None

    async def look(self) -> None:
        """At which there are. Raises RedisError."""
        there: Set[bytes] = await self._read(self._keys.now_keys, self._client.smembers(self._keys.now_keys)) or set()
        self._there = dict.fromkeys(key.decode(errors="replace") for key in there)
        self._said = await self._read(self._keys.now, self._client.get(self._keys.now)) or b""
        self._number = max(self._number, self._number_of(self._said))

    def _number_of(self, said: bytes) -> int:
        """That of a step of ours that was done, and nobody answered; 0 of another's."""
        try:
            believed = msgspec.json.decode(said, type=Believed)
        except msgspec.MsgspecError:
            return 0
        return believed.number if believed.by == self._by else 0

    @staticmethod
    async def _read(key: str, asked: Any) -> Any:
        """None of a key that holds something else than we write there: it is written over."""
        try:
            return await typed(key, asked)
        except Spoiled:
            return None

    def step(self, documents: Mapping[str, Small], until_ms: int) -> Step:
        """To these documents, by name, and no others; all of them may be believed until then (epoch ms)."""
        self._until_ms = until_ms
        texts = self._changed(documents)
        gone = self._there.keys() - {self._keys.now_of(name) for name in documents}
        return self._step({**texts, **dict.fromkeys(gone, GONE)}, _EXPIRES_MS)

    def step_of_some(self, documents: Mapping[str, Small]) -> Step:
        """To these documents, the others as they are; none may be believed for longer than before."""
        return self._step(self._changed(documents), "")

    def _changed(self, documents: Mapping[str, Small]) -> dict[str, bytes]:
        wanted = {self._keys.now_of(name): msgspec.json.encode(of) for name, of in documents.items()}
        return {key: text for key, text in wanted.items() if self._there.get(key) != text}

    def _step(self, texts: Mapping[str, bytes], expires_ms: int | str) -> Step:
        number = self._number + bool(texts)
        said = msgspec.json.encode(Believed(until_ms=self._until_ms, number=number, by=self._by))
        return Step(self._said or b"", said, expires_ms, texts)

    def done(self, step: Step) -> None:
        """It was."""
        self._said = step.said
        self._number += bool(step.texts)
        self._there |= step.texts
        for key in [key for key, text in step.texts.items() if text == GONE]:
            del self._there[key]
