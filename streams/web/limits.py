"""How much may be asked: of requests by client and minute, of connections that watch, and of histories at once.

Whoever asks for more is told which limit that is, and which setting says so. Bounded itself, whoever asks. Pure. May
import: problems.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Final

from streams.settings import Settings
from streams.web.problems import TOO_MANY_HISTORIES, TOO_MANY_WATCHERS, TOO_OFTEN, Refused

MOST_CLIENTS: Final = 10_000  # that are remembered: who has not asked for longest is forgotten
WAITING_EACH: Final = 4  # histories that may wait for each that is added up
_MINUTE_S: Final = 60.0


class Rates:
    """Requests of each client: a minute's worth at once, and from then on as many as come back with time."""

    def __init__(self, a_minute: int, now: Callable[[], float]) -> None:
        self._a_minute, self._now = a_minute, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how many may come still, and since when

    def asks(self, client: str) -> None:
        """Another request of a client. Raises Refused."""
        now = self._now()
        left, at = self._left.pop(client, (float(self._a_minute), now))
        left = min(float(self._a_minute), left + (now - at) * self._a_minute / _MINUTE_S)
        self._left[client] = (left - 1 if left >= 1 else left), now
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        if left < 1:
            wait_s = ceil((1 - left) * _MINUTE_S / self._a_minute)
            raise Refused(TOO_OFTEN, setting="SVARTID_WEB_REQUESTS_A_MINUTE", most=self._a_minute, retry_after_s=wait_s)


@contextmanager
def counted(those: Counter[str], client: str) -> Iterator[None]:
    """One more of a client's, for the length of the block."""
    those[client] += 1
    try:
        yield
    finally:
        those[client] -= 1
        if not those[client]:
            del those[client]


class Places:
    """So many at once, and so many of one client."""

    def __init__(self, settings: Settings) -> None:
        self._most, self._a_client = settings.web_most_watchers, settings.web_watchers_a_client
        self._taken: Counter[str] = Counter()

    @contextmanager
    def watching(self, client: str) -> Iterator[None]:
        """One that watches, for the length of the block. Raises Refused."""
        self.check(client)
        with counted(self._taken, client):
            yield

    def check(self, client: str) -> None:
        """Whether one more may watch. Raises Refused."""
        for taken, most, setting in (
            (self._taken.total(), self._most, "SVARTID_WEB_MOST_WATCHERS"),
            (self._taken[client], self._a_client, "SVARTID_WEB_WATCHERS_A_CLIENT"),
        ):
            if taken >= most:
                raise Refused(TOO_MANY_WATCHERS, setting=setting, most=most)


class Turns:
    """How many histories are added up at once, and how many wait for that or for whoever takes them; half of all are
    one client's at most.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._begun: Counter[str] = Counter()

    @contextmanager
    def one(self, client: str) -> Iterator[None]:
        """One more of a client's, that may have to wait. Raises Refused."""
        most = self._at_once * (1 + WAITING_EACH)
        if self._begun.total() >= most or self._begun[client] >= max(1, most // 2):
            raise Refused(TOO_MANY_HISTORIES, setting="SVARTID_WEB_HISTORIES_AT_ONCE", most=self._at_once)
        with counted(self._begun, client):
            yield
