"""Secrets come by the environment alone, and nothing that is printed has them. TLS and passwords: test_tls.py."""

import subprocess

import pytest

from streams.local.ports import free_ports
from streams.settings import load
from tests.forked import SVARTID, without_settings

PASSWORD, KEY = "s3cret/word", "a key of some length"
OTHER = KEY.swapcase()


@pytest.fixture
def environment() -> dict[str, str]:
    """As NAIS gives it, of servers that are not there."""
    kafka, valkey = free_ports(2)
    return {
        **without_settings(),
        "KAFKA_BROKERS": f"127.0.0.1:{kafka}",
        "VALKEY_URI_SVARTID": f"valkeys://127.0.0.1:{valkey}",
        "VALKEY_USERNAME_SVARTID": "worker",
        "VALKEY_PASSWORD_SVARTID": PASSWORD,
        "SVARTID_PSEUDONYM_KEY": KEY,
        "SVARTID_QUEUE_KEY": KEY[::-1],
        "SVARTID_PSEUDONYM_KEY_OTHER": OTHER,
        "SVARTID_PORT": "0",
    }


def test_settings_print_no_secret(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ("VALKEY_URI_SVARTID", "VALKEY_USERNAME_SVARTID", "VALKEY_PASSWORD_SVARTID")
    monkeypatch.setenv("SVARTID_WEB_TOKEN", f"{PASSWORD}/is-a-token,another-s3cret-of-theirs")
    for name in (*secret, "SVARTID_PSEUDONYM_KEY", "SVARTID_QUEUE_KEY", "SVARTID_PSEUDONYM_KEY_OTHER"):
        monkeypatch.setenv(name, environment[name])
    settings = load()
    assert settings.keys == (KEY.encode(), KEY[::-1].encode(), OTHER.encode())
    assert settings.redis_url.get_secret_value().startswith("rediss://worker:s3cret%2Fword@127.0.0.1:")
    for printed in (repr(settings), str(settings), settings.model_dump_json(exclude={"clock"})):
        assert "s3cret" not in printed
        assert [key for key in (KEY, KEY[::-1], OTHER) if key in printed] == []


@pytest.mark.parametrize(
    ("command", "code"), [("worker --drain", 3), ("doctor --json", 1), ("verify", 3), ("history", 3), ("snapshot", 3)]
)
def test_commands_that_reach_nothing_print_no_secret(environment: dict[str, str], command: str, code: int) -> None:
    ran = subprocess.run(
        [SVARTID, *command.split()], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == code, said
    assert "nobody listens there" in " ".join(said.split())
    assert [secret for secret in ("s3cret", KEY, KEY[::-1], OTHER, "Traceback") if secret in said] == []


def test_a_key_that_is_too_long_is_told_and_not_shown(environment: dict[str, str]) -> None:
    environment["SVARTID_PSEUDONYM_KEY"] = KEY * 4
    ran = subprocess.run([SVARTID, "worker"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "the setting SVARTID_PSEUDONYM_KEY: a key has 64 bytes at most" in ran.stderr
    assert KEY not in ran.stderr
