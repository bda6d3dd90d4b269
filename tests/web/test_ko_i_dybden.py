"""Kø i dybden in a real browser, of a real `svartid web`, a real Valkey, real history and a real publisher."""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
import redis

from streams.clock import Clock
from streams.core.fold import fold
from streams.core.wait_score import Score
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import connect
from streams.serve.told_wait import Both
from streams.settings import Settings
from tests.events import START_MS, Event, records, visit
from tests.serve.publishing import BY
from tests.web.accessible import assert_accessible, assert_nothing_moved, needs_axe, tabs
from tests.web.chromium import Browser, Page
from tests.web.documents import ARBEID, HELSE
from tests.web.served import Publishing, Web, serving

pytestmark = pytest.mark.real

MINUTE = 60_000
BOARD = "ko-i-dybden"
HISTORY = "/api/v1/history?step=15m&by=queue"
# Nothing that comes to the page while it is looked at, but what is told here.
FAILING = """(() => { const real = window.fetch; window.refuses = %s;
    window.fetch = (path, ...more) => window.refuses && String(path).includes(window.refuses)
        ? Promise.resolve(new Response(JSON.stringify({ type: 'urn:svartid:problem:no-right-to-history' }),
            { status: 503, headers: { 'Content-Type': 'application/problem+json' } }))
        : real(path, ...more); })()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as one:
        yield one


def day_so_far() -> list[Event]:
    """Helse: two answered (1 and 4 min) and one who gave up; Arbeid: one answered (10 min). One waits in each."""
    log = [
        *visit("a", START_MS - 40 * MINUTE, ("queue.answered", MINUTE)),
        *visit("b", START_MS - 40 * MINUTE, ("queue.answered", 4 * MINUTE)),
        *visit("c", START_MS - 20 * MINUTE, ("queue.abandoned", 3 * MINUTE)),
        *visit("d", START_MS - 40 * MINUTE, ("queue.answered", 10 * MINUTE), line=ARBEID),
        *visit("f", START_MS - 5 * MINUTE),
        *visit("g", START_MS, line=ARBEID),
    ]
    return sorted(log, key=lambda one: int(one["occurred_at"]))


async def counted(redis_url: str, keys: Keys, log: list[Event]) -> None:
    """As a worker leaves it in Redis."""
    client = connect(Settings(redis_url=redis_url))  # type: ignore[call-arg, arg-type]
    store = Store(client, keys, BY.rules, "one")
    owned = await store.claim("t-0", None)
    await store.begin(owned, 0, log_end=len(log))
    changes = fold(owned.state, records(log, START_MS))
    assert await store.commit("t-0", store.pack(owned, changes, now_ms=START_MS)) == ("ok", len(log))
    await client.aclose()


def scored(redis_url: str, keys: Keys) -> None:
    """Of yesterday: Helse better than the plain mean, Arbeid worse; together it is worse."""

    def score(squared: int) -> Score:
        return Score(100, 0, 0, 0, squared, 0, 0, 0)._replace(error_ms=-100 * MINUTE)

    near, far = 100 * MINUTE**2, 100 * (7 * MINUTE) ** 2
    days = {HELSE: Both(score(near), score(4 * near)), ARBEID: Both(score(far), score(near))}
    with closing(redis.Redis.from_url(redis_url)) as client:
        client.hset(keys.wait_scores, "2025-03-03", msgspec.msgpack.encode(days))


@pytest.fixture(scope="module")
def running(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    keys, clock, url = Keys(f"test-{os.urandom(4).hex()}"), Clock.starting_at(START_MS, 1.0), local_parts.redis_url
    asyncio.run(counted(url, keys, day_so_far()))
    scored(url, keys)
    log = tmp_path_factory.mktemp("web") / "web.log"
    with Publishing(url, keys, clock) as publishing, serving(log, url, keys, SVARTID_CLOCK=str(clock)) as web:
        publishing.fold(day_so_far())
        yield web.wait_until_ready()


def opened(page: Page, web: Web, asked: str = f"vis={HELSE}") -> Page:
    page.open(f"{web.url}/{BOARD}?{asked}")
    page.until(lambda: page.eval("document.body.dataset.belief") == "live", "it is live")
    page.until(lambda: page.eval("document.querySelectorAll('.card').length") > 3, "it is built")
    page.until(lambda: page.text(".tile.waiting .value") not in ("", "–"), "it is told who waits")
    return page


def table(page: Page, title: str) -> list[list[str]]:
    """The table of a chart, its headings first."""
    found: list[list[str]] = page.eval(
        f"[...document.querySelectorAll('.chart')].filter(of => of.querySelector('h3').textContent === {title!r})"
        ".flatMap(of => [...of.querySelectorAll('tr')].map(row => [...row.children].map(one => one.textContent)))"
    )
    return found


def facts(page: Page, card: str) -> dict[str, str]:
    found: dict[str, str] = page.eval(
        f"Object.fromEntries([...document.querySelectorAll('#{card} .facts > div')]"
        ".map(of => [of.children[0].textContent, of.children[1].textContent]))"
    )
    return found


def rows(web: Web, *lines: str) -> list[dict[str, Any]]:
    said = web.ask(HISTORY).said["rows"]
    return [row for row in said if "/".join((row["channel"], row["audience"], row["queue"])) in lines]


def module(page: Page, name: str, then: str) -> Any:
    return page.eval(f"import('/pages/{BOARD}/{name}.js').then(of => {then})")


def test_one_queue_s_day_is_what_history_says_of_it(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running)
        told = rows(running, HELSE)
        assert sum(row["answered"] for row in told) == 2, told
        assert page.text(".tile.waiting .value") == "1"
        assert (
            re.match(r"[5-7]:\d\d", page.text(".tile.oldest .value")) and page.text(".tile.oldest .note") == "≤ 21:00"
        )
        visits = table(page, "Kom og gikk")
        assert visits[0] == ["Fra", "Fikk svar", "Ga opp", "Ba om tilbakeringing", "Gikk på annen måte", "Kom inn"]
        names = ("answered", "abandoned", "called_back", "left", "entered")
        assert [row[1:] for row in visits[1:]] == [[str(row[name]) for name in names] for row in told]
        means = table(page, "Snitt over dagen")
        assert [row[2] for row in means[1:]] == ["2:30"] * (len(means) - 1), "what was so far is of sums"
        spread = table(page, "Ventetid over dagen")
        columns = {name: [int(row[n]) for row in spread[1:]] for n, name in enumerate(spread[0]) if n}
        assert sum(columns["≤ 1:00"]) == 1 and sum(columns["≤ 4:00"]) == 1 and sum(map(sum, columns.values())) == 2
        shares = table(page, "Andel som ga opp")
        assert shares[-1][2] == "33 %", shares
        assert "Løfte: snitt ≤ 7:00" in page.text("#waits")
        assert page.complaints == []


def test_several_are_summed_and_a_mean_is_of_sums(browser: Browser, running: Web) -> None:
    """Two waited for 1 and 4 minutes, one for 10: five minutes, and not the mean of 2:30 and 10:00."""
    with browser.page() as page:
        opened(page, running, f"vis={HELSE},{ARBEID}")
        assert page.text(".tile.waiting .value") == "2"
        assert re.match(r"[5-7]:\d\d", page.text(".tile.oldest .value")), "the longest of both"
        assert table(page, "Snitt over dagen")[-1][2] == "5:00"
        page.until(lambda: "Løfte" in page.text("#now .promises"), "what was promised")
        assert "andel innen 10:00" in page.text("#now .promises") and "> 60 %" in page.text("#now .promises")
        labels = page.eval("[...document.querySelectorAll('.each .label')].map(of => of.textContent)")
        assert labels == ["Telefon personbruker, Arbeid", "Telefon personbruker, Helse"]
        assert page.eval("document.getElementById('picked').selectedOptions[0].textContent") == " + ".join(labels)


def test_what_is_not_known_of_one_is_not_known_of_all(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running)
        row = dict.fromkeys(("entered", "answered", "abandoned", "left", "called_back"), 2)
        row |= {"wait_sum_ms": 60_000, "wait_max_ms": 40_000, "answered_within": {"answered_le_60s": 2}}  # type: ignore[dict-item]
        row |= {"start": "2025-03-04T08:00:00Z", "channel": "phone", "audience": "personbruker"}  # type: ignore[dict-item]
        known = row | {"queue": "helse"}
        other = known | {"queue": "arbeid", "wait_sum_ms": None, "answered_within": {"answered_le_60s": None}}
        lines = json.dumps([HELSE, ARBEID])
        asked = (
            "(q => [q.entered, of.mean(q), q.wait_max_ms, of.spread(q), of.within(q, 60000)])"
            f"(of.quarters(%s, {lines})[0])"
        )
        assert module(page, "sums", asked % json.dumps([known])) == [2, 30_000, 40_000, [2, 0], 1]
        assert module(page, "sums", asked % json.dumps([known, other])) == [4, None, 40_000, [None, None], None]
        assert module(page, "sums", f"of.quarters({json.dumps([known])}, ['phone/personbruker/familie'])") == []
        told = "{ document: { waiting: %s, oldest_entered_ms: 5 }, at: 9, isNow: true }"
        joined = (
            f"(one => [one.document.waiting, one.document.oldest_entered_ms])(of.joined([{told % 3}, %s], null, []))"
        )
        assert module(page, "now", joined % (told % 4)) == [7, 5]
        assert module(page, "now", joined % (told % "null")) == [None, None]
        only = "of.areLetters({ lines: { a: { letters_open: 3 }, b: { letters_open: %s } } }, ['a', 'b', 'c'])"
        assert module(page, "now", only % 0) is True and module(page, "now", only % "null") is False


def test_a_queue_of_which_nothing_is_counted_has_no_zeros(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        page.open(f"{running.url}/{BOARD}?vis=chat/samhandler/arbeidsgiver")
        page.until(lambda: page.eval("document.querySelectorAll('.card').length") > 3, "it is built")
        page.until(lambda: page.text("#exits .of").startswith("til og med"), "the day was told")
        assert table(page, "Kom og gikk")[1:] == [] and table(page, "Snitt over dagen")[1:] == []
        assert page.text(".tile.waiting .value") == "–" and page.text(".tile.gave_up .value") == "–"
        counts = facts(page, "transfers")
        assert set(counts.values()) == {"–"}, counts


def test_how_good_what_was_foretold_has_been(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running, "vis=phone/personbruker")
        read = (
            "[...document.querySelectorAll('.scores tbody tr')].map(of => [...of.children].map(one => one.innerText))"
        )
        page.until(lambda: page.eval(read), "it is asked for")
        told = {row[0].split("\n")[0].strip(): row[1:] for row in page.eval(read)}
        assert "man. 3.3." in page.text("#foretold")
        assert told["Helse"] == ["100", "−1:00", "1:00", "2:00", "● bedre enn snittet"], told
        assert told["Arbeid"] == ["100", "−1:00", "7:00", "1:00", "▲ dårligere enn snittet"]
        assert told["Samlet"] == ["200", "−1:00", "5:00", "1:35", "▲ dårligere enn snittet"], "of squares"


def test_another_queue_is_chosen_on_the_page(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running)
        page.eval("document.getElementById('picked').focus()")
        page.eval(
            f"(of => {{ of.value = {ARBEID!r}; of.dispatchEvent(new Event('change')) }})"
            "(document.getElementById('picked'))"
        )
        page.until(lambda: re.match(r"[0-2]:\d\d", page.text(".tile.oldest .value")), "it is another")
        assert page.eval("location.search") == f"?vis={ARBEID}" and page.eval("document.activeElement.id") == "picked"
        assert f"vis={ARBEID}" in page.eval("decodeURIComponent(document.getElementById('kiosk').href)")
        page.eval("history.back()")
        page.until(lambda: re.match(r"[5-7]:\d\d", page.text(".tile.oldest .value")), "it goes back")
        assert page.eval("document.getElementById('picked').value") == HELSE


def test_an_answer_that_cannot_be_had_is_told_with_why_and_what_was_stays(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running)
        before = table(page, "Kom og gikk")
        assert len(before) > 2
        page.eval(FAILING % "'/api/v1/history'")
        again = "import('/pages/ko-i-dybden/asking.js').then(of => of.answers.day.again())"
        page.eval(again)
        page.until(lambda: "får ikke lese historikken" in page.text("#waits .of"), "it says why", 5)
        assert re.search(r"Gamle tall: tall fra \d\d:\d\d, \d+ s gamle", page.text("#waits .of"))
        assert table(page, "Kom og gikk") == before, "the last good ones stay"
        assert "Gamle tall" not in page.text("#foretold .of"), "others are as good as they were"
        page.eval("window.refuses = null")
        page.until(lambda: page.text("#waits .of").startswith("til og med"), "it mends itself", 8)


def test_where_it_was_never_had_there_is_no_figure_and_a_reason(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        page._call("Page.addScriptToEvaluateOnNewDocument", source=FAILING % "'/api/v1/history'")
        opened(page, running)
        page.until(lambda: "Ingen tall ennå: denne svartid web får ikke lese" in page.text("#waits .of"), "it says why")
        assert table(page, "Kom og gikk")[1:] == [] and facts(page, "callbacks")["Holdt"] == "–"
        assert page.text(".tile.waiting .value") == "1", "what is now is told all the same"


def test_the_last_good_figures_are_kept_in_this_browser(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running)
        page._call("Page.addScriptToEvaluateOnNewDocument", source=FAILING % "'/api/v1/'")
        page.eval("window.dispatchEvent(new Event('pagehide'))")
        page.open(f"{running.url}/{BOARD}?vis={HELSE}")
        page.until(lambda: "Gamle tall: tall fra" in page.text("#waits .of"), "it says their age")
        assert len(table(page, "Kom og gikk")) > 2


def test_what_is_seen_is_a_table_for_a_spreadsheet(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running)
        page.eval("URL.createObjectURL = blob => { window.made = blob; return '#' }")
        page.eval("document.getElementById('csv').click()")
        lines = page.eval("window.made.text()").lstrip("\ufeff").split("\r\n")
        assert lines[0] == "id;del;fra;tall;verdi;enhet;løfte;tall fra;gamle"
        assert any(line.startswith(f"{HELSE};Nå;;Venter;1;;") and line.endswith(";nei") for line in lines), lines
        means = [line for line in lines if ";Snitt over dagen;2025-03-04T" in line and ";hittil i dag;150;s;" in line]
        assert means and "Løfte: snitt ≤ 7:00" in means[0]
        assert any(";Tilbakeringing;;Holdt;0;;" in line for line in lines)


def test_another_language_says_all_of_it(browser: Browser, running: Web) -> None:
    with browser.page() as page:
        opened(page, running, f"vis={HELSE}&sprak=en")
        assert page.eval("[...document.querySelectorAll('h2')].map(of => of.textContent)") == [
            "Now",
            "Waits",
            "How visits ended",
            "Callbacks",
            "Offers and transfers",
            "Expected wait against what happened",
        ]
        assert "Mean of the last 30 min" in page.text("#now")
        page.eval(
            "(of => { of.value = 'nn'; of.dispatchEvent(new Event('change')) })(document.getElementById('language'))"
        )
        page.until(lambda: "Korleis besøka enda" in page.text("main"), "another is spoken")
        assert not re.search(r"ko-i-dybden\.", page.text("main")), "no word is missing"


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_moves(browser: Browser, running: Web, mode: str) -> None:
    for size, page in tabs(browser, mode):
        opened(page, running, "vis=phone/personbruker" + ("&kiosk" if size == "wall" else ""))
        page.until(lambda page=page: page.text("#exits .of") != "", "it is told")  # type: ignore[misc]
        assert_accessible(page, size)
        assert_nothing_moved(page, size)
        page.eval(
            "document.body.dataset.belief = 'old'; document.querySelectorAll('.each tbody tr')"
            ".forEach(of => of.classList.add('was')); document.querySelectorAll('.tile')"
            ".forEach(of => { of.dataset.now = 'false' })"
        )
        assert_accessible(page, (size, "old"))
        assert page.complaints == []


def test_nothing_is_cut_off_at_320_pixels(browser: Browser, running: Web) -> None:
    with browser.page(320, 700) as page:
        opened(page, running, "vis=phone/personbruker")
        beyond = page.eval(
            "[...document.querySelectorAll('main *')].filter(of => !of.closest('.chart .wide *'))"
            ".filter(of => of.getBoundingClientRect().right > 320)"
            ".map(of => of.outerHTML.slice(0, 120))"
        )
        assert page.eval("document.documentElement.scrollWidth") <= 320 and beyond == [], beyond
