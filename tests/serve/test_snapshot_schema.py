"""The snapshot's published schema holds for what is made, and would not hold for much else."""

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streams.serve.schema import FILE, schema, text
from streams.serve.view import LineView
from tests.serve.documents import ARBEIDSGIVER, HELSE, NOW, Document, bot, busy, document, folded, said, view, visit

SCHEMA = json.loads(resources.files("streams.serve").joinpath("snapshot.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)

DOCUMENTS = {
    "nobody has shown anything": document(),
    "partitions are missing": document(view({}), missing=["phone-1", "phone-2"]),
    "nothing has happened": document(view({})),
    "before the channels open": document(view({}), now_ms=NOW - 8 * 3_600_000),
    "only the source has said something, of a queue nobody knows": document(folded(said(2, 1000, "unheard-of"))),
    "one waits": document(folded(*visit("w", 1000))),
    "some of everything": document(busy(), bot()),
    "catching up, by hand": document(
        view(
            {
                HELSE: LineView(windows={1_800_000: {"entered": 1}}, waiting=1, waiting_since_sum_ms=NOW - 5),
                ARBEIDSGIVER: LineView(reported=(NOW, 3), promises_open=1, promises_oldest_ms=NOW - 9),
                "chat/samhandler/other": LineView(windows={1_800_000: {"left_overflow": 1}}),
            },
            behind=9_999,
        )
    ),
}


def problems(of: Document) -> list[tuple[str, str]]:
    return [(error.json_path, error.message[:200]) for error in VALIDATOR.iter_errors(of)]


def test_what_is_checked_in_is_what_would_be_made() -> None:
    assert FILE.read_text() == text(schema()), "`python -m streams.serve.schema` writes it anew"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_made_keeps_to_it(name: str) -> None:
    assert problems(DOCUMENTS[name]) == []


def test_the_documents_are_what_they_are_called() -> None:
    assert [made["status"] for made in DOCUMENTS.values()] == ["stale", "stale", *["live"] * 5, "catching_up"]
    some = DOCUMENTS["some of everything"]["lines"]
    assert some[HELSE]["today"]["callbacks"]["kept"] == 1
    assert some[HELSE]["callbacks_overdue_now"] == 1
    assert some["phone/personbruker/nav-kontor"]["today"]["transfers"]["passed_on"] == 1
    assert some["chat/personbruker/frida"]["today"]["bot"]["solved"] == 1
    assert DOCUMENTS["some of everything"]["records"]["rejected"] == {"unknown_type": 1}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("unheard_of",), 1),
        (("status",), "fine"),
        (("schema_version",), 2),
        (("groups", "phone/personbruker", "queue"), "helse"),
        (("lines", HELSE, "queue"), None),
        (("lines", HELSE, "waiting"), -1),
        (("lines", HELSE, "waiting"), 1.5),
        (("unread_partitions",), 1),
        (("lines", HELSE, "unheard_of"), 1),
        (("lines", HELSE, "windows", "half an hour"), {}),
        (("lines", HELSE, "windows", "30m", "wait_mean_ms"), "6:04"),
        (("lines", HELSE, "windows", "30m", "unheard_of"), 1),
        (("lines", HELSE, "today", "unheard_of"), 1),
        (("lines", HELSE, "total", "wait_max_ms"), 0),
        (("lines", HELSE, "total", "wait_histogram"), [[1000, 2, 3]]),
        (("targets", 0, "limit"), {"at_most_ms": 1, "at_least": 0.5}),
    ],
)
def test_what_is_not_made_does_not(path: tuple[Any, ...], value: Any) -> None:
    changed = json.loads(json.dumps(DOCUMENTS["some of everything"]))
    at = changed
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    assert not VALIDATOR.is_valid(changed)


@pytest.mark.parametrize("name", [*SCHEMA["required"]])
def test_everything_is_always_there(name: str) -> None:
    assert not VALIDATOR.is_valid({k: v for k, v in DOCUMENTS["one waits"].items() if k != name})
