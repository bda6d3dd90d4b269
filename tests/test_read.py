"""Reading one queue as another service does: on a real Valkey, of what a real publisher writes."""

import asyncio
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.core.expected_wait import Expected
from streams.core.said_wait import Language
from streams.keys import Keys
from streams.local import LocalParts
from streams.read import AsyncReader, Found, Known, Reader, Unknown, found_in
from streams.redis_client import Client
from streams.serve.documents import SaidWait, SmallWait, WaitOf
from streams.serve.small import Believed, Small
from tests.events import START_MS, visit
from tests.serve.publishing import Part, publisher, run

GROUP, HELSE, ARBEID = "phone/personbruker", "phone/personbruker/helse", "phone/personbruker/arbeid"
SMALL = Small(name=HELSE, state="open", is_open=True, opens_ms=None, closes_ms=9, waiting=1, oldest_entered_ms=400)
BELIEVED = msgspec.json.encode(Believed(until_ms=1000, number=1, by="somebody"))
TEXT = msgspec.json.encode(SMALL)


@pytest.mark.parametrize(
    ("document", "believed", "now_ms", "found"),
    [
        (TEXT, BELIEVED, 1000, Known(SMALL, 1000)),
        (TEXT, BELIEVED, 1001, Unknown("old")),
        (TEXT, None, 0, Unknown("nobody writes")),
        (None, None, 0, Unknown("nobody writes")),
        (None, BELIEVED, 1000, Unknown("no such queue")),
        (None, BELIEVED, 1001, Unknown("old")),
        (b"{", BELIEVED, 0, Unknown("unreadable")),
        (b"[1]", BELIEVED, 0, Unknown("unreadable")),
        (TEXT.replace(b'"schema_version":1', b'"schema_version":2'), BELIEVED, 0, Unknown("unreadable")),
        (TEXT, b"5", 0, Unknown("unreadable")),
    ],
)
def test_nothing_is_believed_but_what_may_be(
    document: bytes | None, believed: bytes | None, now_ms: int, found: Found
) -> None:
    assert found_in(document, believed, now_ms) == found


def test_fields_that_a_reader_does_not_know_are_passed_over() -> None:
    newer = TEXT.replace(b'"name"', b'"later":[1],"name"')
    assert found_in(newer, BELIEVED, 0) == Known(SMALL, 1000)


def test_how_long_the_oldest_has_waited() -> None:
    assert Known(SMALL, 1000).oldest_wait_ms(900) == 500
    assert Known(SMALL, 1000).oldest_wait_ms(1900) == 1500, "it goes on"
    assert Known(SMALL, 1000).oldest_wait_ms(300) == 0, "its clock is ahead of the reader's"
    now = time.time() * 1000
    assert abs((Known(SMALL, 1000).oldest_wait_ms() or 0) - now) < 60_000
    nobody = msgspec.structs.replace(SMALL, waiting=0, oldest_entered_ms=None)
    assert Known(nobody, 1000).oldest_wait_ms(900) is None


def foretold(*of_waiting: WaitOf, **of: Any) -> Known:
    wait = SmallWait(low_ms=100, likely_ms=200, high_ms=400, of_waiting=[*of_waiting], **of)
    return Known(msgspec.structs.replace(SMALL, expected_wait=wait), 1000)


def test_an_expected_wait_and_why_there_is_none() -> None:
    said = SaidWait(nb="under 1 minutt", nn="under 1 minutt", en="less than 1 minute")
    known = foretold(said=said)
    assert (known.expected_wait(), known.why_no_wait) == (Expected(100, 200, 400), None)
    assert [known.wait_in_words(language) for language in get_args(Language)] == [said.nb, said.nn, said.en]
    closed = Known(msgspec.structs.replace(SMALL, expected_wait=SmallWait(withheld="closed")), 1000)
    for nothing, why in ((closed, "closed"), (Known(SMALL, 1000), "not told")):
        assert [nothing.expected_wait(), nothing.expected_wait(500), nothing.wait_in_words()] == [None, None, None]
        assert nothing.why_no_wait == why


@pytest.mark.parametrize(
    ("entered_ms", "wait"),
    [
        (
            -500,
            Expected(1500, 1500, 1500),
        ),  # before the first, and for longer than was foretold
        (0, Expected(1000, 1000, 1200)),  # the first in line
        (250, Expected(750, 800, 1050)),  # half way to the second
        (500, Expected(500, 700, 900)),
        (750, Expected(300, 450, 650)),  # half way to who joins now
        (1000, Expected(100, 200, 400)),
        (1200, Expected(100, 200, 400)),  # by a clock that is ahead
    ],
)
def test_how_long_somebody_waits_in_all_who_waits_already(entered_ms: int, wait: Expected) -> None:
    first = WaitOf(entered_ms=0, low_ms=800, likely_ms=900, high_ms=1200)
    second = WaitOf(entered_ms=500, low_ms=500, likely_ms=700, high_ms=900)
    assert foretold(first, second).expected_wait(entered_ms, 1000) == wait
    assert foretold().expected_wait(entered_ms, 1000) is None, "nobody is known to wait there"


@pytest.mark.parametrize("name", ["", "phone", "a/b/c/d"])
def test_what_is_no_name_is_an_error_that_says_what_is_one(name: str) -> None:
    with pytest.raises(ValueError, match="is no name: "):
        Reader(Redis()).get(name)
    for namespace in ("", "{svartid}", "svartid:now"):
        with pytest.raises(ValueError, match="is no namespace"):
            Reader(Redis(), namespace)


def waiting(found: Found) -> int | str | None:
    """How many wait, or why nobody knows."""
    return found.now.waiting if isinstance(found, Known) else found.why


@pytest.mark.real
@pytest.mark.parametrize("decodes", [False, True])
def test_one_queue_and_a_group(local_parts: LocalParts, keys: Keys, *, decodes: bool) -> None:
    reads = Redis.from_url(local_parts.redis_url, decode_responses=decodes)
    now_ms = START_MS
    reader = Reader(reads, keys.namespace, lambda: now_ms)
    assert reader.get(HELSE) == Unknown("nobody writes")

    async def does(client: Client) -> None:
        part = Part("t-0")
        part.fold([*visit("a", START_MS - 60_000), *visit("b", START_MS, line=ARBEID)])
        await publisher(client, keys, [part]).publish()

    run(local_parts.redis_url, does)
    found = reader.get(HELSE)
    assert isinstance(found, Known)
    assert (found.now.waiting, found.oldest_wait_ms(START_MS)) == (1, 60_000)
    assert (waiting(reader.get(GROUP)), waiting(reader.get("phone/personbruker/nobody"))) == (2, "no such queue")
    now_ms = found.until_ms
    assert waiting(reader.get(HELSE)) == 1
    now_ms += 1
    assert reader.get(HELSE) == Unknown("old")
    reads.close()


@pytest.mark.real
def test_each_change_is_told_once_and_that_it_is_old(local_parts: LocalParts, keys: Keys) -> None:
    told: list[int | str | None] = []
    now_ms = [START_MS]
    heard = threading.Condition()

    def reads() -> None:
        with Redis.from_url(local_parts.redis_url) as client:
            for found in Reader(client, keys.namespace, lambda: now_ms[0]).changes(HELSE):
                with heard:
                    told.append(waiting(found))
                    heard.notify_all()
                if found == Unknown("old"):
                    return

    async def told_is(what: list[int | str | None]) -> None:
        def waits() -> bool:
            with heard:
                return heard.wait_for(lambda: len(told) >= len(what), timeout=10)

        assert await asyncio.to_thread(waits) and told == what, told

    async def does(client: Client) -> None:
        part = Part("t-0")
        shows = publisher(client, keys, [part])
        await told_is(["nobody writes"])
        for n in range(3):
            part.fold(visit(f"v{n}", START_MS))
            await shows.publish()
            await shows.publish()  # nothing new
            await told_is(["nobody writes", *range(1, n + 2)])
        part.fold(visit("elsewhere", START_MS, line=ARBEID))
        await shows.publish()
        now_ms[0] += 60_000
        await told_is(["nobody writes", 1, 2, 3, "old"])

    reader = threading.Thread(target=reads)
    reader.start()
    run(local_parts.redis_url, does)
    reader.join(10)
    assert not reader.is_alive()


@pytest.mark.real
def test_for_asyncio_too(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        part = Part("t-0")
        shows = publisher(client, keys, [part])
        reader = AsyncReader(client, keys.namespace, lambda: START_MS)
        assert await reader.get(HELSE) == Unknown("nobody writes")
        part.fold(visit("a", START_MS))
        await shows.publish()
        changes = reader.changes(HELSE)
        async with asyncio.timeout(10):
            assert waiting(await anext(changes)) == 1
            part.fold(visit("b", START_MS))
            await shows.publish()
            assert waiting(await anext(changes)) == 2
        await changes.aclose()

    run(local_parts.redis_url, does)


def test_a_redis_that_is_not_there_is_an_error_and_no_answer() -> None:
    def gone(ask: Callable[[], object]) -> None:
        with pytest.raises(RedisConnectionError):
            ask()

    reader = Reader(Redis.from_url("redis://127.0.0.1:1"))
    gone(lambda: reader.get(HELSE))
    gone(lambda: next(reader.changes(HELSE)))


@pytest.mark.real
def test_the_example_of_the_page_runs(local_parts: LocalParts, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[1] / "deploy" / "READING.md").read_text(encoding="utf-8")
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "streams.read" in code]
    asked = example.replace("redis://localhost:6379", local_parts.redis_url)
    exec(compile(asked, "READING.md", "exec"), {})
    assert capsys.readouterr().out == "nobody writes\n"
