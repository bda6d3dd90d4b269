"""The API against its own OpenAPI document: a client that is generated from it, and a tool that tries to break it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import redis

from streams.clock import Clock
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.scorecard_document import Scorecard
from streams.web import openapi
from streams.web.examples import EXAMPLES, PROBLEMS
from tests.events import START_MS, visit
from tests.web.served import Publishing, Web, serving

TOOLS = Path(__file__).parents[2] / ".venv-api" / "bin"
with_tools = pytest.mark.skipif(
    not (TOOLS / "schemathesis").exists(), reason="make .venv-api/.ready installs the tools"
)
EXCLUDED = ("--exclude-operation-id", "watchChanges")  # it does not end
NOT_MEANT = ("--exclude-checks", "positive_data_acceptance")  # a date may look like one, and be none
HELSE = "phone/personbruker/helse"


def test_the_document_is_as_it_is_checked_in() -> None:
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.text(), "python -m streams.web.openapi writes it anew"


def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi.FILE.read_text(encoding="utf-8"))
    return found


def test_it_is_of_its_version_and_asks_for_nothing_outside() -> None:
    document = described()
    assert document["openapi"].startswith("3.1")
    assert "://" not in openapi.FILE.read_text(encoding="utf-8")
    assert not [name for path in document["paths"].values() for one in path.values() for name in one if name == "500"]


def test_every_example_is_what_its_schema_says() -> None:
    document = described()
    types = {name: {**one, "$defs": {}} for name, one in document["components"]["schemas"].items()}
    whole = json.loads(json.dumps(types).replace("#/components/schemas/", "#/$defs/"))
    for name, example in [*EXAMPLES.items(), *(("Problem", problem) for problem in PROBLEMS.values())]:
        jsonschema.validate(example, {"$ref": f"#/$defs/{name}", "$defs": whole}, jsonschema.Draft202012Validator)


def test_each_answer_has_an_example() -> None:
    for path, of in described()["paths"].items():
        for operation in of.values():
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    assert content["examples"]["one"]["value"], (path, status)


@pytest.fixture(scope="module")
def web(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One of which all is known: also a scorecard, which no worker makes here."""
    keys, clock = Keys(f"test-{os.urandom(4).hex()}"), Clock.starting_at(START_MS, 1.0)
    card = Scorecard(centre="C", card=None, as_of_ms=START_MS, fresh_until_ms=2 * START_MS, not_whole=[], promises=[])
    with closing(redis.Redis.from_url(local_parts.redis_url)) as client:
        client.set(keys.scorecard, msgspec.json.encode(card))
    log = tmp_path_factory.mktemp("web") / "log"
    settings = {"SVARTID_CLOCK": str(clock), "SVARTID_WEB_REQUESTS_A_MINUTE": "1000000"}
    with (
        serving(log, local_parts.redis_url, keys, **settings) as web,
        Publishing(local_parts.redis_url, keys, clock) as publishing,
    ):
        answered = visit("b", START_MS - 500_000, ("queue.answered", 100_000))
        publishing.fold([*answered, *visit("a", START_MS - 60_000)])
        yield web.wait_until_ready()


@with_tools
@pytest.mark.real
def test_nothing_that_may_be_asked_breaks_it(web: Web, tmp_path: Path) -> None:
    """Nor is anything answered that the document does not describe."""
    asked = [str(TOOLS / "schemathesis"), "run", f"{web.url}/api/v1/openapi.json", *EXCLUDED, *NOT_MEANT]
    options = ["--max-examples", "40", "--seed", "1", "--generation-database", "none", "--no-color"]
    ran = subprocess.run([*asked, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "an answer broke down" not in web.said
    assert web.is_ready()


@with_tools
@pytest.mark.real
def test_a_client_made_of_the_document_reads_every_answer(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "openapi.json"
    file.write_bytes(web.ask("/api/v1/openapi.json").body)
    made = [
        str(TOOLS / "openapi-python-client"),
        "generate",
        "--path",
        str(file),
        "--output-path",
        str(tmp_path / "made"),
    ]
    env = {**os.environ, "PATH": f"{TOOLS}:{os.environ['PATH']}", "PYTHONPATH": ""}
    ran = subprocess.run(made, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "WARNING" not in ran.stdout, ran.stdout + ran.stderr
    monkeypatch.syspath_prepend(tmp_path / "made")
    client = import_module("svartid_client").Client(base_url=web.url)

    def get(name: str, *path: str, **query: object) -> Any:
        tag = "past" if name in ("get_history", "get_scorecard") else "now"
        return import_module(f"svartid_client.api.{tag}.{name}").sync(*path, client=client, **query)

    queue = get("get_queue", "phone", "personbruker", "helse")
    assert (queue.now.name, queue.now.waiting, queue.now.oldest_entered_ms) == (HELSE, 1, START_MS - 60_000)
    assert queue.until_ms > START_MS
    assert HELSE in {one.name for one in get("get_queues").now}
    assert get("get_group", "phone", "personbruker").now.waiting == 1
    assert "phone/personbruker" in {one.name for one in get("get_groups").now}
    assert get("get_targets").targets and get("get_target", "phone-personbruker-mean").target.verdict
    assert get("get_now").lines[HELSE].waiting == 1
    assert get("get_scorecard").promises == []
    models = import_module("svartid_client.models")
    asked = {"step": models.GetHistoryStep("1d"), "by": models.GetHistoryBy("queue")}
    assert get("get_history", **asked).rows == []  # nothing was committed here
    assert HELSE in get("get_queue", "phone", "personbruker", "none").names
    for name in [name for name in sys.modules if name.startswith("svartid_client")]:
        monkeypatch.delitem(sys.modules, name)
