"""How a partition's journeys lie in Redis: each commit writes the journeys it touched as one segment.

A segment is one hash field, named by the commit's offset, so that a commit of hundreds of journeys costs one write. A
journey is true in
the newest segment that has it; a segment none of whose journeys is current any more is deleted; and when there are
many segments, the smallest are gathered into the next one. May import: the core, msgspec.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

import msgspec

from streams.core.facts import Journey
from streams.core.pseudonym import Key

MOST_SEGMENTS = 256
_GATHERED = MOST_SEGMENTS // 2

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[Key, Journey]]).decode


class Segments:
    """Which journeys are current in which segment, for one partition."""

    def __init__(self) -> None:
        self._members: dict[int, set[Key]] = {}
        self._home: dict[Key, int] = {}
        self._emptied: list[int] = []  # to be deleted with the next commit

    def write(
        self, number: int, touched: Mapping[Key, Journey], forgotten: Iterable[Key], journeys: Mapping[Key, Journey]
    ) -> tuple[dict[str, bytes], list[str]]:
        """What to set and what to delete in Redis for one commit. `journeys` are all that are live."""
        for key in forgotten:  # first: what is gathered below must be live
            self._leave(key)
        written = touched
        if len(self._members) >= MOST_SEGMENTS:
            smallest = sorted(self._members, key=lambda n: len(self._members[n]))[:_GATHERED]
            written = {key: journeys[key] for n in smallest for key in self._members[n]} | {**touched}
        for key in self._home.keys() & written.keys():
            self._leave(key)
        if written:
            self._members[number] = set(written)
            self._home.update(dict.fromkeys(written, number))
        fields = {str(number): _encode([*written.items()])} if written else {}
        emptied, self._emptied = self._emptied, []
        return fields, [str(n) for n in emptied]

    def rewritten(
        self, number: int, journeys: Mapping[Key, Journey]
    ) -> tuple[tuple[dict[str, bytes], list[str]], "Segments"]:
        """What to set and what to delete where all journeys are written anew, as one segment; and what lies where then.

        Nothing is changed here: what was not committed can be gone on with.
        """
        made = Segments()
        fields, _ = made.write(number, journeys, (), journeys)
        return (fields, [str(n) for n in (*self._members, *self._emptied) if str(n) not in fields]), made

    def load(self, fields: Mapping[bytes, bytes]) -> Iterator[tuple[Key, Journey]]:
        """The current journeys out of what Redis holds; afterwards say with `retain` which of them are live."""
        current: dict[Key, Journey] = {}
        for number in sorted(int(name) for name in fields):
            for key, journey in _decode(fields[str(number).encode()]):
                current[key] = journey
                self._home[key] = number
        for name in fields:
            self._members[int(name)] = set()
        for key, number in self._home.items():
            self._members[number].add(key)
        yield from current.items()

    def retain(self, live: Container[Key]) -> None:
        """Lets go of the journeys that are forgotten by now."""
        for key in [key for key in self._home if key not in live]:
            self._leave(key)

    def _leave(self, key: Key) -> None:
        number = self._home.pop(key, None)
        if number is None:
            return
        members = self._members[number]
        members.discard(key)
        if not members:
            del self._members[number]
            self._emptied.append(number)
