"""What is known of the figures that were counted before an upgrade: less than of those since. May import: msgspec."""

from typing import Final

import msgspec


class Upgrade(msgspec.Struct, array_like=True, frozen=True):
    """From state version 4: by the configuration's queues, on its scale of waits."""

    offset: int = 0  # up to which events were counted so
    edges_ms: tuple[int, ...] = ()  # between which alone their waits are known
    lines: tuple[str, ...] = ()  # of the queues that were configured; all others are "other"


NO_UPGRADE: Final = Upgrade()

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Upgrade).decode


def packed(upgrade: Upgrade) -> bytes:
    """As Redis has it."""
    return _encode(upgrade)


def unpacked(value: bytes | None) -> Upgrade:
    """What was packed; none where there is nothing."""
    return NO_UPGRADE if value is None else _decode(value)
