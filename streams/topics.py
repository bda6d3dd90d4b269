"""How Kafka keeps the events' topics: by whose clock, how far off, for how long, and whether all of it.

Brokers tell it to whoever may ask (`DescribeConfigs`, which svartid does not need); without that right it is unknown.
May import: the core's rules, durations, rights, kafka, clients, settings, aiokafka, structlog.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, Literal, NamedTuple, Protocol, TypedDict

import structlog
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from streams import kafka, rights
from streams.clients import Admin
from streams.core.rules import Rules
from streams.durations import in_one_unit
from streams.settings import Settings

log = structlog.get_logger(__name__)

State = Literal["ok", "warning", "problem", "unknown"]
Config = Mapping[str, str]

MAY_ASK: Final = "give this user DescribeConfigs on the topic to have that looked at, too (deploy/kafka/acls.txt)"
_LOOK_EVERY_S: Final = 3600.0
_FIRST_AFTER_S: Final = 10.0  # what was unread comes first
_ORDER: Final = ("problem", "warning", "ok")
_AFTER: Final = ("message.timestamp.after.max.ms", "message.timestamp.difference.max.ms")  # the second: before 3.6
_BEFORE: Final = ("message.timestamp.before.max.ms", "message.timestamp.difference.max.ms")
_KEPT: Final = ("retention.ms",)
_NUMBERS: Final = sorted({*_AFTER, *_BEFORE, *_KEPT})


class Judged(NamedTuple):
    """What is found of one topic, in a line for people. `todo` says what to do unless it is ok."""

    topic: str
    state: State
    found: str
    todo: str = ""


class _Judgement(NamedTuple):
    state: State
    found: str
    todo: str = ""


async def look(settings: Settings, topics: Collection[str], rules: Rules) -> list[Judged]:
    """How each of these topics, which are there, suits what is made of it. Raises KafkaError."""
    configs = await configs_of(settings, topics)
    return [judged(topic, configs.get(topic), rules) for topic in topics]


async def configs_of(settings: Settings, topics: Collection[str]) -> dict[str, Config]:
    """Each topic's configuration; one that brokers do not tell is left out. Raises KafkaError."""
    wanted = [rights.Right("DescribeConfigs", "topic", topic) for topic in topics]
    denied = {
        right.name for right in await rights.lacking(settings, wanted)
    }  # to try would be to be denied, and logged
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics if topic not in denied]
    if not asked:
        return {}
    admin = Admin(**kafka.connection(settings), request_timeout_ms=5000)
    try:
        await admin.start()
        answers = await admin.describe_configs(asked)
    except (NotImplementedError, TimeoutError):  # a broker that does not know the question, or does not answer
        return {}
    finally:
        await admin.close()
    return dict(_read(answers))


class _Resource(TypedDict):
    """What a broker answers of one topic."""

    error_code: int
    resource_name: str
    config_entries: list[dict[str, str]]


class _Answer(Protocol):
    """What a broker answers to who asks for configurations."""

    def to_object(self) -> dict[Literal["resources"], list[_Resource]]: ...


def _read(answers: Iterable[_Answer]) -> Iterator[tuple[str, Config]]:
    for answer in answers:
        for resource in answer.to_object()["resources"]:
            if not resource["error_code"]:
                entries = resource["config_entries"]
                yield resource["resource_name"], {e["config_names"]: e["config_value"] or "" for e in entries}


def judged(topic: str, config: Config | None, rules: Rules) -> Judged:
    """One topic's configuration, all of it in one line; None: it is not known."""
    if config is None:
        return Judged(topic, "unknown", "whose clock dates its records, for how long they are kept", MAY_ASK)
    if strange := [name for name in _NUMBERS if config.get(name) and _integer(config[name]) is None]:
        return Judged(topic, "unknown", f"its broker says no number for {', '.join(strange)}", "look there by hand")
    parts = [_dated(config, rules), _old(config, rules), _kept(config, rules), _whole(config)]
    state = min((part.state for part in parts), key=_ORDER.index)
    found = ", ".join(part.found for part in parts if part.found)
    return Judged(topic, state, found, "; ".join(part.todo for part in parts if part.todo))


def _dated(config: Config, rules: Rules) -> _Judgement:
    """By whose clock, and how far that may be ahead."""
    if config.get("message.timestamp.type") == "LogAppendTime":
        return _Judgement("ok", "dated by the broker")
    after_ms = _number(config, _AFTER)
    if after_ms is not None and after_ms <= rules.definitions.shortest_horizon_ms:
        return _Judgement("ok", f"dated by producers, at most {_span(after_ms)} ahead")
    todo = (
        f"set message.timestamp.type=LogAppendTime, or message.timestamp.after.max.ms={rules.future_ms}: a producer's "
        f"wrong clock puts up to {rules.witnesses - 1} contacts ahead here without harm, and more make others late"
    )
    return _Judgement("warning", "dated by producers, however far ahead", todo)


def _old(config: Config, rules: Rules) -> _Judgement:
    """Whether what is late, but counts, is taken in."""
    before_ms, horizon_ms = _number(config, _BEFORE), rules.definitions.longest.horizon_ms
    if config.get("message.timestamp.type") == "LogAppendTime" or before_ms is None or before_ms >= horizon_ms:
        return _Judgement("ok", "")
    todo = f"set message.timestamp.before.max.ms to {horizon_ms} or more: what is no older still counts"
    return _Judgement("warning", f"nothing older than {_span(before_ms)} taken in", todo)


def _kept(config: Config, rules: Rules) -> _Judgement:
    """Whether it is kept until it is counted, also where nobody counts for a while."""
    kept_ms = _number(config, _KEPT)
    if kept_ms is None:
        return _Judgement("ok", "")
    longest = rules.definitions.longest
    needed_ms = longest.horizon_ms + rules.definitions.longest_memory_ms
    found = "kept for good" if kept_ms < 0 else f"kept for {_span(kept_ms)}"
    if kept_ms < 0 or kept_ms >= needed_ms:
        return _Judgement("ok", found)
    return _Judgement("warning", found, f"set retention.ms to {needed_ms} or more: what is late must still be there")


def _whole(config: Config) -> _Judgement:
    """Whether all of it is kept for that long."""
    policy = config.get("cleanup.policy", "delete")
    if "compact" not in policy:
        return _Judgement("ok", "")
    todo = (
        "set cleanup.policy=delete: compaction takes events away, and what is made anew of the rest is another figure"
    )
    return _Judgement("problem", "compacted", todo)


def _number(config: Config, names: Collection[str]) -> int | None:
    """The first of these that there is; a broker that has none of them bounds nothing."""
    return next((_integer(config[name]) for name in names if config.get(name)), None)


def _integer(text: str) -> int | None:
    """What a broker says in digits; None where it says something else."""
    try:
        return int(text)
    except ValueError:
        return None


def _span(ms: int) -> str:
    n, unit = in_one_unit(ms)
    return f"{n} {unit}"


async def watch(settings: Settings, rules: Rules) -> None:
    """Says in the log how topics are kept where that is not well: soon after the start, and when it has changed."""
    told: list[Judged] = []
    await asyncio.sleep(_FIRST_AFTER_S)
    while True:
        with suppress(KafkaError, OSError):  # whoever reads them says so
            for found in await look(settings, list(settings.topics.values()), rules):
                if found not in told and found.state != "ok":
                    say = log.info if found.state == "unknown" else log.warning
                    say(f"topic: {found.state}", topic=found.topic, found=found.found, todo=found.todo)
                told = [one for one in told if one.topic != found.topic] + [found]
        await asyncio.sleep(_LOOK_EVERY_S)
