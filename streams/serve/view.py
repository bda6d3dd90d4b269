"""What is shown of one partition now: small, mergeable sums, so that no reader has to know the partition's state.

A view is what the partition's owner publishes, as MessagePack; the snapshot is made of the views of all partitions.
May import: the core, msgspec.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from streams.core.by_source import Minutes
from streams.core.calendar import PANE_MS, day_of
from streams.core.cells import in_full, merge, packed, refined, unpacked
from streams.core.contribution import Contribution
from streams.core.dispute import Gone, Report, Said
from streams.core.lately import oldest
from streams.core.measures import WINDOWED
from streams.core.open_now import Open
from streams.core.reading import Cell
from streams.core.rules import BY_LINE, STATE_VERSION
from streams.core.source_queue import OTHER
from streams.core.state import PartitionState, Touched
from streams.core.waiting import Ended
from streams.serve.early import NOTHING, Foreseen, foreseen, is_astray, lines_of
from streams.serve.overtaken import Overtaken
from streams.serve.windows import Windows

T = TypeVar("T")
MOST_CARRIED: Final = 1000  # of a line, in one partition's view

next_version = count(secrets.randbits(62)).__next__  # other numbers than every other worker's


class LineView(msgspec.Struct):
    """One line's figures. Sums of instants, not of ages, so that ages grow with the reader's clock.

    Its cells may have something in short (`core.cells`) until it is shown: they are merged before that.
    """

    windows: dict[int, Cell] = {}  # length in ms -> cell
    today: Cell = {}
    total: Cell = {}
    waiting: int = 0
    waiting_since_sum_ms: int = 0
    waiting_oldest_ms: int | None = None  # when the one who has waited longest entered
    presumed_lost_by_clock: int = 0  # open in the books, but waiting for longer than a wait can last
    waiting_unbooked: int = 0  # how many more are shown as waiting, or lost by the clock, than the books have
    promises_open: int = 0
    promises_overdue: int = 0  # of those open, past the promised time by the clock
    promises_oldest_ms: int | None = None  # when the oldest open promise was made
    transfers_waiting: int = 0
    reported: Said | None = None  # (when, waiting): what the source itself says
    waiting_since_ms: list[int] | None = []  # when each of them entered; None: more than `MOST_CARRIED`
    gone_lately: list[Gone] | None = []  # likewise, who left since the oldest report that may be in force
    disputed: int | None = None  # of the waiting, not among them any more; None: there is no report in force
    disputed_oldest_ms: int | None = None  # when the oldest of them entered
    reported_more: int | None = None  # how many the source counts that are not known here
    version: int = msgspec.field(default_factory=next_version)  # no two views have the same
    reported_by: str = OTHER  # which source
    overtaken_before_ms: int | None = None  # whoever entered before is overtaken: who came later was answered
    doubted_oldest_ms: int | None = None  # when the oldest of the disputed entered who is not overtaken
    letters_due: dict[int, int] = {}  # by when each open letter is due, how many
    letters_oldest_ms: int | None = None  # when the oldest of them was received
    talking: int | None = None  # None: conversations are not counted
    ended_lately: list[Ended] | None = None  # who is gone lately, with how; of one partition alone. None: not told

    def is_as(self, other: "LineView") -> bool:
        """Whether all is the same but for the version."""
        return replace(self, version=other.version) == other

    def add(self, other: "LineView") -> None:
        """Merges another partition's view of the same line into this one."""
        for length, cell in other.windows.items():
            self.windows[length] = _together(self.windows.get(length), cell)
        self.today, self.total = _together(self.today, other.today), _together(self.total, other.total)
        self.add_now(other)

    def add_now(self, other: "LineView") -> None:
        """The same of all but the cells: who waits, what is promised, what the source says."""
        self.waiting += other.waiting
        self.waiting_since_sum_ms += other.waiting_since_sum_ms
        self.waiting_oldest_ms = _least(self.waiting_oldest_ms, other.waiting_oldest_ms)
        self.presumed_lost_by_clock += other.presumed_lost_by_clock
        self.waiting_unbooked += other.waiting_unbooked
        self.promises_open += other.promises_open
        self.promises_overdue += other.promises_overdue
        self.promises_oldest_ms = _least(self.promises_oldest_ms, other.promises_oldest_ms)
        self.transfers_waiting += other.transfers_waiting
        if other.reported is not None and (self.reported is None or other.reported > self.reported):
            self.reported, self.reported_by = other.reported, other.reported_by
        self.waiting_since_ms = _both(self.waiting_since_ms, other.waiting_since_ms)
        self.gone_lately = _both(self.gone_lately, other.gone_lately)
        self.disputed = _sum(self.disputed, other.disputed)
        self.disputed_oldest_ms = _least(self.disputed_oldest_ms, other.disputed_oldest_ms)
        self.reported_more = _sum(self.reported_more, other.reported_more)
        self.overtaken_before_ms = _greatest(self.overtaken_before_ms, other.overtaken_before_ms)
        self.doubted_oldest_ms = _least(self.doubted_oldest_ms, other.doubted_oldest_ms)
        if other.letters_due:
            self.letters_due = dict(Counter(self.letters_due) + Counter(other.letters_due))
            self.letters_oldest_ms = _least(self.letters_oldest_ms, other.letters_oldest_ms)
        self.talking = _sum(self.talking, other.talking)

    def in_full(self) -> "LineView":
        """The same with nothing in short."""
        windows = {length: in_full(cell) for length, cell in self.windows.items()}
        return replace(self, windows=windows, today=in_full(self.today), total=in_full(self.total))

    def refined(self, edges_ms: Sequence[int]) -> "LineView":
        """The same of a state of an earlier version, its waits on the scale of today."""
        windows = {length: refined(cell, edges_ms) for length, cell in self.windows.items()}
        return replace(self, windows=windows, today=refined(self.today, edges_ms), total=refined(self.total, edges_ms))


class AheadView(msgspec.Struct):
    """What waits in a partition because it is dated far ahead of all else (streams/core/ahead.py)."""

    held: int = 0
    beyond_clock: int = 0  # dated later than the clock allows: of these, or of who is shown as waiting
    newest_ms: int = 0  # the newest of the others, epoch ms; 0: there is none


class View(msgspec.Struct):
    """One partition's view. Instants in epoch ms."""

    partition: str
    channel: str
    epoch: str
    owner: str
    as_of_ms: int
    offset: int
    behind: int  # records in the log that are not folded yet
    watermark_ms: int
    counters: dict[str, int]
    lines: dict[str, LineView]
    rebuilding: tuple[int, int] | None = None  # offsets done, of how many; what it has till then is not all there is
    lost: int = 0  # offsets that Kafka let go of before they were counted
    books: str = ""  # which they are: others after each beginning
    in_part: list[int] = []  # the windows (length in ms) that reach further back than panes are kept
    is_fresh: bool = False  # the broker has said of late where its log ends; who does not say so does not know
    ahead: AheadView = msgspec.field(default_factory=AheadView)
    is_astray: bool = False  # its event time is later than the clock allows: what comes with right dates is late
    heard_ms: int = 0  # when the newest event happened, or came where it is dated later; 0: an earlier build's view
    version: int | UnsetType = UNSET  # of the state that it is of; a build that knows but version 4 does not say it
    coarse_edges_ms: tuple[int, ...] = ()  # by which alone some waits are known; all, where it is of that version
    counted_since: dict[str, int] = {}  # the measures that a build added, since when cells have them; of others: never
    promptness: dict[str, Minutes] | UnsetType = UNSET  # by source: how soon its events came; an earlier build has none

    @property
    def is_by_line(self) -> bool:
        """Whether it is of a state of version 4."""
        return self.version in (UNSET, BY_LINE)

    @property
    def newest_ms(self) -> int:
        """When the newest event happened, counted or not, and never later than it came; 0: there is none."""
        return self.heard_ms or max(self.watermark_ms, self.ahead.newest_ms)


class _PackedLine(msgspec.Struct, array_like=True):
    line: LineView  # without its cells
    windows: dict[int, bytes]
    today: bytes
    total: bytes


class _PackedView(msgspec.Struct, array_like=True):
    view: View  # without its lines
    lines: dict[str, _PackedLine]


def pack(view: View) -> bytes:
    """A view as it lies in Redis, with nothing in short: builds before this one take its cells for all there is.

    So each line has another version there: who made it may read it as another's, while the partition changes hands.
    """
    version = BY_LINE if view.is_by_line else STATE_VERSION
    lines = {name: _pack_line(line.in_full(), version) for name, line in view.lines.items()}
    return _encode(_PackedView(replace(view, lines={}), lines))


def _pack_line(line: LineView, version: int) -> _PackedLine:
    windows = {length: packed(cell, version) for length, cell in line.windows.items()}
    today, total = packed(line.today, version), packed(line.total, version)
    told = replace(line, windows={}, today={}, total={}, version=-line.version)
    return _PackedLine(told, windows, today, total)


def unpack(value: bytes) -> View:
    """The view that was packed. Raises one of `streams.sealed.UNREADABLE`."""
    made = _decode(value)
    version = BY_LINE if made.view.is_by_line else STATE_VERSION
    for name, of in made.lines.items():
        windows = {length: unpacked(cell, version) for length, cell in of.windows.items()}
        today, total = unpacked(of.today, version), unpacked(of.total, version)
        made.view.lines[name] = replace(of.line, windows=windows, today=today, total=total)
    return made.view


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_PackedView).decode


def _together(mine: Cell | None, other: Cell) -> Cell:
    """`mine`, with the other in it; a copy where there was nothing, which is half as dear."""
    if not mine:
        return dict(other)
    merge(mine, other)
    return mine


def _least(a: int | None, b: int | None) -> int | None:
    return min((x for x in (a, b) if x is not None), default=None)


def _greatest(a: int | None, b: int | None) -> int | None:
    return max((x for x in (a, b) if x is not None), default=None)


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


def _both(mine: list[T] | None, other: list[T] | None) -> list[T] | None:
    return None if mine is None or other is None else mine + other


def _carried(listed: list[T]) -> list[T] | None:
    """What a view carries of a list; None where it is too long for that."""
    return listed if len(listed) <= MOST_CARRIED else None


@dataclass(slots=True)
class Viewer:
    """Makes the views of one partition, remembering what its windows hold."""

    state: PartitionState
    window_lengths_ms: Iterable[int]
    windows: Windows = field(init=False)
    _overtaken: Overtaken = field(init=False)
    _lines: dict[str, LineView] = field(init=False, default_factory=dict)
    _lately: int = field(init=False, default=0)  # the instant after which somebody left lately
    _ended: dict[str, list[Ended]] = field(init=False, default_factory=dict)  # lately, by line
    _foreseen: Foreseen = field(init=False, default=NOTHING)
    _ahead_version: int = field(init=False, default=0)
    _foreseen_at: int = field(init=False, default=0)  # the offset
    _newest: tuple[int, int] = field(init=False, default=(0, 0))  # the newest event, and when it was first seen
    _beyond: dict[str, int] = field(init=False, default_factory=dict)  # by line with such, who waits from beyond it
    _stand: range = field(init=False, default=range(0))  # how long they do, in epoch ms, if no event comes

    def __post_init__(self) -> None:
        self.windows = Windows(self.state.aggregates.panes, self.window_lengths_ms)
        self._overtaken = Overtaken(self.state.aggregates.panes)

    def lines(self, now_ms: int, touched: Touched) -> dict[str, LineView]:
        """Every line that has anything; `touched` is what has changed since the last call.

        A line is made again when an event has touched it, or the clock changes something in the partition. One that is
        as it was keeps its version.
        """
        state = self.state
        lately = oldest(state.watermark, state.rules) if self._is_of_now(now_ms) else 0
        is_due = now_ms not in self._stand or lately != self._lately
        if is_due or touched.lines or self._beyond or self._may_foresee_more():
            self.windows.slide(now_ms, touched.panes)
            self._overtaken.note(touched.panes)
            known = self._lines
            of_early = self._foresee(now_ms)
            self._lately, self._ended = lately, self._ended_lately(is_of_now=bool(lately))
            # Where somebody waits from a time yet to come, how long the others have waited is of each moment.
            again = self._names() if is_due else touched.lines | of_early | self._beyond.keys()
            made = {name: self._line(name, now_ms) for name in self._names() if name in again or name not in known}
            same = {name: known[name] for name, line in made.items() if name in known and line.is_as(known[name])}
            self._lines = {name: same.get(name) or made.get(name) or known[name] for name in self._names()}
            self._stand = range(now_ms, self._next_change(now_ms))
        return self._lines

    def _may_foresee_more(self) -> bool:
        """Whether something else waits, or a batch may have said more of a journey of which something does."""
        goes_on = bool(self._foreseen.journeys) and self._foreseen_at != self.state.offset
        return goes_on or self._ahead_version != self.state.ahead.version

    def _foresee(self, now_ms: int) -> set[str]:
        """Looks at what waits, and answers the lines that it changes, or changed."""
        before, self._ahead_version, self._foreseen_at = self._foreseen, self.state.ahead.version, self.state.offset
        self._foreseen = foreseen(self.state, now_ms)
        booked = (lines_of(self.state.open.get(key)) for one in (before, self._foreseen) for key in one.journeys)
        return before.lines.union(self._foreseen.lines, *booked)

    def heard_ms(self, now_ms: int) -> int:
        """When the newest event happened; where it is dated later than the clock, when it was first seen.

        So one event that is dated ahead hides no silence after it.
        """
        newest_ms = max(self.state.watermark, self._foreseen.newest_ms)
        if newest_ms > self._newest[0]:
            self._newest = newest_ms, now_ms
        return min(self._newest)

    def ahead(self, now_ms: int) -> AheadView:
        """What waits, of which the lines show what they can; and what of the lines is from beyond the clock.

        That is who waits from a time yet to come, a source's own count of such a time, as none of it is in force, and
        event time itself, where it was led astray.
        """
        held, shown = len(self.state.ahead), self._foreseen
        beyond = sum(self._beyond.values()) + self._reports_beyond(now_ms) + is_astray(self.state, now_ms)
        return AheadView(held, held - shown.facts + beyond, shown.newest_ms)

    def _is_of_now(self, now_ms: int) -> bool:
        """Whether somebody may have left since a report that is still in force; not while the past is read."""
        rules = self.state.rules
        return self.state.watermark + rules.future_ms > now_ms - rules.lately_ms - rules.skew_ms

    def _ended_of(self, name: str) -> list[Ended]:
        """Whose stays in a line ended lately, by all that the clock allows, in rising order."""
        ended = self._ended.get(name, []) + self._foreseen.ended.get(name, [])
        for one in self._foreseen.not_so.get(name, ()):
            if one in ended:
                ended.remove(one)
        return sorted(ended)

    def _ended_lately(self, *, is_of_now: bool) -> dict[str, list[Ended]]:
        state = self.state
        if not is_of_now:
            state.lately.let_go()
            return {}
        return state.lately.by_line(state.journeys, state.watermark, state.rules)

    def _names(self) -> Iterable[str]:
        state, open_now = self.state, self.state.open_now
        open_ones = (open_now.waiting, open_now.promises, open_now.transfers, open_now.letters, open_now.talking)
        indexes = (state.aggregates.totals, state.reported, *open_ones)
        return dict.fromkeys(chain(chain.from_iterable(indexes), self._foreseen.lines))

    def _line(self, name: str, now_ms: int) -> LineView:
        aggregates, zone = self.state.aggregates, self.state.rules.timezone
        day = day_of(now_ms, zone)
        today = dict(aggregates.days.rows.get(day, {}).get(name, {}))
        windows = self.windows.of(name)
        if name in self._foreseen.counts:
            merge(today, self._foreseen.counted(name, lambda when: day_of(when, zone) == day))
            for length, cell in windows.items():
                early = self._foreseen.counted(name, partial(self.windows.is_in, length))
                merge(cell, {measure: n for measure, n in early.items() if measure in WINDOWED})
        view = LineView(windows=windows, today=today, total=dict(aggregates.totals.get(name, {})))
        if said := self._said(name):
            view.reported, view.reported_by = said[-1][:2], said[-1][3]
        ended = self._ended_of(name)
        view.ended_lately, view.gone_lately = _carried(ended), _carried([(of.left, of.entered) for of in ended])
        by = (self._overtaken.before_ms(name), self._foreseen.overtaken_before_ms(name))
        view.overtaken_before_ms = _greatest(*by)
        self._add_open(name, view, now_ms)
        return view

    def _reports_beyond(self, now_ms: int) -> int:
        """Of how many lines the source's latest word is dated later than the clock allows."""
        limit_ms = now_ms + self.state.rules.skew_ms
        said = chain(self.state.reported.items(), self._foreseen.reported.items())
        lines = {line for line, report in said if report[2] > limit_ms}
        return sum(self._said(line)[-1][2] > limit_ms for line in lines)

    def _said(self, name: str) -> list[Report]:
        """The source's latest word of a line and what waits of it, the newest last."""
        return sorted(filter(None, (self.state.reported.get(name), self._foreseen.reported.get(name))))

    def _add_open(self, name: str, view: LineView, now_ms: int) -> None:
        open_now, definitions = self.state.open_now, self.state.rules.definitions
        self._beyond.pop(name, None)
        waiting = self._open(open_now.waiting, name, "waiting")
        view.waiting_unbooked = len(waiting) - len(open_now.waiting.get(name, ()))
        if waiting:
            # Where no event comes the watermark stands, but a visit presumed lost is not shown as waiting.
            entered = waiting
            if min(entered) + definitions.shortest_ghost_ms <= now_ms:
                entered = [at for at in entered if definitions.lost_at(at, name) > now_ms]
            view.waiting, view.waiting_since_sum_ms = len(entered), sum(entered)
            if entered and max(entered) > now_ms:  # a source's clock is ahead: nobody has waited for less than nothing
                view.waiting_since_sum_ms = sum(min(at, now_ms) for at in entered)
                self._beyond[name] = sum(at > now_ms + self.state.rules.skew_ms for at in entered)
            view.presumed_lost_by_clock = len(waiting) - len(entered)
            view.waiting_oldest_ms = min(entered, default=None)
            view.waiting_since_ms = _carried(sorted(entered))
        if promises := self._open(open_now.promises, name, "promises"):
            view.promises_open = len(promises)
            view.promises_overdue = sum(due <= now_ms for _, due in promises)
            view.promises_oldest_ms = min(asked for asked, _ in promises)
        if letters := self._open(open_now.letters, name, "letters"):
            view.letters_due = dict(Counter(due for _, due in letters))
            view.letters_oldest_ms = min(received for received, _ in letters)
        if definitions.counts_conversation(name, now_ms):
            view.talking = self._talking(name, now_ms)
        transfers = self._open(open_now.transfers, name, "transfers")
        view.transfers_waiting = sum(definitions.lost_at(entered, name) > now_ms for entered in transfers)

    def _talking(self, name: str, now_ms: int) -> int:
        """But for those who are presumed to have ended, as is shown of the waiting, too."""
        return sum(lost_at > now_ms for _, lost_at in self._open(self.state.open_now.talking, name, "talking"))

    def _open(self, index: Mapping[str, Mapping[Open, T]], name: str, entries: str) -> list[T]:
        """Who is open in a line, with what waits to come in."""
        booked = index.get(name, {})
        if not (early := self._foreseen.journeys):
            return list(booked.values())
        known = (getattr(one, entries) for one in early.values() if type(one) is Contribution)
        foreseen = [value for of in known for line, _, value in of if line == name]
        return [value for (key, _), value in booked.items() if key not in early] + foreseen

    def _next_change(self, now_ms: int) -> int:
        """When the clock alone changes a line: a window slides, a visit is presumed lost, a promise is overdue."""
        waiting = ((name, view) for name, view in self._lines.items() if view.waiting_oldest_ms is not None)
        lost = (self._next_lost(name, view) for name, view in waiting)
        due = (due for of_line in self.state.open_now.promises.values() for _, due in of_line.values() if due > now_ms)
        slides_at = now_ms - now_ms % PANE_MS + PANE_MS  # so does a day, into the next
        return min(chain((slides_at,), lost, due))

    def _next_lost(self, name: str, view: LineView) -> int:
        """When the next of those who wait in a line is presumed lost: the oldest, unless another waits by other terms
        (who is then seen at the next pane where more wait than are told one by one).
        """
        definitions, oldest = self.state.rules.definitions, view.waiting_oldest_ms
        assert oldest is not None
        of_each = view.waiting_since_ms if definitions.later else None
        return min(definitions.lost_at(entered, name) for entered in of_each or (oldest,))
