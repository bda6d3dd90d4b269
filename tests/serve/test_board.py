"""What people see on the board: the right words, "–" for the unknown, and all of it within the screen."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from rich.console import Console
from rich.style import Style

import config
from streams.serve import bokmal
from streams.serve.board import EMPTY, Board
from streams.serve.documents import Told, ToldOf
from streams.serve.merging import NONE_MISSING
from streams.serve.picture import svg
from streams.serve.snapshot import snapshot
from tests.serve.documents import (
    CENTRE,
    FRESH_MS,
    NOW,
    Document,
    as_read,
    bot,
    busy,
    document,
    folded,
    said,
    typed,
    view,
    visit,
)

OSLO = ZoneInfo("Europe/Oslo")


def board(of: Document | None, width: int = 120, height: int | None = None, now_ms: int = NOW) -> list[str]:
    console = Console(width=width, color_system=None)
    lines = console.render_lines(Board(None if of is None else typed(of), now_ms, OSLO, CENTRE.names, height))
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


def line(of: list[str], start: str) -> str:
    (found,) = [text for text in of if text.strip().startswith(start)]
    return re.sub(r"\s+", " ", found.strip())


def some() -> Document:
    written = view({}, partition="written-0", channel="written", counters={})
    return document(busy(), bot(), written)


def test_a_queue() -> None:
    """Eight answered after 2 to 9 minutes, one gave up, one waits, two were to be called back and one was.

    The columns: status, waiting, oldest, mean, mean with those who wait, in time, gave up, answered, to be called back,
    overdue.
    """
    shown = board(some())
    assert line(shown, "Helse") == "Helse åpen 1 12:04 5:30 6:14 100 % 11 % 8 1 1 ✗"
    assert line(shown, "Arbeid ") == "Arbeid ingen tall – – – – – – – – –"


def test_a_group_and_its_targets() -> None:
    shown = board(some())
    targets, group = [text for text in shown if text.startswith("Telefon personbruker")]
    assert "✓ 5:30 nådd" in targets and "mål ≤ 7:00" in targets
    assert "✓ 100,0 % nådd" in targets and "mål > 60 % innen 10:00" in targets
    assert "5:30 ✓" in group and "100 % ✓" in group


def test_what_is_told_and_since_when() -> None:
    """A breach before a drift, whichever comes first on the card; where nothing is told there is no such line."""
    given = typed(some())
    assert not [text for text in board(as_read(given)) if text.startswith("Varslet")]
    not_told, drift, breach = (ToldOf(is_told=told, since_ms=ms) for told, ms in ((False, None), (True, 1), (True, 2)))
    mean, share, *_ = given.targets
    mean.told = Told(breach=not_told, drifting=replace(drift, since_ms=NOW - 60_000))
    share.told = Told(breach=replace(breach, since_ms=NOW - 120_000), drifting=drift)
    told = line(board(as_read(given), width=140), "Varslet")
    assert told == (
        "Varslet Telefon personbruker, andel innen 10:00: ikke nådd siden 11:18 · "
        "Telefon personbruker, snitt: på vei ut siden 11:19"
    )


def test_a_target_that_is_about_to_be_missed() -> None:
    quick = [event for n in range(9) for event in visit(f"v{n}", (n + 2) * 60_000, ("queue.answered", n * 60_000))]
    slow = [event for n in range(9) for event in visit(f"w{n}", 20 * 60_000)]
    targets = next(t for t in board(document(folded(*slow, *quick))) if t.startswith("Telefon personbruker"))
    assert "▲ 2:00 på vei ut" in targets


def test_a_queue_that_nobody_answers_shows_what_its_waiters_make_of_the_mean() -> None:
    waiting = [event for n in range(6) for event in visit(f"v{n}", 20 * 60_000)]
    targets = next(t for t in board(document(view(folded(*waiting).lines))) if t.startswith("Telefon personbruker"))
    assert "✗ 20:00 ikke nådd" in targets


def test_a_missed_target_has_a_shape_and_a_word() -> None:
    slow = [event for n in range(6) for event in visit(f"v{n}", 20 * 60_000, ("queue.answered", 60_000))]
    shown = board(document(folded(*slow)))
    targets, group = [text for text in shown if text.startswith("Telefon personbruker")]
    assert "✗ 19:00 ikke nådd" in targets and "✗ 0,0 % ikke nådd" in targets
    assert "19:00 ✗" in group
    assert "19:00 ✗" in line(shown, "Helse")


def test_what_lies_around_the_queues() -> None:
    shown = board(some())
    assert line(shown, "Ringes opp") == (
        "Ringes opp 1 åpne nå, eldste 3 t 10 min, 1 over frist ✗ · i dag 2 bedt om, 1 (50 %) holdt"
    )
    assert line(shown, "Nav-kontor") == "Nav-kontor 1 satt over i dag: 0 (0 %) besvart, 0 (0 %) ga opp, 0 venter nå"
    assert line(shown, "Frida") == "Frida 3 samtaler i dag: 33 % løst, 33 % delvis, 33 % til veileder, snitt 2:00"
    assert "1 avvist" in shown[-1] and "avvik 0" in shown[-1]


def test_nothing_is_over_time_where_nothing_was_promised() -> None:
    shown = board(document(folded(*visit("a", 60_000))))
    assert line(shown, "Ringes opp") == "Ringes opp 0 åpne nå, eldste –, 0 over frist · i dag 0 bedt om, 0 (–) holdt"
    assert line(shown, "Henvendelser") == "Henvendelser 1 i dag: 0 (0 %) nådde en veileder, 0 (0 %) i første kø"
    assert line(shown, "Nav-kontor") == "Nav-kontor ingen tall"


def test_of_too_few_no_mean_is_marked() -> None:
    """One answered, after 20 minutes; the pressure is marked, as it is of all who are there."""
    shown = board(document(folded(*visit("a", 21 * 60_000, ("queue.answered", 60_000)))))
    assert line(shown, "Helse") == "Helse for få svar 0 – 20:00 20:00 ✗ 0 % 0 % 1 0 0"


def test_status_in_words() -> None:
    assert board(some())[0].endswith("● LIVE")
    assert board(some(), now_ms=NOW + FRESH_MS)[0].endswith("● LIVE")
    assert "✗ UTDATERT siden 11:20:00" in board(some(), now_ms=NOW + FRESH_MS + 1)[0]
    assert "✗ UTDATERT: 2 partisjoner mangler" in board(document(view({}), missing=["phone-1", "phone-2"]))[0]
    assert "▲ HENGER ETTER: 9 999 hendelser" in board(document(view({}, behind=9999)))[0]
    assert re.split(r"\s{2,}", board(None)[0]) == ["Svartid", "tir. 4. mars 2025", "11:20:00", "✗ INGEN TALL"]
    assert board(None)[-1] == EMPTY


def styles(of: Document, now_ms: int = NOW) -> set[str]:
    """How the group's own row and what is below it are written."""
    lines = Console(width=120, color_system="truecolor").render_lines(Board(typed(of), now_ms, OSLO, CENTRE.names))
    return {str(segment.style) for line in lines[1:] for segment in line if segment.style and segment.text.strip()}


def test_figures_that_may_not_be_believed_are_faint() -> None:
    on_its_way = {**some(), "status": "rebuilding", "rebuilding": {"done": 2, "of": 3, "channels": ["phone"]}}
    assert "✗ BYGGER OPP 66 %" in board(on_its_way)[0], "rounded down, so that it is never done before it is"
    nobody = {**some(), "status": "stale", "groups": {}, "missing_partitions": ["phone-0"]}
    for told, now_ms in ((on_its_way, NOW), (nobody, NOW), (some(), NOW + FRESH_MS + 1)):
        assert all("dim" in style for style in styles(told, now_ms)), told["status"]
    behind = document(busy(), view({}, partition="phone-1", behind=9999))
    part = {**some(), "status": "stale", "missing_partitions": ["phone-0"]}
    for told in (some(), behind, part):
        assert not all("dim" in style for style in styles(told)), told["status"]


def test_what_is_wrong_stands_out() -> None:
    """On a ground of its own, as it has to be seen from afar; that all is well does not."""
    silent = document(view(folded(*visit("a", 1000)).lines), now_ms=NOW + 600_000)
    rebuilt = {**some(), "status": "rebuilding", "rebuilding": {"done": 1, "of": 3, "channels": ["phone"]}}
    wrong = (
        (None, NOW, "INGEN TALL"),
        (some(), NOW + FRESH_MS + 1, "UTDATERT siden"),
        ({**some(), "status": "stale"}, NOW, "UTDATERT: "),
        (rebuilt, NOW, "BYGGER OPP"),
        (document(view({}, behind=9999)), NOW, "HENGER ETTER"),
        (silent, NOW + 600_000, "STILLE"),
    )
    for of, now_ms, told in wrong:
        style = header_style(of, now_ms, told)
        assert style.bgcolor is not None, told
    assert header_style(some(), NOW, "LIVE").bgcolor is None


def header_style(of: Document | None, now_ms: int, word: str) -> Style:
    """How the part of the first line is written that has a word in it."""
    board = Board(None if of is None else typed(of), now_ms, OSLO, CENTRE.names)
    first = Console(width=160, color_system="truecolor").render_lines(board)[0]
    (style,) = {segment.style for segment in first if word in segment.text}
    assert style is not None
    return style


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ({"clock_wrong_ms": -3_600_000}, "klokka i svartid går 1 t 0 min feil"),
        ({"missing_topics": ["phone", "chat"]}, "phone, chat mangler i Kafka"),
        ({"missing_partitions": ["phone-0"]}, "1 partisjoner mangler"),
        ({"unread_partitions": ["phone-0"]}, "1 partisjoner kan være uleste"),
        ({}, "ingen viser noe"),
    ],
)
def test_why_figures_are_stale(lacks: Document, said: str) -> None:
    """Wide, as a third of the width is for the reason."""
    assert board({**some(), "status": "stale", **lacks}, width=160)[0].endswith(f"✗ UTDATERT: {said}")


def test_nothing_known_is_no_zero() -> None:
    shown = board(document(view({})))
    groups = [text for text in shown if re.match(r"(Telefon|Chat|Skriftlig) ", text)][4:]
    assert len(groups) == 4  # two of the channel that spoke, without queues under them, and two channels that did not
    assert not any("0" in text for text in groups)
    assert all("–" in text for text in groups)


def test_closed_and_silent_queues_look_different() -> None:
    some_visits = view(folded(*visit("a", 1000, ("queue.answered", 0))).lines)
    night = document(some_visits, now_ms=NOW + 8 * 3_600_000)
    silent = document(some_visits, now_ms=NOW + 600_000)
    assert "stengt" in line(board(night), "Helse")
    assert "utdatert" in line(board(silent), "Helse")
    assert "▲ STILLE: Telefon, Chat, Skriftlig" in board(silent)[0]
    assert "LIVE" in board(night)[0]


def test_a_silent_channel_keeps_no_target() -> None:
    silent = board(document(busy(), now_ms=NOW + 180_000))
    targets, group = [text for text in silent if text.startswith("Telefon personbruker")]
    assert "5:30 utdatert" in targets
    assert re.search(r" 5:30 +6:34 +100 % +11 % ", group)  # no mark


def test_nor_does_it_miss_one() -> None:
    """One answered after a minute, and two who wait, since 18 minutes and since now: 6:20 if all were answered now, and
    7:40 in two minutes, where seven are promised. So long a feed may be silent, and no longer.
    """
    minute = 60_000
    log = folded(*visit("a", 21 * minute, ("queue.answered", 20 * minute)), *visit("b", 18 * minute), *visit("c", 0))
    of = [document(log, now_ms=NOW + ms) for ms in (0, 2 * minute, 2 * minute + 1)]
    shown = [line(board(one, now_ms=one["as_of_ms"]), "Helse") for one in of]
    assert shown == [
        "Helse for få svar 2 18:00 1:00 6:20 100 % 0 % 1 0 0",
        "Helse for få svar 2 20:00 1:00 7:40 ✗ 100 % 0 % 1 0 0",
        "Helse utdatert 2 20:01 1:00 7:41 100 % 0 % 1 0 0",
    ]


def test_a_channel_without_figures_says_why() -> None:
    """One of which something is missing, one that is built up, and one that never sent anything."""
    rebuilt = view({}, partition="chat-0", channel="chat", rebuilding=(1, 3))
    shown = [re.sub(r"\s+", " ", text) for text in board(document(rebuilt, missing=["phone-0"]))]
    assert sum("– utdatert mål" in text for text in shown) == 4, "the telephone's and the chat's two means each"
    unknown = " –" * 9
    for name, why in (("Telefon", "utdatert"), ("Chat", "bygger opp"), ("Skriftlig", "utdatert")):
        assert f"{name} {why}{unknown}" in shown


@pytest.mark.fault(36)
def test_who_has_waited_longer_than_one_may_is_marked() -> None:
    """Three times the seven minutes that are promised on average; one of another queue has waited for less."""
    within, beyond = visit("a", 21 * 60_000, queue="arbeid"), visit("h", 21 * 60_000 + 1)
    beyond += visit("a2", 60_000, ("queue.answered", 0), queue="arbeid")
    shown = board(document(folded(*within, *beyond)))
    assert "21:00 " in line(shown, "Arbeid ") and "✗" not in line(shown, "Arbeid ").partition("21:00")[2][:2]
    assert "21:01 ✗" in line(shown, "Helse")


@pytest.mark.fault(37)
def test_what_the_source_and_svartid_do_not_agree_on_has_a_line_of_its_own() -> None:
    shown = board(document(folded(*visit("h", 25 * 60_000), said(0), said(3, queue="arbeid"))))
    assert line(shown, "Omstridt") == (
        "Omstridt Arbeid (telefon): 3 bare hos kilden · Helse (telefon): 1 bare her, eldste 25:00"
    )
    assert not any("Omstridt" in text for text in board(document(folded(*visit("h", 60_000), said(1)))))


def test_a_source_whose_clock_or_way_is_wrong_is_on_a_line_of_its_own() -> None:
    minute = NOW - NOW % 60_000
    late = {"puzzel": {minute - 20 * 60_000: 400}, "salesforce": {minute: -95_000}, "other": {minute: 1_260_000}}
    shown = board(document(view({}, promptness=late), view({}, channel="chat", partition="chat-0")))
    assert line(shown, "Kilder").startswith("Kilder Puzzel: taus i 19 min · Salesforce: klokka går 1 min for fort")
    assert not any("Kilder" in text for text in board(document(view({}))))


@pytest.mark.parametrize(("width", "height"), [(120, 40), (100, 40), (80, 36), (120, 24)])
def test_it_fits_the_screen(width: int, height: int) -> None:
    chat = [visit(f"c-{queue}", 9000, queue=queue) for queue in ("arbeid", "helse", "familie", "pensjon")]
    chats = folded(*(event for events in chat for event in events), channel="chat")
    shown = board(document(busy(), chats), width, height)
    assert len(shown) <= height
    assert all(len(text) <= width for text in shown)
    assert not any("…" in text for text in shown)
    assert any(text.startswith("  Helse") for text in shown) is (height > 24)


def test_a_picture_of_it_needs_nothing_from_the_net(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = svg(Board(typed(some()), NOW, OSLO, CENTRE.names), "svartid board")
    assert drawn == svg(Board(typed(some()), NOW, OSLO, CENTRE.names), "svartid board")
    assert "12:04" in drawn
    assert capsys.readouterr().out == "", "it is drawn, not shown"
    assert set(re.findall(r"https?://[^\s\"<]+", drawn)) <= {"http://www.w3.org/2000/svg"}


# --- numbers and times


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "–"),
        (0, "0:00"),
        (364_000, "6:04"),
        (420_001, "7:01"),
        (3_599_000, "59:59"),
        (3_600_000, "1:00:00"),
        (4_564_000, "1:16:04"),
    ],
)
def test_waits(ms: float | None, text: str) -> None:
    assert bokmal.wait(ms) == text


@pytest.mark.parametrize(
    ("share", "decimals", "down", "text"),
    [
        (None, 0, False, "–"),
        (0.825, 0, False, "82 %"),
        (0.59999, 1, True, "59,9 %"),
        (0.58, 0, True, "58 %"),
        (0.999, 0, True, "99 %"),
        (1.0, 1, True, "100,0 %"),
    ],
)
def test_shares(share: float | None, decimals: int, down: bool, text: str) -> None:
    assert bokmal.percent(share, decimals, down=down) == text


def test_other_words() -> None:
    assert [bokmal.number(n) for n in (None, 0, 999, 12345, 3_124_706)] == ["–", "0", "999", "12 345", "3 124 706"]
    lengths = (None, 31_000, 3_480_000, 7_800_000, 86_400_000, 273_600_000)
    assert [bokmal.about(ms) for ms in lengths] == ["–", "31 s", "58 min", "2 t 10 min", "1 d 0 t", "3 d 4 t"]
    edges = (0, 999, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999)
    assert [bokmal.about(ms) for ms in edges] == ["0 s", "0 s", "59 s", "1 min", "59 min", "1 t 0 min", "23 t 59 min"]
    assert bokmal.day(NOW, OSLO) == "tir. 4. mars 2025"
    assert bokmal.clock(NOW, OSLO) == "11:20:00"
    just_past_midnight = NOW + 45_600_000
    assert bokmal.day(just_past_midnight, OSLO) == "ons. 5. mars 2025"
    assert bokmal.clock(just_past_midnight, OSLO) == "00:00:00"
    assert [bokmal.length(text) for text in ("30m", "1h", "10s", "5ms")] == ["30 min", "1 t", "10 s", "5 ms"]
    assert [bokmal.queue_name(id_) for id_ in ("sto", "helse", "other")] == ["STO", "Helse", "Andre køer"]


@pytest.mark.parametrize("within", ["90s", "1h", "90m", "36h"])
@pytest.mark.fault(34)
def test_every_threshold_that_a_target_may_have_is_drawn(tmp_path: Path, within: str) -> None:
    for file in ("queues.toml", "targets.toml"):
        text = (Path(config.__file__).parent / file).read_text()
        (tmp_path / file).write_text(text.replace('within = "10m"', f'within = "{within}"'))
    centre = config.load(tmp_path)
    made = as_read(snapshot([view({})], NONE_MISSING, centre, centre.rules(), NOW, FRESH_MS))
    shown = board(made, width=140)
    limit = next(target["within_ms"] for target in made["targets"] if target["within_ms"] not in (None, 300_000))
    assert any(f"mål > 60 % innen {bokmal.wait(limit)}" in text for text in shown)


@pytest.mark.fault(34)
def test_a_main_window_that_is_not_known_leaves_its_columns_blank() -> None:
    made = document(replace(busy(), in_part=[30 * 60_000]))
    assert line(board(made), "Helse") == "Helse for få svar 1 12:04 – – – – – 1 1 ✗"
