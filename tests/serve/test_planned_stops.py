"""While a source is down as planned nothing of now is shown of its channel, it is told apart, and it ends by itself."""

from io import StringIO

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console

from config import Centre
from streams.serve.board import Board
from streams.serve.documents import Now, Snapshot
from streams.serve.merging import NONE_MISSING
from streams.serve.metrics import SnapshotCollector
from streams.serve.snapshot import snapshot
from tests.promised import of_queue, promising
from tests.serve.documents import FRESH_MS, HELSE, MINUTE, NOW, Document, as_read, bot, busy, folded, view, visit
from tests.serve.test_snapshot_schema import problems
from tests.test_queue_dates import OSLO

FROM, UNTIL = NOW - 20 * MINUTE, NOW + 160 * MINUTE  # from eleven to two in Oslo; it is 11:20
TABLE = """
[[planned_stops]]
channel = "{}"
from = 2025-03-04T{}
until = 2025-03-04T{}
reason = "Ny [versjon] av sentralbordet"
"""
WHY = "Ny [versjon] av sentralbordet"
GROUP = "phone/personbruker"
OF_NOW = set(Now.__struct_fields__)


def stopped(channel: str = "phone", begins: str = "11:00:00", ends: str = "14:00:00") -> Centre:
    stop = TABLE.format(channel, begins, ends)
    return promising(of_queue("one", "helse", at_most="7m"), queues=lambda text: text + stop)


CENTRE = stopped()


def made(centre: Centre = CENTRE, now_ms: int = NOW) -> Snapshot:
    letters = folded(*visit("l", MINUTE, queue="sto"), channel="written", seen_ms=now_ms)
    views = [busy(), bot(), letters]
    return snapshot(views, NONE_MISSING, centre, centre.rules(), now_ms, FRESH_MS)


def read(centre: Centre = CENTRE, now_ms: int = NOW) -> Document:
    return as_read(made(centre, now_ms))


def verdicts(of: Document, channel: str) -> set[str]:
    return {str(target["verdict"]) for target in of["targets"] if target["channel"] == channel}


def test_the_feed_says_until_when_and_why() -> None:
    found = read()
    assert problems(found) == []
    feed = found["feeds"]["phone"]
    assert feed["planned_stop"] == {"from_ms": FROM, "until_ms": UNTIL, "reason": WHY}
    assert feed["status"] == "stale", "for readers of an earlier schema, too: nobody knows"
    assert found["feeds"]["chat"]["planned_stop"] is None
    assert found["status"] == "live", "the others are"


def test_nothing_of_now_is_shown_and_what_happened_is() -> None:
    before, found = read(promising()), read()
    for part, name in (("lines", HELSE), ("groups", GROUP)):
        entry, was = found[part][name], before[part][name]
        assert {key: entry[key] for key in OF_NOW} == dict.fromkeys(OF_NOW), "null, and never 0"
        assert was["waiting"] and was["windows"] and not entry["windows"]
        assert (entry["status"], was["status"], entry["is_open"]) == ("stale", "open", True)
        assert (entry["today"], entry["total"]) == (was["today"], was["total"])
    chat = "chat/personbruker/frida"
    assert found["lines"][chat] == before["lines"][chat]
    assert found["residual"] == before["residual"] == 0


def test_its_targets_are_stale_and_the_others_are_as_they_were() -> None:
    found = read()
    assert verdicts(found, "phone") == {"stale"}
    of_phone = [target for target in found["targets"] if target["channel"] == "phone"]
    assert {target["rule"] for target in of_phone} == {2}
    assert {target["window"]["value"] for target in of_phone} == {None}
    assert any(target["today"]["value"] is not None for target in of_phone), "what happened is known"
    assert verdicts(found, "chat") == verdicts(read(promising()), "chat")


def test_what_still_comes_changes_nothing_of_that() -> None:
    """An event of this moment: a source that is half down is down."""
    centre = CENTRE
    of_now = folded(*visit("a", MINUTE, ("queue.answered", 0)))
    found = as_read(snapshot([of_now], NONE_MISSING, centre, centre.rules(), NOW, FRESH_MS))
    assert (found["feeds"]["phone"]["status"], found["lines"][HELSE]["waiting"]) == ("stale", None)
    assert found["lines"][HELSE]["today"]["answered"] == 1


@pytest.mark.parametrize(
    ("now_ms", "lasts"), [(FROM - 1, False), (FROM, True), (UNTIL - 1, True), (UNTIL, False), (UNTIL + 1, False)]
)
def test_it_begins_and_ends_by_itself(now_ms: int, lasts: bool) -> None:
    found, without = read(now_ms=now_ms), read(promising(of_queue("one", "helse", at_most="7m")), now_ms)
    assert (found["feeds"]["phone"]["planned_stop"] is not None) is lasts
    assert (found["lines"][HELSE]["waiting"] is None) is lasts
    if not lasts:
        assert {**found, "sources": {}} == {**without, "sources": {}}, "as before"


def test_a_source_that_is_not_back_is_silent_from_the_end_on() -> None:
    feed = read(now_ms=UNTIL)["feeds"]["phone"]
    assert (feed["status"], feed["planned_stop"]) == ("stale", None)


def test_outside_opening_hours_it_is_closed_and_down_as_planned() -> None:
    """Who had waited when it was taken down may have left, so that the queue is not held to be open for him."""
    centre = stopped(begins="15:00:00", ends="21:00:00")
    found = as_read(
        snapshot([busy()], NONE_MISSING, centre, centre.rules(), NOW + 9 * 30 * MINUTE, FRESH_MS)  # 15:50
    )
    assert (found["feeds"]["phone"]["status"], verdicts(found, "phone")) == ("closed", {"closed"})
    assert found["feeds"]["phone"]["planned_stop"] is not None
    assert (found["lines"][HELSE]["status"], found["lines"][HELSE]["waiting"]) == ("closed", None)


def test_what_is_missing_of_it_is_told_all_the_same() -> None:
    unread = view(busy().lines, is_fresh=False)
    found = as_read(snapshot([unread], NONE_MISSING, CENTRE, CENTRE.rules(), NOW, FRESH_MS))
    assert (found["status"], found["unread_partitions"]) == ("stale", ["phone-0"])
    assert (found["feeds"]["phone"]["status"], found["feeds"]["phone"]["unread"]) == ("stale", 1)


def test_the_system_that_sends_its_events_is_not_held_to_be_silent() -> None:
    """It is for a channel that is down as planned, where it sends for no other; when that is over it has its time."""

    def status(centre: Centre, now_ms: int, name: str) -> str:
        heard = {name: {FROM - 20 * MINUTE: 0} for name in ("puzzel", "salesforce")}
        phone = view(busy().lines, watermark_ms=now_ms, promptness=heard)
        views = [phone, *(folded(channel=channel) for channel in ("chat", "written"))]
        made = snapshot(views, NONE_MISSING, centre, centre.rules(), now_ms, FRESH_MS)
        return str(as_read(made)["sources"][name]["status"])

    assert [status(CENTRE, at, "puzzel") for at in (FROM - 1, FROM, UNTIL - 1)] == ["silent", "closed", "closed"]
    assert [status(CENTRE, UNTIL + n * MINUTE, "puzzel") for n in (0, 9, 10)] == ["heard", "heard", "silent"]
    assert status(stopped("chat"), NOW, "salesforce") == "silent", "it sends letters, too"


def series(of: Snapshot) -> list[str]:
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: of))
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_prometheus_is_told_until_when_and_only_of_it() -> None:
    name = "svartid_planned_stop_until_timestamp_seconds"
    told = [line for line in series(made()) if line.startswith(name)]
    (said,) = told
    assert said.startswith(f'{name}{{channel="phone"}} ') and float(said.split()[-1]) == UNTIL / 1000
    assert not any(line.startswith(name) for line in series(made(promising())))
    assert [beyond(centre) for centre in (promising(), CENTRE)] == [True, False]


def beyond(centre: Centre) -> bool:
    """Whether Prometheus is told that one waits beyond the limit in telephone, or not."""
    said = [line for line in series(made(centre)) if line.startswith("svartid_longest_wait_beyond")]
    return any('channel="phone"' in line for line in said)


def drawn(of: Snapshot, width: int, now_ms: int = NOW) -> str:
    console = Console(width=width, record=True, file=StringIO())
    console.print(Board(of, now_ms, OSLO, CENTRE.names))
    return console.export_text()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_board_says_so_in_words(width: int) -> None:
    shown = drawn(made(), width)
    assert "■ STANS: Telefon til 14:00" in shown
    assert f"Planlagt stans  Telefon til 14:00: {WHY}" in shown
    assert "STILLE" not in shown and "utdatert" not in shown
    (helse,) = [line for line in shown.splitlines() if line.strip().startswith("Helse")][:1]
    assert "stans" in helse


def test_the_board_says_on_which_day_it_ends_where_that_is_another() -> None:
    tomorrow = TABLE.format("phone", "11:00:00", "14:00:00").replace("until = 2025-03-04", "until = 2025-03-05")
    centre = promising(queues=lambda text: text + tomorrow)
    assert "Telefon til ons. 5.3. 14:00" in drawn(made(centre), 120)


def test_another_channel_that_is_silent_is_told_before_it() -> None:
    silent = snapshot(
        [view(busy().lines, watermark_ms=NOW - 60 * MINUTE)],
        NONE_MISSING,
        stopped("chat"),
        CENTRE.rules(),
        NOW,
        FRESH_MS,
    )
    shown = drawn(silent, 120)
    assert "STILLE: Telefon" in shown and "Planlagt stans  Chat til 14:00" in shown


def test_of_a_channel_that_was_never_heard_of_the_board_says_it_too() -> None:
    never = snapshot([busy()], NONE_MISSING, stopped("chat"), CENTRE.rules(), NOW, FRESH_MS)
    (row,) = [line for line in drawn(never, 120).splitlines() if line.strip().startswith("Chat") and "–" in line][-1:]
    assert "planlagt stans" in row
