"""The server: uvicorn's, with bounds on connections, on what a request may say, and on whoever does not listen.

May import: uvicorn, httptools.
"""

import asyncio
import logging
import socket
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from litestar.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from streams.web.problems import MEDIA_TYPE, NO_HTTP, TOO_MANY_CONNECTIONS, Refused

LONGEST_HEAD: Final = 65_536  # bytes of a request before its body
STUCK_S: Final = 30.0  # whoever takes nothing of what is sent for so long is let go of
IDLE_S: Final = 75
GRACE_S: Final = 5
BACKLOG: Final = 2048


class Connections(OrderedDict["Bounded", None]):
    """All that there are, the oldest first. Where there are too many, the oldest that asks nothing ends."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most


class Bounded(HttpToolsProtocol):
    """One connection."""

    connections_of: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Another one: an older one makes room for it, unless all of them are being answered."""
        super().connection_made(transport)
        self._head, self._stuck = 0, None
        every = self.connections_of
        every[self] = None
        if len(every) > every.most:
            idle = next((one for one in every if one is not self and not one.is_busy), None)
            if idle is None:
                self._refuse(Refused(TOO_MANY_CONNECTIONS, setting="SVARTID_WEB_MOST_CONNECTIONS", most=every.most))
            else:
                idle.transport.abort()
            every.pop(idle or self, None)

    @property
    def is_busy(self) -> bool:
        """Whether something that it asked is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self.connections_of.pop(self, None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What does not come to its end is no request; nor is what comes behind one that is being answered still."""
        self._head += len(data)
        if self._head > LONGEST_HEAD:
            self.transport.abort()
            return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """What it sends is no HTTP: that is told as all else is."""
        self._refuse(Refused(NO_HTTP))

    def _refuse(self, refused: Refused) -> None:
        status, body = refused.problem.status, refused.body
        head = (
            f"HTTP/1.1 {status} \r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        )
        self.transport.write(head.encode() + b"\r\n" + body)
        self.transport.close()

    def on_headers_complete(self) -> None:
        """A request is understood."""
        self._head = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What a request says besides, which nobody needs."""
        self._head = 0
        super().on_body(body)

    def pause_writing(self) -> None:
        """It does not take what is sent: for a while."""
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It takes it again."""
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
        super().resume_writing()

    _stuck: asyncio.TimerHandle | None = None
    _head: int = 0


class _Quiet(Server):
    """Signals are heard by whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None of them."""
        yield


class Serving:
    """An application, served on a socket until it is asked to end."""

    def __init__(self, application: ASGIApp, most_connections: int) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # who sends what is no HTTP shall not fill the log
        kind: Any = type("Connection", (Bounded,), {"connections_of": Connections(most_connections)})
        self._server = _Quiet(
            Config(
                application,
                http=kind,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    async def run(self, on: socket.socket) -> None:
        """Until `end`; who is being answered then is answered, within its grace."""
        await self._server.serve(sockets=[on])

    def end(self) -> None:
        """No more is listened for."""
        self._server.should_exit = True


def listening(host: str, port: int) -> socket.socket:
    """A socket where whoever connects waits to be heard. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    on = socket.socket(family, kind, protocol)
    try:
        on.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        on.bind(address)
        on.listen(BACKLOG)
    except OSError:
        on.close()
        raise
    on.setblocking(False)
    return on
