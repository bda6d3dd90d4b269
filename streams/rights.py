"""What Kafka lets this user do, as its brokers say, and in a sentence what it lacks.

Clients are no help here: without a right on a topic Faust's passes over the topic, and without one on its group it
waits for good. So the brokers are asked, which answer by the authorizer that decides: nothing is tried. What is asked
for here is what `deploy/kafka/acls.txt` has for whoever gives rights. May import: settings, kafka, aiokafka.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    KafkaError,
    NodeNotReadyError,
    NotCoordinatorForGroupError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from streams.clients import PromptClient, answered
from streams.kafka import connection
from streams.settings import Settings

TODO: Final = "Give it what deploy/kafka/acls.txt has for it"
ANSWER_S: Final = 10.0
_AGAIN_S = 0.1
_CODES = {"Read": 3, "Write": 4, "DescribeConfigs": 10}  # Kafka's, of operations: each is a bit of what is answered
_NOT_TOLD = -(2**31)


class Right(NamedTuple):
    """What a user may do, with what."""

    operation: Literal["Read", "Write", "DescribeConfigs"]
    kind: Literal["topic", "group"]
    name: str


class NoRight(Exception):
    """Kafka does not let this user do what it has to do. The text is a sentence for people."""

    def __init__(self, lacking: Sequence[Right]) -> None:
        super().__init__(f"{in_words(lacking)}. {TODO}")
        self.lacking = lacking


def in_words(rights: Sequence[Right]) -> str:
    """A sentence without its full stop."""
    by_what = groupby(rights, attrgetter("kind", "name"))
    listed = [f"{' and '.join(right.operation for right in of)} on the {kind} {name}" for (kind, name), of in by_what]
    return f"Kafka does not give this user the right to {', '.join(listed)}"


def of_worker(settings: Settings) -> list[Right]:
    """All that a worker and the commands need, but for those that send events."""
    return [
        *(Right("Read", "topic", topic) for topic in settings.topics.values()),
        Right("Read", "group", settings.group),
        Right("Write", "topic", settings.rejected_topic),
        Right("Read", "topic", settings.checkpoint_topic),
        Right("Write", "topic", settings.checkpoint_topic),
    ]


def of_sender(settings: Settings) -> list[Right]:
    """All that is needed to send events of these channels."""
    return [Right("Write", "topic", topic) for topic in settings.topics.values()]


async def check(settings: Settings, needed: Collection[Right]) -> None:
    """Raises NoRight where one is lacking, and KafkaError where no broker can be reached."""
    if missing := await lacking(settings, needed):
        raise NoRight(missing)


async def trouble(settings: Settings) -> str | None:
    """What a worker's user lacks, in a sentence; None where it lacks nothing, or no broker says."""
    with suppress(KafkaError, OSError):
        if missing := await lacking(settings, of_worker(settings)):
            return str(NoRight(missing))
    return None


async def lacking(settings: Settings, needed: Collection[Right]) -> list[Right]:
    """Those that the user has not. What no broker tells in time is not lacking. Raises KafkaError."""
    client = PromptClient(AIOKafkaClient(**connection(settings)))
    missing: list[Right] = []
    try:
        with suppress(TimeoutError, NotImplementedError):  # none of these: a broker older than the question
            async with asyncio.timeout(ANSWER_S):
                await client.bootstrap()
                missing += await _lacking_topics(client, [right for right in needed if right.kind == "topic"])
                for right in needed:
                    if right.kind == "group" and not _has(await _allowed_of_group(client, right.name), right):
                        missing.append(right)
    finally:
        await client.close()
    return [right for right in needed if right in missing]


async def _lacking_topics(client: PromptClient, needed: Sequence[Right]) -> list[Right]:
    if not needed:
        return []
    question = _AskTopics({right.name for right in needed})
    answer = await answered(lambda: client.send(client.get_random_node(), question))
    allowed = {
        topic["topic"]: 0 if topic["error_code"] == TopicAuthorizationFailedError.errno else topic["allowed"]
        for topic in answer.to_object()["topics"]
    }
    return [right for right in needed if not _has(allowed[right.name], right)]


async def _allowed_of_group(client: PromptClient, group: str) -> int:
    """Asked of its coordinator, which in a new cluster has to be made first. Any broker says who that is."""
    while True:
        with suppress(GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, NodeNotReadyError):
            try:
                node = await client.coordinator_lookup(CoordinationType.GROUP, group)
            except GroupAuthorizationFailedError:
                return 0
            if await client.ready(node, group=ConnectionGroup.COORDINATION):
                return await _ask_group(client, node, group)
        await asyncio.sleep(_AGAIN_S)


async def _ask_group(client: PromptClient, node: int, group: str) -> int:
    answer = await client.send(node, _AskGroup(group), group=ConnectionGroup.COORDINATION)
    (found,) = answer.to_object()["groups"]
    match found["error_code"]:
        case GroupAuthorizationFailedError.errno:
            return 0
        case GroupCoordinatorNotAvailableError.errno | NotCoordinatorForGroupError.errno:
            raise NotCoordinatorForGroupError
    return int(found["authorized_operations"])


def _has(allowed: int, right: Right) -> bool:
    return allowed == _NOT_TOLD or bool(allowed >> _CODES[right.operation] & 1)


# The client knows these questions in versions that do not ask for rights, or that do not read the answer.


class _Topics(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8")))),
        ("cluster", String("utf-8")),
        ("controller", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("allowed", Int32),
            ),
        ),
        ("allowed_on_cluster", Int32),
    )


class _TopicsQuestion(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _Topics
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class _AskTopics(Request[_TopicsQuestion]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = sorted(topics)

    def build(self, question: type[_TopicsQuestion]) -> _TopicsQuestion:
        return question(self._topics, False, False, True)


class _GroupQuestion(DescribeGroupsRequest_v3):  # type: ignore[misc]
    RESPONSE_TYPE = DescribeGroupsResponse_v3


class _AskGroup(Request[_GroupQuestion]):  # type: ignore[misc]
    API_KEY = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, question: type[_GroupQuestion]) -> _GroupQuestion:
        return question([self._group], True)
