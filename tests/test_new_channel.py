"""A channel and an audience that nobody has heard of: to configure them is all that it takes, from events to alerts."""

import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console

import config
from config import Centre, ConfigError
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.generate.files import all_files
from streams.oracle import channels_and_audiences, differences, recount
from streams.serve.board import Board
from streams.serve.merging import NONE_MISSING
from streams.serve.metrics import SnapshotCollector
from streams.serve.snapshot import snapshot
from streams.serve.view import Viewer
from streams.settings import load
from tests.cards import YEAR
from tests.conftest import Installations
from tests.events import Event, event, records, visit
from tests.serve.documents import NOW, SECOND, view
from tests.test_config import MORE

CHANNEL = 'video = { label = "Videosamtale", topic = "nks.video.events.v1" }'
AUDIENCE = 'fullmektig = "fullmektige"'
QUEUES = '\n[[queues]]\nchannel = "video"\naudience = "fullmektig"\nids = ["uttale"]\n'
TARGET = """
[[targets]]
card = "2025"
id = "video-mean"
measure = "mean_wait"
channel = "video"
audience = "fullmektig"
at_most = "3m"
"""
LINE = "video/fullmektig/uttale"
MINUTE = 60 * SECOND


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's own configuration with a channel and an audience more: what a person writes."""
    own, made = Path(config.__file__).parent, tmp_path / "config"
    made.mkdir()
    queues, targets = ((own / name).read_text() for name in ("queues.toml", "targets.toml"))
    for table, row in (("channels", CHANNEL), ("audiences", AUDIENCE), ("hours", 'video = "Mon-Fri 09:00-15:00"')):
        assert f"[{table}]\n" in queues
        queues = queues.replace(f"[{table}]\n", f"[{table}]\n{row}\n")
    (made / "queues.toml").write_text(queues + QUEUES)
    (made / "targets.toml").write_text(targets + TARGET)
    return made


def calls() -> list[Event]:
    """Eight are answered after four minutes each, one gives up and one waits; two events are of no channel."""
    then = NOW - 20 * MINUTE
    answered = [visit(f"a{n}", then + n, ("queue.answered", 4 * MINUTE), line=LINE) for n in range(8)]
    gave_up = visit("g", then, ("queue.abandoned", MINUTE), line=LINE)
    waits = visit("w", NOW - 9 * MINUTE, line=LINE)
    said = event("queue.snapshot", NOW - SECOND, None, LINE, waiting=1)
    unheard_of = [event("queue.entered", NOW, "f", "fax/fullmektig/uttale"), event("agent.offered", NOW, "w", "x/y/z")]
    return [*(one for each in answered for one in each), *gave_up, *waits, said, *unheard_of]


def folded(centre: Centre) -> PartitionState:
    state = PartitionState(centre.rules(b"a key"))
    fold(state, records(calls(), NOW))
    return state


def test_it_is_counted_and_recounted(folder: Path) -> None:
    state = folded(config.load(folder))
    channels, audiences = channels_and_audiences(folder)
    told = definitions_of(state.rules)
    assert (channels, audiences) == (frozenset(told.channels), frozenset(told.audiences))
    assert differences(recount([one.recounted for one in records(calls(), NOW)], told), account(state)) == []
    assert state.counters["accepted"] == 20
    assert state.counters["rejected:bad_field"] == 2
    assert folded(config.load()).counters["rejected:bad_field"] == 22, "none of it without its configuration"


def test_it_is_shown(folder: Path) -> None:
    centre = config.load(folder)
    state = folded(centre)
    shown = view(
        Viewer(state, centre.windows.lengths).lines(NOW, Touched()),
        channel="video",
        watermark_ms=state.watermark,
        counters=dict(state.counters),
    )
    made = snapshot([shown], NONE_MISSING, centre, state.rules, NOW, 5 * SECOND)
    document: dict[str, Any] = orjson.loads(msgspec.json.encode(made))
    line, (target,) = document["lines"][LINE], [one for one in document["targets"] if one["id"] == "video-mean"]
    assert (line["waiting"], line["windows"]["30m"]["answered"], line["windows"]["30m"]["abandoned"]) == (1, 8, 1)
    assert (target["verdict"], target["window"]["value"]) == ("breach", 4 * MINUTE)
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: made))
    of = 'audience="fullmektig",channel="video",queue="uttale"'
    assert f"svartid_answered_total{{{of}}} 8.0" in generate_latest(registry).decode()
    console = Console(width=160, record=True)
    console.print(Board(made, NOW, ZoneInfo(centre.timezone), centre.names))
    assert "Videosamtale fullmektige" in console.export_text()


def test_boards_and_alerts_have_it(folder: Path) -> None:
    made = all_files(config.load(folder), YEAR)
    for file in ("deploy/prometheus/alerts.yaml", "deploy/nais/alerts.yaml"):
        for told in (
            "Videosamtale fullmektige: målet brytes nå",
            "Videosamtale er åpen, men svartid får ingen hendelser derfra",
            "Videosamtale: tallene bygges opp igjen",
        ):
            assert told in made[file], (file, told)
    boards = [text for name, text in made.items() if "Videosamtale" in text and name.startswith("grafana/")]
    assert len(boards) >= 3, "the wall, the scorecard, svartid's own"


def test_its_topic_is_the_configurations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(folder).topics["video"] == "nks.video.events.v1"
    assert "video" not in load().topics
    monkeypatch.setenv("SVARTID_CONFIG", str(folder))
    assert load().topics == config.load_channels(folder).topics
    monkeypatch.setenv("SVARTID_TOPICS", '{"video": "another"}')
    assert load().topics == {"video": "another"}


def test_nothing_that_is_kept_is_made_anew_for_it(folder: Path) -> None:
    with_it, without = config.load(folder).rules(b"a key"), config.load().rules(b"a key")
    assert with_it.fingerprint() == without.fingerprint()


def test_a_folder_that_tells_of_none_has_the_projects_own(folder: Path) -> None:
    file = folder.parent / "old"
    file.mkdir()
    own = Path(config.__file__).parent
    text = (own / "queues.toml").read_text()
    before, _, after = text.partition("[channels]\n")
    (file / "queues.toml").write_text(before + after[after.index("[definitions]") :])
    (file / "targets.toml").write_text((own / "targets.toml").read_text())
    assert config.load(file) == config.load()
    assert channels_and_audiences(file, own) == channels_and_audiences(own)


@pytest.mark.parametrize(
    ("row", "wrong", "told"),
    [
        (CHANNEL, 'video = { label = "Videosamtale" }', r"channels\.video\.topic: Field required"),
        (CHANNEL, CHANNEL.replace("video =", '"vi/deo" ='), r"channels\.vi/deo.*: String should match pattern"),
        (CHANNEL, CHANNEL.replace("nks.video", "nks/video"), r"channels\.video\.topic: String should match pattern"),
        (AUDIENCE, 'fullmektig = ""', r"audiences\.fullmektig: what it is called is one line"),
        (AUDIENCE, "", r"queues\.7\.audience: it is one of \[audiences\]: personbruker, samhandler$"),
        (CHANNEL, "", r"it is one of \[channels\]: phone, chat, written$"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(folder: Path, row: str, wrong: str, told: str) -> None:
    file = folder / "queues.toml"
    file.write_text(file.read_text().replace(row, wrong))
    with pytest.raises(ConfigError) as error:
        config.load(folder)
    assert re.search(told, MORE.sub("", str(error.value)))


@pytest.mark.real
def test_a_worker_reads_it_and_a_recount_agrees(installations: Installations, folder: Path) -> None:
    installation = installations({"video": 1})
    installation.env["SVARTID_CONFIG"] = str(folder)
    file = folder / "calls.ndjson"
    *known, fax, offered = calls()
    file.write_text("".join(f"{json.dumps(one)}\n" for one in [*known, fax, offered]))
    sent = json.loads(installation.run("produce", str(file), "--json").stdout)
    assert sent["sent"] == len(known)
    assert installation.run("worker", "--drain").returncode == 0
    installation.verify(len(known))
    day = "2025-03-04"
    ran = installation.run("history", "--from", day, "--to", day, "--step", "1d", "--by", "queue", "--json")
    (row,) = json.loads(ran.stdout)
    assert (row["channel"], row["queue"], row["answered"], row["abandoned"]) == ("video", "uttale", 8, 1)
