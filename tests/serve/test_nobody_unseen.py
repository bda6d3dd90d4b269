"""Nobody waits through a window unseen: whatever the verdicts are, somebody is told of a queue in which one waits and
nobody was answered. (What tells of each way to wait for long is listed in deploy/ALERTS.md.)
"""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from config import Centre
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.core.verdicts import Verdict
from streams.serve.documents import Line, Snapshot
from streams.serve.merging import NONE_MISSING
from streams.serve.snapshot import snapshot
from streams.serve.view import View, Viewer
from tests.cards import DAY
from tests.events import Event, event, records
from tests.examples import examples
from tests.promised import promising, table
from tests.serve.documents import FRESH_MS, MINUTE, NOW, SECOND, view

OF_PERSONBRUKER = ("phone/personbruker/helse", "phone/personbruker/arbeid")
UNKNOWN, OTHER = "phone/personbruker/not-configured", "phone/personbruker/other"
LINES = (*OF_PERSONBRUKER, UNKNOWN, "phone/samhandler/arbeidsgiver", "chat/personbruker/arbeid")
MEASURES = (
    ("mean-wait", {"at_most": "7m"}),
    ("share-within", {"within": "10m", "at_least": 0.6}),
    ("share-within-of-offered", {"within": "10m", "at_least": 0.6}),
    ("share-within-with-abandons-met", {"within": "10m", "at_least": 0.6}),
    ("abandonment", {"at_most": 0.2}),
    ("abandonment-without-short", {"at_most": 0.2}),
    ("journey-wait", {"at_most": "9m"}),
    ("time-in-queues", {"at_most": "9m"}),
    ("callbacks-kept", {"at_least": 0.8}),
    ("longest-wait", {"at_most": "25m"}),
    ("waiting", {"at_most": 50}),
)
CENTRE: Centre = promising(
    *(
        table(f"{name}-{n}", name.replace("-", "_"), audience="personbruker", **of, **fields)
        for name, fields in MEASURES
        for n, of in enumerate(({}, {"queue": "helse"}))
    )
)
WINDOW = CENTRE.all_targets[0].window
ENDS = ("queue.answered", "queue.abandoned", "queue.left", "callback.requested")


class Visit(NamedTuple):
    """Ages in ms; the end is that long ago, too."""

    line: str
    entered: int
    how: str | None
    ended: int


@st.composite
def visits(draw: st.DrawFn) -> list[Visit]:
    found = []
    for _ in range(draw(st.integers(0, 12))):
        entered = draw(st.integers(0, 150)) * MINUTE + draw(st.integers(0, 59)) * SECOND
        how = draw(st.sampled_from([None, None, *ENDS]))
        found.append(Visit(draw(st.sampled_from(LINES)), entered, how, draw(st.integers(0, entered))))
    return found


REPORTS = st.lists(st.tuples(st.sampled_from(LINES), st.integers(0, 5), st.integers(0, 3 * MINUTE)), max_size=4)


def log_of(some: list[Visit], reports: list[tuple[str, int, int]], speaking: set[str]) -> list[Event]:
    log: list[Event] = []
    for n, one in enumerate(some):
        log.append(event("queue.entered", NOW - one.entered, f"v{n}", one.line))
        if one.how is not None:
            log.append(event(one.how, NOW - one.ended, f"v{n}", one.line))
    log += [event("queue.snapshot", NOW - ago, None, line, waiting=n) for line, n, ago in reports]
    for channel in speaking:  # somebody who is answered at once in another queue
        line = f"{channel}/personbruker/pensjon"
        log += [event("queue.entered", NOW - 5 * SECOND, f"s{channel}", line)]
        log += [event("queue.answered", NOW - 5 * SECOND, f"s{channel}", line)]
    return log


def shown(log: list[Event]) -> Snapshot:
    def viewed(channel: str) -> View:
        state = PartitionState(CENTRE.rules())
        fold(state, records((one for one in log if one["channel"] == channel), NOW))
        lines = Viewer(state, CENTRE.windows.lengths).lines(NOW, Touched())
        heard = state.watermark
        return view(lines, channel=channel, partition=f"{channel}-0", watermark_ms=heard, counters=dict(state.counters))

    return snapshot([viewed(c) for c in ("phone", "chat")], NONE_MISSING, CENTRE, CENTRE.rules(), NOW, FRESH_MS)


def is_told(document: Snapshot, line: Line, *, is_overtaken: bool) -> bool:
    """By LongestWait, LongestWaitDisputed, or FeedSilent. Of one who was overtaken, and whom the source does not count,
    WaitingDisputed tells alone.
    """
    longest = line.longest_wait
    assert longest is not None
    if is_overtaken and line.disputed:
        return True
    return bool(longest.is_beyond or longest.is_disputed_beyond) or document.feeds[line.channel].status == "stale"


def are_overtaken(waiting: list[Visit], some: list[Visit]) -> bool:
    """Whether of each of them somebody who came later was answered, in what is shown as one line."""
    of = {shown_as(one.line) for one in waiting}
    answered = [one.entered for one in some if one.how == "queue.answered" and shown_as(one.line) in of]
    return all(any(entered < one.entered for entered in answered) for one in waiting)


def shown_as(line: str) -> str:
    """By which line it is in the document."""
    return OTHER if line == UNKNOWN else line


QUIET: tuple[Verdict, ...] = ("ok", "insufficient", "drifting")


@settings(max_examples=examples(150))
@given(visits(), REPORTS, st.sets(st.sampled_from(["phone", "chat"])))
def test_who_waits_through_a_window_in_which_nobody_is_answered_is_told_of(
    some: list[Visit], reports: list[tuple[str, int, int]], speaking: set[str]
) -> None:
    """By a plain look at the visits; whatever the source says of them, and whether it speaks at all."""
    document = shown(log_of(some, reports, speaking))
    for name in LINES:
        own = [one for one in some if one.line == name]
        waiting = [one for one in own if one.how is None and one.entered > WINDOW]
        answered = any(one.how == "queue.answered" and one.ended < WINDOW for one in own)
        if waiting and not answered:
            overtaken = are_overtaken(waiting, some)
            assert is_told(document, document.lines[shown_as(name)], is_overtaken=overtaken), name


def test_one_who_is_overtaken_and_not_counted_is_disputed_and_wakes_nobody() -> None:
    waits = Visit(OF_PERSONBRUKER[0], WINDOW + 1000, None, 0)
    answered = Visit(OF_PERSONBRUKER[0], WINDOW, "queue.answered", WINDOW)
    line = shown(log_of([waits, answered], [(OF_PERSONBRUKER[0], 0, 0)], set())).lines[OF_PERSONBRUKER[0]]
    assert line.disputed == 1 and line.longest_wait is not None and line.longest_wait.is_disputed_beyond is False
    assert are_overtaken([waits], [waits, answered]) and not are_overtaken([waits], [waits])


@settings(max_examples=examples(150))
@given(visits(), REPORTS)
def test_a_target_that_sees_who_waits_for_too_long_says_so_whoever_else_is_well(
    some: list[Visit], reports: list[tuple[str, int, int]]
) -> None:
    """Of the longest wait: neither a least sample nor those who are answered at once hide anybody. A source that does
    not count him does, and of that LongestWaitDisputed tells.
    """
    document = shown(log_of(some, reports, {"phone", "chat"}))
    said = {one.id: one for one in document.targets}
    for id_, lines in (("longest-wait-0", OF_PERSONBRUKER), ("longest-wait-1", OF_PERSONBRUKER[:1])):
        beyond = [one for one in some if one.line in lines and one.how is None and one.entered > 25 * MINUTE]
        if beyond and said[id_].verdict in QUIET:
            assert all(
                is_told(document, document.lines[one.line], is_overtaken=are_overtaken([one], some)) for one in beyond
            )
            assert any(document.lines[one.line].disputed for one in beyond)


def test_each_limit_is_within_each_window() -> None:
    """Else who waits through a window is told of later; `svartid config check` says so."""
    limits = CENTRE.longest_waits_at(DAY)
    assert all(limits[f"{t.channel}/{t.audience}"] <= t.window for t in CENTRE.targets_at(DAY))
