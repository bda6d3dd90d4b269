"""The snapshot's JSON Schema, made of its types: `python -m streams.serve.schema` writes it anew, beside this file.

May import: documents, msgspec.
"""

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from streams.serve.documents import SCHEMA_VERSION, Snapshot

FILE = Path(__file__).with_name("snapshot.schema.json")


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12). Nothing may be in a document that it does not name."""
    _, types = msgspec.json.schema_components([Snapshot], ref_template="#/$defs/{name}")
    for one in types.values():
        one["description"] = inspect.cleandoc(one["description"])
        one["additionalProperties"] = False
        made_by_default = [name for name, of in one["properties"].items() if "default" in of]
        one["required"] = sorted({*one["required"], *made_by_default}, key=list(one["properties"]).index)
        for name in made_by_default:  # whoever reads it has no default
            del one["properties"][name]["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:svartid:snapshot:{SCHEMA_VERSION}",
        **types.pop("Snapshot"),
        "title": "The snapshot of svartid",
        "$defs": types,
    }


def text() -> str:
    """The same as it is checked in."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
