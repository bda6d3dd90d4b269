"""One item of `ids` in `queues.toml`: a queue as it is shown, and what its source calls the queues that are shown so.

May import: channels, hours, spans, the core's source_queue.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from config.channels import KnownAudience, Label
from config.hours import Hours
from config.spans import Span
from streams.core.source_queue import OTHER, normalized

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_QUEUE: Final = '{ id = "helse", sources = ["Helse", "Helse intern"] }'
_SOURCE: Final = '{ name = "Helse", from = 2027-01-01 }'


def _id(id_: str) -> str:
    """What can be part of addresses and of PromQL as it is: other characters would have to be escaped there."""
    if not _ID.fullmatch(id_):
        raise ValueError(
            f"{id_!r} cannot be a queue's id: one has letters from a to z, in either case, digits, hyphens, underscores"
        )
    if id_ == OTHER:
        raise ValueError(f'"{OTHER}" is where queues are counted that are not configured')
    return id_


def _name(value: object) -> object:
    """What a source calls a queue, a number too."""
    name = str(value) if type(value) is int else value
    if not isinstance(name, str) or not normalized(name):
        raise ValueError(f"what a source calls a queue is a text, a whole number, or a table such as {_SOURCE}")
    return name


QueueId = Annotated[str, AfterValidator(_id)]


class Source(Span):
    """A queue as its source calls it, and whom its events say that it is for, where that is not the group's."""

    name: Annotated[str, BeforeValidator(_name)]
    audience: KnownAudience | None = None


def _source(value: object) -> object:
    return value if isinstance(value, dict) else {"name": _name(value)}


class Queue(Span):
    """A queue as it is shown. Where nothing else is said its source calls it by its id.

    Where `sources` are given they are all there are: the id is the centre's own word then, and a source may have the
    same word for another queue.
    """

    id: QueueId
    label: Label | None = None
    sources: Annotated[list[Annotated[Source, BeforeValidator(_source)]] | None, Field(min_length=1)] = None
    external: StrictBool | None = None  # as the group, where it is not said
    left_out: StrictBool | None = None
    hours: Hours | None = None  # where they are not the channel's

    @property
    def told(self) -> list[Source]:
        """What the source calls it."""
        return self.sources or [Source(name=self.id)]


def item(value: object) -> object:
    """A text is the id alone."""
    if isinstance(value, str):
        return {"id": _id(value)}
    if not isinstance(value, dict):
        raise ValueError(f"a queue is its id in quotes, or a table such as {_QUEUE}")
    return value
