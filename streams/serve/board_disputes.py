"""The board's line of queues in which the source and svartid disagree. May import: board_queues, bokmal, rich."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from streams.serve.board_queues import BAD
from streams.serve.bokmal import CHANNELS, number, queue_name, wait
from streams.serve.documents import Line

MOST = 3  # queues on the line


def disputes(lines: Iterable[Line]) -> Text | None:
    """What each says that the other does not; None where they agree."""
    told = list(_told(lines))
    more = f" · og {len(told) - MOST} til" if len(told) > MOST else ""
    return Text(" · ".join(told[:MOST]) + more, BAD) if told else None


def _told(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        channel = line.channel
        queue = f"{queue_name(line.queue)} ({CHANNELS.get(channel, channel).lower()})"
        if line.disputed:
            yield f"{queue}: {number(line.disputed)} bare her, eldste {wait(line.disputed_oldest_ms)}"
        if line.reported_more:
            yield f"{queue}: {number(line.reported_more)} bare hos kilden"
