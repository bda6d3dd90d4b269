"""While what Redis lost is read again, that is shown, and how far it is; no figure is, and no target breaks of it."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.board import Board
from streams.serve.metrics import SnapshotCollector
from streams.serve.view import View
from tests.events import START_MS, records
from tests.serve.documents import CENTRE, NOW, as_read, bot, busy, document, typed
from tests.serve.publishing import RULES, clock_at, publisher, run, visit
from tests.serve.test_snapshot_schema import problems

NOTHING = {"newest_event_ms": None, "silent_ms": None, "planned_stop": None}
NEVER_HEARD = {**NOTHING, "behind": 4, "missing": 0, "unread": 0}


def rebuilt(of: View, done: int, until: int) -> View:
    """The same, on its way."""
    of.rebuilding, of.behind = (done, until), until - done
    return of


def series(found: dict[str, Any]) -> dict[str, list[Any]]:
    return {family.name: family.samples for family in SnapshotCollector(lambda: typed(found)).collect()}


@pytest.mark.fault(4)
def test_a_channel_on_its_way_has_no_figures_and_the_others_have_theirs() -> None:
    found = document(rebuilt(busy(), 3, 7), bot())
    assert problems(found) == []
    assert found["status"] == "rebuilding"
    assert found["rebuilding"] == {"done": 3, "of": 7, "channels": ["phone"]}
    assert {name.partition("/")[0] for name in found["lines"]} == {"chat"}
    assert "phone" not in {name.partition("/")[0] for name in found["groups"]}
    assert found["feeds"]["phone"] == {**NEVER_HEARD, "status": "rebuilding"}
    for target in found["targets"]:
        if target["channel"] == "phone":
            nothing = {"value": None, "answered": None, "met": None}
            assert (target["verdict"], target["window"], target["today"]) == ("stale", nothing, nothing)


@pytest.mark.fault(4)
def test_what_is_on_its_way_has_no_series() -> None:
    whole, on_its_way = series(document(busy(), bot())), series(document(rebuilt(busy(), 3, 7), bot()))
    assert [sample.value for sample in on_its_way["svartid_rebuilding_ratio"]] == [3 / 7]
    assert not whole["svartid_rebuilding_ratio"]
    of_phone = {
        name: [s for s in samples if s.labels.get("channel") == "phone"] for name, samples in on_its_way.items()
    }
    said = {s.labels["status"]: s.value for s in of_phone.pop("svartid_feed_status")}
    lacks = ("behind_records", "missing", "unread_partitions")
    assert [s.value for of in lacks for s in of_phone.pop(f"svartid_channel_{of}")] == [4, 0, 0], "that is known"
    assert said == {"open": 0, "closed": 0, "stale": 0, "rebuilding": 1}
    assert not any(of_phone.values()), "absent, never 0"
    assert any(s.labels.get("channel") == "phone" for s in whole["svartid_entered"])
    assert not on_its_way["svartid_records_accepted"] and whole["svartid_records_accepted"]


def test_its_targets_are_stale_in_the_first_minute_of_the_day_too() -> None:
    """When it is too early to call the channel silent."""
    opened = NOW - 140 * 60_000
    for at_ms in (opened + 30_000, NOW):
        found = document(rebuilt(busy(), 3, 7), bot(), now_ms=at_ms)
        assert {t["verdict"] for t in found["targets"] if t["channel"] == "phone"} == {"stale"}


def test_missing_partitions_are_told_before_what_is_on_its_way() -> None:
    found = document(rebuilt(busy(), 3, 7), missing=["phone-1"])
    assert (found["status"], found["feeds"]["phone"]["status"]) == ("stale", "stale")


@pytest.mark.fault(22)
def test_what_may_be_unread_is_told_before_what_is_on_its_way() -> None:
    """Kafka dies in a rebuild: nobody knows any more how much there is, and it does not go on by itself."""
    on_its_way = rebuilt(busy(), 3, 7)
    on_its_way.is_fresh = False
    found = document(on_its_way, bot())
    assert problems(found) == []
    assert (found["status"], found["unread_partitions"]) == ("stale", ["phone-0"])
    assert found["rebuilding"] == {"done": 3, "of": 7, "channels": ["phone"]}
    assert found["feeds"]["phone"] == {**NEVER_HEARD, "status": "stale", "unread": 1}
    assert found["feeds"]["chat"]["status"] == "open"
    assert {name.partition("/")[0] for name in found["lines"]} == {"chat"}
    assert {target["verdict"] for target in found["targets"] if target["channel"] == "phone"} == {"stale"}

    told = series(found)
    assert [sample.value for sample in told["svartid_unread_partitions"]] == [1], "KafkaSilent rests on it"
    assert [sample.value for sample in told["svartid_rebuilding_ratio"]] == [3 / 7]
    assert "kan være uleste" in board(found)


@pytest.mark.fault(22)
def test_where_another_channel_may_be_unread_one_on_its_way_goes_on() -> None:
    other = bot()
    other.is_fresh = False
    found = document(rebuilt(busy(), 3, 7), other)
    assert found["status"] == "stale"
    assert {name: feed["status"] for name, feed in found["feeds"].items()} | {"written": ""} == {
        "phone": "rebuilding",
        "chat": "stale",
        "written": "",
    }


def test_lost_records_are_told() -> None:
    one, other = busy(), bot()
    one.lost, other.lost = 5, 2
    found = document(one, other)
    assert found["records"]["lost"] == 7
    assert [sample.value for sample in series(found)["svartid_lost_records"]] == [7]
    assert "7 hendelser er tapt" in board(found)


def board(found: dict[str, Any]) -> str:
    console = Console(width=130)
    with console.capture() as captured:
        console.print(Board(typed(found), NOW, ZoneInfo(CENTRE.timezone), CENTRE.names))
    return captured.get()


def test_the_board_says_how_far_it_is() -> None:
    shown = board(document(rebuilt(busy(), 43, 100), bot()))
    assert "BYGGER OPP 43 %" in shown
    callbacks = next(line for line in shown.splitlines() if line.startswith("Ringes opp"))
    assert "0" not in callbacks, "the sums of some channels are not the sums of all"


@pytest.mark.real
@pytest.mark.fault(4)
def test_from_the_first_batch_to_the_last(local_parts: LocalParts) -> None:
    keys, log = Keys(f"test-{uuid.uuid4().hex[:8]}"), records([e for n in range(20) for e in visit(n, 0, 10_000)])

    async def does(client: Client) -> None:
        async def reject(*_: Any) -> None:
            raise AssertionError("nothing here is bad")

        store = Store(client, keys, RULES, "one")
        partitions = Partitions(store, clock_at(START_MS), reject, {"t": "phone"})
        shows = publisher(client, keys, [], START_MS + 60_000, owned=lambda: partitions.owned)
        await partitions.take({"t-0": (0, 40), "t-1": (0, 0)})
        told = []
        for until in (0, 10, 39, 40):
            await partitions.process("t-0", Batch.of(log[:until]))
            await shows.publish()
            assert shows.latest is not None
            latest = as_read(shows.latest)
            told.append((latest["status"], latest["rebuilding"], "phone/personbruker" in latest["groups"]))
        assert told == [
            *(("rebuilding", {"done": done, "of": 40, "channels": ["phone"]}, False) for done in (0, 10, 39)),
            ("live", None, True),
        ]
        assert partitions.held["t-1"].rebuilding is None, "an empty log has nothing to be read again"
        again = Partitions(store, clock_at(START_MS), reject, {"t": "phone"})
        await again.take({"t-0": (0, 50)})
        assert again.held["t-0"].rebuilding is None, "what is new since is no rebuild"

    run(local_parts.redis_url, does)
