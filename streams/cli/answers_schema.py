"""The JSON Schema of what commands answer with `--json`: `python -m streams.cli.answers_schema` writes it anew.

It lies beside this file. May import: answers, serve's schema and documents.
"""

from pathlib import Path

from streams.cli.answers import Answers
from streams.past.history_rows import WITHIN
from streams.serve.schema import DIALECT, SNAPSHOT_ID, Schema, components, text

FILE = Path(__file__).with_name("answers.schema.json")


def schema() -> dict[str, object]:
    """The schema (JSON Schema 2020-12): each command's answer is the property of its name."""
    types = components(Answers)
    by_command = types.pop("Answers")["properties"]
    _spread(types["Row"])
    return {
        "$schema": DIALECT,
        "$id": "urn:svartid:answers",
        "title": "What the commands of svartid answer with --json",
        "type": "object",
        "properties": {**by_command, **{name: {"$ref": SNAPSHOT_ID} for name in ("snapshot", "demo")}},
        "additionalProperties": False,
        "$defs": types,
    }


def _spread(row: Schema) -> None:
    """The counts by edge are columns of their own: which there are, the configuration says."""
    within = row["properties"].pop(WITHIN)
    row["required"].remove(WITHIN)
    row["patternProperties"] = {r"^answered_le_[0-9.]+s$": within["additionalProperties"]}


if __name__ == "__main__":
    FILE.write_text(text(schema()), encoding="utf-8")
