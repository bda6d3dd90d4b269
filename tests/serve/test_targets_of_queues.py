"""What is said of a target of one queue or of all of a channel, and of each measure that there may be one of."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console

from config import Centre
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.serve.board import Board
from streams.serve.documents import Snapshot
from streams.serve.merging import NONE_MISSING, Missing
from streams.serve.metrics import SnapshotCollector
from streams.serve.snapshot import snapshot
from streams.serve.view import View, Viewer
from tests.cards import Edit
from tests.events import Event, event, records
from tests.promised import of_queue, promising, table
from tests.serve.documents import FRESH_MS, MINUTE, NOW, Document, ago, as_read, view, visit

HELSE = of_queue("helse-mean", "helse", at_most="7m")
SHARE = of_queue("helse-share", "helse", "share_within", within="5m", at_least=0.5)

PHONE = table("phone-mean", at_most="5m")
PHONE_SHARE = table("phone-share", "share_within", within="5m", more_than=0.5)


def answered(queue: str, n: int, wait_ms: int) -> list[Event]:
    return [
        e for i in range(n) for e in visit(f"{queue}{i}", MINUTE + wait_ms, ("queue.answered", MINUTE), queue=queue)
    ]


def viewed(centre: Centre, *log: Event) -> View:
    """The view of telephone's partition."""
    state = PartitionState(centre.rules())
    fold(state, records(({**event, "channel": "phone"} for event in log), NOW))
    lines = Viewer(state, centre.windows.lengths).lines(NOW, Touched())
    return view(lines, watermark_ms=state.watermark, counters=dict(state.counters))


def made(centre: Centre, *log: Event, missing: Missing = NONE_MISSING) -> Snapshot:
    return snapshot([viewed(centre, *log)], missing, centre, centre.rules(), NOW, FRESH_MS)


def targets(of: Snapshot) -> dict[str, Document]:
    return {target["id"]: target for target in as_read(of)["targets"]}


def test_a_queue_is_broken_while_its_group_is_well() -> None:
    """Of the queue (5 x 8) / 5 = 8 minutes; of the group (5 x 8 + 15 x 1) / 20 = 2.75."""
    found = targets(made(promising(HELSE), *answered("helse", 5, 8 * MINUTE), *answered("arbeid", 15, MINUTE)))
    one, group = found["helse-mean"], found["phone-personbruker-mean"]
    assert (one["verdict"], group["verdict"]) == ("breach", "ok")
    assert one["window"] == one["today"] == {"value": 8 * MINUTE, "answered": 5, "met": False}
    assert group["window"] == {"value": 2.75 * MINUTE, "answered": 20, "met": True}


def test_a_queue_is_well_while_its_group_is_broken() -> None:
    log = [*answered("helse", 5, MINUTE), *answered("arbeid", 15, 10 * MINUTE)]
    found = targets(made(promising(HELSE, SHARE), *log))
    assert [found[id_]["verdict"] for id_ in ("helse-mean", "helse-share")] == ["ok", "ok"]
    assert found["phone-personbruker-mean"]["verdict"] == "breach"
    assert found["helse-share"]["window"] == {"value": 1, "answered": 5, "met": True}


def test_a_sample_is_the_queue_s_own() -> None:
    log = [*answered("helse", 4, 8 * MINUTE), *answered("arbeid", 15, MINUTE)]
    found = targets(made(promising(HELSE), *log))
    assert found["helse-mean"]["verdict"] == "insufficient"
    assert found["helse-mean"]["window"] == {"value": 8 * MINUTE, "answered": 4, "met": None}


def test_who_waits_in_another_queue_is_none_of_its_pressure() -> None:
    """Three of 12, 11 and 10 minutes in helse: (5 x 1 + 33) / 8 of it, and (5 x 1 + 33 + 20) / 9 of the group."""
    waits = [ago("queue.entered", n * MINUTE, f"w{n}", "helse") for n in (10, 11, 12)]
    other = ago("queue.entered", 20 * MINUTE, "w", "arbeid")
    found = targets(made(promising(HELSE), *answered("helse", 5, MINUTE), *waits, other))
    assert found["helse-mean"]["pressure"] == pytest.approx(38 * MINUTE / 8)
    assert found["phone-personbruker-mean"]["pressure"] == pytest.approx(58 * MINUTE / 9)


def test_where_its_channel_is_not_whole_nobody_knows() -> None:
    log = answered("helse", 5, 8 * MINUTE)
    found = targets(made(promising(HELSE), *log, missing=Missing({"phone-1": "phone"})))["helse-mean"]
    assert (found["verdict"], found["window"]["value"], found["today"]["answered"]) == ("stale", None, None)


def dated(dates: str) -> Edit:
    return lambda text: text.replace('"arbeid", "helse"', f'"arbeid", {{ id = "helse", {dates} }}', 1)


@pytest.mark.parametrize(
    ("dates", "is_there"),
    [
        ("until = 2025-03-04", True),
        ("until = 2025-03-03", False),
        ("from = 2025-03-04", True),
        ("from = 2025-03-05", False),
    ],
)
def test_on_days_on_which_the_queue_is_not_there_nothing_is_said_of_it(dates: str, is_there: bool) -> None:
    centre = promising(HELSE, queues=dated(dates))
    assert ("helse-mean" in targets(made(centre, *answered("helse", 5, 8 * MINUTE)))) == is_there
    assert ("helse-mean" in {target.id for target in centre.targets_at(NOW)}) == is_there


def test_a_target_of_a_group_is_told_as_ever_and_one_of_a_queue_names_it() -> None:
    with_it, without = (made(centre, *answered("helse", 5, MINUTE)) for centre in (promising(HELSE), promising()))
    first, *_, last = as_read(with_it)["targets"]
    assert as_read(without)["targets"] == as_read(with_it)["targets"][:-1]
    assert "queue" not in first
    assert (last["channel"], last["audience"], last["queue"]) == ("phone", "personbruker", "helse")
    assert msgspec.json.decode(msgspec.json.encode(with_it), type=Snapshot) == with_it


def test_prometheus_tells_it_apart_by_its_id() -> None:
    registry = CollectorRegistry()
    document = made(promising(HELSE), *answered("helse", 5, 8 * MINUTE))
    registry.register(SnapshotCollector(lambda: document))
    text = generate_latest(registry).decode()
    assert 'svartid_target_verdict{target="helse-mean",verdict="breach"} 1.0' in text
    assert 'svartid_target_mean_wait_seconds{stretch="window",target="helse-mean"} 480.0' in text
    assert 'svartid_target_limit_seconds{target="helse-mean"} 420.0' in text


def test_the_board_has_a_row_of_its_own_for_it() -> None:
    centre = promising(HELSE)
    document = made(centre, *answered("helse", 5, 8 * MINUTE), *answered("arbeid", 15, MINUTE))
    console = Console(width=130, record=True)
    console.print(Board(document, NOW, ZoneInfo(centre.timezone), centre.names))
    lines = console.export_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("Telefon personbruker"))
    assert "2:45 nådd" in lines[at]
    assert lines[at + 1].startswith("  Helse")
    assert "8:00 ikke nådd" in lines[at + 1]
    document.targets = document.targets[-1:]
    console.print(Board(document, NOW, ZoneInfo(centre.timezone), centre.names))
    assert "Telefon personbruker, Helse" in console.export_text(), "where its group has no target"


def test_one_queue_s_promise_says_nothing_of_how_long_one_may_wait() -> None:
    twice = of_queue("helse-mean", "helse", at_most="1m")
    assert promising(twice).longest_waits_at(NOW) == promising().longest_waits_at(NOW)


# --- all of a channel


def of_employers(n: int, wait_ms: int) -> list[Event]:
    """In another audience's queue."""
    return [{**event, "audience": "samhandler"} for event in answered("arbeidsgiver", n, wait_ms)]


def test_a_channel_is_all_of_its_audiences_together() -> None:
    """Five of 8 minutes and five of 2 are (40 + 10) / 10 = 5; who is outside the centre is none of them."""
    outside = answered("nav-kontor", 9, 30 * MINUTE)
    log = [*answered("helse", 5, 8 * MINUTE), *of_employers(5, 2 * MINUTE), *outside]
    found = targets(made(promising(PHONE, PHONE_SHARE), *log))
    assert found["phone-mean"]["window"] == {"value": 5 * MINUTE, "answered": 10, "met": True}
    assert found["phone-share"]["window"] == {"value": 0.5, "answered": 10, "met": False}
    said = {id_: target["verdict"] for id_, target in found.items()}
    assert (said["phone-mean"], said["phone-share"]) == ("ok", "breach")
    assert (said["phone-personbruker-mean"], said["phone-samhandler-mean"]) == ("breach", "ok")


def test_who_waits_in_any_audience_is_in_a_channel_s_pressure() -> None:
    """Five of 2 minutes, one who waits for 8 and one for 30: (10 + 8 + 30) / 7."""
    waits = ago("queue.entered", 8 * MINUTE, "w", "helse")
    other = {**ago("queue.entered", 30 * MINUTE, "v", "arbeidsgiver"), "audience": "samhandler"}
    found = targets(made(promising(PHONE), *of_employers(5, 2 * MINUTE), waits, other))["phone-mean"]
    assert found["pressure"] == pytest.approx(48 * MINUTE / 7)


def test_a_channel_s_target_has_no_audience_and_is_not_known_where_the_channel_is_not_whole() -> None:
    log = of_employers(5, 2 * MINUTE)
    found = targets(made(promising(PHONE), *log))["phone-mean"]
    assert (found["channel"], found["audience"], "queue" in found) == ("phone", None, False)
    lacks = targets(made(promising(PHONE), *log, missing=Missing({"phone-1": "phone"})))["phone-mean"]
    assert (lacks["verdict"], lacks["window"]["value"], lacks["today"]["answered"]) == ("stale", None, None)


def test_the_groups_figures_are_as_they_are_without_it() -> None:
    log = [*answered("helse", 5, 8 * MINUTE), *of_employers(5, 2 * MINUTE)]
    with_it, without = (as_read(made(centre, *log)) for centre in (promising(PHONE), promising()))
    assert with_it["groups"] == without["groups"]
    assert with_it["targets"][:-1] == without["targets"]


def test_the_board_says_that_it_is_of_all() -> None:
    centre = promising(PHONE)
    console = Console(width=130, record=True)
    console.print(Board(made(centre, *of_employers(5, 2 * MINUTE)), NOW, ZoneInfo(centre.timezone), centre.names))
    (row,) = [line for line in console.export_text().splitlines() if "Telefon samlet" in line]
    assert "2:00 nådd" in row


# --- of all who were offered an answer


def given_up(n: int, wait_ms: int, queue: str = "helse") -> list[Event]:
    return [
        e
        for i in range(n)
        for e in visit(f"g{wait_ms}-{i}", MINUTE + wait_ms, ("queue.abandoned", MINUTE), queue=queue)
    ]


VARIANTS = [
    of_queue("offered", "helse", "share_within_of_offered", within="3m", at_least=0.5),
    of_queue("met", "helse", "share_within_with_abandons_met", within="3m", at_least=0.7),
    of_queue("lost", "helse", "abandonment", at_most=0.39),
    of_queue("later", "helse", "abandonment_without_short", at_most=0.34),
]
TEN = [*answered("helse", 4, 2 * MINUTE), *answered("arbeid", 9, MINUTE)]
TEN += [e for i in range(2) for e in visit(f"l{i}", 5 * MINUTE, ("queue.answered", MINUTE))]  # after four minutes
TEN += [*given_up(1, 2000), *given_up(2, 2 * MINUTE), *given_up(1, 5 * MINUTE)]


def test_the_measures_of_all_who_were_offered_an_answer() -> None:
    """Of ten 4 were answered in time, 3 gave up in time, 4 gave up, one of them within seconds."""
    found = targets(made(promising(*VARIANTS), *TEN))
    assert {id_: found[id_]["window"] for id_ in ("offered", "met", "lost", "later")} == {
        "offered": {"value": 0.4, "answered": 10, "met": False},
        "met": {"value": 0.7, "answered": 10, "met": True},
        "lost": {"value": 0.4, "answered": 10, "met": False},
        "later": {"value": 3 / 9, "answered": 9, "met": True},
    }
    assert [found[id_]["verdict"] for id_ in ("offered", "lost")] == ["breach", "breach"]
    assert [found[id_]["limit"] for id_ in ("met", "lost")] == [{"at_least": 0.7}, {"at_most": 0.39}]
    assert found["phone-personbruker-mean"]["window"]["answered"] == 15


def test_prometheus_has_them_as_shares() -> None:
    registry = CollectorRegistry()
    document = made(promising(*VARIANTS), *TEN)
    registry.register(SnapshotCollector(lambda: document))
    text = generate_latest(registry).decode()
    assert 'svartid_target_share_ratio{stretch="window",target="lost"} 0.4' in text
    assert 'svartid_target_limit_ratio{target="lost"} 0.39' in text
    assert 'svartid_target_answered{stretch="window",target="later"} 9.0' in text
    assert text.count("# TYPE svartid_target_share_ratio gauge") == 1


def test_the_board_says_what_the_share_is_of_and_rounds_it_against_the_promise() -> None:
    """Of 13 who were answered or gave up 4 did: 30.77 %, of which 30.8 is not better than it is."""
    log = [*answered("helse", 9, MINUTE), *given_up(4, MINUTE)]
    lost, offered = (
        of_queue("lost", "helse", "abandonment", at_most=0.35),
        of_queue("offered", "helse", "share_within_of_offered", within="3m", at_least=0.9),
    )
    centre = promising(lost, offered)
    wide, narrow = Console(width=130, record=True), Console(width=80, record=True)
    for console in (wide, narrow):
        console.print(Board(made(centre, *log), NOW, ZoneInfo(centre.timezone), centre.names))
    text = wide.export_text()
    assert "✓ 30,8 % nådd" in text
    assert "mål ≤ 35 % ga opp" in text
    assert "69,2 % ikke nådd" in text
    assert "✓ ga opp 30,8 % nådd" in narrow.export_text()


def test_the_board_tells_shares_of_one_threshold_apart() -> None:
    """Of 13 who were answered or gave up 9 were answered within three minutes, and 13 were out of the queue."""
    log = [*answered("helse", 9, MINUTE), *given_up(4, MINUTE)]
    centre = promising(
        of_queue("a", "helse", "share_within", within="3m", at_least=0.5),
        of_queue("b", "helse", "share_within_of_offered", within="3m", at_least=0.5),
        of_queue("c", "helse", "share_within_with_abandons_met", within="3m", at_least=0.5),
        of_queue("d", "helse", "abandonment", at_most=0.325),
        of_queue("e", "helse", "abandonment_without_short", at_most=0.3125),
    )
    wide, narrow = Console(width=130, record=True), Console(width=80, record=True)
    for console in (wide, narrow):
        console.print(Board(made(centre, *log), NOW, ZoneInfo(centre.timezone), centre.names))
    text, few = wide.export_text(), narrow.export_text()
    for limit in ("mål ≥ 50 % innen 3:00", "alle ≥ 50 % innen 3:00", "ute ≥ 50 % innen 3:00"):
        assert limit in text
    assert "mål ≤ 32,5 % ga opp" in text
    assert "30,77 % nådd" in text, "as fine as its limit"
    assert "mål ≤ 31,25 % ga opp u/korte" in text
    for value in ("✓ 100,0 % nådd", "alle 69,2 % nådd", "ute 100,0 % nådd", "ga opp 30,8 % nådd", "u/korte 30,77 %"):
        assert value in few


# --- the longest wait, and how many wait

LONGEST = of_queue("longest", "helse", "longest_wait", at_most="20m")
MANY = table("many", "waiting", audience="personbruker", at_most=3)


SPEAKS = answered("pensjon", 1, MINUTE)  # the channel


def test_nobody_waits_for_longer_and_no_more_wait() -> None:
    """One in helse has waited for 21 minutes, and nobody was answered; two more in arbeid."""
    waits = [ago("queue.entered", 21 * MINUTE, "w", "helse"), *SPEAKS]
    waits += [ago("queue.entered", 6 * MINUTE, f"a{n}", "arbeid") for n in range(2)]
    centre = promising(LONGEST, MANY)
    found = targets(made(centre, *waits))
    assert (found["longest"]["verdict"], found["many"]["verdict"]) == ("breach", "ok")
    assert found["longest"]["window"] == {"value": 21 * MINUTE, "answered": 1, "met": False}
    assert found["many"]["window"] == {"value": 3, "answered": 3, "met": True}
    assert found["many"]["limit"] == {"at_most_visits": 3}
    assert found["many"]["today"] == {"value": None, "answered": None, "met": None}
    more = targets(made(centre, *waits, ago("queue.entered", 1000, "b", "arbeid")))
    assert (more["many"]["verdict"], more["many"]["rule"]) == ("breach", 3)


def test_who_has_waited_too_long_counts_until_that_has_left_the_window() -> None:
    centre = promising(LONGEST)
    for how in ("queue.answered", "queue.abandoned"):
        left = targets(made(centre, *SPEAKS, *visit("w", 50 * MINUTE, (how, 25 * MINUTE))))["longest"]
        assert (left["verdict"], left["window"]["value"]) == ("breach", 25 * MINUTE)
        assert left["today"]["value"] == 25 * MINUTE
        over = targets(made(centre, *visit("w", 60 * MINUTE, (how, 35 * MINUTE)), *visit("z", MINUTE)))["longest"]
        assert (over["verdict"], over["window"]["value"]) == ("ok", MINUTE)


def test_who_waits_is_not_known_where_nobody_knows() -> None:
    centre = promising(LONGEST, MANY)
    seen = viewed(centre, *visit("w", 50 * MINUTE))
    unread = snapshot(
        [msgspec.structs.replace(seen, is_fresh=False)], NONE_MISSING, centre, centre.rules(), NOW, FRESH_MS
    )
    for id_ in ("longest", "many"):
        one = targets(unread)[id_]
        assert (one["verdict"], one["window"]["value"], one["window"]["answered"]) == ("stale", None, None)


def test_prometheus_has_them_in_seconds_and_in_visits() -> None:
    registry = CollectorRegistry()
    document = made(promising(LONGEST, MANY, HELSE), *SPEAKS, *visit("w", 21 * MINUTE))
    registry.register(SnapshotCollector(lambda: document))
    text = generate_latest(registry).decode()
    for line in (
        'svartid_target_longest_wait_seconds{stretch="window",target="longest"} 1260.0',
        'svartid_target_limit_seconds{target="longest"} 1200.0',
        'svartid_target_limit_seconds{target="helse-mean"} 420.0',
        'svartid_target_waiting_visits{stretch="window",target="many"} 1.0',
        'svartid_target_limit_visits{target="many"} 3.0',
    ):
        assert line in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)), "each family once"
    assert 'svartid_target_mean_wait_seconds{stretch="window",target="longest"}' not in text


def test_the_board_shows_them() -> None:
    centre = promising(LONGEST, MANY)
    wide, narrow = Console(width=130, record=True), Console(width=80, record=True)
    for console in (wide, narrow):
        log = [*visit("w", 21 * MINUTE), *visit("v", 6 * MINUTE), *SPEAKS]
        console.print(Board(made(centre, *log), NOW, ZoneInfo(centre.timezone), centre.names))
    text, few = wide.export_text(), narrow.export_text()
    assert "21:00 ikke nådd" in text
    assert "lengst ≤ 20:00" in text
    assert "2 nådd" in text
    assert "venter ≤ 3" in text
    assert "lengst 21:00 ikke nådd" in few
    assert "venter 2 nådd" in few


# --- of journeys, and of promises


def test_who_was_timed_out_and_put_in_again_does_not_satisfy_what_was_promised_in_all() -> None:
    """Five callers of nine minutes, a timeout and five seconds: the queue's own mean is well, the customers are not."""
    log = [
        one
        for n in range(5)
        for one in (
            event("queue.entered", NOW - 10 * MINUTE - 6000, f"j{n}"),
            event("queue.left", NOW - MINUTE - 6000, f"j{n}", reason="timeout"),
            event("queue.entered", NOW - MINUTE - 5000, f"j{n}", visit_id=f"again{n}"),
            event("queue.answered", NOW - MINUTE, f"j{n}", visit_id=f"again{n}"),
        )
    ]
    centre = promising(
        of_queue("own", "helse", at_most="3m"),
        of_queue("all", "helse", "journey_wait", at_most="3m"),
        of_queue("queues", "helse", "time_in_queues", at_most="9m5s"),
        of_queue("fewer", "helse", "time_in_queues", at_most="9m"),
    )
    found = targets(made(centre, *log))
    assert {
        id_: (found[id_]["window"]["value"], found[id_]["verdict"]) for id_ in ("own", "all", "queues", "fewer")
    } == {
        "own": (5_000, "ok"),
        "all": (546_000, "breach"),
        "queues": (545_000, "ok"),
        "fewer": (545_000, "breach"),
    }
    before_it_was_counted = snapshot(
        [msgspec.structs.replace(viewed(centre, *log), counted_since={})],
        NONE_MISSING,
        centre,
        centre.rules(),
        NOW,
        FRESH_MS,
    )
    assert {id_: targets(before_it_was_counted)[id_]["verdict"] for id_ in ("own", "all", "queues")} == {
        "own": "ok",
        "all": "breach",
        "queues": "stale",
    }
    wide = Console(width=130, record=True)
    wide.print(Board(made(centre, *log), NOW, ZoneInfo(centre.timezone), centre.names))
    text = wide.export_text()
    assert "i alt ≤ 3:00" in text
    assert "i køer ≤ 9:05" in text
