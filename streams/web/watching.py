"""Who watches, and what is still to be said to each: server-sent events, made once for all who get the same.

A watcher that is slow misses nothing but what was overtaken: of each name the newest is kept for it, and no more. May
import: held, problems, msgspec.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Collection
from typing import Annotated, Final
from zlib import crc32

import msgspec
from msgspec import Meta, Struct

from streams.web.held import Held, OneNow, Until
from streams.web.problems import BELIEVED, Why

BEAT_S: Final = 2.0  # each watcher hears so often at least that what it was told may still be believed
_BEATS: Final = 20  # so many turns, that all do not hear it at one moment
ALIVE: Final = b": alive\n\n"


class StillBelieved(Struct, kw_only=True):
    """`believed`: all that was told may be believed until then."""

    until_ms: Until


class NotBelieved(Struct, kw_only=True):
    """`unknown`: nothing that was told may be believed any more, until it is told anew."""

    type: Annotated[str, Meta(description="As the problem's that the other answers are meanwhile.")]
    title: Annotated[str, Meta(description="That in words.")]


class Gone(Struct, kw_only=True):
    """`gone`: there is no queue or group of this name any more."""

    name: str


class Watcher:
    """One of them. `names` is empty where it watches all."""

    def __init__(self, names: frozenset[str], room: "Room", last_id: str) -> None:
        self.names, self.wake = names, asyncio.Event()
        self.is_ended = False
        self._room = room
        self._of = f"{crc32(','.join(sorted(names)).encode()):08x}"
        self._told_why: Why | None = None  # nothing may be believed, as it was told
        self._pending = self._first(last_id)
        self.wake.set()

    def _first(self, last_id: str) -> set[str]:
        """What it has not been told yet, by the id that it was told last; all where that says nothing to us."""
        held, names = self._room.held, self._names()
        token, _, rest = last_id.partition(".")
        version, _, of = rest.partition(".")
        is_ours = token == self._room.token and of == self._of and version.isascii() and version.isdecimal()
        if not is_ours or len(version) > 18 or int(version) > held.version:
            return {*names}
        return held.since(int(version), names)

    def _names(self) -> Collection[str]:
        held = self._room.held
        return self.names or {*held.documents, *held.gone}

    def add(self, names: Collection[str]) -> None:
        """These are others than it was told."""
        self._pending |= self.names.intersection(names) if self.names else {*names}
        self.wake.set()

    def end(self) -> None:
        """Nothing more is said to it."""
        self.is_ended = True
        self.wake.set()

    def take(self) -> bytes:
        """All that is still to be said to it."""
        self.wake.clear()
        room, why = self._room, self._room.held.why
        if why is not None:
            was, self._told_why = self._told_why, why
            return ALIVE if was == why else self._id() + room.unknown(why)
        self._told_why = None
        told = b"".join(map(room.frame, sorted(self._pending)))
        self._pending.clear()
        return told + self._id() + room.believed()

    def _id(self) -> bytes:
        return f"id: {self._room.token}.{self._room.held.version}.{self._of}\n".encode()


class Room:
    """All of them."""

    def __init__(self, held: Held) -> None:
        self.held, self.token = held, secrets.token_hex(4)  # another process has told others of other versions
        self.told = 0  # events
        self._of_all: set[Watcher] = set()
        self._of: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._turn: list[set[Watcher]] = [set() for _ in range(_BEATS)]
        self._frames: dict[str, tuple[int, int, bytes]] = {}
        self._is_closed = False

    def __len__(self) -> int:
        return sum(map(len, self._turn))

    def enter(self, names: frozenset[str], last_id: str) -> Watcher:
        """A new one, that is told all that it has not been told yet."""
        watcher = Watcher(names, self, last_id)
        for those in self._told_of(watcher):
            those.add(watcher)
        min(self._turn, key=len).add(watcher)
        if self._is_closed:
            watcher.end()
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """It watches no more."""
        for those in (*self._told_of(watcher), *self._turn):
            those.discard(watcher)
        for name in watcher.names:
            if not self._of[name]:
                del self._of[name]

    def _told_of(self, watcher: Watcher) -> list[set[Watcher]]:
        return [self._of[name] for name in watcher.names] if watcher.names else [self._of_all]

    def tell(self, names: Collection[str]) -> None:
        """These have changed; where there are none, whether anything may be believed has."""
        watching = (one for name in names for one in self._of.get(name, ()))
        for watcher in {*self._of_all, *watching} if names else self._all():
            watcher.add(names)

    def _all(self) -> list[Watcher]:
        return [one for those in self._turn for one in those]

    async def beat(self) -> None:
        """Says by turns to each that what it was told may still be believed; looks at the clock. Until cancelled."""
        while True:
            for turn in self._turn:
                await asyncio.sleep(BEAT_S / _BEATS)
                self.held.look()
                for watcher in turn:
                    watcher.wake.set()

    def close(self) -> None:
        """Ends all, and whoever comes later."""
        self._is_closed = True
        for watcher in self._all():
            watcher.end()

    def frame(self, name: str) -> bytes:
        """The event of one document, as it is now."""
        held, kept = self.held, self.held.documents.get(name)
        if kept is None:
            return _event("gone", Gone(name=name))
        version, until_ms, frame = self._frames.get(name, (0, 0, b""))
        if (version, until_ms) != (kept.version, held.until_ms):
            frame = _event("now", OneNow(until_ms=held.until_ms, now=kept.small))
            self._frames[name] = kept.version, held.until_ms, frame
        return frame

    def believed(self) -> bytes:
        """The event that closes what is told at once."""
        return _event("believed", StillBelieved(until_ms=self.held.until_ms))

    @staticmethod
    def unknown(why: Why) -> bytes:
        """The event that says that nothing may be believed."""
        kind = BELIEVED[why]
        return _event("unknown", NotBelieved(type=f"urn:svartid:problem:{kind.name}", title=kind.title))


def _event(name: str, data: Struct) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
