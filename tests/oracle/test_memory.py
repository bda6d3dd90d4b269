"""Cases drawn by hand, by edition 3: an id that is used again, which facts are of one journey, and what is over."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from streams.oracle import Definitions, Later

from . import drawn
from .drawn import (
    ARBEID,
    DAY,
    DEFINITIONS,
    EDITION_2,
    EDITION_3,
    FRIDA,
    FROM_ONE,
    HELSE,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    WITH_MEMORY,
    at,
    told,
    totals,
)

CHAT = "chat/personbruker/helse"
WAITS = "0 queue.entered a helse"
CHATS = "0 queue.entered a helse channel=chat"
TWO_DAYS = (WAITS, "60s queue.answered a", "1d queue.entered a helse", "1d+90s queue.answered a")


def stayed(*rows: str, by: Definitions = EDITION_3) -> list[tuple[str, int, int | None, str]]:
    return drawn.stayed(*rows, by=by)


def journeys(*rows: str, by: Definitions = WITH_MEMORY) -> int:
    """How many journeys began, of any line."""
    return sum(cell.get("journeys", 0) for cell in told(*rows, by=by)["totals"].values())


def test_an_id_that_is_used_again_the_next_day_is_another_journey() -> None:
    # a  0 entered ── 60s answered │ 1d entered ── 1d+90s answered
    counted = totals(*TWO_DAYS, by=EDITION_3)
    assert counted == {
        **{"entered": 2, "answered": 2, "wait_sum_ms": 150_000, "answered_in_60000ms": 1, "answered_in_180000ms": 1},
        **{"journeys": 2, "reached": 2, "reached_first_visit": 2, "journey_wait_sum_ms": 150_000},
        **{"reached_in_60000ms": 1, "reached_in_180000ms": 1, "time_in_queues_sum_ms": 150_000},
    }
    assert at("days", "journeys", *TWO_DAYS, by=EDITION_3) == {-9 * HOUR: 1, DAY - 9 * HOUR: 1}
    assert stayed(*TWO_DAYS) == [("helse", 0, MINUTE, "answered"), ("helse", DAY, DAY + 90 * SECOND, "answered")]
    assert told(*TWO_DAYS, by=EDITION_3)["journeys"] == 1, "the ids that are remembered"
    assert told(*TWO_DAYS, by=EDITION_2)["totals"][HELSE]["journeys"] == 1, "till edition 3 an id is one journey"
    # By edition 1 it is one visit of it, too, whatever the memory.
    assert (totals(*TWO_DAYS)["entered"], totals(*TWO_DAYS)["journeys"]) == (1, 1)
    assert told(*TWO_DAYS, by=replace(DEFINITIONS, memory_ms={"phone": HOUR})) == told(*TWO_DAYS)


def test_nothing_of_one_journey_matters_to_another_of_its_id() -> None:
    # a  0 entered: its end was never told │ 1d another queue, and other contacts' ends, moves and offers
    today = ("1d queue.entered a arbeid", "1d+5s contact.ended", "1d+2s agent.missed a")
    assert stayed(WAITS, *today) == [("helse", 0, 4 * HOUR, "lost"), ("arbeid", DAY, DAY + 5 * SECOND, "left_ended")]
    assert told(WAITS, *today, by=EDITION_3)["totals"][ARBEID]["missed"] == 1
    # An exit without an entry in its journey counts nothing, before and after.
    assert totals(WAITS, "1d queue.answered a", by=EDITION_3) == {"entered": 1, "journeys": 1, "lost": 1}
    assert stayed("0 queue.answered a", "1d queue.entered a helse") == [("helse", DAY, None, "waiting")]
    # Who was passed on yesterday was not passed on to today's queue.
    rows = (WAITS, "30s queue.answered a", "60s contact.transferred a arbeid", "1d queue.entered b arbeid")
    assert totals(*rows, "1d+9s queue.answered b", line=ARBEID, by=EDITION_3).keys() >= {"passed_on", "answered"}
    assert "passed_on_answered" not in totals(*rows, "1d+9s queue.answered b", line=ARBEID, by=EDITION_3)


@pytest.mark.parametrize(("then", "how"), [("4h-1ms", "answered"), ("4h", "lost")])
def test_what_comes_exactly_a_memory_later_is_of_another_journey(then: str, how: str) -> None:
    # a  0 entered ──────── 4h: the memory of a call
    assert [end for *_, end in stayed(WAITS, f"{then} queue.answered a", "5h tick")] == [how]
    assert journeys(WAITS, f"{then} queue.entered b helse") == (1 if how == "answered" else 2)


@pytest.mark.parametrize(("then", "how"), [("3d-1ms", "answered"), ("3d", "lost")])
def test_a_chat_is_remembered_for_its_own_time(then: str, how: str) -> None:
    answered = (CHATS, f"{then} queue.answered a")
    assert [end for *_, end in stayed(*answered, by=WITH_MEMORY)] == [how]
    # A call is not, and in a channel of which nothing is said a chat is not.
    assert stayed(WAITS, answered[1], by=WITH_MEMORY)[0][3] == "lost"
    assert stayed(*answered, by=EDITION_3)[0][3] == "lost"


def test_a_chat_that_is_asked_on_friday_and_answered_on_monday_waited_for_the_weekend() -> None:
    # T0 is a Tuesday at nine: asked on Friday at three, answered on Monday at nine
    friday = "3d+6h queue.entered a frida channel=chat"
    assert totals(friday, "3d+10h tick", line=FRIDA, by=WITH_MEMORY)["lost"] == 1
    monday = totals(friday, "6d queue.answered a", line=FRIDA, by=WITH_MEMORY)
    assert (monday["answered"], monday["wait_sum_ms"], monday["reached_first_visit"]) == (1, 66 * HOUR, 1)
    assert "lost" not in monday
    assert "answered" not in totals(friday, "6d queue.answered a", line=FRIDA, by=EDITION_3)


@pytest.mark.parametrize(
    "between",
    [
        *("agent.offered a", "agent.missed x", "queue.left x closed", "contact.ended contact=e"),
        *("callback.attempted x", "contact.transferred x helse", "queue.entered b arbeid contact=e"),
        *("bot.started channel=chat contact=e", "bot.ended channel=chat contact=e outcome=solved"),
        "contact.started contact=e initiation=callback",
    ],
)
def test_any_fact_bridges_the_time_between(between: str) -> None:
    # a  0 entered ──── 3h any fact of the id ──── 6h answered
    rows = (WAITS, f"3h {between}", "6h queue.answered a")
    for order in itertools.permutations(rows):
        assert ("helse", 0, 6 * HOUR, "answered") in stayed(*order)
    # Not of another id, and not from further away.
    assert ("helse", 0, 4 * HOUR, "lost") in stayed(rows[0], f"{rows[1]} journey=k", rows[2])
    assert ("helse", 0, 4 * HOUR, "lost") in stayed(rows[0], f"4h {between}", rows[2])


@pytest.mark.parametrize("between", ["contact.started", "contact.started initiation=inbound", "tick"])
def test_what_is_no_fact_bridges_nothing(between: str) -> None:
    rows = (WAITS, f"3h {between}", "6h queue.answered a")
    assert stayed(*rows) == [("helse", 0, 4 * HOUR, "lost")]


def test_what_is_crowded_bridges_nothing_and_keeps_its_id_in_mind() -> None:
    # x  50 instants; 3h one more ──── 6h a is answered
    many = [f"{n}s queue.answered x" for n in range(50)]
    rows = (WAITS, *many, "3h queue.answered x", "6h queue.answered a")
    assert stayed(*rows[1:], WAITS)[0] == ("helse", 0, 4 * HOUR, "lost")
    assert told(WAITS, *many, "3h queue.answered x", "43h-1ms tick", by=EDITION_3)["journeys"] == 1
    assert told(WAITS, *many, "3h queue.answered x", "43h tick", by=EDITION_3)["journeys"] == 0


def test_the_memory_of_a_channel_holds_from_its_entry_on() -> None:
    # 0 bot started (4h) ──── entered the chat (3d) ──── 2d bot ended: timed where all are of one journey
    started, ended = "0 bot.started channel=chat", "2d bot.ended channel=chat queue=frida outcome=solved"
    for entered, is_one in (("4h-1ms", True), ("4h", False)):
        rows = (started, f"{entered} queue.entered a helse channel=chat", ended)
        assert ("bot_timed" in totals(*rows, line=FRIDA, by=WITH_MEMORY)) == is_one
    # Of two queues the longest memory holds from the later's entry on, whichever was first.
    assert journeys(WAITS, "5h queue.entered b helse channel=chat") == 2
    assert journeys(CHATS, "5h queue.entered b helse") == 1
    assert journeys(CHATS, "5h queue.entered b helse", "3d queue.entered d helse") == 1
    assert journeys(WAITS, "3h queue.entered b helse channel=chat", "3d queue.entered d helse") == 1
    # All that is of one instant holds there, and an entry by the line that counts at its instant.
    assert journeys(WAITS, "0 queue.entered b helse channel=chat", "2d queue.entered d helse") == 1
    assert journeys(WAITS, "0 queue.entered a helse channel=chat", "2d queue.entered d helse") == 1
    written = replace(WITH_MEMORY, memory_ms={"written": 9 * DAY})
    assert journeys(WAITS, "0 queue.entered a sto channel=written", "2d queue.entered d helse", by=written) == 2


def test_another_journey_remembers_nothing_of_the_one_before() -> None:
    # a chat (3d) │ 3d a call (4h) │ 3d+5h another
    assert journeys(CHATS, "3d queue.entered b helse", "3d+5h queue.entered d helse") == 3
    asked = (WAITS, "0 callback.requested a")
    assert journeys(*asked, "6d queue.entered b helse", "12d queue.entered d helse") == 1
    assert journeys(*asked, "7d queue.entered b helse", "7d+5h queue.entered d helse") == 3


@pytest.mark.parametrize(("then", "how"), [("7d+60s-1ms", "kept"), ("7d+60s", "broken")])
def test_where_a_callback_was_asked_for_the_memory_is_promise_lost(then: str, how: str) -> None:
    # a  60s asked ──────── 7d+60s lost
    rows = (WAITS, "60s callback.requested a", f"{then} callback.connected a", "8d tick")
    counted = totals(*rows, by=EDITION_3)
    assert {name for name in counted if name.startswith(("callback_k", "callback_b"))} >= {f"callback_{how}"}
    assert (f"callback_{'broken' if how == 'kept' else 'kept'}" in counted) is False
    # Not before it was asked for, and by whatever asks, whether a stay ends with it or not.
    assert stayed(WAITS, "5h callback.requested a", "6h queue.answered a")[0][3] == "lost"
    assert stayed(WAITS, "1s callback.requested x", "6d queue.answered a")[0][3] == "answered"


def test_memory_may_be_otherwise_from_a_date_on() -> None:
    longer = replace(EDITION_3, later=[Later(**FROM_ONE, memory_ms={"chat": 3 * DAY})])
    # The fact before decides, and the longest that held by then.
    assert stayed(CHATS, "2d queue.answered a", by=longer)[0][3] == "lost"
    assert stayed(CHATS, "1h-1ms agent.offered a", "2d queue.answered a", by=longer)[0][3] == "lost"
    assert stayed(CHATS, "1h agent.offered a", "2d queue.answered a", by=longer)[0][3] == "answered"
    assert stayed(WAITS, "1h agent.offered a", "2d queue.answered a", by=longer)[0][3] == "lost"
    # So a shorter one takes nothing away; and what is not told stays.
    for change in (Later(**FROM_ONE, memory_ms={}), FROM_ONE):
        shorter = replace(WITH_MEMORY, later=[change])
        assert stayed("2h queue.entered a helse channel=chat", "2d queue.answered a", by=shorter)[0][3] == "answered"
    assert replace(WITH_MEMORY, later=[FROM_ONE]).then(T0 + HOUR).memory_ms == WITH_MEMORY.memory_ms
    # What goes by ghost_after goes by the longest of that.
    lost = replace(EDITION_3, later=[Later(**{**FROM_ONE, "ghost_after_ms": 10 * HOUR})])
    assert stayed("1h" + WAITS[1:], "11h-1ms queue.answered a", by=lost)[0][3] == "answered"
    assert stayed("1h-1ms" + WAITS[1:], "9h queue.answered a", by=lost)[0][3] == "lost"


def promised(*rows: str) -> dict[str, int]:
    """What promises of this line came to."""
    counted = totals(*rows, by=EDITION_3)
    return {name: n for name, n in counted.items() if name in ("callback_kept", "callback_settled")}


def test_a_contact_that_was_begun_as_a_callback_is_none_in_the_next_journey() -> None:
    # d  0 begun as a callback │ 1d asked by a ── d answered
    asks = ("1d queue.entered a helse", "1d+60s callback.requested a")
    answered = ("1d+30m queue.entered b arbeid contact=d", "1d+31m queue.answered b")
    begun = "contact.started contact=d initiation=callback"
    assert promised(f"0 {begun}", *asks, *answered) == {"callback_settled": 1}
    assert promised(f"1d {begun}", *asks, *answered) == {"callback_kept": 1}
    # It was told on both days: each is a fact.
    assert promised(f"0 {begun}", f"1d+30m {begun}", *asks, *answered) == {"callback_kept": 1}
    assert promised("0 queue.entered x arbeid contact=d initiation=callback", *asks, *answered) == {
        "callback_settled": 1
    }


def test_the_chatbots_time_with_a_contact_is_told_of_each_journey() -> None:
    # 0 bot ── 45s ended │ 1d bot ── 1d+30s ended, of the same contact
    bots = [
        f"{when} bot.{what} channel=chat queue=frida outcome=solved"
        for when, what in (("0", "started"), ("45s", "ended"), ("1d", "started"), ("1d+30s", "ended"))
    ]
    for order in itertools.permutations(bots):
        assert totals(*order, line=FRIDA, by=EDITION_3) == {
            **{"bot_solved": 2, "bot_timed": 2, "bot_time_sum_ms": 75_000}
        }
    # Yesterday's beginning is not that of today's; and in one journey a contact's first end counts.
    assert totals(bots[0], bots[3], line=FRIDA, by=EDITION_3) == {"bot_solved": 1}
    again = bots[1].replace("45s", "60s")
    assert totals(*bots[:2], again, line=FRIDA, by=EDITION_3)["bot_time_sum_ms"] == 45_000
    assert totals(*bots[:2], again, line=FRIDA, by=EDITION_3)["bot_solved"] == 1
    # By edition 1 they are of one contact of one journey.
    assert totals(*bots, line=FRIDA) == {"bot_solved": 1, "bot_timed": 1, "bot_time_sum_ms": 45_000}


@pytest.mark.fault(12)
def test_in_any_order_within_the_horizon_the_journeys_are_the_same() -> None:
    # a  0 entered, passed on ── b waits │ 20h a entered ── answered │ 30h a callback │ and 35h nothing else
    rows = (
        *(WAITS, "30s queue.answered a", "60s contact.transferred a arbeid", "3h queue.entered b arbeid"),
        *("20h queue.entered a helse", "30h contact.started initiation=callback"),
    )
    first = told(*rows, "35h tick", by=EDITION_3)
    assert (first["totals"][HELSE]["journeys"], first["transfers_waiting"]) == (2, {ARBEID: [T0 + 3 * HOUR]})
    for order in itertools.permutations(rows):
        assert told(*order, "35h tick", by=EDITION_3) == first
        assert told("35h tick", *order, by=EDITION_3) == first


def test_the_edition_is_that_of_the_id() -> None:
    # Edition 3 holds from 1h on; a is used on two days.
    by = replace(DEFINITIONS, later=[Later(**FROM_ONE, edition=3, one_place=("phone",))])
    days = ("1h queue.entered a helse", "1h+9s queue.answered a", "1d queue.entered a helse", "1d+9s queue.answered a")
    assert totals(*days, by=by)["journeys"] == 2
    # Something is told from before that: all is of one journey, for as long as the id is remembered.
    before = "1h-1ms contact.ended"
    assert totals(before, *days, by=by)["journeys"] == 1
    assert totals(*days, before, by=by)["journeys"] == 1
    assert totals(before, *days[:2], "41h queue.entered a helse", by=by)["journeys"] == 1
    assert totals(before, *days[:2], "41h+9s queue.entered a helse", by=by)["journeys"] == 2
    # Of the chatbot and of what a contact began as that is decided only where there is nothing else.
    bots = [f"{when} bot.ended channel=chat queue=frida outcome=solved" for when in ("1h-1ms", "9h")]
    assert totals(*bots, line=FRIDA, by=by) == {"bot_solved": 1}
    assert totals(*bots, "10h queue.answered x", line=FRIDA, by=by) == {"bot_solved": 2}
    assert totals(bots[0].replace("1h-1ms", "1h"), bots[1], line=FRIDA, by=by) == {"bot_solved": 2}
    begun = "30m contact.started initiation=callback"
    assert totals(begun, bots[0].replace("1h-1ms", "2h"), bots[1], line=FRIDA, by=by) == {"bot_solved": 1}
    assert totals("30m contact.started", bots[0].replace("1h-1ms", "2h"), bots[1], line=FRIDA, by=by) == {
        "bot_solved": 2
    }


def forgotten(*rows: str, now: str, by: Definitions = WITH_MEMORY) -> bool:
    """Whether nothing is remembered of the only id."""
    return told(*rows, f"{now} tick", by=by)["journeys"] == 0


@pytest.mark.parametrize(
    ("rows", "by", "after"),
    [
        ([CHATS], WITH_MEMORY, "36h+3d"),
        ([CHATS], EDITION_3, "36h+4h"),
        ([CHATS], replace(WITH_MEMORY, edition=1), "36h+4h"),
        ([WAITS], WITH_MEMORY, "36h+4h"),
        ([WAITS, "0 queue.entered b helse channel=chat"], WITH_MEMORY, "36h+3d"),
        ([CHATS, "0 callback.requested a"], WITH_MEMORY, "36h+7d"),
        ([CHATS, "0 callback.requested a"], replace(WITH_MEMORY, memory_ms={"chat": 9 * DAY}), "36h+9d"),
        ([WAITS], replace(WITH_MEMORY, memory_ms={"phone": HOUR}), "36h+4h"),
        (["0 bot.started channel=chat"], WITH_MEMORY, "36h+4h"),
        # The last of its journeys decides; and the newest fact, also one that is not kept.
        ([CHATS, "3d queue.entered a helse"], WITH_MEMORY, "36h+3d+4h"),
        ([CHATS, "1d contact.started"], WITH_MEMORY, "36h+4d"),
        # The longest there was up to the newest fact.
        ([CHATS], replace(EDITION_3, later=[Later(**FROM_ONE, memory_ms={"chat": DAY})]), "36h+4h"),
        ([CHATS, "1h tick"], replace(EDITION_3, later=[Later(**FROM_ONE, memory_ms={"chat": DAY})]), "36h+4h"),
        (
            [CHATS, "1h contact.started"],
            replace(EDITION_3, later=[Later(**FROM_ONE, memory_ms={"chat": DAY})]),
            "36h+25h",
        ),
    ],
)
def test_what_is_told_of_an_id_is_remembered_for_as_long_as_the_last_of_it(
    rows: list[str], by: Definitions, after: str
) -> None:
    assert not forgotten(*rows, now=f"{after}-1ms", by=by)
    assert forgotten(*rows, now=after, by=by)


def test_what_comes_after_forgetting_is_another_journey_as_it_would_be_before() -> None:
    late = (CHATS, "36h+3d-1ms tick", "3d queue.entered b helse channel=chat")
    early = (CHATS, "3d queue.entered b helse channel=chat", "36h+3d-1ms tick")
    gone = (CHATS, "36h+3d tick", "3d queue.entered b helse channel=chat")
    counted = [told(*rows, "37h+3d tick", by=WITH_MEMORY) for rows in (late, early, gone)]
    assert counted[0] == counted[1] == counted[2]
    assert counted[0]["totals"][CHAT]["journeys"] == 2


def test_where_a_journey_is_over_its_transfers_wait_no_more() -> None:
    # 0 passed on ── a enters: its end is never told │ 30h another journey: the id is remembered until 70h
    rows = ("0 contact.transferred x helse", WAITS, "30h queue.entered b arbeid")
    assert told(*rows, "40h-1ms tick", by=EDITION_3)["transfers_waiting"] == {HELSE: [T0]}
    assert told(*rows, "40h tick", by=EDITION_3)["transfers_waiting"] == {}
    assert told(*rows, "40h tick", by=EDITION_3)["journeys"] == 1
    # By edition 1 it is one journey until it is forgotten.
    assert told(*rows, "70h-1ms tick")["transfers_waiting"] == {HELSE: [T0]}


def visits(day: int) -> list[str]:
    """200 visits that are answered at once, after so many days."""
    names = [f"{day}-{n}" for n in range(200)]
    return [f"{day}d queue.{what}" for name in names for what in (f"entered {name} helse", f"answered {name}")]


def room(*rows: str, by: Definitions = EDITION_3) -> dict[str, Any]:
    said = told(*rows, by=by)
    assert said["totals"][HELSE]["answered"] == said["totals"][HELSE]["entered"] - len(said["waiting"].get(HELSE, []))
    return {"crowded": said["crowded"], "entered": said["totals"][HELSE]["entered"], "ids": said["journeys"]}


def test_what_is_over_takes_no_room_and_stays_counted() -> None:
    # 0 200 visits │ 30h another fact ── 40h (36h + 4h): the first journey is over, and the id is not forgotten
    keeps = "30h contact.ended"
    assert room(*visits(0), keeps, "40h-1ms queue.entered new helse") == {"crowded": 1, "entered": 200, "ids": 1}
    assert room(*visits(0), keeps, "40h queue.entered new helse") == {"crowded": 0, "entered": 201, "ids": 1}
    # By edition 1 nothing is over.
    assert room(*visits(0), keeps, "40h queue.entered new helse", by=DEFINITIONS)["crowded"] == 1
    # Every other day has room for as many, while something is told often enough for the id to be remembered.
    rows = [*visits(0), "30h contact.ended", *visits(2), "60h contact.ended", "90h contact.ended", *visits(4)]
    assert room(*rows, "4d queue.entered 4-0 helse") == {"crowded": 0, "entered": 600, "ids": 1}
    assert room(*rows, "4d queue.entered new helse") == {"crowded": 1, "entered": 600, "ids": 1}
    # A visit that was known yesterday is one more today.
    assert room(*rows, "4d queue.entered 0-0 helse")["crowded"] == 1


@pytest.mark.parametrize(
    ("fills", "more"),
    [
        ([f"{n}s queue.answered x" for n in range(50)], "queue.answered x"),
        ([f"{n}s contact.ended contact=d" for n in range(50)], "contact.ended contact=d"),
        ([f"{n}s bot.started channel=chat contact=d" for n in range(50)], "bot.started channel=chat contact=d"),
        (
            [f"0 contact.started contact={n} initiation=callback" for n in range(200)],
            "contact.started initiation=callback",
        ),
        ([f"0 agent.missed x agent={n}" for n in range(200)], "agent.missed x"),
    ],
)
def test_room_of_each_kind_is_free_again(fills: list[str], more: str) -> None:
    keeps = "30h contact.ended contact=e"
    assert told(*fills, keeps, f"39h {more}", by=EDITION_3)["crowded"] == 1
    assert told(*fills, keeps, f"41h {more}", by=EDITION_3)["crowded"] == 0
