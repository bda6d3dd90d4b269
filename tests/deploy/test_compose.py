"""What the compose file starts, without containers: its commands and its environment, on a real Kafka and Valkey.

Only what a container gives is replaced: the names of hosts, the ports, and what two tests may not share.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

import config
from streams.kafka import CHECKPOINT_TOPIC_CONFIG
from streams.local import create_topics
from streams.local.ports import HOST, free_ports
from streams.local.process import Part
from streams.local.valkey import find_server
from streams.settings import Settings
from tests import forked
from tests.conftest import Installations
from tests.deploy.manifests import compose
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

FROM_OUTSIDE = {
    "IMAGE_REGISTRY": "registry.example.org",
    "IMAGE_TAG": "1",
    "SVARTID_PSEUDONYM_KEY": "a test's key",
    "SVARTID_WEB_TOKEN": "a-token-of-a-test",
    "GRAFANA_PASSWORD": "a test's password",
}
SERVICES = compose()["services"]


def interpolated(text: str) -> str:
    """As compose does it. Fails where a variable is not known."""
    return re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", lambda found: FROM_OUTSIDE[found[1]], text)


def environment(service: str) -> dict[str, str]:
    """What a service is given."""
    return {name: interpolated(value) for name, value in SERVICES[service]["environment"].items()}


def made_topics() -> dict[str, tuple[int, dict[str, str]]]:
    """Each topic that the compose file makes: its partitions and its configuration."""
    found = {}
    (script,) = SERVICES["topics"]["command"]
    for line in script.splitlines():
        words = shlex.split(line)
        if words[0] == "make":
            options: dict[str, list[str]] = {}
            for name, value in zip(words[1::2], words[2::2], strict=True):
                options.setdefault(name, []).append(value)
            settings = dict(one.split("=", 1) for one in options.get("--config", ()))
            found[options["--topic"][0]] = (int(options["--partitions"][0]), settings)
    return found


class AsComposed(Part):
    """The compose file's Valkey, on loopback and in a folder of its own."""

    name = "Valkey"

    def command(self) -> list[str]:
        """As it is there; where it listens and writes is ours."""
        program, *words = SERVICES["valkey"]["command"]
        assert program == "valkey-server"
        return [str(find_server()), *words, "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder)]

    def answers(self) -> bool:
        """Whether it does."""
        try:
            with redis.Redis(HOST, self.port) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def started_valkey(folder: Path, port: int) -> Iterator[None]:
    """It, for a block."""
    valkey = AsComposed(folder, port)
    valkey.start()
    try:
        valkey.wait_ready()
        yield
    finally:
        valkey.stop()


def test_topics_are_those_that_are_read() -> None:
    made = made_topics()
    checkpoints = Settings.model_fields["checkpoint_topic"].default
    rejected = Settings.model_fields["rejected_topic"].default
    assert set(made) == {*config.load_channels().topics.values(), checkpoints, rejected}
    assert made[checkpoints] == (1, dict(CHECKPOINT_TOPIC_CONFIG))
    assert made[rejected][0] == 1


def test_every_variable_from_outside_is_asked_for() -> None:
    """With `:?`, so that nothing starts without it."""
    text = json.dumps(compose())
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(FROM_OUTSIDE)
    assert re.findall(r"(?<!\$)\$\{\w+\}", text) == []


@pytest.mark.real
def test_the_services_start_and_end_as_they_are_written(installations: Installations, tmp_path: Path) -> None:
    made = made_topics()
    channels = config.load_channels().topics
    installation = installations({channel: made[topic][0] for channel, topic in channels.items()})
    create_topics(  # Kafka takes what is configured there
        installation.brokers,
        {f"{installation.name}-{topic}": partitions for topic, (partitions, _) in made.items()},
        configs={f"{installation.name}-{topic}": settings for topic, (_, settings) in made.items()},
    )
    (port,) = free_ports(1)
    ours = {name: installation.env[name] for name in ("SVARTID_NAMESPACE", "SVARTID_CONSUMER_GROUP", "SVARTID_TOPICS")}
    ours |= {name: installation.env[name] for name in ("SVARTID_REJECTED_TOPIC", "SVARTID_CHECKPOINT_TOPIC")}

    def started(service: str) -> Worker:
        """Its command with its environment; names of hosts and ports are this machine's."""
        (entry,) = SERVICES[service]["entrypoint"]
        assert entry == "svartid"
        (command,) = SERVICES[service]["command"]
        hosts = {"kafka:9092": installation.brokers, "valkey:6379": f"{HOST}:{port}"}
        env = _with(environment(service), hosts)
        env |= {name: "0" for name in env if name in ("SVARTID_PORT", "SVARTID_WEB_PORT")}
        env |= {name: HOST for name in env if name in ("SVARTID_HOST", "SVARTID_WEB_HOST")}
        return Worker(tmp_path / f"{service}.log", {**forked.without_settings(), **env, **ours}, command=command)

    with started_valkey(tmp_path / "valkey", port):
        worker, web = started("worker"), started("web")
        try:
            for one in (worker, web):
                eventually(one.is_ready, partial("it is ready; it said\n{0.said}".format, one), 60)
            for name, one in (("worker", worker), ("web", web)):
                one.terminate()
                assert one.wait(float(SERVICES[name]["stop_grace_period"].removesuffix("s"))) == 0, one.said
            with redis.Redis(HOST, port) as client:
                told: dict[str, Any] = client.config_get("maxmemory-policy")
                assert told == {"maxmemory-policy": "noeviction"}
        finally:
            for one in (worker, web):
                if one.process.poll() is None:
                    one.kill()


def _with(env: Mapping[str, str], hosts: Mapping[str, str]) -> dict[str, str]:
    """The environment with other hosts; each that compose names has to be one of its services."""
    replaced = dict(env)
    for name in env:
        for host, other in hosts.items():
            assert host.split(":")[0] in SERVICES
            replaced[name] = replaced[name].replace(host, other)
    return replaced
