"""The board's line of sources that are silent, or whose clock or way is wrong. May import: bokmal, board_queues,
documents, rich."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from streams.serve.board_queues import BAD
from streams.serve.bokmal import about
from streams.serve.documents import SourceEntry


def sources(found: Iterable[SourceEntry]) -> Text | None:
    """What is wrong with each; None where all is well, or nobody knows."""
    told = list(_told(found))
    return Text(" · ".join(told), BAD) if told else None


def _told(found: Iterable[SourceEntry]) -> Iterator[str]:
    for source in found:
        if source.status == "silent":
            since = "" if source.silent_ms is None else f" i {about(source.silent_ms)}"
            yield f"{source.label}: taus{since}"
        elif source.status == "ahead":
            yield f"{source.label}: klokka går {about(source.ahead_ms)} for fort"
        elif source.status == "behind":
            yield f"{source.label}: selv det nyeste er {about(source.quickest_ms)} gammelt når det kommer"
