"""The queue that a target names: what is wrong with it, and on which days it is there."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import config
from config import ConfigError, absences, changes
from config.spans import days
from streams import cli
from streams.cli.app import app
from streams.generate.spells import spells
from tests.answers import answered
from tests.cards import Edit
from tests.promised import of_queue, promising, table, texts

cli.load("config")
TODAY = date(2026, 6, 1)
IDS = "there are arbeid, helse, "


def item(table: str) -> Edit:
    return lambda text: text.replace('"arbeid", "helse"', f'"arbeid", {table}', 1)


WRONG = [
    ("a queue that is not configured", "fax", str, f"there is no queue fax of phone, personbruker; {IDS}"),
    ("one of another audience", "kommune", str, f"there is no queue kommune of phone, personbruker; {IDS}"),
    ("one outside the centre", "nav-kontor", str, "the queue phone/personbruker/nav-kontor is outside the centre: a"),
    (
        "one that is left out",
        "helse",
        item('{ id = "helse", left_out = true }'),
        "the queue phone/personbruker/helse is left out: a target is of the centre's own queues",
    ),
    ("all that are not configured", "other", str, '"other" is where queues are counted that are not configured'),
    (
        "one that is there at other times",
        "helse",
        item('{ id = "helse", until = 2024-12-31 }'),
        "it is never judged: phone/personbruker/helse is there on none of the days on which it is in force",
    ),
]


@pytest.mark.parametrize(("queue", "edit", "told"), [pytest.param(*case, id=name) for name, *case in WRONG])
def test_what_is_wrong_is_told(queue: str, edit: Edit, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        promising(of_queue("one", queue, at_most="7m"), queues=edit)
    assert told in str(error.value)
    assert "targets.12 (one)" in str(error.value)


TWICE = (
    '{ id = "helse", sources = ["a"], until = 2026-06-30 }, '
    '{ id = "helse", sources = ["a", { name = "b", from = 2026-10-01 }], from = 2026-07-01, until = 2026-12-31 }'
)
PARTLY = item(TWICE)


def test_a_line_is_there_in_stretches_of_each_of_which_it_is_made_of_the_same() -> None:
    """A second item of the same source goes on with the first one's stretch."""
    centre = promising(queues=PARTLY)
    assert centre.stretches_of("phone/personbruker/helse") == [
        days(None, date(2026, 9, 30)),
        days(date(2026, 10, 1), date(2026, 12, 31)),
    ]
    assert centre.stretches_of("phone/personbruker/arbeid") == [days(None, None)]
    assert centre.stretches_of("phone/personbruker/nav-kontor") == []


def test_what_is_generated_holds_while_the_line_is_made_of_the_same() -> None:
    """So that the year's budget of no stretch looks back to what another queue of the source brought along."""
    centre = promising(of_queue("one", "helse", at_most="7m"), queues=PARTLY)
    for of in (centre, centre.as_of(1_780_000_000_000)):  # 2026-05-28: what holds later is still known
        of_it = [spell.days for spell in spells(of) if spell.target.id == "one"]
        first, second = date(2025, 1, 1), date(2026, 10, 1)
        assert of_it == [days(first, date(2026, 9, 30)), days(second, date(2026, 12, 31))]


def test_where_it_is_not_there_for_a_part_of_the_time_is_told() -> None:
    centre = promising(of_queue("one", "helse", at_most="7m"), queues=PARTLY)
    told = "targets.12 (one): phone/personbruker/helse is not there from 2027-01-01, and the target is not judged then"
    assert absences(centre, TODAY) == [told]
    later = promising(
        of_queue("one", "helse", at_most="7m"), queues=item('{ id = "helse", from = 2025-03-01, until = 2026-12-31 }')
    )
    assert absences(later, date(2025, 2, 1)) == [
        told.replace("from 2027-01-01", "from 2025-01-01 until 2025-02-28"),
        told,
    ]
    assert absences(later, TODAY) == [told], "what is over is not"
    assert absences(promising(of_queue("one", "helse", at_most="7m")), TODAY) == []


def test_check_warns_of_it(tmp_path: Path) -> None:
    for name, text in texts(of_queue("one", "helse", at_most="7m"), queues=PARTLY).items():
        (tmp_path / name).write_text(text)
    said = CliRunner().invoke(app, ["config", "check", str(tmp_path), "--json"])
    assert said.exit_code == 0
    (warning,) = answered("config check", said.stdout)["warnings"]
    assert warning.startswith("targets.12 (one): phone/personbruker/helse is not there from 2027-01-01")


def test_to_name_a_queue_is_a_change_that_workers_take() -> None:
    arbeid, helse = (promising(of_queue("one", queue, at_most="7m")) for queue in ("arbeid", "helse"))
    (change,) = changes(arbeid, helse, 0)
    assert change == ("targets.2025/one.queue", "arbeid", "helse", config.Effect.NOW)


def test_a_queue_is_of_an_audience() -> None:
    with pytest.raises(ConfigError, match=r"targets\.12 \(one\): a queue is of an audience: say of which"):
        promising(table("one", queue="helse", at_most="7m"))


def test_a_channel_has_own_queues_or_it_has_no_target() -> None:
    assert promising(table("one", at_most="7m")).all_targets[-1].whose == "phone"

    def outside(text: str) -> str:
        return text.replace('ids = ["sto", "bto"]', 'ids = ["sto", "bto"]\nexternal = true')

    with pytest.raises(ConfigError, match=r"targets\.12 \(one\): there are no queues of written$"):
        promising(table("one", channel="written", at_most="7m"), queues=outside)
