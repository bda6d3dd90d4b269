"""Where Alertmanager's messages end: a small server that notes what it was told, and when."""

import http.server
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert of one message. The first time it is told is what counts; Alertmanager repeats what goes on."""

    received_ms: int  # on the simulated clock
    receiver: str
    status: str  # firing or resolved
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        """The alert's."""
        return self.labels["alertname"]


class Webhook:
    """A server on a free port of loopback, for a `with` block."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._notices: list[Notice] = []
        self._now_ms = now_ms
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Its address; a receiver's name is the path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def notices(self) -> list[Notice]:
        """All so far, in the order in which they came."""
        return list(self._notices)

    def first(self, name: str, status: str = "firing", **labels: str) -> Notice | None:
        """When an alert with these labels was first told of."""
        wanted = labels.items()
        return next(
            (n for n in self.notices if (n.name, n.status) == (name, status) and wanted <= n.labels.items()), None
        )

    def told(self) -> list[str]:
        """The firing ones in few words, each once; for the text of a failure."""
        return list(dict.fromkeys(_short(n) for n in self.notices if n.status == "firing"))

    def _hear(self, message: dict[str, Any]) -> None:
        now_ms = self._now_ms()
        for alert in message["alerts"]:
            heard = (message["receiver"], alert["status"], alert["labels"], alert["annotations"])
            self._notices.append(Notice(now_ms, *heard))

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        hear = self._hear

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hear(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _short(notice: Notice) -> str:
    about = [notice.labels[name] for name in ("target", "channel", "audience", "queue") if name in notice.labels]
    return " ".join([notice.name, *about[:3]])
