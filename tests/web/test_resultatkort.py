"""Resultatkort in a real browser, of a real `svartid web`, days that the real store has committed, and a scorecard that
the real keeper has added up of them.
"""

import asyncio
import json
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec import UNSET

from streams.clock import Clock
from streams.core.fold import fold
from streams.core.promised import TARGET_MEASURES
from streams.core.promised_days import DAY_MEASURES
from streams.core.working_days import DAY_MS
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import LocalParts
from streams.past import scorecard_table
from streams.past.keeper import Scorecards
from streams.past.promise_text import value_text
from streams.past.scorecard import Budget, Forecast, InStretch, Kept
from streams.past.scorecard_document import Scorecard
from streams.redis_client import Client
from streams.serve import bokmal
from streams.serve.documents import Limit, Snapshot
from streams.settings import Settings
from tests.events import START_MS, Event, event, records, visit
from tests.serve.publishing import BY, RULES, run
from tests.web.accessible import assert_accessible, assert_nothing_moved, needs_axe, tabs
from tests.web.chromium import Browser, Page
from tests.web.served import Publishing, Web, serving
from tests.web.test_koene_na import OLD_WITHIN_S, belief

pytestmark = pytest.mark.real

OSLO = ZoneInfo("Europe/Oslo")
FIRST, TODAY = date(2025, 1, 6), date(2025, 3, 4)
COLUMNS = ("verdict", "limit", "day", "week", "month", "quarter", "year", "of", "used", "rest", "becomes", "chance")
NAME = "Telefon personbruker snitt"


def at(day: date, hour: int, minute: int = 0) -> int:
    """An instant (epoch ms) by the clock on the wall there."""
    return round(datetime(day.year, day.month, day.day, hour, minute, tzinfo=OSLO).timestamp() * 1000)


def happened() -> Iterator[Event]:
    """Each working day a few calls and letters, and since Monday a survey; of chat nothing."""
    chance, day = random.Random(19), FIRST
    while day <= TODAY:
        if day.weekday() < 5:
            yield from _of_day(day, chance)
        day += timedelta(days=1)


def _of_day(day: date, chance: random.Random) -> Iterator[Event]:
    for n in range(8):
        who = f"{day}-{n}"
        yield from visit(who, at(day, 8, n), ("queue.answered", chance.randrange(120_000, 700_000)))
        line = "phone/samhandler/arbeidsgiver"
        yield from visit(f"s-{who}", at(day, 8, n), ("queue.answered", chance.randrange(5_000, 260_000)), line=line)
        letter = f"letter-{who}"
        yield event("written.received", at(day, 8, n), letter, "written/personbruker/sto")
        yield event("written.answered", at(day, 8, n) + (n % 3) * DAY_MS + 60_000, letter, None)
    for n in range(40 if day == TODAY - timedelta(days=1) else 0):
        call = f"{day}-{n % 8}" if n < 8 else f"asked-{n}"
        if n >= 8:
            yield from visit(call, at(day, 9, n), ("queue.answered", 60_000))
        yield event("survey.invited", at(day, 11), call)
        yield event("survey.answered", at(day, 12), call, question="solution", score=6 if n % 10 else 3)


class Centre:
    """What was, who says what is now, who adds it up, and who serves it."""

    def __init__(self, redis_url: str, keys: Keys, clock: Clock) -> None:
        self._redis_url, self.keys, self.clock = redis_url, keys, clock
        self._settings = Settings(redis_url=redis_url, namespace=keys.namespace, clock=clock)  # type: ignore[call-arg, arg-type]
        self.web: Web

    def does(self, what: Any) -> None:
        """Something to Redis."""
        run(self._redis_url, what)

    def commit(self, log: list[Event]) -> None:
        """These happened, and are kept."""

        async def commits(client: Client) -> None:
            store = Store(client, self.keys, RULES, "one")
            owned = await store.claim("t-0", None)
            await store.begin(owned, 0)
            now_ms = self.clock.now_ms()
            ordered = sorted((one for one in log if one["occurred_at"] <= now_ms), key=lambda one: one["occurred_at"])
            changes = fold(owned.state, records(ordered, first=owned.state.offset))
            assert (await store.commit("t-0", store.pack(owned, changes, now_ms=1)))[0] == "ok"

        self.does(commits)

    def add_up(self) -> Scorecard:
        """As who writes the snapshot does each minute."""
        document = msgspec.json.decode(self.web.ask("/api/v1/now").body, type=Snapshot)
        made = Scorecards(self._settings, self.keys, lambda: BY, lambda: document)
        return asyncio.run(made._made(document))

    def write(self, card: Scorecard) -> None:
        """It is what there is."""

        async def writes(client: Client) -> None:
            await client.set(self.keys.scorecard, msgspec.json.encode(card))

        self.does(writes)

    def forget(self) -> None:
        """There is none."""

        async def forgets(client: Client) -> None:
            await client.delete(self.keys.scorecard)

        self.does(forgets)

    def told(self) -> Scorecard:
        """What the API answers."""
        return msgspec.json.decode(self.web.ask("/api/v1/scorecard").body, type=Scorecard)


@contextmanager
def centre(folder: Path, redis_url: str) -> Iterator[tuple[Centre, Publishing]]:
    keys, clock = Keys(f"test-{os.urandom(4).hex()}"), Clock.starting_at(START_MS, 1.0)
    one = Centre(redis_url, keys, clock)
    one.commit(list(happened()))
    named = {"SVARTID_CLOCK": str(clock)}
    with (
        Publishing(redis_url, keys, clock) as publishing,
        serving(folder / "web.log", redis_url, keys, **named) as web,
    ):
        publishing.hear()
        one.web = web.wait_until_ready()
        one.add_up()
        yield one, publishing


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as one:
        yield one


@pytest.fixture(scope="module")
def shared(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, Publishing]]:
    with centre(tmp_path_factory.mktemp("web"), local_parts.redis_url) as both:
        yield both


@pytest.fixture
def running(shared: tuple[Centre, Publishing]) -> Centre:
    """That nobody hurts, and that is heard of."""
    one, publishing = shared
    publishing.hear()
    return one


def rows(page: Page) -> dict[str, dict[str, str]]:
    """Each row by its promise, each cell by its column, as it is read."""
    found = page.eval(
        "[...document.querySelectorAll('tr.promise')].map(row => [row.dataset.id, [...row.cells].map(of => "
        "{ const seen = of.cloneNode(true); seen.querySelectorAll('.unseen').forEach(one => one.remove()); "
        "return [...seen.childNodes].map(one => one.textContent).join(' ').replace(/\\s+/g, ' ').trim(); })])"
    )
    return {id_: dict(zip(("name", *COLUMNS), cells, strict=True)) for id_, cells in found}


def told(page: Page) -> str:
    return " ".join(page.text(".told").split())


def shows(page: Page, one: Centre, query: str = "") -> None:
    """It is opened, live, and shows a scorecard."""
    page.open(f"{one.web.url}/resultatkort{query}")
    page.until(lambda: belief(page) == "live" and rows(page), "it is live, and there are promises")


def with_mark(row: Kept, of: InStretch | None) -> str:
    """A stretch as the terminal shows it."""
    mark = "" if of is None or of.value is None else {True: " ✓", False: " ✗", None: ""}[of.met]
    return f"{value_text(row, None if of is None else of.value)}{mark}"


def expected(row: Kept) -> dict[str, str]:
    """What the terminal says of a promise."""
    used = None if row.budget is None else row.budget.used
    return {
        **{name: with_mark(row, getattr(row, name)) for name in ("day", "week", "month", "quarter", "year")},
        "of": scorecard_table._how_many(row).plain,
        "used": bokmal.percent(used, up=True),
        "rest": scorecard_table._rest(row).plain,
        "becomes": scorecard_table._becomes(row).plain,
        "chance": scorecard_table._chance(row).plain,
    }


def test_each_figure_is_the_api_s_and_as_the_terminal_writes_it(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running)
        card, seen = running.told(), rows(page)
        in_order = sorted(card.promises, key=lambda row: "at_most_ms" not in json.dumps(msgspec.to_builtins(row.limit)))
        waits = [row.id for row in in_order if row.measure == "mean_wait"]
        assert list(seen)[: len(waits)] == waits and seen.keys() == {row.id for row in card.promises}
        for row in card.promises:
            assert expected(row).items() <= seen[row.id].items(), row.id
        assert seen["phone-personbruker-mean"]["name"] == NAME
        assert seen["phone-personbruker-mean"]["limit"] == "≤ 7:00" and seen["written-sto-mean"]["limit"] == "≤ 2 d"
        assert seen["phone-samhandler-share"]["verdict"] == "● holdt regnet fra 6.1."
        assert re.fullmatch(r"\d:\d\d–\d:\d\d", seen["phone-personbruker-mean"]["becomes"])
        headings = page.eval("[...document.querySelectorAll('.card:first-child thead th')].map(of => of.textContent)")
        assert headings[:4] == ["Løfte", "Så langt i år", "Lovet", "I dag"] and headings[-1] == "Sjanse"
        assert page.eval("[...document.querySelectorAll('h2')].map(of => of.textContent)") == [
            "Ventetid",
            "Andeler",
            "Brev",
        ]
        assert "Lagt sammen 09:30 av kortet 2025" in told(page)
        assert page.complaints == []
        assert {address.split("/")[2] for address in page.asked} == {running.web.url.rpartition("/")[2]}


def test_what_is_not_known_is_no_zero(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running, "?lofte=chat-personbruker-mean,survey-solution,survey-service")
        seen = rows(page)
        chat, survey = seen["chat-personbruker-mean"], seen["survey-solution"]
        assert {chat[name] for name in ("day", "week", "month", "quarter", "year", "used", "rest", "chance")} == {"–"}
        assert chat["verdict"] == "○ for få regnet fra 6.1." and chat["becomes"] == "–"
        assert (survey["day"], survey["week"]) == ("–", "90,0 %"), "and 90 % of 40 is not sure: no mark"
        assert seen["survey-service"]["of"] == "–", "not even how many answered"
        assert "Sies først når døgnet er over." in page.text("#more-survey-solution")
        assert "For få svar til å vises." in page.text("#more-survey-service")
        assert "Ingen å regne av." in page.text("#more-chat-personbruker-mean")
        assert "av alle ville ha svart slik" in page.text("#more-survey-solution dl")


def kept(measure: Any, limit: Limit, value: float, budget: Budget | None, forecast: Forecast | None) -> Kept:
    """One that came to so much."""
    of = InStretch(since="2025-01-01", value=value, of=9, met=None)
    return Kept(
        id="one",
        card="c",
        measure=measure,
        channel="phone",
        audience=None,
        within_ms=60_000,
        limit=limit,
        least_sample=5,
        now=None,
        day=of,
        week=of,
        month=of,
        quarter=of,
        year=of,
        budget=budget,
        burn=None,
        forecast=forecast,
        verdict="kept",
    )


def any_promises() -> Iterator[Kept]:
    """Of each measure, near its limit and far from it."""
    chance = random.Random(7)
    for name, of_window in TARGET_MEASURES.items():
        senses = ("at_most",) if of_window.is_less_better else ("at_least", "more_than")
        for sense in senses:
            yield from (_any(name, of_window.unit, sense, chance) for _ in range(12))
    for of_days, measure in DAY_MEASURES.items():
        for sense in ("at_most", "less_than", "at_least", "more_than", "about"):
            yield from (_any(of_days, measure.unit, sense, chance) for _ in range(12))


def _any(measure: Any, unit: str, sense: str, chance: random.Random) -> Kept:
    if unit == "share":
        of = chance.choice((0.6, 0.85, 0.9, 0.025, 0.5775))
        limit = Limit(**{sense: of})  # type: ignore[arg-type]
        limit.give_or_take = 0.03 if sense == "about" else UNSET
    elif unit == "visits":
        of = chance.choice((5, 1200))
        limit = Limit(at_most_visits=int(of))
    else:
        of = 2 * DAY_MS if measure == "letters_mean" else chance.choice((180_000, 420_000, 3_600_000))
        limit = Limit(at_most_ms=int(of))
    near = (of, of * (1 + 1e-7), of * (1 - 1e-7), of * 1.0004, of * 0.9996, of * chance.uniform(0, 2))
    value, low, high, rest = (chance.choice(near) for _ in range(4))
    has_budget = unit != "visits" and sense != "about"
    budget = Budget(used=0.5, left=1.0, rest=rest, can_be_kept=chance.random() > 0.2) if has_budget else None
    return kept(measure, limit, value, budget, Forecast(low=low, likely=of, high=high, chance=chance.random(), weeks=9))


def test_what_was_missed_by_a_hair_never_looks_kept(browser: Browser, running: Centre) -> None:
    every = list(any_promises())
    assert len(every) > 200
    with browser.page() as page:
        shows(page, running)
        written = page.eval(
            f"import('/pages/resultatkort/values.js').then(of => {msgspec.json.encode(every).decode()}.map(one => "
            "[of.value(one, one.year.value), of.rest(one).said, of.becomes(one), of.chance(one.forecast)]))"
        )
    for row, said in zip(every, written, strict=True):
        assert row.year is not None
        terminal = [value_text(row, row.year.value), *(expected(row)[name] for name in ("rest", "becomes", "chance"))]
        assert [one.replace("\u00a0", " ") for one in said] == terminal, row


def test_a_row_opens_into_one_promise_by_the_keyboard(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running, "?vis=phone/personbruker")
        below = "#more-phone-personbruker-mean"
        assert page.text(below) == ""
        page.eval("document.querySelector('tr.promise button').focus()")
        page.press("Enter", text="\r", windowsVirtualKeyCode=13)
        page.until(lambda: "Brukt av årets rom" in page.text(below), "it is told of")
        assert page.eval("document.activeElement.getAttribute('aria-expanded')") == "true"
        assert page.eval("location.search") == "?vis=phone/personbruker&lofte=phone-personbruker-mean"
        row = next(one for one in running.told().promises if one.id == "phone-personbruker-mean")
        said = " ".join(page.text(below).replace("\u00a0", " ").split())
        assert row.year is not None and row.budget is not None and row.forecast is not None and row.burn is not None
        assert f"Snitt, regnet av {row.year.of} svar i år." in said
        assert f"{bokmal.percent(row.budget.used, up=True)} av det året tåler så langt, er brukt." in said
        assert f"Laget av {row.forecast.weeks} uker." in said and "1.1.–5.1. er ikke med" in said
        assert f"Siste sju døgn {'–' if row.burn.week is None else row.burn.week}" in said
        page.open(f"{running.web.url}/resultatkort{page.eval('location.search')}")
        page.until(lambda: "Brukt av årets rom" in page.text(below), "whoever is sent the address sees it")
        assert list(rows(page)) == ["phone-personbruker-mean", "phone-personbruker-share"]
        page.eval(f"document.querySelector('{below} a').focus()")
        page.eval(
            "const of = document.getElementById('language'); of.value = 'en'; of.dispatchEvent(new Event('change'))"
        )
        page.until(lambda: page.eval("document.activeElement.textContent") == "Day by day in Looking back", "it stays")
        page.eval("document.querySelector('tr.promise button').click()")
        assert page.text(below) == "" and page.eval("location.search") == "?vis=phone/personbruker"


def test_the_address_says_of_whom(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running, "?vis=phone")
        assert len(rows(page)) == 6 and "survey-solution" in rows(page)
        shows(page, running, "?vis=written/personbruker/sto,chat/samhandler")
        assert list(rows(page)) == ["chat-samhandler-mean", "written-sto-mean"]
        shows(page, running, "?vis=phone/samhandler/arbeidsgiver")
        assert set(rows(page)) == {"phone-samhandler-mean", "phone-samhandler-share"}, "a queue has its group's"
        page.open(f"{running.web.url}/resultatkort?vis=none/such")
        page.until(lambda: "Ingen av køene i adressen finnes: none/such" in told(page), "it says so")


def is_old(page: Page, before: dict[str, dict[str, str]], why: str, within_s: float = 10.0) -> None:
    """The last good figures stand, as old, with their age and why there is nothing newer."""
    age = r"Gamle tall: tall fra 09:3\d, \d+ (s|min) gamle\."
    page.until(lambda: re.search(age, told(page)) and why in told(page), f"it says that {why}", within_s)
    assert rows(page) == before and page.eval("document.querySelectorAll('tr.promise[data-now=true]').length") == 0


def test_where_there_is_none_it_says_why_keeps_the_last_and_mends(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    with centre(tmp_path, local_parts.redis_url) as (one, _), browser.page() as page:
        card = one.add_up()
        card.fresh_until_ms = one.clock.now_ms() + 3000
        one.write(card)
        shows(page, one)
        before = rows(page)
        page.until(lambda: page.eval("document.querySelector('tr.promise').dataset.now") == "true", "it is of now")
        is_old(page, before, "resultatkortet er ikke fornyet i tide")
        page.open(f"{one.web.url}/resultatkort")
        is_old(page, before, "har ikke lagt sammen resultatkortet ennå")
        with browser.page() as other:
            other.open(f"{one.web.url}/resultatkort")
            other.until(lambda: "Ingen tall ennå: svartid worker har ikke lagt sammen" in told(other), "it has none")
            assert rows(other) == {}
            card.as_of_ms -= DAY_MS + 3_600_000
            kept_ = json.dumps(msgspec.json.encode(card).decode())
            other.eval(f"localStorage.setItem('svartid.resultatkort.2', {kept_})")
            other.open(f"{one.web.url}/resultatkort")
            other.until(lambda: "Ingen tall ennå: svartid worker" in told(other), "what is of yesterday is not shown")
            assert rows(other) == {}
        one.add_up()
        page.until(lambda: "Lagt sammen" in told(page) and "Gamle" not in told(page), "it mends itself", 10)


def test_while_something_is_not_counted_the_last_whole_one_stands(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    with centre(tmp_path, local_parts.redis_url) as (one, _), browser.page() as page:
        shows(page, one)
        before = rows(page)

        async def claims(client: Client) -> None:
            await Store(client, one.keys, RULES, "two").claim("t-1", None)

        one.does(claims)
        assert one.add_up().promises == []
        page.until(lambda: one.told().not_whole == ["t-1"], "what was asked for a moment ago is told no more")
        for _ in range(2):  # what is not whole takes nothing from what was kept
            page.open(f"{one.web.url}/resultatkort")
            is_old(page, before, "ikke alt er talt ennå, t-1 leses")


def test_a_publisher_that_dies_makes_it_old(browser: Browser, local_parts: LocalParts, tmp_path: Path) -> None:
    with browser.page() as page, centre(tmp_path, local_parts.redis_url) as (one, publishing):
        shows(page, one)
        before = rows(page)
        publishing._loop.call_soon_threadsafe(publishing._stop.set)
        is_old(page, before, "Nyere finnes ikke:", OLD_WITHIN_S + 2)


def test_it_is_a_table_for_a_spreadsheet_and_in_another_language(browser: Browser, running: Centre) -> None:
    with browser.page() as page:
        shows(page, running, "?vis=phone/personbruker&sprak=en&lofte=phone-personbruker-mean")
        assert page.text("h1") == "Scorecard" and page.text("h2") == "Waiting time"
        assert "of what the year has room for so far is used" in page.text("dl")
        page.eval("URL.createObjectURL = blob => { window.made = blob; return '#' }")
        page.eval("document.getElementById('csv').click()")
        text = page.eval("window.made.text()").lstrip("\ufeff")
        heads, mean, share = (line.split(";") for line in text.strip().split("\r\n"))
        assert len(heads) == len(mean) == len(share) and heads[4:8] == [
            "unit",
            "so far this year",
            "Today: from",
            "Today: achieved",
        ]
        row = next(one for one in running.told().promises if one.id == "phone-personbruker-mean")
        assert row.year is not None and row.year.value is not None
        year = heads.index("This year: achieved")
        assert float(mean[year].replace(",", ".")) == pytest.approx(row.year.value / 1000, abs=1e-5)
        assert mean[:5] == ["phone-personbruker-mean", "phone/personbruker", mean[2], "≤ 7:00", "s"]
        assert share[4] == "%" and mean[-1] == "no" and mean[heads.index("Today: achieved") + 2] == "8"


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_moves(browser: Browser, running: Centre, mode: str) -> None:
    for size, page in tabs(browser, mode):
        shows(page, running, f"?lofte=phone-personbruker-mean,survey-solution{'&kiosk' if size == 'wall' else ''}")
        assert_nothing_moved(page, size)
        assert_accessible(page, size)
        page.eval(
            "document.querySelector('.told').dataset.kind = 'old'; "
            "document.querySelectorAll('tr.promise').forEach(of => { of.dataset.now = 'false' })"
        )
        assert_accessible(page, (size, "old"))
        assert page.complaints == []


def test_nothing_is_cut_off_at_any_width(browser: Browser, running: Centre) -> None:
    for width in (320, 390, 768, 1024, 1279, 1280):
        with browser.page(width, 700) as page:
            shows(page, running, "?lofte=phone-personbruker-mean,survey-solution")
            beyond = page.eval(
                f"[...document.querySelectorAll('body *')].filter(of => !of.closest('.wide, thead') && "
                f"of.getBoundingClientRect().right > {width}).map(of => of.outerHTML.slice(0, 120))"
            )
            assert beyond == [] and page.eval("document.documentElement.scrollWidth") <= width, width
            over = page.eval(
                "[...document.querySelectorAll('tr.promise > td')].filter(of => of.offsetWidth && "
                "of.scrollWidth > of.clientWidth + 1).map(of => of.outerHTML.slice(0, 160))"
            )
            assert over == [], width


def test_the_wall_shows_a_page_after_another_where_all_does_not_fit(browser: Browser, running: Centre) -> None:
    with browser.page(1280, 500) as page:
        shows(page, running, "?kiosk&bytt=5")
        page.until(lambda: "Side 1 av" in page.text("#page"), "it says which page")
        first = page.eval("document.getElementById('board').scrollLeft")
        page.until(lambda: "Side 2 av" in page.text("#page"), "the next one", 8)
        assert page.eval("document.getElementById('board').scrollLeft") > first


def test_names_are_the_configuration_s_by_any_card(running: Centre) -> None:
    told_ = running.web.ask("/pages/promises.json").said["promises"]
    assert told_["written-sto-mean"] == {
        "channel": "Skriftlig",
        "group": "Skriftlig personbruker",
        "queue": "STO",
        "of": "letters",
    }
    assert told_["survey-solution"]["group"] is None and "mix-chat" in told_, "of a card that is not in force"
