"""The snapshot's JSON Schema, made of its types: `python -m streams.serve.schema` writes it anew, beside this file.

May import: documents, msgspec.
"""

import inspect
import json
from pathlib import Path
from typing import NotRequired, TypedDict

import msgspec
from msgspec import Struct

from streams.serve.documents import SCHEMA_VERSION, Snapshot

FILE = Path(__file__).with_name("snapshot.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SNAPSHOT_ID = f"urn:svartid:snapshot:{SCHEMA_VERSION}"


class Schema(TypedDict):
    """What is changed of a type's JSON Schema, as msgspec makes it; there is more in it."""

    description: str
    type: str
    properties: dict[str, "Schema"]
    required: list[str]
    additionalProperties: "bool | Schema"
    patternProperties: NotRequired[dict[str, "bool | Schema"]]
    default: NotRequired[object]


def components(document: type[Struct]) -> dict[str, Schema]:
    """The schemas of a document's type, and of those in it, by name. All of their fields are always there."""
    _, types = msgspec.json.schema_components([document], ref_template="#/$defs/{name}", schema_hook=lambda _: {})
    for one in types.values():
        one["description"] = inspect.cleandoc(one["description"])
        if one["type"] == "object":
            _close(one)
    return types


def _close(one: Schema) -> None:
    one["additionalProperties"] = False
    made_by_default = [name for name, of in one["properties"].items() if "default" in of]
    one["required"] = sorted({*one["required"], *made_by_default}, key=list(one["properties"]).index)
    for name in made_by_default:  # whoever reads it has no default
        del one["properties"][name]["default"]


def schema() -> dict[str, object]:
    """The schema (JSON Schema 2020-12). Nothing may be in a document that it does not name."""
    types = components(Snapshot)
    return {
        "$schema": DIALECT,
        "$id": SNAPSHOT_ID,
        **types.pop("Snapshot"),
        "title": "The snapshot of svartid",
        "$defs": types,
    }


def text(of: dict[str, object]) -> str:
    """A schema as it is checked in."""
    return json.dumps(of, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(schema()), encoding="utf-8")
