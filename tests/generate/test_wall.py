"""The wall hangs where nobody scrolls: all that is of now is on one screen of 1920 by 1080 pixels, and nothing is cut.

Grafana's sizes are from its source: a row of the grid is 30 pixels and 8 between, the page has 8 around it; a panel
spends 32 on its title and 8 around what it shows; a small table's row is 36, the one with the headings 28.
"""

import re
from typing import Any

import pytest

from streams.generate.boards.promql import own_queues
from streams.serve.wall_figures import figures_of
from tests.generate.board_files import BOARDS, panels
from tests.generate.timeline import CENTRE

WIDTH, HEIGHT, ROW, GAP, MARGIN = 1920, 1080, 30, 8, 8
ROWS = (HEIGHT - 2 * MARGIN + GAP) // (ROW + GAP)
TITLE, PADDING, BORDER, TABLE_HEAD, TABLE_ROW, QUEUE_WIDTH = 32, 8, 1, 28, 36, 130

WALL = next(board for board in BOARDS.values() if board["uid"] == "svartid-koene-na")
OF_NOW = [panel for panel in panels(WALL) if all(target["instant"] for target in panel["targets"])]
TABLES = {panel["title"]: panel for panel in OF_NOW if panel["type"] == "table"}
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
METRICS = {
    "waiting": "svartid_waiting",
    "oldest": "svartid_oldest_wait_seconds",
    "mean": "svartid_window_mean_wait_seconds",
    "gave_up": "svartid_window_abandonment_ratio",
    "expected": "svartid_expected_wait_said_seconds",
    "open_letters": "svartid_letters_open",
    "oldest_letter": "svartid_letters_oldest_seconds",
    "overdue": "svartid_letters_overdue",
    "verdict": "svartid_queue_status",
}


def asked(panel: dict[str, Any]) -> str:
    return " ".join(target["expr"] for target in panel["targets"])


def organized(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (options,) = (one["options"] for one in table["transformations"] if one["id"] == "organize")
    return options  # type: ignore[no-any-return]


def bottom(panel: dict[str, Any]) -> int:
    at: dict[str, int] = panel["gridPos"]
    return at["y"] + at["h"]


def test_what_is_of_now_is_on_one_screen_and_what_was_is_below() -> None:
    assert ROWS == 28
    assert max(map(bottom, OF_NOW)) <= ROWS
    later = [panel for panel in panels(WALL) if panel not in OF_NOW]
    assert all(panel["gridPos"]["y"] >= max(map(bottom, OF_NOW)) for panel in later)


def test_every_target_has_its_verdict_there() -> None:
    shown = [target.id for target in CENTRE.all_targets for p in OF_NOW if f'target="{target.id}",verdict' in asked(p)]
    assert shown == [target.id for target in CENTRE.all_targets]


def test_every_queue_has_its_figures_there() -> None:
    for channel, audience in CENTRE.own_groups:
        where = own_queues(CENTRE, channel, audience)[1:-1]
        (table,) = (table for table in TABLES.values() if where in asked(table))
        renamed = organized(table)["renameByName"]
        shown = [(renamed[f"Value #{one['refId']}"], one["expr"]) for one in table["targets"] if one["refId"] != "Z"]
        assert [heading for heading, _ in shown] == [figure.heading for figure in figures_of(channel)]
        for (_, expr), figure in zip(shown, figures_of(channel), strict=True):
            assert f"{METRICS[figure.name]}{{" in expr
    assert len(TABLES) == len(CENTRE.own_groups)


@every_table
def test_a_table_is_high_enough_for_its_queues(table: dict[str, Any]) -> None:
    assert table["options"]["cellHeight"] == "sm"
    queues = re.findall(r'queue=~"([^"]*)"', asked(table))[0].split("|")
    inside = table["gridPos"]["h"] * (ROW + GAP) - GAP - TITLE - PADDING - 2 * BORDER
    assert TABLE_HEAD + len(queues) * TABLE_ROW <= inside


@every_table
def test_a_table_is_wide_enough_for_its_columns(table: dict[str, Any]) -> None:
    """A column without a width takes 150 pixels or more, and a table that is too wide hides its last: the status."""
    widths = {
        override["matcher"]["options"]: setting["value"]
        for override in table["fieldConfig"]["overrides"]
        for setting in override["properties"]
        if setting["id"] == "custom.width"
    }
    headings = set(organized(table)["renameByName"].values())
    assert set(widths) == headings - {"Kø"}
    inside = (WIDTH - 2 * MARGIN + GAP) * table["gridPos"]["w"] / 24 - GAP - 2 * PADDING - 2 * BORDER
    assert sum(widths.values()) + QUEUE_WIDTH <= inside
