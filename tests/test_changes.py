"""What differs between two configurations, what that asks for, and the command that says so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import config
from config import Centre, Effect, Wrong, asked_for, changes
from config.spans import FIRST_YEAR, LAST_YEAR
from streams import cli
from streams.cli.app import app
from streams.core.events import BEGINNING_MS, END_OF_TIME_MS
from streams.generate.files import all_files
from tests.answers import answered
from tests.cards import YEAR
from tests.test_config import SOURCE

cli.load("config")
FILES = {name: (SOURCE / name).read_text() for name in ("queues.toml", "targets.toml")}
CENTRE = config.load()
TOPICS = {name: one.topic for name, one in CENTRE.channels.items()}
NOW_MS = 1_798_761_600_000  # 2027-01-01T00:00Z, an hour after midnight in Oslo
Edit = tuple[str, str]  # what there is once, and what is in its place


def later(text: str) -> Edit:
    """An edit that dates what is otherwise from then on."""
    return "\n[retention]\n", f"\n[[definitions.later]]\n{text}\n\n[retention]\n"


# One of each kind of change that people make, and what it takes.
EDITS: dict[str, tuple[Edit, Effect]] = {
    "a queue added": (('"arbeid", "helse"', '"arbeid", "nytt", "helse"'), Effect.NOW),
    "a queue renamed": (('"arbeid", "helse", "familie"', '"arbeid", "helse", "familien"'), Effect.NOW),
    "a queue taken out": (('"arbeid", "helse", "familie"', '"arbeid", "familie"'), Effect.NOW),
    "a target moved": (('at_most = "7m"', 'at_most = "390s"'), Effect.NOW),
    "a window added": (('lengths = ["5m"', 'lengths = ["10m", "5m"'), Effect.NOW),
    "hours": (('chat = "Mon-Fri 09:00-15:00"', 'chat = "Mon-Fri 08:00-15:00"'), Effect.NOW),
    "holidays": (('holidays = "NO"', 'holidays = "SE"'), Effect.NOW),
    "an alert": (('silence = "2m"', 'silence = "3m"'), Effect.NOW),
    "retention": (('panes = "75m"', 'panes = "3h"'), Effect.NOW),
    "how long an open channel may be silent": (('stale_after = "2m"', 'stale_after = "3m"'), Effect.NOW),
    "what a channel is called": (('label = "Telefon"', 'label = "Tlf"'), Effect.NOW),
    "what an audience is called": (('samhandler = "samhandler"', 'samhandler = "lege"'), Effect.NOW),
    "a channel's topic": (("nks.chat.events.v1", "nks.chat.events.v2"), Effect.START),
    "an audience": (('samhandler = "samhandler"', 'samhandler = "samhandler"\nverge = "verge"'), Effect.START),
    "how old a report may be": (('report_max_age = "5m"', 'report_max_age = "6m"'), Effect.NOW),
    "what is short": (('chat = "5s" }', 'chat = "10s" }'), Effect.REBUILD),
    "what is lost": (('ghost_after = "4h"', 'ghost_after = "5h"'), Effect.REBUILD),
    "what is promised": (('promise = "2h"', 'promise = "3h"'), Effect.REBUILD),
    "how late": (('horizon = "36h"', 'horizon = "24h"'), Effect.REBUILD),
    "how far ahead": (('future = "1h"', 'future = "2h"'), Effect.REBUILD),
    "the skew": (('skew = "1m"', 'skew = "2m"'), Effect.REBUILD),
    "witnesses": (("witnesses = 3", "witnesses = 4"), Effect.REBUILD),
    "what is lost from next week on": (later('from = 2027-01-08\nghost_after = "5h"'), Effect.FROM),
    "what is short by chat from an hour on": (
        later('from = 2027-01-01T02:00:00\nshort_abandon = { chat = "9s" }'),
        Effect.FROM,
    ),
    "what is promised since today": (later('from = 2027-01-01\npromise = "3h"'), Effect.REBUILD),
    "what is said again": (later('from = 2026-01-01\nghost_after = "4h"'), Effect.NOW),
    "the time zone": (('timezone = "Europe/Oslo"', 'timezone = "Europe/Helsinki"'), Effect.REBUILD),
}


def edited(*names: str) -> Centre:
    return config.centre_of({file: _edited(text, names) for file, text in FILES.items()}, "edited")


def _edited(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = text.replace(*EDITS[name][0], 1)
    return text


@pytest.mark.parametrize("name", EDITS)
def test_each_change_is_told_with_what_it_takes(name: str) -> None:
    (old, _), effect = EDITS[name]
    assert sum(text.count(old) for text in FILES.values()) >= 1, "there is something to edit"
    found = changes(CENTRE, edited(name), NOW_MS)
    assert found and {change.effect for change in found} == {effect}, found
    assert all(change.before != change.after for change in found)


def test_a_value_is_told_as_people_write_it() -> None:
    told = [tuple(change) for change in changes(CENTRE, edited("a target moved", "retention", "witnesses"), NOW_MS)]
    assert ("targets.2025/phone-personbruker-mean.at_most", "7m", "6m30s", Effect.NOW) in told
    assert ("retention.panes", "75m", "3h", Effect.NOW) in told
    assert ("definitions.witnesses", "3", "4", Effect.REBUILD) in told


def test_a_queue_that_is_renamed_is_one_that_comes_and_one_that_goes() -> None:
    told = changes(CENTRE, edited("a queue renamed"), NOW_MS)
    assert {(change.place, change.before, change.after) for change in told} == {
        ("queues.phone/personbruker/familien", None, "own"),
        ("queues.phone/personbruker/familie", "own", None),
    }


def test_a_configuration_does_not_differ_from_itself_and_its_revision_is_no_difference() -> None:
    assert changes(CENTRE, CENTRE, NOW_MS) == []
    assert changes(CENTRE, CENTRE.model_copy(update={"revision": 8}), NOW_MS) == []
    assert asked_for([]) is Effect.NOW


DATED = {name for name, ((old, _), _) in EDITS.items() if "[retention]" in old}


@given(st.sets(st.sampled_from(sorted(EDITS.keys() - DATED))))
def test_what_asks_for_a_rebuild_is_what_changes_the_fingerprint_and_nothing_else(names: set[str]) -> None:
    """Else a worker would take, while it runs, what its figures were not made by; or refuse what it could take."""
    if "an audience" in names and "what an audience is called" in names:
        names.discard("an audience")  # both edit one place
    after = edited(*names)
    asks = asked_for(changes(CENTRE, after, NOW_MS))
    assert (asks is Effect.REBUILD) == (after.rules().fingerprint() != CENTRE.rules().fingerprint())
    if asks is Effect.NOW:
        old, new = CENTRE.rules(), after.rules()
        assert (new.channels, new.audiences) == (old.channels, old.audiences)
        assert {name: one.topic for name, one in after.channels.items()} == TOPICS


# --- the command


def folder(at: Path, edit: Callable[[str], str] = str) -> Path:
    at.mkdir()
    for name, text in FILES.items():
        (at / name).write_text(edit(text))
    return at


def test_diff_says_each_change_and_which_files_would_be_made_anew(tmp_path: Path) -> None:
    new = folder(tmp_path / "new", lambda text: _edited(text, ("a target moved", "what is lost")))
    old = folder(tmp_path / "old")
    said = CliRunner().invoke(app, ["config", "diff", str(old), str(new), "--json"])
    assert said.exit_code == 0, said.output
    found = answered("config diff", said.stdout)
    assert found["asks_for"] == "rebuild"
    assert ["targets.2025/phone-personbruker-mean.at_most", "7m", "6m30s", "now"] in found["changes"]
    assert ["definitions.ghost_after", "4h", "5h", "rebuild"] in found["changes"]
    before, after = (all_files(centre, YEAR) for centre in (CENTRE, config.load(new)))
    assert found["generated"] == sorted(path for path in before if before[path] != after[path]) != []

    in_words = " ".join(CliRunner().invoke(app, ["config", "diff", str(old), str(new)]).stdout.split())
    assert "svartid rebuild --from-log" in in_words
    assert "give it a higher one" in in_words
    same = CliRunner().invoke(app, ["config", "diff", str(new), str(new)])
    assert (same.exit_code, same.stdout) == (0, "nothing differs\n")


def test_check_names_all_that_is_wrong_with_its_file(tmp_path: Path) -> None:
    def spoil(text: str) -> str:
        wrong = text.replace('holidays = "NO"', 'holidays = "XX"').replace('skew = "1m"', "skew = 60")
        return wrong.replace('at_most = "7m"', 'at_most = "seven"', 1)

    wrong = folder(tmp_path / "wrong", spoil)
    said = CliRunner().invoke(app, ["config", "check", str(wrong)])
    assert said.exit_code == 1
    for told in (
        "queues.toml: holidays: the public holidays of XX",
        "queues.toml: definitions.skew: a dur",
        "targets.toml: targets.0 (phone-personbruker-mean).at_most: a duration",
    ):
        assert told in said.output
    found = answered("config check", CliRunner().invoke(app, ["config", "check", str(wrong), "--json"]).stdout)
    assert (found["revision"], len(found["problems"])) == (None, 3)
    with pytest.raises(Wrong, match="and 2 more: `svartid config check` names them"):
        config.load(wrong)


def test_check_names_all_that_is_wrong_with_the_whole(tmp_path: Path) -> None:
    def spoil(text: str) -> str:
        return text.replace('days = "800d"', 'days = "1d"').replace('within = "10m"', 'within = "432s"', 1)

    wrong = folder(tmp_path / "wrong", spoil)
    found = json.loads(CliRunner().invoke(app, ["config", "check", str(wrong), "--json"]).stdout)["problems"]
    assert [(file, reason.partition(":")[0]) for file, _, reason in found] == [
        ("targets.toml", "targets.1 (phone-personbruker-share).within"),
        ("queues.toml", "retention.days must be at least 2d"),
    ]


def test_check_of_what_can_be_taken(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["config", "check", str(folder(tmp_path / "right"))])
    assert said.exit_code == 0 and said.stdout.startswith("NAV Kontaktsenter, ")


def test_check_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "queues.toml").write_text(FILES["queues.toml"])
    said = CliRunner().invoke(app, ["config", "check", str(tmp_path)])
    assert said.exit_code == 1 and "targets.toml: cannot be read" in said.output


@pytest.mark.parametrize("wrong", ['"2027-01-01"', "2027", "06:00:00", "1970-01-01", "true"])
def test_from_when_on_is_a_date_or_a_time(wrong: str) -> None:
    text = FILES["queues.toml"].replace(*later(f'from = {wrong}\npromise = "3h"'))
    with pytest.raises(Wrong, match=r"definitions.later.0.from: a date"):
        config.centre_of({**FILES, "queues.toml": text}, "wrong")


@pytest.mark.parametrize(
    ("told", "utc"),
    [
        ("2027-01-01", "2026-12-31T23:00"),
        ("2027-07-01T06:00:00", "2027-07-01T04:00"),
        ("2027-01-01T06:00:00Z", "2027-01-01T06:00"),
        ("2027-03-28T02:30:00", "2027-03-28T01:30"),  # there is no such time in Oslo: an hour later by the clock
    ],
)
def test_it_is_by_the_centres_own_time(told: str, utc: str) -> None:
    text = FILES["queues.toml"].replace(*later(f'from = {told}\npromise = "3h"'))
    (terms,) = config.centre_of({**FILES, "queues.toml": text}, "given").counted_by.later
    assert terms.from_ms == datetime.fromisoformat(f"{utc}+00:00").timestamp() * 1000


def test_what_never_differs_and_what_does_not_rise_is_refused() -> None:
    for wrong, why in (
        ("from = 2027-01-01", "nothing is otherwise from then on: name one of short_abandon"),
        ('from = 2027-01-01\nghost_after = "8d"', "later.0: promise_lost must be at least ghost_after"),
        ('from = 2027-01-01\nghost_after = "14m"', "later.0: ghost_after must be at least 15m"),
        (
            'from = 2027-01-02\npromise = "1h"\n[[definitions.later]]\nfrom = 2027-01-02\npromise = "3h"',
            "definitions.later.1: from must be later than what is before it",
        ),
        ('from = 2027-01-01\nhorizon = "39d"', "retention.intervals must be at least horizon"),
        ('from = 2027-01-01\nmemory = "3d"', "by channel, such as"),
        ("from = 2027-01-01\nmemory = {}", "later.0: memory names no channel"),
        ('from = 2027-01-01\nmemory = { chat = "1d" }', "later.0: memory of chat is not longer than before"),
        ('from = 2027-01-01\nmemory = { phone = "4h" }', "later.0: memory of phone is not longer than before"),
        ('from = 2027-01-01\nconversations = ["letter"]', "later.0.conversations"),
        ('from = 2027-01-01\nghost_after = "4d"', "later.0: memory of chat must be at least ghost_after"),
    ):
        text = FILES["queues.toml"].replace(*later(wrong))
        with pytest.raises(Wrong, match=why):
            config.centre_of({**FILES, "queues.toml": text}, "wrong")


def test_dates_that_do_not_rise_hide_nothing_else_that_is_wrong() -> None:
    twice = 'from = 2027-01-02\npromise = "1h"\n[[definitions.later]]\nfrom = 2027-01-02\npromise = "3h"'
    text = FILES["queues.toml"].replace(*later(twice))
    for old, new in (('panes = "75m"', 'panes = "1m"'), ('days = "800d"', 'days = "1d"')):
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(Wrong) as wrong:
        config.centre_of({**FILES, "queues.toml": text}, "wrong")
    told = [str(problem) for problem in wrong.value.problems]
    expected = ("definitions.later.1: from must be later", "retention.panes must be", "retention.days must be")
    assert [sum(why in one for one in told) for why in expected] == [1, 1, 1] and len(told) == 3


def test_dates_are_of_the_years_that_events_may_be_of() -> None:
    begins = [datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000 for year in (FIRST_YEAR, LAST_YEAR + 1)]
    assert begins == [BEGINNING_MS, END_OF_TIME_MS]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('ghost_after = "4h"', 'ghost_after = "36501d"', "ghost_after: a duration is at most 36500d"),
        ("true\n\n# The chatbot", '"yes"\n\n# The chatbot', "queues.5.external: Input should be a valid boolean"),
        (
            'label = "Telefon"',
            'label = " "',
            "channels.phone.label: what it is called is one line of 1 to 40",
        ),
        ('label = "Telefon"', 'label = "Tele\\u0007fon"', "channels.phone.label: what it is called is one line"),
    ],
)
def test_what_cannot_be_is_told_in_words(old: str, new: str, why: str) -> None:
    assert FILES["queues.toml"].count(old) == 1
    with pytest.raises(Wrong) as refused:
        config.centre_of({**FILES, "queues.toml": FILES["queues.toml"].replace(old, new)}, "wrong")
    assert why in str(refused.value)


def test_a_mark_at_the_beginning_of_a_file_is_no_error(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
    assert changes(CENTRE, config.load(tmp_path), NOW_MS) == []
