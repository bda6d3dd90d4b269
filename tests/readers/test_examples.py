"""Who reads from a shell, Node or Kotlin: each example beside what svartid writes, and a Redis that hangs and dies.

All of them follow the same queue at the same time: each waits for as long as the others.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from streams.core.fold import fold
from streams.keys import Keys
from streams.local.valkey import embedded_server
from streams.redis_client import Client
from streams.serve.documents import SaidWait, SmallWait
from streams.serve.small import Believed, Small
from tests.events import HELSE, records, visit
from tests.ingest.waiting import eventually
from tests.readers.examples import EXAMPLES, USER, ZONE, Example, Following, all_examples, all_say
from tests.security.servers import USERS, Guarded
from tests.serve.publishing import Part, publisher, run

KEYS = Keys("svartid")  # as in the examples, and in the rights
SMALL = Small(name=HELSE, state="open", is_open=True, opens_ms=None, closes_ms=None, waiting=0)
WORDS = SaidWait(nb="5 til 10 minutter", nn="5 til 10 minutt", en="5 to 10 minutes")
FORETOLD = SmallWait(low_ms=240_000, likely_ms=300_000, high_ms=600_000, said=WORDS)
NOBODY_WRITES = "nothing is known: nobody writes"
NO_ANSWER = "nothing is known: no answer"
FRESH_S = 5  # for so long a figure may be believed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    guarded = Guarded(tmp_path_factory.mktemp("readers") / "valkey", embedded_server(), USERS.read_text())
    guarded.start()
    yield guarded
    guarded.kill()


@pytest.fixture(scope="module")
def examples(server: Guarded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Example]:
    return all_examples(server, tmp_path_factory.mktemp("examples"))


@pytest.fixture
def followers(server: Guarded, examples: dict[str, Example], tmp_path: Path) -> Iterator[list[Following]]:
    """Each of them follows a queue on an empty server. Ended, they leave nothing behind."""
    with closing(server.admin()) as admin:
        admin.flushall()
    following = [Following(example, HELSE, tmp_path) for example in examples.values()]
    try:
        yield following
    finally:
        for of in following:
            of.end()
    with closing(server.admin()) as admin:
        eventually(lambda: all(client["user"] != USER for client in admin.client_list()), "all have left")
    # Clients tell their own name first, and take it that they may not.
    assert [entry for entry in server.denied() if "client|setinfo" not in entry] == []


def all_listen(server: Guarded, followers: list[Following]) -> None:
    """Waits until each hears what is announced."""
    channel = KEYS.now_of(HELSE)
    with closing(server.admin()) as admin:
        eventually(lambda: admin.pubsub_numsub(channel) == [(channel.encode(), len(followers))], "all listen")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def first_since(entered_ms: int) -> str:
    return f"the first since {datetime.fromtimestamp(entered_ms // 1000, ZoneInfo(ZONE)):%H:%M:%S}"


def write(server: Guarded, document: bytes | None, believed: bytes | None) -> None:
    """Both keys as they should be, announced."""
    with closing(server.admin()) as admin, admin.pipeline() as step:
        for key, text in ((KEYS.now_of(HELSE), document), (KEYS.now, believed)):
            step.delete(key) if text is None else step.set(key, text)
        step.publish(KEYS.now_of(HELSE), document or b"")
        step.execute()


def text_of(**of: object) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(SMALL, **of))


def believed_for(ms: int) -> bytes:
    return msgspec.json.encode(Believed(until_ms=now_ms() + ms, number=1, by="somebody"))


@pytest.mark.real
def test_nothing_is_said_but_what_may_be_believed(server: Guarded, followers: list[Following]) -> None:
    entered_ms, day_ms = now_ms() - 60_000, 86_400_000
    old, good, text = believed_for(-1), believed_for(day_ms), text_of()
    known = text_of(waiting=2, oldest_entered_ms=entered_ms)
    foretold = f"2 waiting, {first_since(entered_ms)}; who joins waits 5 to 10 minutes"
    rows: list[tuple[bytes | None, bytes | None, str]] = [
        (None, None, NOBODY_WRITES),
        (text, good, "0 waiting"),
        (text, None, NOBODY_WRITES),
        (known, good, f"2 waiting, {first_since(entered_ms)}"),
        (known, old, "nothing is known: old"),
        (text_of(waiting=None, state="stale"), good, "nobody knows who waits: stale"),
        (None, good, "nothing is known: no such queue"),
        (None, old, "nothing is known: old"),
        (text.replace(b'"name"', b'"later":[1],"name"'), good, "0 waiting"),
        (text.replace(b'"schema_version":1', b'"schema_version":2'), good, "nothing is known: unreadable"),
        (text, good, "0 waiting"),
        (b"{", good, "nothing is known: unreadable"),
        (text_of(waiting=1), good, "1 waiting"),
        (text_of(waiting=2, oldest_entered_ms=entered_ms, expected_wait=FORETOLD), good, foretold),
        (text_of(waiting=1, expected_wait=SmallWait(withheld="too few")), good, "1 waiting"),
        (text, b"5", "nothing is known: unreadable"),
        (text, good, "0 waiting"),
        (text, b'{"until_ms":null}', "nothing is known: unreadable"),
    ]
    said: list[str] = []
    for document, believed, line in rows:
        write(server, document, believed)
        all_say(followers, line)
        said.append(line)
    write(server, text, believed_for(2000))
    all_say(followers, "0 waiting")
    all_say(followers, "nothing is known: old")  # by the clock alone
    said += ["0 waiting", "nothing is known: old"]
    assert {of.name: of.said for of in followers} == {of.name: said for of in followers}, "each once"


@pytest.mark.real
def test_each_change_is_told_and_a_redis_that_hangs_or_dies_is_no_figure(
    server: Guarded, followers: list[Following]
) -> None:
    part = Part("t-0")
    entered_ms = now_ms()

    def enters(who: str) -> None:
        log = records(visit(who, entered_ms), now_ms(), first=part.state.offset)
        fold(part.state, log)
        part.fold([])

    async def shows(client: Client) -> None:
        """One more waits, by the worker's own code."""
        of_now = publisher(client, KEYS, [part], now_ms())
        for _ in range(2):
            enters(f"visit {part.state.offset}")
            await of_now.publish()
            all_say(followers, f"{part.state.offset} waiting, {first_since(entered_ms)}")

    all_say(followers, NOBODY_WRITES)
    all_listen(server, followers)
    run(server.url, shows)
    server.pause()
    assert all_say(followers, NO_ANSWER) < FRESH_S
    server.resume()
    all_say(followers, NOBODY_WRITES)  # as nobody has since
    run(server.url, shows)
    server.kill()
    assert all_say(followers, NO_ANSWER) < FRESH_S
    server.start()
    all_listen(server, followers)
    run(server.url, shows)


@pytest.mark.real
def test_a_redis_that_is_not_there_yet(server: Guarded, examples: dict[str, Example], tmp_path: Path) -> None:
    with closing(server.admin()) as admin:
        admin.flushall()
    server.kill()
    following = [Following(example, HELSE, tmp_path) for example in examples.values()]
    try:
        all_say(following, NO_ANSWER)
        server.start()
        all_say(following, NOBODY_WRITES)
        write(server, text_of(waiting=1), believed_for(60_000))
        all_say(following, "1 waiting")
    finally:
        for of in following:
            of.end()


@pytest.mark.real
@pytest.mark.parametrize("language", ["shell", "node", "kotlin"])
def test_one_look(server: Guarded, examples: dict[str, Example], language: str) -> None:
    example = examples[language]
    write(server, text_of(waiting=3), believed_for(60_000))
    assert example.once(HELSE) == ("3 waiting", 0)
    assert example.once("phone/personbruker/nobody") == ("nothing is known: no such queue", 1)
    server.kill()
    try:
        assert example.once(HELSE) == (NO_ANSWER, 1)
    finally:
        server.start()


def test_the_lock_of_node_has_hashes_and_no_addresses() -> None:
    text = (EXAMPLES / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    del packages[""]  # the example itself
    assert packages and all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert not re.search("://|resolved", text)
