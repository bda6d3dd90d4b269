"""A small HTTP server on a free port of loopback, for a `with` block."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams.local.ports import HOST

_ENDS_SOON_S = 0.01


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers without a word on standard error."""

    def answer(self, body: bytes = b"", content_type: str = "text/plain") -> None:
        """That all is well, and this."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yields its address, such as "127.0.0.1:40000"."""
    with http.server.ThreadingHTTPServer((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_ENDS_SOON_S,), daemon=True)
        thread.start()
        try:
            yield f"{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
