"""Who talks, and for how long, where that is counted: in the snapshot, for Prometheus, and on the board."""

from typing import Any

import pytest

import config
from config import Wrong
from streams.core import measures, series
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.generate.boards import dashboards
from streams.serve.merging import NONE_MISSING
from streams.serve.snapshot import snapshot
from streams.serve.view import LineView, View, Viewer
from tests.events import Event, records
from tests.serve.documents import (
    CENTRE,
    FRESH_MS,
    HELSE,
    MINUTE,
    NOW,
    RULES,
    ago,
    as_read,
    document,
    folded,
    view,
    visit,
)
from tests.terms import at_first, from_then_on

TALKED = at_first(RULES, conversations=("phone",))
FILES = config.texts_of()
ON = {**FILES, "queues.toml": FILES["queues.toml"].replace("# conversations =", "conversations =")}
LOST_MS = TALKED.definitions.first.ghost_after_ms


def lines(*log: Event, seen_ms: int = NOW) -> dict[str, LineView]:
    """What a worker shows that counts conversations on the telephone."""
    state = PartitionState(TALKED)
    fold(state, records(log, NOW))
    return Viewer(state, CENTRE.windows.lengths).lines(seen_ms, Touched())


def documented(*views: View, now_ms: int = NOW) -> dict[str, Any]:
    """The snapshot, as a reader gets it."""
    return as_read(snapshot(views, NONE_MISSING, CENTRE, TALKED, now_ms, FRESH_MS))


def shown(*log: Event, seen_ms: int = NOW) -> dict[str, Any]:
    """The entry of one queue in the snapshot."""
    entry: dict[str, Any] = documented(view(lines(*log, seen_ms=seen_ms)), now_ms=seen_ms)["lines"][HELSE]
    return entry


HUNG_UP = [
    *visit("a", 20 * MINUTE, ("queue.answered", 18 * MINUTE), ("contact.ended", 8 * MINUTE)),
    *visit("b", 20 * MINUTE, ("queue.answered", 17 * MINUTE), ("contact.ended", 3 * MINUTE)),
]
TALKS = visit("c", 9 * MINUTE, ("queue.answered", 8 * MINUTE))


def test_who_talks_now_and_how_long_others_did() -> None:
    entry = shown(*HUNG_UP, *TALKS)
    assert entry["talking"] == 1
    assert entry["windows"]["30m"]["conversation_mean_ms"] == 12 * MINUTE
    assert entry["windows"]["5m"]["conversation_mean_ms"] == 14 * MINUTE
    assert entry["today"]["conversations"] | {"median_at_most_ms": None, "p90_at_most_ms": None} == {
        "ended": 2,
        "sum_ms": 24 * MINUTE,
        "mean_ms": 12 * MINUTE,
        "median_at_most_ms": None,
        "p90_at_most_ms": None,
        "lost": 0,
    }
    assert entry["total"]["conversations"]["ended"] == 2


def test_nobody_talks_is_0_and_not_counted_is_null() -> None:
    assert shown(*HUNG_UP)["talking"] == 0
    not_counted = document(folded(*HUNG_UP, *TALKS))["lines"][HELSE]
    assert not_counted["talking"] is None
    assert not_counted["windows"]["30m"]["conversation_mean_ms"] is None
    assert "conversations" not in not_counted["today"] and "conversations" not in not_counted["total"]


def test_who_is_presumed_to_have_hung_up_by_the_clock_does_not_talk() -> None:
    answered_ms = NOW - 8 * MINUTE
    assert shown(*TALKS, seen_ms=answered_ms + LOST_MS - 1)["talking"] == 1
    assert shown(*TALKS, seen_ms=answered_ms + LOST_MS)["talking"] == 0


def test_it_is_lost_by_the_terms_of_the_entry() -> None:
    """As the books have it: a shorter ghost_after that came between the entry and the answer takes nobody off."""
    shorter = from_then_on(TALKED, NOW - 8 * MINUTE - 30_000, ghost_after_ms=15 * MINUTE)
    state = PartitionState(shorter)
    fold(state, records(TALKS, NOW))
    seen_ms = NOW + 30 * MINUTE
    (line,) = Viewer(state, CENTRE.windows.lengths).lines(seen_ms, Touched()).values()
    assert line.talking == 1


def test_in_a_queue_that_nobody_has_come_to_nobody_talks() -> None:
    made = documented(view(lines(*TALKS)))
    assert made["lines"]["phone/personbruker/pensjon"]["talking"] == 0
    assert made["groups"]["phone/samhandler"]["talking"] == 0
    assert {entry["talking"] for line, entry in made["lines"].items() if not line.startswith("phone/")} <= {None}


def test_all_of_a_group_talk() -> None:
    arbeid = [ago(kind, ms, "d", "arbeid") for kind, ms in (("queue.entered", 2 * MINUTE), ("queue.answered", MINUTE))]
    made = documented(view(lines(*TALKS, *arbeid)))
    assert made["groups"]["phone/personbruker"]["talking"] == 2


def test_two_partitions_are_added_up() -> None:
    one, other = lines(*TALKS), lines(*visit("e", 2 * MINUTE, ("queue.answered", MINUTE)))
    made = documented(view(one), view(other, partition="phone-1"))
    assert made["lines"][HELSE]["talking"] == 2


def board_of(centre: config.Centre) -> str:
    """The board of one queue, as it is written."""
    return dashboards(centre)["grafana/dashboards/ko-i-dybden.json"]


def test_the_board_has_them_where_they_are_counted_and_not_elsewhere() -> None:
    titles = ("Samtaler", "I samtale", "Snitt samtaletid siste 30 min")
    queried = (series.TALKING.name, measures.CONVERSATION_MEAN.name)
    on, off = board_of(config.centre_of(ON, "on")), board_of(CENTRE)
    assert all(f'"{title}"' in on and f'"{title}"' not in off for title in titles)
    assert all(name in on and name not in off for name in queried)


def test_it_is_of_the_sixth_edition() -> None:
    text = ON["queues.toml"].replace("edition = 6 ", "edition = 5 ").replace("letter_lost =", "# letter_lost =")
    with pytest.raises(Wrong, match="conversations need edition = 6"):
        config.centre_of({**ON, "queues.toml": text}, "on")
