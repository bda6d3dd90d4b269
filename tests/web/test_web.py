"""`svartid web` as a process: what is answered while things are as they should be, and while they are not."""

import gzip
import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from streams.clock import Clock
from streams.core.wait_score import scored
from streams.keys import Keys
from streams.local import LocalParts
from streams.local.ports import free_ports
from streams.local.valkey import Valkey, embedded_server
from streams.read import Known, Reader
from streams.serve.told_wait import Both
from tests import forked
from tests.events import START_MS, visit
from tests.ingest.waiting import eventually
from tests.web.documents import ARBEID, GROUP, HELSE
from tests.web.served import Publishing, Web, serving

pytestmark = pytest.mark.real

QUEUE = f"/api/v1/queues/{HELSE}"
TOKEN = "a-token-of-the-tests"
MANY_NAMES = b"GET /api/v1/changes?" + b"".join(b"name=a/%d&" % n for n in range(999)) + b" HTTP/1.1\r\n\r\n"
ORIGIN = "https://board.example.org"


@pytest.fixture
def clock() -> Clock:
    """On which the queues are open."""
    return Clock.starting_at(START_MS, 1.0)


@pytest.fixture
def publishing(local_parts: LocalParts, keys: Keys, clock: Clock) -> Iterator[Publishing]:
    """Somebody has waited for a minute."""
    with Publishing(local_parts.redis_url, keys, clock) as one:
        one.fold(visit("a", START_MS - 60_000))
        yield one


@contextmanager
def ready(tmp_path: Path, url: str, keys: Keys, clock: Clock, **settings: str) -> Iterator[Web]:
    with serving(tmp_path / "web.log", url, keys, SVARTID_CLOCK=str(clock), **settings) as web:
        yield web.wait_until_ready()


class Listening:
    """One who watches, as a browser does."""

    def __init__(self, web: Web, path: str = "/api/v1/changes", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = urllib.request.urlopen(urllib.request.Request(web.url + path, headers=named), timeout=20)

    def next(self) -> tuple[str, Any, str]:
        """The next event: its kind, its data and its id."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            if line == "\n" and "data" in fields:
                return fields["event"], json.loads(fields["data"]), fields.get("id", "")
            name, _, value = line.rstrip("\n").partition(": ")
            fields |= {name: value} if name else {}
        raise EOFError

    def until(self, kind: str) -> Any:
        """The data of the next one of a kind."""
        while True:
            found, data, _ = self.next()
            if found == kind:
                return data

    def until_told(self, waiting: dict[str, int]) -> None:
        """Returns when so many were told to wait, by name; what else changes is told, too."""
        told: dict[str, int] = {}
        while not waiting.items() <= told.items():
            now = self.until("now")["now"]
            told[now["name"]] = now["waiting"]


def test_what_is_now_is_what_redis_has(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    with ready(tmp_path, local_parts.redis_url, keys, clock) as web:
        answer = web.ask(QUEUE)
        assert answer.status == 200
        assert (answer.said["now"]["waiting"], answer.said["now"]["oldest_entered_ms"]) == (1, START_MS - 60_000)
        assert 0 < answer.said["until_ms"] - clock.now_ms() <= 5000
        assert answer.headers["Cache-Control"] in {f"private, max-age={n}, must-revalidate" for n in range(5)}
        with closing(redis.Redis.from_url(local_parts.redis_url)) as client:
            read = Reader(client, keys.namespace, clock.now_ms).get(HELSE)
        assert isinstance(read, Known) and answer.said["now"]["waiting"] == read.now.waiting
        publishing.fold(visit("b", START_MS - 30_000))
        eventually(lambda: web.ask(QUEUE).said["now"]["waiting"] == 2, "it follows")
        assert web.ask(f"/api/v1/groups/{GROUP}").said["now"]["waiting"] == 2
        whole = web.ask("/api/v1/now")
        assert whole.said["lines"][HELSE]["waiting"] == 2
        target = whole.said["targets"][0]["id"]
        assert web.ask(f"/api/v1/targets/{target}").said["target"]["id"] == target


def test_how_long_who_joins_waits_and_how_good_that_has_been(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    """Some are answered who waited for a minute; three more wait still."""
    with ready(tmp_path, local_parts.redis_url, keys, clock) as web:
        path = f"{QUEUE}/expected-wait"
        eventually(lambda: web.ask(path).said.get("withheld") == "too few", "it is heard of")
        nothing = web.ask(path).said
        assert (nothing["name"], nothing["withheld"], nothing["said"]) == (HELSE, "too few", None)
        assert [nothing[field] for field in ("low_ms", "likely_ms", "high_ms")] == [None] * 3, "never a default"
        for n in range(14):
            publishing.fold(visit(f"came-{n}", clock.now_ms() - 60_000, ("queue.answered", 60_000)))
        publishing.fold([event for n in range(3) for event in visit(f"waits-{n}", START_MS - n * 10_000)])
        eventually(lambda: web.ask(path).said.get("likely_ms") is not None, "something is expected")
        told = web.ask(path).said
        assert 0 <= told["low_ms"] <= told["likely_ms"] <= told["high_ms"] > 0
        assert told["said"]["nb"].endswith("minutter") or told["said"]["nb"].endswith("minutt")
        waited = web.ask(f"{path}?entered_ms={START_MS - 60_000}").said
        assert waited["low_ms"] >= 60_000 and waited["said"] is None
        assert web.ask(f"/api/v1/groups/{GROUP}/expected-wait").said["likely_ms"] is not None
        assert web.ask(f"{path}?entered_ms={clock.now_ms() + 60_000}").status == 400
        assert web.ask(f"{path}?entered_ms=soon").status == 400
        assert web.ask(f"{path}?entered_ms=0").status == 400
        assert web.ask(f"/api/v1/groups/{GROUP}/expected-wait?entered_ms={START_MS}").status == 400
        assert web.ask("/api/v1/queues/phone/personbruker/nobody/expected-wait").status == 404
        assert web.ask("/api/v1/expected-wait/scores").said == {"days": []}
        with closing(redis.Redis.from_url(local_parts.redis_url)) as client:
            both = Both(scored(90_000, 120_000, 60_000, 150_000), scored(90_000, 60_000))
            client.hset(keys.wait_scores, "2025-03-03", msgspec.msgpack.encode({HELSE: both}))
        assert web.ask("/api/v1/expected-wait/scores?days=1").said == {"days": []}
        (told,) = web.ask("/api/v1/expected-wait/scores").said["days"]
        assert (told["day"], told["queue"], told["score"]["mean_error_ms"]) == ("2025-03-03", HELSE, 30_000)
        assert [web.ask(f"/api/v1/expected-wait/scores?days={n}").status for n in (0, 401, "x")] == [400] * 3


def test_an_answer_that_is_had_already_is_not_sent_again(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    with ready(tmp_path, local_parts.redis_url, keys, clock) as web:
        for path in ("/api/v1/openapi.json", "/api/v1/history?step=1d&from=2025-03-01&to=2025-03-03"):
            first = web.ask(path)
            again = web.ask(path, If_None_Match=first.headers["ETag"])
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
            assert web.ask(path, If_None_Match='W/"another"').status == 200
            packed = web.ask(path, Accept_Encoding="gzip")
            assert packed.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(packed.body) == first.body
            assert packed.headers["ETag"] == first.headers["ETag"]
        assert len(web.ask("/api/v1/openapi.json", Accept_Encoding="gzip").body) < 40_000


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/nothing", 404, "no-such-path"),
        ("/pages/", 404, "no-such-path"),
        ("/pages/texts/se.json", 404, "no-such-path"),
        ("/pages/files.py", 404, "no-such-path"),
        ("/api/v1/queues/phone/personbruker/none", 404, "no-such-queue"),
        ("/api/v1/groups/phone/nobody", 404, "no-such-group"),
        ("/api/v1/targets/none", 404, "no-such-target"),
        ("/api/v1/changes?name=phone/personbruker/none", 404, "no-such-queue"),
        ("/api/v1/changes?name=none", 400, "bad-query"),
        ("/api/v1/history?step=2h", 400, "bad-query"),
        ("/api/v1/history?from=soon", 400, "bad-query"),
        ("/api/v1/history?from=2025-03-04&to=2025-03-03", 400, "bad-query"),
        ("/api/v1/history?from=0001-01-01", 400, "bad-query"),
        ("/api/v1/history?step=1d&from=1990-01-01&to=2025-01-01", 400, "too-much"),
        ("/api/v1/history?step=15m&by=queue&from=2025-01-01&to=2025-03-01", 400, "too-much"),
        ("/api/v1/scorecard", 503, "no-scorecard"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_says_why(one_web: Web, path: str, status: int, kind: str) -> None:
    answer = one_web.ask(path)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.body
    problem = answer.said
    assert (problem["type"], problem["status"]) == (f"urn:svartid:problem:{kind}", status)
    assert problem["title"] and problem["detail"]
    if kind == "no-such-queue":
        assert HELSE in problem["names"]
    if kind == "too-much":
        assert problem["setting"].startswith("SVARTID_WEB_MOST_") and problem["most"] > 0


@pytest.fixture(scope="module")
def one_web(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """That nobody hurts."""
    keys, clock = Keys(f"test-{os.urandom(4).hex()}"), Clock.starting_at(START_MS, 1.0)
    folder = tmp_path_factory.mktemp("web")
    with (
        Publishing(local_parts.redis_url, keys, clock),
        ready(folder, local_parts.redis_url, keys, clock, SVARTID_WEB_ORIGINS=ORIGIN) as web,
    ):
        yield web


@pytest.mark.parametrize("path", [QUEUE, "/api/v1/now", "/api/v1/history?step=1h", "/", "/isready", "/api/v1/changes"])
def test_head_has_the_headers_and_nothing_else(one_web: Web, path: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(one_web.url + path, method="HEAD"), timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, b"")
        told = answer.headers
    if path != "/api/v1/changes":  # which does not end
        assert set(told) == set(one_web.ask(path).headers)


def test_another_method_is_told_which_there_is(one_web: Web) -> None:
    request = urllib.request.Request(one_web.url + QUEUE, data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 405 and "GET" in refused.value.headers["Allow"]
    assert json.loads(refused.value.read())["type"] == "urn:svartid:problem:no-such-method"


def test_only_pages_of_the_origins_that_are_named_may_read_it(one_web: Web) -> None:
    for path in (QUEUE, "/api/v1/queues/phone/personbruker/none"):
        assert one_web.ask(path, Origin=ORIGIN).headers["Access-Control-Allow-Origin"] == ORIGIN, path
        assert one_web.ask(path, Origin="https://other.example.org").headers["Access-Control-Allow-Origin"] is None
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    before = urllib.request.Request(one_web.url + QUEUE, headers=asked, method="OPTIONS")
    with urllib.request.urlopen(before, timeout=10) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_page_that_calls_this_machine_by_a_name_of_its_own_is_refused(one_web: Web) -> None:
    assert one_web.ask(QUEUE, Host="anybodys.example.org").said["type"] == "urn:svartid:problem:wrong-host"


def test_it_says_of_itself_what_it_does(one_web: Web) -> None:
    one_web.ask("/api/v1/queues/phone/personbruker/none")
    one_web.ask("/nothing/here")
    told = one_web.get("/metrics")[1]
    path = "/api/v1/queues/{channel}/{audience}/{queue}"
    assert f'svartid_web_requests_total{{path="{path}",status="404"}}' in told
    assert 'svartid_web_requests_total{path="other",status="404"}' in told
    assert "svartid_web_watchers 0.0" in told and "svartid_web_request_seconds_bucket" in told
    assert one_web.get("/isalive") == (200, "alive\n")


def test_changes_are_told_as_they_come_and_again_to_who_comes_back(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    with ready(tmp_path, local_parts.redis_url, keys, clock) as web:
        one = Listening(web, f"/api/v1/changes?name={HELSE}&name={GROUP}")
        assert one.answer.headers["Content-Type"].startswith("text/event-stream")
        assert [one.next()[1]["now"]["name"] for _ in range(2)] == [GROUP, HELSE]
        _, _, id_ = one.next()
        assert id_
        publishing.fold(visit("c", START_MS, line=ARBEID))
        one.until_told({GROUP: 2})
        publishing.fold(visit("b", START_MS - 1000))
        one.until_told({HELSE: 2, GROUP: 3})
        back = Listening(web, f"/api/v1/changes?name={HELSE}&name={GROUP}", Last_Event_ID=id_)
        back.until_told({HELSE: 2, GROUP: 3})
        eventually(lambda: "svartid_web_watchers 2.0" in web.get("/metrics")[1], "two watch")
        one.answer.close()
        back.answer.close()
        eventually(lambda: "svartid_web_watchers 0.0" in web.get("/metrics")[1], "nobody watches")


def test_that_it_may_no_longer_be_believed_is_told_and_nothing_old_is(
    local_parts: LocalParts, keys: Keys, clock: Clock, tmp_path: Path
) -> None:
    with serving(tmp_path / "web.log", local_parts.redis_url, keys, SVARTID_CLOCK=str(clock)) as web:
        assert web.ask(QUEUE).status == 503, "nobody writes yet"
        assert web.get("/isready")[0] == 503 and web.get("/isalive")[0] == 200
        with Publishing(local_parts.redis_url, keys, clock) as publishing:
            publishing.fold(visit("a", START_MS))
            web.wait_until_ready()
            one = Listening(web, f"/api/v1/changes?name={HELSE}")
            until_ms = one.until("believed")["until_ms"]
        one.until("unknown")
        assert clock.now_ms() > until_ms
        for path in (QUEUE, "/api/v1/queues", "/api/v1/groups", "/api/v1/now", "/api/v1/targets"):
            answer = web.ask(path)
            kind = answer.said["type"].rpartition(":")[2]
            assert answer.status == 503 and kind in ("old", "nobody-writes"), (path, answer.body)
            assert answer.headers["Retry-After"] == "1"
        with Publishing(local_parts.redis_url, keys, clock):
            assert one.until("now")["now"]["name"] == HELSE
            assert web.ask(QUEUE).status == 200


def test_redis_may_be_away_at_the_start_and_later(keys: Keys, clock: Clock, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "valkey").mkdir()
    valkey = Valkey(tmp_path / "valkey", port, binary=embedded_server())
    with serving(tmp_path / "web.log", valkey.url, keys, SVARTID_CLOCK=str(clock)) as web:
        eventually(lambda: web.ask(QUEUE).said["type"] == "urn:svartid:problem:redis-away", "it says so")
        assert web.ask("/api/v1/history").said["type"] == "urn:svartid:problem:redis-away"
        assert web.ask("/api/v1/now").said["type"] == "urn:svartid:problem:redis-away"
        valkey.start()
        valkey.wait_ready()
        try:
            with Publishing(valkey.url, keys, clock):
                web.wait_until_ready()
                one = Listening(web, f"/api/v1/changes?name={HELSE}")
                one.until("now")
                os.kill(valkey.pid, signal.SIGSTOP)
                assert one.until("unknown")["type"] == "urn:svartid:problem:redis-away"
                assert web.ask(QUEUE).status == 503
                os.kill(valkey.pid, signal.SIGCONT)
                one.until("now")
                assert web.ask(QUEUE).status == 200
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
            valkey.stop()
        eventually(lambda: web.ask(QUEUE).status == 503, "it is away")
        assert web.stop() == 0, web.said


def test_who_has_no_token_is_refused_and_told_what_helps(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    with ready(
        tmp_path, local_parts.redis_url, keys, clock, SVARTID_WEB_HOST="0.0.0.0", SVARTID_WEB_TOKEN=TOKEN
    ) as web:
        for path in (QUEUE, "/api/v1/openapi.json", "/nothing"):
            refused = web.ask(path)
            assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer"), path
        assert web.ask(QUEUE, Authorization=f"Bearer {TOKEN}").status == 200
        assert TOKEN not in web.said


def test_who_asks_too_often_is_told_when_to_ask_again(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    limits = {"SVARTID_WEB_REQUESTS_A_MINUTE": "30", "SVARTID_WEB_WATCHERS_A_CLIENT": "2"}
    with ready(tmp_path, local_parts.redis_url, keys, clock, **limits) as web:
        two = [Listening(web) for _ in range(2)]
        third = web.ask("/api/v1/changes")
        assert (third.status, third.said["setting"]) == (503, "SVARTID_WEB_WATCHERS_A_CLIENT")
        statuses = [web.ask(QUEUE).status for _ in range(40)]
        assert statuses.count(200) in range(25, 30) and statuses[-1] == 429
        assert web.ask(QUEUE).said["setting"] == "SVARTID_WEB_REQUESTS_A_MINUTE"
        assert web.is_ready(), "who runs it may always ask"
        for one in two:
            one.answer.close()


def test_idle_connections_make_room_and_those_that_watch_stay(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    with ready(tmp_path, local_parts.redis_url, keys, clock, SVARTID_WEB_MOST_CONNECTIONS="20") as web:
        address = ("127.0.0.1", int(web.url.rpartition(":")[2]))
        watching = [Listening(web, f"/api/v1/changes?name={HELSE}") for _ in range(5)]
        idle = [socket.create_connection(address) for _ in range(60)]
        half = [socket.create_connection(address) for _ in range(60)]
        for one in half:
            one.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert web.ask(QUEUE).status == 200
        publishing.fold(visit("b", START_MS - 1000))
        for listening in watching:
            while listening.until("now")["now"]["waiting"] != 2:
                continue
        for one in (*idle, *half):
            one.close()
        more = [Listening(web, f"/api/v1/changes?name={HELSE}") for _ in range(15)]
        with socket.create_connection(address) as refused:
            told = refused.makefile("rb").read()
        assert b"SVARTID_WEB_MOST_CONNECTIONS" in told, told
        for listening in (*watching, *more):
            listening.answer.close()


@pytest.mark.parametrize(
    "asked",
    [
        "changes?nmae=phone/personbruker",
        "history?from=2025-03-01&from=2025-03-02",
        "queues?x=secret",
        "scorecard?at=today",
    ],
)
def test_what_is_asked_and_not_understood_is_not_passed_over(one_web: Web, asked: str) -> None:
    answer = one_web.ask(f"/api/v1/{asked}")
    assert (answer.status, answer.said["type"]) == (400, "urn:svartid:problem:bad-query")
    assert asked.partition("=")[2] not in answer.said["detail"], "nothing is said back"


def test_what_comes_without_end_behind_an_open_stream_is_let_go_of(one_web: Web) -> None:
    with socket.create_connection(("127.0.0.1", int(one_web.url.rpartition(":")[2])), timeout=10) as one:
        one.sendall(b"GET /api/v1/changes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert one.recv(1000).startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError):  # which of them it is that fails depends on the kernel's buffers
            one.sendall(b"GET / HTTP/1.1\r\nX: ")
            for _ in range(1000):
                one.sendall(10_000 * b"x")
    assert one_web.ask("/isalive").status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET http://[::1 HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /api/v1/now HTTP/1.1\r\nHost: \xff\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: " + 200_000 * b"x", b""),
        (b"GET /" + 200_000 * b"x" + b" HTTP/1.1\r\n\r\n", b""),
        (MANY_NAMES, b"400"),
    ],
)
def test_what_is_no_fair_request_is_refused_and_hurts_nobody(one_web: Web, sent: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(one_web.url.rpartition(":")[2])), timeout=10) as one:
        try:
            one.sendall(sent)
            answer = one.makefile("rb").readline()
        except ConnectionError:
            answer = b""
    assert answer.split()[1:2] == ([status] if status else []), answer
    assert one_web.ask(QUEUE).status == 200
    assert "broke down" not in one_web.said and "Traceback" not in one_web.said


def test_it_ends_when_it_is_asked_to_though_somebody_watches(
    local_parts: LocalParts, keys: Keys, clock: Clock, publishing: Publishing, tmp_path: Path
) -> None:
    with ready(tmp_path, local_parts.redis_url, keys, clock) as web:
        watching = [Listening(web) for _ in range(3)]
        for one in watching:
            one.until("believed")
        begun = time.monotonic()
        web.terminate()
        for one in watching:
            with pytest.raises(EOFError):
                one.until("never")
        assert web.wait(5) == 0, web.said
        assert time.monotonic() - begun < 3
        assert "Traceback" not in web.said


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SVARTID_WEB_HOST": "0.0.0.0"}, "SVARTID_WEB_TOKEN"),
        ({"SVARTID_WEB_PROXIES": "10.0.0.1"}, "SVARTID_WEB_IDENTITY_HEADER"),
        ({"SVARTID_WEB_HOST": "192.0.2.1", "SVARTID_WEB_TOKEN": TOKEN}, "SVARTID_WEB_HOST"),
        ({"SVARTID_WEB_HOST": "no.such.invalid", "SVARTID_WEB_TOKEN": TOKEN}, "SVARTID_WEB_HOST"),
        ({"SVARTID_WEB_TOKEN": "short"}, "SVARTID_WEB_TOKEN"),
        ({"SVARTID_REDIS_URL": "redis://localhost:6379/0?x=1"}, "SVARTID_REDIS_URL"),
    ],
)
def test_what_cannot_work_is_told_before_it_begins(settings: dict[str, str], named: str) -> None:
    ran = forked.run("web", env={**forked.without_settings(), **settings}, within_s=60)
    assert ran.returncode == 2, ran.stderr
    assert named in ran.stderr and "Traceback" not in ran.stderr


def test_a_port_that_is_taken_is_told(keys: Keys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        env = {**forked.without_settings(), "SVARTID_WEB_PORT": str(taken.getsockname()[1])}
        ran = forked.run("web", env=env, within_s=60)
    assert ran.returncode == 2 and "SVARTID_WEB_PORT; 0 picks a free one" in " ".join(ran.stderr.split())
