"""Cards, targets and opening hours by date: which holds at an instant, what is refused, and what is told of it."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import config
from config import Centre, ConfigError, changes, in_short, lapses, unwatched
from config.spans import days
from config.targets import Target
from streams import cli
from streams.cli.app import app
from streams.cli.doctor import _configuration
from streams.settings import Settings
from tests.answers import answered
from tests.cards import DAY, NEW, NEW_YEAR_MS, OLD, split, texts, two_cards

cli.load("config")
OSLO = ZoneInfo("Europe/Oslo")
CENTRE = two_cards()
NAME = "phone-personbruker-mean"
DATES = st.none() | st.dates(date(2020, 1, 1), date(2020, 2, 1))


def mean(centre: Centre, at: int | date) -> int | None:
    return next((target.at_most_ms for target in centre.targets_at(at) if target.id == NAME), None)


def at(text: str) -> int:
    """An instant of Oslo's clocks."""
    return round(datetime.fromisoformat(text).replace(tzinfo=OSLO).timestamp() * 1000)


# --- which card


@pytest.mark.parametrize(("from_ms", "card", "promised"), [(-1, "2026", OLD), (0, "2027", NEW), (1, "2027", NEW)])
def test_the_next_card_takes_over_at_midnight_in_oslo_to_the_millisecond(
    from_ms: int, card: str, promised: int
) -> None:
    now_ms = NEW_YEAR_MS + from_ms
    assert (CENTRE.card_at(now_ms), mean(CENTRE, now_ms)) == (card, promised)
    assert CENTRE.longest_waits_at(now_ms)["phone/personbruker"] == 3 * promised


def test_one_zone_s_new_year_is_not_another_s() -> None:
    helsinki = two_cards(queues=lambda text: text.replace("Europe/Oslo", "Europe/Helsinki"))
    assert helsinki.card_at(NEW_YEAR_MS - 1) == helsinki.card_at(NEW_YEAR_MS - 3_600_000) == "2027"
    assert helsinki.card_at(NEW_YEAR_MS - 3_600_001) == "2026"


def test_where_one_is_named_it_always_is() -> None:
    """As older configurations have it."""

    def older(text: str) -> str:
        return 'in_force = "2027"\n' + re.sub(r", (?:from|until) = [0-9-]+", "", text)

    as_text = re.sub(r"\{ label = (.*) \}", r"\1", older(texts()["targets.toml"]))
    assert '"2027" = "That of 2027"' in as_text
    named = config.centre_of({**texts(), "targets.toml": as_text}, "older")
    assert changes(named, two_cards(older), NEW_YEAR_MS) == []
    for instant in (0, NEW_YEAR_MS - 1, NEW_YEAR_MS, 4_000_000_000_000):
        assert named.targets_at(instant) == CENTRE.targets_at(NEW_YEAR_MS)
        assert named.longest_waits_at(instant) == CENTRE.longest_waits_at(NEW_YEAR_MS)
    assert lapses(named, date(2030, 1, 1)) == []
    assert in_short(named, DAY) == "6 targets by the card 2027"


def test_where_one_may_wait_unseen_is_told() -> None:
    day = date(2025, 3, 4)
    assert unwatched(CENTRE, day) == [], "letters have no limit, and need none"
    targets = "\n".join(
        f"[[targets]]{one}" for one in texts()["targets.toml"].split("[[targets]]")[1:] if "phone-samhandler" not in one
    )
    head = texts()["targets.toml"].split("[[targets]]")[0]
    told = "phone, samhandler: nobody is told where one waits there for too long: add a [[longest_wait]]"
    without = {**texts(), "targets.toml": head + targets}
    assert unwatched(config.centre_of(without, "without"), day) == [told]
    limit = '[[longest_wait]]\nchannel = "phone"\naudience = "samhandler"\nat_most = "9m"\nuntil = 2025-03-03\n'
    until_then = config.centre_of({**without, "targets.toml": f"{head}{targets}\n{limit}"}, "until then")
    assert (unwatched(until_then, date(2025, 3, 3)), unwatched(until_then, day)) == ([], [told])


def test_where_one_may_wait_through_a_window_untold_is_told() -> None:
    day = date(2025, 3, 4)
    long = '[[longest_wait]]\nchannel = "phone"\naudience = "samhandler"\nat_most = "1h"\n'
    given = {**texts(), "targets.toml": f"{texts()['targets.toml']}\n{long}"}
    assert unwatched(config.centre_of(given, "long"), day) == [
        "phone, samhandler: one may wait unanswered through a target's whole window (30m), and nobody be told of it "
        "before 1h: add a [[longest_wait]]"
    ]
    as_long = {**given, "targets.toml": given["targets.toml"].replace('at_most = "1h"', 'at_most = "30m"')}
    assert unwatched(config.centre_of(as_long, "as long"), day) == []


def test_a_target_of_the_longest_wait_watches() -> None:
    day = date(2025, 3, 4)
    long = '[[longest_wait]]\nchannel = "phone"\naudience = "samhandler"\nat_most = "1h"\n'
    target = (
        '\n[[targets]]\ncard = "2026"\nid = "longest"\nmeasure = "longest_wait"\nchannel = "phone"\n'
        'audience = "samhandler"\nat_most = "20m"\n'
    )
    given = {**texts(), "targets.toml": f"{texts()['targets.toml']}{target}\n{long}"}
    assert unwatched(config.centre_of(given, "watched"), day) == []
    of_many = {**given, "targets.toml": given["targets.toml"].replace('"20m"', '"20m"\nleast_sample = 5')}
    assert len(unwatched(config.centre_of(of_many, "of many"), day)) == 1


def test_a_channel_where_shares_alone_are_promised_is_watched_by_nobody() -> None:
    """It has no mean, and so no limit, of any audience."""
    day = date(2025, 3, 4)
    head, *tables = texts()["targets.toml"].split("[[targets]]")
    of_shares = [one for one in tables if "-mean" not in one]
    given = {**texts(), "targets.toml": "[[targets]]".join([head, *of_shares])}
    told = unwatched(config.centre_of(given, "of shares"), day)
    assert [one.partition(":")[0] for one in told] == ["phone, personbruker", "phone, samhandler"]


def test_a_target_that_changes_in_mid_year_is_two_stretches() -> None:
    centre = two_cards(split)
    promised = {day: mean(centre, date.fromisoformat(day)) for day in ("2026-06-30", "2026-07-01", "2027-01-01")}
    assert promised == {"2026-06-30": 420_000, "2026-07-01": 360_000, "2027-01-01": NEW}
    changed = at("2026-07-01T00:00")
    assert (mean(centre, changed - 1), mean(centre, changed)) == (420_000, 360_000)
    assert len(centre.targets_at(changed - 1)) == len(centre.targets_at(changed)) == 6


def test_where_no_card_is_there_are_no_targets_and_it_is_told() -> None:
    centre = two_cards(lambda text: text.replace("from = 2027-01-01", "from = 2027-01-03"))
    gap = date(2027, 1, 1)
    assert (centre.card_at(gap), list(centre.targets_at(gap)), dict(centre.longest_waits_at(gap))) == (None, [], {})
    assert in_short(centre, gap) == "no targets, then by 2027 from 2027-01-03"
    told = ["no card is in force from 2027-01-01: add one"]
    for days_before, expected in ((61, []), (60, told), (1, told)):
        assert lapses(centre, gap - timedelta(days=days_before)) == expected, days_before
    assert lapses(centre, gap + timedelta(days=1)) == ["no card is in force from 2027-01-02: add one"]
    assert lapses(centre, gap + timedelta(days=2)) == lapses(CENTRE, gap) == []


def test_what_is_in_force_and_what_is_next_is_said_in_short() -> None:
    assert in_short(CENTRE, DAY) == "6 targets by the card 2026 until 2026-12-31, then by 2027 from 2027-01-01"
    assert in_short(CENTRE, date(2027, 1, 1)) == "6 targets by the card 2027"


# --- dates


@given(DATES, DATES, DATES, DATES)
def test_spans_are_the_sets_of_their_days(a: date | None, b: date | None, c: date | None, d: date | None) -> None:
    every = [date(2019, 12, 31) + timedelta(days=n) for n in range(35)]
    if (a and b and a > b) or (c and d and c > d):
        return
    one, other = days(a, b), days(c, d)
    assert [day for day in every if one.holds(day)] == [d for d in every if (not a or d >= a) and (not b or d <= b)]
    both = [day for day in every if one.holds(day) and other.holds(day)]
    common = one.common(other)
    assert one.overlaps(other) == other.overlaps(one) == bool(both) == (common is not None)
    assert [day for day in every if common and common.holds(day)] == both


# --- opening hours


def hours(*stretches: str) -> Centre:
    """The phone's hours by date."""
    return two_cards(
        queues=lambda text: text.replace('phone = "Mon-Fri 09:00-15:00"', f"phone = [{', '.join(stretches)}]")
    )


SUMMER = hours(
    '{ hours = "Mon-Fri 09:00-15:00", until = 2026-06-14 }',
    '{ hours = "Mon-Fri 08:00-12:00", from = 2026-06-15, until = 2026-08-14 }',
    '{ hours = "Mon-Sun 09:00-15:30", from = 2026-08-17 }',
).opening_hours


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-06-12T08:30", False),
        ("2026-06-12T14:30", True),
        ("2026-06-15T08:30", True),
        ("2026-06-15T14:30", False),
        ("2026-08-14T08:30", True),
        ("2026-08-15T10:00", False),
        ("2026-08-16T10:00", False),
        ("2026-08-17T15:15", True),
        ("2026-08-23T15:15", True),
        ("2026-12-25T10:00", False),
    ],
)
def test_a_day_goes_by_its_own_hours(instant: str, is_open: bool) -> None:
    assert SUMMER.is_open("phone", at(instant)) == is_open
    assert not SUMMER.is_open("chat", at("2026-06-15T08:30"))


def test_it_opens_first_on_the_first_day_that_has_hours() -> None:
    closed = at("2026-08-14T12:00")
    assert SUMMER.first_open("phone", closed, at("2026-08-20T00:00")) == at("2026-08-17T09:00")
    ends = hours('{ hours = "Mon-Fri 09:00-15:00", until = 2026-06-14 }').opening_hours
    assert ends.first_open("phone", at("2026-06-12T15:00"), at("2028-01-01T00:00")) is None


def test_on_the_day_on_which_the_clock_is_changed_other_hours_begin_by_the_wall_s_clock() -> None:
    """The 29th of March of 2026 has 23 hours in Oslo, and the 25th of October 25."""
    changed = hours(
        '{ hours = "Mon-Sun 01:30-02:30", until = 2026-03-28 }',
        '{ hours = "Mon-Sun 02:30-04:00", from = 2026-03-29, until = 2026-10-24 }',
        '{ hours = "Mon-Sun 02:30-02:40", from = 2026-10-25 }',
    ).opening_hours
    spring = at("2026-03-29T00:00")
    assert changed.first_open("phone", spring, spring + 86_400_000) == spring + 2 * 3_600_000  # 02:00 is 03:00
    autumn = at("2026-10-25T00:00")
    first = changed.first_open("phone", autumn, autumn + 86_400_000)
    assert first == autumn + 2 * 3_600_000 + 30 * 60_000
    again = changed.first_open("phone", first + 10 * 60_000, autumn + 86_400_000)
    assert again == first + 3_600_000, "that half hour comes twice"


def test_one_text_is_the_hours_of_every_day() -> None:
    assert changes(hours('{ hours = "Mon-Fri 09:00-15:00" }'), CENTRE, NEW_YEAR_MS) == []


@pytest.mark.parametrize(
    ("stretches", "told"),
    [
        (
            [
                '{ hours = "Mon-Fri 09:00-15:00", until = 2027-01-01 }',
                '{ hours = "Mon-Fri 08:00-15:00", from = 2027-01-01 }',
            ],
            r"hours\.phone: two stretches overlap: Mon-Fri 09:00-15:00 until 2027-01-01, and Mon-Fri 08:00",
        ),
        ([], r"hours\.phone: hours such as"),
        (['{ hours = "noon" }'], r'hours\.phone\.0\.hours: "noon" is not like'),
    ],
)
def test_hours_that_cannot_be_are_refused(stretches: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        hours(*stretches)


def test_a_channel_whose_hours_end_is_told_before_it_is_closed() -> None:
    ends = hours('{ hours = "Mon-Fri 09:00-15:00", until = 2026-06-14 }')
    told = ["phone has no hours from 2026-06-15, and is closed: add them"]
    assert lapses(ends, date(2026, 6, 1)) == lapses(ends, date(2026, 6, 14)) == told
    assert lapses(ends, date(2026, 4, 1)) == []


# --- what is told of a change


def test_each_change_of_dates_is_a_line() -> None:
    new = two_cards(
        lambda text: split(text).replace("until = 2026-12-31", "until = 2026-12-30"),
        lambda text: text.replace(
            'chat = "Mon-Fri 09:00-15:00"', 'chat = [{ hours = "Mon-Fri 08:00-15:00", from = 2026-05-01 }]'
        ),
    )
    told = {change.place: change for change in changes(CENTRE, new, NEW_YEAR_MS)}
    assert {change.effect.value for change in told.values()} == {"now"}
    place = f"targets.2026/{NAME}"
    assert {where: change[1:3] for where, change in told.items() if not where.startswith(f"{place}#2")} == {
        "cards.2026.until": ("2026-12-31", "2026-12-30"),
        "hours.chat": ("Mon-Fri 09:00-15:00", "Mon-Fri 08:00-15:00 from 2026-05-01"),
        f"{place}.until": (None, "2026-06-30"),
    }
    assert told[f"{place}#2.at_most"][1:3] == (None, "6m")
    assert told[f"{place}#2.from"][1:3] == (None, "2026-07-01")


# --- what is told by the commands


def folder(tmp_path: Path, until: date) -> Path:
    """Of a card that ends, and no next one."""

    def ending(text: str) -> str:
        return re.sub(r'"2027" = .*\n', "", text).replace('"2027"', '"2026"').replace("2026-12-31", str(until))

    made = texts(lambda text: ending(text.partition('\n[[targets]]\ncard = "2027"')[0]))
    for name, text in made.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(("ahead", "is_told"), [(timedelta(days=30), True), (timedelta(days=400), False)])
def test_check_and_doctor_tell_of_a_card_that_ends_without_a_next_one(
    ahead: timedelta, is_told: bool, tmp_path: Path
) -> None:
    until = datetime.now(UTC).date() + ahead
    where = folder(tmp_path, until)
    told = f"no card is in force from {until + timedelta(days=1)}: add one"
    said = CliRunner().invoke(app, ["config", "check", str(where)])
    assert said.exit_code == 0
    assert f"6 targets by the card 2026 until {until}." in said.stdout
    assert (f"warning: {told}" in said.stderr) == is_told
    as_json = CliRunner().invoke(app, ["config", "check", str(where), "--json"])
    assert answered("config check", as_json.stdout)["warnings"] == [told] * is_told
    finding = _configuration(Settings(config=where), None)  # type: ignore[call-arg]
    assert (finding.state, finding.todo) == (("warning", told) if is_told else ("ok", ""))
    assert f"6 targets by the card 2026 until {until}" in finding.found


def test_a_target_is_judged_by_its_own_hours_of_the_day() -> None:
    """Its hours are another card's target's, too, where that has none of its own."""

    def own(text: str) -> str:
        return text.replace('at_most = "390s"', 'at_most = "390s"\nhours = "Mon-Sun 00:00-24:00"', 1)

    centre = two_cards(own)
    old, new = (_named(centre, day) for day in (date(2026, 12, 31), date(2027, 1, 2)))
    sunday = at("2027-01-03T10:00")
    assert not centre.opening_hours.is_open(old.hours_key, sunday)
    assert centre.opening_hours.is_open(new.hours_key, sunday)


def _named(centre: Centre, day: date) -> Target:
    return next(target for target in centre.targets_at(day) if target.id == NAME)
