"""Across New Year in Oslo a running publisher goes from one card to the next, and is at no instant without either."""

import asyncio
import re
import uuid

import orjson
import pytest

from config import Centre
from streams.cli.history import _show
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState, Touched
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.history import Span, rows
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.merging import NONE_MISSING
from streams.serve.publisher import Publisher
from streams.serve.snapshot import Memo, snapshot
from streams.serve.view import Viewer
from tests.cards import NEW, NEW_YEAR_MS, OLD, always_open, split, texts, two_cards
from tests.events import Event, records, visit
from tests.serve.documents import FRESH_MS, MINUTE, SECOND, Document, as_read, view
from tests.serve.publishing import Part, Reading, clock_at, run

NAME, SHARE = "phone-personbruker-mean", "phone-personbruker-share"
GROUP = "phone/personbruker"
WAITED_MS = 400_000  # keeps the promise of 2026, and not the one of 2027
JULY_MS = 1_782_856_800_000  # 2026-06-30T22:00:00Z: midnight in Oslo


def other_threshold(text: str) -> str:
    """By the card of 2027 shares are counted at another threshold, too."""
    head, old, new = text.partition('card = "2027"')
    return head + old + new.replace('within = "10m"', 'within = "8m"')


CENTRE, MID_YEAR = two_cards(other_threshold, always_open), two_cards(split, always_open)


def answered(before_ms: int) -> list[Event]:
    """Eight who had waited equally long, answered a minute apart, the last one some seconds before an instant."""
    instants = (before_ms - 5 * SECOND - n * MINUTE for n in range(8))
    waits = (visit(f"{at}", at - WAITED_MS, ("queue.answered", WAITED_MS)) for at in instants)
    return [event for each in waits for event in each]


def target(document: Document, name: str = NAME) -> Document:
    (found,) = (target for target in document["targets"] if target["id"] == name)
    return dict(found)


def state(rules: Rules, before_ms: int) -> PartitionState:
    """Of a partition in which that was all."""
    made = PartitionState(rules)
    fold(made, records(answered(before_ms), before_ms))
    return made


class Shows:
    """Documents of what was answered before an instant, as of others, each made with what the last one left."""

    def __init__(self, centre: Centre, before_ms: int) -> None:
        self.centre, self.rules, self.memo = centre, centre.rules(b"a key"), Memo()
        self.state = state(self.rules, before_ms)
        self.viewer = Viewer(self.state, centre.windows.lengths)

    def at(self, now_ms: int, memo: Memo | None = None) -> Document:
        lines = self.viewer.lines(now_ms, Touched())
        shown = view(lines, as_of_ms=now_ms, watermark_ms=self.state.watermark)
        return as_read(snapshot([shown], NONE_MISSING, self.centre, self.rules, now_ms, FRESH_MS, memo or self.memo))


@pytest.mark.parametrize(
    ("centre", "change_ms", "limit", "cards"),
    [(CENTRE, NEW_YEAR_MS, NEW, ("2026", "2027")), (MID_YEAR, JULY_MS, 360_000, ("2026", "2026"))],
    ids=["a New Year", "a mid-year change"],
)
def test_each_instant_is_judged_by_what_was_promised_then(
    centre: Centre, change_ms: int, limit: int, cards: tuple[str, str]
) -> None:
    shows = Shows(centre, change_ms)
    for off_ms in (-1000, -1, 0, 1, 1000, MINUTE):
        is_new = off_ms >= 0
        document = shows.at(change_ms + off_ms)
        assert document == shows.at(change_ms + off_ms, Memo()), "what was left by the last one is of no account"
        assert document["card"] == cards[is_new]
        assert len(document["targets"]) == 6
        told = target(document)
        assert (told["limit"]["at_most_ms"], told["window"]["value"]) == ((OLD, limit)[is_new], WAITED_MS)
        assert told["verdict"] == ("breach" if is_new else "ok")
        assert document["groups"][GROUP]["longest_wait"]["limit_ms"] == 3 * told["limit"]["at_most_ms"]


def test_shares_are_shown_at_the_thresholds_of_the_card_in_force() -> None:
    shows = Shows(CENTRE, NEW_YEAR_MS)
    for off_ms, within in ((-1, "10m"), (0, "8m")):
        document = shows.at(NEW_YEAR_MS + off_ms)
        entries = [document["groups"][GROUP], document["lines"]["phone/personbruker/helse"]]
        for stretch in (of for entry in entries for of in (*entry["windows"].values(), entry["today"], entry["total"])):
            assert set(stretch.get("share_within", {within: ()})) - {"5m"} == {within}
        assert target(document, SHARE)["verdict"] == "ok"


def test_while_no_card_is_in_force_there_is_no_target_and_no_limit() -> None:
    gap = two_cards(lambda text: text.replace("from = 2027-01-01", "from = 2027-01-02"), always_open)
    shows = Shows(gap, NEW_YEAR_MS)
    before, after = (shows.at(NEW_YEAR_MS + off_ms) for off_ms in (-1, 0))
    assert (before["card"], after["card"], after["targets"]) == ("2026", None, [])
    assert after["groups"][GROUP]["longest_wait"]["limit_ms"] is None
    assert after["groups"][GROUP]["windows"]["30m"]["answered"] == 8


@pytest.mark.real
def test_a_publisher_that_runs_over_the_night_is_never_without_a_verdict(local_parts: LocalParts) -> None:
    files = texts(other_threshold, always_open)
    by = Configured(CENTRE, CENTRE.rules(b"a key"), files)
    keys = Keys(f"test-{uuid.uuid4().hex[:8]}")

    async def does(client: Client) -> None:
        part = Part("t-0", state(by.rules, NEW_YEAR_MS))
        publisher = Publisher(
            client,
            keys,
            lambda: by,
            clock_at(NEW_YEAR_MS - 500),
            lambda: {part.name: part},
            Reading(),
            tuple,
            instance="one",
            every_s=0.01,
            whole_every_s=0.01,
        )
        seen: list[Document] = []
        async with asyncio.timeout(30):
            while not seen or seen[-1]["as_of_ms"] < NEW_YEAR_MS + 300:
                await publisher.publish()
                seen.append(orjson.loads(await client.get(keys.snapshot) or b"null"))
        is_new = [document["as_of_ms"] >= NEW_YEAR_MS for document in seen]
        assert not is_new[0] and is_new[-1], "both years were seen"
        phone = [[one for one in document["targets"] if one["channel"] == "phone"] for document in seen]
        for document, targets, new in zip(seen, phone, is_new, strict=True):
            assert document["card"] == ("2027" if new else "2026")
            told = {one["id"]: one["verdict"] for one in targets}
            assert told[NAME] == ("breach" if new else "ok"), document["as_of"]
            assert len(told) == 4 and "stale" not in told.values()

    run(local_parts.redis_url, does)


def test_history_shows_each_row_s_share_at_the_thresholds_of_its_day(capsys: pytest.CaptureFixture[str]) -> None:
    """One that was no promise then is left empty."""
    rules, day_ms = CENTRE.rules(b"a key"), 86_400_000
    made = PartitionState(rules)
    fold(made, records([*answered(NEW_YEAR_MS), *answered(NEW_YEAR_MS + day_ms)], NEW_YEAR_MS + day_ms))
    days = made.aggregates.days.rows.items()
    cells = ((start, f"{GROUP}/helse", in_full(cell)) for start, row in days for cell in row.values())
    span = Span.of(NEW_YEAR_MS - day_ms, NEW_YEAR_MS + day_ms, "1d", rules.timezone)
    _show(rows(cells, span, "total", CENTRE.external_at, CENTRE.shown_edges_ms), span, "total", CENTRE)
    head, *shown = capsys.readouterr().out.splitlines()
    assert re.findall(r"in [0-9:]+", head) == ["in 5:00", "in 8:00", "in 10:00"]
    ends = [head.index(name) + len(name) for name in ("in 5:00", "in 8:00", "in 10:00")]
    assert [[line[:end].split()[-1].endswith("%") and line[end - 1] == "%" for end in ends] for line in shown] == [
        [True, False, True],
        [True, True, False],
    ]
