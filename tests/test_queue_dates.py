"""Queues with names of their source's, labels and dates: what is refused, what holds when, what a change is told as."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import config
from config import Centre, ConfigError, Effect, changes
from streams.core.rules import Rules
from streams.generate.alert import of_queue
from streams.generate.alerts import alerts
from streams.generate.boards import words
from tests.generate.tools import run_tool
from tests.test_changes import FILES, NOW_MS
from tests.test_config import MORE, SOURCE, loaded, once

OSLO = ZoneInfo("Europe/Oslo")
OWN = "phone/personbruker/"
ITEMS = 'ids = ["arbeid", "helse", "familie", "pensjon", "sosiale-tjenester", "internasjonalt"]'
GROUP = '[[queues]]\nchannel = "phone"\naudience = "personbruker"\nids = [{}]\n'


def with_items(folder: Path, *items: str, more: str = "") -> Centre:
    """The project's own configuration with these in place of the first group's, and with more groups at its end."""
    edit = once(ITEMS, f"ids = [{', '.join(items)}]")
    folder.mkdir(exist_ok=True)
    return loaded(folder, "queues.toml", lambda text: edit(text) + more)


def at(text: str) -> int:
    """A local time in Oslo, in epoch ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=OSLO).timestamp() * 1000)


def shown(rules: Rules, queue: str, when: str, audience: str = "personbruker") -> str | None:
    """What a queue of the source is shown as."""
    return rules.shown_as(rules.line("phone", audience, queue), at(when))


WRONG = {
    "an id of other letters": (['{ id = "kø" }'], r": queues\.0\.ids\.0\.id: 'kø' cannot be a queue's id"),
    "a number for an id": (["1501"], r": queues\.0\.ids\.0: a queue is its id in quotes, or a table such as \{ id ="),
    "an unknown field": (['{ id = "a", name = "A" }'], r": queues\.0\.ids\.0\.name: Extra inputs"),
    "no id": (['{ label = "A" }'], r": queues\.0\.ids\.0\.id: Field required"),
    "no sources": (['{ id = "a", sources = [] }'], r": queues\.0\.ids\.0\.sources: .*at least 1 item"),
    "a blank source": (
        ['{ id = "a", sources = [" "] }'],
        r"\.sources\.0: what a source calls a queue is a text, a who",
    ),
    "a source that is a share": (['{ id = "a", sources = [1.5] }'], r"\.sources\.0: what a source calls a queue is"),
    "a source that is a yes": (['{ id = "a", sources = [true] }'], r"\.sources\.0: what a source calls a queue is"),
    "a source without a name": (['{ id = "a", sources = [{ until = 2027-01-01 }] }'], r"\.sources\.0\.name: Field req"),
    "a date in quotes": (
        ['{ id = "a", from = "2027-01-01" }'],
        r": queues\.0\.ids\.0\.from: a date such as 2027-01-01",
    ),
    "a date with a time": (['{ id = "a", until = 2027-01-01T10:00:00 }'], r"\.until: a date .*without a time of day$"),
    "a date long ago": (['{ id = "a", from = 1066-10-14 }'], r"\.from: a date from 1975 to 2099; without one it holds"),
    "an end before the beginning": (
        ['{ id = "a", from = 2027-01-01, until = 2026-12-31 }'],
        r": queues\.0\.ids\.0: it would never hold: until 2026-12-31 is before from 2027-01-01$",
    ),
    "a source that never holds": (
        ['{ id = "a", until = 2026-12-31, sources = ["A", { name = "B", from = 2027-01-01 }] }'],
        r": queues\.0\.ids\.0: \"B\" never holds, as its dates lie outside those of phone/personbruker/a$",
    ),
    "a line on two days": (
        ['{ id = "a", until = 2027-01-01 }', '"b"', '{ id = "a", from = 2027-01-01, sources = ["C"] }'],
        r": queues\.0\.ids\.2: phone/personbruker/a is there twice from 2027-01-01 on: queues\.0\.ids\.0 has it, too$",
    ),
    "a source on two days, whatever its case": (
        ['{ id = "a", sources = [{ name = "Helse ", until = 2027-01-01 }] }', '{ id = "b", sources = ["HELSE"] }'],
        r': queues\.0\.ids\.1: the source\'s "HELSE" of phone, personbruker is there twice: queues\.0\.ids\.0 has it, ',
    ),
    "a source on the days between": (
        ['{ id = "a", sources = ["S"] }', '{ id = "b", sources = [{ name = "S", from = 2027-01-01 }] }'],
        r'"S" of phone, personbruker is there twice from 2027-01-01 on: queues\.0\.ids\.0 has it, too$',
    ),
    "a source of another audience that is there": (
        ['{ id = "a", sources = [{ name = "Kommune", audience = "samhandler" }] }'],
        r': queues\.1\.ids\.2: the source\'s "kommune" of phone, samhandler is there twice: queues\.0\.ids\.0 has it',
    ),
    "an unknown audience": (
        ['{ id = "a", sources = [{ name = "A", audience = "lege" }] }'],
        r"\.sources\.0\.audience: it is one of \[audiences\]: personbruker, samhandler$",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    items, told = WRONG[name]
    with pytest.raises(ConfigError) as error:
        with_items(tmp_path, *items)
    said = MORE.sub("", str(error.value))
    assert re.search(told, said), said


def test_an_item_that_is_the_id_alone_is_what_the_text_is(tmp_path: Path) -> None:
    plain = config.load()
    named = with_items(tmp_path, '{ id = "arbeid" }', ITEMS.removeprefix('ids = ["arbeid", ')[:-1])
    assert named.rules(b"key") == plain.rules(b"key")
    assert changes(plain, named, NOW_MS) == []


def test_sources_are_told_apart_as_the_core_does_and_are_all_there_are(tmp_path: Path) -> None:
    """The id counts only where it is listed: it is the centre's own word, and a source may have it for another."""
    sources = 'sources = ["  HELSE og sykdom", "Helse intern", "Økonomi & A/B", 1501]'
    rules = with_items(tmp_path, f'{{ id = "helse", {sources} }}').rules(b"key")
    for name in ("helse og Sykdom", "Helse intern", "økonomi & a/b", "1501"):
        assert shown(rules, name, "2026-12-01") == OWN + "helse"
    assert shown(rules, "helse", "2026-12-01") == OWN + "other"
    assert shown(rules, "Helse intern", "2026-12-01", "samhandler") == "phone/samhandler/other"


def test_the_first_and_the_last_day_are_whole_local_days_also_when_the_clock_is_changed(tmp_path: Path) -> None:
    day = "2026-10-25"  # of 25 hours
    rules = with_items(tmp_path, f'{{ id = "a", from = {day}, until = {day} }}').rules(b"key")
    named = [shown(rules, "a", f"2026-10-{time}") for time in ("24T23:59", "25T00:00", "25T23:59", "26T00:00")]
    assert named == [OWN + name for name in ("other", "a", "a", "other")]
    begins = at("2026-10-25T00:00")
    line, hours = rules.line("phone", "personbruker", "a"), 3_600_000
    assert [rules.shown_as(line, begins + ms) for ms in (-1, 0, 25 * hours - 1, 25 * hours)] == named
    assert rules.shown_as(line, begins + 24 * hours) == OWN + "a"


SPLIT = (
    '{ id = "helse", sources = ["Helse", { name = "Sykepenger", until = 2026-12-31 }, "Barn"], until = 2027-06-30 }',
    '{ id = "penger", label = "Sykepenger m.m.", sources = [{ name = "sykepenger", from = 2027-01-01 }, "Uføre"] }',
)
OTHERS = GROUP.format('"prove", { id = "kontor", until = 2026-12-31, left_out = false, external = true }').replace(
    "ids", "left_out = true\nids"
) + GROUP.format('{ id = "kontor", from = 2027-01-01, label = "Kontoret" }, { id = "arkiv", external = true }')


def test_a_queue_moves_from_a_day_and_the_past_stays_as_it_was(tmp_path: Path) -> None:
    centre = with_items(tmp_path, *SPLIT, more=OTHERS)
    rules = centre.rules(b"key")
    days = ("2020-01-01", "2026-12-31", "2027-01-01", "2027-07-01")
    told = {name: [shown(rules, name, day) for day in days] for name in ("SYKEPENGER", "Barn", "prove", "kontor")}
    helse, penger, other = OWN + "helse", OWN + "penger", OWN + "other"
    assert told == {
        "SYKEPENGER": [helse, helse, penger, penger],
        "Barn": [helse, helse, helse, other],
        "prove": [None] * 4,
        "kontor": [OWN + "kontor"] * 4,
    }
    assert [OWN + "kontor" in centre.external_at(at(day)) for day in days] == [True, True, False, False]
    assert rules.names.keys() >= {rules.line("phone", "personbruker", name) for name in ("prove", "Uføre", "Barn")}


def test_of_a_day_there_are_the_lines_that_hold_then_or_later(tmp_path: Path) -> None:
    centre = with_items(tmp_path, *SPLIT, more=OTHERS)
    before, then, after = (centre.as_of(at(day)) for day in ("2026-12-31T23:59", "2027-01-01", "2027-07-01"))
    assert centre.as_of(at("2026-01-01")) is before

    def phone(lines: list[str]) -> list[str]:
        return [line.removeprefix(OWN) for line in lines if line.startswith(OWN)]

    assert [phone(one.own_lines) for one in (before, then, after)] == [
        ["helse", "penger", "other"],
        ["helse", "penger", "kontor", "other"],
        ["penger", "kontor", "other"],
    ]
    assert [phone(one.external_lines) for one in (before, then, after)] == [
        ["nav-kontor", "kontor", "arkiv"],
        ["nav-kontor", "arkiv"],
        ["nav-kontor", "arkiv"],
    ]
    assert [one.names.queue("phone", "personbruker", "kontor") for one in (before, then)] == [None, "Kontoret"]


def test_each_change_is_told_with_its_dates_and_workers_take_it_while_they_run(tmp_path: Path) -> None:
    plain = with_items(tmp_path / "plain", '"helse"', '"penger"', more=GROUP.format('"prove", "kontor"'))
    found = changes(plain, with_items(tmp_path / "split", *SPLIT, more=OTHERS), NOW_MS)
    assert {change.effect for change in found} == {Effect.NOW}
    assert {change.place.removeprefix(f"queues.{OWN}"): (change.before, change.after) for change in found} == {
        "helse": ("own", "own until 2027-06-30"),
        "helse.sources": (
            None,
            "Helse until 2027-06-30, Sykepenger until 2026-12-31, Barn until 2027-06-30",
        ),
        "penger.label": (None, "Sykepenger m.m."),
        "penger.sources": (None, "sykepenger from 2027-01-01, Uføre"),
        "prove": ("own", "left out"),
        "kontor": ("own", "external until 2026-12-31, own from 2027-01-01"),
        "kontor.label": (None, "Kontoret from 2027-01-01"),
        "arkiv": (None, "external"),
    }


def test_whom_a_source_s_events_are_for_may_be_others_than_the_group_s(tmp_path: Path) -> None:
    item = '{ id = "felles", sources = ["Felles", { name = "Felles", audience = "samhandler", from = 2027-01-01 }] }'
    centre = with_items(tmp_path, item)
    rules = centre.rules(b"key")
    told = [shown(rules, "felles", day, "samhandler") for day in ("2026-12-31", "2027-01-01")]
    assert told == ["phone/samhandler/other", OWN + "felles"]
    sources = {change.place: change.after for change in changes(config.load(), centre, NOW_MS)}
    assert sources[f"queues.{OWN}felles.sources"] == "Felles, Felles of samhandler from 2027-01-01"


def test_what_is_applied_when_figures_are_read_is_in_no_fingerprint(tmp_path: Path) -> None:
    assert with_items(tmp_path, *SPLIT, more=OTHERS).rules().fingerprint() == config.load().rules().fingerprint()


WRITTEN = [
    *re.findall(r"^\|.*`\{ id = .*$", (SOURCE.parent / "deploy" / "OPERATIONS.md").read_text(), re.MULTILINE),
    *("`" + line[1:].strip() + "`" for line in FILES["queues.toml"].splitlines() if line.startswith("#   { id = ")),
]


@pytest.mark.parametrize("row", WRITTEN)
def test_what_the_documents_say_to_write_can_be_taken(tmp_path: Path, row: str) -> None:
    items = re.findall(r"`(\{ id = [^`]*\})`", row)
    assert items and with_items(tmp_path, *items).own_lines


def test_boards_and_alerts_call_a_queue_by_its_label(tmp_path: Path) -> None:
    centre = with_items(tmp_path, '{ id = "helse", label = "Helse \\"og\\" {{sykdom}}" }', '"arbeid"')

    def named(*group: str) -> str | None:
        return words.queues(centre, *group).options["helse"].text

    assert (named("phone", "personbruker"), named("chat", "personbruker")) == ('Helse "og" {{sykdom}}', "Helse")
    assert named() == 'Helse "og" {{sykdom}} / Helse'
    told = next(alert.summary for alert in alerts(centre) if alert.name == "LongestWait")
    assert '{{ if eq $line "phone/personbruker/helse" }}{{ "Helse \\"og\\" {{sykdom}}" }}{{ else }}' in told
    assert next(a.summary for a in alerts(config.load()) if a.name == "LongestWait").startswith("{{ $labels.queue }} (")


def test_prometheus_writes_the_label_of_that_queue_alone(tmp_path: Path) -> None:
    centre = with_items(
        tmp_path, '{ id = "helse", label = "Helse \\"og\\" {{sykdom}}" }', '{ id = "ufore", label = "Uføre" }'
    )
    alert = {"alert": "A", "expr": "up == 0", "annotations": {"summary": of_queue(centre.names)}}
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "g", "rules": [alert]}]}))
    told = {"phone/personbruker/helse": 'Helse "og" {{sykdom}}', "chat/personbruker/helse": "helse"}
    told |= {"phone/personbruker/ufore": "Uføre", "phone/personbruker/arbeid": "arbeid"}
    labels = {line: dict(zip(("channel", "audience", "queue"), line.split("/"), strict=True)) for line in told}
    series = ["up{" + ",".join(f'{name}="{value}"' for name, value in of.items()) + "}" for of in labels.values()]
    alerts_ = [
        {"exp_labels": of, "exp_annotations": {"summary": f"{told[line]} ({of['channel']}, {of['audience']})"}}
        for line, of in labels.items()
    ]
    case = {
        "interval": "1m",
        "input_series": [{"series": one, "values": "0"} for one in series],
        "alert_rule_test": [{"eval_time": "0m", "alertname": "A", "exp_alerts": alerts_}],
    }
    (tmp_path / "test.yaml").write_text(json.dumps({"rule_files": ["rules.yaml"], "tests": [case]}))
    run_tool("promtool", "test", "rules", tmp_path / "test.yaml")
