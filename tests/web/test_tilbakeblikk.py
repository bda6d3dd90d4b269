"""Tilbakeblikk in a real browser, of a real `svartid web`, and days that the real store has committed."""

import gzip
import itertools
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.clock import Clock
from streams.core.fold import fold
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve import bokmal
from tests.events import START_MS, Event, records, visit
from tests.ingest.waiting import eventually
from tests.serve.publishing import RULES, run
from tests.web.accessible import assert_accessible, assert_nothing_moved, needs_axe, tabs
from tests.web.chromium import Browser, Page
from tests.web.served import Answer, Publishing, Web, serving

pytestmark = pytest.mark.real

OSLO = ZoneInfo("Europe/Oslo")
HELSE, PENSJON, CHAT = "phone/personbruker/helse", "phone/personbruker/pensjon", "chat/personbruker/arbeid"
GROUP = "phone/personbruker"


def at(local: str, fold: int = 0) -> int:
    """An instant (epoch ms) by the clock on the wall there; where that comes twice, the second by fold."""
    return round(datetime.fromisoformat(local).replace(tzinfo=OSLO, fold=fold).timestamp() * 1000)


def answered(when: int, wait_s: int, line: str = HELSE) -> list[Event]:
    return visit(f"{when}/{wait_s}/{line}", when, ("queue.answered", wait_s * 1000), line=line)


def gave_up(when: int, line: str = HELSE) -> list[Event]:
    return visit(f"{when}/{line}/up", when, ("queue.abandoned", 40_000), line=line)


LOG = [
    *answered(at("2024-03-04T10:00"), 60),  # the same Monday a year before: its quarters are let go of
    *answered(at("2025-02-24T09:05"), 100),
    *answered(at("2025-02-24T10:05"), 200),
    *answered(at("2025-02-25T09:05"), 100),
    *answered(at("2025-02-25T11:00"), 500),
    *answered(at("2025-03-03T09:05"), 500),
    *answered(at("2025-03-03T09:06"), 700),
    *answered(at("2025-03-03T10:05"), 20, PENSJON),
    *gave_up(at("2025-03-03T10:10"), PENSJON),
    *answered(at("2025-03-03T10:20"), 9, CHAT),
    *answered(at("2025-03-04T09:05"), 130),
]


class Past:
    """A partition that the store commits to, as a worker does."""

    def __init__(self, redis_url: str, keys: Keys) -> None:
        self._redis_url, self._keys = redis_url, keys
        self._owned: Any = None

    def commit(self, log: list[Event]) -> None:
        """These happen, and are kept."""

        async def does(client: Client) -> None:
            store = Store(client, self._keys, RULES, "one")
            if self._owned is None:
                self._owned = await store.claim("t-0", None)
                await store.begin(self._owned, 0)
            ordered = sorted(log, key=lambda event: event["occurred_at"])
            changes = fold(self._owned.state, records(ordered, first=self._owned.state.offset))
            assert (await store.commit("t-0", store.pack(self._owned, changes, now_ms=1)))[0] == "ok"

        run(self._redis_url, does)

    def does(self, what: Callable[[Client], Awaitable[Any]]) -> None:
        """Something to Redis."""
        run(self._redis_url, what)


class Centre:
    """What was, `svartid web`, and somebody who says what is now."""

    def __init__(self, past: Past, web: Web, keys: Keys) -> None:
        self.past, self.web, self.keys = past, web, keys

    def history(self, query: str) -> Answer:
        """As a browser is answered: what was added up a moment ago is told again."""
        return self.web.ask(f"/api/v1/history?{query}", Accept_Encoding="gzip")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Its rows."""
        rows: list[dict[str, Any]] = json.loads(gzip.decompress(self.history(query).body))["rows"]
        return rows


@contextmanager
def centre(folder: Path, redis_url: str, log: list[Event], now_ms: int = START_MS, **settings: str) -> Iterator[Centre]:
    keys, clock = Keys(f"test-{os.urandom(4).hex()}"), Clock.starting_at(now_ms, 1.0)
    past = Past(redis_url, keys)
    past.commit(log)
    named = {"SVARTID_CLOCK": str(clock), **settings}
    with Publishing(redis_url, keys, clock), serving(folder / "web.log", redis_url, keys, **named) as web:
        yield Centre(past, web.wait_until_ready(), keys)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as one:
        yield one


@pytest.fixture(scope="module")
def running(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """That nobody hurts."""
    with centre(tmp_path_factory.mktemp("web"), local_parts.redis_url, LOG) as one:
        yield one


def table(page: Page, of: str = ".all") -> dict[str, list[str]]:
    """The rows of a table by their names, each its cells."""
    rows = page.eval(
        f"[...document.querySelectorAll({json.dumps(of)} + ' tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.innerText.replace(/\\s+/g, ' ').trim()))"
    )
    return {name: cells for name, *cells in rows}


def chart(page: Page, name: str) -> dict[str, list[str]]:
    """A chart's table, by the names of its places."""
    rows = page.eval(
        f"[...document.querySelectorAll('.drawn.{name} tbody tr')].map(row => [...row.cells].map(of => of.textContent))"
    )
    return {place: cells for place, *cells in rows}


def shows(page: Page, web: Web, query: str, title: str, row: str = "Kom", first: str | None = None) -> None:
    """It is opened, and shows a stretch."""
    page.open(f"{web.url}/tilbakeblikk?{query}")
    is_shown(page, title, row, first)


def is_shown(page: Page, title: str, row: str = "Kom", first: str | None = None) -> None:
    page.until(lambda: title.lower() in page.text("#stretch").lower() and row in table(page), f"{title} is shown")
    if first is not None:
        page.until(lambda: table(page)[row][0] == first, f"{row} is {first}")


def told(page: Page) -> str:
    return page.text(".told")


def test_a_day_is_beside_another_as_history_tells_them(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-03-03&vis={GROUP}", "man. 3. mars 2025 ved siden av samme ukedag uka før")
        of = {
            day: next(
                row
                for row in running.rows(f"step=1d&by=group&from=2025-{day}&to=2025-{day}")
                if row["channel"] == "phone"
            )
            for day in ("02-24", "03-03")
        }
        one, other = of["03-03"], of["02-24"]
        page.until(lambda: table(page)["Snitt ventetid"][-1] == "mål ≤ 7:00 ● holdt", "what is promised is asked for")
        said = table(page)
        assert (one["entered"], one["answered"], one["abandoned"]) == (4, 3, 1)
        assert said["Kom"] == ["4", "2", "+2 flere (+100 %)", ""]
        assert said["Fikk svar"][:2] == [bokmal.number(one["answered"]), bokmal.number(other["answered"])]
        assert said["Andel som ga opp"][:3] == ["25,0 %", "0,0 %", "+25,0 prosentpoeng høyere"]
        means = [bokmal.wait(one["wait_mean_ms"]), bokmal.wait(other["wait_mean_ms"])]
        assert said["Snitt ventetid"] == [*means, "+4:17 lengre", "mål ≤ 7:00 ● holdt"] and means == ["6:47", "2:30"]
        assert said["Ventet lengst"][:3] == [bokmal.wait(one["wait_max_ms"]), "3:20", "+8:20 lengre"]
        assert said["Svar innen 10:00"] == ["66,6 %", "100,0 %", "−33,4 prosentpoeng lavere", "mål > 60 % ● holdt"]
        assert said["Ba om tilbakeringing"][:3] == ["0", "0", "likt"]
        quarters = chart(page, "mean")
        assert quarters["09:00"] == ["8:20", "1:40"] and quarters["09:15"] == ["11:40", "–"]
        assert quarters["09:30"] == ["–", "–"], "nobody came: no zero"
        assert chart(page, "entered")["10:00"] == ["2", "1"]
        assert page.complaints == []
        assert {address.split("/")[2] for address in page.asked if address.startswith("http")} == {
            running.web.url.rpartition("/")[2]
        }


def test_several_queues_are_summed_by_sums(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-03-03&ved=ingen&vis={PENSJON},{CHAT}", "3. mars 2025", first="3")
        said = table(page)
        rows = [
            row for row in running.rows("step=1d&by=queue&from=2025-03-03&to=2025-03-03") if row["queue"] != "helse"
        ]
        answered_, waits = sum(row["answered"] for row in rows), sum(row["wait_sum_ms"] for row in rows)
        assert said["Snitt ventetid"][0] == bokmal.wait(waits / answered_) == "0:15"
        assert said["Andel som ga opp"][0] == "33,3 %", "and not the mean of 50 % and 0 %"
        assert list(said["Kom"]) == ["3"], "nothing stands beside, and nothing was promised of both together"
        each = table(page, ".each")
        assert each["Telefon personbruker, Pensjon"][:3] == ["2", "50,0 %", "0:20"]
        assert each["Chat personbruker, Arbeid"][2] == "0:09"
        page.until(lambda: "● holdt" in table(page, ".each")["Chat personbruker, Arbeid"][-1], "each has its promise")
        page.open(f"{running.web.url}/tilbakeblikk?dag=2025-03-03&vis=none/such")
        page.until(lambda: "Finnes ikke: none/such" in told(page), "it says so")
        assert "0" not in {one for cells in table(page).values() for one in cells}


def test_what_is_not_over_is_held_against_as_much_of_the_other(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"vis={GROUP}", "tir. 4. mars 2025", first="1")
        assert table(page)["Kom"][:3] == ["1", "1", "likt"], "the other's call of eleven is not in it yet"
        assert table(page)["Snitt ventetid"][:3] == ["2:10", "1:40", "+0:30 lengre"]
        assert "til 09:30" in page.text(".all .of") and "begge er regnet til 09:30" in told(page)
        assert chart(page, "entered")["11:00"] == ["–", "1"], "the day beside is drawn whole"
        assert page.eval("document.querySelector('button.after').getAttribute('aria-disabled')") == "true"


def test_what_is_not_kept_is_said_and_is_no_zero(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-02-26&steg=uke&ved=uke&vis={GROUP}", "Uke 9")
        page.until(lambda: "Uke 9: ikke noe tall for ons. 26.2. – søn. 2.3." in told(page), "which days are not there")
        said = table(page)
        assert said["Kom"][:3] == ["4", "–", "–"] and said["Snitt ventetid"][1:3] == ["–", "–"]
        assert chart(page, "mean")["man. 24.2. 09:00"] == ["1:40", "–"]
        assert chart(page, "mean")["ons. 26.2. 09:00"] == ["–", "–"]
        page.eval("document.querySelector('button.before').click()")
        is_shown(page, "Uke 8", first="–")
        assert {cell for cells in table(page).values() for cell in cells[:3]} == {"–"}


def test_a_year_before_has_its_sums_though_its_quarters_are_gone(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-03-03&ved=ar&vis={GROUP}", "samme ukedag året før, man. 4. mars 2024")
        assert running.rows("step=15m&from=2024-03-04&to=2024-03-04") == []
        assert table(page)["Kom"][:3] == ["4", "1", "+3 flere (+300 %)"]
        assert "man. 4.3. 2024: kvarterene er ikke tatt vare på" in told(page)
        assert chart(page, "mean")["10:00"] == ["0:20", "–"]
        shows(page, running.web, f"dag=2025-03-03&steg=uke&ved=ar&vis={GROUP}", "Uke 10")
        page.until(lambda: "timene er ikke tatt vare på. Her er døgn for døgn" in told(page), "it is shown by days")
        assert chart(page, "mean")["man. 3.3."] == ["6:47", "1:00"]
        shows(page, running.web, f"dag=2025-03-03&steg=ar&ved=ar&vis={GROUP}", "2025 ved siden av 2024")
        assert chart(page, "entered")["februar"][0] == "4" and "2025: ikke noe tall for januar" in told(page)


def test_the_address_has_all_of_it_and_back_works(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-03-03&ved=ingen&vis={GROUP}", "man. 3. mars 2025", first="4")
        read = len([address for address in page.asked if "tilbakeblikk?" in address])
        page.eval("document.querySelector('button.before').click()")
        is_shown(page, "søn. 2. mars 2025", first="–")
        page.eval(
            "const of = document.querySelector('select[name=steg]'); of.value = 'uke'; "
            "of.dispatchEvent(new Event('change'))"
        )
        is_shown(page, "Uke 9", first="4")
        assert page.eval("location.search") == f"?dag=2025-03-02&ved=ingen&vis={GROUP}&steg=uke"
        page.eval(
            "document.querySelector('.queues').open = true; "
            "document.querySelector('input[name=\"chat/personbruker\"]').click()"
        )
        is_shown(page, "Uke 9")
        assert page.eval("new URLSearchParams(location.search).get('vis')") == f"{GROUP},chat/personbruker"
        page.eval("document.querySelector('input[name=\"phone/personbruker/helse\"]').click()")
        chosen = page.eval("new URLSearchParams(location.search).get('vis')").split(",")
        assert PENSJON in chosen and HELSE not in chosen and GROUP not in chosen and "chat/personbruker" in chosen
        for _ in range(4):
            page.eval("history.back()")
            page.until(lambda: True, "")
        is_shown(page, "man. 3. mars 2025", first="4")
        assert page.eval("document.querySelector('select[name=steg]').value") == "dag"
        assert page.eval("document.querySelector('input[type=date]').value") == "2025-03-03"
        assert len([address for address in page.asked if "tilbakeblikk?" in address]) == read, "the page stays"
        assert page.complaints == []


def test_where_it_cannot_be_had_it_says_why_keeps_the_last_and_mends(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    with centre(tmp_path, local_parts.redis_url, LOG) as one, browser.page() as page:
        shows(page, one.web, f"dag=2025-03-03&vis={GROUP}", "man. 3. mars 2025", first="4")
        of = one.keys.partition("t-0")

        async def breaks(client: Client) -> None:
            for key in (of.intervals, of.days):
                await client.hset(key, "of another", "x")

        async def mends(client: Client) -> None:
            for key in (of.intervals, of.days):
                await client.hdel(key, "of another")

        one.past.does(breaks)
        for step, day in itertools.product(("15m", "1d"), ("2025-03-03", "2025-02-24")):
            query = f"step={step}&by=group&from={day}&to={day}"
            eventually(lambda query=query: one.history(query).status == 503, "it is damaged")  # type: ignore[misc]
        shows(page, one.web, f"dag=2025-03-03&vis={GROUP}", "man. 3. mars 2025")
        old = r"Gamle tall, man\. 3\.3\.: tall fra \d\d:\d\d, \d+ s gamle.*endret av noe annet enn svartid"
        page.until(lambda: re.search(old, told(page)), "it says how old they are, and why")
        assert table(page)["Kom"][:2] == ["4", "2"], "the last good ones stand"
        page.eval("document.querySelector('button.before').click()")
        page.until(lambda: "Ingen tall, søn. 2.3." in told(page), "of this day there were none")
        assert table(page)["Kom"][0] == "–"
        one.past.does(mends)
        page.until(lambda: "Ingen tall" not in told(page) and "Gamle tall" not in told(page), "it mends itself", 12)


def test_what_goes_on_is_renewed_and_what_is_not_whole_is_said(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    with centre(tmp_path, local_parts.redis_url, LOG) as one, browser.page() as page:
        shows(page, one.web, f"ved=ingen&vis={GROUP}", "tir. 4. mars 2025", first="1")

        async def claims(client: Client) -> None:
            await Store(client, one.keys, RULES, "two").claim("t-1", None)

        one.past.commit(answered(at("2025-03-04T09:20"), 60))
        one.past.does(claims)
        today = "step=1d&by=group&from=2025-03-04&to=2025-03-04"
        eventually(lambda: one.rows(today)[0]["entered"] == 2, "what was added up a moment ago is told no more")
        page.eval(
            "(() => { const was = performance.now.bind(performance); performance.now = () => was() + 61_000; })()"
        )
        page.until(lambda: table(page)["Kom"][0] == "2", "a minute later there is one more")
        page.until(lambda: "Ikke alt er talt: t-1 leses ennå" in told(page), "it says what is missing")
        shows(page, one.web, f"dag=2025-03-03&vis={GROUP}", "man. 3. mars 2025")
        assert table(page)["Kom"][:3] == ["4", "2", "–"], "of what is not whole there is no difference"


def test_what_is_too_much_says_what_to_choose_instead(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    with centre(tmp_path, local_parts.redis_url, LOG, SVARTID_WEB_MOST_ROWS="2000") as one, browser.page() as page:
        shows(page, one.web, f"dag=2025-03-03&steg=uke&vis={HELSE}", "Uke 10")
        page.until(lambda: "Velg hele grupper i stedet for køer" in told(page), "it says so")
        shows(page, one.web, f"dag=2025-03-03&steg=maned&vis={HELSE}", "mars 2025", first="2")


def test_a_day_that_has_an_hour_twice_is_lined_up_by_the_clock(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    log = [
        *answered(at("2025-10-19T02:05"), 10),
        *answered(at("2025-10-19T09:05"), 20),
        *answered(at("2025-10-26T02:05"), 30),
        *answered(at("2025-10-26T02:05", fold=1), 40),
        *answered(at("2025-10-26T09:05"), 50),
    ]
    now_ms = at("2025-10-28T12:00")
    with centre(tmp_path, local_parts.redis_url, log, now_ms) as one, browser.page() as page:
        shows(page, one.web, f"dag=2025-10-26&vis={GROUP}", "søn. 26. oktober 2025", first="3")
        means = chart(page, "mean")
        assert means["02:00"] == ["0:30", "0:10"] and means["02:00 (andre gang)"] == ["0:40", "–"]
        assert means["09:00"] == ["0:50", "0:20"] and "søn. 26.10. har 100 kvarter" in told(page)
        assert list(means).index("02:00 (andre gang)") == list(means).index("02:45") + 1
        places = page.eval(
            "import('/pages/tilbakeblikk/places.js').then(of => of.placesOf({ step: '15m', start: "
            "'2025-03-29T23:00:00Z', end: '2025-03-30T22:00:00Z' }, '2025-03-30')).then(of => "
            "[...of.values()].map(one => one.place))"
        )
        nine = (9 * 2) * 60
        assert len(places) == 92 and places.index(nine) == 32 and places == sorted(places)


def test_stretches_and_what_stands_beside_them(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, "dag=2025-03-03", "3. mars 2025")
        said = page.eval(
            "import('/pages/tilbakeblikk/dates.js').then(of => ["
            "of.stretch('2024-02-10', 'maned').last, "
            "of.beside(of.stretch('2025-03-31', 'maned'), 'maned', 'uke').first, "
            "of.beside(of.stretch('2025-03-03', 'dag'), 'dag', 'ar').first, "
            "of.week('2027-01-03'), of.week('2026-12-31'), of.isDate('2025-02-30'), "
            "of.moved('2025-01-31', 'maned', 1), of.beside(of.stretch('2024-05-05', 'ar'), 'ar', 'uke').last])"
        )
    assert said == ["2024-02-29", "2025-01-25", "2024-03-04", 53, 53, False, "2025-02-01", "2023-12-31"]


def test_it_is_a_table_for_a_spreadsheet_and_in_another_language(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-03-03&vis={GROUP}&sprak=en", "Mon 3 March 2025 beside", "Came", "4")
        assert "Figures" not in page.text(".told") and page.text("h1") == "Looking back"
        assert table(page)["Mean wait"][2] == "+4:17 longer"
        page.eval("URL.createObjectURL = blob => { window.made = blob; return '#' }")
        page.until(lambda: "kept" in table(page)["Mean wait"][-1], "what is promised is asked for")
        page.eval("document.getElementById('csv').click()")
        lines = [line.split(";") for line in page.eval("window.made.text()").lstrip("\ufeff").split("\r\n")]
        assert lines[0][:3] == ["From", "came: Mon 3/3", "answered: Mon 3/3"] and len(lines[0]) == len(lines[1]) == 25
        assert lines[1][1:8] == ["4", "3", "1", "0.25", "407", "700", "0.666667"] and lines[1][13] == "2"
        ten = next(line for line in lines if line[0] == "10:00")
        assert ten[1:7] == ["2", "1", "1", "0.5", "20", "20"] and ten[13:15] == ["1", "1"]
        half = next(line for line in lines if line[0] == "09:30")
        assert set(half[1:]) == {""}, "what is not known is empty"


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_moves(browser: Browser, running: Centre, mode: str) -> None:
    for size, page in tabs(browser, mode):
        shows(page, running.web, "dag=2025-03-03&ved=ar" + ("&kiosk" if size == "wall" else ""), "3. mars 2025")
        page.until(lambda page=page: page.eval("document.body.dataset.belief") == "live", "it is live")  # type: ignore[misc]
        page.until(lambda page=page: "holdt" in page.text(".each"), "what is promised is there")  # type: ignore[misc]
        assert_nothing_moved(page, size)
        page.eval("document.querySelectorAll('main details').forEach(of => { of.open = true })")
        assert_accessible(page, size)
        page.eval("document.querySelector('.told').innerHTML = '<li class=old>Gamle tall</li>'")
        assert_accessible(page, (size, "old"))
        assert page.complaints == []


def test_nothing_is_cut_off_at_320_pixels(browser: Browser, running: Centre) -> None:
    with browser.page(320, 700) as page:
        for query in (
            f"dag=2025-03-03&vis={GROUP}",
            "dag=2025-03-03&steg=uke&ved=ar",
            f"steg=maned&vis={HELSE},{CHAT}",
        ):
            shows(page, running.web, query, "20")
            page.eval("document.querySelectorAll('.asked details').forEach(of => { of.open = true })")
            beyond = page.eval(
                "[...document.querySelectorAll('body *')].filter(of => !of.closest('.wide') && "
                "of.getBoundingClientRect().right > 320).map(of => of.outerHTML.slice(0, 120))"
            )
            assert page.eval("document.documentElement.scrollWidth") <= 320, beyond
            assert beyond == [], query


def test_a_keyboard_is_enough(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running.web, f"dag=2025-03-03&vis={GROUP}", "3. mars 2025")
        page.eval("document.querySelector('button.before').focus()")
        page.press("Enter", text="\r", windowsVirtualKeyCode=13)
        is_shown(page, "søn. 2. mars 2025")
        assert page.eval("document.activeElement.className") == "before", "and stays where it was"
        page.press("p")
        page.until(lambda: "Satt på pause" in page.text("#message"), "it stands still")
        page.eval("document.querySelector('button.after').click()")
        is_shown(page, "man. 3. mars 2025", first="4")
        assert page.text("#message") == "", "whoever looks at something else goes on"
        page.until(lambda: "3.3.: 4 kom" in page.text("#said"), "it is said to who hears it", 5)
