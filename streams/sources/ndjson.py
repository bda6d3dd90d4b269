"""Other people's events: lines of JSON, checked against the schema, and sent as they are.

Memory is bounded whatever comes: a line too long for an event is passed over, and only the latest journeys are
remembered. May import: streams.core.events, sending.
"""

from codecs import BOM_UTF8
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from streams.core.decode import MAX_BYTES, Decode, Newer, Rejected
from streams.core.events import Event, WrittenAnswered, WrittenReceived
from streams.sources.sending import Outgoing, Sender

TOO_LARGE: Final = "too_large"
NO_CHANNEL: Final = "no_channel"  # neither the event nor an earlier one of its journey says which
JOURNEYS_REMEMBERED: Final = 100_000
NAMED: Final = 20  # bad lines, and the first one of each reason; the rest is counted
Numbered = list[tuple[int, bytes | None]]  # lines; None stands for one that is too long to be an event
_AT_ONCE = 10_000  # lines between two turns of others: 50 ms of work where all are bad


class Lines:
    """Cuts bytes into numbered lines; None stands for one that is too long to be an event."""

    def __init__(self) -> None:
        self.number = 0
        self._begun = b""
        self._too_long = False

    def cut(self, data: bytes) -> Iterator[tuple[int, bytes | None]]:
        """The lines that `data` completes."""
        *whole, begun = (self._begun + data).split(b"\n")
        self._begun = b""
        for line in whole:
            yield from self._line(line)
            self._too_long = False
        self._begun, self._too_long = begun, self._too_long or len(begun) > MAX_BYTES + 1  # 1: a "\r" may end it
        if self._too_long:
            self._begun = b""

    def rest(self) -> Iterator[tuple[int, bytes | None]]:
        """A last line without an end."""
        if self._begun or self._too_long:
            yield from self._line(self._begun)

    def _line(self, line: bytes) -> Iterator[tuple[int, bytes | None]]:
        self.number += 1
        line = (line.removeprefix(BOM_UTF8) if self.number == 1 else line).removesuffix(b"\r")
        if self._too_long or len(line) > MAX_BYTES:
            yield self.number, None
        elif line.strip():
            yield self.number, line


class Checked(NamedTuple):
    """A good line: where it goes, and what it says."""

    outgoing: Outgoing
    event: Event


class Check:
    """What is wrong with a line, or where it goes."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._channels: OrderedDict[str, str] = OrderedDict()

    def __call__(self, line: bytes | None) -> Checked | str:
        """The record to send, or the reason why not: from the schema's closed list, never text from the line."""
        decoded = Rejected(TOO_LARGE) if line is None else self._decode(line)
        if isinstance(decoded, Rejected):
            return f"{decoded.reason}: {decoded.field}" if decoded.field else decoded.reason
        event = decoded.event if isinstance(decoded, Newer) else decoded
        channel = self._channel(event)
        if channel is None:
            return NO_CHANNEL
        key = (event.journey_id or event.queue or "").encode()
        return Checked(Outgoing(channel, key, line, None), event)

    def _channel(self, event: Event) -> str | None:
        """Its own, that of its kind, or that which its journey had last."""
        channel: str | None = event.channel
        if isinstance(event, WrittenReceived | WrittenAnswered):
            channel = "written"
        journey = event.journey_id
        if channel is None:
            return self._channels.get(journey) if journey else None
        if journey:
            self._remember(journey, channel)
        return channel

    def _remember(self, journey: str, channel: str) -> None:
        self._channels[journey] = channel
        self._channels.move_to_end(journey)
        if len(self._channels) > JOURNEYS_REMEMBERED:
            self._channels.popitem(last=False)


@dataclass
class Produced:
    """How it went."""

    sent: int = 0
    named: int = 0  # of the bad lines
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def bad(self) -> int:
        """Lines that were not sent."""
        return self.reasons.total()


async def produce(
    sender: Sender,
    decode: Decode,
    lines: AsyncIterator[Numbered],
    on_bad: Callable[[int, str], None],
    progress: Callable[[Produced], None] = lambda _: None,
) -> Produced:
    """Sends every good line, and tells of the first bad ones by number and reason.

    Whatever the lines are, it can be cancelled soon.
    """
    check, produced = Check(decode), Produced()

    def good(numbered: Numbered) -> Iterator[Outgoing]:
        for number, line in numbered:
            checked = check(line)
            if isinstance(checked, str):
                produced.reasons[checked] += 1
                if produced.named < NAMED or produced.reasons[checked] == 1:
                    produced.named += 1
                    on_bad(number, checked)
            else:
                produced.sent += 1
                yield checked.outgoing

    async for some in lines:
        await sender.send(good(some))
        progress(produced)
    return produced


async def numbered(chunks: AsyncIterator[bytes]) -> AsyncIterator[Numbered]:
    """The lines of the bytes as they come, some at once, each with its number."""
    lines = Lines()
    async for data in chunks:
        for some in at_once(lines.cut(data)):
            yield some
    for some in at_once(lines.rest()):
        yield some


def at_once(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[Numbered]:
    """So many of them together as are sent before anything else may happen."""
    while some := list(islice(lines, _AT_ONCE)):
        yield some
