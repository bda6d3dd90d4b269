"""What a worker cannot do it says in one sentence, with an exit code that means something, and soon."""

import sys
from pathlib import Path

import pytest

import config
from streams.local.ports import free_ports
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.workers import Worker

pytestmark = pytest.mark.real

SOON_S = 45.0


def last_sentence(worker: Worker) -> str:
    """What it said last; the console may have broken it into several lines."""
    return " ".join(worker.said[worker.said.rindex("svartid: ") :].split())


def test_figures_made_by_other_definitions_are_not_mixed(installation: Installation) -> None:
    installation.send(generate(6, 300).records)
    installation.drain()
    before = installation.totals(), installation.epochs()
    worker = installation.start(SVARTID_CONFIG=str(Path(config.__file__).parent / "bank"))
    assert worker.wait(SOON_S) == 1, worker.said
    said = last_sentence(worker)
    assert "in Redis were made by other definitions (horizon, promises, time zone or a key)" in said
    assert "or set SVARTID_NAMESPACE to a new name" in said
    assert (installation.totals(), installation.epochs()) == before


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("worker --drain", "Redis"),  # any other worker waits
        ("worker --drain", "Kafka"),
        ("verify", "Kafka"),
    ],
)
@pytest.mark.fault(9)
def test_what_cannot_be_reached_is_told(installation: Installation, command: str, what: str) -> None:
    port = free_ports(1)[0]
    where = {"Redis": ("REDIS_URL", f"redis://127.0.0.1:{port}/0"), "Kafka": ("KAFKA_BROKERS", f"127.0.0.1:{port}")}
    setting, nowhere = where[what]
    installation.drain()  # so that there is something to verify
    name, *arguments = command.split()
    worker = installation.start(*arguments, command=name, **{f"SVARTID_{setting}": nowhere})
    assert worker.wait(SOON_S) == 3, worker.said
    assert "cannot reach" in last_sentence(worker)
    assert "Traceback" not in worker.said


@pytest.mark.fault(33)
def test_what_cannot_be_listened_on_and_a_folder_that_is_none_are_told(
    installation: Installation, tmp_path: Path
) -> None:
    elsewhere = installation.start(SVARTID_HOST="192.0.2.1")  # of nobody: RFC 5737
    assert elsewhere.wait(SOON_S) == 2, elsewhere.said
    assert "Set SVARTID_HOST to an address of this machine" in last_sentence(elsewhere)
    nowhere = installation.start(SVARTID_CONFIG=str(tmp_path / "none"))
    assert nowhere.wait(SOON_S) == 2, nowhere.said
    assert "SVARTID_CONFIG is" in last_sentence(nowhere)


ANOTHER_BROKER = """
import sys
import streams.cli.worker as command

load = command.load
command.load = lambda config: load(config).model_copy(update={"session_timeout_s": 5.0})
sys.argv = ["svartid", "worker"]
from streams.cli import main
main()
"""


@pytest.mark.fault(33)
def test_a_session_timeout_that_the_broker_does_not_take(installation: Installation) -> None:
    """The settings take what brokers take by themselves; here it is as with one whose least is higher."""
    program = [sys.executable, "-c", ANOTHER_BROKER]
    worker = installation.start(program=program)
    assert worker.wait(SOON_S) == 2, worker.said
    assert "takes no session timeout of 5 s. Set SVARTID_SESSION_TIMEOUT_S" in last_sentence(worker)
    assert "Traceback" not in worker.said
