"""The boards hold the house rules, are those that are checked in, and read back through the SDK as they were."""

import json
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

import config
from streams.generate.boards import dashboards
from streams.generate.boards.frame import without_what_grafana_lacks
from streams.generate.boards.words import LOOKS
from streams.generate.recording_rules import REVISION
from streams.generate.years import from_year
from tests.cards import YEAR
from tests.generate.board_files import BOARDS, FILES, Query, panels, queries
from tests.generate.sample import Worker, later

ROOT = Path(__file__).parents[2]
UIDS = {"svartid-koene-na", "svartid-resultatkort", "svartid-lofte", "svartid-ko-i-dybden", "svartid-selv"}
CATALOGUE = Worker(later).names() | {"up", REVISION}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=[board["uid"] for board in BOARDS.values()])
every_query = pytest.mark.parametrize("query", queries(), ids=[query.place for query in queries()])


def test_the_boards_are_those_that_are_checked_in() -> None:
    folder = ROOT / "grafana" / "dashboards"
    assert {path.name for path in folder.glob("*.json")} == {Path(path).name for path in FILES}
    for path, text in FILES.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run `svartid generate`"


def test_the_same_configuration_gives_the_same_text() -> None:
    assert dashboards(from_year(config.load(), YEAR)) == FILES
    assert all(text.endswith("}\n") for text in FILES.values())


def test_another_centre_has_boards_of_its_own() -> None:
    bank = config.load(ROOT / "config" / "bank")
    made = dashboards(bank)
    assert made.keys() == FILES.keys()
    for text in made.values():
        assert "pensjon" not in text
    assert all(target.id in made["grafana/dashboards/resultatkort.json"] for target in bank.all_targets)


def test_the_scorecard_and_the_page_of_one_promise_are_twenty_panels_at_most() -> None:
    of = {board["uid"]: len(board["panels"]) for board in BOARDS.values()}
    assert of["svartid-resultatkort"] + of["svartid-lofte"] <= 20


@every_board
def test_a_board_says_what_it_is(board: dict[str, Any]) -> None:
    assert board["uid"] in UIDS
    assert board["title"] and board["description"]
    assert board["timezone"] == config.load().timezone
    assert board["weekStart"] == "monday"
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert all(v.get("datasource") == DATASOURCE for v in variables.values() if v["type"] == "query")


@every_board
def test_links_lead_to_boards_that_are_there(board: dict[str, Any]) -> None:
    every = [value for key, value in walk(board) if key == "url"]
    urls = [url for url in every if url != config.load().alerts.runbook_url]
    assert len(urls) == len(every) - 1, "and one leads to the runbooks"
    assert {uid for url in urls for uid in UIDS if f"/d/{uid}?" in url} >= UIDS - {board["uid"]}
    assert all(re.match(r"/d/(svartid-[a-z-]+)\?", url)[1] in UIDS for url in urls)  # type: ignore[index]


@every_board
def test_every_panel_is_whole(board: dict[str, Any]) -> None:
    for panel in panels(board):
        title = panel["title"]
        assert title, panel["id"]
        assert len(panel["description"]) > 20, title
        assert panel["datasource"] == DATASOURCE, title
        assert panel["targets"] and all(target["datasource"] == DATASOURCE for target in panel["targets"]), title
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs)), title
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"], title
        assert defaults["noValue"] == "ingen data", title


@every_board
def test_ids_and_titles_are_unique_and_nothing_overlaps(board: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    assert all(ids)
    titles = [panel["title"] for panel in panels(board)]
    assert len(titles) == len(set(titles))
    for one, other in combinations((panel["gridPos"] for panel in board["panels"]), 2):
        assert not (_meet(one, other, "x", "w") and _meet(one, other, "y", "h")), (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    tops = [panel["gridPos"]["y"] for panel in board["panels"]]
    assert all(a <= b for a, b in pairwise(tops))


def _meet(one: dict[str, int], other: dict[str, int], start: str, size: str) -> bool:
    return one[start] < other[start] + other[size] and other[start] < one[start] + one[size]


@every_board
def test_no_placement_but_a_legends(board: dict[str, Any]) -> None:
    panels = {name: value for name, value in board.items() if name != "annotations"}
    legends = [value for key, value in walk(panels) if key == "legend"]
    assert sum(key == "placement" for key, _ in walk(panels)) == sum("placement" in legend for legend in legends)


@every_board
def test_lengths_of_time_carry_a_unit(board: dict[str, Any]) -> None:
    lengths = [
        value for key, value in walk(board) if key in ("interval", "refresh", "timeFrom") and isinstance(value, str)
    ]
    assert all(re.fullmatch(r"\d+[smhd]|now/[wMy]", str(length)) for length in lengths), lengths


@every_board
def test_colour_never_carries_meaning_alone(board: dict[str, Any]) -> None:
    shapes = {text.split()[0] for text, _ in LOOKS.values()}
    for key, value in walk(board):
        if key == "mappings":
            for texts in (result for mapping in value for result in _results(mapping)):
                assert texts.get("color") is None or texts["text"].split()[0] in shapes, texts
        if key == "thresholds":
            assert len(value["steps"]) == 1, "a threshold would colour a number and say nothing"
    colours = {value.lower() for key, value in walk(board) if key in ("color", "fixedColor") and isinstance(value, str)}
    assert colours <= {"#0072b2", "#56b4e9", "#e69f00", "#d55e00", "#cc79a7", "#8c8c8c"}


def _results(mapping: dict[str, Any]) -> list[dict[str, Any]]:
    return [mapping["options"]["result"]] if mapping["type"] == "range" else list(mapping["options"].values())


@every_query
def test_a_query_uses_what_is_in_the_catalogue(query: Query) -> None:
    names = set(re.findall(r"\b(?:svartid[_:]|process_|up\b)\w*", query.target["expr"]))
    assert names
    assert names <= CATALOGUE
    assert "vector(0)" not in query.target["expr"]


@every_query
def test_a_rate_is_over_the_rate_interval(query: Query) -> None:
    expr = query.target["expr"]
    assert all(window == "$__rate_interval" for window in re.findall(r"\brate\([^\[]*\[([^\]]*)\]", expr))
    grown = re.findall(r"\b(?:increase|min_over_time)\([^\[]*\[([^\]]*)\]", expr)
    assert all(window in ("$__rate_interval", "$__range") for window in grown)
    assert not re.search(r"\birate\(|\bi?delta\(|\[\d+[smh]\]", expr)
    counters = re.findall(r"(?:rate|increase|min_over_time)\((\w+)", expr)
    assert all(name.endswith(("_total", "_bucket", "_sum", "_count")) for name in counters)
    restarting = re.findall(r"(?:rate|increase)\((\w+)", expr)  # what survives restarts is never taken for restarted
    assert all(name.startswith(("svartid_worker_", "process_")) for name in restarting)


@every_board
def test_the_sdk_reads_back_what_it_wrote(board: dict[str, Any]) -> None:
    register_default_plugins()
    again = without_what_grafana_lacks(json.loads(JSONEncoder().encode(Dashboard.from_json(board))))
    assert again == board


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name and value, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
