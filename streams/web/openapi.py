"""The OpenAPI 3.1 document: made of the routes and types; `python -m streams.web.openapi` writes it anew.

Types are described as msgspec describes them, as in the schemas of the documents themselves. May import: Litestar,
examples, app.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from msgspec import Struct

from streams.past.scorecard_document import Scorecard
from streams.serve.documents import Snapshot
from streams.web.examples import EVENTS, EXAMPLES, PROBLEMS
from streams.web.expected import ExpectedNow, Foretold
from streams.web.held import AllNow, OneNow
from streams.web.history import History
from streams.web.now import AllTargets, OneTarget
from streams.web.problems import Problem

FILE: Final = Path(__file__).with_name("openapi.json")
DOCUMENTS: Final[list[type[Struct]]] = [
    *(Snapshot, OneNow, AllNow, OneTarget, AllTargets),
    *(ExpectedNow, Foretold, History, Scorecard, Problem),
]
SHORT: Final = frozenset(("Row", "Limit", "Problem"))  # what is as by default is left out of them

CONFIG: Final = OpenAPIConfig(
    title="svartid",
    version="1",
    description="A contact centre's queues: what is now, what was, what was promised, and what changes, as it does.\n\n"
    "Times named _ms are milliseconds: instants since 1970-01-01T00:00Z, lengths otherwise. Null means that nothing is "
    "known, or that there is none, as each field says; neither is ever written as 0. Where nothing may be believed "
    "there is a problem (RFC 9457) instead. A reader ignores fields that it does not know. What each figure means: "
    "streams/MEASURES.md.",
    components=Components(
        security_schemes={
            "token": SecurityScheme(
                type="http", scheme="bearer", description="Where it is opened to others: one of SVARTID_WEB_TOKEN."
            )
        }
    ),
    security=[{}, {"token": []}],
    use_handler_docstrings=True,
    render_plugins=[],
)
_HEADERS: Final = {
    "ETag": "Another one for another answer.",
    "Cache-Control": "How long it may be believed, in whole seconds.",
}


def document(app: Litestar) -> dict[str, Any]:
    """Of an application's routes."""
    made: dict[str, Any] = app.openapi_schema.to_schema()
    made["components"]["schemas"] = _types()
    for status, response in _responses(made):
        _complete(status, response)
    return made


def _types() -> dict[str, Any]:
    """By name. A field that has a default is there all the same, but where defaults are left out."""
    _, types = msgspec.json.schema_components(
        DOCUMENTS, ref_template="#/components/schemas/{name}", schema_hook=lambda _: {}
    )
    _unbar(types)
    for name, one in types.items():
        if one.get("description"):
            one["description"] = inspect.cleandoc(one["description"])
        _require(one, {} if name in SHORT else one.get("properties", {}))
    return types


def _require(one: dict[str, Any], always: dict[str, Any]) -> None:
    """Whoever reads it has no defaults: those fields are there, or they are not."""
    made_by_default = {name for name, of in always.items() if "default" in of}
    if required := {*one.get("required", ()), *made_by_default}:
        one["required"] = [name for name in one["properties"] if name in required]
    for of in one.get("properties", {}).values():
        of.pop("default", None)


def _unbar(schema: Any) -> None:
    """Of a tuple its length is said already: that nothing follows is a schema that few generators know (`false`)."""
    if isinstance(schema, dict) and schema.get("items") is False:
        del schema["items"]
    for one in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _unbar(one)


def _responses(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in made["paths"].values():
        for operation in path.values():
            operation["description"] = inspect.cleandoc(operation["description"])
            yield from operation["responses"].items()


def _complete(status: str, response: dict[str, Any]) -> None:
    """With an example, and the headers that it has."""
    for media_type, content in response.get("content", {}).items():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        example = PROBLEMS[int(status)] if name == "Problem" else EXAMPLES.get(name, EVENTS)
        content["examples"] = {"one": {"value": example}}
        if status == "200" and media_type == "application/json":
            response["headers"] = {of: _header(says) for of, says in _HEADERS.items()}
    if status in ("429", "503"):
        response["headers"] = {"Retry-After": _header("In how many seconds trying again can help.", "integer")}


def _header(description: str, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}}


def text() -> str:
    """As it is checked in."""
    from streams.web.app import framework  # which serves what is made here

    return json.dumps(document(framework({})), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
