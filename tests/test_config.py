"""Configuration: what is wrong is told in one sentence with its place, and nothing is made of it."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import config
from config import Centre, ConfigError, Effect, changes
from streams.generate.runbooks import runbooks
from tests.cards import DAY

SOURCE = Path(config.__file__).parent
MORE = re.compile(r" \(and \d+ more: `svartid config check` names them\)$")
Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    """Every occurrence of something that is there."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def once(old: str, new: str) -> Edit:
    """The first of them."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def longest(channel: str, audience: str, *, times: int = 1, at_most: str = "9m") -> Edit:
    """With tables of how long one person may wait."""
    table = f'[[longest_wait]]\nchannel = "{channel}"\naudience = "{audience}"\nat_most = "{at_most}"\n'
    return once("[[targets]]", times * table + "[[targets]]")


def always(card: str) -> Edit:
    """One card for all time, as where cards have no dates."""
    return lambda text: f'in_force = "{card}"\n{text}'


def twice(first: str, second: str) -> Edit:
    """The first target is two stretches, of which the second is a minute stricter."""
    text = (SOURCE / "targets.toml").read_text()
    table = "[[targets]]" + text.split("[[targets]]")[1]
    stricter = table.replace('at_most = "7m"', 'at_most = "6m"')
    return once(table, f"{table.rstrip()}\n{first}\n\n{stricter.rstrip()}\n{second}\n\n")


def loaded(folder: Path, file: str, edit: Edit) -> Centre:
    for name in ("queues.toml", "targets.toml"):
        text = (SOURCE / name).read_text()
        (folder / name).write_text(edit(text) if name == file else text)
    return config.load(folder)


MEAN = r": targets\.0 \(phone-personbruker-mean\)"
SHARE = r": targets\.1 \(phone-personbruker-share\)"
TARGETS = (
    (
        "an unknown channel",
        once('channel = "phone"', 'channel = "fax"'),
        MEAN + r"\.channel: it is one of \[channels\]: phone, chat, written$",
    ),
    ("a share over 1", swap("more_than = 0.60", "more_than = 60"), SHARE + r"\.more_than: .*less than 1"),
    ("a negative share", swap("more_than = 0.60", "more_than = -0.1"), SHARE + r"\.more_than: .*greater than or"),
    ("a negative window", once('window = "30m"', 'window = "-30m"'), r': alerting\.window: a duration such as "10s"'),
    ("a window that nobody keeps", once('window = "30m"', 'window = "25m"'), r"targets\.0 \(phone-personbruker-mean\)"),
    ("a lead longer than any window", once('lead = "15m"', 'lead = "3h"'), r"window less lead, must each be one of"),
    ("two targets of one id", once("phone-samhandler-mean", "phone-personbruker-mean"), r"phone-personbruker-mean is"),
    ("an unknown field", once('at_most = "7m"', 'at_most = "7m"\nat_best = "1m"'), MEAN + r"\.at_best: Extra"),
    ("two limits", once("more_than = 0.60", "more_than = 0.6\nat_least = 0.5"), SHARE + r": exactly one of at_most"),
    ("no limit", once("more_than = 0.60", ""), SHARE + r": exactly one of at_most, at_least and more_than is needed"),
    (
        "a mean with a threshold",
        once('at_most = "7m"', 'at_most = "7m"\nwithin = "1m"'),
        r"a target of mean_wait has at_most",
    ),
    ("no sample at all", once("least_sample = 5", "least_sample = 0"), r": alerting\.least_sample: .*greater than"),
    (
        "a threshold that waits are not counted by",
        swap('within = "10m"', 'within = "432s"'),
        r"targets\.1 \(phone-personbruker-share\)\.within: 432s is not on the scale .*; next to it: 430s and 440s$",
    ),
    ("a hold without a unit", once('hold = "2m"', "hold = 120"), r': alerting\.hold: a duration such as "10s"'),
    (
        "hours of its own that are none",
        once('at_most = "7m"', 'at_most = "7m"\nhours = "noon"'),
        MEAN + r'\.hours: "noon" is not',
    ),
    ("hours that are never", once('at_most = "7m"', 'at_most = "7m"\nhours = "off"'), r"is never"),
    ("a share that cannot be met", swap("more_than = 0.60", "more_than = 1"), SHARE + r"\.more_than: .*less than 1"),
    ("a card without targets", swap('card = "2025"', 'card = "older"'), r'cards: the card "2025" has no targets'),
    (
        "a lag of nothing",
        once("lag_records = 5000", "lag_records = 0"),
        r"alerts\.lag_records: .*greater than or equal",
    ),
    ("a card that is not there", always("2026"), r'in_force: there is no card "2026"$'),
    ("no card at all", lambda text: re.sub(r'\n"(?:2025|older)" = .*', "", text), r"cards: there is none"),
    ("a card that always is, and dates", always("2025"), r'in_force: "2025" would be .* the card "2025" has dates'),
    (
        "two cards at once",
        once("until = 2024-12-31", "until = 2025-01-01"),
        r'cards: "2025" and "older" are both in force on 2025-01-01: give each a from and an until$',
    ),
    (
        "two cards without dates",
        lambda text: re.sub(r", (?:from|until) = [0-9-]+", "", text),
        r'cards: "2025" and "older" are both in force: give each',
    ),
    (
        "a card that ends before it begins",
        once("from = 2025-01-01", "from = 2025-01-01, until = 2024-12-31"),
        r": cards\.2025: it would never hold: until 2024-12-31 is before from 2025-01-01$",
    ),
    ("a date that is text", once("2024-12-31", '"2024-12-31"'), r": cards\.older\.until: a date such as 2027-01-01"),
    ("an instant", once("= 2024-12-31", "= 2024-12-31T00:00:00Z"), r": cards\.older\.until: a date such as 2027-01-01"),
    (
        "a target that is there twice on one day",
        twice("until = 2025-07-01", "from = 2025-07-01"),
        r"targets\.1 .*: the id phone-personbruker-mean is there twice, and targets\.0 is of some of the same days",
    ),
    (
        "a target that is never in force",
        once('at_most = "7m"', 'at_most = "7m"\nuntil = 2024-12-31'),
        r'targets\.0 .*: it is never in force: the card "2025" is from 2025-01-01',
    ),
    ("a target of no card", once('card = "2025"', 'card = "2024"'), r"targets\.0 .*: there is no card"),
    ("an address with a slash at its end", once('/runbooks"', '/runbooks/"'), r"alerts\.runbook_url: "),
    ("a mistake in what is said of all", swap("[alerting]", '[alerting]\nwindo = "1h"'), r": alerting\.windo: Extra"),
    ("no table of what is said of all", swap("[alerting]", "[[alerting]]"), r": alerting: Input should be"),
    ("a mean of nothing", once('at_most = "7m"', 'at_most = "0s"'), MEAN + r"\.at_most: .*greater than 0"),
    ("a threshold of nothing", once('within = "10m"', 'within = "0s"'), SHARE + r"\.within: .*greater than 0"),
    (
        "an id that is a channel",
        once('id = "phone-personbruker-mean"', 'id = "chat"'),
        r": targets\.0 \(chat\)\.id: an id that is a channel's name",
    ),
    ("a namespace with a blank", once('"kontaktsenter"', '"contact centre"'), r": alerts\.namespace: .*pattern"),
    ("a namespace that ends in a dash", once('"kontaktsenter"', '"centre-"'), r": alerts\.namespace: .*pattern"),
    ("a longest wait of no queues", longest("written", "samhandler"), r": longest_wait\.0: there are no queues of wri"),
    (
        "two longest waits",
        longest("chat", "samhandler", times=2),
        r": longest_wait\.1: chat, samhandler is there twice, and longest_wait\.0 is of some of the same days",
    ),
    (
        "a longest wait of nothing",
        longest("chat", "samhandler", at_most="0s"),
        r": longest_wait\.0\.at_most: .*greater",
    ),
    ("no TOML", once("[cards]", "[cards"), r"targets\.toml: .*line 6"),
)


QUEUES = (
    (
        "one queue in two cases",
        swap('"arbeid", "helse"', '"arbeid", "Arbeid"'),
        r': queues\.0\.ids\.1: the source\'s "Arbeid" of phone, personbruker is there twice: queues\.0\.ids\.0 has',
    ),
    (
        "an edge that waits are not counted by",
        swap('"45m"', '"45s", "7s"'),
        r": histogram: 7s is not on the scale .*: 5s and 10s$",
    ),
    ("a folder of time zones", swap("Europe/Oslo", "Europe"), r": timezone: unknown time zone Europe$"),
    ("an unknown time zone", swap("Europe/Oslo", "Europe/Bergen"), r": timezone: unknown time zone Europe/Bergen$"),
    ("an unknown country", swap('"NO"', '"XX"'), r": holidays: the public holidays of XX are not known"),
    ("no edges", swap("histogram = [", "histogram = [] # ["), r": histogram: .*at least 1 item"),
    ("no sample", swap("least_sample = 5", "least_sample = 0"), r": definitions\.least_sample: .*greater than or"),
    (
        "public holidays of nobody",
        lambda text: once('phone = "Mon-Fri 09:00-15:00"', 'phone = "Mon-Fri 09:00-15:00; PH 10:00-12:00"')(
            once('holidays = "NO"\n', "")(text)
        ),
        r": hours\.phone: it says what is so on public holidays \(PH\): say whose, holidays = \"NO\"",
    ),
    (
        "a region that is none",
        once('holidays = "NO"', 'holidays = "DE-XX"'),
        r"the public holidays of DE-XX are not known",
    ),
    (
        "queues without hours",
        swap('written = "Mon', '# written = "Mon'),
        r": hours: there are none of written, which has",
    ),
    (
        "an hour that is not",
        swap('chat = "Mon-Fri 09', 'chat = "Mon-Fri 25'),
        r': hours\.chat: "Mon-Fri 25:00-15:00" is not',
    ),
    ("a minute that is not", swap('chat = "Mon-Fri 09:00', 'chat = "Mon-Fri 09:60'), r": hours\.chat: .* is not like"),
    (
        "open from 24:00",
        swap('chat = "Mon-Fri 09:00-15:00', 'chat = "Mon-Fri 24:00-24:00'),
        r": hours\.chat: .* is not like",
    ),
    (
        "a tolerance beyond a report's age",
        swap('report_max_age = "5m"', 'report_max_age = "29s"'),
        r": definitions: report_tolerance must be at most report_max_age$",
    ),
    (
        "an id with a quote",
        swap('"frida"', "'fri\"da'"),
        r": queues\.6\.ids\.0: 'fri\"da' cannot be a queue's id: one has let",
    ),
    ("an id with a slash", once('"helse"', '"helse/syk"'), r": queues\.0\.ids\.1: .*one has letters from a to z"),
    ("an id of other letters", once('"helse"', '"kø-0"'), r": queues\.0\.ids\.1: 'kø-0' cannot be .* from a to z, in"),
    ("an id without letters", once('"helse"', '""'), r": queues\.0\.ids\.1: '' cannot be a queue's id"),
    ("an id that is the name of all others", once('"helse"', '"other"'), r": queues\.0\.ids\.1: .*not configured$"),
    ("no ids", swap('ids = ["nav-kontor"]', "ids = []"), r": queues\.5\.ids: .*at least 1 item"),
    ("a horizon of nothing", swap('horizon = "36h"', 'horizon = "0s"'), r": definitions\.horizon: .*greater than 0"),
    ("a queue twice", once('"helse"', '"arbeid"'), r": queues\.0\.ids\.1: phone/personbruker/arbeid is there twice: "),
    ("days too short for today", swap('days = "800d"', 'days = "1h"'), r": retention\.days must be at least 2d: today"),
    ("days shorter than one", swap('days = "800d"', 'days = "47h"'), r": retention\.days must be at least 2d: today"),
    ("quarters too short for a day", swap('intervals = "40d"', 'intervals = "3d"'), r": retention\.intervals must be"),
    ("panes too short for a window", swap('panes = "75m"', 'panes = "1h"'), r": retention\.panes must be longer than"),
    (
        "own and external",
        swap('"nav-kontor"', '"helse"'),
        r": queues\.5\.ids\.0: phone/personbruker/helse is there twice: queues\.0\.ids\.1 has it",
    ),
)


WRONG = (
    *(pytest.param("targets.toml", edit, told, id=name) for name, edit, told in TARGETS),
    *(pytest.param("queues.toml", edit, told, id=name) for name, edit, told in QUEUES),
)


@pytest.mark.parametrize(("file", "edit", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, file: str, edit: Edit, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, file, edit)
    said = MORE.sub("", str(error.value))
    assert re.search(told, said), said
    assert said.startswith(str(tmp_path))
    assert "\n" not in said


@pytest.mark.parametrize("file", ["queues.toml", "targets.toml"])
def test_a_file_that_is_not_utf_8(tmp_path: Path, file: str) -> None:
    for name in ("queues.toml", "targets.toml"):
        (tmp_path / name).write_bytes((SOURCE / name).read_bytes())
    (tmp_path / file).write_bytes("# kø\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=rf"{file}: is not UTF-8 \(at byte 3\)$"):
        config.load(tmp_path)


def test_open_round_the_clock(tmp_path: Path) -> None:
    hours = once('phone = "Mon-Fri 09:00-15:00"', 'phone = "Mon-Sun 00:00-24:00"')
    opening_hours = loaded(tmp_path, "queues.toml", hours).opening_hours
    minutes = range(1_741_474_800_000, 1_741_561_200_000, 60_000)  # 2025-03-09, a Sunday, from 00:00 to 24:00 in Oslo
    assert all(opening_hours.is_open("phone", minute + 59_999) for minute in minutes)
    assert not any(opening_hours.is_open("chat", minute) for minute in minutes)


def test_an_external_queue_needs_no_hours(tmp_path: Path) -> None:
    own = 'channel = "written"\naudience = "personbruker"\nids = ["sto", "bto"]'
    external = once(own, f"{own}\nexternal = true")
    queues, targets = ((SOURCE / name).read_text() for name in ("queues.toml", "targets.toml"))
    (tmp_path / "queues.toml").write_text(external(queues).replace('written = "Mon', '# written = "Mon'))
    (tmp_path / "targets.toml").write_text(targets.partition("[[promises]]")[0])
    assert "written" not in config.load(tmp_path).hours


def test_a_promise_of_letters_is_of_no_external_queue(tmp_path: Path) -> None:
    own = 'channel = "written"\naudience = "personbruker"\nids = ["sto", "bto"]'
    with pytest.raises(ConfigError, match=r"promises\.0 \(written-sto-mean\): the queue written/personbruker/sto is "):
        loaded(tmp_path, "queues.toml", once(own, f"{own}\nexternal = true"))


def test_targets_of_queues_that_the_centre_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"targets\.\d \(chat-samhandler-mean\): there are no queues of chat, samh"):
        loaded(
            tmp_path,
            "queues.toml",
            swap('channel = "chat"\naudience = "samhandler"', 'channel = "written"\naudience = "samhandler"'),
        )


def test_both_cards_are_there_and_the_newer_is_in_force() -> None:
    centre = config.load()
    by_card = {card: {t.id: t.promise for t in centre.all_targets if t.card == card} for card in centre.cards}
    assert by_card["2025"].keys() == by_card["older"].keys()
    assert {t.card for t in centre.targets_at(DAY)} == {centre.card_at(DAY)} == {"2025"}
    mean = "phone-personbruker-mean"
    assert (by_card["2025"][mean].limit, by_card["older"][mean].limit) == (420_000, 360_000)


def test_one_may_wait_three_times_the_promised_mean_or_what_is_said(tmp_path: Path) -> None:
    minute = 60_000
    assert config.load().longest_waits_at(DAY) == {
        "phone/personbruker": 21 * minute,
        "phone/samhandler": 9 * minute,
        "chat/personbruker": 9 * minute,
        "chat/samhandler": 9 * minute,
    }
    given = longest("written", "personbruker", at_most="6h")
    own = loaded(tmp_path, "targets.toml", lambda text: longest("phone", "personbruker", at_most="15m")(given(text)))
    assert own.longest_waits_at(DAY) == {**config.load().longest_waits_at(DAY)} | {
        "written/personbruker": 360 * minute,
        "phone/personbruker": 15 * minute,
    }


def test_how_long_one_may_wait_may_be_another_from_a_date_on(tmp_path: Path) -> None:
    """Before the first day and after the last it is three times the mean again; a change is told with its dates."""
    minute, group = 60_000, "phone/personbruker"
    first = longest("phone", "personbruker", at_most="15m")
    dated = once('at_most = "15m"\n', 'at_most = "15m"\nfrom = 2025-03-01\nuntil = 2025-03-31\n')
    then = longest("phone", "personbruker", at_most="12m")
    again = once('at_most = "12m"\n', 'at_most = "12m"\nfrom = 2025-04-01\nuntil = 2025-04-02\n')
    own = loaded(tmp_path, "targets.toml", lambda text: again(then(dated(first(text)))))
    days = [date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 31), date(2025, 4, 1), date(2025, 4, 3)]
    assert [own.longest_waits_at(day)[group] // minute for day in days] == [21, 15, 15, 12, 21]
    (change,) = changes(config.load(), own, 0)
    assert (change.place, change.effect) == (f"longest_wait.{group}", Effect.NOW)
    assert change.after == "15m from 2025-03-01 until 2025-03-31, 12m from 2025-04-01 until 2025-04-02"
    page = dict(runbooks(own))
    told = "15 min (fra 1.3.2025 til 31.3.2025), 12 min (fra 1.4.2025 til 2.4.2025), ellers 18 min (til 31.12.2024), 21"
    assert any(told in text for text in page.values())


def test_a_target_may_have_what_is_its_own(tmp_path: Path) -> None:
    own = (
        'at_most = "7m"\nhold = "9m"\nwindow = "1h"\nlead = "30m"\nseverity = "critical"\nhours = "Mon-Sun 00:00-23:59"'
    )
    for name in ("queues.toml", "targets.toml"):
        text = (SOURCE / name).read_text()
        (tmp_path / name).write_text(text.replace('at_most = "7m"', own, 1))
    centre = config.load(tmp_path)
    first, second = centre.targets_at(DAY)[:2]
    assert (first.hold, first.window, first.severity) == (540_000, 3_600_000, "critical")
    assert (second.hold, second.window, second.severity) == (120_000, 1_800_000, "warning")
    sunday = 1_741_516_200_000  # 2025-03-09T10:30:00Z
    assert centre.opening_hours.is_open(first.hours_key, sunday)
    assert not centre.opening_hours.is_open(first.channel, sunday)
