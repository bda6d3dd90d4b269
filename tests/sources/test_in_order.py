"""A file's events put in order of time, on disk."""

from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.sources import in_order
from streams.sources.in_order import InOrder
from tests.decoding import decode
from tests.events import DAY_MS, START_MS, event


def line(at_ms: int, n: int) -> bytes:
    return orjson.dumps(event("contact.started", at_ms, f"{n}"))


def put_in_order(folder: Path, lines: list[bytes | None]) -> list[tuple[int, bytes | None]]:
    with InOrder(folder, decode) as ordered:
        ordered.take(list(enumerate(lines, 1)))
        return [one for some in ordered for one in some]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 20 * DAY_MS), max_size=60))
def test_all_of_it_comes_in_order_of_time_and_then_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, times: list[int]
) -> None:
    lines = [line(START_MS + t, n) for n, t in enumerate(times)]
    found = put_in_order(tmp_path_factory.mktemp("days"), list(lines))
    assert found == sorted(enumerate(lines, 1), key=lambda one: (times[one[0] - 1], one[0]))


def test_what_is_no_event_comes_first_under_its_own_number(tmp_path: Path) -> None:
    good = line(START_MS, 1)
    assert put_in_order(tmp_path, [good, b"{", None, b"7"]) == [(2, b"{"), (3, None), (4, b"7"), (1, good)]


def test_more_days_than_files_may_be_open_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "_MOST_OPEN", 3)
    lines = [line(START_MS + day * DAY_MS, day) for day in (5, 1, 4, 2, 3, 5, 1, 4)]
    found = put_in_order(tmp_path, list(lines))
    assert [number for number, _ in found] == [2, 7, 4, 5, 3, 8, 1, 6]
