"""How the events' topics are kept: what is told of each configuration, and of one that brokers do not tell."""

import asyncio
from uuid import uuid4

import pytest

import config
from streams.local import LocalParts, create_topics
from streams.settings import Settings
from streams.topics import judged, look

RULES = config.load().rules()
HOUR, DAY = 3_600_000, 86_400_000
FOREVER = str(2**63 - 1)
WELL = {
    "message.timestamp.type": "LogAppendTime",
    "message.timestamp.before.max.ms": FOREVER,
    "message.timestamp.after.max.ms": FOREVER,
    "retention.ms": str(7 * DAY),
    "cleanup.policy": "delete",
}
CREATE_TIME = {"message.timestamp.type": "CreateTime"}


@pytest.mark.parametrize(
    ("differs", "state", "found", "todo"),
    [
        ({}, "ok", "dated by the broker, kept for 7 d", ""),
        (CREATE_TIME, "warning", "dated by producers, however far ahead", "message.timestamp.after.max.ms=3600000"),
        (
            CREATE_TIME | {"message.timestamp.after.max.ms": str(HOUR)},
            "ok",
            "dated by producers, at most 1 h ahead",
            "",
        ),
        (
            CREATE_TIME | {"message.timestamp.before.max.ms": str(DAY)},
            "warning",
            "nothing older than 1 d",
            "before.max.ms",
        ),
        ({"message.timestamp.before.max.ms": str(DAY)}, "ok", "", ""),
        ({"retention.ms": "-1"}, "ok", "kept for good", ""),
        ({"retention.ms": str(DAY)}, "warning", "kept for 1 d", f"retention.ms to {36 * HOUR + 3 * DAY}"),
        ({"cleanup.policy": "compact,delete"}, "problem", "compacted", "cleanup.policy=delete"),
        (CREATE_TIME | {"cleanup.policy": "compact"}, "problem", "dated by producers", "LogAppendTime"),
    ],
)
@pytest.mark.fault(25)
def test_what_is_told_of_a_topic(differs: dict[str, str], state: str, found: str, todo: str) -> None:
    told = judged("t", WELL | differs, RULES)
    assert told.state == state
    assert found in told.found
    assert todo in told.todo and bool(told.todo) == (state != "ok")


def test_an_old_brokers_one_bound_is_both() -> None:
    of_old = {"message.timestamp.type": "CreateTime", "message.timestamp.difference.max.ms": str(HOUR)}
    told = judged("t", of_old, RULES)
    assert told.found == "dated by producers, at most 1 h ahead, nothing older than 1 h taken in"


def test_what_brokers_do_not_tell_is_unknown() -> None:
    told = judged("t", None, RULES)
    assert (told.state, "DescribeConfigs" in told.todo) == ("unknown", True)


@pytest.mark.parametrize("name", ["retention.ms", "message.timestamp.after.max.ms", "message.timestamp.before.max.ms"])
def test_what_a_broker_says_that_is_no_number_is_unknown(name: str) -> None:
    told = judged("t", WELL | CREATE_TIME | {name: "a while"}, RULES)
    assert (told.state, name in told.found, bool(told.todo)) == ("unknown", True, True)


@pytest.mark.real
def test_it_is_asked_of_the_brokers(local_parts: LocalParts) -> None:
    names = [f"kept-{uuid4().hex[:8]}-{n}" for n in range(2)]
    configs = {names[0]: {"message.timestamp.type": "LogAppendTime"}, names[1]: {"cleanup.policy": "compact"}}
    create_topics(local_parts.kafka_brokers, dict.fromkeys(names, 1), configs=configs)
    settings = Settings(kafka_brokers=local_parts.kafka_brokers)  # type: ignore[call-arg]
    found = asyncio.run(look(settings, [*names, "nowhere"], RULES))
    assert [one.state for one in found] == ["ok", "problem", "unknown"]
