"""The wall's tile of a source, as Prometheus answers it: the word, and until when where it is down as planned."""

from pathlib import Path

import pytest
import yaml

from streams.generate.boards import words
from tests.generate.board_files import queries
from tests.generate.cases_promises import feed
from tests.generate.cases_service import stop
from tests.generate.timeline import minutes
from tests.generate.tools import run_tool

TILE = [query for query in queries() if query.board == "svartid-koene-na" and query.panel["title"] == "Telefon: kilden"]
Values = list[float | None]


def _shown(n: float) -> str:
    return str(words.feeds().options[f"{n:g}"].text)


@pytest.mark.parametrize(
    ("status", "until", "word", "told"),
    [
        ("open", None, "● åpen", None),
        ("stale", None, "✕ ingen data fra kilden", None),
        ("stale", 60, "◼ planlagt stans", 60),
        ("closed", 60, "◼ planlagt stans", 60),
        ("rebuilding", 60, "◼ planlagt stans", 60),
        ("stale", 5, "✕ ingen data fra kilden", None),  # it should be back by now
    ],
)
@pytest.mark.slow
def test_a_source_s_tile(status: str, until: float | None, word: str, told: float | None, tmp_path: Path) -> None:
    series = {**feed((status, 20)), 'svartid_feed_status{channel="phone", status="rebuilding"}': minutes((0, 20))}
    if status == "rebuilding":
        series['svartid_feed_status{channel="phone", status="rebuilding"}'] = minutes((1, 20))
    if until is not None:
        series |= stop(20, until=until)
    of_phone = {"labels": '{channel="phone"}'}
    n = next(n for n in range(1, 9) if _shown(n) == word)
    said, when = ([] if value is None else [{**of_phone, "value": value}] for value in (n, told and told * 60_000))
    asked = [
        {"expr": query.expr, "eval_time": "10m", "exp_samples": expected}
        for query, expected in zip(TILE, (said, when), strict=True)
    ]
    (tmp_path / "none.yaml").write_text(yaml.safe_dump({"groups": []}))
    given = [
        {"series": name, "values": " ".join("_" if value is None else f"{value:g}" for value in values)}
        for name, values in series.items()
    ]
    file = tmp_path / "tile.yaml"
    test = {"interval": "15s", "input_series": given, "promql_expr_test": asked}
    file.write_text(yaml.safe_dump({"rule_files": ["none.yaml"], "evaluation_interval": "15s", "tests": [test]}))
    run_tool("promtool", "test", "rules", file)
