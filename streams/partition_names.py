"""How a partition is named in Redis, logs and metrics: "<topic>-<number>". May import: standard library."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

_NAMED = 3  # in one sentence


class Partition(Protocol):
    """A partition as any of Kafka's clients has it."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102


def name_of(partition: Partition) -> str:
    """The name of one partition."""
    return f"{partition.topic}-{partition.partition}"


def names_of(counts: Mapping[str, int]) -> list[str]:
    """The names of all partitions of topics that have so many each."""
    return [f"{topic}-{number}" for topic, count in counts.items() for number in range(count)]


def topic_of(name: str) -> str:
    """Its topic."""
    return name.rpartition("-")[0]


def number_of(name: str) -> int:
    """Its number in the topic."""
    return int(name.rpartition("-")[2])


def strays(names: Iterable[str], counts: Mapping[str, int]) -> list[str]:
    """Those that are no partition of these topics, of so many each; 0 where that is not known."""
    return sorted(name for name in names if not _is_of(name, counts))


def _is_of(name: str, counts: Mapping[str, int]) -> bool:
    topic, _, number = name.rpartition("-")
    if topic not in counts or not (number.isascii() and number.isdecimal()) or number != str(int(number[:9])):
        return False
    return not counts[topic] or int(number) < counts[topic]


def in_a_sentence(names: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
