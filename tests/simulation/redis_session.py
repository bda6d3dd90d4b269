"""One client's session with the model of Redis: bytes in, bytes out, in RESP 2 or 3, with transactions."""

from collections.abc import Mapping
from typing import Any

import hiredis

from tests.simulation.lua import ScriptError, Status
from tests.simulation.redis_model import OK, RedisModel, Request

ABORTED = "EXECABORT Transaction discarded because of previous errors."


class Session:
    """What the server knows of one connection."""

    def __init__(self, model: RedisModel, client: str = "") -> None:
        self._model = model
        self._client = client
        self._parser = hiredis.Reader()
        self._queue: list[Request] | None = None  # of a transaction
        self._refused = False
        self._protocol = 2

    def feed(self, data: bytes) -> bytes:
        """The answers to all requests that have come whole by now."""
        self._model.reads += 1
        self._model.client = self._client
        self._parser.feed(data)
        answers = []
        while (request := self._parser.gets()) is not False:
            answers.append(encode(self._answer(request), self._protocol))
        return b"".join(answers)

    def _answer(self, request: Request) -> Any:
        match request[0].upper():
            case b"HELLO":
                self._protocol = int(request[1])
                return {b"server": b"redis", b"version": b"7.0.15", b"proto": self._protocol}
            case b"PING":
                return Status(b"PONG")
            case b"CLIENT" | b"SELECT":
                return OK
            case b"INFO":
                return b"# Stats\r\ntotal_reads_processed:%d\r\n" % self._model.reads
            case b"MULTI":
                self._queue, self._refused = [], False
                return OK
            case b"EXEC":
                queue, self._queue = self._queue or [], None
                return ScriptError(ABORTED) if self._refused else self._model.answer_all(queue)
        if self._queue is None:
            return self._model.answer_all([request])[0]
        if refused := self._model.refusal(request):
            self._refused = True
            return ScriptError(refused)
        self._queue.append(request)
        return Status(b"QUEUED")


def encode(value: Any, protocol: int = 2) -> bytes:
    """A value as the wire has it."""
    match value:
        case None:
            return b"_\r\n" if protocol == 3 else b"$-1\r\n"
        case ScriptError():
            return b"-%s\r\n" % str(value).encode()
        case Status():
            return b"+%s\r\n" % bytes(value)
        case bytes():
            return b"$%d\r\n%s\r\n" % (len(value), value)
        case int():
            return b":%d\r\n" % value
        case Mapping():
            pairs = [part for pair in value.items() for part in pair]
            sign, count = (b"%", len(value)) if protocol == 3 else (b"*", len(pairs))
            return sign + b"%d\r\n" % count + b"".join(encode(part, protocol) for part in pairs)
        case set():
            sign = b"~" if protocol == 3 else b"*"
            return sign + b"%d\r\n" % len(value) + b"".join(encode(item, protocol) for item in sorted(value))
        case _:
            return b"*%d\r\n" % len(value) + b"".join(encode(item, protocol) for item in value)
