"""The boards against the types that Grafana publishes: what the SDK's own classes leave open, options above all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.generate.board_files import BOARDS, panels

TYPES: dict[str, Any] = json.loads((Path(__file__).parent / "grafana_types.schema.json").read_text(encoding="utf-8"))
every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=[board["uid"] for board in BOARDS.values()])


# Of Prometheus' annotations; the published type of a dashboard leaves to each source what its own have.
PROMETHEUS_OWN = {"expr", "step", "textFormat", "titleFormat", "useValueForTime"}


@every_board
def test_a_board_is_of_grafanas_type(board: dict[str, Any]) -> None:
    marks = [{k: v for k, v in mark.items() if k not in PROMETHEUS_OWN} for mark in board["annotations"]["list"]]
    assert wrong("dashboard", {**board, "annotations": {"list": marks}}) == []


@every_board
def test_panels_and_their_options_are_of_grafanas_types(board: dict[str, Any]) -> None:
    for panel in panels(board):
        kind, defaults = panel["type"].replace("-", ""), panel["fieldConfig"]["defaults"]
        assert wrong("panel", panel) == [], panel["title"]
        assert wrong(f"{kind}/options", panel["options"]) == [], panel["title"]
        assert wrong("fieldconfig", defaults) == [], panel["title"]
        assert wrong_custom(kind, defaults.get("custom", {})) == [], panel["title"]


@every_board
def test_overrides_are_of_grafanas_types(board: dict[str, Any]) -> None:
    for panel in panels(board):
        kind, custom = panel["type"].replace("-", ""), panel["fieldConfig"]["defaults"].get("custom", {})
        for name, value in overridden(panel):
            if name.startswith("custom."):
                assert wrong_custom(kind, {**custom, name.removeprefix("custom."): value}) == [], panel["title"]
            else:
                assert wrong("fieldconfig", {name: value}) == [], panel["title"]


@pytest.mark.parametrize(
    ("of", "value"),
    [
        ("stat/options", {"colourMode": "none"}),
        ("timeseries/custom", {"lineStyle": {"fill": "dotted"}}),
        ("fieldconfig", {"noValues": "ingen data"}),
        ("table/custom", {"cellOptions": {"type": "color-backdrop"}, "inspect": False, "align": "auto"}),
    ],
)
def test_what_grafana_does_not_know_is_found(of: str, value: dict[str, Any]) -> None:
    assert wrong(of, value)


def overridden(panel: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for override in panel["fieldConfig"]["overrides"]:
        yield from ((setting["id"], setting["value"]) for setting in override["properties"])


def wrong_custom(kind: str, custom: dict[str, Any]) -> list[str]:
    """A kind of panel without settings of its own may have none."""
    return wrong(f"{kind}/custom", custom) if f"{kind}/custom" in TYPES else [*custom]


def wrong(of: str, value: Any) -> list[str]:
    return [error.message for error in Draft7Validator(TYPES[of]).iter_errors({"it": value})]
