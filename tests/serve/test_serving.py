"""Which state is served: one at a time writes the public snapshot, whatever comes between. On a real Valkey."""

import asyncio
import uuid
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client.core import CounterMetricFamily, Metric
from structlog.testing import capture_logs

from streams.cli.app import CommandError
from streams.cli.states import State
from streams.cli.switch import switch_to
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.counters import Counters
from streams.serve.publisher import Publisher
from streams.serve.serving import DONE, NOBODY_WRITES, Served, Switch, served
from tests.events import START_MS
from tests.examples import examples
from tests.serve.publishing import Part, publisher, run, visit

MAIN, GREEN = "main", "green"
BOOKS = {"phone-0": ("phone", "first")}


def of(keys: Keys, state: str) -> Keys:
    return Keys(keys.namespace, "" if state == MAIN else state)


def shows(
    client: Client, keys: Keys, state: str, answered: int, now_ms: int = START_MS, instance: str = ""
) -> Publisher:
    """The writer of a state by which so many are answered."""
    part = Part("t-0")
    part.fold([one for n in range(answered) for one in visit(n, 0, 60_000)])
    return publisher(client, of(keys, state), [part], now_ms, instance=instance or f"of {state}")


async def public(client: Client, key: str) -> Any:
    return orjson.loads(await client.get(key) or b"null")


def entered(document: Any) -> int:
    return int(document["lines"]["phone/personbruker/helse"]["total"]["entered"])


@pytest.mark.real
def test_one_is_public_and_the_other_aside_until_it_is_switched(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        main, green = shows(client, keys, MAIN, 2), shows(client, keys, GREEN, 3)
        for one in (green, main, green):
            await one.publish()
        assert entered(await public(client, keys.snapshot)) == 2
        assert entered(await public(client, of(keys, GREEN).aside)) == 3
        assert main.latest and not green.latest
        assert await client.smembers(keys.states) == {b"green"}
        assert await Switch(client, keys).to(GREEN, 1) == DONE
        with capture_logs() as logs:
            for one in (main, green, main, green):
                await one.publish()
        assert entered(await public(client, keys.snapshot)) == 3
        assert entered(await public(client, keys.aside)) == 2
        assert green.latest and not main.latest
        told = [(log["event"], log["state"]) for log in logs if "serve" in log["event"]]
        assert told == [("counts, and is not served", "main"), ("is served", "green")], "each says so once"

    run(local_parts.redis_url, does)


@pytest.mark.real
def test_who_was_away_in_the_switch_writes_nothing_before_it_has_asked(local_parts: LocalParts, keys: Keys) -> None:
    """It stood still between its look at Redis and its write."""

    async def does(client: Client) -> None:
        main, green = shows(client, keys, MAIN, 2), shows(client, keys, GREEN, 3)
        await main.publish()
        await green.publish()
        await Switch(client, keys).to(GREEN, 1)
        await green.publish()
        before = await client.get(keys.snapshot)
        document = main.latest
        assert document is not None and main._serving.is_ours
        assert not await main._writer.write(document, {}, BOOKS, is_new=False)
        assert await client.get(keys.snapshot) == before
        assert not main._serving.is_ours and await client.get(keys.aside)

    run(local_parts.redis_url, does)


@pytest.mark.real
@pytest.mark.parametrize(("behind_ms", "is_refused"), [(200, True), (4_000, True), (60_000, False)])
def test_no_document_is_older_than_the_last_one_before_the_switch(
    local_parts: LocalParts, keys: Keys, behind_ms: int, is_refused: bool
) -> None:
    """Two machines' clocks differ a little; one that was far ahead when it wrote stands in nobody's way."""

    async def does(client: Client) -> None:
        main, green = shows(client, keys, MAIN, 2), shows(client, keys, GREEN, 3, START_MS - behind_ms)
        await green.publish()
        await main.publish()
        last = (await public(client, keys.snapshot))["as_of_ms"]
        await Switch(client, keys).to(GREEN, 1)
        await green.publish()
        document = await public(client, keys.snapshot)
        assert (entered(document), document["as_of_ms"] >= last) == ((2, True) if is_refused else (3, False))
        if not is_refused:  # what was counted before the switch is by the definitions of another state
            assert document["configuration"]["definitions_since_ms"] == last
        if behind_ms == 200:
            while entered(await public(client, keys.snapshot)) == 2:
                await green.publish()
                await asyncio.sleep(0.02)
            assert (await public(client, keys.snapshot))["as_of_ms"] >= last

    run(local_parts.redis_url, does)


@pytest.mark.real
def test_a_redis_that_forgot_is_told_again_and_a_late_word_is_not_heeded(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        main, green, switch = shows(client, keys, MAIN, 2), shows(client, keys, GREEN, 3), Switch(client, keys)
        assert await switch.to(GREEN, 1) == NOBODY_WRITES
        for one in (main, green):
            await one.publish()
        assert await switch.to(GREEN, 1) == DONE
        assert await switch.to(MAIN, 1) not in (DONE, NOBODY_WRITES), "somebody was first"
        await green.publish()
        for forget in (client.delete(keys.serving), client.set(keys.serving, "spoiled")):
            await forget
            assert await served(client, keys) == Served()
            await main.publish()
            await green.publish()
            assert (await served(client, keys)).state == GREEN
            assert entered(await public(client, keys.snapshot)) == 3
        await switch.to(MAIN, 2)
        await switch.remind(Served(GREEN, 1, 0))
        assert (await served(client, keys)).state == MAIN

    run(local_parts.redis_url, does)


Step = tuple[str, str, int]  # what, of which state, how much later its document is


@pytest.mark.real
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["looks", "writes", "writes", "switches"]),
            st.sampled_from([MAIN, GREEN]),
            st.integers(-300, 400),
        ),
        max_size=25,
    )
)
@hypothesis_settings(deadline=None, max_examples=examples(60))
def test_whatever_comes_between_one_writes_and_nothing_goes_back(local_parts: LocalParts, steps: list[Step]) -> None:
    """Writers that look and write at any time, also long after they looked, and clocks that differ."""
    keys = Keys(f"test-{uuid.uuid4().hex[:8]}")

    async def does(client: Client) -> None:
        writers = {state: shows(client, keys, state, n) for state, n in ((MAIN, 2), (GREEN, 3))}
        for one in writers.values():
            await one.publish()
        document = writers[MAIN].latest
        assert document is not None
        switch, newest, at = Switch(client, keys), await public(client, keys.snapshot), document.as_of_ms
        clocks = dict.fromkeys(writers, at)
        for what, state, later in steps:
            now = await served(client, keys)
            if what == "switches":
                await switch.to(state, now.number + 1)
            elif what == "looks":
                await writers[state]._serving.look()
            else:
                at += max(later, 0)
                clocks[state] = max(clocks[state], at + min(later, 0))  # a writer's own clock does not go back
                made = type(document)(**{name: getattr(document, name) for name in document.__struct_fields__})
                made.as_of_ms, made.fresh_until_ms, made.centre = clocks[state], clocks[state] + 5000, state
                is_public = await writers[state]._writer.write(made, {}, BOOKS, is_new=False)
                assert not is_public or now.state == state
                last, newest = newest, await public(client, keys.snapshot)
                assert newest["as_of_ms"] >= last["as_of_ms"]
                assert newest == last or newest["centre"] == now.state == state
        for key in await client.keys(f"*{keys.namespace}*"):
            await client.delete(key)

    run(local_parts.redis_url, does)


# --- what Prometheus is told of it


class Told:
    """One state's counter of the answered, and whoever tells it."""

    def __init__(self, state: str, answered: int) -> None:
        self.counters = Counters(("phone",), state)
        self.answered = answered

    def family(self) -> Metric:
        """As its books have it."""
        family = CounterMetricFamily("answered", "", labels=["channel"])
        family.add_metric(["phone"], self.answered)
        return family

    def scraped(self) -> float:
        """What Prometheus hears."""
        return float(self.counters.told(self.family()).samples[0].value)


@given(
    st.tuples(st.integers(0, 100), st.integers(0, 100)),
    st.lists(st.sampled_from(["counts", "is scraped", "is switched", "starts again"])),
)
@example((0, 1), ["is switched"])
def test_no_counter_jumps_whenever_it_is_switched_and_scraped(begun: tuple[int, int], steps: list[str]) -> None:
    """Both count the same from here on, and one has counted otherwise what was before."""
    one, other = Told(MAIN, begun[0]), Told(GREEN, begun[1])
    one.counters.take_over(None, BOOKS)
    said = one.scraped()
    for step in steps:
        if step == "counts":
            one.answered, other.answered, said = one.answered + 1, other.answered + 1, said + 1
        elif step == "is scraped":
            assert one.scraped() == said
        else:
            packed, shown = one.counters.packed(), one.family()
            if step == "is switched":
                one, other = other, one
            else:
                one.counters = Counters(("phone",), one.counters._state)
            one.counters.take_over(packed, BOOKS, [shown], [one.family()])
    assert one.scraped() == said


def test_books_that_begin_anew_are_what_they_say_also_after_a_switch() -> None:
    one, other = Told(MAIN, 8), Told(GREEN, 5)
    one.counters.take_over(None, BOOKS)
    assert one.scraped() == 8
    other.counters.take_over(one.counters.packed(), BOOKS, [one.family()], [other.family()])
    other.answered = 6
    assert other.scraped() == 9
    other.counters.rest_on({"phone-0": ("phone", "second")})
    assert other.scraped() == 6


@pytest.mark.real
def test_a_switch_whose_answer_got_lost_is_done_and_no_refusal(local_parts: LocalParts, keys: Keys) -> None:
    """The client asks again, and Redis says that there was one of that number: whose it was, it says too."""

    async def does(client: Client) -> None:
        main, green = shows(client, keys, MAIN, 2), shows(client, keys, GREEN, 3)
        for one in (main, green):
            await one.publish()
        before = await served(client, keys)
        to, back = (State(name, of(keys, name), False, None, frozenset(), START_MS) for name in (GREEN, MAIN))
        for _ in range(2):
            await switch_to(client, to, before)
        assert (await served(client, keys)).state == GREEN
        with pytest.raises(CommandError, match="another state was switched to meanwhile"):
            await switch_to(client, back, before)
        assert (await served(client, keys)).state == GREEN

    run(local_parts.redis_url, does)
