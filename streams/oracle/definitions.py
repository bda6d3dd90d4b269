"""What the recount must be told: the numbers and names that decide what counts. The caller fills it in, but for
the channels and audiences: those it reads for itself.

May import: standard library.
"""

import hashlib
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NotRequired, TypedDict

OTHER: Final = "other"


class Later(TypedDict):
    """What is so from an instant (epoch ms) on; lengths are in ms. What need not be told stays where it is not."""

    from_ms: int
    short_abandon_ms: Mapping[str, int]
    ghost_after_ms: int
    promise_ms: int
    promise_lost_ms: int
    horizon_ms: int
    edition: NotRequired[int]
    one_place: NotRequired[Collection[str]]
    memory_ms: NotRequired[Mapping[str, int]]
    ghost_after_of_ms: NotRequired[Mapping[str, int]]
    while_open: NotRequired[Collection[str]]
    letter_lost_ms: NotRequired[int]
    conversations: NotRequired[Collection[str]]


@dataclass(frozen=True)
class Definitions:
    """The oracle's own copy of the rules. All times are in ms. What changes by date is what it is at first."""

    edges_ms: Sequence[int]  # rising, each inclusive
    channels: Collection[str]  # that events may be of
    audiences: Collection[str]
    lines: Collection[tuple[str, str, str]]  # (channel, audience, queue) of every configured queue
    short_abandon_ms: Mapping[str, int]  # by channel; in a channel without one, no abandon is short
    ghost_after_ms: int
    promise_ms: int
    promise_lost_ms: int
    horizon_ms: int
    skew_ms: int
    future_ms: int
    witnesses: int
    pane_retention_ms: int
    interval_retention_ms: int
    day_retention_ms: int
    timezone: str
    queue_key: bytes | None = None  # of the stand-ins of queues; None: lines are told apart by the configuration
    known_until: int = 0  # the offset up to which there were lines for these queues alone, and "other"
    known_lines: Collection[str] = ()
    configured: Collection[str] | None = None  # the lines of the configured queues; None: of all of `lines`
    most_unknown: int = 1000  # queues with figures of their own, of those that are not configured
    later: Sequence[Later] = ()  # rising
    edition: int = 1  # which facts of a journey count, and how
    one_place: Collection[str] = ()  # the channels in which a contact is in one place at a time
    memory_ms: Mapping[str, int] = field(default_factory=dict)  # by channel; in one without it is ghost_after_ms
    ghost_after_of_ms: Mapping[str, int] = field(default_factory=dict)  # by channel, where it is not ghost_after_ms
    while_open: Collection[str] = ()  # the channels of whose waits it is counted how long it was open
    letter_lost_ms: int = 0  # after its receipt an open letter is lost; from edition 6 on
    conversations: Collection[str] = ()  # the channels of which it is counted how long one talks; from edition 6 on
    # By channel: all stretches in which it is open that reach into a stretch of time, in order.
    opened: Callable[[str, int, int], Collection[tuple[int, int]]] = lambda _, start, end: [(start, end)]

    sources: Collection[tuple[str, str]] = ()  # what each may write as its name, and the name it is told apart by

    def then(self, when: float) -> "Definitions":
        """Those of an instant."""
        known = self
        for change in self.later:
            if change["from_ms"] <= when:
                known = replace(
                    known,
                    short_abandon_ms=change["short_abandon_ms"],
                    ghost_after_ms=change["ghost_after_ms"],
                    promise_ms=change["promise_ms"],
                    promise_lost_ms=change["promise_lost_ms"],
                    horizon_ms=change["horizon_ms"],
                    edition=change.get("edition", known.edition),
                    one_place=change.get("one_place", known.one_place),
                    memory_ms=change.get("memory_ms", known.memory_ms),
                    ghost_after_of_ms=change.get("ghost_after_of_ms", known.ghost_after_of_ms),
                    while_open=change.get("while_open", known.while_open),
                    letter_lost_ms=change.get("letter_lost_ms", known.letter_lost_ms),
                    conversations=change.get("conversations", known.conversations),
                )
        return known

    def lost_after(self, channel: str) -> int:
        """How long after its entry a stay of a channel is lost."""
        return self.ghost_after_of_ms.get(channel, self.ghost_after_ms)

    @property
    def longest_lost_after(self) -> int:
        """The same in the channel where that is longest."""
        return max((self.ghost_after_ms, *self.ghost_after_of_ms.values()))

    def all_by(self, when: float) -> list["Definitions"]:
        """Those of the beginning, and of each change up to an instant."""
        return [self, *(self.then(change["from_ms"]) for change in self.later if change["from_ms"] <= when)]

    def late_before(self, watermark: int) -> int:
        """What is older is late: now, or since another horizon held. What was late once is so for good."""
        changes = [change["from_ms"] for change in self.later if change["from_ms"] <= watermark]
        ends = [*changes, watermark]
        return max(end - known.horizon_ms for end, known in zip(ends, self.all_by(watermark), strict=True))

    def source(self, told: str | None) -> str:
        """The source that an event is of, whatever its case and form and the space around it; else "other"."""
        known = {_composed(text): name for text, name in self.sources}
        return OTHER if told is None or len(told) > 200 else known.get(_composed(told), OTHER)

    def line(self, channel: str, audience: str, queue: str | None) -> str:
        """The line "channel/audience/queue", where the queue is its stand-in; one that is not told is "other".

        Without a key it is what it is called, and "other" where it is not configured.
        """
        if not queue:
            name = OTHER
        elif self.queue_key is not None:
            name = stand_in(queue, self.queue_key)
        else:
            name = queue if (channel, audience, queue) in self.lines else OTHER
        return f"{channel}/{audience}/{name}"


def channels_and_audiences(*folders: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The channels and the audiences of the first of these folders whose `queues.toml` has a table of them."""
    files = [tomllib.loads((folder / "queues.toml").read_text(encoding="utf-8")) for folder in folders]
    channels, audiences = (next(file[name] for file in files if name in file) for name in ("channels", "audiences"))
    return frozenset(channels), frozenset(audiences)


def stand_in(queue: str, key: bytes) -> str:
    """A queue's keyed hash (BLAKE2b, 8 bytes, in hex), whatever its case and form (NFC) and the space around it."""
    key = hashlib.blake2b(key, digest_size=32, person=b"source queue").digest()
    text = _composed(queue)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=key).hexdigest()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()
