"""`svartid snapshot` and `svartid board` from outside: what they say, and what they exit with."""

import json
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.forked import SVARTID
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.serve.documents import NOW, bot, busy, document
from tests.terminal import CTRL_C, Terminal

pytestmark = pytest.mark.real

A_MINUTE_AGO, IN_AN_HOUR = "0,-60000,1", "0,3600000,1"  # clocks to read by: what was just made is fresh, or old


def test_the_snapshot(installation: Installation, tmp_path: Path) -> None:
    none = installation.run("snapshot", "--json")
    assert (none.returncode, none.stdout) == (1, "")
    assert "no worker has shown anything" in none.stderr

    installation.drain()
    fresh = installation.run("snapshot", "--json", SVARTID_CLOCK=A_MINUTE_AGO)
    assert (fresh.returncode, fresh.stderr) == (0, "")
    assert json.loads(fresh.stdout) == installation.snapshot()

    stale = installation.run("snapshot", SVARTID_CLOCK=IN_AN_HOUR)
    assert stale.returncode == 1
    assert "stale: nobody has written any for" in stale.stderr
    assert "UTDATERT" in stale.stdout

    picture = tmp_path / "board.svg"
    assert installation.run("snapshot", "--svg", str(picture), SVARTID_CLOCK=A_MINUTE_AGO).returncode == 0
    shown = "".join(ET.parse(picture).getroot().itertext())
    assert "LIVE" in shown or "STILLE" in shown  # while a channel is open it is told that nothing comes


@pytest.mark.fault(4, 22, 23)
@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (document(busy(), bot()), ""),
        (document(replace(busy(), is_fresh=False), bot()), "stale: partitions that may be unread: phone-0"),
        (document(busy(), bot(), missing=["phone-7"]), "stale: partitions that nobody shows: phone-7"),
        (document(busy(), bot(), missing_topics=["chat"]), "stale: topics that Kafka does not have: chat"),
        (document(), "the figures are stale"),
        (document(replace(busy(), rebuilding=(20, 80)), bot()), "rebuilt: 20 of 80 records, and none of phone are"),
        (document(replace(busy(), behind=5_001), bot()), "of the past: 5,001 records are not counted yet"),
        (document(busy(), bot()) | {"clock_wrong_ms": 3_600_000}, "wrote them is 3600.0 s off Redis'"),
    ],
)
def test_what_is_not_of_now_is_shown_and_ends_with_1(
    installation: Installation, shown: dict[str, Any], why: str
) -> None:
    """And standard output is the document, whatever it is."""
    installation.redis.set(installation.keys.snapshot, json.dumps(shown))
    then = f"0,{NOW - round(time.time() * 1000)},1"
    ran = installation.run("snapshot", "--json", SVARTID_CLOCK=then, COLUMNS="200")
    assert (ran.returncode, json.loads(ran.stdout)) == (1 if why else 0, shown)
    assert why in ran.stderr if why else ran.stderr == ""
    board = installation.run("snapshot", SVARTID_CLOCK=then, COLUMNS="200")
    assert board.returncode == ran.returncode
    assert "NAV Kontaktsenter" in board.stdout


def test_redis_that_cannot_be_reached_is_no_empty_answer(installation: Installation) -> None:
    for command in ("snapshot", "history"):
        assert installation.run(command, SVARTID_REDIS_URL="redis://127.0.0.1:1").returncode == 3


def test_the_board_wants_a_terminal(installation: Installation) -> None:
    ran = installation.run("board")
    assert ran.returncode == 2
    assert "needs a terminal" in ran.stderr


def test_the_board_in_a_terminal_that_is_resized(installation: Installation, tmp_path: Path) -> None:
    installation.redis.set(installation.keys.snapshot, json.dumps(document(busy(), bot())))
    with Terminal([SVARTID, "board"], installation.env, 120, 40, tmp_path) as terminal:
        for columns, lines in [(120, 40), (80, 24), (200, 50)]:
            terminal.resize(columns, lines)
            eventually(terminal.is_drawn_to_fit, f"the board is drawn in {columns} × {lines}")
            assert "NAV Kontaktsenter" in terminal.drawn()[0]
        terminal.press(CTRL_C)
        assert terminal.process.wait(10) == 0
        assert "Traceback" not in terminal.said
