"""Køene nå in a real browser, of a real `svartid web`, a real Valkey and a real publisher."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from streams.clock import Clock
from streams.keys import Keys
from streams.local import LocalParts
from streams.local.ports import free_ports
from streams.local.valkey import Valkey, embedded_server
from streams.serve import bokmal
from tests.events import START_MS, visit
from tests.ingest.waiting import eventually
from tests.web.accessible import assert_accessible, assert_nothing_moved, needs_axe, tabs
from tests.web.chromium import Browser, Page
from tests.web.documents import ARBEID, HELSE
from tests.web.served import Publishing, Web, serving

pytestmark = pytest.mark.real

OLD_WITHIN_S = 6.0  # five, and what it takes to look
WAITING = """[...document.querySelectorAll('.card > table tr')]
    .find(of => of.querySelector('.label')?.textContent === %s)?.querySelector('.waiting .value')?.textContent"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as one:
        yield one


class Centre:
    """One who waits in a queue, and whoever joins; all of it may die."""

    def __init__(self, folder: Path, redis_url: str, keys: Keys, clock: Clock) -> None:
        self._folder, self._redis_url, self._keys, self._clock = folder, redis_url, keys, clock
        (self.port,) = free_ports(1)

    @contextmanager
    def web(self, **settings: str) -> Iterator[Web]:
        named = {"SVARTID_CLOCK": str(self._clock), "SVARTID_WEB_PORT": str(self.port), **settings}
        with serving(self._folder / f"web-{time.monotonic_ns()}.log", self._redis_url, self._keys, **named) as web:
            assert web.url  # it listens
            yield web

    @contextmanager
    def publishing(self) -> Iterator[Publishing]:
        with Publishing(self._redis_url, self._keys, self._clock) as one:
            one.fold([*visit("a", START_MS - 252_000), *visit("b", START_MS - 60_000)])
            yield one


def centre(folder: Path, redis_url: str) -> Centre:
    return Centre(folder, redis_url, Keys(f"test-{os.urandom(4).hex()}"), Clock.starting_at(START_MS, 1.0))


@pytest.fixture
def running(shared: tuple[Web, Publishing]) -> tuple[Web, Publishing]:
    """That nobody hurts, and that is heard of."""
    web, publishing = shared
    publishing.hear()
    return web, publishing


@pytest.fixture(scope="module")
def shared(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Publishing]]:
    one = centre(tmp_path_factory.mktemp("web"), local_parts.redis_url)
    with one.publishing() as publishing, one.web(SVARTID_WEB_MESSAGE="Husk møtet") as web:
        yield web.wait_until_ready(), publishing


def waiting(page: Page, label: str = "Helse") -> Any:
    return page.eval(WAITING % json.dumps(label))


def belief(page: Page) -> str:
    return str(page.eval("document.body.dataset.belief"))


def is_live(page: Page) -> None:
    page.until(lambda: belief(page) == "live" and waiting(page) == "2", "it is live, and two wait")


def is_old(page: Page, why: str, within_s: float = OLD_WITHIN_S) -> None:
    """Within so long it says so, and why; the figures stay, with their age, and none of them is a zero."""
    page.until(
        lambda: belief(page) == "old" and why.lower() in page.text("#why").lower(), f"it says that {why}", within_s
    )
    page.until(lambda: re.search(r"tall fra \d\d:\d\d, \d+ s gamle", page.text("tr.part")), "it says their age", 2)
    assert waiting(page) == "2" and "Gamle tall" in page.text("#belief")
    assert page.eval("document.querySelectorAll('tr[data-now=true]').length") == 0


def test_figures_arrive_beside_what_they_are_held_against(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, _ = running
    with browser.page() as page:
        page.open(f"{web.url}/")
        is_live(page)
        row = r"Helse 2 4:\d\d grense ≤ 21:00 – mål ≤ 7:00 – for få svar til å si det ○ for få svar"
        page.until(  # what is promised is asked for by itself
            lambda: re.fullmatch(row, " ".join(page.text("tr.part:nth-child(3)").split())), "what it is held against"
        )
        assert "Husk møtet" in page.text("#message") and page.text("h1") == "Køene nå"
        assert "Andre køer" not in page.text("main"), "there are none"
        first = page.text("tr.part:nth-child(3) .oldest .value")
        page.until(lambda: page.text("tr.part:nth-child(3) .oldest .value") != first, "a wait goes on", 3)
        assert page.eval("getComputedStyle(document.body).backgroundColor") == "rgb(236, 237, 239)", "it has its looks"
        assert {address.split("/")[2] for address in page.asked} == {web.url.rpartition("/")[2]}, page.asked
        assert page.complaints == []


def test_which_queues_and_in_which_language_the_address_says(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, _ = running
    with browser.page(mode="dark") as page:
        page.open(f"{web.url}/koene-na?vis=phone/personbruker/helse,chat/samhandler&sprak=nn&modus=lys")
        is_live(page)
        assert page.eval("[...document.querySelectorAll('h2')].map(of => of.textContent)") == [
            "Telefon personbruker",
            "Chat samhandler",
        ]
        assert page.eval("[...document.querySelectorAll('.label')].map(of => of.textContent)")[:2] == ["Samla", "Helse"]
        assert page.text("h1") == "Køane no" and page.eval("document.documentElement.lang") == "nn"
        assert page.eval("getComputedStyle(document.documentElement).colorScheme") == "light"
        page.open(f"{web.url}/?vis=none/such")
        page.until(lambda: "none/such" in page.text("main"), "it says that there are none")


def test_what_is_seen_is_a_table_for_a_spreadsheet(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, _ = running
    with browser.page() as page:
        page.open(f"{web.url}/?vis=phone/personbruker/helse")
        is_live(page)
        page.eval("URL.createObjectURL = blob => { window.made = blob; return '#' }")
        page.eval("document.getElementById('csv').click()")
        lines = page.eval("window.made.text()").lstrip("\ufeff").split("\r\n")
        assert lines[0].startswith("id;kø;tilstand;venter;")
        assert lines[2].startswith(f"{HELSE};Telefon personbruker, Helse;insufficient;2;2"), lines


def test_an_event_is_on_the_page_at_once(browser: Browser, local_parts: LocalParts, tmp_path: Path) -> None:
    one = centre(tmp_path, local_parts.redis_url)
    with one.publishing() as publishing, one.web() as web, browser.page() as page:
        page.open(f"{web.url}/")
        is_live(page)
        page.eval(
            "new MutationObserver(() => window.seen?.()).observe(document.querySelector('main'), "
            "{ subtree: true, characterData: true, childList: true })"
        )
        took = []
        for n in range(1, 21):
            begun = time.monotonic()
            publishing.fold(visit(f"n{n}", START_MS, line=ARBEID))
            page.eval(
                f"new Promise(done => {{ window.seen = () => ({WAITING % json.dumps('Arbeid')}) === '{n}' && done(1); "
                "window.seen(); })"
            )
            took.append(time.monotonic() - begun)
        assert sorted(took)[-2] < 1.0, took


def test_a_publisher_that_dies_is_seen_and_one_that_comes_back_too(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    one = centre(tmp_path, local_parts.redis_url)
    with one.web() as web, browser.page() as page:
        with one.publishing():
            page.open(f"{web.url}/")
            is_live(page)
            assert page.text("#said") == ""
        is_old(page, "")
        page.until(lambda: "Gamle tall" in page.text("#said"), "it is said", 2)
        page.open(f"{web.url}/")  # another day's page would know nothing; this browser has kept them
        is_old(page, "")
        with one.publishing():
            is_live(page)


def test_valkey_that_dies_and_then_svartid_web_itself(browser: Browser, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "valkey").mkdir()
    valkey = Valkey(tmp_path / "valkey", port, binary=embedded_server())
    valkey.start()
    valkey.wait_ready()
    one = centre(tmp_path, valkey.url)
    with browser.page() as page:
        with one.web() as web:
            with one.publishing():
                page.open(f"{web.url}/")
                is_live(page)
                valkey.kill()
                is_old(page, "Redis svarer ikke", OLD_WITHIN_S + 2)
            web.kill()
            is_old(page, "får ikke kontakt med svartid web", OLD_WITHIN_S)
        valkey.start()
        valkey.wait_ready()
        with one.publishing(), one.web():
            page.until(lambda: belief(page) == "live", "it mends itself", 20)


@pytest.mark.parametrize(
    "kept", ["null", "[]", '"x"', "{", '{"good":5}', '{"good":[[1],["a",{"at":"b"}]],"centre":{}}']
)
def test_what_a_browser_has_kept_may_be_anything(browser: Browser, running: tuple[Web, Publishing], kept: str) -> None:
    web, _ = running
    with browser.page() as page:
        page.before_each(f"localStorage.setItem('svartid.koene-na.2', {json.dumps(kept)})")
        page.open(f"{web.url}/")
        is_live(page)
        assert page.complaints == []


@pytest.mark.parametrize("path", ["/pages/texts/", "/pages/centre.json"])
def test_what_fails_at_first_is_asked_for_again(browser: Browser, running: tuple[Web, Publishing], path: str) -> None:
    web, _ = running
    with browser.page() as page:
        page.before_each(
            "const asks = window.fetch; window.failed = 0; window.fetch = (...of) => "
            f"String(of[0]).includes({json.dumps(path)}) && window.failed++ < 2 "
            "? Promise.reject(new TypeError('away')) : asks(...of)"
        )
        page.open(f"{web.url}/")
        is_live(page)
        assert page.eval("window.failed") > 2


def test_a_wall_has_the_pages_of_another_release_at_once(browser: Browser, running: tuple[Web, Publishing]) -> None:
    """It asks each half a minute, here each half a second; it is told of another edition from the third time on."""
    web, _ = running
    with browser.page(1920, 1080) as page:
        page.before_each(
            "sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1; const often = window.setInterval; "
            "window.setInterval = (does, ms) => often(does, ms === 30000 ? 500 : ms); const asks = window.fetch; "
            "let n = 0; window.fetch = async (...of) => { const said = await asks(...of); "
            "if (!String(of[0]).includes('centre.json') || sessionStorage.loads > 1 || n++ < 2) return said; "
            "const told = JSON.stringify({ ...await said.json(), edition: 'another' }); "
            "return new Response(told, { headers: said.headers }); }"
        )
        page.open(f"{web.url}/?kiosk")
        page.until(lambda: page.eval("sessionStorage.loads") == "2", "it has loaded itself anew")
        is_live(page)
        begun = page.eval("performance.now()")
        page.until(lambda: page.eval("performance.now()") > begun + 1500, "it is asked some times more")
        assert page.eval("sessionStorage.loads") == "2"


def test_where_it_is_not_known_who_asks_the_page_says_what_to_do(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    one = centre(tmp_path, local_parts.redis_url)
    with one.web(SVARTID_WEB_TOKEN="a-token-of-the-tests") as web, browser.page() as page:
        page.open(f"{web.url}/")
        page.until(lambda: "Svartid vet ikke hvem du er" in page.text("#why"), "it says so")
        assert "Logg inn" in page.text("#why") and "Ingen tall" in page.text("#believed")


def test_it_stands_still_while_it_is_paused(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, _ = running
    with browser.page() as page:
        page.open(f"{web.url}/")
        is_live(page)
        page.press("p")
        page.until(lambda: "Satt på pause" in page.text("#message"), "it says so")
        before, begun = page.text("main"), page.eval("performance.now()")
        page.until(lambda: page.eval("performance.now()") > begun + 1500, "waits would have grown meanwhile")
        assert page.text("main") == before
        page.press("p")
        page.until(lambda: page.text("main") != before, "it goes on")


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_moves(browser: Browser, running: tuple[Web, Publishing], mode: str) -> None:
    web, _ = running
    for size, page in tabs(browser, mode):
        page.open(f"{web.url}/{'?kiosk' if size == 'wall' else ''}")
        is_live(page)
        assert_accessible(page, size)
        assert_nothing_moved(page, size)
        page.eval(
            "document.body.dataset.belief = 'old'; document.querySelectorAll('.card > table tr')"
            ".forEach(of => { of.dataset.now = 'false' })"
        )
        assert_accessible(page, (size, "old"))
        assert page.complaints == []


def test_nothing_is_cut_off_at_320_pixels(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, _ = running
    with browser.page(320, 700) as page:
        page.open(f"{web.url}/")
        is_live(page)
        beyond = page.eval(
            "[...document.querySelectorAll('body *')].filter(of => of.getBoundingClientRect().right > 320)"
            ".map(of => of.outerHTML.slice(0, 120))"
        )
        assert page.eval("document.documentElement.scrollWidth") <= 320, beyond


def test_numbers_are_written_as_other_boards_write_them(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, _ = running
    lengths = [0, 1, 999, 1000, 59_999, 60_000, 364_000, 3_599_001, 3_600_000, 4_564_000, 86_399_999, 90_000_000]
    counts = [0, 7, 999, 1000, 12_345, 1_234_567]
    with browser.page() as page:
        page.open(f"{web.url}/")
        is_live(page)
        written = page.eval(
            f"import('/pages/words.js').then(of => [{lengths}.map(of.wait), {lengths}.map(of.about), "
            f"{counts}.map(of.number)])"
        )
    assert written[0] == [bokmal.wait(ms) for ms in lengths]
    assert written[1] == [bokmal.about(ms) for ms in lengths]
    assert [text.replace("\u00a0", " ") for text in written[2]] == [bokmal.number(n) for n in counts]


def test_the_wall_shows_a_page_after_another_where_all_does_not_fit(
    browser: Browser, running: tuple[Web, Publishing]
) -> None:
    web, _ = running
    with browser.page(1280, 500) as page:
        page.open(f"{web.url}/?kiosk&bytt=5")
        is_live(page)
        page.until(lambda: "Side 1 av" in page.text("#page"), "it says which page")
        assert page.eval("document.getElementById('controls').offsetHeight") == 0
        eventually(lambda: "Side 2 av" in page.text("#page"), "the next one", 8)
