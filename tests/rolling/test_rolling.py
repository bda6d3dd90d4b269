"""What is judged of a rolling upgrade, and which build is run. The run itself is `make rolling`."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from streams.clock import Clock
from streams.keys import Keys
from tests.rolling.builds import HERE, Build, NoBuild
from tests.rolling.eyes import NOTHING, Eyes, Seen
from tests.rolling.steps import TAKEOVER_S, Ran, Step

WELL = Step("this and this", 0, 9.0, 1.5, 1000, 0)


def at(second: float, *, is_live: bool) -> Seen:
    return NOTHING._replace(at=second, is_live=is_live)


def test_how_long_it_was_stale_at_a_time() -> None:
    """
    second   0 1 2 3 4 5 6 7 8
    live     - L - - - L - - -     the first is before what is asked of; the last three have not ended
    """
    eyes = Eyes("redis://127.0.0.1:1", Keys("none"), Clock())
    eyes.all = [at(second, is_live=second in (1, 5)) for second in range(9)]
    assert eyes.longest_stale_s(1) == 2.0
    assert eyes.longest_stale_s(5) == 2.0
    assert eyes.longest_stale_s(8) == 0.0
    assert eyes.now.at == 8 and len(eyes.since(5)) == 4


@pytest.mark.parametrize(
    "step",
    [
        replace(WELL, differences=1),
        replace(WELL, ended_with=3),
        replace(WELL, stale_s=TAKEOVER_S + 0.1),
    ],
)
def test_one_step_that_does_not_hold_fails_all(step: Step) -> None:
    assert not Ran(200, 1, [WELL, replace(WELL, ended_with=None)]).failed
    assert Ran(200, 1, [WELL, step, WELL]).failed
    assert Ran(200, 1, [WELL], stalled="the workers catch up").failed
    assert Ran(200, 1, [WELL], lost=1).failed
    assert json.loads(json.dumps(Ran(200, 1, [WELL], Counter(a=2)).as_json()))["ends"] == {"a": 2}


def test_a_build_is_run_from_its_own_folder_or_not_at_all(tmp_path: Path) -> None:
    assert Build("this", HERE).folder == HERE
    with pytest.raises(NoBuild, match=r"has no \.venv"):
        Build("none", tmp_path)
    (tmp_path / ".venv").symlink_to(HERE / ".venv")
    with pytest.raises(NoBuild, match="is no clone of svartid"):
        Build("none", tmp_path)
