"""What each who watches is told, and in what order: by hand, as the events that a browser would hear."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from streams.web.held import Held
from streams.web.watching import Room, Watcher
from tests.web.documents import ARBEID, GROUP, HELSE, NAMES, Wall, believed, held, small

Event = tuple[str, Any]


def events(text: bytes) -> list[Event]:
    """As the standard has them heard; comments are heard by nobody."""
    heard = []
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in fields:
            heard.append((fields["event"], json.loads(fields["data"])))
    return heard


def told(watcher: Watcher) -> list[str]:
    """In short what is said next, such as `phone/personbruker/helse 3`; not that it holds for longer."""
    short: dict[str, Callable[[Any], str]] = {
        "now": lambda data: f"{data['now']['name']} {data['now']['waiting']}",
        "unknown": lambda data: data["type"].rpartition(":")[2],
        "gone": lambda data: f"no {data['name']}",
    }
    return [short[kind](data) for kind, data in events(watcher.take()) if kind != "believed"]


def last_id(text: bytes) -> str:
    return text.decode().rpartition("id: ")[2].partition("\n")[0]


def room_of(of: Held) -> Room:
    made = Room(of)
    of.tell = made.tell
    return made


def test_first_what_is_so_and_then_what_changes() -> None:
    of = held(Wall())
    one = room_of(of).enter(frozenset((HELSE, GROUP)), "")
    assert one.wake.is_set()
    assert told(one) == [f"{GROUP} 0", f"{HELSE} 0"]
    assert not one.wake.is_set()
    of.take({ARBEID: small(ARBEID, 7)}, believed(1000), is_whole=False)
    assert not one.wake.is_set(), "of what it does not watch it hears nothing"
    of.take({HELSE: small(HELSE, 1)}, believed(1000), is_whole=False)
    assert one.wake.is_set()
    assert told(one) == [f"{HELSE} 1"]
    assert told(one) == []


def test_who_names_none_watches_all_also_what_comes_later() -> None:
    of = held(Wall())
    one = room_of(of).enter(frozenset(), "")
    assert told(one) == [f"{name} 0" for name in sorted(NAMES)]
    of.take({"chat/samhandler": small("chat/samhandler", 2)}, believed(1000), is_whole=False)
    assert told(one) == ["chat/samhandler 2"]


def test_who_is_slow_hears_the_newest_alone() -> None:
    of = held(Wall())
    one = room_of(of).enter(frozenset((HELSE,)), "")
    told(one)
    for waiting in range(1, 100):
        of.take({HELSE: small(HELSE, waiting)}, believed(1000), is_whole=False)
    assert told(one) == [f"{HELSE} 99"]


def test_all_that_is_told_at_once_ends_with_until_when_it_holds() -> None:
    of = held(Wall())
    heard = events(room_of(of).enter(frozenset(), "").take())
    assert [kind for kind, _ in heard] == ["now", "now", "now", "believed"]
    assert {data["until_ms"] for _, data in heard} == {1000}


def test_it_is_told_when_nothing_may_be_believed_and_all_of_it_when_it_may_again() -> None:
    wall = Wall()
    of = held(wall)
    one = room_of(of).enter(frozenset((HELSE,)), "")
    told(one)
    wall.ms = 1001
    of.look()
    assert told(one) == ["old"]
    assert one.take() == b": alive\n\n", "once"
    of.fails("redis")
    assert told(one) == ["redis-away"]
    of.take({name: small(name) for name in NAMES}, believed(2000))
    assert told(one) == [f"{HELSE} 0"], "though it is what it was"


def test_who_comes_while_nothing_may_be_believed_is_told_so() -> None:
    of = Held(Wall())
    one = room_of(of).enter(frozenset((HELSE,)), "")
    assert told(one) == ["starting"]
    of.take({HELSE: small(HELSE, 3)}, believed(1000))
    assert told(one) == [f"{HELSE} 3"]


def test_a_queue_that_is_taken_out_is_told_of() -> None:
    of = held(Wall())
    room = room_of(of)
    one, all_ = room.enter(frozenset((HELSE,)), ""), room.enter(frozenset(), "")
    told(one), told(all_)
    of.take({HELSE: None}, believed(1000), is_whole=False)
    assert told(one) == told(all_) == [f"no {HELSE}"]


def test_who_comes_back_hears_what_changed_since() -> None:
    of = held(Wall())
    room = room_of(of)
    names = frozenset((HELSE, ARBEID))
    id_ = last_id(room.enter(names, "").take())
    assert told(room.enter(names, id_)) == []
    of.take({HELSE: small(HELSE, 1)}, believed(1000), is_whole=False)
    assert told(room.enter(names, id_)) == [f"{HELSE} 1"]


@pytest.mark.parametrize(
    "id_",
    ["", "x", "..", "{token}.999.{of}", "{token}.-1.{of}", "{token}.²." + "{of}", "other.1.{of}", "{token}.1.00000000"],
)
def test_an_id_of_another_process_or_of_other_names_is_as_none(id_: str) -> None:
    of = held(Wall())
    room = room_of(of)
    of_ = last_id(room.enter(frozenset((HELSE,)), "").take()).rpartition(".")[2]
    assert told(room.enter(frozenset((HELSE,)), id_.format(token=room.token, of=of_))) == [f"{HELSE} 0"]


def test_who_comes_back_after_nothing_was_believed_hears_all() -> None:
    wall = Wall()
    of = held(wall)
    room = room_of(of)
    one = room.enter(frozenset((HELSE,)), "")
    id_ = last_id(one.take())
    wall.ms = 1001
    of.look()
    of.take({name: small(name) for name in NAMES}, believed(2000))
    assert told(room.enter(frozenset((HELSE,)), id_)) == [f"{HELSE} 0"]


def test_nothing_is_kept_of_who_has_gone() -> None:
    room = room_of(held(Wall()))
    every = [room.enter(frozenset(names), "") for names in ((HELSE,), (HELSE, ARBEID), ())]
    assert len(room) == 3
    for one in every:
        room.leave(one)
    assert len(room) == 0
    assert not room._of and not room._of_all


def test_the_end_is_told_to_all_and_to_who_comes_later() -> None:
    room = room_of(held(Wall()))
    one = room.enter(frozenset(), "")
    room.close()
    assert one.is_ended and room.enter(frozenset(), "").is_ended
