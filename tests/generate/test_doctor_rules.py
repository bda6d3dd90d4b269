"""Where rules, boards and workers are of several revisions, `svartid doctor` says so: of files, and of a Prometheus."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.cli.doctor_rules import Found, files, loaded
from streams.generate.files import all_files, write
from streams.generate.rules import as_yaml, groups
from tests.cards import YEAR
from tests.generate.prometheus_server import prometheus
from tests.generate.timeline import CENTRE
from tests.ingest.waiting import eventually
from tests.servers import Prometheus

NOWHERE = "http://a-user:a-password@127.0.0.1:1"


def made(revision: int, folder: Path) -> Path:
    write(all_files(CENTRE.model_copy(update={"revision": revision}), YEAR), folder)
    return folder


def test_of_files_it_says_which_are_of_another_revision(tmp_path: Path) -> None:
    assert [*files(tmp_path, 1)] == [], "where none are, nothing is said"
    made(2, tmp_path)
    n = len(all_files(CENTRE, YEAR))
    assert [*files(tmp_path, 2)] == [("generated files", "ok", f"{n}, of revision 2, as the configuration", "")]
    board = tmp_path / "grafana/dashboards/koene-na.json"
    board.write_text(board.read_text().replace("revisjon 2", "revisjon 1"))
    ((what, state, found, todo),) = files(tmp_path, 2)
    assert (what, state) == ("generated files", "warning") and f"`svartid generate --into {tmp_path}`" in todo
    assert found == (
        f"1 of {n} are of another: grafana/dashboards/koene-na.json of revision 1; the configuration is of revision 2"
    )
    made(0, tmp_path)
    ((_, state, found, _),) = files(tmp_path, 2)
    assert state == "warning" and found.startswith(f"{n} of {n} are of another") and "without a revision" in found


def test_a_prometheus_that_does_not_answer_is_unknown_and_no_password_is_shown() -> None:
    ((what, state, found, todo),) = asyncio.run(loaded(NOWHERE, 1))
    assert (what, state) == ("rules in Prometheus", "unknown") and "SVARTID_PROMETHEUS_URL" in todo
    assert found.startswith("127.0.0.1:1 does not say") and "a-password" not in found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It scraped two workers a minute ago: of one the revision was 7, of the other 8."""
    at = time.time() - 60
    lines = [f'svartid_configuration_revision{{instance="{one}"}} {n} {at:.3f}' for one, n in (("a", 7), ("b", 8))]
    past = "\n".join(["# TYPE svartid_configuration_revision gauge", *lines, "# EOF", ""])
    with prometheus(tmp_path_factory.mktemp("prometheus"), lambda: b"# EOF\n", [past.encode()]) as server:
        yield server


def says(server: Prometheus) -> dict[str, Found]:
    return {found[0]: found for found in asyncio.run(loaded(f"http://{server.address}", 1))}


def rules_of(revision: int) -> list[object]:
    return [*groups(CENTRE.model_copy(update={"revision": revision}))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("records", "alerts", "state", "found", "todo"),
    [
        (8, 8, "ok", "of revision 8, as the workers", ""),
        (8, None, "ok", "of revision 8, as the workers", ""),
        (
            7,
            8,
            "warning",
            "records are of revision 7, alerts are of revision 8; the workers are of revision 8",
            "generate",
        ),
        (7, 7, "warning", "records are of revision 7, alerts are of revision 7", "`svartid generate`"),
        (9, 9, "warning", "records are of revision 9", "give the workers the configuration"),
        (0, 0, "warning", "records are without a revision", "`svartid generate`"),
        (2**53 - 1, 8, "warning", f"records are of revision {2**53 - 1}", "give the workers"),
        (None, 8, "warning", "none that name a revision", "deploy/prometheus/records.yaml"),
        (None, None, "warning", "none that name a revision", "deploy/prometheus/records.yaml"),
    ],
)
def test_of_a_prometheus_it_says_which_rules_it_has_loaded(
    server: Prometheus, records: int | None, alerts: int | None, state: str, found: str, todo: str
) -> None:
    listed = [group for group in rules_of(records or 0) if "record" in group["rules"][0] and records is not None]  # type: ignore[index]
    listed += [group for group in rules_of(alerts or 0) if "alert" in group["rules"][0] and alerts is not None]  # type: ignore[index]
    server.take_rules(as_yaml({"groups": listed}))
    eventually(lambda: says(server)["rules in Prometheus"][2].startswith(found), lambda: str(says(server)))
    _, as_told, _, to_do = says(server)["rules in Prometheus"]
    assert as_told == state and todo in to_do


@pytest.mark.slow
def test_of_workers_it_says_that_they_show_by_several(server: Prometheus) -> None:
    _, state, found, todo = says(server)["workers, by Prometheus"]
    assert (state, found) == ("warning", "they show by several: a of revision 7, b of revision 8")
    assert "log" in todo
