"""Group commit: what is to be committed while a commit is on its way goes along with the next, in one round trip.

Most of a small commit's price is the way to Redis, and a worker has many partitions. May import: redis.
"""

import asyncio
from collections.abc import Sequence
from hashlib import sha1
from typing import Generic, TypeVar

from redis.exceptions import NoScriptError

from streams.redis_client import Client

Arguments = Sequence[bytes | str | int]
A = TypeVar("A")  # what the script answers


class GroupCommit(Generic[A]):
    """One script, called with one set of keys and arguments by each of many who commit."""

    def __init__(self, client: Client, script: str) -> None:
        self._client = client
        self._script = script
        self._sha = sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._waiting: list[tuple[Arguments, asyncio.Future[A]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def __call__(self, keys: Sequence[str], arguments: Arguments) -> A:
        """The script's answer. Raises RedisError; whether it was done is then not known, and it has to be repeated."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(([self._sha, len(keys), *keys, *arguments], answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await answer

    async def _send(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                answers = await self._answers([arguments for arguments, _ in group])
            except Exception as error:  # whatever it is, it is theirs who wait: only they can end their batch
                answers = [error] * len(group)
            for (_, waiting), answer in zip(group, answers, strict=True):
                if waiting.done():  # whoever waited was cancelled
                    continue
                if isinstance(answer, Exception):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)

    async def _answers(self, group: list[Arguments]) -> list[A | Exception]:
        answers = await self._pipelined(group)
        if any(isinstance(answer, NoScriptError) for answer in answers):  # a new or restarted server
            await self._client.script_load(self._script)
            answers = await self._pipelined(group)
        return answers

    async def _pipelined(self, group: list[Arguments]) -> list[A | Exception]:
        pipe = self._client.pipeline(transaction=False)
        for arguments in group:
            pipe.execute_command("EVALSHA", *arguments)
        answers: list[A | Exception] = await pipe.execute(raise_on_error=False)
        return answers
