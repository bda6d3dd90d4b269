"""Expected waits while figures are live, on a real Valkey: what is told, why nothing is, and what is kept."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import msgspec
import orjson
import pytest

from streams.core.calendar import day_of
from streams.core.expected_wait import Came, Error, Learned, Memory, Went
from streams.core.fold import fold
from streams.core.wait_feed import Facts
from streams.core.wait_score import NO_SCORE, Score
from streams.core.waiting import NO_RATES, Ended
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.wait_replay import OURS, replay, scores
from streams.redis_client import Client
from streams.serve import expecting_keys
from streams.serve.expecting import Expecting, Kept
from streams.serve.told_wait import Both
from tests.answers import answered
from tests.events import START_MS, Event, records, visit
from tests.expected_wait.days import DAY, ZONE, lines_of, stays_of
from tests.forked import run as run_command
from tests.forked import without_settings
from tests.serve.publishing import CENTRE, RULES, Part, Reading, clock_at, publisher, run
from tests.serve.smalls import ARBEID, GROUP, HELSE, all_in_redis, foretold, read_small, wrong

pytestmark = pytest.mark.real

S, MINUTE_MS, HOUR_MS = 1000, 60_000, 3_600_000


class Live:
    """A publisher over one partition of calls, whose clock goes on as the test says."""

    def __init__(self, client: Client, keys: Keys, now_ms: int = START_MS, **given: Any) -> None:
        self.client, self.keys, self.now_ms = client, keys, now_ms
        self.part = Part("t-0")
        self.shows = publisher(client, keys, [self.part], now_ms, **given)

    async def go_on_to(self, now_ms: int, *log: list[Event]) -> None:
        """Something is told, and shown."""
        self.now_ms, self.shows._clock = now_ms, clock_at(now_ms)
        fold(self.part.state, records((event for events in log for event in events), now_ms, self.part.state.offset))
        self.part.fold([])
        await self.shows.publish()

    async def steady(self, minutes: int, *, every_s: int = 30, wait_s: int = 120, line: str = HELSE) -> None:
        """One comes each so many seconds, and is answered after so many."""
        for _ in range(minutes * 60 // every_s):
            at = self.now_ms + every_s * S
            entered = at - wait_s * S
            ended = visit(f"{line}-{entered}", entered, ("queue.answered", wait_s * S), line=line)[1:]
            await self.go_on_to(at, visit(f"{line}-{at}", at, line=line), ended)

    async def small(self, name: str = HELSE) -> Any:
        found = await read_small(self.client, self.keys, name, self.now_ms)
        assert found is not None
        return found["expected_wait"]

    async def whole(self, name: str = HELSE) -> Any:
        document = orjson.loads(await self.client.get(self.keys.snapshot) or b"null")
        return (document["lines"] | document["groups"])[name]


def live(local_parts: LocalParts, keys: Keys, does: Callable[[Live], Awaitable[None]], **given: Any) -> None:
    run(local_parts.redis_url, lambda client: does(Live(client, keys, **given)))


def test_a_steady_queue_is_foretold_and_said(local_parts: LocalParts, keys: Keys) -> None:
    async def does(of: Live) -> None:
        await of.steady(40)
        small, whole = await of.small(), await of.whole()
        assert small["low_ms"] <= 120 * S <= small["high_ms"] and 80 * S < small["likely_ms"] < 160 * S
        assert whole["expected_wait"] == foretold(small)
        assert small["said_from_ms"] == 60 * S
        assert small["withheld"] is None
        assert small["said"] == {"nb": "1 til 3 minutter", "nn": "1 til 3 minutt", "en": "1 to 3 minutes"}
        assert all(small[name] % (5 * S) == 0 for name in ("low_ms", "likely_ms", "high_ms"))
        entered = [one["entered_ms"] for one in small["of_waiting"]]
        assert entered[0] == of.now_ms - 90 * S and entered == sorted(set(entered)) and len(entered) == 3
        assert all(60 * S < one["likely_ms"] < 200 * S for one in small["of_waiting"])
        assert (await of.small(GROUP))["likely_ms"] == small["likely_ms"], "it is all that anybody comes to"
        assert await wrong(of.client, of.keys) == {}
        for name, one in (await all_in_redis(of.client, of.keys)).items():
            assert len(orjson.dumps(one)) < 1000, name

    live(local_parts, keys, does)


def test_between_two_snapshots_it_is_told_of_the_line_that_changed(local_parts: LocalParts, keys: Keys) -> None:
    async def does(of: Live) -> None:
        await of.steady(20)
        before = await of.small()
        of.part.fold([event for n in range(20) for event in visit(f"many-{n}", of.now_ms)])
        await of.shows.look()
        assert await of.small() == before, "it was told this moment"
        of.shows._clock = clock_at(of.now_ms + 600)
        of.part.fold(visit("one-more", of.now_ms))
        await of.shows.look()
        after = await of.small()
        assert after["likely_ms"] > 2 * before["likely_ms"]
        assert after["said"] != before["said"]
        await of.shows.publish()
        assert await wrong(of.client, of.keys) == {}

    live(local_parts, keys, does)


def test_of_few_nothing_is_said_and_never_a_default(local_parts: LocalParts, keys: Keys) -> None:
    async def does(of: Live) -> None:
        await of.go_on_to(START_MS, visit("a", START_MS))
        for said in (await of.small(), await of.small(ARBEID), await of.small(GROUP)):
            assert said == dict.fromkeys(said) | {"withheld": "too few", "of_waiting": []}
        entry = await of.whole()
        assert (entry["expected_wait"]["withheld"], entry["expected_wait_score"]) == ("too few", None)

    live(local_parts, keys, does)


def test_closed_and_too_fast_and_too_many(local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    async def does(of: Live) -> None:
        await of.steady(40, every_s=20, wait_s=60)
        await of.go_on_to(of.now_ms + S, *(visit(f"many-{n}", of.now_ms) for n in range(200)))
        for n in range(12):  # of whom in four minutes nobody is answered
            await of.go_on_to(of.now_ms + 20 * S, visit(f"later-{n}", of.now_ms))
        assert (await of.small())["withheld"] == "changing too fast"
        monkeypatch.setattr("streams.serve.view.MOST_CARRIED", 100)
        await of.go_on_to(of.now_ms + S, visit("one-more", of.now_ms))
        assert (await of.small())["withheld"] == (await of.whole())["expected_wait"]["withheld"] == "too many"
        evening = START_MS - START_MS % HOUR_MS + 12 * HOUR_MS
        await of.go_on_to(evening)
        assert {one["expected_wait"]["withheld"] for one in (await all_in_redis(of.client, of.keys)).values()} <= {
            "closed",
            "stale",
        }
        assert (await of.small())["withheld"] in ("closed", "stale")

    live(local_parts, keys, does)


def test_what_is_not_of_now_is_not_foretold(local_parts: LocalParts, keys: Keys) -> None:
    """
    phone    | whole      | may be unread | whole      | rebuilding | whole
    expected | 2 minutes  | stale         | 2 minutes  | rebuilding | 2 minutes
    """

    async def does(of: Live) -> None:
        await of.steady(20)
        before = await of.small()
        for reader, rebuilding, reason in ((Reading(unread=["t-0"]), None, "stale"), (Reading(), (1, 9), "rebuilding")):
            of.shows._reader, of.part.rebuilding = reader, rebuilding
            await of.go_on_to(of.now_ms + S)
            for name in (HELSE, GROUP):
                said = await of.small(name)
                assert said == dict.fromkeys(said) | {"withheld": reason, "of_waiting": []}
            of.shows._reader, of.part.rebuilding = Reading(), None
            await of.go_on_to(of.now_ms + S)
            assert (await of.small())["likely_ms"] == pytest.approx(before["likely_ms"], abs=20 * S), "nothing is lost"

    live(local_parts, keys, does)


def test_who_writes_next_goes_on_with_what_was_learned(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expecting_keys, "KEEP_EVERY_S", 0.0)

    async def does(of: Live) -> None:
        await of.steady(60)
        before, score = await of.small(), (await of.whole())["expected_wait_score"]
        assert score["answered"] > 80 and score["root_mean_square_ms"] < 60 * S
        assert (await of.whole(GROUP))["expected_wait_score"] == score
        await of.client.delete(keys.publisher)
        of.shows = publisher(of.client, keys, [of.part], of.now_ms + S, instance="two")
        await of.go_on_to(of.now_ms + S)
        after = await of.small()
        assert (after["likely_ms"], after["said"]) == (before["likely_ms"], before["said"])
        assert after["high_ms"] == pytest.approx(before["high_ms"], abs=10 * S), "a second has passed"
        assert (await of.whole())["expected_wait_score"] == score
        await of.steady(5)
        assert (await of.whole())["expected_wait_score"]["answered"] == score["answered"] + 6, "and not who waited then"
        kept: Any = await of.client.hgetall(keys.wait_scores)
        assert list(kept) == [b"2025-03-04"]

    live(local_parts, keys, does)


@pytest.mark.parametrize("is_there", [True, False], ids=["spoiled", "gone"])
def test_where_nothing_is_kept_it_is_learned_anew(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    """Of the last minutes alone at first: what ended before is not known, nor how long it took."""
    monkeypatch.setattr(expecting_keys, "KEEP_EVERY_S", 0.0)

    async def does(of: Live) -> None:
        await of.steady(60)
        before = await of.small()
        await of.client.delete(keys.publisher, keys.expecting, keys.wait_scores)
        if is_there:
            await of.client.sadd(keys.expecting, "no text")
            await of.client.set(keys.wait_scores, "no hash")
        of.shows = publisher(of.client, keys, [of.part], of.now_ms + S, instance="two")
        await of.go_on_to(of.now_ms + S)
        assert (await of.small())["likely_ms"] == pytest.approx(before["likely_ms"], rel=0.25)
        assert (await of.whole())["expected_wait_score"] is None, "of who was there already nothing was foretold"
        await of.steady(10)
        assert (await of.whole())["expected_wait_score"]["answered"] > 10
        assert [await of.client.type(key) for key in (keys.expecting, keys.wait_scores)] == [b"string", b"hash"]

    live(local_parts, keys, does)


def test_scores_are_kept_for_four_hundred_days(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expecting_keys, "KEEP_EVERY_S", 0.0)

    async def does(of: Live) -> None:
        for on in ("2024-01-28", "2024-01-29", "2024-01-30", "2025-03-03", "2025-03-04"):
            await of.client.hset(keys.wait_scores, on, b"\x80")
        await of.steady(20)
        kept: Any = await of.client.hgetall(keys.wait_scores)
        assert sorted(kept) == [b"2024-01-30", b"2025-03-03", b"2025-03-04"]

    live(local_parts, keys, does)


def test_a_state_that_is_not_served_foretells_nothing(local_parts: LocalParts, keys: Keys) -> None:
    """Who reads the other one is told by who writes that."""

    async def does(client: Client) -> None:
        of = Live(client, Keys(keys.namespace, "next"))
        await of.steady(5)
        assert await client.exists(keys.expecting, keys.wait_scores, keys.now) == 0
        aside = orjson.loads(await client.get(of.keys.aside) or b"null")
        assert {line["expected_wait"] for line in aside["lines"].values()} == {None}

    run(local_parts.redis_url, does)


def test_a_day_live_is_foretold_as_it_is_when_it_is_replayed(local_parts: LocalParts, keys: Keys) -> None:
    """Looked at after each instant, now by the small documents' way and now by the whole's: as many, and as good. Not
    quite the same: which queues are in step is looked at at other instants, and svartid knows the minutes before, too.
    """
    lines = lines_of("normal", 7, DAY, hours=0.1)
    log = [event for event in map(orjson.loads, lines) if event["channel"] in CHANNELS]
    ends_ms = log[-1]["occurred_at"]
    replayed = replay(stays_of(lines), CENTRE.opening_hours.is_open, DAY_OF)
    expected = scores([one for one in replayed if one.judged.ended.left <= ends_ms]).of_all[OURS]

    async def does(client: Client) -> None:
        parts = {channel: Part(f"{channel}-0", channel=channel) for channel in CHANNELS}
        reader = Reading(channel_of={channel: channel for channel in parts})
        shows = publisher(client, keys, parts.values(), DAY_MS, reader=reader)
        for n, (at, events) in enumerate(groupby(log, key=lambda event: int(event["occurred_at"]))):
            shows._clock = clock_at(at)
            for event in events:
                parts[event["channel"]].fold([event])
            await (shows.look if n % 50 else shows.publish)()
        assert shows._expecting is not None
        days, own = shows._expecting.days, {*CENTRE.own_lines}
        found = sum((of.ours for line, of in days[day_of(DAY_MS, ZONE)].items() if line in own), NO_SCORE)
        assert (found.answered, found.wait_ms) == (expected.answered, expected.wait_ms)
        assert found.root_mean_square_ms == pytest.approx(expected.root_mean_square_ms, rel=0.02)
        assert found.held == pytest.approx(expected.held, rel=0.02)

    run(local_parts.redis_url, does)


CHANNELS = ("phone", "chat")
DAY_MS = round(DAY.timestamp() * S)
DAY_OF = partial(day_of, zone=ZONE)


def test_the_command_says_how_good_it_has_been(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expecting_keys, "KEEP_EVERY_S", 0.0)
    env = without_settings() | {
        "SVARTID_REDIS_URL": local_parts.redis_url,
        "SVARTID_NAMESPACE": keys.namespace,
        "SVARTID_CLOCK": str(clock_at(START_MS)),
    }
    nothing = run_command("forecast-wait", "--json", env=env, within_s=30)
    assert (nothing.returncode, answered("forecast_wait", nothing.stdout)) == (1, [])
    assert "nothing was foretold from 2025-02-26 to 2025-03-04" in " ".join(nothing.stderr.split())

    async def does(of: Live) -> None:
        await of.steady(30)
        score = (await of.whole())["expected_wait_score"]
        said = run_command("forecast-wait", "--days", "2", "--json", env=env, within_s=30)
        assert said.returncode == 0
        assert answered("forecast_wait", said.stdout) == [{"day": "2025-03-04", "queue": HELSE, "score": score}]
        shown = run_command("forecast-wait", env=env, within_s=30)
        assert HELSE in shown.stdout and f"{score['answered']}" in shown.stdout
        long = f"phone/personbruker/[bold]{'a-long-name-' * 8}"
        packed = msgspec.msgpack.encode(
            {long: Both(Score(1_234, 1e9, squared_ms2=1e12), Score(1_234, squared_ms2=1e13))}
        )
        await of.client.hset(keys.wait_scores, "2025-03-03", packed)
        narrow = run_command("forecast-wait", env=env | {"COLUMNS": "40"}, within_s=30)
        assert long in narrow.stdout and "1,234" in narrow.stdout and "…" not in narrow.stdout, "no figure is cut"
        both = run_command("forecast-wait", "events.ndjson", "--days", "2", env=env, within_s=30)
        assert both.returncode == 2 and "--days is of what svartid has told" in " ".join(both.stderr.split())

    live(local_parts, keys, does)


# --- What fresh eyes found ----------------------------------------------------------------------------------------


def unsound(**of: Any) -> bytes:
    """Something kept that decodes, and is not what this build keeps."""
    learned = Learned(at=START_MS)
    for name, value in of.items():
        setattr(learned, name, value)
    return msgspec.msgpack.encode(Kept(START_MS, Memory({HELSE: learned}, {}), {}))


@pytest.mark.parametrize(
    "kept",
    [
        unsound(sides=[]),
        unsound(errors=[Error()]),
        unsound(answered_ms=float("nan")),
        unsound(rates=NO_RATES._replace(busy_ms=float("inf"))),
        b"\xff",
    ],
)
def test_what_is_kept_and_is_not_as_it_should_be_is_as_if_it_were_not_there(
    local_parts: LocalParts, keys: Keys, kept: bytes
) -> None:
    async def does(of: Live) -> None:
        await of.client.set(keys.expecting, kept)
        negative = Both(Score(answered=3, squared_ms2=-1.0), NO_SCORE)
        await of.client.hset(keys.wait_scores, "2025-03-04", msgspec.msgpack.encode({HELSE: negative}))
        await of.steady(20)
        assert (await of.small())["withheld"] is None
        assert (await of.whole())["expected_wait_score"]["answered"] > 10

    live(local_parts, keys, does)


def test_one_visit_that_is_dated_ahead_rules_nothing(local_parts: LocalParts, keys: Keys) -> None:
    async def does(of: Live) -> None:
        await of.steady(40)
        before = await of.small()
        ahead = of.now_ms + 50 * MINUTE_MS
        log = records(visit("ahead", ahead, ("queue.answered", 1000)), of.now_ms, of.part.state.offset)
        fold(of.part.state, log)  # by the broker's clock it is of now
        for _ in range(4):
            await of.steady(3)
            assert (await of.small())["likely_ms"] == pytest.approx(before["likely_ms"], rel=0.3)

    live(local_parts, keys, does)


def test_what_was_kept_of_a_day_is_there_the_next(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expecting_keys, "KEEP_EVERY_S", 0.0)

    async def does(of: Live) -> None:
        await of.steady(20)
        shows = of.shows._expecting
        assert shows is not None
        day = day_of(of.now_ms, ZONE)
        before = shows.days[day][HELSE].ours.answered
        entered = of.now_ms
        await of.go_on_to(entered, visit("overnight", entered))
        await of.go_on_to(entered + 16 * HOUR_MS)  # half past one
        await of.go_on_to(entered + 16 * HOUR_MS + S)
        assert shows.days[day][HELSE].ours.answered == before, "what was kept is there"
        today = entered + 24 * HOUR_MS
        await of.go_on_to(today)
        kept: Any = await of.client.hgetall(keys.wait_scores)
        assert msgspec.msgpack.decode(kept[b"2025-03-04"], type=dict[str, Both])[HELSE].ours.answered == before

    live(local_parts, keys, does)


def test_of_more_lines_than_are_estimated_at_once_none_is_told_when_it_is_old(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.serve.expecting.MOST_AT_ONCE", 1)

    async def does(of: Live) -> None:
        for line in (HELSE, ARBEID):
            await of.steady(15, line=line)
        for n in range(12):
            await of.go_on_to(of.now_ms + S, visit(f"last-{n}", of.now_ms, line=HELSE))
        of.shows._reader = Reading(unread=["t-0"])
        await of.go_on_to(of.now_ms + S)
        found = await all_in_redis(of.client, of.keys)
        assert {one["expected_wait"]["withheld"] for name, one in found.items() if name.startswith("phone")} == {
            "stale"
        }

    live(local_parts, keys, does)


def test_words_go_on_with_who_writes_next(local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expecting_keys, "KEEP_EVERY_S", 0.0)

    async def does(of: Live) -> None:
        await of.steady(40, wait_s=420)
        said = (await of.small())["said"]
        gone = [
            event
            for n in range(12)
            for event in visit(f"{HELSE}-{of.now_ms - n * 30 * S}", of.now_ms - n * 30 * S, ("queue.abandoned", 1))[1:]
        ]
        await of.client.delete(keys.publisher)
        of.shows = publisher(of.client, keys, [of.part], of.now_ms + S, instance="two")
        await of.go_on_to(of.now_ms + S, [event | {"occurred_at": of.now_ms} for event in gone])
        small = await of.small()
        assert small["likely_ms"] < 120 * S and small["said"] == said, "for a minute"

    live(local_parts, keys, does)


# --- A beginning, and a feed that comes back ----------------------------------------------------------------------


@dataclass
class Behind(Reading):
    """So many records of each partition are still to be read."""

    records: int = 0

    def behind(self, name: str) -> int:
        return self.records


async def read_a_morning(of: Live) -> None:
    """For an hour one comes each half minute, and is answered after two: all of it is read before anything is shown."""
    for n in range(120):
        of.part.fold(visit(f"{n}", START_MS + n * 30 * S, ("queue.answered", 120 * S)))
    of.part.fold(event for n in range(4) for event in visit(f"waits-{n}", START_MS + (n - 3) * 30 * S + HOUR_MS))
    of.now_ms = START_MS + HOUR_MS + S


def test_a_worker_that_begins_foretells_by_the_last_minutes_as_soon_as_it_is_heard(
    local_parts: LocalParts, keys: Keys
) -> None:
    async def does(of: Live) -> None:
        await read_a_morning(of)
        of.shows._reader = Reading(unread=["t-0"])
        await of.go_on_to(of.now_ms)
        assert (await of.small())["withheld"] == "stale"
        of.shows._reader = Behind(records=1_001)
        await of.go_on_to(of.now_ms + S)
        assert (await of.small())["withheld"] == "stale", "its past is read"
        of.shows._reader = Behind(records=1_000)
        await of.go_on_to(of.now_ms + S)
        small = await of.small()
        assert small["low_ms"] <= 120 * S <= small["high_ms"] and small["likely_ms"] < 200 * S

    live(local_parts, keys, does)


def test_who_came_while_nothing_was_heard_is_not_scored_and_the_pause_is_no_wait(
    local_parts: LocalParts, keys: Keys
) -> None:
    async def does(of: Live) -> None:
        await of.steady(40)
        before = (await of.small())["likely_ms"]
        of.shows._reader = Reading(unread=["t-0"])
        entered = of.now_ms + 30 * S
        for _ in range(20):  # as ever, but nobody hears of it: of each half minute for ten minutes
            await of.steady(1)
        of.part.fold(visit("unheard", entered))
        of.shows._reader = Reading()
        await of.go_on_to(of.now_ms + S)
        after = (await of.whole())["expected_wait_score"]["answered"]
        assert (await of.small())["likely_ms"] == pytest.approx(before, rel=0.35)
        await of.go_on_to(of.now_ms + S, visit("unheard", entered, ("queue.answered", of.now_ms + S - entered))[1:])
        assert (await of.whole())["expected_wait_score"]["answered"] == after

    live(local_parts, keys, does)


@pytest.mark.parametrize(("days_later", "added"), [(1, 1), (2, 0)])
def test_a_late_answer_adds_to_yesterday_and_begins_no_day_before_it_anew(days_later: int, added: int) -> None:
    """Yesterday is at hand, with all that was kept of it; of the days before only Redis has all."""
    expecting, entered, day_ms = Expecting(CENTRE, RULES), START_MS + HOUR_MS, 86_400_000
    facts = Facts()
    stays = [Ended(START_MS + n * 30 * S, START_MS + n * 30 * S + 120 * S, "answered") for n in range(116)]
    facts.add([Came(HELSE, of.entered) for of in stays] + [Came(HELSE, entered)], [Went(HELSE, of) for of in stays])
    expecting._learn(facts, entered)
    day = day_of(entered, ZONE)
    before = expecting.days[day][HELSE].ours.answered
    assert before > 50 and [*expecting.scores_to_keep()] == [DAY.date()]
    later, left = Facts(), entered + days_later * day_ms
    expecting._learn(Facts(), left)
    later.add([], [Went(HELSE, Ended(entered, left, "answered"))])
    expecting._learn(later, left)
    kept = expecting.scores_to_keep()
    assert [of[HELSE].ours.answered for of in kept.values()] == [before + added] * added
