"""The board's line of queues in which the source and svartid disagree. May import: config's names,
board_queues, bokmal, rich."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from config.channels import Names
from streams.serve.board_queues import BAD
from streams.serve.bokmal import number, queue_name, wait
from streams.serve.documents import Line

MOST = 3  # queues on the line


def disputes(lines: Iterable[Line], names: Names) -> Text | None:
    """What each says that the other does not; None where they agree."""
    told = list(_told(lines, names))
    more = f" · og {len(told) - MOST} til" if len(told) > MOST else ""
    return Text(" · ".join(told[:MOST]) + more, BAD) if told else None


def _told(lines: Iterable[Line], names: Names) -> Iterator[str]:
    for line in lines:
        name = queue_name(line.queue, names.queue(line.channel, line.audience, line.queue))
        queue = f"{name} ({names.channel(line.channel).lower()})"
        if line.disputed:
            yield f"{queue}: {number(line.disputed)} bare her, eldste {wait(line.disputed_oldest_ms)}"
        if line.reported_more:
            yield f"{queue}: {number(line.reported_more)} bare hos kilden"
