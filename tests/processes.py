"""How the tests are shared out: over how many processes, and in which order.

Many a test waits: for a session that runs out, for an alert that is due. So there is one process more than there are
cores. Files are handed out in this order: the longest first, and last what needs no real part, to fill the gaps.
"""

import os

import pytest

# From one to three minutes each. Begun last, they would be all that still runs at the end.
_LONGEST = (
    "tests/alerting/test_alerts.py",
    "tests/alerting/test_watchers.py",
    "tests/faults/test_broker.py",
    "tests/generate/test_alerts.py",
)


def pytest_xdist_auto_num_workers() -> int | None:
    """For `--numprocesses auto`, where PYTEST_XDIST_AUTO_NUM_WORKERS does not say how many."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files, then those of real parts, then the others."""
    real = {_file(item) for item in items if item.get_closest_marker("real")}

    def rank(item: pytest.Item) -> tuple[int, bool]:
        file = _file(item)
        return _LONGEST.index(file) if file in _LONGEST else len(_LONGEST), file not in real

    items.sort(key=rank)


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
