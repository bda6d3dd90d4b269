"""How Redis or Valkey is reached, for whoever needs it. May import: settings, tls, redis."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from streams.settings import Settings
from streams.tls import BadConnectionSetting, context, why

Client = Redis
MENDS_RIGHTS: Final = "deploy/redis/users.acl has what a user needs"
_OF_SEVERAL = re.compile(r"Command # \d+ \(.*\) of pipeline caused error: \(['\"](.*)['\"],\)", re.DOTALL)
_ANSWERS_WITHIN_S = 5.0
_DATABASE = re.compile(r"/?\d{0,9}", re.ASCII)  # a URL's path
# What a URL may ask of redis-py; anything else is refused, as it would change what is answered, or end in its errors.
_OPTIONS: Final = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "db": r"\d{1,9}",
        "protocol": "[23]",
        "client_name": r"[!-~]{1,200}",
        "socket_timeout": r"[1-9]\d{0,2}",
        "socket_connect_timeout": r"[1-9]\d{0,2}",
        "ssl_cert_reqs": "required|optional|none",
        "ssl_check_hostname": "(?i:true|false)",
    }.items()
}


class _Sending(AbstractConnection):
    """A connection whose sending loses nothing that is told meanwhile.

    One that broke unnoticed is told of as redis-py expects it, so that the call is repeated: writing to it is a
    RuntimeError of uvloop's, where asyncio's own loop has an OSError. And who is cancelled is cancelled: redis-py sends
    by `asyncio.wait_for`, which on Python 3.11 forgets a cancellation that comes when all is sent.
    """

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        task = asyncio.current_task()
        asked_before = task.cancelling() if task else 0
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            if "closed" not in str(error):
                raise
            raise RedisConnectionError("the connection to Redis broke") from error
        if task and task.cancelling() > asked_before:
            await self.disconnect(nowait=True)  # or the answer would be taken for the next question's
            raise asyncio.CancelledError


def connect(settings: Settings) -> Client:
    """A client that answers bytes. It repeats a call twice by itself; all our writes are safe to repeat.

    Raises BadConnectionSetting.
    """
    try:
        _check(_url(settings))
        client = Redis.from_url(
            settings.redis_url.get_secret_value(),
            decode_responses=False,
            socket_timeout=10,
            socket_connect_timeout=5,
            health_check_interval=30,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 2),
            driver_info=None,  # its name and version, told at each connection, would be one more right to give
            **_by_kind(settings),
        )
        pool = client.connection_pool
        kind = pool.connection_class  # by the URL: over TCP, TLS or a socket's file
        pool.connection_class = type(kind.__name__, (_Sending, kind), {})
        pool.make_connection()  # type: ignore[no-untyped-call]  # not yet, but refuses what it does not know
    except (ValueError, TypeError):  # whose text may be half of a password
        raise BadConnectionSetting(
            "SVARTID_REDIS_URL is no Redis URL. It is like rediss://user:password@host:6379/0; in a password the signs "
            "/ ? # @ % are written %2F %3F %23 %40 %25"
        ) from None
    return client


def _by_kind(settings: Settings) -> dict[str, Any]:
    """What redis-py is told for TLS, for TCP, and for a socket that is a file. Raises BadConnectionSetting."""
    ca, certificate, key = settings.redis_ca_path, settings.redis_certificate_path, settings.redis_private_key_path
    over_tcp = {"socket_keepalive": True}
    if _url(settings).scheme == "rediss":
        context("REDIS", ca, certificate, key)  # redis-py makes its own when it connects; a bad file is told of here
        named = {"ssl_ca_certs": ca, "ssl_certfile": certificate, "ssl_keyfile": key}
        return over_tcp | {name: str(path) for name, path in named.items() if path}
    if ca or certificate or key:
        raise BadConnectionSetting(
            "a certificate for Redis is set, but SVARTID_REDIS_URL does not begin with rediss://: nothing would be "
            "encrypted. Correct the one or unset the other"
        )
    return {} if _url(settings).scheme == "unix" else over_tcp


def _url(settings: Settings) -> SplitResult:
    return urlsplit(settings.redis_url.get_secret_value())


def _check(url: SplitResult) -> None:
    """What redis-py would go past, or which would change what it answers. Raises ValueError."""
    if url.scheme != "unix" and not _DATABASE.fullmatch(url.path):
        raise ValueError("another database would be taken")
    if url.scheme != "unix" and url.port == 0:
        raise ValueError("another port would be taken")
    for name, said in parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query)).items():
        if name not in _OPTIONS or not all(_OPTIONS[name].fullmatch(one) for one in said):
            raise ValueError("it may be no more than a database, a time-out, or how certificates are looked at")
    (url.hostname or "").encode("idna")  # or the first look-up would find it to be no host: a UnicodeError


class Refusal(str):
    """A trouble that no waiting mends: Redis does not accept the user and password that there are."""


async def trouble(settings: Settings) -> str | None:
    """Why Redis cannot be used, in a sentence; None where it can.

    Raises BadConnectionSetting, also where Redis says that a setting is wrong.
    """
    client, url = connect(settings), _url(settings)
    where = unquote(url.path) if url.scheme == "unix" else f"{url.hostname}:{url.port or 6379}"
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            await client.ping()
    except TimeoutError:
        return f"cannot reach Redis at {where}: it does not answer"
    except AuthenticationError as error:
        return Refusal(f"cannot use Redis at {where}: {in_words(error)}")
    except (RedisError, OSError) as error:
        if isinstance(error, ResponseError) and "DB index" in str(error):
            told = f"SVARTID_REDIS_URL names a database that Redis at {where} does not have"
            raise BadConnectionSetting(told) from None
        return f"cannot reach Redis at {where}: {in_words(error)}"
    finally:
        await client.aclose()
    return None


async def check_may(client: Client, *command: str) -> None:
    """Whether this user may give a command, which is not carried out: Redis looks at that when it is queued.

    Raises NoPermissionError, and RedisError where Redis does not answer.
    """
    connection = await client.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        for part in (("MULTI",), command):
            await connection.send_command(*part)
            await connection.read_response()
    finally:
        await connection.disconnect()  # lets go of what was queued
        await client.connection_pool.release(connection)


def in_words(error: Exception) -> str:
    """Why Redis did not do what was asked, and what to do."""
    if isinstance(error, NoPermissionError):
        return f"{_said(error)}. {MENDS_RIGHTS}"  # the text names the command, no more
    if isinstance(error, AuthenticationError):
        return "it does not accept the user and password in SVARTID_REDIS_URL, or misses them"
    if isinstance(error, ResponseError):
        return f"it says {_said(error)}"  # as MISCONF, while it cannot save; the server's own words, of no event
    return "it does not answer" if isinstance(error, RedisTimeoutError) else why(error, "REDIS")


def _said(error: ResponseError) -> str:
    """The server's own words: redis-py tells before them which command of several it was, with its arguments."""
    of_several = _OF_SEVERAL.fullmatch(str(error))
    return (of_several[1] if of_several else str(error)).rstrip(".")


def what_helps(error: ResponseError) -> str:
    """What is to be done at a server that answers, and refuses to write."""
    if isinstance(error, OutOfMemoryError):
        return (
            "give Redis more memory (maxmemory), or take away what else lies there: a worker waits, and loses nothing"
        )
    if isinstance(error, ReadOnlyError):
        return "this is a replica: set SVARTID_REDIS_URL to the primary, or make this one the primary"
    if "NOREPLICAS" in str(error):
        return "bring its replicas back, or lower min-replicas-to-write: a worker waits, and loses nothing"
    if "MISCONF" in str(error):
        return "look in Redis' own log why it cannot save: a worker waits until it can, and loses nothing"
    return "look in Redis' own log"
