"""Redis' Lua, by the Lua 5.1 that Redis is built with: scripts run as they are, over a model's commands."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import lupa.lua51 as lupa

Call = Callable[..., Any]
LuaError = lupa.LuaError

_runtime = lupa.LuaRuntime(encoding=None, unpack_returned_tuples=True)


class ScriptError(Exception):
    """What a command or a script answers instead of a value; `str` is the wire's text, code word first."""


class Status(bytes):
    """A simple string, such as OK."""


@cache
def _compiled(text: bytes) -> Any:
    return _runtime.eval(b"function(redis, KEYS, ARGV)\n" + text + b"\nend")


@cache
def _error_reply() -> Any:
    return _runtime.eval(b"function(text) return {err = text} end")


def run_script(text: bytes, keys: Sequence[bytes], arguments: Sequence[bytes], call: Call) -> Any:
    """A script's answer, in the types of the protocol. Raises ScriptError."""

    def called(*command: Any) -> Any:
        return _to_lua(call([_word(part) for part in command]))

    def tried(*command: Any) -> Any:
        try:
            return called(*command)
        except ScriptError as error:
            return _error_reply()(str(error).encode())

    redis = _runtime.table_from({b"call": called, b"pcall": tried, b"error_reply": _error_reply()})
    return _from_lua(_compiled(text)(redis, _runtime.table_from(list(keys)), _runtime.table_from(list(arguments))))


def _word(value: Any) -> bytes:
    return value if isinstance(value, bytes) else b"%d" % value


def _to_lua(value: Any) -> Any:
    if value is None:
        return False
    if isinstance(value, Status):
        return _runtime.table_from({b"ok": bytes(value)})
    return _runtime.table_from([_to_lua(item) for item in value]) if isinstance(value, list) else value


def _from_lua(value: Any) -> Any:
    """Numbers lose their fraction, a table ends at its first nil, false is nothing: Redis' own rules."""
    if value is None or value is False:
        return None
    if lupa.lua_type(value) != "table":
        return int(value) if isinstance(value, float) else value
    if value[b"err"] is not None:
        raise ScriptError(value[b"err"].decode())
    if value[b"ok"] is not None:
        return Status(value[b"ok"])
    items: list[Any] = []
    while (item := value[len(items) + 1]) is not None:
        items.append(_from_lua(item))
    return items
