"""The users of `deploy/redis/users.acl` on real servers: what svartid does, they may; and nothing else."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError

from streams.keys import Keys
from streams.local.valkey import embedded_server
from streams.redis_client import connect
from streams.serve.follower import Follower
from streams.web.history import History
from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.programs import program
from tests.security.servers import PASSWORDS, USERS, Guarded

pytestmark = pytest.mark.real

NAMESPACE = "svartid"  # as in the file


@pytest.fixture(scope="module", params=["valkey", "redis"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    binary = embedded_server() if request.param == "valkey" else program("redis-server")
    guarded = Guarded(tmp_path_factory.mktemp("users") / request.param, binary, USERS.read_text())
    guarded.start()
    yield guarded
    guarded.kill()


def url_of(server: Guarded, user: str) -> str:
    return f"redis://{user}:{quote(PASSWORDS[user], safe='')}@{server.address}/0"


@pytest.fixture
def guarded(server: Guarded, installations: Installations) -> Installation:
    """An installation whose every command is the worker's user, on an emptied server."""
    with closing(server.admin()) as admin:
        admin.flushall()
        admin.script_flush()
        admin.acl_log_reset()
        admin.config_resetstat()
    installation = installations()
    installation.env |= {"SVARTID_REDIS_URL": url_of(server, "svartid-worker"), "SVARTID_NAMESPACE": NAMESPACE}
    installation.redis = server.admin()
    installation.keys = Keys(NAMESPACE)
    return installation


def live(installation: Installation) -> None:
    """All that a worker and the commands that look at its figures do.

    one      |------------X
    other           |--------------|
    """
    log = generate(51, 3_000)
    half = len(log.records) // 2
    installation.send(log.records[:half])
    one = installation.start()
    installation.wait_committed(half)
    other = installation.start()
    other.wait_until_reading()
    eventually(
        lambda: (installation.snapshot() or {}).get("status") == "live", "each shows its partitions to the other"
    )
    one.kill()
    installation.send(log.records[half:])
    installation.wait_committed(len(log.records))
    installation.verify(len(log.records))
    for span in ("--step=15m", "--step=1d --from=2025-01-01 --to=2025-12-31"):
        assert installation.run("history", "--csv", *span.split()).returncode == 0
    found = json.loads(installation.run("doctor", "--json").stdout)
    assert [finding for finding in found if "Redis" in finding["what"] and finding["state"] == "problem"] == []
    assert installation.run("snapshot", "--json").stdout
    shadow = installation.start("--drain", SVARTID_SHADOW="green")
    assert shadow.wait(60) == 0, shadow.said
    compared = installation.run("compare", "main", "green", "--json")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert installation.run("switch", "main", "--json").returncode == 0
    assert other.stop() == 0, other.said
    # A topic that was made anew with fewer partitions than Redis knows.
    installation.redis.sadd(installation.keys.partitions, f"{installation.topics['phone']}-99")
    assert installation.run("repartition").returncode == 1
    ran = installation.run("rebuild", "--from-log", "--yes", "--no-wait")
    assert ran.returncode == 0, ran.stderr
    installation.drain()
    installation.verify(len(log.records))


def test_a_workers_whole_life_is_allowed_and_nothing_that_it_does_not_need(
    guarded: Installation, server: Guarded
) -> None:
    live(guarded)
    assert server.denied() == [], "svartid does what deploy/redis/users.acl does not allow: allow it there"
    with closing(server.admin()) as admin:
        called = {name.removeprefix("cmdstat_") for name in admin.info("commandstats")}
    (line,) = (line for line in USERS.read_text().splitlines() if line.startswith("user svartid-worker "))
    allowed = {word.removeprefix("+") for word in line.split() if word.startswith("+")}
    assert allowed - called == set(), "deploy/redis/users.acl allows what nobody does: take it away there"


def test_what_was_written_in_one_step_is_there_after_a_restart(server: Guarded) -> None:
    """Servers replay such steps as the default user, and drop what that one may not: so it may do all, and is off."""
    with closing(server.admin()) as admin:
        admin.eval("redis.call('set', KEYS[1], 1); redis.call('set', KEYS[2], 2)", 2, "{a}:1", "{a}:2")
    server.restart()
    with closing(server.admin()) as admin:
        assert admin.mget("{a}:1", "{a}:2") == [b"1", b"2"]
        assert server.denied() == []
    with closing(redis.Redis(port=server.port)) as nobody, pytest.raises(AuthenticationError):
        nobody.get("{a}:1")


@pytest.mark.fault(33)
def test_what_a_managed_redis_refuses_to_say_is_unknown_and_no_problem(guarded: Installation, server: Guarded) -> None:
    with closing(server.admin()) as admin:
        command: Any = admin.execute_command
        command("ACL SETUSER svartid-worker -info -config -role")
        try:
            ran = guarded.run("doctor", "--json")
            shown = guarded.run("doctor")
        finally:
            command("ACL SETUSER svartid-worker +info")
    found = {finding["what"]: finding["state"] for finding in json.loads(ran.stdout)}
    assert {what: state for what, state in found.items() if what.startswith("Redis")} == {
        "Redis": "unknown",
        "Redis eviction": "unknown",
        "Redis persistence": "unknown",
    }
    assert "problem" not in found.values()
    assert (ran.returncode, shown.returncode, ran.stderr + shown.stderr) == (0, 0, "")
    assert "the server does not say" in " ".join(shown.stdout.split())


def test_a_worker_whose_password_was_changed_ends_as_only_a_fresh_start_reads_another(
    guarded: Installation, server: Guarded
) -> None:
    worker = guarded.start(SVARTID_STALL_TIMEOUT_S="2")
    guarded.wait_ready()
    with closing(server.admin()) as admin:
        command: Any = admin.execute_command
        command("ACL SETUSER svartid-worker >another <" + PASSWORDS["svartid-worker"])
        try:
            command("CLIENT KILL USER svartid-worker")
            assert worker.wait(60) == 3, worker.said
            assert "does not accept the user and password" in worker.said
            assert "Start again" in worker.said
            at_once = guarded.start()
            assert at_once.wait(60) == 3, at_once.said
        finally:
            command("ACL SETUSER svartid-worker <another >" + PASSWORDS["svartid-worker"])
    guarded.drain()


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("without", "what"),
    [
        ("-publish", "snapshot"),
        ("resetchannels", "snapshot"),
        ("resetchannels &{svartid}:snapshot", "small document"),  # as a release before them has it
    ],
)
def test_a_worker_that_may_not_announce_says_so_and_goes_on(
    guarded: Installation, server: Guarded, without: str, what: str
) -> None:
    """A user that was made by hand has no channels, from Redis 7 on."""
    right = "give this user +publish and the channels &{svartid}:snapshot and &{svartid}:now:*/*"
    with closing(server.admin()) as admin:
        command: Any = admin.execute_command
        command(f"ACL SETUSER svartid-worker {without}")
        try:
            worker = guarded.start()
            guarded.wait_ready()
            told = worker.wait_for(f"the {what} is written, but nobody hears of a new {what}")
            eventually(lambda: (guarded.snapshot() or {}).get("status") == "live", "it is live")
            eventually(lambda: "svartid_waiting" in worker.get("/metrics")[1], "its figures are exposed")
            ran = guarded.run("doctor", "--json")
            assert (worker.get("/isready")[0], worker.lines("cannot publish")) == (200, [])
        finally:
            command("ACL SETUSER svartid-worker +publish &{svartid}:snapshot &{svartid}:now:*/*")
    assert right in told["why"]
    (found,) = [finding for finding in json.loads(ran.stdout) if finding["what"] == "writing to Redis"]
    assert (ran.returncode, found["state"]) == (1, "problem")
    assert f"nobody hears of a new {what}" in found["found"] and right in found["todo"]
    if what == "snapshot":  # a small one is not announced before it changes
        worker.wait_for("over: the snapshot is written")


@pytest.mark.fault(33)
def test_doctor_says_what_a_worker_could_not_do_with_a_user_that_may_not_write(
    guarded: Installation, server: Guarded
) -> None:
    guarded.drain()
    with closing(server.admin()) as admin:
        command: Any = admin.execute_command
        command("ACL SETUSER svartid-worker -set")
        try:
            ran = guarded.run("doctor", "--json")
        finally:
            command("ACL SETUSER svartid-worker +set")
    (found,) = [finding for finding in json.loads(ran.stdout) if finding["what"] == "writing to Redis"]
    assert found["state"] == "warning"
    assert "'set'" in found["found"] and "no worker can run with this user" in found["todo"]


def test_doctor_tries_to_write_and_to_announce_without_a_trace(guarded: Installation, server: Guarded) -> None:
    with closing(server.admin()) as admin, closing(admin.pubsub()) as hearing:  # type: ignore[no-untyped-call]
        hearing.subscribe(guarded.keys.snapshot)
        assert hearing.get_message(timeout=10)
        ran = guarded.run("doctor", "--json")
        (found,) = [finding for finding in json.loads(ran.stdout) if finding["what"] == "writing to Redis"]
        assert (found["state"], hearing.get_message(timeout=0.5)) == ("ok", None)
        eventually(lambda: admin.keys("*") == [], "nothing is left")


DENIED = {
    "svartid-worker": [
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SCAN 0",
        "CONFIG GET *",
        "CONFIG SET maxmemory 1mb",
        "ACL LIST",
        "ACL SETUSER svartid-worker +@all",
        "CLIENT LIST",
        "MONITOR",
        "SHUTDOWN NOSAVE",
        "SCRIPT FLUSH",
        "REPLICAOF NO ONE",
        "SAVE",
        "GET another:secret",
        "HGETALL another:{events-0}:meta",
        "SET {another}:snapshot x",
        "PUBLISH {another}:snapshot x",
        "PUBLISH {another}:now:phone/samhandler x",
        "SUBSCRIBE {svartid}:snapshot",
    ],
    "svartid-web": [
        "SET {svartid}:snapshot x",
        "HSET svartid:{events-0}:meta x y",
        "PUBLISH {svartid}:now:phone/samhandler x",
        "HGETALL svartid:{events-0}:journeys",
        "HGETALL svartid:{events-0}:panes",
        "GET svartid:{events-0}:view",
        "GET {svartid}:publisher",
        "GET {svartid}:expecting",
        "HSET {svartid}:wait_scores x y",
        "HGETALL {svartid}:verdicts",
        "GET another:secret",
        "SUBSCRIBE {another}:now:phone/samhandler",
        "PSUBSCRIBE *",
        "KEYS *",
        "SCAN 0",
        "INFO",
        "EVALSHA x 0",
        "SCRIPT LOAD x",
        "FLUSHALL",
        "CONFIG GET *",
    ],
    "svartid-reader": [
        "SET {svartid}:snapshot x",
        "SET {svartid}:now x",
        "SET {svartid}:now:phone/samhandler x",
        "MGET {svartid}:now {svartid}:publisher",
        "SMEMBERS {svartid}:now_keys",
        "PUBLISH {svartid}:now:phone/samhandler x",
        "GET {svartid}:publisher",
        "GET svartid:{events-0}:view",
        "HGETALL svartid:{events-0}:meta",
        "SMEMBERS {svartid}:partitions",
        "PUBLISH {svartid}:snapshot x",
        "SUBSCRIBE {another}:snapshot",
        "PSUBSCRIBE *",
        "KEYS *",
        "FLUSHALL",
        "INFO",
        "CONFIG GET *",
        "SCRIPT LOAD x",
    ],
}


@pytest.mark.parametrize(("user", "command"), [(user, command) for user, all_ in DENIED.items() for command in all_])
def test_all_else_is_denied(server: Guarded, user: str, command: str) -> None:
    with closing(redis.Redis.from_url(url_of(server, user))) as client, pytest.raises(NoPermissionError):
        client.execute_command(*command.split())  # type: ignore[no-untyped-call]


def test_a_script_may_no_more_than_its_user(server: Guarded) -> None:
    with closing(redis.Redis.from_url(url_of(server, "svartid-worker"))) as client:
        for command in ("'FLUSHALL'", "'GET', 'another:secret'"):
            script = client.script_load(f"return redis.call({command})")
            with pytest.raises(redis.ResponseError, match=r"permission|can't (run|access)"):
                client.evalsha(script, 0)


def test_nobody_gets_in_without_a_password(server: Guarded) -> None:
    for login in ("", "svartid-worker@", "svartid-worker:wrong@", "default:any@", ":any@"):
        client = redis.Redis.from_url(f"redis://{login}{server.address}/0")
        with closing(client), pytest.raises((redis.AuthenticationError, NoPermissionError)):
            client.get("{svartid}:snapshot")


def test_the_file_as_it_is_lets_nobody_in(tmp_path: Path) -> None:
    assert not {word[0] for line in USERS.read_text().splitlines() for word in line.split()} & set("#>")
    assert "nopass" not in USERS.read_text()


def test_a_reader_reads_the_snapshot_and_hears_of_it(guarded: Installation, server: Guarded) -> None:
    guarded.send(generate(52, 300).records)
    worker = guarded.start()
    eventually(
        lambda: (guarded.snapshot() or {}).get("lines"),  # the first has none yet
        lambda: f"figures in a snapshot; the worker said\n{worker.said}",
        60,
    )
    reader = {"SVARTID_REDIS_URL": url_of(server, "svartid-reader")}
    assert json.loads(guarded.run("snapshot", "--json", **reader).stdout)["lines"]

    async def follow() -> None:
        guarded.env |= reader
        client = connect(guarded.settings())
        follower = Follower(client, guarded.keys)
        following = asyncio.create_task(follower.run())
        async with asyncio.timeout(20):
            while follower.document is None:
                await follower.news()
        following.cancel()
        await client.aclose()

    asyncio.run(follow())
    assert server.denied() == []


def test_a_reader_reads_one_queue_and_hears_of_it(guarded: Installation, server: Guarded) -> None:
    key = guarded.keys.now_of("phone/personbruker/helse")
    with (
        closing(redis.Redis.from_url(url_of(server, "svartid-reader"))) as client,
        closing(client.pubsub()) as hearing,  # type: ignore[no-untyped-call]
    ):
        hearing.subscribe(key)
        assert hearing.get_message(timeout=10)["type"] == "subscribe"
        worker = guarded.start()
        told = eventually(lambda: hearing.get_message(timeout=1), lambda: f"it is announced\n{worker.said}")
        read: Any = client.mget(key, guarded.keys.now)
        small, believed = map(json.loads, read)
        assert (small, small["name"]) == (json.loads(told["data"]), "phone/personbruker/helse")
        assert believed["until_ms"] > 0
    assert [denied for denied in server.denied() if "setinfo" not in denied] == []  # which this client asks by itself


def test_the_web_tells_all_that_it_can_with_its_own_user(guarded: Installation, server: Guarded) -> None:
    """What it tells of the past is what `svartid history` tells; with the readers' user it tells of now alone."""
    log = generate(53, 2_000)
    guarded.send(log.records)
    guarded.drain()
    with closing(server.admin()) as admin:
        admin.config_resetstat()
    days = "from=2024-01-01&to=2025-12-31&step=1d&by=queue"
    limits = {"SVARTID_WEB_MOST_ROWS": "100000", "SVARTID_WEB_PORT": "0"}
    web = guarded.start(command="web", SVARTID_REDIS_URL=url_of(server, "svartid-web"), **limits)
    status, told = web.get(f"/api/v1/history?{days}")
    assert status == 200, told
    assert web.get("/api/v1/history?step=15m&from=2025-03-04T08:00Z&to=2025-03-04T12:00Z")[0] == 200
    assert {web.get(f"/api/v1/{path}")[0] for path in ("queues", "now", "scorecard")} <= {200, 503}
    with closing(server.admin()) as admin:
        called = {name.removeprefix("cmdstat_") for name in admin.info("commandstats")}
    assert web.stop() == 0, web.said
    assert server.denied() == [], "svartid web does what deploy/redis/users.acl does not allow: allow it there"
    (line,) = (line for line in USERS.read_text().splitlines() if line.startswith("user svartid-web "))
    allowed = {word.removeprefix("+") for word in line.split() if word.startswith("+")}
    assert allowed - called <= {"ping"}, "deploy/redis/users.acl allows what nobody does: take it away there"

    asked = guarded.run(
        "history", "--json", *["--from", "2024-01-01", "--to", "2025-12-31", "--step", "1d", "--by", "queue"]
    )
    rows = msgspec.json.decode(told, type=History).rows
    assert len(rows) > 5 and [row.flat for row in rows] == json.loads(asked.stdout)
    assert "journey-" not in told

    reader = {"SVARTID_REDIS_URL": url_of(server, "svartid-reader"), "SVARTID_WEB_PORT": "0"}
    web = guarded.start(command="web", **reader)
    assert json.loads(web.get("/api/v1/history")[1])["type"] == "urn:svartid:problem:no-right-to-history"
    worker = guarded.start()
    eventually(web.is_ready, lambda: f"it tells of now\n{web.said}\n{worker.said}", 60)
    assert web.get("/api/v1/queues")[0] == 200
    wrong = reader["SVARTID_REDIS_URL"].replace("svartid-reader:", "svartid-reader:x")
    web = guarded.start(command="web", SVARTID_REDIS_URL=wrong, SVARTID_WEB_PORT="0")
    eventually(
        lambda: json.loads(web.get("/api/v1/queues")[1])["type"] == "urn:svartid:problem:redis-denies", "refused"
    )


@pytest.mark.parametrize(("missing", "named"), [("+hdel", "hdel"), ("+publish", "publish"), ("+hscan", "hscan")])
def test_a_right_that_is_missing_is_named(missing: str, named: str, tmp_path: Path) -> None:
    """What `denied` says is what the first test fails with."""
    users = USERS.read_text().replace(f" {missing}", "", 1)
    server = Guarded(tmp_path / "server", embedded_server(), users)
    server.start()
    client = redis.Redis.from_url(url_of(server, "svartid-worker"), driver_info=None)
    try:
        with closing(client), pytest.raises(NoPermissionError, match=named):
            client.execute_command(named, "svartid:x", "y")  # type: ignore[no-untyped-call]
        assert server.denied() == [f"svartid-worker: command {named}"]
    finally:
        server.kill()
