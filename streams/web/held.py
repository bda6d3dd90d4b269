"""What this process holds of now: the newest document of each queue and group, and until when all may be believed.

It is read by one connection for all who ask (follower.py), and told to all who watch (watching.py). Pure: what was read
and the time are arguments. May import: serve's small documents, problems, msgspec.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct

from streams.fresh import FRESH_S
from streams.serve.documents import Instant
from streams.serve.merging import is_group
from streams.serve.small import Believed, Small
from streams.web.problems import NO_SUCH_GROUP, NO_SUCH_QUEUE, Refused, Why, not_believed

Until = Annotated[
    Instant, Meta(description="Until when (epoch ms) this may be believed, where nobody says so again meanwhile.")
]


class OneNow(Struct, kw_only=True):
    """One queue or group as it is now."""

    until_ms: Until
    now: Small


class AllNow(Struct, kw_only=True):
    """Several of them, by name."""

    until_ms: Until
    now: Annotated[list[Small], Meta(description="In the order of their names.")]


class Kept(NamedTuple):
    """One document."""

    text: bytes
    small: Small
    version: int  # of all that is held, when it became this


_small: Final = msgspec.json.Decoder(Small).decode
_believed: Final = msgspec.json.Decoder(Believed).decode
Tell = Callable[[Collection[str]], object]


class Held:
    """`tell` is called with the names of what became another, whenever anything did."""

    def __init__(
        self,
        now_ms: Callable[[], int],
        tell: Tell = lambda _: None,
        steady_s: Callable[[], float] = time.monotonic,
        speed: float = 1.0,
    ) -> None:
        self._speed = speed  # of the clock: 1 but in a demo
        self.why: Why | None = "starting"  # nothing may be believed; None: what is held may
        self.until_ms = 0
        self.by: str | None = None  # who wrote what is held; None: nothing was read yet
        self.version = 0  # another one whenever anything is another
        self.documents: dict[str, Kept] = {}
        self.gone: dict[str, int] = {}  # names that were there, and the version since when they are not
        self.now_ms, self.tell = now_ms, tell
        self._trouble: Why | None = None  # why nothing was read lately
        self._steady_s, self._read_at = steady_s, float("-inf")  # by a clock that nobody sets

    def take(self, texts: Mapping[str, bytes | None], believed: bytes | None, *, is_whole: bool = True) -> None:
        """What was read at once: documents by name (None: there is none), and until when all may be believed. Where
        it `is_whole`, what is not among them is there no more.
        """
        self.look()
        self._trouble = None
        if believed is None:
            return self._is_not("nobody writes")
        if self.why is not None and not is_whole:
            return None  # what is held is of before: it is believed again only when all of it was read again
        try:
            said = _believed(believed)
            until_ms, self.by = said.until_ms, said.by
            if self.now_ms() > until_ms:
                return self._is_not("old")
            changed = self._changed({**dict.fromkeys(self.documents if is_whole else ()), **texts})
        except msgspec.MsgspecError:
            return self._is_not("unreadable")
        self.until_ms, self._read_at = until_ms, self._steady_s()
        self._become(changed)
        return None

    def lasts_ms(self, until_ms: int) -> int:
        """For how long, by a reader's own clock, what holds until then may be kept."""
        return round((until_ms - self.now_ms()) / self._speed)

    def fails(self, why: Why) -> None:
        """Nothing could be read. What is held may be believed for as long as was said."""
        self._trouble = why
        self.look()

    def look(self) -> None:
        """At the clock: whether what is held may still be believed."""
        is_over = self.now_ms() > self.until_ms or self._steady_s() - self._read_at > FRESH_S
        if self.why in (None, "starting", "redis", "old") and is_over:
            self._is_not(self._trouble or ("old" if self.until_ms else "starting"))

    def _changed(self, texts: Mapping[str, bytes | None]) -> dict[str, tuple[bytes, Small] | None]:
        """Those that are others than what is held. Raises MsgspecError."""
        changed: dict[str, tuple[bytes, Small] | None] = {}
        for name, text in texts.items():
            kept = self.documents.get(name)
            if text is None and kept is not None:
                changed[name] = None
            elif text is not None and (kept is None or kept.text != text):
                changed[name] = text, _small(text)
        return changed

    @property
    def is_to_be_read_whole(self) -> bool:
        """Whether less than all would not do."""
        return self.why is not None

    def _become(self, changed: Mapping[str, tuple[bytes, Small] | None]) -> None:
        is_back = self.why is not None
        if not changed and not is_back:
            return
        self.why = None
        self.version += 1
        for name, one in changed.items():
            if one is None:
                del self.documents[name]
                self.gone[name] = self.version
            else:
                self.gone.pop(name, None)
                self.documents[name] = Kept(*one, self.version)
        if is_back:  # whoever was told that nothing may be believed has let go of all
            self.documents = {name: kept._replace(version=self.version) for name, kept in self.documents.items()}
        self.tell({*self.documents, *changed} if is_back else changed.keys())

    def _is_not(self, why: Why) -> None:
        if self.why != why:
            self.why = why
            self.version += 1
            self.tell(())

    def believed(self) -> None:
        """Raises Refused where nothing may be believed."""
        self.look()
        if self.why is not None:
            raise not_believed(self.why)

    def one(self, name: str) -> OneNow:
        """That of this name. Raises Refused."""
        self.believed()
        kept = self.documents.get(name)
        if kept is None:
            kind = NO_SUCH_GROUP if is_group(name) else NO_SUCH_QUEUE
            raise Refused(kind, names=self.names(are_groups=is_group(name)))
        return OneNow(until_ms=self.until_ms, now=kept.small)

    def all(self, *, are_groups: bool) -> AllNow:
        """All queues, or all groups. Raises Refused."""
        self.believed()
        now = [self.documents[name].small for name in self.names(are_groups=are_groups)]
        return AllNow(until_ms=self.until_ms, now=now)

    def names(self, *, are_groups: bool) -> list[str]:
        """Of those that are there."""
        return sorted(name for name in self.documents if is_group(name) is are_groups)

    def since(self, version: int, names: Iterable[str]) -> set[str]:
        """Which of these are others than they were at a version."""
        return {name for name in names if self._changed_at(name) > version}

    def _changed_at(self, name: str) -> int:
        kept = self.documents.get(name)
        return self.gone.get(name, 0) if kept is None else kept.version
