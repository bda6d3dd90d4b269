"""TLS with client certificates to Kafka and Redis, and Redis' users: with the right ones all works, and with a wrong
one a sentence says what to do."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.generated import BEGIN_MS, assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.security.conftest import Secured
from tests.security.servers import PASSWORDS

pytestmark = pytest.mark.real

RIGHT = PASSWORDS["svartid-worker"]
WRONG = "another-wrong-password"
PSEUDONYM_KEY = "a key that nobody may see"
# The halves too, as a URL that is taken apart wrongly may show one.
SECRETS = [*PASSWORDS.values(), *RIGHT.split("/"), WRONG, PSEUDONYM_KEY, "PRIVATE KEY-"]
PATHS = ("CA_PATH", "CERTIFICATE_PATH", "PRIVATE_KEY_PATH")

Settings = dict[str, str | Path | None]  # None: not set


def test_a_worker_reads_commits_rejects_shows_and_is_verified(behind_tls: Installation, secured: Secured) -> None:
    behind_tls.env["SVARTID_PSEUDONYM_KEY"] = PSEUDONYM_KEY
    log = generate(61, 2_000)
    behind_tls.send([*log.records, Produced("phone", b"k", b"no event", BEGIN_MS)])
    worker = behind_tls.start()
    behind_tls.wait_committed(len(log.records) + 1)
    eventually(lambda: (behind_tls.snapshot() or {"behind": 1})["behind"] == 0, "a snapshot of all of it")
    metrics = worker.get("/metrics")[1]
    assert worker.stop() == 0, worker.said
    assert_books_agree(log.books, behind_tls.totals())
    assert len(behind_tls.rejected()) == 1
    behind_tls.verify(len(log.records) + 1)
    assert secured.redis.denied() == []
    doctor = behind_tls.run("doctor", "--json")
    states = {finding["what"]: finding["state"] for finding in json.loads(doctor.stdout)}
    assert (states["Kafka"], states["Redis"]) == ("ok", "ok")
    for said in (worker.said, metrics, doctor.stdout + doctor.stderr):
        assert [secret for secret in SECRETS if secret in said] == []


def without(server: str, *names: str) -> Settings:
    return {f"{server}_{name}": None for name in names}


def strangers(s: Secured, server: str) -> Settings:
    theirs = s.stranger.issue(f"{server}-worker")
    return {f"{server}_CERTIFICATE_PATH": theirs.chain, f"{server}_PRIVATE_KEY_PATH": theirs.key}


def plain(s: Secured) -> str:
    return s.env()["SVARTID_REDIS_URL"].replace("rediss://", "redis://")


UNTRUSTED = r"its certificate is not to be trusted"
NOT_FOR_IT = r"its certificate is for another host name: use the name that the certificate is for"
WANTS_TLS = r"does it want TLS, or a client certificate\? See deploy/SECURITY.md"
NOT_TAKEN = rf"it does not accept our certificate, or misses it|{WANTS_TLS}"  # as its alert comes in time or too late
WRONG_SETTINGS: dict[str, tuple[Callable[[Secured], Settings], str, int]] = {
    "Kafka: another authority": (lambda s: {"KAFKA_CA_PATH": s.stranger.ca}, UNTRUSTED, 3),
    "Kafka: no client certificate": (lambda s: without("KAFKA", *PATHS[1:]), NOT_TAKEN, 3),
    "Kafka: a stranger's certificate": (lambda s: strangers(s, "KAFKA"), NOT_TAKEN, 3),
    "Kafka: another host name": (
        lambda s: {"KAFKA_BROKERS": s.kafka_tls.replace("127.0.0.1", "localhost")},
        NOT_FOR_IT,
        3,
    ),
    "Kafka: no TLS": (lambda s: without("KAFKA", *PATHS), WANTS_TLS, 3),
    "Kafka: no authority": (lambda s: without("KAFKA", "CA_PATH"), "nothing would be encrypted. Set it too", 2),
    "Kafka: no such file": (lambda s: {"KAFKA_CA_PATH": "no.pem"}, "SVARTID_KAFKA_CA_PATH: cannot use no.pem", 2),
    "Kafka: no key": (
        lambda s: {"KAFKA_PRIVATE_KEY_PATH": s.authority.ca},
        "an unencrypted key, as PEM, are needed",
        2,
    ),
    "Redis: another authority": (lambda s: {"REDIS_CA_PATH": s.stranger.ca}, UNTRUSTED, 3),
    "Redis: no client certificate": (lambda s: without("REDIS", *PATHS[1:]), NOT_TAKEN, 3),
    "Redis: a stranger's certificate": (lambda s: strangers(s, "REDIS"), NOT_TAKEN, 3),
    "Redis: another host name": (lambda s: {"REDIS_URL": s.login("svartid-worker", RIGHT, "localhost")}, NOT_FOR_IT, 3),
    "Redis: a wrong password": (
        lambda s: {"REDIS_URL": s.login("svartid-worker", WRONG)},
        "it does not accept the user and password in SVARTID_REDIS_URL",
        3,
    ),
    "Redis: no TLS": (lambda s: {**without("REDIS", *PATHS), "REDIS_URL": plain(s)}, WANTS_TLS, 3),
    "Redis: certificates, but no TLS": (lambda s: {"REDIS_URL": plain(s)}, "does not begin with rediss://", 2),
    "Redis: a password that breaks its URL": (
        lambda s: {"REDIS_URL": f"rediss://svartid-worker:{RIGHT}@127.0.0.1:{s.redis_tls_port}/0"},
        "SVARTID_REDIS_URL is no Redis URL",
        2,
    ),
    "Redis: the snapshot's reader": (
        lambda s: {"REDIS_URL": s.login("svartid-reader", PASSWORDS["svartid-reader"])},
        "deploy/redis/users.acl has what a user needs",
        3,
    ),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_what_is_wrong_is_told_without_a_secret(behind_tls: Installation, secured: Secured, name: str) -> None:
    wrong, told, code = WRONG_SETTINGS[name]
    behind_tls.env["SVARTID_PSEUDONYM_KEY"] = PSEUDONYM_KEY
    for setting, value in wrong(secured).items():
        behind_tls.env.pop(f"SVARTID_{setting}", None)
        behind_tls.env |= {f"SVARTID_{setting}": str(value)} if value is not None else {}
    worker = behind_tls.start("--drain")  # who is asked for one thing does not wait
    doctor = behind_tls.start("--json", command="doctor")
    assert (worker.wait(60), doctor.wait(60)) == (code, 1), worker.said + doctor.said
    for each in (worker, doctor):
        said = " ".join(each.said.split())
        assert re.search(told, said), f"{told!r} is not in {said!r}"
        assert "Traceback" not in said
        assert [secret for secret in SECRETS if secret in said] == []
