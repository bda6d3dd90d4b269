"""Where Alertmanager's messages end: what it told is noted, and when."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.loopback import Handler, serving


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert of one message. The first time it is told is what counts; Alertmanager repeats what goes on."""

    received_ms: int  # on the simulated clock
    receiver: str
    status: str  # firing or resolved
    labels: dict[str, str]
    annotations: dict[str, str]
    heard_at: datetime  # this and the two below on the real clock, which is Alertmanager's
    started_at: datetime  # when Prometheus began to tell of it
    ended_at: datetime  # the year 1 while it goes on

    @property
    def name(self) -> str:
        """The alert's."""
        return self.labels["alertname"]


class Webhook:
    """All that was told."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._notices: list[Notice] = []
        self._now_ms = now_ms

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Hears what comes to an address; yields it. A receiver's name is the path."""
        hear = self._hear

        class Messages(Handler):
            def do_POST(self) -> None:
                hear(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer()

        with serving(Messages) as address:
            yield f"http://{address}"

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
        now_ms, now = self._now_ms(), datetime.now(UTC)
        for alert in message["alerts"]:
            heard = (message["receiver"], alert["status"], alert["labels"], alert["annotations"])
            lasted = (datetime.fromisoformat(alert[edge]) for edge in ("startsAt", "endsAt"))
            self._notices.append(Notice(now_ms, *heard, now, *lasted))


def _short(notice: Notice) -> str:
    about = [notice.labels[name] for name in ("target", "channel", "audience", "queue") if name in notice.labels]
    return " ".join([notice.name, *about[:3]])
