"""A model of Redis: the commands that this project uses, over plain dicts, with all that can befall a server.

It is held to the same contract as real servers by `tests/ingest/test_store.py` and its neighbours. It can go back in
time (the end of its append-only file is lost), be emptied, be out of memory, be a replica, and forget its scripts.
"""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from typing import Any

from tests.simulation.lua import LuaError, ScriptError, Status, run_script

Request = Sequence[bytes]
OK = Status(b"OK")

OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'."
READ_ONLY = "READONLY You can't write against a read only replica."
NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL."


class RedisModel:
    """One server's data and its commands; sessions and the protocol are `redis_session.py`'s."""

    def __init__(self) -> None:
        self.data: dict[bytes, Any] = {}  # bytes, a dict of fields, or a dict of members
        self.scripts: dict[bytes, bytes] = {}
        self.reads = 0  # from all connections
        self.client = ""  # whose request this is, for `on_answer`
        self.written: list[list[Request]] = []  # the append-only file: the commands that each write came to
        self.cut: dict[int, list[Request]] = {}  # heads of writes that were cut off: what comes before the nth of them
        self.out_of_memory = False
        self.read_only = False
        self.on_answer: Callable[[Request, Any], None] = lambda request, answer: None
        self.is_shown: Callable[[bytes], bool] = lambda key: False  # whether somebody has a view there now
        self._effects: list[Request] = []  # of what is being answered
        self._script_since: int | None = None  # as many of these were before the script that runs

    # --- what befalls it

    def restart(self, kept: int | None = None, head: int = 0) -> None:
        """Starts again from its append-only file, of which the first `kept` writes are there: all, if None.

        Of the next there are the first `head` commands. Such a head lies in the file from now on, and each later start
        runs it with the write that follows it: so do Redis 7 and Valkey 8 where the cut is within a command.
        """
        lost = self.written[len(self.written) if kept is None else kept :]
        self.written = self.written[:kept]
        end = len(self.written)
        self.data, self.scripts = {}, {}
        self.out_of_memory = self.read_only = False
        self.cut = {at: commands for at, commands in self.cut.items() if at <= end}
        for at, effects in enumerate(self.written):
            for request in (*self.cut.get(at, ()), *effects):
                _COMMANDS[request[0].upper()](self, *request[1:])
        if lost and head:
            self.cut[end] = [*self.cut.get(end, ()), *lost[0][:head]]

    def empty(self) -> None:
        """Nothing is left, not even its scripts."""
        self.written = []
        self.restart()

    def spoil(self, *request: bytes) -> None:
        """What somebody does to it by hand."""
        self.answer_all([request])

    def fields(self, key: str) -> dict[bytes, bytes]:
        """What is in a hash; nothing where the key is of another type."""
        found = self.data.get(key.encode(), {})
        return dict(found) if isinstance(found, dict) else {}

    # --- answering

    def answer_all(self, requests: Sequence[Request]) -> list[Any]:
        """The answers to one command, or to those of a transaction; errors are answers too."""
        self._effects = []
        answers = [self._answer(request) for request in requests]
        if self._effects:
            self.written.append(self._effects)
        return answers

    def refusal(self, request: Request) -> str | None:
        """Why a command is refused as things are; what a transaction asks before it queues one."""
        name = request[0].upper()
        if name in _WRITES and self.read_only:
            return READ_ONLY
        return OUT_OF_MEMORY if name in _GROWS and self.out_of_memory and not self._is_half_way() else None

    def _is_half_way(self) -> bool:
        """Whether a script runs that has written already: Redis lets it end."""
        return self._script_since is not None and len(self._effects) > self._script_since

    def _answer(self, request: Request) -> Any:
        try:
            answer = self._call(request)
        except ScriptError as error:
            answer = error
        self.on_answer(request, answer)
        return answer

    def _call(self, request: Request) -> Any:
        if refused := self.refusal(request):
            raise ScriptError(refused)
        name = request[0].upper()
        command = _COMMANDS.get(name)
        if command is None:
            raise ScriptError(f"ERR unknown command '{name.decode()}'")
        try:
            answer = command(self, *request[1:])
        except TypeError:
            raise ScriptError(f"ERR wrong number of arguments for '{name.decode().lower()}' command") from None
        if name in _WRITES:
            self._effects.append(request)
        return answer

    # --- hashes

    def _hash(self, key: bytes) -> dict[bytes, bytes]:
        found = self.data.get(key, {})
        if not isinstance(found, dict):
            raise ScriptError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return found

    def _hset(self, key: bytes, *pairs: bytes) -> int:
        if not pairs or len(pairs) % 2:
            raise ScriptError("ERR wrong number of arguments for 'hset' command")
        fields = self.data.setdefault(key, self._hash(key))
        before = len(fields)
        fields.update(zip(pairs[::2], pairs[1::2], strict=True))
        return len(fields) - before

    def _hsetnx(self, key: bytes, field: bytes, value: bytes) -> int:
        return 0 if field in self._hash(key) else self._hset(key, field, value)

    def _hincrby(self, key: bytes, field: bytes, by: bytes) -> int:
        value = int(self._hash(key).get(field, b"0")) + int(by)
        self._hset(key, field, b"%d" % value)
        return value

    def _hdel(self, key: bytes, *fields: bytes) -> int:
        found = self._hash(key)
        gone = sum(found.pop(field, None) is not None for field in fields)
        if not found:
            self.data.pop(key, None)
        return gone

    def _hget(self, key: bytes, field: bytes) -> bytes | None:
        return self._hash(key).get(field)

    def _hmget(self, key: bytes, *fields: bytes) -> list[bytes | None]:
        return [self._hash(key).get(field) for field in fields]

    def _hgetall(self, key: bytes) -> Mapping[bytes, bytes]:
        return dict(self._hash(key))

    def _hkeys(self, key: bytes) -> list[bytes]:
        return list(self._hash(key))

    def _hlen(self, key: bytes) -> int:
        return len(self._hash(key))

    def _hscan(self, key: bytes, cursor: bytes, *_: bytes) -> list[Any]:
        """All at once, as a real server may."""
        return [b"0", [part for pair in self._hash(key).items() for part in pair]]

    # --- the rest

    def _sadd(self, key: bytes, *members: bytes) -> int:
        return self._hset(key, *(part for member in members for part in (member, b"")))

    def _smembers(self, key: bytes) -> set[bytes]:
        return set(self._hash(key))

    def _get(self, key: bytes) -> bytes | None:
        return self.data.get(key)

    def _mget(self, *keys: bytes) -> list[bytes | None]:
        return [self.data.get(key) for key in keys]

    def _set(self, key: bytes, value: bytes) -> Status:
        self.data[key] = value
        return OK

    def _incr(self, key: bytes) -> int:
        value = int(self.data.get(key, b"0")) + 1
        self.data[key] = b"%d" % value
        return value

    def _del(self, *keys: bytes) -> int:
        return sum(self.data.pop(key, None) is not None for key in keys)

    def _persist(self, key: bytes) -> int:
        """Nothing here has an expiry."""
        return 0

    def _pttl(self, key: bytes) -> int:
        return -1 if key in self.data or self.is_shown(key) else -2

    def _keys(self, pattern: bytes) -> list[bytes]:
        return [key for key in self.data if fnmatch.fnmatchcase(key.decode(), pattern.decode())]

    def _flushall(self, *_: bytes) -> Status:
        self.data.clear()
        return OK

    def _script(self, what: bytes, *given: bytes) -> Any:
        if what.upper() == b"FLUSH":
            self.scripts.clear()
            return OK
        name = sha1(given[0], usedforsecurity=False).hexdigest().encode()
        self.scripts[name] = given[0]
        return name

    def _evalsha(self, name: bytes, count: bytes, *rest: bytes) -> Any:
        text = self.scripts.get(name)
        if text is None:
            raise ScriptError(NO_SCRIPT)
        keys, arguments = rest[: int(count)], rest[int(count) :]
        self._script_since = len(self._effects)
        try:
            return run_script(text, keys, arguments, self._call)
        except LuaError as error:  # the script itself is wrong, or was given what it cannot take
            raise ScriptError(f"ERR Error running script: {type(error).__name__}") from error
        finally:
            self._script_since = None

    def _config(self, _: bytes, name: bytes, value: bytes) -> Status:
        """As `CONFIG SET maxmemory`: 0 is enough, and any other is too little."""
        if name != b"maxmemory":
            raise ScriptError("ERR Unknown option")
        self.out_of_memory = value != b"0"
        return OK


_COMMANDS: Mapping[bytes, Callable[..., Any]] = {
    name.removeprefix("_").upper().encode(): getattr(RedisModel, name)
    for name in (
        *("_hset", "_hsetnx", "_hincrby", "_hdel", "_hget", "_hmget", "_hgetall", "_hkeys", "_hlen", "_hscan"),
        *("_sadd", "_smembers", "_get", "_mget", "_set", "_incr", "_del", "_persist", "_pttl", "_keys", "_flushall"),
        *("_script", "_evalsha", "_config"),
    )
}
_GROWS = frozenset((b"HSET", b"HSETNX", b"HINCRBY", b"SADD", b"SET", b"INCR"))  # Redis' `denyoom`
_WRITES = _GROWS | {b"HDEL", b"DEL", b"FLUSHALL"}
