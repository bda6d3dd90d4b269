"""The JSON Schemas of the snapshot and of the small documents, made of their types: `python -m streams.serve.schema`
writes them anew, beside this file.

May import: documents, small, msgspec.
"""

import inspect
import json
from pathlib import Path
from typing import NotRequired, TypedDict

import msgspec
from msgspec import Struct

from streams.serve.documents import SCHEMA_VERSION, Snapshot
from streams.serve.small import SMALL_VERSION, Believed, Small

FILE = Path(__file__).with_name("snapshot.schema.json")
SMALL_FILE, BELIEVED_FILE = FILE.with_name("small.schema.json"), FILE.with_name("believed.schema.json")
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
    """The snapshot's (JSON Schema 2020-12). Nothing may be in a document that it does not name."""
    return _schema(Snapshot, SNAPSHOT_ID, "The snapshot of svartid")


def small_schema() -> dict[str, object]:
    """A small document's."""
    return _schema(Small, f"urn:svartid:small:{SMALL_VERSION}", "A queue or group of svartid, as it is now")


def believed_schema() -> dict[str, object]:
    """The one of what says until when all of those may be believed."""
    title = "Until when the small documents of svartid may be believed"
    return _schema(Believed, f"urn:svartid:believed:{SMALL_VERSION}", title)


def _schema(of: type[Struct], id_: str, title: str) -> dict[str, object]:
    types = components(of)
    whole = {"$schema": DIALECT, "$id": id_, **types.pop(of.__name__), "title": title}
    return {**whole, "$defs": types} if types else whole


def text(of: dict[str, object]) -> str:
    """A schema as it is checked in."""
    return json.dumps(of, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file, made in ((FILE, schema()), (SMALL_FILE, small_schema()), (BELIEVED_FILE, believed_schema())):
        file.write_text(text(made), encoding="utf-8")
