"""Every query of every panel, asked of a real Prometheus that scraped the real exposition."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.core.working_days import DAY_MS
from tests.generate.board_files import RANGES_S, Query, queries
from tests.generate.prometheus_server import prometheus
from tests.generate.sample import PROMISES, Worker, earlier, in_turn, later, nothing, past, rebuilding
from tests.generate.tools import run_tool
from tests.ingest.waiting import eventually
from tests.servers import Prometheus

pytestmark = pytest.mark.slow

# Where the sample gives no answer, and should not: (a part of the query's place) -> why.
NO_ANSWER = {
    "Bygges opp": "nothing is rebuilt",
    ": kilden: B": "no source is down as planned",
    "Revisjon: B": "it is recorded, and this one has no rules",
    "Definisjoner endret": "they are those of the beginning",
}
# A wait or a share that is known where nothing has been read: what was promised, how old the figures are, and that
# nothing is kept by Redis alone.
KNOWN = ("Løftet", "Alder på tallene", "Bare i Redis", "Prosessor", ": Forløpet")
FIGURES = [
    query
    for query in queries()
    if query.panel["fieldConfig"]["defaults"]["unit"] in ("dthms", "percentunit")
    and not any(part in query.place for part in KNOWN)
]
_SCRAPES_WITHIN_S = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Scraped a few times, before and after the sample's counters grew; knows a few instants of the past year."""
    now = time.time()
    starts = [past(now - ago - 3600) for ago in RANGES_S.values()]
    with prometheus(tmp_path_factory.mktemp("prometheus"), Worker(in_turn(earlier(), later())).scraped, starts) as api:
        eventually(lambda: _scrapes(api) >= 9, "nine scrapes", _SCRAPES_WITHIN_S)
        yield api


def _scrapes(api: Prometheus) -> int:
    found = api.instant("count_over_time(svartid_residual[1m])")
    return int(found[0]["value"][1]) if found else 0


def test_every_query_parses(tmp_path: Path) -> None:
    rules = [{"record": f"panel:query_{n}:it", "expr": query.expr} for n, query in enumerate(queries())]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run_tool("promtool", "check", "rules", file)


@pytest.mark.parametrize("query", queries(), ids=[query.place for query in queries()])
def test_a_query_is_answered(query: Query, server: Prometheus) -> None:
    series = _ask(server, query)
    why = [reason for part, reason in NO_ANSWER.items() if part in query.place]
    assert bool(series) != bool(why), f"{query.expr}\n{why or 'no answer'}"
    assert "NaN" not in [value for one in series for _, value in _samples(one)], query.expr


def test_the_scorecard_shows_what_svartid_has_added_up(server: Prometheus) -> None:
    shown = {query.panel["title"]: query for query in queries() if query.panel["type"] == "table"}
    by_id = {row.id: row for row in PROMISES.promises}
    found: dict[str, float] = {}
    for query in queries():
        if query.panel["title"] in ("Ventetid", "Andeler", "Brev") and query.target["refId"] == "G":  # the year
            found |= {one["metric"]["target"]: float(one["value"][1]) for one in server.instant(query.expr)}
    assert shown.keys() >= {"Ventetid", "Andeler", "Brev"} and found.keys() == by_id.keys()
    for id_, value in found.items():
        of = by_id[id_].year
        assert of is not None and of.value is not None
        scale = {"mean_wait": 1000, "letters_mean": DAY_MS}.get(by_id[id_].measure, 1)
        assert value == pytest.approx(of.value / scale, abs=0.1 if scale > 1 else 0.001), id_


@pytest.fixture(scope="module")
def knows_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Scraped a svartid that has read nothing."""
    with prometheus(tmp_path_factory.mktemp("nothing"), Worker(nothing, None).scraped) as api:
        eventually(lambda: _scrapes(api) >= 3, "three scrapes", _SCRAPES_WITHIN_S)
        yield api


@pytest.mark.parametrize("query", FIGURES, ids=[query.place for query in FIGURES])
def test_where_nothing_is_known_a_wait_or_a_share_is_not_0(query: Query, knows_nothing: Prometheus) -> None:
    assert _ask(knows_nothing, query) == [], query.expr


@pytest.fixture(scope="module")
def rebuilds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Scraped a svartid that makes the phone's figures anew."""
    with prometheus(tmp_path_factory.mktemp("rebuilds"), Worker(rebuilding, None).scraped) as api:
        eventually(lambda: _scrapes(api) >= 3, "three scrapes", _SCRAPES_WITHIN_S)
        yield api


def test_of_what_is_rebuilt_is_said_how_far_it_is_and_no_figure_is_shown(rebuilds: Prometheus) -> None:
    shown = [(query.panel["title"], query.panel["type"], rebuilds.instant(query.expr)) for query in queries()]
    values = {title: series[0]["value"][1] for title, kind, series in shown if series and kind == "stat"}
    tables = [title for title, kind, series in shown if series and kind == "table"]
    assert (values["Telefon: kilden"], values["Chat: kilden"], values["Bygges opp"]) == ("4", "3", "0.3")
    assert "Chat personbruker" in tables
    assert not any(title.startswith("Telefon") for title in tables)


def test_every_exception_is_of_a_query_that_is_there() -> None:
    places = [query.place for query in queries()]
    assert all(any(part in place for place in places) for part in NO_ANSWER)


def _ask(server: Prometheus, query: Query) -> list[dict[str, Any]]:
    return server.instant(query.expr) if query.target.get("instant") else server.over(query.expr)


def _samples(series: dict[str, Any]) -> list[list[Any]]:
    samples: list[list[Any]] = series.get("values") or [series["value"]]
    return samples
