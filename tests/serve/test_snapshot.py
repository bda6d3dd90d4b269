"""What the document says of what is, what is not, and what nobody can know; and that it ages with the clock."""

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from streams.core.later import NEVER, since_when
from streams.serve import merging
from streams.serve.merging import NONE_MISSING
from streams.serve.snapshot import NOTHING_NOW, Memo, snapshot
from streams.serve.view import LineView
from tests.events import Event
from tests.serve.documents import (
    ARBEIDSGIVER,
    CENTRE,
    FRESH_MS,
    HELSE,
    MINUTE,
    NOW,
    RULES,
    SECOND,
    Document,
    ago,
    as_read,
    busy,
    document,
    folded,
    view,
    visit,
)

GROUP = "phone/personbruker"
AT_NIGHT = NOW + 8 * 3_600_000
MIDNIGHT = 1_741_042_800_000  # in Oslo
LONGER = {"15m", "30m", "1h", "today"}  # stretches that began before the shortest window
COUNTS = {"waiting", "callbacks_open", "callbacks_overdue_now", "transfers_waiting"}


def answered(n: int, wait_ms: int) -> list[Event]:
    return [e for i in range(n) for e in visit(f"{n}-{i}", MINUTE + wait_ms, ("queue.answered", MINUTE))]


def target(document: Document, name: str) -> Document:
    found: Document = next(target for target in document["targets"] if target["id"] == name)
    return found


# --- no data is never zero


def test_where_nothing_is_known_every_mean_age_and_share_is_null() -> None:
    made = document(view({}))  # one that has read events, none of them of a queue
    line = made["lines"][HELSE]
    for name in ("oldest_wait_ms", "mean_age_ms", "pressure_ms", "callbacks_oldest_ms", "reported"):
        assert line[name] is None, name
    for stretch in (*line["windows"].values(), line["today"], line["total"]):
        ratios = [name for name in stretch if name.endswith(("mean_ms", "max_ms", "at_most_ms", "rate", "short"))]
        assert len(ratios) >= 6
        assert {name: stretch[name] for name in ratios if name != "abandoned_short"} == dict.fromkeys(
            set(ratios) - {"abandoned_short"}
        )
        shares = [share for of in stretch.get("share_within", {}).values() for share in of.values()]
        assert set(shares) <= {None}
    assert made["targets"]
    for promise in made["targets"]:
        answered = 0 if promise["channel"] == "phone" else None  # of the others nobody has heard
        assert promise["window"] == promise["today"] == {"value": None, "answered": answered, "met": None}


def test_a_wait_of_zero_is_a_zero() -> None:
    window = document(folded(*answered(1, 0)))["lines"][HELSE]["windows"]["30m"]
    assert (window["wait_mean_ms"], window["wait_max_ms"], window["answered"]) == (0, 0, 1)


def test_a_feed_that_never_spoke_has_no_silence_of_zero() -> None:
    made = document(view({}, watermark_ms=0, counters={}))
    assert made["feeds"]["phone"] == {
        "status": "stale",
        "newest_event_ms": None,
        "silent_ms": None,
        "behind": 0,
        "missing": 0,
        "unread": 0,
        "planned_stop": None,
    }
    assert not made["lines"] and not made["groups"], "nobody knows whether somebody waits there"


@pytest.mark.parametrize(
    "lacks",
    [
        pytest.param({"missing": ["phone-1"]}, id="a partition that nobody shows"),
        pytest.param({"missing_topics": ["phone"]}, id="a topic that is not there"),
    ],
)
def test_a_channel_of_which_something_is_missing_has_no_figures_and_the_others_have_theirs(lacks: Any) -> None:
    chat = folded(*visit("c", MINUTE), channel="chat")
    made = document(busy(), chat, **lacks)
    assert (made["status"], made["feeds"]["phone"]["status"]) == ("stale", "stale")
    assert [made["feeds"][channel]["missing"] for channel in ("phone", "chat", "written")] == [1, 0, 0]
    assert {name.partition("/")[0] for name in (*made["lines"], *made["groups"])} == {"chat"}
    assert made["lines"]["chat/personbruker/helse"]["waiting"] == 1
    assert verdict(made) == "stale"
    assert target(made, "chat-personbruker-mean")["verdict"] == "insufficient"


def test_what_is_of_now_is_not_known_where_events_may_be_unread() -> None:
    shown = busy()
    shown.is_fresh = False
    made, before = document(shown), document(busy())["lines"][HELSE]
    line = made["lines"][HELSE]
    assert (made["status"], made["unread_partitions"]) == ("stale", ["phone-0"])
    assert (line["status"], line["windows"], verdict(made)) == ("stale", {}, "stale")
    assert {line[name] for name in NOTHING_NOW.__struct_fields__} == {None}
    assert (line["today"], line["total"]) == (before["today"], before["total"]), "what was counted is still true"
    assert document(shown, now_ms=AT_NIGHT)["feeds"]["phone"]["status"] == "stale", "at any hour"


def test_the_books_that_are_shown_add_up_by_the_clock() -> None:
    """A silent feed's watermark stands, and its visits are presumed lost by the clock all the same."""
    later = NOW + RULES.definitions.first.ghost_after_ms
    shown = document(folded(*visit("w", MINUTE), *answered(2, MINUTE), seen_ms=later), now_ms=later)["lines"][HELSE]
    assert (shown["total"]["entered"], shown["total"]["answered"]) == (3, 2)
    assert (shown["waiting"], shown["presumed_lost"], shown["total"]["lost"]) == (0, 1, 0)


def test_a_transfer_whose_visit_is_presumed_lost_does_not_wait() -> None:
    passed = ago("contact.transferred", MINUTE, "a", destination="nav-kontor")
    there = ago("queue.entered", MINUTE, "a", "nav-kontor", visit_id="a/2")
    log = [*visit("a", 9 * MINUTE, ("queue.answered", 8 * MINUTE)), passed, there]
    for seen_ms, waiting in ((NOW, 1), (NOW + RULES.definitions.first.ghost_after_ms, 0)):
        shown = document(folded(*log, seen_ms=seen_ms), now_ms=seen_ms)
        assert shown["lines"]["phone/personbruker/nav-kontor"]["transfers_waiting"] == waiting


# --- statuses


@pytest.mark.parametrize(
    ("log", "now_ms", "silent_ms", "status"),
    [
        pytest.param(answered(5, MINUTE), NOW, 0, "open", id="enough are answered"),
        pytest.param(answered(4, MINUTE), NOW, 0, "insufficient", id="one too few"),
        pytest.param(visit("w", MINUTE), NOW, 0, "insufficient", id="nothing"),
        pytest.param(answered(5, MINUTE), NOW, 3 * MINUTE, "stale", id="the source is silent"),
        pytest.param(answered(5, MINUTE), AT_NIGHT, 0, "closed", id="closed"),
        pytest.param(answered(5, MINUTE), AT_NIGHT, 3 * MINUTE, "closed", id="closed, and of course silent"),
        pytest.param(visit("w", MINUTE), AT_NIGHT, 0, "open", id="closed, but one still waits"),
    ],
)
def test_the_status_of_a_queue(log: list[Event], now_ms: int, silent_ms: int, status: str) -> None:
    shown = folded(*log)
    shown.watermark_ms = now_ms - silent_ms
    assert document(shown, now_ms=now_ms)["lines"][HELSE]["status"] == status


@pytest.mark.parametrize(("silent_ms", "status"), [(2 * MINUTE, "open"), (2 * MINUTE + 1, "stale")])
def test_the_edge_of_silence(silent_ms: int, status: str) -> None:
    feed = document(view({}, watermark_ms=NOW - silent_ms))["feeds"]["phone"]
    assert (feed["status"], feed["silent_ms"]) == (status, silent_ms)


# --- targets


@pytest.mark.parametrize(
    ("n", "wait_ms", "met"),
    [(5, 7 * MINUTE, True), (5, 7 * MINUTE + 1, False), (4, MINUTE, None), (4, 60 * MINUTE, None)],
)
def test_a_mean_is_met_up_to_its_limit_and_judged_where_enough_were_answered(
    n: int, wait_ms: int, met: bool | None
) -> None:
    found = target(document(folded(*answered(n, wait_ms))), "phone-personbruker-mean")
    assert found["window"] == found["today"] == {"value": wait_ms, "answered": n, "met": met}


@pytest.mark.parametrize(("in_time", "too_late", "met"), [(6, 4, False), (7, 3, True), (4, 0, None), (5, 0, True)])
def test_a_share_must_be_more_than_its_limit(in_time: int, too_late: int, met: bool | None) -> None:
    """Of the answered; exactly ten minutes is in time, and exactly 60 % is not more than 60 %."""
    log = answered(in_time, 10 * MINUTE) + [
        e for i in range(too_late) for e in visit(f"late-{i}", 11 * MINUTE + 1, ("queue.answered", MINUTE))
    ]
    found = target(document(folded(*log)), "phone-personbruker-share")["window"]
    assert (found["value"], found["met"]) == (in_time / (in_time + too_late), met)


def verdict(document: Document) -> str:
    said: str = target(document, "phone-personbruker-mean")["verdict"]
    return said


def test_a_promise_is_judged_only_by_figures_that_are_whole_and_of_now() -> None:
    lines = folded(*answered(5, MINUTE)).lines
    assert verdict(document(view(lines))) == "ok"
    assert verdict(document(view(lines), missing=["phone-1"])) == "stale"
    assert verdict(document(view(lines, behind=5000))) == "ok"
    assert verdict(document(view(lines, behind=5001))) == "stale"
    assert verdict(document(view(lines), now_ms=AT_NIGHT)) == "closed"


def test_a_promise_that_is_not_judged_has_neither_pressure_nor_a_future() -> None:
    """Five were answered in five minutes, after a minute each; nobody waits, so 15 more will be at once: 5 / 20 min."""
    lines = folded(*answered(5, MINUTE)).lines
    for made, is_told in (
        (document(view(lines)), True),
        (document(view(lines), now_ms=AT_NIGHT), False),
        (document(view(lines, behind=5001)), False),
    ):
        mean = target(made, "phone-personbruker-mean")
        assert (mean["pressure"], mean["expected"]) == ((MINUTE, 15 * SECOND) if is_told else (None, None))


@pytest.mark.parametrize(("behind", "status", "said"), [(30, "live", "ok"), (31, "catching_up", "stale")])
def test_how_far_behind_is_too_far_is_configured_once(behind: int, status: str, said: str) -> None:
    centre = CENTRE.model_copy(update={"alerts": CENTRE.alerts.model_copy(update={"lag_records": 30})})
    shown = [view(folded(*answered(5, MINUTE)).lines, behind=behind)]
    made = as_read(snapshot(shown, NONE_MISSING, centre, RULES, NOW, FRESH_MS))
    assert (made["status"], verdict(made)) == (status, said)


@pytest.mark.fault(27)
@pytest.mark.parametrize("hidden", [401, 5500])
def test_how_far_one_channel_is_behind_says_nothing_of_another(hidden: int) -> None:
    """A transaction that stays open in chat hides what others wrote since; phone is read to its end."""
    chat = folded(*answered(5, MINUTE), channel="chat")
    chat.partition, chat.behind, chat.is_fresh = "chat-0", hidden, False
    phone = folded(*visit("w", 25 * MINUTE), *answered(5, 15 * MINUTE))
    made = document(phone, chat)
    assert (made["status"], made["behind"]) == ("stale", hidden)
    assert {name: feed["status"] for name, feed in made["feeds"].items()} | {"written": ""} == {
        "phone": "open",
        "chat": "stale",
        "written": "",
    }
    assert [made["feeds"][channel]["unread"] for channel in ("phone", "chat", "written")] == [0, 1, 0]
    assert (verdict(made), target(made, "chat-personbruker-mean")["verdict"]) == ("breach", "stale")
    assert made["lines"][HELSE]["longest_wait"]["is_beyond"] is True


def test_what_all_channels_have_to_catch_up_with_is_said_and_each_is_judged_by_its_own() -> None:
    chat = folded(*answered(5, MINUTE), channel="chat")
    phone = folded(*answered(5, MINUTE))
    chat.behind, phone.behind = 5000, 1
    made = document(phone, chat)
    assert (made["status"], made["behind"], verdict(made)) == ("catching_up", 5001, "ok")
    assert target(made, "chat-personbruker-mean")["verdict"] == "ok"
    assert {name: feed["behind"] for name, feed in made["feeds"].items()} == {"phone": 1, "chat": 5000, "written": None}
    chat.behind = 5001
    assert target(document(phone, chat), "chat-personbruker-mean")["verdict"] == "stale"


# --- the whole


def test_ages_grow_and_windows_slide_with_the_clock_alone() -> None:
    shown = folded(*visit("w", MINUTE), *answered(5, MINUTE))
    before, after = document(shown), document(shown, now_ms=NOW + 90 * SECOND)
    for name in ("oldest_wait_ms", "mean_age_ms"):
        assert after["lines"][HELSE][name] == before["lines"][HELSE][name] + 90 * SECOND == 150 * SECOND
    # (5 × 60 s + 1 × 60 s) / 6, then (5 × 60 s + 1 × 150 s) / 6
    assert [made["lines"][HELSE]["pressure_ms"] for made in (before, after)] == [60 * SECOND, 75 * SECOND]
    assert after["feeds"]["phone"]["silent_ms"] == before["feeds"]["phone"]["silent_ms"] + 90 * SECOND


def test_a_group_is_its_lines_and_nothing_outside() -> None:
    made = document(busy())
    own = [line for name, line in made["lines"].items() if name.startswith(GROUP + "/") and not line["external"]]
    group = made["groups"][GROUP]
    for name in COUNTS:
        assert group[name] == sum(line[name] for line in own)
    for name in ("entered", "answered", "abandoned", "wait_sum_ms"):
        assert group["total"][name] == sum(line["total"][name] for line in own)
    assert group["today"]["wait_max_ms"] == max(line["today"]["wait_max_ms"] or 0 for line in own)
    assert group["queue"] is None and not group["external"]
    office = made["lines"]["phone/personbruker/nav-kontor"]
    assert office["external"] and office["total"]["transfers"]["passed_on"] == 1
    assert group["total"]["transfers"]["passed_on"] == 0


def test_partitions_are_added_up() -> None:
    one, two = folded(*answered(3, MINUTE)), folded(*answered(2, 3 * MINUTE), *visit("w", 7 * MINUTE))
    window = document(one, two)["lines"][HELSE]["windows"]["30m"]
    assert (window["answered"], window["wait_mean_ms"], window["wait_max_ms"]) == (5, 108 * SECOND, 3 * MINUTE)
    assert document(one, two)["lines"][HELSE]["waiting"] == 1
    assert document(one, two)["records"]["accepted"] == 11


def test_a_residual_is_shown() -> None:
    one_missing = LineView(total={"entered": 3, "answered": 1}, waiting=1)
    one_too_many = LineView(total={"entered": 1, "answered": 1}, waiting=1)
    assert document(view({HELSE: one_missing}))["residual"] == 1
    assert document(view({HELSE: one_missing, ARBEIDSGIVER: one_too_many}))["residual"] == 2
    assert document(busy())["residual"] == 0


def test_what_is_remembered_between_snapshots_changes_nothing() -> None:
    """The same memo over documents of different views and times, against each made afresh."""
    memo = Memo()
    for shown, now_ms in [
        (busy(), NOW),
        (busy(), NOW + SECOND),
        (folded(*answered(3, MINUTE)), NOW),
        (view({}), NOW),
        (busy(), AT_NIGHT),
        (view({}), NOW + 86_400_000),
    ]:
        remembered = snapshot([shown], NONE_MISSING, CENTRE, RULES, now_ms, FRESH_MS, memo)
        assert remembered == snapshot([shown], NONE_MISSING, CENTRE, RULES, now_ms, FRESH_MS)


@pytest.mark.parametrize(
    ("now_ms", "since_ms", "unknown"),
    [
        pytest.param(NOW + 9999, NOW - 290 * SECOND, LONGER, id="since the first pane of the shortest window"),
        pytest.param(NOW + 9999, NOW - 290 * SECOND + 1, {"5m", *LONGER}, id="since a millisecond later"),
        pytest.param(NOW + 10_000, NOW - 290 * SECOND + 1, LONGER, id="the window has slid"),
        pytest.param(NOW, MIDNIGHT, set(), id="since midnight"),
        pytest.param(NOW, MIDNIGHT + 1, {"today"}, id="since a millisecond after midnight"),
        pytest.param(NOW, NEVER, {"5m", *LONGER, "total"}, id="not yet"),
    ],
)
def test_a_measure_that_was_not_always_counted_is_known_of_a_stretch_that_began_since(
    monkeypatch: pytest.MonkeyPatch, now_ms: int, since_ms: int, unknown: set[str]
) -> None:
    """As a build has it that added a measure: none was, so one of today's is taken for such."""
    monkeypatch.setattr(merging, "since_when", partial(since_when, later={"abandoned_short"}))
    made = document(replace(busy(), counted_since={"abandoned_short": since_ms}), now_ms=now_ms)
    entry = made["lines"][HELSE]
    found = {**entry["windows"], "today": entry["today"], "total": entry["total"]}
    assert {name for name, of in found.items() if of["abandoned_short"] is None} == unknown
    assert made["counted_since"] == ({} if since_ms == NEVER else {"abandoned_short": since_ms})


@pytest.mark.parametrize(("wrong_ms", "until_ms"), [(3000, NOW - 3000), (-3000, NOW), (0, NOW + FRESH_MS)])
def test_by_a_wrong_clock_nothing_is_fresh(wrong_ms: int, until_ms: int) -> None:
    made = as_read(snapshot([busy()], NONE_MISSING, CENTRE, RULES, NOW, FRESH_MS, None, wrong_ms))
    assert made["fresh_until_ms"] == until_ms
    assert (made["clock_wrong_ms"], made["status"]) == ((wrong_ms, "stale") if wrong_ms else (None, "live"))


def test_records_are_those_of_all_partitions_by_name() -> None:
    told = {
        "accepted": 9,
        "late": 1,
        "restated_late": 1,
        "without_entry": 3,
        "newer": 2,
        "let_go": 3,
        "crowded": 4,
        "rejected:bad_time": 5,
    }
    made = document(view({}, counters=told, lost=6), view({}, partition="phone-1", counters={"accepted": 1}, lost=1))
    ahead = {"phone": {"held": 0, "beyond_clock": 0}}
    rejected = {"bad_time": 5}
    some = {
        "accepted": 10,
        "late": 1,
        "restated_late": 1,
        "without_entry": 3,
        "newer": 2,
        "let_go": 3,
        "crowded": 4,
        "lost": 7,
    }
    assert made["records"] == {**some, "rejected": rejected, "ahead": ahead}
    none = dict.fromkeys(
        ("accepted", "late", "restated_late", "without_entry", "newer", "let_go", "crowded", "lost"), 0
    )
    assert document(view({}, counters={}))["records"] == {**none, "rejected": {}, "ahead": ahead}


@pytest.mark.fault(34)
def test_a_window_that_is_not_whole_is_not_there_and_its_targets_are_not_judged() -> None:
    for window in (30 * MINUTE, 15 * MINUTE):  # the second is what stays of the first when the lead has passed
        assert verdict(document(replace(busy(), in_part=[window]))) == "stale"
    assert verdict(document(replace(busy(), in_part=[60 * MINUTE]))) != "stale"
    whole, part = busy(), replace(busy(), in_part=[30 * MINUTE])
    known, made = document(whole), document(part)
    entry = made["groups"]["phone/personbruker"]
    assert entry["windows"].keys() == {"5m", "15m", "1h"}
    assert entry["pressure_ms"] is None
    assert entry["total"] == known["groups"]["phone/personbruker"]["total"]
    for target in made["targets"]:
        if target["channel"] == "phone":
            assert target["verdict"] == "stale"
            assert target["window"] == {"value": None, "answered": None, "met": None}
