"""The channels and audiences that events may speak of: the tables `[channels]` and `[audiences]` of `queues.toml`.

A folder that has none of them has the project's own. May import: values.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from config.values import Table

OWN: Final = Path(__file__).parent  # the project's own folder

# Names become parts of addresses, of PromQL and of Redis' fields, where other characters would have to be escaped.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]


def one_line(text: str, most: int, what: str) -> str:
    """A text that people are shown. Raises ValueError."""
    if not text.strip() or len(text) > most or not text.isprintable():
        raise ValueError(f"{what} is one line of 1 to {most} characters")
    return text


def _label(text: str) -> str:
    return one_line(text, _LONGEST_LABEL, "what it is called")


_LONGEST_LABEL: Final = 40
Label = Annotated[str, AfterValidator(_label)]


class Channel(Table):
    """What boards and alerts call a channel, and the topic of its events where SVARTID_TOPICS is not set."""

    label: Label
    topic: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$", max_length=249)]


Channels = Annotated[dict[Name, Channel], Field(min_length=1)]
Audiences = Annotated[dict[Name, Label], Field(min_length=1)]  # and what boards and alerts call them


class ChannelTables(Table):
    """Both tables."""

    channels: Channels
    audiences: Audiences

    @property
    def topics(self) -> dict[str, str]:
        """The topic of each channel."""
        return {name: channel.topic for name, channel in self.channels.items()}


class Names(NamedTuple):
    """What boards and alerts call channels, audiences and queues; one that is not configured (any more) has its own
    name.
    """

    channels: dict[str, str]
    audiences: dict[str, str]
    queues: dict[str, str]  # by line; one without a label has a name made of its id

    def channel(self, channel: str) -> str:
        """ "phone" -> "Telefon"."""
        return self.channels.get(channel, channel)

    def queue(self, channel: str, audience: str, queue: str) -> str | None:
        """Its label, if it has one."""
        return self.queues.get(f"{channel}/{audience}/{queue}")

    def group(self, channel: str, audience: str) -> str:
        """ "phone", "personbruker" -> "Telefon personbruker"."""
        return f"{self.channel(channel)} {self.audiences.get(audience, audience)}"


def completed(tables: dict[str, object]) -> dict[str, object]:
    """The tables of a `queues.toml`, with the project's own channels and audiences where it tells of none."""
    if "channels" in tables and "audiences" in tables:
        return tables
    own = tomllib.loads((OWN / "queues.toml").read_text(encoding="utf-8"))
    return {"channels": own["channels"], "audiences": own["audiences"], **tables}


def tables_of(info: ValidationInfo) -> ChannelTables:
    """What whoever reads a folder (loading.py) gives along to be checked against."""
    assert isinstance(info.context, ChannelTables)
    return info.context


def _one_of(table: Literal["channels", "audiences"]) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        known = tables_of(info).channels if table == "channels" else tables_of(info).audiences
        if value not in known:
            raise ValueError(f"it is one of [{table}]: {', '.join(known)}")
        return value

    return check


KnownChannel = Annotated[str, AfterValidator(_one_of("channels"))]
KnownAudience = Annotated[str, AfterValidator(_one_of("audiences"))]
