"""Each state of a queue is told apart on Køene nå; and all of it is reached by keys alone.

Documents are those that the real maker makes of folded events; what the page says of them its own module says, in a
real browser.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from streams.local import LocalParts
from streams.serve.view import View
from tests.serve.documents import HELSE, MINUTE, NOW, busy, folded, said, visit
from tests.serve.test_small import HOUR, shown
from tests.web.chromium import Browser, Page
from tests.web.test_koene_na import centre, is_live

pytestmark = pytest.mark.real

SAYS = """import('/pages/koene-na/rows.js').then(rows => {
    const [name, document, before, now] = %s, group = { name: 'phone/personbruker', longest_ms: 1260000, figures: %s };
    const board = { documents: new Map([[name, document]]), good: new Map(), isLive: true, at: now, clock: now };
    Object.assign(board, { targets: [], language: 'nb' });
    if (before) board.good.set(name, { document: before, at: now - 60000 });
    const one = rows.shown(name, board), figures = rows.figures(one, group, board);
    const told = rows.verdict(one, board), values = Object.entries(figures).map(([key, of]) => [key, of.value]);
    return { isNow: one.isNow, values: Object.fromEntries(values),
             notes: figures.waiting.note, verdict: `${told.shape} ${told.word}`, age: rows.ageOf(one, board) };
})"""
FIGURES = ["waiting", "oldest", "mean", "gave_up", "expected", "verdict"]
UNKNOWN = {"waiting": "–", "oldest": "–", "mean": "–", "gave_up": "–", "expected": "–"}


@pytest.fixture(scope="module")
def page(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("web")
    one = centre(folder, local_parts.redis_url)
    with one.publishing(), one.web() as web, Browser(folder / "chromium") as browser, browser.page() as page:
        page.open(f"{web.wait_until_ready().url}/")
        is_live(page)
        yield page


def says(page: Page, document: dict[str, Any], before: dict[str, Any] | None = None, now_ms: int = NOW) -> Any:
    return page.eval(SAYS % (json.dumps([HELSE, document, before, now_ms]), json.dumps(FIGURES)))


@pytest.mark.parametrize(
    ("view", "given", "verdict"),
    [
        (busy(), {}, "● åpen"),
        (folded(*visit("a", MINUTE, ("queue.answered", 0))), {"now_ms": NOW + 9 * HOUR}, "– stengt"),
        (folded(*visit("w", 1000)), {}, "○ for få svar"),
        (busy(), {"now_ms": NOW + 2 * HOUR}, "✕ ingen data fra kilden"),
        (msgspec.structs.replace(busy(), rebuilding=(1, 2)), {}, "◐ bygges opp"),
        (msgspec.structs.replace(busy(), behind=5001), {}, "◐ henger etter"),
    ],
    ids=["open", "closed", "insufficient", "stale", "rebuilding", "catching_up"],
)
def test_a_state_is_told_apart(page: Page, view: View, given: dict[str, Any], verdict: str) -> None:
    now_ms = given.get("now_ms", NOW)
    document = shown(view, **given)[1][HELSE]
    told = says(page, document, now_ms=now_ms)
    is_known = document["state"] in ("open", "closed", "insufficient")
    assert (told["verdict"], told["isNow"]) == (verdict, is_known)
    if is_known:
        assert told["values"]["waiting"] == str(document["waiting"])
    else:
        assert told["values"] == UNKNOWN, "what is not known is no zero"
        before = shown(busy())[1][HELSE]
        told = says(page, document, before, now_ms)
        assert (told["verdict"], told["isNow"]) == (verdict, False)
        assert told["values"]["waiting"] == str(before["waiting"]) and "1 min gamle" in told["age"]


def test_what_the_source_does_not_count_is_disputed(page: Page) -> None:
    waiting = [event for who in ("a", "b", "c") for event in visit(who, 5 * MINUTE)]
    document = shown(folded(*waiting, *(said(1, ms) for ms in (3 * MINUTE, 2 * MINUTE, MINUTE))))[1][HELSE]
    assert document["disputed"] == 2
    told = says(page, document)
    assert (told["values"]["waiting"], told["notes"]) == ("1", "2 omstridt")


def test_all_of_it_is_reached_by_keys_and_seen_where_one_is(page: Page) -> None:
    page.eval("document.activeElement.blur(); document.body.focus()")
    reached = []
    for _ in range(12):
        page.press("Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(
            page.eval(
                "(of => [of.id || of.getAttribute('data-text') || of.tagName, getComputedStyle(of).outlineStyle])"
                "(document.activeElement)"
            )
        )
    boards = ["koene-na", "resultatkort", "ko-i-dybden", "tilbakeblikk", "svartid-selv"]
    first = ["skip", *(f"titles.{name}" for name in boards), "SUMMARY"]
    names = [name for name, _ in reached]
    assert names[:6] == first[:6]
    assert [name for name in names if name in ("pause", "theme", "language", "csv", "print", "kiosk")] == [
        "pause",
        "theme",
        "language",
        "csv",
        "print",
        "kiosk",
    ]
    assert [name for name, outline in reached if outline != "solid"] == []
    page.eval("document.querySelector('.skip').focus()")
    page.press("Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    page.until(lambda: page.eval("document.activeElement.id") == "board", "it leads to the figures")
