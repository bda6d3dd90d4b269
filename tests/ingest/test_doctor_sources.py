"""What `doctor` says of the systems that send events, of a worker that runs."""

import json
import time

import orjson
import pytest

from streams.cli.doctor_state import of_ends, of_sources
from streams.serve.documents import Records, SourceEntry, SourceStatus
from tests.events import event
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually


@pytest.mark.parametrize(
    ("status", "found", "todo"),
    [
        ("unheard", "nothing has come by this name yet", "sources.puzzel.names"),
        ("silent", "nothing has come for 12m, and it is open", "ask who runs it"),
        ("behind", "even the quickest of its events takes 721 s to Kafka", "sources.puzzel.behind"),
        ("ahead", "its clock is 13 s ahead of the one that dates its records, or of ours", "sources.puzzel.ahead"),
    ],
)
def test_what_is_wrong_with_each_is_said_and_what_mends_it(status: SourceStatus, found: str, todo: str) -> None:
    told = list(of_sources({"puzzel": entry(status), "other": entry("unheard")}))
    assert [(what, said) for what, _, said, _ in told] == [("source puzzel", found)]
    assert todo in told[0][3]


@pytest.mark.parametrize("status", ["heard", "closed", "unknown"])
def test_of_one_with_which_nothing_is_wrong_nothing_is_said(status: SourceStatus) -> None:
    assert list(of_sources({"puzzel": entry(status)})) == []


def entry(status: SourceStatus) -> SourceEntry:
    numbers = {"late": 0, "rejected": 0, "clamped": 0, "unmatched": 0}
    is_heard = status != "unheard"
    return SourceEntry(
        label="Puzzel",
        status=status,
        heard_ms=1 if is_heard else None,
        silent_ms=12 * 60_000 + 59_999 if is_heard else None,
        ahead_ms=12_001 if is_heard else None,
        quickest_ms=720_001 if is_heard else None,
        counts=None,
        **numbers,
    )


@pytest.mark.parametrize(("without", "is_told"), [(0, False), (1, False), (9, False), (10, True), (1000, True)])
def test_ends_without_an_entry_are_told_from_one_in_a_hundred_records_on(without: int, is_told: bool) -> None:
    none = dict.fromkeys(("late", "newer", "lost", "let_go", "crowded"), 0)
    told = list(of_ends(Records(accepted=1000, rejected={}, ahead={}, without_entry=without, **none)))
    assert [(what, how) for what, how, _, _ in told] == [("visits without an entry", "warning")] * is_told
    assert all(f"{without} visits have an end and no entry, of 1000 records" in said for _, _, said, _ in told)
    assert all("queue.entered" in todo and "`memory`" in todo for *_, todo in told)


@pytest.mark.real
def test_a_source_whose_clock_is_ahead_is_named_with_by_how_much(installation: Installation) -> None:
    now_ms = round(time.time() * 1000)
    calls = (event("queue.entered", now_ms + 95_000, f"{n}", source="Puzzel") for n in range(40))
    installation.send(Produced("phone", b"%d" % n, orjson.dumps(one), now_ms, None) for n, one in enumerate(calls))
    worker = installation.start()
    installation.wait_committed(40, within_s=60)
    eventually(lambda: said(installation, "source puzzel") is not None, "doctor speaks of it")
    told = said(installation, "source puzzel")
    assert told is not None
    state, found, todo = told
    assert state == "warning"
    assert found.startswith("its clock is ")
    assert 90 <= int(found.split()[3]) <= 100, found
    assert "sources.puzzel.ahead" in todo
    assert worker.stop() == 0, worker.said


def said(installation: Installation, what: str) -> tuple[str, str, str] | None:
    ran = installation.run("doctor", "--json")
    findings = json.loads(ran.stdout)
    return next(((one["state"], one["found"], one["todo"]) for one in findings if one["what"] == what), None)
