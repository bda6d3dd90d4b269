"""A Kafka broker that is its own controller, on loopback, set up to start fast and to forget nothing.

How it differs from a broker in production: one node (so one replica of everything), few threads and few
partitions of its internal topics, a small heap, no TLS. What clients can see, such as topics that must be
created, is kept as in production. Imports this package.
"""

import os
import shutil
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from streams.local.java import Java
from streams.local.ports import HOST, free_ports
from streams.local.process import Part

NODE = 1
LONG_MAX = 2**63 - 1
MAX_MESSAGE_BYTES = 16 * 2**20
PROBE_TIMEOUT_S = 1.0
NO_MORE: Mapping[str, object] = MappingProxyType({})

SETTINGS: dict[str, object] = {
    "process.roles": "broker,controller",
    "node.id": NODE,
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENTS",
    "controller.listener.names": "CONTROLLER",
    # What the project relies on: replays of old events, events ahead of the machine's clock, big batches.
    "auto.create.topics.enable": "false",
    "log.retention.ms": -1,
    "log.message.timestamp.after.max.ms": LONG_MAX,
    "message.max.bytes": MAX_MESSAGE_BYTES,
    "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
    "group.initial.rebalance.delay.ms": 0,
    # One node has one replica; a few partitions of each internal topic are quicker to make than fifty.
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    # A broker that was killed may come back only when its old session has run out: Kafka's 9 s made shorter,
    # yet long enough for a busy machine.
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 400,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "log.cleaner.dedupe.buffer.size": 8 * 2**20,
}

LOGGING = """\
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
logger.settings.name=org.apache.kafka.common.config
logger.settings.level=warn
"""

# Same for all runs of one machine: the class archive fits only the JVM settings that it was made with.
JVM = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseG1GC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
)


@dataclass(frozen=True)
class Kit:
    """What every broker of this machine shares; `streams.local.kit` makes it."""

    java: Java
    jars: list[Path]
    formatted: Path  # the two files of a freshly formatted, empty storage folder
    fast_start: tuple[str, ...] = ()  # the JVM's options for its archive of loaded classes

    def run(self, folder: Path, main_class: str, *arguments: str) -> list[str]:
        """The command line of one of Kafka's programs, with its scratch files and logging set up in `folder`."""
        scratch = folder / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        logging = folder / "log4j2.properties"
        logging.write_text(LOGGING)
        where = (f"-Djava.io.tmpdir={scratch}", f"-Dlog4j2.configurationFile={logging}")
        jars = os.pathsep.join(map(str, self.jars))
        return [str(self.java.program), *JVM, *self.fast_start, *where, "-cp", jars, main_class, *arguments]


class Kafka(Part):
    """One broker; its topics survive a restart, and a kill."""

    name = "Kafka"

    def __init__(
        self,
        folder: Path,
        port: int,
        kit: Kit,
        controller_port: int | None = None,
        *,
        settings: Mapping[str, object] = NO_MORE,
    ) -> None:
        super().__init__(folder, port)
        self.settings = settings
        self.kit = kit
        self.controller_port = controller_port or free_ports(1)[0]

    def command(self) -> list[str]:
        """Formats the storage if it is new, writes the configuration, names the program."""
        storage = self.folder / "data"
        if not (storage / "meta.properties").exists():
            shutil.copytree(self.kit.formatted, storage, dirs_exist_ok=True)
        properties = write_properties(self.folder, self.port, self.controller_port, more=self.settings)
        return self.kit.run(self.folder, "kafka.Kafka", str(properties))

    def answers(self) -> bool:
        """Whether it answers the question that every client asks first: which requests it knows."""
        client_id = b"svartid"
        question = struct.pack(">hhih", 18, 0, 1, len(client_id)) + client_id  # ApiVersions, version 0, request 1
        try:
            with socket.create_connection((HOST, self.port), PROBE_TIMEOUT_S) as connection:
                connection.sendall(struct.pack(">i", len(question)) + question)
                answer = connection.recv(10)  # size, request, error code
        except OSError:
            return False
        return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


def write_properties(folder: Path, port: int, controller_port: int, *, more: Mapping[str, object] = NO_MORE) -> Path:
    """`server.properties` in `folder`, for these two ports; `more` adds to our settings, or replaces them."""
    settings = {
        **SETTINGS,
        "listeners": f"CLIENTS://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "controller.quorum.voters": f"{NODE}@{HOST}:{controller_port}",
        "log.dirs": folder / "data",
        **more,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return path
