"""What a journey has room for, and what of an event can ever count. Neither depends on the edition."""

from dataclasses import replace

import pytest

from streams.oracle import Later

from .drawn import DEFINITIONS, EDITION_2, EDITION_3, FROM_ONE, HELSE, told, totals


def crowded(*rows: str) -> int:
    """How many facts find no room; the same by all editions."""
    (found,) = {told(*rows, by=by)["crowded"] for by in (DEFINITIONS, EDITION_2, EDITION_3)}
    return found


@pytest.mark.parametrize(
    "fact",
    [
        *("queue.entered a helse", "queue.answered a", "queue.abandoned a", "queue.left a closed", "agent.offered a"),
        *("agent.missed a", "callback.requested a", "callback.attempted a", "callback.connected a"),
        *("callback.failed a busy", "contact.ended", "contact.transferred a helse"),
        *("contact.started initiation=callback", "bot.started channel=chat", "bot.ended channel=chat outcome=solved"),
    ],
)
def test_of_each_kind_there_is_room_for_50_instants(fact: str) -> None:
    fifty = [f"{n}s {fact}" for n in range(50)]
    assert crowded(*fifty, *fifty) == 0
    assert crowded(*fifty, f"50s {fact}", "49s queue.entered b helse contact=d") == 1
    # Each contact, and each visit, has as many.
    other = " contact=d" if fact.startswith(("contact.ended", "contact.started", "bot.")) else " visit=b"
    assert crowded(*fifty, f"50s {fact}{other}") == 0


@pytest.mark.parametrize(
    ("fact", "otherwise"),
    [
        ("queue.entered a helse", "queue.entered a arbeid contact=d"),
        ("queue.left a closed", "queue.left a timeout"),
        ("callback.requested a", "callback.requested a promised_by=1h"),
        ("callback.failed a busy", "callback.failed a cancelled"),
        ("contact.transferred a helse", "contact.transferred a arbeid"),
        ("bot.ended channel=chat outcome=solved", "bot.ended channel=chat outcome=partly queue=frida"),
        ("contact.started initiation=callback", "queue.entered a helse initiation=callback"),
        ("contact.started initiation=callback", "contact.started"),
    ],
)
def test_at_an_instant_that_is_known_there_is_always_room(fact: str, otherwise: str) -> None:
    fifty = [f"{n}s {fact}" for n in range(50)]
    assert crowded(*fifty, *(f"{n}s {otherwise}" for n in range(50))) == 0


@pytest.mark.parametrize("type_", ["agent.offered", "agent.missed"])
def test_a_visit_has_room_for_200_offers_by_instant_and_adviser(type_: str) -> None:
    rows = [f"{at}s {type_} a agent={n}" for at in range(20) for n in range(10)]
    assert crowded("0 queue.entered a helse", *rows, *rows) == 0
    assert crowded(*rows, f"0 {type_} a agent=10") == 1
    assert crowded(*rows, f"0 {type_} a") == 1, "who is not named is one more"
    assert crowded(*rows[1:], f"0 {type_} a", f"0 {type_} a agent=", f"0 {type_} a agent=1") == 0
    assert crowded(*rows, f"20s {type_} a agent=0") == 1
    assert totals("0 queue.entered a helse", *rows, by=EDITION_2)[type_.removeprefix("agent.")] == 200


@pytest.mark.parametrize(
    "row",
    [
        *("{at}s queue.answered {n}", "{at}s contact.ended contact={n}", "{at}s contact.transferred {n} helse"),
        *("{at}s contact.started contact={n} initiation=callback", "{at}s bot.started channel=chat contact={n}"),
        "{at}s bot.ended channel=chat outcome=solved contact={n}",
    ],
)
def test_20_of_them_have_several_instants(row: str) -> None:
    first, again = ([row.format(at=at, n=n) for n in range(21)] for at in (0, 1))
    assert crowded(*first, *again[:20]) == 0
    assert crowded(*first, *again) == 1
    assert crowded(*first, *again[:20], row.format(at=2, n=0), *again[:20]) == 0


def test_of_20_contacts_the_chatbot_started_or_ended_several_times() -> None:
    started = [f"{at}s bot.started channel=chat contact={n}" for at in (0, 1) for n in range(10)]
    ended = [f"{at}s bot.ended channel=chat outcome=solved contact={n}" for at in (0, 1) for n in range(10, 20)]
    more = "{at}s bot.{how} channel=chat outcome=solved contact={n}"
    # Once of each kind is not several, and who has several of one may have them of the other.
    once = [more.format(at=at, how=how, n=20) for at, how in enumerate(("started", "ended"))]
    both = [more.format(at=at, how="ended", n=0) for at in (0, 1)]
    assert crowded(*started, *ended, *once, *both) == 0
    for how in ("started", "ended"):
        assert crowded(*started, *ended, *once, more.format(at=2, how=how, n=20)) == 1


@pytest.mark.parametrize(
    ("one_of", "more"),
    [
        ("0 queue.entered {n} helse", "0 queue.answered 200"),
        ("0 contact.transferred {n} helse", "0 contact.transferred 200 helse"),
        ("0 contact.ended contact={n}", "0 contact.ended contact=200"),
        ("0 contact.started contact={n} initiation=callback", "0 contact.started contact=200 initiation=callback"),
        ("0 bot.started channel=chat contact={n}", "0 bot.ended channel=chat outcome=solved contact=200"),
    ],
)
def test_there_is_room_for_200_of_each(one_of: str, more: str) -> None:
    many = [one_of.format(n=n) for n in range(200)]
    assert crowded(*many, *many) == 0
    assert crowded(*many, more) == 1
    # The others have their own room.
    others = (
        "1s queue.answered 0",
        "1s contact.transferred 0 helse",
        "1s contact.ended contact=0",
        "1s contact.started",
    )
    assert crowded(*many, *others, "1s contact.started contact=0 initiation=callback") == 0


def test_an_entry_that_cannot_mark_its_contact_is_crowded_as_a_whole() -> None:
    marked = [f"0 contact.started contact={n} initiation=callback" for n in range(200)]
    entry = "0 queue.entered a helse contact=new"
    assert crowded(*marked, entry) == 0
    assert crowded(*marked, entry + " initiation=callback") == 1
    assert totals(*marked, entry + " initiation=callback", by=EDITION_2) == {}
    assert crowded(*marked, "0 queue.entered a helse contact=7 initiation=callback") == 0
    # It marks nobody, either, where its visit has no room.
    full = [f"{n}s queue.entered a helse" for n in range(50)]
    assert crowded(*marked[1:], *full, "50s queue.entered a helse contact=new initiation=callback", marked[0]) == 1
    assert crowded(*marked[1:], marked[0], *full) == 0


def test_what_is_crowded_chooses_no_edition() -> None:
    # 50 instants from 1h on, and the earliest of all comes last.
    many = [f"1h+{n}s queue.answered b" for n in range(50)]
    by = replace(DEFINITIONS, later=[Later(**FROM_ONE, edition=2)])
    stays = ("1h queue.entered a helse", "1h+1s queue.answered a", "1h+2s queue.entered a helse")
    assert totals(*many, *stays, "0 queue.answered b", by=by)["entered"] == 2
    assert totals("0 queue.answered b", *many, *stays, by=by)["entered"] == 1


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("agent.offered a agent=x", "agent.offered a agent=y", True),
        ("agent.offered a agent=x", "agent.offered a", True),
        ("agent.offered a agent=", "agent.offered a", False),
        ("queue.answered a agent=x", "queue.answered a agent=y", False),
        ("queue.entered a helse initiation=callback", "queue.entered a helse", True),
        ("queue.entered a helse initiation=inbound", "queue.entered a helse", False),
        ("contact.started initiation=callback", "contact.started initiation=inbound", True),
        ("contact.ended initiation=callback", "contact.ended", False),
    ],
)
def test_two_that_wait_are_one_where_all_that_could_count_is_the_same(one: str, other: str, apart: bool) -> None:
    ahead = told(f"0 {one} producer=0", f"0 {other} producer=0", by=EDITION_2)["ahead"]
    assert len(ahead) == (2 if apart else 1)


def test_what_waits_is_counted_when_it_comes_in() -> None:
    # Two advisers of one instant wait, and a broker's event brings them in.
    rows = ("0 queue.entered a helse", *(f"2h agent.missed a agent={who} producer=2h" for who in "xyx"))
    assert "missed" not in told(*rows, by=EDITION_2)["totals"][HELSE]
    assert totals(*rows, "2h tick", by=EDITION_2)["missed"] == 2
