"""Topics made through Kafka's own admin protocol. Imports aiokafka and this package's errors."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError, NoError, TopicAlreadyExistsError, for_code

from streams.local.errors import LocalPartsError

READY_DEADLINE_S = 15.0
POLL_S = 0.02


class Made(Protocol):
    """Kafka's answer to who would have topics made: of each its name, an error's code and a text."""

    topic_errors: list[tuple[str, int, str]]


def create_topics(
    brokers: str,
    topics: dict[str, int],
    config: dict[str, str] | None = None,
    configs: Mapping[str, dict[str, str]] | None = None,
) -> None:
    """Makes each topic with its number of partitions and returns when every partition has a leader.

    `configs` are single topics' own, instead of `config`. A topic that is there already, with as many partitions, is
    left as it is.
    """
    settings = {name: (configs or {}).get(name, config) for name in topics}
    # On a thread of its own, so that callers inside a running event loop may call it too.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _create_topics(brokers, topics, settings)).result()


async def _create_topics(brokers: str, topics: dict[str, int], configs: Mapping[str, dict[str, str] | None]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    try:
        await admin.start()
        await until_whole(admin)
        wanted = [NewTopic(name, partitions, 1, topic_configs=configs[name]) for name, partitions in topics.items()]
        _check(await admin.create_topics(wanted))
        await _until_led(admin, topics)
    except KafkaConnectionError as error:
        raise LocalPartsError(f"Kafka does not answer on {brokers}: is it running? ({error})") from error
    finally:
        await admin.close()


async def until_whole(admin: AIOKafkaAdminClient) -> None:
    """Returns when the cluster knows of a broker: one that was frozen is left out of it until it is heard of again, and
    aiokafka's requests to the controller then end in an AttributeError.

    Raises LocalPartsError after `READY_DEADLINE_S`.
    """
    deadline = time.monotonic() + READY_DEADLINE_S
    while time.monotonic() < deadline:
        with suppress(NodeNotReadyError):
            if (await admin.describe_cluster())["brokers"]:
                return
        await asyncio.sleep(POLL_S)
    raise LocalPartsError(f"Kafka answers, and knows of no broker within {READY_DEADLINE_S:.0f} s: look at its log.")


def _check(response: Made) -> None:
    for name, code, *text in response.topic_errors:
        if for_code(code) not in (NoError, TopicAlreadyExistsError):
            raise LocalPartsError(f"Kafka did not make the topic {name}: {for_code(code).__name__} {text}")


async def _until_led(admin: AIOKafkaAdminClient, topics: dict[str, int]) -> None:
    deadline = time.monotonic() + READY_DEADLINE_S
    while True:
        found = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics(list(topics))}
        missing = [name for name in topics if not _is_led(found.get(name, []))]
        if not missing:
            return _same_size(topics, {name: len(partitions) for name, partitions in found.items()})
        if time.monotonic() > deadline:
            raise LocalPartsError(f"No leader within {READY_DEADLINE_S:.0f} s for the topics {', '.join(missing)}.")
        await asyncio.sleep(POLL_S)


def _is_led(partitions: list[dict[str, int]]) -> bool:
    return bool(partitions) and all(partition["leader"] >= 0 for partition in partitions)


def _same_size(wanted: dict[str, int], found: dict[str, int]) -> None:
    for name, partitions in wanted.items():
        if found[name] != partitions:
            raise LocalPartsError(
                f"The topic {name} has {found[name]} partitions already, not {partitions}: "
                "ask for as many as it has, or choose another data folder."
            )
