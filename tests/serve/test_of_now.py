"""Why a document is not of now, in the words that a person reads in a terminal."""

from typing import Any

import pytest
from msgspec.structs import replace

from streams.serve.documents import Ahead, Rebuilding, Snapshot
from streams.serve.of_now import lacks, why_not_of_now
from tests.serve.documents import FRESH_MS, NOW, SECOND, busy, document, typed

LIVE = typed(document(busy()))
AHEAD = {"phone": Ahead(held=3, beyond_clock=2), "chat": Ahead(held=1, beyond_clock=0)}


def live(**otherwise: Any) -> Snapshot:
    return replace(LIVE, **otherwise)


def ahead() -> Snapshot:
    return live(status="stale", records=replace(LIVE.records, ahead=AHEAD))


WHY: dict[str, tuple[Snapshot, int, str | None]] = {
    "it is": (live(), NOW, None),
    "it may just be believed": (live(), NOW + FRESH_MS, None),
    "nobody writes it any more": (
        live(),
        NOW + FRESH_MS + 1,
        "the figures are stale: nobody has written any for 5 s",
    ),
    "nor has for long": (live(), NOW + 90 * SECOND, "the figures are stale: nobody has written any for 90 s"),
    "it does not say what it lacks": (live(status="stale"), NOW, "the figures are stale"),
    "it lacks something": (
        live(status="stale", missing_topics=["phone", "chat"], unread_partitions=["phone-1"]),
        NOW,
        "the figures are stale: topics that Kafka does not have: phone, chat; partitions that may be unread: phone-1",
    ),
    "its clock is wrong": (
        live(clock_wrong_ms=-1500),
        NOW,
        "the figures are stale: the clock of who wrote them is 1.5 s off Redis'",
    ),
    "it is rebuilt": (
        live(status="rebuilding", rebuilding=Rebuilding(done=1000, of=20_000, channels=["chat", "phone"])),
        NOW,
        "figures are being rebuilt: 1,000 of 20,000 records, and none of chat, phone are shown until then",
    ),
    "it is rebuilt, and does not say how far it is": (live(status="rebuilding"), NOW, "figures are being rebuilt"),
    "it catches up": (
        live(status="catching_up", behind=12_345),
        NOW,
        "the figures are of the past: 12,345 records are not counted yet",
    ),
}


@pytest.mark.parametrize(("made", "now_ms", "why"), [pytest.param(*case, id=name) for name, case in WHY.items()])
def test_why_it_is_not_of_now(made: Snapshot, now_ms: int, why: str | None) -> None:
    assert why_not_of_now(made, now_ms) == why


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (live(), ""),
        (live(missing_partitions=["phone-0", "chat-1"]), "partitions that nobody shows: phone-0, chat-1"),
        (ahead(), "channels with events dated later than the clock: phone"),
        (live(clock_wrong_ms=60_000), "the clock of who wrote them is 60.0 s off Redis'"),
    ],
)
def test_what_it_lacks_is_named(made: Snapshot, said: str) -> None:
    assert lacks(made) == said
