"""svartid selv in a real browser: what it says of the figures is so, also where nothing writes, or something died."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.cli import COMMANDS
from streams.core.fold import fold
from streams.local import LocalParts
from streams.local.ports import free_ports
from streams.local.valkey import Valkey, embedded_server
from streams.serve import bokmal
from streams.web.pages import files
from tests.events import START_MS, Record, event, records, visit
from tests.web.accessible import SIZES, assert_accessible, assert_nothing_moved, needs_axe, tabs
from tests.web.chromium import Browser, Page
from tests.web.served import Publishing, Web
from tests.web.test_koene_na import OLD_WITHIN_S, Centre, belief, centre

pytestmark = pytest.mark.real

PATH = "/svartid-selv?vis=phone"  # of the others nothing ever comes in these tests
ROOT = Path(__file__).parents[2]
MODULES = files.FOLDER / "svartid-selv"
TOLD_OLD_WITHIN_S = OLD_WITHIN_S + 2


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as one:
        yield one


@pytest.fixture(scope="module")
def running(local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Publishing]]:
    """All is well with it, whenever a test begins."""
    one = centre(tmp_path_factory.mktemp("web"), local_parts.redis_url)
    with one.publishing() as publishing, one.web() as web:
        yield web.wait_until_ready(), publishing


def happens(publishing: Publishing, *more: dict[str, Any]) -> None:
    """Something does, and comes at once: its channel and its source are heard."""
    now_ms = publishing._clock.now_ms()
    log = [*visit(f"now-{now_ms}", now_ms, ("queue.answered", 0)), *more]

    def does() -> None:
        fold(publishing.part.state, records(log, now_ms, publishing.part.state.offset))

    publishing.call(does)
    publishing.fold([])


def lead(page: Page) -> str:
    return " ".join(page.text(".lead").split())


def row(page: Page, label: str, cell: str = ".value") -> Any:
    """What is read in the first figure of a row, or elsewhere in it."""
    script = """[...document.querySelectorAll('main tbody tr')].find(of => of.querySelector('.label').textContent
        === %s)?.querySelector(%s)?.textContent"""
    return page.eval(script % (json.dumps(label), json.dumps(cell)))


def nows(page: Page) -> list[str]:
    """The keys of the rows that are shown as of now."""
    found: list[str] = page.eval("[...document.querySelectorAll('tr[data-now=true]')].map(of => of.dataset.key)")
    return found


def is_well(page: Page) -> None:
    page.until(lambda: "i orden Tallene er ferske og hele." in lead(page), "all is well", 15)


def mends(page: Page) -> list[str]:
    told: list[str] = page.eval("[...document.querySelectorAll('.faults code')].map(of => of.textContent)")
    return told


def whole_asked(page: Page) -> int:
    """How often the whole snapshot was asked for."""
    return sum(address.endswith("/api/v1/now") for address in page.asked)


def is_old(page: Page, why: str, accepted: str) -> None:
    """It says so and why, with what mends it; all but the age is of then, and no figure is a zero or gone for that."""
    page.until(lambda: why in lead(page) and "galt" in lead(page), f"it says that {why}", TOLD_OLD_WITHIN_S)
    assert belief(page) == "old" and nows(page) == ["age"]
    assert row(page, "Regnet med") == accepted and row(page, "Rest i regnskapet", ".word") == "var: i orden"
    assert row(page, "Alder på tallene", ".badge") == "■ galt"
    assert re.search(r"tall fra \d\d:\d\d, \d+ s gamle", page.text(".records .age"))


def test_all_is_well_and_its_figures_are_those_of_the_api(browser: Browser, running: tuple[Web, Publishing]) -> None:
    web, publishing = running
    happens(publishing)
    with browser.page() as page:
        page.open(f"{web.url}{PATH}")
        is_well(page)
        told = web.ask("/api/v1/now").said
        accepted = bokmal.number(told["records"]["accepted"])
        page.until(lambda: row(page, "Regnet med").replace("\u00a0", " ") == accepted, "what was counted")
        assert row(page, "Rest i regnskapet") == str(told["residual"]) == "0"
        assert row(page, "Partisjoner uten eier") == str(len(told["missing_partitions"])) == "0"
        assert row(page, "Konfigurasjon") == f"revisjon {told['configuration']['revision']}"
        assert told["configuration"]["digest"] in row(page, "Konfigurasjon", ".figure .note")
        mark = re.fullmatch(r"den samme siden \d\d:\d\d \(merke (.+)\)", row(page, "Skrives av", ".figure .note"))
        assert mark and mark[1] == web.ask("/pages/centre.json").said["writer"][:4]
        assert row(page, "Telefon", ".badge") == "● åpen" and told["feeds"]["phone"]["status"] == "open"
        names = [of["label"] for of in told["sources"].values()]
        assert page.eval("[...document.querySelectorAll('.sources .label')].map(of => of.textContent)") == names
        assert row(page, "Puzzel", ".badge") == "○ aldri hørt" and row(page, "Puzzel") == "–", "not known is no 0"
        assert re.fullmatch(r"\d+ s", row(page, "Alder på tallene"))
        assert {address.split("/")[2] for address in page.asked} == {web.url.rpartition("/")[2]}, page.asked
        page.open(f"{web.url}/svartid-selv")
        page.until(lambda: "Chat er åpen, men ingenting har kommet derfra ennå." in lead(page), "another one is not")
        assert row(page, "Chat") == "–" and row(page, "Chat", ".badge") == "✕ ingen data fra kilden"
        assert page.complaints == []


def test_what_is_wrong_is_on_top_with_what_mends_it(browser: Browser, local_parts: LocalParts, tmp_path: Path) -> None:
    one = centre(tmp_path, local_parts.redis_url)
    with one.publishing() as publishing, one.web() as web, browser.page() as page:
        happens(publishing)
        page.open(f"{web.url}/svartid-selv?vis=phone/personbruker/helse")
        is_well(page)
        page.until(lambda: "0 siste" in row(page, "Avvist", ".figure .note"), "it has been seen twice")
        now_ms = START_MS + 1
        happens(publishing, event("queue.snapshot", publishing._clock.now_ms(), None, waiting=0))

        def breaks() -> None:
            state = publishing.part.state
            fold(state, [Record(state.offset, now_ms, b"{"), Record(state.offset + 1, now_ms, b"[]")])
            publishing.part.lost = 1234
            publishing.publisher.notify()

        publishing.call(breaks)
        page.until(lambda: "Inntil 1\u00a0234 hendelser er tapt" in page.text(".sentence"), "what is worst")
        page.until(lambda: "Og 2 ting til" in lead(page), "and how many more")
        said = page.eval("[...document.querySelectorAll('.faults .said')].map(of => of.textContent)")
        assert said == ["▲ se på det 2 poster er nylig avvist: de telles ikke.", said[1]]
        assert "Helse: 2 venter bare her, 0 bare hos kilden." in said[1]
        expected = ["events-lost", "records-rejected", "waiting-disputed"]
        assert mends(page) == ["svartid doctor", *(f"deploy/runbooks/{name}.md" for name in expected)]
        told = web.ask("/api/v1/now").said
        assert told["records"]["rejected"] == {"broken_json": 1, "not_an_object": 1}
        assert "ødelagt JSON: 1 · ikke et objekt: 1" in row(page, "Avvist", ".figure .note")
        assert row(page, "Tapte hendelser", ".badge") == "■ galt" and row(page, "Avvist", ".badge") == "▲ se på det"
        label = "Telefon personbruker, Helse"
        assert told["lines"]["phone/personbruker/helse"]["disputed"] == 2
        assert row(page, label, ".figure:nth-child(4) .value") == "2" and row(page, label) == "0"
        page.until(lambda: "Inntil" in page.text("#said"), "it is said to who hears the page", 3)


def test_while_something_is_rebuilt_it_says_how_far_it_is(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    one = centre(tmp_path, local_parts.redis_url)
    with one.publishing() as publishing, one.web() as web, browser.page() as page:
        happens(publishing)
        page.open(f"{web.url}{PATH}")
        is_well(page)

        def is_lost(of: tuple[int, int] | None) -> None:
            publishing.part.rebuilding = of
            publishing.publisher.notify()

        publishing.call(lambda: is_lost((3, 7)))
        page.until(lambda: "Tallene bygges opp igjen (42 %): Telefon vises ikke" in lead(page), "it says so")
        assert belief(page) == "live" and web.ask("/api/v1/now").said["rebuilding"]["of"] == 7
        assert row(page, "Bygges opp", ".note:last-child") and "3 av 7" in row(page, "Bygges opp", ".figure .note")
        assert row(page, "Telefon", ".badge") == "◐ bygges opp" and row(page, "Telefon") == "–"
        assert mends(page) == ["svartid snapshot", "deploy/runbooks/rebuilding.md"]
        publishing.call(lambda: is_lost(None))
        is_well(page)


def test_where_nothing_writes_that_is_said_and_what_was_known_stays(
    browser: Browser, local_parts: LocalParts, tmp_path: Path
) -> None:
    one = centre(tmp_path, local_parts.redis_url)
    with one.web() as web, browser.page() as page:
        page.open(f"{web.url}{PATH}")
        said = "Tallene er ikke av nå: ingen skriver tall nå: går svartid worker? "
        page.until(lambda: said in lead(page), "it says so before there was anything")
        assert "Ingen tall ennå" in page.text(".figures") and nows(page) == []
        assert "svartid worker" in page.text(".help") and "deploy/runbooks/figures-stale.md" in mends(page)
        with one.publishing() as publishing:
            happens(publishing)
            is_well(page)
            accepted = row(page, "Regnet med")
        is_old(page, "ikke av nå", accepted)
        page.until(lambda: "ingen skriver tall nå" in lead(page) or "ikke fornyet" in lead(page), "why")
        first = row(page, "Alder på tallene")
        page.until(lambda: row(page, "Alder på tallene") != first, "they grow older", 3)
        page.open(f"{web.url}{PATH}")  # this browser has kept them
        is_old(page, "ikke av nå", accepted)
        with one.publishing() as publishing:
            happens(publishing)
            is_well(page)
        assert [of for of in page.complaints if "503" not in of] == []


def test_redis_that_dies_and_then_svartid_web_itself(browser: Browser, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "valkey").mkdir()
    valkey = Valkey(tmp_path / "valkey", port, binary=embedded_server())
    valkey.start()
    valkey.wait_ready()
    one: Centre = centre(tmp_path, valkey.url)
    with browser.page() as page:
        with one.web() as web:
            with one.publishing() as publishing:
                happens(publishing)
                page.open(f"{web.url}{PATH}")
                is_well(page)
                accepted = row(page, "Regnet med")
                valkey.kill()
                is_old(page, "Redis svarer ikke", accepted)
                assert "Se om Redis kjører" in lead(page) and mends(page)[0] == "svartid doctor"
            web.kill()
            is_old(page, "får ikke kontakt med svartid web", accepted)
            assert mends(page) == ["svartid web"]
        valkey.start()
        valkey.wait_ready()
        with one.publishing() as publishing, one.web():
            happens(publishing)
            page.until(lambda: "i orden Tallene" in lead(page), "it mends itself", 20)


def test_an_answer_that_cannot_be_had_is_named_and_is_not_asked_for_while_nobody_looks(
    browser: Browser, running: tuple[Web, Publishing]
) -> None:
    web, publishing = running
    happens(publishing)
    with browser.page() as page:
        page.open(f"{web.url}{PATH}")
        is_well(page)
        page._call("Network.setBlockedURLs", urls=["*/api/v1/now"])
        page.until(lambda: "får ikke kontakt med svartid web" in lead(page), "the stream lives, this does not")
        assert belief(page) == "live" and nows(page) == ["age"] and row(page, "Rest i regnskapet") == "0"
        page._call("Network.setBlockedURLs", urls=[])
        is_well(page)
        page.eval(
            "Object.defineProperty(document, 'hidden', { get: () => window.isHidden, configurable: true });"
            "window.isHidden = true; window.since = performance.now(); 0"
        )
        page.until(lambda: page.eval("performance.now() > window.since + 700"), "what was on its way has come")
        before = whole_asked(page)
        page.until(lambda: page.eval("performance.now() > window.since + 3700"), "a turn has passed")
        assert whole_asked(page) == before
        page.eval("window.isHidden = false; document.dispatchEvent(new Event('visibilitychange')); 0")
        page.until(lambda: whole_asked(page) > before, "at once", 2)
        is_well(page)


def test_what_is_seen_is_a_table_for_a_spreadsheet_and_is_said_in_other_languages(
    browser: Browser, running: tuple[Web, Publishing]
) -> None:
    web, publishing = running
    happens(publishing)
    with browser.page() as page:
        page.open(f"{web.url}{PATH}")
        is_well(page)
        page.eval("URL.createObjectURL = blob => { window.made = blob; return '#' }")
        page.eval("document.getElementById('csv').click()")
        lines = page.eval("window.made.text()").lstrip("\ufeff").split("\r\n")
        assert lines[0] == "del;hva;mål;verdi;merknad;vurdering;tall fra;gamle"
        assert lines[1].startswith("Slik er det nå;;;Tallene er ferske og hele.;") and lines[1].endswith(";nei")
        assert any(re.fullmatch(r"Tallene;Rest i regnskapet;Nå;0;;i orden;2025-03-04T.*Z;nei", of) for of in lines)
        assert any(of.startswith("Kildene;Puzzel;Taus i;–;;aldri hørt;") for of in lines)
        for language, said, heading in (
            ("nn", "Tala er ferske og heile.", "svartid sjølv"),
            ("en", "The figures are fresh and whole.", "svartid itself"),
        ):
            page.open(f"{web.url}{PATH}&sprak={language}")
            page.until(lambda told=said: told in lead(page), f"it is said in {language}")  # type: ignore[misc]
            assert page.text("h1") == heading
            assert "svartid-selv." not in page.text("main"), "each text is there"


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_moves_or_is_cut_off(
    browser: Browser, running: tuple[Web, Publishing], mode: str
) -> None:
    web, publishing = running
    happens(publishing)
    sizes = {**SIZES, "narrowest": (320, 700)}
    for size, page in tabs(browser, mode, sizes):
        page.open(f"{web.url}{PATH}{'&kiosk' if size == 'wall' else ''}")
        is_well(page)
        assert_nothing_moved(page, size)
        assert page.eval("document.documentElement.scrollWidth") <= sizes[size][0], size
        assert_accessible(page, size)
        page.eval(
            "document.querySelectorAll('.verdict, .worst').forEach((of, n) => { of.dataset.kind = "
            "n % 2 ? 'breach' : 'drifting' }); document.querySelectorAll('main tr').forEach((of, n) => "
            "{ of.dataset.now = String(n % 4 < 2) })"
        )
        assert_accessible(page, (size, "wrong"))
        assert page.complaints == []


def test_counters_that_rise_are_told_of_the_last_quarter_alone(
    browser: Browser, running: tuple[Web, Publishing]
) -> None:
    web, _ = running
    script = """import('/pages/svartid-selv/recent.js').then(({ Recent }) => {
        const recent = new Recent(), told = [];
        const take = (minute, late) => { recent.take({ as_of_ms: minute * 60000, records: { accepted: 0, late,
            rejected: {}, newer: 0, crowded: 0, let_go: 0 } }); told.push(recent.rises()?.late ?? null) };
        take(0, 5); take(1, 7); take(14, 7); take(15, 7); take(17, 8); take(18, 1); take(19, 2);
        return told })"""
    with browser.page() as page:
        page.open(f"{web.url}{PATH}")
        assert page.eval(script) == [None, 2, 2, 2, 1, None, 1]


def test_each_runbook_and_command_that_it_names_is_there() -> None:
    text = (MODULES / "mends.js").read_text(encoding="utf-8")
    runbooks, commands = re.findall(r'runbook: "([^"]+)"', text), re.findall(r'command: "svartid ([^"]+)"', text)
    assert len(runbooks) > 15 and len(commands) > 8
    assert [name for name in runbooks if not (ROOT / f"deploy/runbooks/{name}.md").is_file()] == []
    assert set(commands) <= set(COMMANDS)
