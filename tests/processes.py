"""How the tests are shared out: over how many processes, in which order, and with which ports.

Many a test waits: for a session that runs out, for an alert that is due. So there are two processes more than there
are cores. Files are handed out in this order: the longest first, and last what needs no real part, to fill the gaps.
Each process has ports of its own: a server that is slow to start may find that another's has the one it was given.
"""

import os

import pytest

from streams.local import ports

# More than a minute each. Begun last, they would be all that still runs at the end.
_LONGEST = (
    "tests/alerting/test_alerts.py",
    "tests/security/test_users.py",
    "tests/ingest/test_log_changed.py",
    "tests/ingest/test_restored.py",
    "tests/generate/test_alerts.py",
    "tests/security/test_tls.py",
    "tests/ingest/test_lost.py",
    "tests/faults/test_leaderless.py",
    "tests/faults/test_dead.py",
    "tests/ingest/test_accepted.py",
    "tests/faults/test_redis_lost.py",
    "tests/alerting/test_watchers.py",
    "tests/faults/test_broker.py",
)

PORTS_OF_EACH = 2_000
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # such as gw0
    number = int(worker.removeprefix("gw")) % ((ports.HIGHEST + 1 - ports.LOWEST) // PORTS_OF_EACH)
    ports.LOWEST += number * PORTS_OF_EACH
    ports.HIGHEST = ports.LOWEST + PORTS_OF_EACH - 1


def pytest_xdist_auto_num_workers() -> int | None:
    """For `--numprocesses auto`, where PYTEST_XDIST_AUTO_NUM_WORKERS does not say how many."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files, then those of real parts, then the others."""
    real = {_file(item) for item in items if item.get_closest_marker("real")}

    def rank(item: pytest.Item) -> tuple[int, bool]:
        file = _file(item)
        return _LONGEST.index(file) if file in _LONGEST else len(_LONGEST), file not in real

    items.sort(key=rank)


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
