"""What browsers are given, without a browser: files, words and what the configuration says to a board."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import texts_of
from streams.clock import Clock
from streams.keys import Keys
from streams.local import LocalParts
from streams.serve import looks
from streams.serve.configuration import configured
from streams.settings import Settings
from streams.web.pages import files, texts
from streams.web.pages.centre import Pages
from tests.events import START_MS
from tests.web.served import Publishing, Web, serving

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"


def words(of: Any, path: str = "") -> dict[str, str]:
    """Each text by its path."""
    if isinstance(of, dict):
        return {name: text for key, one in of.items() for name, text in words(one, f"{path}.{key}").items()}
    if isinstance(of, list):
        return {name: text for n, one in enumerate(of) for name, text in words(one, f"{path}.{n}").items()}
    return {path: of}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_each_language_says_all_of_it_with_the_same_to_fill_in(language: str) -> None:
    first, told = words(texts.words_of("nb")), words(texts.words_of(language))
    assert told.keys() == first.keys()
    blanks = re.compile(r"\{\w+\}")
    assert not [name for name in told if set(blanks.findall(told[name])) != set(blanks.findall(first[name]))]
    assert all(told.values())


def test_every_word_that_a_program_asks_for_is_there() -> None:
    """`text("a.b")`, `data-text="a.b"`, and what a path begins with, as in text(`why.${why}`)."""
    told = [f"{name}." for name in words(json.loads(texts.body("nb")))]
    asked = {}
    for path, file in files.files().items():
        code = file.body.decode()
        for whole, begun, said in re.findall(
            r"""\btext\((?:"([\w.-]+)"|`([\w.-]+))|data-(?:text|label)="([\w.-]+)\"""", code
        ):
            asked[begun or f"{whole or said}."] = path
    assert len(asked) > 50
    assert {name: path for name, path in asked.items() if not any(of.startswith(f".{name}") for of in told)} == {}


def test_what_other_boards_say_is_written_there_alone() -> None:
    own = json.loads((texts.FOLDER / "nb.json").read_text(encoding="utf-8"))
    assert not own.keys() & texts._shared().keys()


def test_colours_are_those_of_the_other_boards() -> None:
    css = (files.FOLDER / "page.css").read_text(encoding="utf-8")
    for name in ("blue", "sky", "orange", "vermilion", "purple"):
        assert f"--{name}: {getattr(looks, name.upper()).lower()};" in css


def test_nothing_asks_for_anything_outside() -> None:
    for path, file in files.files().items():
        text = file.body.decode()
        outside = re.findall(r"(?:https?:)?//[a-z][\w.-]+\.\w+", text.replace("http://www.w3.org/2000/svg", ""))
        assert not outside, path
        assert not re.search(r"<script(?! type=\"module\" src=)|style=|\bon\w+=\"", text), path


def test_what_a_board_is_told_of_the_configuration() -> None:
    settings = Settings(web_message="Hei", clock=Clock.starting_at(START_MS, 2.0))  # type: ignore[call-arg]
    of = configured(texts_of(settings.config), "the tests", *settings.keys)
    told = Pages(settings, lambda: of).told()
    assert (told.name, told.timezone, told.message, told.speed) == ("NAV Kontaktsenter", "Europe/Oslo", "Hei", 2.0)
    assert told.edition == files.edition() and re.fullmatch("[0-9a-f]{16}", told.edition)
    first = told.groups[0]
    assert (first.name, first.label, first.longest_ms) == ("phone/personbruker", "Telefon personbruker", 1_260_000)
    assert [queue.label for queue in first.queues][-2:] == ["Internasjonalt", "Andre køer"]
    assert "phone/personbruker/nav-kontor" not in {queue.name for queue in first.queues}


def test_the_wall_is_the_same_here_and_in_grafana() -> None:
    """By figures, words and order: groups from the left and downwards, queues by the order of the configuration."""
    settings = Settings()  # type: ignore[call-arg]
    of = configured(texts_of(settings.config), "the tests", *settings.keys)
    said = texts.words_of("nb")["figures"]
    here = [
        (group.label, [said[name] for name in group.figures], [queue.label for queue in group.queues])
        for group in Pages(settings, lambda: of).told().groups
    ]
    board = json.loads((ROOT / "grafana/dashboards/koene-na.json").read_text(encoding="utf-8"))
    tables = [panel for panel in board["panels"] if panel["type"] == "table"]
    tables.sort(key=lambda panel: (panel["gridPos"]["x"], panel["gridPos"]["y"]))
    assert here == [(panel["title"], *_of_table(panel)) for panel in tables]


def _of_table(panel: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Its headings, and its queues by the place that they are sorted by."""
    by = {one["id"]: one["options"] for one in panel["transformations"]}
    assert by["sortBy"]["sort"] == [{"field": "Value #Z"}]
    (names,) = (
        one["value"][0]["options"]
        for of in panel["fieldConfig"]["overrides"]
        for one in of["properties"]
        if one["id"] == "mappings" and of["matcher"]["options"] == "Kø"
    )
    exprs = {one["refId"]: one["expr"] for one in panel["targets"]}
    places = re.findall(r'(\d+) \* group by \(queue\) \(\w+\{[^}]*queue="([^"]*)"\}\)', exprs.pop("Z"))
    assert [int(place) for place, _ in places] == [*range(1, len(places) + 1)]
    renamed = by["organize"]["renameByName"]
    return [renamed[f"Value #{ref}"] for ref in exprs], [names[queue]["text"] for _, queue in places]


@pytest.fixture(scope="module")
def guarded(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    keys, clock = Keys("test-guarded-pages"), Clock.starting_at(START_MS, 1.0)
    log = tmp_path_factory.mktemp("web") / "web.log"
    settings = {"SVARTID_WEB_TOKEN": TOKEN, "SVARTID_CLOCK": str(clock)}
    with (
        Publishing(local_parts.redis_url, keys, clock),
        serving(log, local_parts.redis_url, keys, **settings) as web,
    ):
        yield web


@pytest.mark.real
@pytest.mark.parametrize("path", sorted(files.files()))
def test_a_page_is_given_to_anybody_strictly_and_once(guarded: Web, path: str) -> None:
    answer = guarded.ask(path, Accept_Encoding="gzip")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith(files.files()[path].media_type)
    body = gzip.decompress(answer.body) if answer.headers["Content-Encoding"] == "gzip" else answer.body
    assert body == files.files()[path].body
    assert {name: answer.headers[name] for name in files.STRICT} == files.STRICT
    assert guarded.ask(path, If_None_Match=answer.headers["ETag"]).status == 304


@pytest.mark.real
def test_what_the_configuration_says_is_told_to_who_may_ask(guarded: Web) -> None:
    path = "/pages/centre.json"
    assert guarded.ask(path).said["type"] == "urn:svartid:problem:not-told-who"
    told = guarded.ask(path, Authorization=f"Bearer {TOKEN}")
    assert told.said["name"] == "NAV Kontaktsenter" and told.headers["Cache-Control"].startswith("private, max-age=0")


def test_each_file_is_part_of_the_package() -> None:
    told = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    line = next(line for line in told.splitlines() if line.startswith('"streams.web.pages"'))
    assert '"browser/**/*"' in line and '"texts/*.json"' in line
    assert {file.suffix for file in files.FOLDER.rglob("*.*")} == files.TYPES.keys() - {".json"}


def test_dark_is_the_same_whether_it_is_chosen_or_the_machine_s() -> None:
    """A rule of CSS cannot be shared by a choice and a media query."""
    text = (files.FOLDER / "page.css").read_text(encoding="utf-8")
    chosen, machine = (
        re.findall(r"(--[a-z-]+): ([^;]+);", text.partition(head)[2].partition("}")[0])
        for head in (':root[data-mode="dark"] {', ':root:not([data-mode="light"]) {')
    )
    assert len(chosen) > 10 and chosen == machine
