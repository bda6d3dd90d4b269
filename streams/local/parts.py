"""Kafka and Valkey together, with the project's topics. Imports settings, kafka and this package."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.kafka import CHECKPOINT_TOPIC_CONFIG
from streams.local.cache import sole_use
from streams.local.errors import LocalPartsError
from streams.local.jars import Progress
from streams.local.java import Choice
from streams.local.kafka import Kafka
from streams.local.kit import prepare
from streams.local.ports import free_ports
from streams.local.process import Part
from streams.local.topics import create_topics
from streams.local.valkey import Valkey
from streams.settings import load

PARTITIONS = 6


def _silent(_: str) -> None:
    return


class LocalParts:
    """Both, from `start` to `stop` or for a `with` block. Files go to `data` and stay, or to a folder that goes."""

    def __init__(
        self,
        data: Path | None = None,
        *,
        partitions: int = PARTITIONS,
        java: Choice | None = None,
        append_only: bool = True,
        on_progress: Progress = _silent,
    ) -> None:
        self.data = data
        self.partitions = partitions
        self.java = java
        self.append_only = append_only
        self.on_progress = on_progress
        self.folder: Path
        self.kafka: Kafka
        self.valkey: Valkey
        self._undo = ExitStack()

    @property
    def kafka_brokers(self) -> str:
        """For `SVARTID_KAFKA_BROKERS` and any Kafka client."""
        return self.kafka.address

    @property
    def redis_url(self) -> str:
        """For `SVARTID_REDIS_URL` and any Redis client."""
        return self.valkey.url

    @property
    def parts(self) -> list[Part]:
        """Both."""
        return [self.kafka, self.valkey]

    def env(self) -> dict[str, str]:
        """What a svartid process needs in its environment to find them."""
        return {"SVARTID_KAFKA_BROKERS": self.kafka_brokers, "SVARTID_REDIS_URL": self.redis_url}

    def check(self) -> None:
        """Raises if one of them has ended."""
        for part in self.parts:
            part.check()

    def start(self) -> Self:
        """Starts both at the same time and makes the topics; what was started is ended again if anything fails."""
        with _named_files(), ExitStack() as undo:
            kit = prepare(self.java, self.on_progress)
            folder = self.folder = undo.enter_context(_folder(self.data))
            kafka_port, controller_port, valkey_port = free_ports(3)
            self.kafka = Kafka(folder / "kafka", kafka_port, kit, controller_port)
            self.valkey = Valkey(folder / "valkey", valkey_port, append_only=self.append_only)
            self.on_progress("Starting Kafka and Valkey")
            for part in self.parts:
                undo.callback(part.kill if self.data is None else part.stop)  # what goes needs no tidy end
                part.launch()
            for part in self.parts:
                part.wait_ready()
            checkpoints = load().checkpoint_topic
            topics = self._topics() | {checkpoints: 1}
            create_topics(self.kafka_brokers, topics, configs={checkpoints: CHECKPOINT_TOPIC_CONFIG})
            self._undo = undo.pop_all()
        return self

    def stop(self) -> None:
        """Ends both; removes their files unless they were given a folder."""
        self._undo.close()

    def _topics(self) -> dict[str, int]:
        settings = load()
        return dict.fromkeys(settings.topics.values(), self.partitions) | {settings.rejected_topic: 1}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def _named_files() -> Iterator[None]:
    """What the file system refuses is named, whichever file it is of."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        raise LocalPartsError(
            f"{error.filename} cannot be used: {error.strerror}. Set SVARTID_CACHE to another folder, or give `svartid "
            "local` another --data."
        ) from None


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder that was given, kept and ours alone; else a new one that goes when the parts have ended."""
    if data is None:
        with tempfile.TemporaryDirectory(prefix="svartid-", ignore_cleanup_errors=True) as name:
            yield Path(name)
    else:
        with sole_use(data.absolute(), wait=False):
            yield data.absolute()
