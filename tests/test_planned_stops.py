"""Planned stops in a configuration: what is refused, when one lasts, what a change of them is told as."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import config
from config import Centre, ConfigError, Effect, changes, stops
from config.planned_stops import Stop
from streams.cli.app import app
from streams.cli.doctor import _configuration
from streams.settings import Settings
from tests.answers import answered
from tests.test_changes import NOW_MS
from tests.test_config import SOURCE, loaded
from tests.test_queue_dates import at

TABLE = '\n[[planned_stops]]\nchannel = {}\nfrom = {}\nuntil = {}\nreason = "{}"\n'
BEGINS, ENDS = "2027-01-16T22:00:00", "2027-01-17T06:00:00"
WHY = "Ny versjon av sentralbordet"


def table(channel: str = '"phone"', begins: str = BEGINS, ends: str = ENDS, reason: str = WHY) -> str:
    return TABLE.format(channel, begins, ends, reason)


def stopped(folder: Path, *tables: str) -> Centre:
    folder.mkdir(exist_ok=True)
    return loaded(folder, "queues.toml", lambda text: text + "".join(tables))


@pytest.mark.parametrize(
    ("when", "lasts"),
    [
        ("2027-01-16T21:59:59.999", False),
        ("2027-01-16T22:00", True),
        ("2027-01-17T05:59:59.999", True),
        ("2027-01-17T06:00", False),
        ("2028-01-16T23:00", False),
    ],
)
def test_it_lasts_from_one_instant_up_to_another(tmp_path: Path, when: str, lasts: bool) -> None:
    centre = stopped(tmp_path, table())
    expected = Stop(at(BEGINS), at(ENDS), WHY) if lasts else None
    assert centre.planned_stop_at("phone", at(when)) == expected
    assert centre.as_of(at(when)).planned_stop_at("phone", at(when)) == expected
    assert centre.planned_stop_at("chat", at(when)) is None


def test_it_may_be_of_several_channels_and_a_channel_may_have_several(tmp_path: Path) -> None:
    again = table(begins=ENDS, ends="2027-01-17T08:00:00", reason="again")
    centre = stopped(tmp_path, again, table('["phone", "chat"]'))
    assert [centre.planned_stop_at(channel, at(BEGINS)) is not None for channel in ("phone", "chat")] == [True, True]
    assert centre.planned_stop_at("written", at(BEGINS)) is None
    assert centre.planned_stop_at("phone", at(ENDS)) == Stop(at(ENDS), at("2027-01-17T08:00"), "again")
    assert centre.planned_stop_at("chat", at(ENDS)) is None


def test_a_time_with_an_offset_means_that(tmp_path: Path) -> None:
    centre = stopped(tmp_path, table(begins="2027-01-16T21:00:00Z", ends="2027-01-17T06:00:00+01:00"))
    assert centre.planned_stop_at("phone", at(BEGINS)) == Stop(at(BEGINS), at(ENDS), WHY)


WRONG = {
    "it never begins": (table(ends=BEGINS), r"planned_stops\.0: it would never be: until must be later than from"),
    "longer than may be": (
        table(ends="2027-01-23T22:00:01"),
        r"planned_stops\.0: it is longer than 7d, the most that there may be: one that was forgotten would hide for e",
    ),
    "one without an end": (
        table().replace(f"until = {ENDS}\n", ""),
        r"planned_stops\.0\.until: Field required",
    ),
    "one without a reason": (
        table(reason=" "),
        r"planned_stops\.0\.reason: why it is taken down is one line of 1 to 100",
    ),
    "a reason of two lines": (table(reason="a\\nb"), r"planned_stops\.0\.reason: why it is taken down is one line"),
    "a reason as long as a page": (table(reason="a" * 101), r"planned_stops\.0\.reason: why it is taken down"),
    "no channel": (table("[]"), r"planned_stops\.0\.channel: .*at least 1 item"),
    "an unknown channel": (table('"fax"'), r"planned_stops\.0\.channel\.0: it is one of \[channels\]: phone, chat"),
    "a date": (
        table(begins="2027-01-16"),
        r"planned_stops\.0\.from: a time such as 2027-01-16T22:00:00, without quotes",
    ),
    "a time in quotes": (table(begins=f'"{BEGINS}"'), r"planned_stops\.0\.from: a time such as 2027-01-16T22:00:00"),
    "a year long ago": (table(begins="1066-10-14T09:00:00"), r"planned_stops\.0\.from: a time from 1975 to 2099"),
    "two at once": (
        table('["written", "phone"]') + table(begins="2027-01-17T05:59:59", ends="2027-01-18T00:00:00"),
        r"planned_stops\.1: phone is stopped already for some of that time, by planned_stops\.0",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    given, told = WRONG[name]
    with pytest.raises(ConfigError, match=told):
        stopped(tmp_path, given)


def test_it_may_be_as_long_as_may_be_to_the_second(tmp_path: Path) -> None:
    assert stopped(tmp_path, table(ends="2027-01-23T22:00:00")).planned_stop_at("phone", at("2027-01-23T21:59"))


def test_a_change_of_them_is_taken_while_workers_run(tmp_path: Path) -> None:
    before, after = config.load(), stopped(tmp_path / "a", table('["phone", "chat"]'))
    told = f"from 2027-01-16 22:00 until 2027-01-17 06:00: {WHY}"
    assert changes(before, after, NOW_MS) == [
        (f"planned_stops.{channel}", None, told, Effect.NOW) for channel in ("phone", "chat")
    ]
    longer = stopped(tmp_path / "b", table('["phone", "chat"]', ends="2027-01-17T08:00:30"))
    assert [change.after for change in changes(after, longer, NOW_MS)] == [
        f"from 2027-01-16 22:00 until 2027-01-17 08:00:30: {WHY}"
    ] * 2


def test_which_last_are_to_come_or_are_over_is_told(tmp_path: Path) -> None:
    centre = stopped(tmp_path, table('["phone", "chat"]'))
    lasts = (
        "planned_stops.0: phone and chat: nobody is told of its silence, nor of its targets, "
        f"from 2027-01-16 22:00 until 2027-01-17 06:00: {WHY}"
    )
    assert stops(centre, at("2026-12-01T00:00")) == stops(centre, at("2027-01-17T05:59:59")) == [lasts]
    assert stops(centre, at(ENDS)) == ["planned_stops.0: that of phone and chat is over, and can be taken out"]
    assert stops(config.load(), at(ENDS)) == []


def test_check_diff_and_doctor_speak_of_it(tmp_path: Path) -> None:
    """One that is to come, and one that is over, whenever this is run."""
    over = table(begins="2025-01-16T22:00:00", ends="2025-01-17T06:00:00")
    to_come = table(begins="2098-01-16T22:00:00", ends="2098-01-17T06:00:00")
    stopped(tmp_path / "a", over, to_come)
    said = CliRunner().invoke(app, ["config", "check", str(tmp_path / "a")])
    assert said.exit_code == 0
    assert "warning: planned_stops.0: that of phone is over, and can be taken out" in said.stderr
    when = f"from 2098-01-16 22:00 until 2098-01-17 06:00: {WHY}"
    told = f"planned_stops.1: phone: nobody is told of its silence, nor of its targets, {when}"
    assert f"warning: {told}" in said.stderr
    as_json = CliRunner().invoke(app, ["config", "check", str(tmp_path / "a"), "--json"])
    assert told in answered("config check", as_json.stdout)["warnings"]
    assert told in _configuration(Settings(config=tmp_path / "a"), None).found  # type: ignore[call-arg]
    differs = CliRunner().invoke(app, ["config", "diff", str(SOURCE), str(tmp_path / "a"), "--json"])
    (change,) = [change for change in answered("config diff", differs.stdout)["changes"] if "planned" in change[0]]
    assert (change[0], change[1], change[3]) == ("planned_stops.phone", None, "now")
    assert change[2].endswith(when)
