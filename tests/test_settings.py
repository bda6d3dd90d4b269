"""Settings that cannot work are refused, each by its name, before anything begins."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.settings import load

SVARTID = Path(sys.executable).with_name("svartid")
ONE_TOPIC = '{"phone": "a", "chat": "a"}'


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("SESSION_TIMEOUT_S", ["5", "5.999", "0", "-1", "1801", "4000", "nan", "inf", "", "soon"]),
        ("STALL_TIMEOUT_S", ["0", "0.5", "-1", "86401", "nan", "inf"]),
        ("CHECKPOINT_EVERY_S", ["0", "-1", "inf", "nan"]),
        ("PUBLISH_EVERY_S", ["0", "-1", "1.5", "inf", "nan"]),
        ("PORT", ["-1", "65536", "http"]),
        ("HOST", [""]),
        ("TOPICS", ["", "{", "[]", "{}", '{"fax": "a"}', '{"phone": ""}', '{"phone": "a b"}', ONE_TOPIC]),
        ("TOPICS", ["[" * 20_000, '{"phone": "a", "phone": "b"}']),
        ("REJECTED_TOPIC", ["", "..", "a/b", "x" * 250, "nks.phone.events.v1"]),
        ("CHECKPOINT_TOPIC", ["", ".", "svartid.rejected.v1", "nks.chat.events.v1"]),
        ("CONSUMER_GROUP", ["", "x" * 250, "a\nb"]),
        ("GROUP_INSTANCE_ID", ["", "a b", "x" * 250]),
        ("INSTANCE", ["", "x" * 250, "a\x1bb"]),
        ("KAFKA_BROKERS", ["", ",", "a:b", "a:0", "a:1,", ":9092", "http://a:1", "a b:1", "user@a:1"]),
        ("NAMESPACE", ["", "a:b", "x" * 250]),
        ("LOG_FORMAT", ["", "xml"]),
        ("CLOCK", ["soon"]),
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
        ("PORT", "0"),
        ("TOPICS", '{"chat": "A_topic-1.v2"}'),
        ("KAFKA_BROKERS", "a:1, [::1]:9092,c"),
    ],
)
def test_what_can(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SVARTID_{name}", value)
    load()


@pytest.mark.fault(33)
@pytest.mark.parametrize("command", ["worker", "doctor"])
def test_it_is_told_in_a_sentence_with_its_name(command: str) -> None:
    env = {"SVARTID_KAFKA_BROKERS": "a:b", "COLUMNS": "200"}
    ran = subprocess.run([SVARTID, command], env=env, capture_output=True, text=True, timeout=30, check=False)
    told = "svartid: the setting SVARTID_KAFKA_BROKERS: it is host:port; several are separated by commas\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", told)
