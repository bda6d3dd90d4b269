"""Settings that cannot work are refused, each by its name, before anything begins."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from streams import kafka
from streams.cli.app import CommandError, rules_of
from streams.keys import Keys
from streams.redis_client import connect
from streams.settings import Settings, load
from streams.tls import BadConnectionSetting
from tests import forked
from tests.examples import examples

SVARTID = Path(sys.executable).with_name("svartid")
ONE_TOPIC = '{"phone": "a", "chat": "a"}'


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("SESSION_TIMEOUT_S", ["5", "5.999", "0", "-1", "1801", "4000", "nan", "inf", "", "soon"]),
        ("STALL_TIMEOUT_S", ["0", "0.5", "-1", "86401", "nan", "inf"]),
        ("CHECKPOINT_EVERY_S", ["0", "1e-9", "0.499", "-1", "inf", "nan"]),
        ("PUBLISH_EVERY_S", ["0", "1e-9", "0.0099", "-1", "1.5", "inf", "nan"]),
        ("SNAPSHOT_EVERY_S", ["0", "1e-9", "0.0099", "-1", "1.5", "inf", "nan"]),
        ("PORT", ["-1", "65536", "http"]),
        ("HOST", ["", "a..b", "h" * 300, ".a", "a" * 64 + ".no"]),
        ("TOPICS", ["", "{", "[]", "{}", '{"fax": "a"}', '{"phone": ""}', '{"phone": "a b"}', ONE_TOPIC]),
        ("TOPICS", ["[" * 20_000, '{"phone": "a", "phone": "b"}']),
        ("REJECTED_TOPIC", ["", "..", "a/b", "x" * 250, "nks.phone.events.v1"]),
        ("CHECKPOINT_TOPIC", ["", ".", "svartid.rejected.v1", "nks.chat.events.v1"]),
        ("CONSUMER_GROUP", ["", "x" * 250, "a\nb"]),
        ("GROUP_INSTANCE_ID", ["", "a b", "x" * 250]),
        ("INSTANCE", ["", "x" * 250, "a\x1bb"]),
        (
            "KAFKA_BROKERS",
            ["", ",", "a:b", "a:0", "a:1,", ":9092", "http://a:1", "a b:1", "user@a:1", "a..b:1", f"{'h' * 300}:1"],
        ),
        ("NAMESPACE", ["", "a:b", "x" * 250]),
        ("SHADOW", ["", "Green", "a b", "a:b", "-a", "a\n", "x" * 41]),
        ("LOG_FORMAT", ["", "xml"]),
        ("CLOCK", ["soon", "0,0,nan", "0,0,inf", "0,0,1e308", "0,0,-1", "0,0,0", "0,0,10001", "0,0"]),
        ("CLOCK", [f"0,{10**20},1", f"{10**400},0,1", f"0,-{10**400},1", "0,0,1e3", "0,-9999999999999,1"]),
        ("CONFIG", ["x" * 5000]),
        ("WEB_HOST", ["", "a..b", "h" * 300]),
        ("WEB_PORT", ["-1", "65536", "http"]),
        ("WEB_TOKEN", ["short", "sixteen signs is it", "a-token-of-the-tests,short", "x" * 15]),
        ("WEB_IDENTITY_HEADER", ["", "a b", "a:b", "x" * 65]),
        ("WEB_PROXIES", ["proxy", "10.0.0.1/8", "10.0.0.1,,x", "::1/200"]),
        (
            "WEB_ORIGINS",
            ["*", "board.example.org", "https://a/b", "https://a@b", "ftp://a", "https://[::1", "https://*.a"],
        ),
        ("WEB_MOST_CONNECTIONS", ["0", "-1", "many"]),
        ("WEB_MOST_WATCHERS", ["-1", "many"]),
        ("WEB_WATCHERS_A_CLIENT", ["0", "many"]),
        ("WEB_REQUESTS_A_MINUTE", ["0", "-1", "1.5"]),
        ("WEB_MOST_ROWS", ["0", "many"]),
        ("WEB_MOST_DAYS", ["0", "many"]),
        ("WEB_HISTORIES_AT_ONCE", ["0", "65"]),
        ("PROMETHEUS_URL", ["", "prometheus:9090", "ftp://prometheus", "http://", "http://[::1"]),
    ],
)
def test_what_cannot_work(name: str, values: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for value in values:
        monkeypatch.setenv(f"SVARTID_{name}", value)
        with pytest.raises(ValidationError) as error:
            load()
        place = str(error.value.errors()[0]["loc"][0]).upper().removeprefix("SVARTID_")
        assert place == name, value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_TIMEOUT_S", "6"),
        ("SESSION_TIMEOUT_S", "1800"),
        ("STALL_TIMEOUT_S", "1"),
        ("CHECKPOINT_EVERY_S", "0.5"),
        ("PUBLISH_EVERY_S", "0.01"),
        ("SNAPSHOT_EVERY_S", "1"),
        ("PORT", "0"),
        ("WEB_TOKEN", "a-token-of-the-tests, another-of-the-tests"),
        ("WEB_PROXIES", "10.0.0.0/8, ::1,"),
        ("WEB_ORIGINS", "https://board.example.org:8443,http://localhost:3000"),
        ("WEB_MOST_WATCHERS", "0"),
        ("SHADOW", "main"),
        ("SHADOW", "green-2"),
        ("TOPICS", '{"chat": "A_topic-1.v2"}'),
        ("KAFKA_BROKERS", "a:1, [::1]:9092,c"),
    ],
)
def test_what_can(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SVARTID_{name}", value)
    load()


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"PSEUDONYM_KEY": "now"}, "it needs SVARTID_QUEUE_KEY, too"),
        ({"QUEUE_KEY": "queues"}, "it needs SVARTID_PSEUDONYM_KEY, too"),
        ({}, "it needs SVARTID_PSEUDONYM_KEY and SVARTID_QUEUE_KEY, too"),
        ({"PSEUDONYM_KEY": "next", "QUEUE_KEY": "queues"}, "it is the same as SVARTID_PSEUDONYM_KEY"),
    ],
)
def test_another_pseudonym_key_goes_with_those_that_it_needs(
    others: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PSEUDONYM_KEY_OTHER": "next", **others}.items():
        monkeypatch.setenv(f"SVARTID_{name}", value)
    with pytest.raises(ValidationError, match=told) as error:
        load()
    assert error.value.errors()[0]["loc"] == ("pseudonym_key_other",)


@pytest.mark.fault(33)
@pytest.mark.parametrize("command", ["worker", "doctor"])
def test_it_is_told_in_a_sentence_with_its_name(command: str) -> None:
    env = {"SVARTID_KAFKA_BROKERS": "a:b", "COLUMNS": "200"}
    ran = subprocess.run([SVARTID, command], env=env, capture_output=True, text=True, timeout=30, check=False)
    told = "svartid: the setting SVARTID_KAFKA_BROKERS: it is host:port; several are separated by commas\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", told)


ODD = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80),
    st.from_regex(r"[-+0-9.,eEnaif]{0,12},[-0-9]{0,40},[-+0-9.eEnaif]{1,8}", fullmatch=True),
    st.from_regex(
        r"(redis|rediss|unix)://[a-z.:@%/]{0,20}(/[0-9]{0,3})?(\?[a-z_]{1,20}=[a-z0-9.-]{0,8})?", fullmatch=True
    ),
    st.sampled_from(
        ["a..b", "h" * 300, "1e308", "nan", "-0", "9" * 5000, "x" * 5000, "/", "..", "\t", "ß.no", "xn--a"]
    ),
)


@pytest.mark.fault(33)
@given(st.sampled_from(sorted(Settings.model_fields)), ODD)
@hypothesis_settings(max_examples=examples(300), deadline=None)
def test_whatever_a_setting_is_it_is_refused_in_words_or_can_be_used(name: str, value: str) -> None:
    """By what a command does with it before it asks anybody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"SVARTID_{name.upper()}", value)
        try:
            settings = load()
            kafka.connection(settings)
            connect(settings)
            rules_of(settings, None)
        except (ValidationError, BadConnectionSetting, CommandError) as error:
            assert str(error)
        else:
            datetime.fromtimestamp(settings.clock.now_ms() / 1000, UTC)
            settings.host.encode("idna")


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLOCK", "0,0,nan"),
        ("HOST", "a..b"),
        ("CONFIG", "x" * 5000),
        ("KAFKA_BROKERS", "a..b:1"),
        ("REDIS_URL", "redis://127.0.0.1:1?protocol=9"),
        ("REDIS_URL", "redis://127.0.0.1:1?encoding=nope"),
        ("REDIS_URL", "redis://127.0.0.1:1?max_connections=1"),
        ("REDIS_URL", "redis://a..b"),
    ],
)
@pytest.mark.parametrize("command", [("worker", "--drain"), ("doctor",), ("snapshot",), ("history",)], ids=" ".join)
def test_a_command_says_in_a_sentence_what_is_wrong(command: tuple[str, ...], name: str, value: str) -> None:
    env = forked.without_settings() | {
        "SVARTID_KAFKA_BROKERS": "127.0.0.1:1",
        "SVARTID_REDIS_URL": "redis://127.0.0.1:1",
    }
    ran = forked.run(*command, env=env | {f"SVARTID_{name}": value, "SVARTID_PORT": "0", "COLUMNS": "200"}, within_s=60)
    assert "Traceback" not in ran.stderr + ran.stdout
    told = ran.stdout if command == ("doctor",) and name == "REDIS_URL" else ran.stderr  # doctor goes on to the rest
    assert f"SVARTID_{name}" in told
    assert ran.returncode == (1 if told is ran.stdout else 2)


@pytest.mark.parametrize(
    ("shadow", "group", "prefix", "publisher"),
    [
        (None, "svartid", "svartid", "{svartid}:publisher"),
        ("main", "svartid", "svartid", "{svartid}:publisher"),
        ("green", "svartid-green", "svartid:green", "{svartid}:green:publisher"),
    ],
)
def test_a_shadow_has_names_of_its_own(
    shadow: str | None, group: str, prefix: str, publisher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shadow is not None:
        monkeypatch.setenv("SVARTID_SHADOW", shadow)
    settings = load()
    keys = Keys.of(settings)
    assert (settings.group, keys.prefix, keys.publisher) == (group, prefix, publisher)
    shared = {keys.snapshot, keys.now, keys.now_keys, keys.serving, keys.states, keys.told, keys.verdicts}
    shared |= {keys.expecting, keys.wait_scores}
    names = ("snapshot", "now", "now_keys", "serving", "states", "told", "verdicts", "expecting", "wait_scores")
    assert shared == {f"{{svartid}}:{name}" for name in names}
