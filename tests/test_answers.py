"""The schema of what commands answer with `--json`. That they keep to it is held where they are run."""

import inspect

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import fields

from streams import cli
from streams.cli.answers import Answers, Finding, answer
from streams.cli.answers_schema import FILE, schema
from streams.cli.app import app
from streams.past.history import GROUP_BY, By, columns
from streams.redis_client import Refusal
from streams.serve.schema import text
from tests.answers import ANSWERS, answered, problems

FINDING = {"what": "clock", "state": "ok", "found": "real time", "todo": ""}


def test_what_is_checked_in_is_what_would_be_made() -> None:
    assert FILE.read_text() == text(schema()), "`python -m streams.cli.answers_schema` writes it anew"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(ANSWERS)


def test_it_has_every_command_that_answers() -> None:
    cli.load()
    groups = [("", app), *((f"{group.name} ", group.typer_instance) for group in app.registered_groups)]
    commands = [(prefix, one.callback) for prefix, of in groups if of for one in of.registered_commands if one.callback]
    with_json = {f"{at}{each.__name__}" for at, each in commands if "as_json" in inspect.signature(each).parameters}
    assert with_json == ANSWERS["properties"].keys()
    assert with_json - {"snapshot", "demo"} == {field.encode_name for field in fields(Answers)}


def test_each_field_is_described() -> None:
    told = {name: of["properties"] for name, of in ANSWERS["$defs"].items() if of["type"] == "object"}
    assert [(name, field) for name, of in told.items() for field in of if "description" not in of[field]] == []


@pytest.mark.parametrize("by", GROUP_BY)
def test_a_row_of_history_keeps_to_it(by: By) -> None:
    row: dict[str, object] = dict.fromkeys(columns(by, (10_000, 600_000)), 0)
    named = dict.fromkeys(("start", *GROUP_BY[by], "definitions_since", "carried_from"), "")
    assert problems("history", [row | named]) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"doctor": FINDING},
        {"doctor": [FINDING | {"state": "fine"}]},
        {"doctor": [FINDING | {"unheard_of": 1}]},
        {"retire": {"retired": []}},
        {"rebuild": {"partitions": [], "from_log": False, "waited": 1}},
        {"verify": {"partitions": 1}},
        {"produce": {"sent": -1, "bad": 0, "reasons": {}}},
        {"snapshot": {}},
    ],
)
def test_what_is_no_answer_does_not(answer: dict[str, object]) -> None:
    ((command, said),) = answer.items()
    assert problems(command, said) != []


def test_what_is_an_answer_does() -> None:
    assert problems("doctor", [FINDING]) == []
    assert [field.name for field in fields(Finding)] == list(FINDING)


def test_a_text_of_a_type_of_its_own_is_a_text(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    answer([Finding("Redis", "problem", Refusal("cannot use it"), "set it")])
    (found,) = answered("doctor", capfdbinary.readouterr().out)
    assert found["found"] == "cannot use it"
