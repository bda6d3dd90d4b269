"""The queue that a target names: what is wrong with it, and on which days it is there."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config import ConfigError, Effect, absences, changes
from config.cards import Card
from config.spans import days
from streams import cli
from streams.cli.app import app
from streams.generate.spells import spells
from streams.generate.years import from_year, years_until
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


SUMMER = date(2026, 6, 1), date(2026, 8, 31)
AWAY = '{ id = "helse", label = "Syk", until = 2026-05-31 }, { id = "helse", from = 2026-09-01 }'


@pytest.mark.parametrize("between", ["", "external", "left_out"])
def test_while_a_line_is_away_it_has_no_stretch_and_no_target(between: str) -> None:
    """Also where it is somebody else's then, or left out, and made of the same before and after."""
    is_else = f'{{ id = "helse", {between} = true, from = 2026-06-01, until = 2026-08-31 }}, ' if between else ""
    centre = promising(of_queue("one", "helse", at_most="7m"), queues=item(AWAY.replace("{", is_else + "{", 1)))
    assert centre.stretches_of("phone/personbruker/helse") == [
        days(None, date(2026, 5, 31)),
        days(date(2026, 9, 1), None),
    ]
    assert [told.partition(" is not there ")[2] for told in absences(centre, TODAY)] == [
        "from 2026-06-01 until 2026-08-31, and the target is not judged then"
    ]
    there = {day: "one" in {target.id for target in centre.targets_at(day)} for day in SUMMER}
    assert not any(there.values())
    of_it = [spell.days for spell in spells(centre) if spell.target.id == "one"]
    assert of_it == [days(date(2025, 1, 1), date(2026, 5, 31)), days(date(2026, 9, 1), None)]


def test_a_source_is_the_same_however_its_name_is_written() -> None:
    centre = promising(
        queues=item('{ id = "helse", until = 2026-05-31 }, { id = "helse", sources = ["Helse"], from = 2026-06-01 }')
    )
    assert centre.stretches_of("phone/personbruker/helse") == [days(None, None)]


def test_a_queue_that_is_over_keeps_its_label() -> None:
    centre = promising(queues=item('{ id = "helse", label = "Syk", until = 2026-05-31 }'))
    assert centre.as_of(1_790_000_000_000).names.queue("phone", "personbruker", "helse") == "Syk"  # 2026-09-21
    again = promising(queues=item(AWAY))
    assert again.as_of(1_790_000_000_000).names.queue("phone", "personbruker", "helse") is None, "as it is now"


def test_what_is_generated_holds_over_the_day_on_which_the_line_is_made_of_others() -> None:
    centre = promising(of_queue("one", "helse", at_most="7m"), queues=PARTLY)
    for of in (centre, centre.as_of(1_780_000_000_000)):  # 2026-05-28: what holds later is still known
        of_it = [spell.days for spell in spells(of) if spell.target.id == "one"]
        assert of_it == [days(date(2025, 1, 1), date(2026, 12, 31))]
        of_it = [spell.days for spell in spells(from_year(of, 2026)) if spell.target.id == "one"]
        assert of_it == [days(None, date(2026, 12, 31))]


def test_what_is_over_is_not_made_again() -> None:
    """Of a queue that was another before, or was away, its first day is kept."""
    centre = promising(of_queue("one", "helse", at_most="7m"), queues=item(AWAY))
    both = [days(None, date(2026, 5, 31)), days(date(2026, 9, 1), None)]
    for year, of_it in ((2026, both), (2027, both[1:]), (2030, both[1:])):
        made = [spell for spell in spells(from_year(centre, year)) if spell.target.id == "one"]
        assert [spell.days for spell in made] == of_it, year


def test_what_was_made_in_a_year_before_is_known_by_the_dates_of_queues() -> None:
    centre = promising(of_queue("one", "helse", at_most="7m"), queues=item(AWAY))
    undated = centre.model_copy(update={"cards": dict.fromkeys(centre.cards, Card(label="")), "in_force": "2025"})
    assert list(years_until(undated, 2028)) == [2028, 2026]


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
    assert change == ("targets.2025/one.queue", "arbeid", "helse", Effect.NOW)


LIMITS = [
    ("abandonment", {"at_least": 0.9}, "a target of abandonment has at_most (a share), and no within"),
    ("abandonment", {"at_most": "5m"}, "a target of abandonment has at_most (a share), and no within"),
    ("abandonment", {"at_most": 0.05, "within": "1m"}, "a target of abandonment has at_most (a share), and no within"),
    ("abandonment", {"at_most": 0}, "at_most: a share is more than 0 and at most 1 (0.05 is 5 %)"),
    ("abandonment", {"at_most": 5}, "at_most: a share is more than 0 and at most 1 (0.05 is 5 %)"),
    ("abandonment", {"at_most": 0.05, "more_than": 0.01}, "exactly one of at_most, at_least and more_than is needed"),
    ("mean_wait", {"at_most": 0.05}, "a target of mean_wait has at_most (a length of time), and no within"),
    (
        "share_within_of_offered",
        {"at_least": 0.9},
        "share_within_of_offered has at_least or more_than, and within",
    ),
    (
        "share_within",
        {"at_most": 0.9, "within": "1m"},
        "of share_within has at_least or more_than, and within",
    ),
    ("journey_wait", {"at_most": 0.05}, "a target of journey_wait has at_most (a length of time), and no within"),
    ("time_in_queues", {"at_least": 0.9}, "a target of time_in_queues has at_most (a length of time), and no within"),
    ("callbacks_kept", {"at_most": "5m"}, "a target of callbacks_kept has at_least or more_than, and no within"),
    ("longest_wait", {"at_most": 0.05}, "a target of longest_wait has at_most (a length of time), and no within"),
    ("longest_wait", {"at_least": 0.9}, "a target of longest_wait has at_most (a length of time), and no within"),
    ("waiting", {"at_most": "5m"}, "at_most: a target of waiting has at_most as a whole number: how many"),
    ("waiting", {"at_most": 2.5}, "at_most: a target of waiting has at_most as a whole number: how many"),
    ("waiting", {"at_most": 0}, "at_most: Input should be greater than 0"),
    ("waiting", {"at_most": 20, "within": "1m"}, "a target of waiting has at_most (how many), and no within"),
    ("waiting", {"at_least": 0.9}, "a target of waiting has at_most (how many), and no within"),
    ("abandoned", {"at_most": 0.05}, "measure: Input should be 'mean_wait', 'mean_wait_while_open', 'share_within'"),
]


@pytest.mark.parametrize(("measure", "fields", "told"), LIMITS)
def test_a_limit_that_is_not_of_its_measure(measure: str, fields: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError) as error:
        promising(of_queue("one", "helse", measure, **fields))
    assert told in str(error.value)


def test_what_a_customer_may_wait_in_all_is_no_limit_on_the_longest_wait() -> None:
    """Of that the mean of a queue's own waits decides, whatever else is promised of the group."""
    given = {"audience": "personbruker", "at_most": "1m"}
    with_them = promising(*(table(measure.replace("_", "-"), measure, **given) for measure in JOURNEYS))
    assert with_them.longest_waits_at(TODAY) == promising().longest_waits_at(TODAY)
    assert [target.mean_wait_ms for target in with_them.all_targets[-2:]] == [None, None]


JOURNEYS = ("journey_wait", "time_in_queues")


def test_a_share_at_most_is_no_length_of_time() -> None:
    """It is no edge that waits are shown by, and no limit on the longest of them."""
    with_it, without = promising(table("one", "abandonment", audience="personbruker", at_most=0.05)), promising()
    (target,) = [target for target in with_it.all_targets if target.id == "one"]
    assert (target.at_most, target.at_most_ms, target.promise.limit) == (0.05, None, 0.05)
    assert with_it.shown_edges_ms == without.shown_edges_ms
    assert with_it.longest_waits_at(TODAY) == without.longest_waits_at(TODAY)
    assert ("targets.2025/one.at_most", None, "0.05", Effect.NOW) in changes(without, with_it, 0)
    assert promising(table("one", "abandonment", at_most=1)).all_targets[-1].at_most == 1.0


def test_a_number_of_who_waits_is_no_length_of_time() -> None:
    many, without = promising(table("many", "waiting", audience="personbruker", at_most=20)), promising()
    target = many.all_targets[-1]
    assert (target.at_most_visits, target.at_most_ms, target.promise.limit) == (20, None, 20)
    assert many.shown_edges_ms == without.shown_edges_ms
    assert ("targets.2025/many.at_most", None, "20", Effect.NOW) in changes(without, many, 0)
    more = promising(table("many", "waiting", audience="personbruker", at_most=25))
    assert changes(many, more, 0) == [("targets.2025/many.at_most", "20", "25", Effect.NOW)]


def test_what_holds_for_one_needs_no_sample_unless_it_says_so() -> None:
    """`[alerting]` asks for five."""
    given = {"audience": "personbruker", "at_most": "20m"}
    usual = promising(table("longest", "longest_wait", **given)).all_targets[-1]
    own = promising(table("longest", "longest_wait", least_sample=3, **given)).all_targets[-1]
    mean = promising(table("mean", **given)).all_targets[-1]
    assert [target.least_sample for target in (usual, own, mean)] == [1, 3, 5]


def test_a_target_of_the_longest_wait_is_no_limit_on_it() -> None:
    """That is told of each queue by itself, by its own table."""
    with_it = promising(table("longest", "longest_wait", audience="personbruker", at_most="1m"))
    assert with_it.longest_waits_at(TODAY) == promising().longest_waits_at(TODAY)


def test_a_queue_is_of_an_audience() -> None:
    with pytest.raises(ConfigError, match=r"targets\.12 \(one\): a queue is of an audience: say of which"):
        promising(table("one", queue="helse", at_most="7m"))


def test_a_channel_has_own_queues_or_it_has_no_target() -> None:
    assert promising(table("one", at_most="7m")).all_targets[-1].whose == "phone"

    def outside(text: str) -> str:
        return text.replace('ids = ["sto", "bto"]', 'ids = ["sto", "bto"]\nexternal = true')

    with pytest.raises(ConfigError, match=r"targets\.12 \(one\): there are no queues of written( \(and 4 more.*)?$"):
        promising(table("one", channel="written", at_most="7m"), queues=outside)
