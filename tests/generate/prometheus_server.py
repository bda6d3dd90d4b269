"""A real Prometheus that scrapes a real exposition, on loopback; both end with the test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.generate.sample import CONTENT_TYPE
from tests.loopback import Handler, serving
from tests.servers import Prometheus


@contextmanager
def prometheus(folder: Path, scraped: Callable[[], bytes], past: Iterable[bytes] = ()) -> Iterator[Prometheus]:
    """A Prometheus that scrapes that text each second; `past` is OpenMetrics with timestamps to begin with."""

    class Metrics(Handler):
        def do_GET(self) -> None:
            self.answer(scraped(), CONTENT_TYPE)

    with serving(Metrics) as address:
        server = Prometheus(folder, address)
        server.remember(past)
        try:
            yield server.start()
        finally:
            server.kill()
