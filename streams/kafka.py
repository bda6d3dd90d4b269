"""How Kafka is reached: brokers and TLS, from the settings. May import: clients, settings, tls, aiokafka."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import ClassVar, Final, TypedDict

from aiokafka.conn import collect_hosts

from streams.clients import Consumer
from streams.settings import Settings
from streams.tls import BadConnectionSetting, context, why

_SEGMENT_BYTES: Final = 128 * 2**20
CHECKPOINT_TOPIC_CONFIG: Final = {  # one partition; what `streams.ingest.checkpoints` needs of its topic
    "cleanup.policy": "compact",
    "segment.bytes": str(_SEGMENT_BYTES),
    "segment.ms": "3600000",  # what is in the newest segment is not compacted
    "min.cleanable.dirty.ratio": "0.1",
}

_ANSWERS_WITHIN_S = 5.0
# The two questions that every client asks first, each behind its size: which requests do you know (ApiVersions,
# version 0), and who is in your cluster (Metadata of no topic, version 4, of which none is to be made)?
_WHICH_REQUESTS = struct.pack(">ihhih", 10, 18, 0, 1, 0)
_WHICH_BROKERS = struct.pack(">ihhihi?", 15, 3, 4, 2, -1, 0, False)
_UP_TO_BROKERS = struct.Struct(">iiii")  # an answer's size, the question's number, how long to wait, how many brokers


class Connection(TypedDict):
    """How a cluster is reached, as aiokafka's clients take it."""

    bootstrap_servers: str
    security_protocol: str
    ssl_context: ssl.SSLContext | None


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS as the settings say; None where no CA is named (a broker on loopback). Raises BadConnectionSetting."""
    ca, certificate, key = settings.kafka_ca_path, settings.kafka_certificate_path, settings.kafka_private_key_path
    if ca is not None:
        return context("KAFKA", ca, certificate, key)
    if certificate or key:
        raise BadConnectionSetting(
            "a certificate for Kafka is set, but SVARTID_KAFKA_CA_PATH is not: nothing would be encrypted. Set it too"
        )
    return None


def connection(settings: Settings) -> Connection:
    """The arguments that every aiokafka client needs to reach the cluster. Raises BadConnectionSetting."""
    tls = ssl_context(settings)
    return {
        "bootstrap_servers": settings.kafka_brokers,
        "security_protocol": "PLAINTEXT" if tls is None else "SSL",
        "ssl_context": tls,
    }


def created_by(brokers: str, topic: str, config: Mapping[str, str] = MappingProxyType({})) -> str:
    """The command by which a person makes a topic of one partition."""
    made = f"kafka-topics.sh --bootstrap-server {brokers} --create --topic {topic} --partitions 1"
    return " ".join([made, *(f"--config {name}={value}" for name, value in config.items())])


@asynccontextmanager
async def consumer(settings: Settings, **options: object) -> AsyncIterator[Consumer]:
    """One of no group, for as long as the block lasts: its partitions are assigned by hand, and it commits nothing.

    What a transaction took back never happened, and a log ends before the first that is still open.

    Raises KafkaError, BadConnectionSetting; what is read of it also UnreadableBatch.
    """
    made = Consumer(
        **connection(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **{"isolation_level": "read_committed"} | options,
    )
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


class Mute(str):
    """A trouble of brokers of which none answers, and one does not even refuse: a process that is frozen, or a network
    that loses what is sent. Clients wait long for such, and say nothing.
    """

    todo: ClassVar[str] = (
        "Its process may be stopped, or have too much to do: look at its log, start it again, or set "
        "SVARTID_KAFKA_BROKERS to one that answers"
    )


class Alone(Mute):
    """That of a broker that knows of no broker, itself included: its controllers are gone, or do not hear it. Clients
    take that for a cluster with nothing in it yet, and wait just as long.
    """

    todo: ClassVar[str] = (
        "Its controllers may be stopped, too few, or out of its reach: look at their logs and the broker's, or set "
        "SVARTID_KAFKA_BROKERS to a broker of a cluster that is whole"
    )


async def trouble(settings: Settings) -> str | None:
    """Why no broker can be reached, in a sentence; None where one can. Raises BadConnectionSetting."""
    asking, told = _asking(settings, _ANSWERS_WITHIN_S), ""
    try:
        for answer in asyncio.as_completed(asking):
            if (found := await answer) is None:
                return None
            told = told if isinstance(told, Mute) else found
    finally:
        for task in asking:
            task.cancel()
    return told


async def troubles(settings: Settings, within_s: float = _ANSWERS_WITHIN_S) -> list[str | None]:
    """Of each broker that is named why it cannot be reached; None of one that answers within so many seconds.

    Raises BadConnectionSetting.
    """
    return await asyncio.gather(*_asking(settings, within_s))


def _asking(settings: Settings, within_s: float) -> list[asyncio.Task[str | None]]:
    tls = ssl_context(settings)
    hosts = collect_hosts(settings.kafka_brokers, randomize=False)
    return [asyncio.create_task(_trouble_of(host, port, tls, within_s)) for host, port, _ in hosts]


async def _trouble_of(host: str, port: int, tls: ssl.SSLContext | None, within_s: float) -> str | None:
    """Why this one cannot be reached; None once it has begun to answer: only then has it taken our certificate."""
    where, does = f"cannot reach Kafka at {host}:{port}", "does not answer"
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            does = "takes connections and does not answer"
            try:
                writer.write(_WHICH_REQUESTS + _WHICH_BROKERS)
                # Its size and our number: more than the alert of a server that wants TLS.
                size, _ = struct.unpack(">ii", await reader.readexactly(8))
                await reader.readexactly(size - 4)
                *_, brokers = _UP_TO_BROKERS.unpack(await reader.readexactly(_UP_TO_BROKERS.size))
            finally:
                writer.close()
    except TimeoutError:
        return Mute(f"{where}: it {does}")
    except (OSError, asyncio.IncompleteReadError) as error:
        return f"{where}: {why(error, 'KAFKA')}"
    return None if brokers else Alone(f"{where}: it answers, and knows of no broker in its cluster")
