"""What a small document says of its queue: pure, held against the whole, its schema, its size and the hours."""

import json
from collections.abc import Iterable
from functools import partial
from importlib import resources
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from streams.core.verdicts import Verdict
from streams.serve import schema
from streams.serve.merging import NONE_MISSING, Missing
from streams.serve.small import Small, small_documents
from streams.serve.snapshot import Memo, document_of
from streams.serve.view import LineView, View
from tests.events import event
from tests.examples import examples
from tests.golden import day
from tests.serve.documents import (
    CENTRE,
    FRESH_MS,
    HELSE,
    MINUTE,
    NOW,
    RULES,
    Document,
    as_read,
    bot,
    busy,
    folded,
    said,
    view,
    visit,
)
from tests.serve.smalls import NOTHING, differences
from tests.serve.test_longest import ODD, odd
from tests.serve.test_queue_dates import centre_with

HOUR = 60 * MINUTE
PERSONS = "phone/personbruker"


def shown(
    *views: View, missing: Iterable[str] = (), now_ms: int = NOW, centre: Any = CENTRE, rules: Any = RULES
) -> tuple[Document, dict[str, Document]]:
    """The whole, and the small documents by name, as a reader gets them."""
    memo = Memo()
    lacking = Missing({name: name.partition("-")[0] for name in missing})
    merged = memo.shown(views, lacking or NONE_MISSING, centre, rules, now_ms)
    whole = document_of(merged, views, FRESH_MS, memo)
    small = small_documents(merged, whole.targets)
    return as_read(whole), {name: orjson.loads(msgspec.json.encode(of)) for name, of in small.items()}


STO = "written/personbruker/sto"


def test_letters_are_a_stock_and_nobody_s_wait() -> None:
    stock = LineView(letters_due={NOW: 1, NOW + 1: 2}, letters_oldest_ms=NOW - 48 * HOUR)
    whole, small = shown(view({STO: stock}, channel="written"))
    assert not differences(whole, small)
    told = {"open": 3, "overdue": 1, "oldest_received_ms": NOW - 48 * HOUR}
    assert small[STO]["letters"] == small["written/personbruker"]["letters"] == told
    assert (small[STO]["state"], small[STO]["waiting"], small[STO]["wait_mean_ms"]) == ("open", 0, None)
    assert "letters" not in shown(busy())[1][HELSE]


def test_a_queue_of_letters_has_never_too_few_answers() -> None:
    received = event("written.received", NOW - MINUTE, "one", STO)
    entered = event("queue.entered", NOW - MINUTE, "two", STO)
    assert [shown(folded(*log, channel="written"))[1][STO]["state"] for log in ([received], [received, entered])] == [
        "open",
        "insufficient",
    ]


def test_who_gave_up_is_a_share_of_who_did_or_was_answered() -> None:
    answered = [of for n in range(3) for of in visit(f"a{n}", MINUTE, ("queue.answered", 30_000))]
    _, small = shown(folded(*visit("g", MINUTE, ("queue.abandoned", 30_000)), *answered))
    assert small[HELSE]["abandonment_rate"] == 0.25
    assert shown(folded(*visit("w", 1000)))[1][HELSE]["abandonment_rate"] is None


@pytest.mark.parametrize(
    ("views", "given", "state"),
    [
        ([busy()], {}, "open"),
        ([folded(*visit("a", MINUTE, ("queue.answered", 0)))], {"now_ms": NOW + 9 * HOUR}, "closed"),
        ([busy()], {"now_ms": NOW + 9 * HOUR}, "open"),  # for those who still wait
        ([folded(*visit("w", 1000))], {}, "insufficient"),
        ([busy()], {"now_ms": NOW + 2 * HOUR}, "stale"),  # silent
        ([busy()], {"missing": ["phone-1"]}, "stale"),
        ([msgspec.structs.replace(busy(), is_fresh=False)], {}, "stale"),
        ([msgspec.structs.replace(busy(), is_astray=True)], {}, "stale"),
        ([msgspec.structs.replace(busy(), rebuilding=(1, 2))], {}, "rebuilding"),
        ([msgspec.structs.replace(busy(), behind=5001)], {}, "catching_up"),
        ([], {}, "stale"),
        ([view({})], {"now_ms": NOW + 9 * HOUR}, "closed"),
        ([msgspec.structs.replace(view({}), watermark_ms=0)], {"now_ms": NOW + 9 * HOUR}, "closed"),
    ],
)
def test_each_state_is_told_apart_and_says_what_the_whole_says(
    views: list[View], given: dict[str, Any], state: str
) -> None:
    whole, small = shown(*views, **given)
    assert differences(whole, small) == {}
    assert small[HELSE]["state"] == state
    if state in ("stale", "rebuilding", "catching_up"):
        assert {name: small[HELSE].get(name) for name in NOTHING} == NOTHING, "what is not known is null"


def test_nobody_waits_and_nobody_knows_are_not_the_same() -> None:
    nobody = shown(folded(*visit("a", MINUTE, ("queue.answered", 0))))[1][HELSE]
    assert (nobody["waiting"], nobody["oldest_entered_ms"], nobody["disputed"]) == (0, None, None)
    never_heard = shown(msgspec.structs.replace(view({}), watermark_ms=0), now_ms=NOW + 9 * HOUR)[1][HELSE]
    assert (never_heard["state"], never_heard["waiting"]) == ("closed", None)


def test_who_is_disputed_is_apart_and_no_report_is_not_nobody() -> None:
    waits = [*visit("w", 12 * MINUTE), *visit("v", 11 * MINUTE)]
    small = shown(folded(*waits, said(1)))[1][HELSE]
    assert (small["waiting"], small["disputed"], small["oldest_entered_ms"]) == (1, 1, NOW - 11 * MINUTE)
    assert shown(folded(*waits))[1][HELSE]["disputed"] is None


@pytest.mark.parametrize(
    ("mean", "share", "told"),
    [
        ("ok", "breach", "share"),
        ("breach", "drifting", "mean"),
        ("ok", "stale", "share"),
        ("insufficient", "stale", "share"),
        ("ok", "ok", "mean"),
    ],
)
def test_of_several_targets_the_gravest_verdict_is_told(mean: Verdict, share: Verdict, told: str) -> None:
    memo, views = Memo(), [busy()]
    merged = memo.shown(views, NONE_MISSING, CENTRE, RULES, NOW)
    targets = document_of(merged, views, FRESH_MS, memo).targets
    for place, verdict in enumerate((mean, share)):
        targets[place].verdict, targets[place].since_ms = verdict, place
    small = small_documents(merged, targets)
    of_group = small[PERSONS]
    assert (of_group.target, of_group.verdict) == (f"phone-personbruker-{told}", {"mean": mean, "share": share}[told])
    assert of_group.verdict_since_ms == ["mean", "share"].index(told)
    assert (small[HELSE].verdict, small[HELSE].target) == (None, None), "no target is of this queue alone"


def test_it_changes_with_an_event_and_not_with_the_clock() -> None:
    waits = folded(*visit("w", 2 * MINUTE), *visit("v", MINUTE))
    at_once, later = (shown(waits, now_ms=NOW + ms)[1] for ms in (0, 5000))
    assert at_once == later
    assert shown(folded(*visit("w", 2 * MINUTE)))[1][HELSE] != at_once[HELSE]


# --- any view


@st.composite
def line_views(draw: st.DrawFn) -> LineView:
    """One line's figures, as a partition might show them."""
    entered = draw(st.lists(st.integers(NOW - 30 * HOUR, NOW + 500), max_size=4))
    answered = draw(st.integers(0, 9))
    cell = {"answered": answered, "wait_sum_ms": answered * draw(st.integers(0, 900_000)), "entered": answered}
    return LineView(
        windows=dict.fromkeys(CENTRE.windows.lengths, cell),
        waiting=len(entered),
        waiting_since_sum_ms=sum(min(at, NOW) for at in entered),
        waiting_oldest_ms=min(entered, default=None),
        waiting_since_ms=sorted(entered),
        reported=draw(st.none() | st.tuples(st.integers(NOW - 200_000, NOW), st.integers(0, 3))),
    )


@st.composite
def partitions(draw: st.DrawFn, channel: str, n: int) -> View:
    """One of a channel, whole and of now or not."""
    own = [line for line in CENTRE.own_lines if line.startswith(channel)][:4]
    lines = draw(st.dictionaries(st.sampled_from(own), line_views(), max_size=4))
    named = {RULES.counted_as(line): of for line, of in lines.items()}
    return view(
        named,
        partition=f"{channel}-{n}",
        channel=channel,
        behind=draw(st.sampled_from([0, 0, 0, 4000, 5001])),
        is_fresh=draw(st.sampled_from([True, True, True, False])),
        is_astray=draw(st.sampled_from([False, False, False, True])),
        rebuilding=draw(st.sampled_from([None, None, None, (1, 2)])),
        watermark_ms=NOW - draw(st.sampled_from([0, 1000, 3 * HOUR])),
    )


@settings(max_examples=examples(200), deadline=None)
@given(
    st.tuples(*(partitions(channel, n) for channel in ("phone", "chat") for n in range(2))),
    st.lists(st.sampled_from(["phone-9", "chat-9"]), max_size=1),
    st.sampled_from([NOW, NOW, NOW + 60_000, NOW + 9 * HOUR, NOW + 4 * 24 * HOUR]),
)
def test_whatever_partitions_show_the_small_say_what_the_whole_says(
    views: tuple[View, ...], missing: list[str], now_ms: int
) -> None:
    whole, small = shown(*views, missing=missing, now_ms=now_ms)
    assert differences(whole, small) == {}


# --- their form


def golden() -> dict[str, Document]:
    views = [day._view(name, state) for name, state in day.states().items()]
    return shown(*views, now_ms=day.NOW, centre=day.CENTRE, rules=day.RULES)[1]


def of_a_thousand_queues() -> dict[str, Document]:
    """With names of forty letters, and as much as can be said of each."""
    ids = [f"{'q' * 36}{n:04}" for n in range(1000)]
    listed = ", ".join(f'"{id_}"' for id_ in ids)
    by = centre_with(f'[[queues]]\nchannel = "phone"\naudience = "personbruker"\nids = ["helse", {listed}]\n')
    names = [f"{PERSONS}/{id_}" for id_ in ids]
    answered = {"answered": 7, "wait_sum_ms": 123_456_789}
    figures = LineView(
        windows=dict.fromkeys(by.centre.windows.lengths, answered),
        waiting=10_001,
        waiting_since_sum_ms=10_001 * NOW - 123_456,
        waiting_oldest_ms=NOW - 123_456,
    )
    lines = {by.rules.counted_as(name): msgspec.structs.replace(figures) for name in names}
    return shown(view(lines), centre=by.centre, rules=by.rules)[1]


@pytest.mark.parametrize(("make", "least"), [(golden, 10), (of_a_thousand_queues, 1000)])
def test_each_is_less_than_a_kilobyte_and_as_its_schema_says(make: Any, least: int) -> None:
    made = make()
    assert len(made) >= least
    validator = Draft202012Validator(schema.small_schema())
    for name, small in made.items():
        assert len(orjson.dumps(small)) < 1000, name
        assert [error.message for error in validator.iter_errors(small)] == []


@pytest.mark.parametrize(("file", "make"), [("small", schema.small_schema), ("believed", schema.believed_schema)])
def test_what_is_checked_in_is_what_would_be_made(file: str, make: Any) -> None:
    checked_in = resources.files("streams.serve").joinpath(f"{file}.schema.json").read_text()
    assert checked_in == schema.text(make()), "`python -m streams.serve.schema` writes it anew"
    Draft202012Validator.check_schema(json.loads(checked_in))


@pytest.mark.parametrize(
    ("field", "value"), [("waiting", -1), ("state", "fine"), ("waiting", 1.5), ("oldest_wait_ms", 3), ("name", None)]
)
def test_what_is_not_made_does_not_keep_to_it(field: str, value: Any) -> None:
    (small,) = (one for name, one in shown(busy(), bot())[1].items() if name == HELSE)
    is_valid = partial(Draft202012Validator(schema.small_schema()).is_valid)
    assert is_valid(small) and not is_valid(small | {field: value})


def test_every_field_says_what_it_means() -> None:
    fields = schema.small_schema()["properties"]
    assert isinstance(fields, dict)
    told = {name for name, of in fields.items() if "description" in of}
    assert set(fields) - told == {"schema_version"}
    assert set(fields) == set(Small.__struct_fields__)


# --- when it opens and closes next


@settings(max_examples=examples(60), deadline=None)
@given(
    st.sampled_from(["Europe/Oslo", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sampled_from(list(ODD)),
    st.sampled_from([1_743_200_000_000, 1_761_330_000_000, NOW]),  # the clock is changed two days later
    st.integers(0, 40 * HOUR),
)
def test_it_is_as_it_is_until_then_and_otherwise_from_then_on(zone: str, name: str, from_ms: int, later: int) -> None:
    hours, now_ms = odd(zone), from_ms + later
    change, is_open = hours.next_change(name, now_ms), hours.is_open(name, now_ms)
    minutes = range(now_ms - now_ms % MINUTE, min(change or now_ms + 3 * 24 * HOUR, now_ms + 3 * 24 * HOUR), MINUTE)
    assert {hours.is_open(name, at) for at in minutes} <= {is_open}
    assert change is None or (change > now_ms and hours.is_open(name, change) is not is_open)


@pytest.mark.parametrize(
    ("now_ms", "opens_ms", "closes_ms"),
    [
        (NOW, None, 1_741_096_800_000),  # Tuesday 11:20: until 15:00
        (1_741_096_800_000, 1_741_161_600_000, None),  # at 15:00: on Wednesday at 09:00
        (1_741_356_000_000, 1_741_593_600_000, None),  # Friday at 15:00: on Monday
    ],
)
def test_when_it_opens_and_closes_next(now_ms: int, opens_ms: int | None, closes_ms: int | None) -> None:
    small = shown(busy(), now_ms=now_ms)[1]
    for name in (HELSE, PERSONS):
        assert (small[name]["opens_ms"], small[name]["closes_ms"]) == (opens_ms, closes_ms)
        assert small[name]["is_open"] is (closes_ms is not None)
