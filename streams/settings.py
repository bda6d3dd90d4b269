"""Where things are and how this process runs, from the environment alone.

Every setting is `SVARTID_<NAME>`. NAIS' own names for Kafka and for a Valkey or Redis instance are read where ours
are not set. What a contact centre tunes (queues, targets, definitions) is in `config` instead.
"""

import json
import os
import re
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from aiokafka.conn import collect_hosts
from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode, SettingsConfigDict

from config import ConfigError, load_channels
from config.channels import ChannelTables
from streams.clock import Clock
from streams.web_settings import WebSettings, is_host

_DAY_S = 86_400.0
_KAFKAS_NAMES = re.compile(r"[A-Za-z0-9._-]{1,249}")
_NO_URL = re.compile(r"[^\s/@]+")

MAIN: Final = "main"  # the state of who sets no SVARTID_SHADOW
STATE_NAME: Final = "[a-z0-9][a-z0-9-]{0,39}"

Seconds = Annotated[float, Field(allow_inf_nan=False)]


def _kafkas_name(name: str) -> str:
    """What Kafka takes as the name of a topic or of a static member."""
    if not _KAFKAS_NAMES.fullmatch(name) or name in (".", ".."):
        raise ValueError(f"{name!r} is no name to Kafka: one has 1 to 249 letters, digits, dots, hyphens, underscores")
    return name


def _addresses(brokers: str) -> str:
    """One or more hosts with their ports, as Kafka's clients take them."""
    try:
        found = [(host, port) for host, port, _ in collect_hosts(brokers)]
    except ValueError:
        found = []
    if not found or not all(_NO_URL.fullmatch(host) and 0 < port < 65536 for host, port in found):
        raise ValueError("it is host:port; several are separated by commas")
    for host, _ in found:
        is_host(host)
    return brokers


def _folder(path: Path) -> Path:
    """What a file system can be asked for."""
    try:
        path.stat()
    except FileNotFoundError:
        return path
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be looked at: {getattr(error, 'strerror', None) or error}") from None
    return path


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object, of which no name is there twice: the last one would silently count."""
    if twice := [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
        raise PydanticCustomError("twice", "it names {names} twice", {"names": ", ".join(twice)})
    return dict(pairs)


KafkasName = Annotated[str, AfterValidator(_kafkas_name)]
Name = Annotated[str, Field(min_length=1, max_length=249, pattern=r"^\P{Cc}+$")]  # without control characters


def _either(name: str, *others: str) -> FieldInfo:
    field: FieldInfo = Field(validation_alias=AliasChoices(f"SVARTID_{name}", *others))
    return field


class Settings(WebSettings):
    """All of them, with defaults that suit a developer's machine: everything on loopback."""

    model_config = SettingsConfigDict(env_prefix="SVARTID_", extra="ignore", frozen=True)

    kafka_brokers: Annotated[str, AfterValidator(_addresses), _either("KAFKA_BROKERS", "KAFKA_BROKERS")] = (
        "localhost:9092"
    )
    kafka_ca_path: Annotated[Path | None, _either("KAFKA_CA_PATH", "KAFKA_CA_PATH")] = None
    kafka_certificate_path: Annotated[Path | None, _either("KAFKA_CERTIFICATE_PATH", "KAFKA_CERTIFICATE_PATH")] = None
    kafka_private_key_path: Annotated[Path | None, _either("KAFKA_PRIVATE_KEY_PATH", "KAFKA_PRIVATE_KEY_PATH")] = None
    config: Annotated[Path, AfterValidator(_folder)] | None = None  # a folder like the project's own `config`
    topics: Annotated[dict[str, KafkasName], NoDecode] = Field(None, validate_default=True)  # as `config` has them
    rejected_topic: KafkasName = "svartid.rejected.v1"
    checkpoint_topic: KafkasName = "svartid.checkpoints.v1"  # compacted: what Redis held, should Redis be lost
    consumer_group: Name = "svartid"
    group_instance_id: KafkasName | None = None  # a name that stays: started again, it has its partitions at once

    redis_url: SecretStr = SecretStr("redis://localhost:6379/0")  # rediss:// is with TLS, unix:// a file
    redis_ca_path: Path | None = None  # without it the machine's own authorities are trusted
    redis_certificate_path: Path | None = None
    redis_private_key_path: Path | None = None
    namespace: str = Field("svartid", pattern=r"^[A-Za-z0-9._-]+$", max_length=249)
    shadow: str | None = Field(None, pattern=f"^{STATE_NAME}$")  # a second state, kept beside `main`

    pseudonym_key: SecretStr = SecretStr("")  # keys the pseudonyms that stand for journeys in Redis
    queue_key: SecretStr = SecretStr("")  # keys the stand-ins of the source's queues; unless set, the one above
    pseudonym_key_other: SecretStr = SecretStr("")  # the key before, or the next, while it is changed
    clock: Annotated[Clock, NoDecode] = Clock()

    prometheus_url: SecretStr | None = None  # of the one that scrapes svartid: `svartid doctor` asks it for its rules
    host: Annotated[str, AfterValidator(is_host)] = Field("127.0.0.1", min_length=1)
    port: int = Field(8080, ge=0, le=65535)  # /metrics, /isalive, /isready; 0 picks a free one
    instance: Name = Field(default_factory=lambda: f"{os.uname().nodename}-{os.getpid()}")
    session_timeout_s: Seconds = Field(10.0, ge=6, le=1800)  # what brokers take, unless they are set up otherwise
    stall_timeout_s: Seconds = Field(60.0, ge=1, le=_DAY_S)  # no commit for this long with events to read: exit
    checkpoint_every_s: Seconds = Field(300.0, ge=0.5, le=_DAY_S)  # of each partition that moved
    publish_every_s: Seconds = Field(0.03, ge=0.01, le=1)  # at most this often: the small documents of what changed
    snapshot_every_s: Seconds = Field(0.5, ge=0.01, le=1)  # the whole, at most this often; older than 5 s it is stale
    log_format: str = Field("console", pattern="^(console|json)$")

    @property
    def state(self) -> str:
        """The name of the state that a worker keeps."""
        return self.shadow or MAIN

    @property
    def group(self) -> str:
        """The consumer group: each state reads the whole log."""
        return self.consumer_group if self.state == MAIN else f"{self.consumer_group}-{self.state}"

    @property
    def key(self) -> bytes:
        """What the pseudonyms are made with; empty where none is set."""
        return self.pseudonym_key.get_secret_value().encode()

    @property
    def keys(self) -> tuple[bytes, bytes, bytes]:
        """That, what the source's queues are told apart by (empty where it is the same), and the other one of
        pseudonyms (empty where there is none).
        """
        return (
            self.key,
            self.queue_key.get_secret_value().encode(),
            self.pseudonym_key_other.get_secret_value().encode(),
        )

    @property
    def pseudonym_keys(self) -> list[bytes]:
        """All that pseudonyms may be made with, ours first."""
        key, _, other = self.keys
        return [key, other] if other else [key]

    @field_validator("clock", mode="before")
    @classmethod
    def _parse_clock(cls, value: object) -> object:
        return Clock.parse(value) if isinstance(value, str) else value

    @field_validator("pseudonym_key", "queue_key", "pseudonym_key_other")
    @classmethod
    def _is_no_longer_than_blake2b_takes(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().encode()) > blake2b.MAX_KEY_SIZE:
            raise ValueError(f"a key has {blake2b.MAX_KEY_SIZE} bytes at most")
        return value

    @field_validator("pseudonym_key_other")
    @classmethod
    def _goes_with_the_others(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Else the queues' stand-ins would change with it, or be by a key that cannot be named afterwards."""
        if not value.get_secret_value():
            return value
        if lacking := [name for name in ("pseudonym_key", "queue_key") if not _is_set(info, name)]:
            names = " and ".join(f"SVARTID_{name.upper()}" for name in lacking)
            raise ValueError(
                f"it needs {names}, too. Queues are told apart by SVARTID_QUEUE_KEY, whatever the pseudonym key is: "
                "where it was never set, set it to the pseudonym key of before (deploy/OPERATIONS.md)"
            )
        if value == info.data.get("pseudonym_key"):
            raise ValueError("it is the same as SVARTID_PSEUDONYM_KEY: it is the key before, or the next one")
        return value

    @field_validator("topics", mode="before")
    @classmethod
    def _parse_topics(cls, value: object, info: ValidationInfo) -> object:
        if value is None:
            return (_channel_tables(info) or load_channels()).topics
        try:
            return json.loads(value, object_pairs_hook=_each_once) if isinstance(value, str) else value
        except (json.JSONDecodeError, RecursionError):
            raise ValueError('it is no JSON, like {"phone": "a.topic"}') from None

    @field_validator("topics")
    @classmethod
    def _each_channel_has_its_own(cls, topics: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        tables = _channel_tables(info)
        channels = topics if tables is None else tables.channels
        if not topics or topics.keys() - channels.keys():
            raise ValueError(f"it names the topic of each channel: {', '.join(channels)}, or some of them")
        if len(set(topics.values())) < len(topics):
            raise ValueError("two channels have the same topic: each needs one of its own")
        return topics

    @field_validator("rejected_topic", "checkpoint_topic")
    @classmethod
    def _is_no_other_topic(cls, name: str, info: ValidationInfo) -> str:
        others = {**info.data.get("topics", {}), "rejected records": info.data.get("rejected_topic")}
        for what, other in others.items():
            if name == other:
                raise ValueError(f"{name} is the topic of {what}: this needs one of its own")
        return name

    @field_validator("prometheus_url")
    @classmethod
    def _is_of_the_web(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it is http:// or https:// with a host")
        return SecretStr(url.get_secret_value().rstrip("/"))

    @field_validator("redis_url", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        return value or "redis://localhost:6379/0"


def _is_set(info: ValidationInfo, key: str) -> bool:
    """Whether a secret is; one that is wrong is told of by itself."""
    return key not in info.data or bool(info.data[key].get_secret_value())


def _channel_tables(info: ValidationInfo) -> ChannelTables | None:
    """The channels of the folder; None of one that cannot be read, as whoever reads all of it tells."""
    try:
        return load_channels(info.data.get("config"))
    except ConfigError:
        return None


def load(config: Path | None = None) -> Settings:
    """The settings of this environment, for the configuration of a folder if it is given.

    Raises pydantic's ValidationError, which names the variable.
    """
    settings = Settings() if config is None else Settings(config=config)  # type: ignore[call-arg]  # it gives the rest
    if "SVARTID_REDIS_URL" not in os.environ and (url := _nais_redis_url()):
        settings = settings.model_copy(update={"redis_url": SecretStr(url)})
    return settings


def _nais_redis_url() -> str | None:
    """NAIS gives VALKEY_URI_<INSTANCE> with VALKEY_USERNAME_… and VALKEY_PASSWORD_…; REDIS_… likewise."""
    for kind in ("VALKEY", "REDIS"):
        for name, url in sorted(os.environ.items()):
            if name.startswith(f"{kind}_URI_"):
                return _with_login(url, kind, name.removeprefix(f"{kind}_URI_"))
    return None


def _with_login(url: str, kind: str, instance: str) -> str:
    user = quote(os.environ.get(f"{kind}_USERNAME_{instance}", ""), safe="")
    password = quote(os.environ.get(f"{kind}_PASSWORD_{instance}", ""), safe="")
    scheme, _, rest = url.partition("://")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    if not password or "@" in rest:
        return f"{scheme}://{rest}"
    return f"{scheme}://{user}:{password}@{rest}"
