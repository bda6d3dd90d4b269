"""Edition 5: waits over closed hours, how long a channel's visits wait before they are lost, and ends without entry."""

from dataclasses import replace

from .drawn import EDITION_4, HOUR, MINUTE, T0, told, totals

HELSE_CHAT = "chat/personbruker/helse"


def _open(channel: str, start: int, end: int) -> list[tuple[int, int]]:
    """From 9:00 to 10:00 and from 11:00 on, and as in every other hour: two stretches."""
    assert channel == "chat"
    stretches = [(T0, T0 + HOUR), (T0 + 2 * HOUR, T0 + 3 * HOUR)]
    return [(opens, closes) for opens, closes in stretches if opens < end and closes > start]


EDITION_5 = replace(EDITION_4, edition=5, while_open=("chat",), opened=_open)
ENTRY = "50m queue.entered a helse channel=chat"


def test_a_wait_over_closed_hours_counts_twice_more() -> None:
    found = totals(ENTRY, "2h+5m queue.answered a", by=EDITION_5, line=HELSE_CHAT)
    assert (found["wait_sum_ms"], found["over_closed_wait_sum_ms"]) == (75 * MINUTE, 75 * MINUTE)
    assert (found["while_open"], found["while_open_wait_sum_ms"]) == (1, 15 * MINUTE)


def test_a_wait_in_open_hours_counts_once() -> None:
    found = totals(ENTRY, "60m queue.answered a", by=EDITION_5, line=HELSE_CHAT)
    assert found["answered"] == 1 and "over_closed" not in found and "while_open" not in found


def test_a_channel_that_is_not_named_counts_whole_waits() -> None:
    found = totals("50m queue.entered a helse", "2h+5m queue.answered a", by=EDITION_5)
    assert found["answered"] == 1 and "over_closed" not in found


def test_each_channel_waits_for_as_long_as_it_is_said_to() -> None:
    of_chats = replace(EDITION_5, memory_ms={"chat": 9 * HOUR}, ghost_after_of_ms={"chat": 8 * HOUR})
    rows = ("0 queue.entered a helse channel=chat", "0 queue.entered b helse contact=d")
    found = told(*rows, "5h tick", by=of_chats)["totals"]
    assert found["phone/personbruker/helse"]["lost"] == 1 and "lost" not in found[HELSE_CHAT]
    assert told(*rows, "8h tick", by=of_chats)["totals"][HELSE_CHAT]["lost"] == 1


def test_an_end_without_an_entry_is_told_once_a_visit() -> None:
    rows = ("1m queue.answered a", "2m queue.abandoned a", "3m queue.left b timeout", "1m agent.missed c")
    assert told(*rows, by=EDITION_5)["without_entry"] == 2
    assert told(*rows, by=EDITION_4)["without_entry"] == 0
    assert told(*rows, "0 queue.entered a helse", by=EDITION_5)["without_entry"] == 1


def test_an_end_beyond_memory_is_without_an_entry() -> None:
    rows = ("0 queue.entered a helse", "5h queue.answered a")
    for told_in in (rows, rows[::-1]):
        found = told(*told_in, by=EDITION_5)
        assert (found["without_entry"], found["totals"]["phone/personbruker/helse"]["lost"]) == (1, 1)
