"""What tests of every part may ask for."""

import logging
import os
import signal
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from streams.keys import Keys
from streams.local import LocalParts
from tests import forked
from tests.ingest.installation import PARTITIONS, Installation
from tests.shared_parts import SharedParts

# How long an example takes says nothing of what is right, and on a busy machine as little of anything else.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

pytest_plugins = ["tests.faults.plugin", "tests.processes"]
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # hundreds of lines a second where a test takes Kafka away

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background, and every child would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as under `nohup`: a child inherits that, and no handler
    signal.signal(signal.SIGHUP, lambda *_: None)

# A test's broker lives for minutes, in which what the JVM's second compiler costs is never earned back.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


def pytest_sessionstart() -> None:
    """From here on svartid is forked where that can be."""
    forked.begin(os.environ)


def pytest_unconfigure() -> None:
    """What it is forked from is waited for, so that what it cost is counted with the rest."""
    forked.end()
    SHARED.close()


SHARED = SharedParts()


class Installations(Protocol):
    """Makes an installation, with so many partitions to a channel."""

    def __call__(self, partitions: Mapping[str, int] = PARTITIONS) -> Installation: ...


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def local_parts(run_folder: Path) -> LocalParts:
    """A real Kafka and a real Valkey for the whole run. Each test takes topics, a namespace and a group of its own."""
    return SHARED.need(run_folder)


@pytest.fixture
def keys() -> Keys:
    """Those of a namespace that is this test's own."""
    return Keys(f"test-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def installations(local_parts: LocalParts, tmp_path: Path) -> Iterator[Installations]:
    """Makes installations: each with its own topics, namespace and group; their workers end with the test."""
    made: list[Installation] = []

    def make(partitions: Mapping[str, int] = PARTITIONS) -> Installation:
        made.append(Installation(local_parts, f"test-{uuid.uuid4().hex[:8]}", tmp_path, partitions))
        return made[-1]

    yield make
    for installation in made:
        installation.close()


@pytest.fixture
def installation(installations: Installations) -> Installation:
    """One of them."""
    return installations()
