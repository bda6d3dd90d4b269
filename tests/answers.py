"""What a command answered with `--json`, held against the schema that is checked in."""

import json
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from streams.cli import answers_schema
from streams.serve import schema

ANSWERS = json.loads(answers_schema.FILE.read_bytes())
SNAPSHOT = json.loads(schema.FILE.read_bytes())
REGISTRY: Registry[Any] = Registry().with_resource(SNAPSHOT["$id"], Resource.from_contents(SNAPSHOT))
VALIDATOR = Draft202012Validator(ANSWERS, registry=REGISTRY)


def problems(command: str, answer: object) -> list[tuple[str, str]]:
    """Where it is not what the schema says."""
    return [(error.json_path, error.message[:200]) for error in VALIDATOR.iter_errors({command: answer})]


def answered(command: str, said: str | bytes) -> Any:
    """The answer. Fails where it is not what the schema says."""
    answer = json.loads(said)
    assert problems(command, answer) == []
    return answer
