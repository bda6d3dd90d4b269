"""Estimates the wait of who joins each line and group now, as views say what happens, while figures are live.

Who writes the snapshot does so, of all partitions' views, outside the fold: no figure is made of it. What it has
learned, and how good what it foretold was, is kept for who writes next. A line is estimated again when something
happened in it, and with the clock; those that are in step with it, and its group, with the next whole snapshot.

May import: standard library, msgspec, config, the core, merging, told_wait, view.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

import msgspec

from config import Centre
from streams.core.calendar import date_of, day_of, midnight
from streams.core.expected_wait import LATE_MS, NO_MEMORY, Expected, ExpectedWaits, Memory, Reason, Withheld
from streams.core.rules import Rules
from streams.core.said_wait import SILENT, Saying
from streams.core.wait_feed import NOBODY, Facts, Looked, Terms, since
from streams.sealed import UNREADABLE
from streams.serve.documents import WaitScore
from streams.serve.merging import Shown, channel_of, is_group
from streams.serve.small import OF_NOW
from streams.serve.told_wait import NOTHING_SCORED, Both, OfWaiting, Scores, Told, rounded, score_of
from streams.serve.view import LineView, View

SOON_MS: Final = 500  # before which a line is not estimated again by what happens there between two wholes
AGAIN_MS: Final = 5_000  # after which a line is estimated again though nothing happened there
MOST_AT_ONCE: Final = 200  # lines that are estimated with one whole; the others with the next
MOST_BEHIND: Final = 1_000  # records of a channel: with more to be read its past is read, and no one is foretold
_HALF_A_DAY_MS: Final = 43_200_000
PLACES: Final = (0.0, 1 / 3, 2 / 3)  # of who waits: for whom it is told how long they will have waited

Key = tuple[str, str]  # a partition, and one of the source's queues in it


class Known(NamedTuple):
    """One queue in one partition, as it was looked at last."""

    version: int
    line: str
    looked: Looked
    is_whole: bool  # whether it is told one by one who waits, and who ended: of too many it is not
    is_ahead: bool  # whether some of it is dated later than the clock: it is looked at again though nothing happens


class Kept(NamedTuple):
    """What was learned, as of an instant."""

    at_ms: int
    memory: Memory
    sayings: dict[str, Saying]  # by line or group: so that words do not jump


_decode_kept = msgspec.msgpack.Decoder(Kept).decode
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class Expecting:
    """Of one process, while it writes the snapshot. Instants in epoch ms."""

    centre: Centre
    rules: Rules
    late_ms: int = LATE_MS
    told: dict[str, Told] = field(init=False, default_factory=dict)  # by line or group, as of the last call
    days: dict[int, Scores] = field(init=False, default_factory=dict)  # what came of what was foretold, by day
    _waits: ExpectedWaits = field(init=False)
    _known: dict[Key, Known] = field(init=False, default_factory=dict)
    _ended_after: int = field(init=False, default=0)  # what ended before was learned by who wrote before
    _withheld: dict[str, Reason | None] = field(init=False, default_factory=dict)  # by channel
    _digest: str = field(init=False, default="")  # of what queues are shown as
    _is_renamed: bool = field(init=False, default=False)  # since the last whole
    _not_whole: set[Key] = field(init=False, default_factory=set)
    _unseen: set[str] = field(init=False, default_factory=set)  # the lines of these
    _lost_at: dict[str, int] = field(init=False, default_factory=dict)  # by channel of which nothing is known now
    _heard_from: dict[str, int] = field(init=False, default_factory=dict)  # by channel; who came before is told late
    _known_from: dict[str, int] = field(init=False, default_factory=dict)  # by channel; what ended before is not known
    _sayings: dict[str, Saying] = field(init=False, default_factory=dict)  # of who wrote before
    _due: set[str] = field(init=False, default_factory=set)  # lines that are to be estimated again
    _scored: set[int] = field(init=False, default_factory=set)  # days of which something is not kept yet

    def __post_init__(self) -> None:
        self._waits = ExpectedWaits(self._is_open, self._day_of, self.late_ms)

    def go_by(self, centre: Centre, rules: Rules) -> None:
        """By another configuration: what is known of a line is known of its name."""
        self.centre, self.rules = centre, rules
        self._due |= {name for name in self.told if not is_group(name)}

    # --- What is told

    def note(self, views: Iterable[View], shown: Shown, names: Collection[str]) -> None:
        """Takes what all views say, and tells of every line and group of these names."""
        views, digest = list(views), self.rules.naming.digest_at(shown.now_ms)
        self._is_renamed, self._digest = digest != self._digest, digest
        self._take(views, shown)
        self._let_go({view.partition for view in views}, names, shown.now_ms)
        lines = [name for name in names if not is_group(name)]
        for line in lines:
            self._withhold(line, shown)
        due = sorted((line for line in lines if self._is_due(line, shown)), key=self._told_at)
        for line in due[:MOST_AT_ONCE]:
            self._tell_line(line, shown.now_ms)
        for name in filter(is_group, names):
            self._tell_group(name, shown)

    def note_some(self, views: Iterable[View], shown: Shown) -> set[str]:
        """The same of a few views: tells of those lines alone in which something happened, and not of what was told
        this moment: the next whole does. Answers of which something else is told now.
        """
        now_ms, touched = shown.now_ms, self._take(views, shown)
        due = [line for line in touched if line in self.told and abs(now_ms - self.told[line].at_ms) >= SOON_MS]
        return {line for line in due if self._tell_line(line, now_ms)}

    def score(self, lines: Iterable[str], now_ms: int) -> WaitScore | None:
        """How good what was foretold today has been, of some lines together."""
        today = self.days.get(self._day_of(now_ms), {})
        return score_of(sum((today[line] for line in lines if line in today), NOTHING_SCORED))

    def _withhold(self, line: str, shown: Shown) -> None:
        """At once where nothing may be said of it, or was said of it before."""
        told = self.told.get(line)
        withheld = told.expected.reason if told and isinstance(told.expected, Withheld) else None
        reason = self._withheld.get(channel_of(line)) or (None if shown.is_open(line) else "closed")
        if told is None or (reason is not None and withheld != reason):
            self._tell_line(line, shown.now_ms)
        elif reason is None and withheld in ("stale", "rebuilding", "closed"):
            self._due.add(line)

    def _is_due(self, line: str, shown: Shown) -> bool:
        return line in self._due or not 0 <= shown.now_ms - self.told[line].at_ms < AGAIN_MS

    def _told_at(self, line: str) -> int:
        return self.told[line].at_ms

    def _tell_line(self, line: str, now_ms: int) -> bool:
        """Whether something else is told of it than before."""
        expected = self._expect(line, now_ms)
        places = () if isinstance(expected, Withheld) else self._waits.places(line, PLACES)
        waits = [(entered, self._expect(line, now_ms, now_ms - entered)) for entered in places]
        self._due.discard(line)
        return self._tell(line, expected, now_ms, tuple((at, of) for at, of in waits if isinstance(of, Expected)))

    def _tell_group(self, name: str, shown: Shown) -> None:
        told, now_ms, view = self.told.get(name), shown.now_ms, shown.groups.get(name)
        lines = shown.lines_of(name, view) if view else ()
        said = {line: self.told[line] for line in lines if line in self.told}
        newest = max((of.at_ms for of in said.values()), default=now_ms)
        if told is None or newest > told.at_ms or not 0 <= now_ms - told.at_ms < AGAIN_MS:
            reason = self._withheld.get(channel_of(name)) or (None if shown.is_open(name) else "closed")
            of_group = self._waits.of_group({line: of.expected for line, of in said.items()}, now_ms)
            self._tell(name, Withheld(reason) if reason else rounded(of_group), now_ms)

    def _tell(self, name: str, expected: Expected | Withheld, now_ms: int, of_waiting: OfWaiting = ()) -> bool:
        before = self.told.get(name)
        saying = (before.saying if before else self._sayings.pop(name, SILENT)).now(expected, now_ms)
        self.told[name] = told = Told(now_ms, expected, saying, of_waiting)
        return not told.is_as(before)

    def _expect(self, line: str, now_ms: int, waited_ms: int | None = None) -> Expected | Withheld:
        reason = self._withheld.get(channel_of(line))
        if reason is None and not self._unseen.isdisjoint(self._waits.in_step_with(line)):
            reason = "too many"
        return rounded(self._waits.expect(line, now_ms, waited_ms, withheld=reason))

    # --- What views say

    def _take(self, views: Iterable[View], shown: Shown) -> set[str]:
        """Answers the lines in which something happened; those that are in step with them are due."""
        self._hear(shown)
        facts = Facts()
        for view in views:
            if self._withheld.get(view.channel) is None:
                for name, line in view.lines.items():
                    self._look((view.partition, name), line, shown.now_ms, facts)
        self._unseen = {self._known[key].line for key in self._not_whole}
        return self._learn(facts, shown.now_ms)

    def _hear(self, shown: Shown) -> None:
        """Of which channels something may be said. Once that is so again it is known who has left in the last minutes
        before (`Rules.lately_ms`), and of the time between nothing.
        """
        now_ms = shown.now_ms
        self._withheld = {channel: _reason(channel, shown) for channel in shown.feeds}
        for channel, reason in self._withheld.items():
            if reason is not None:
                self._lost_at.setdefault(channel, now_ms if channel in self._heard_from else self._ended_after)
            elif channel in self._lost_at or channel not in self._heard_from:
                lost_at = self._lost_at.pop(channel, self._ended_after)
                known_from = max(lost_at, now_ms - self.rules.lately_ms)
                self._waits.pass_over(channel, known_from)
                self._heard_from[channel], self._known_from[channel] = now_ms, known_from

    def _learn(self, facts: Facts, now_ms: int) -> set[str]:
        yesterday = self._day_of(self._day_of(now_ms) - _HALF_A_DAY_MS)
        for judged in self._waits.take(facts.came, facts.went):
            if judged.is_scored and judged.day >= yesterday:  # of the days before not all is known here
                of_day = self.days.setdefault(judged.day, {})
                of_day[judged.line] = of_day.get(judged.line, NOTHING_SCORED) + Both.of(judged)
                self._scored.add(judged.day)
        self.days = {day: of for day, of in self.days.items() if day >= yesterday or day in self._scored}
        self._due.update(mate for line in facts.lines for mate in self._waits.in_step_with(line))
        return facts.lines

    def _look(self, key: Key, line: LineView, now_ms: int, facts: Facts) -> None:
        before = self._known.get(key)
        if before is not None and before.version == line.version and not (self._is_renamed or before.is_ahead):
            return
        shown_as = self.rules.shown_as(key[1], now_ms)
        if before is not None and before.line != shown_as:  # it is another line's from today on
            self._leave(key, now_ms, facts)
            before = None
        if shown_as is not None:
            known = before.looked if before else NOBODY
            self._known[key] = now = _known(line, shown_as, known, now_ms)
            (self._not_whole.discard if now.is_whole else self._not_whole.add)(key)
            facts.add(*since(shown_as, known, now.looked, now_ms, self._terms(key[1], now_ms)))

    def _terms(self, queue: str, now_ms: int) -> Terms:
        """Who came before anything was heard of its channel is told late; what ended before then is not learned."""
        channel = channel_of(queue)
        late_ms = min(self.late_ms, now_ms - self._heard_from.get(channel, now_ms))
        return Terms(late_ms, self.rules.lately_ms, self._known_from.get(channel, 0))

    def _leave(self, key: Key, now_ms: int, facts: Facts) -> None:
        """Nothing more is heard of a queue under this name: nobody waits there any more."""
        known = self._known.pop(key)
        self._not_whole.discard(key)
        facts.add(*since(known.line, known.looked, NOBODY, now_ms, self._terms(key[1], now_ms)))

    def _let_go(self, partitions: Collection[str], names: Collection[str], now_ms: int) -> None:
        """Of what is no more: but while something of a channel is missing, its partitions may come back."""
        facts = Facts()
        for key in [key for key in self._known if key[0] not in partitions]:
            if self._withheld.get(channel_of(self._known[key].line)) is None:
                self._leave(key, now_ms, facts)
        self._learn(facts, now_ms)
        self._waits.keep({*names, *(of.line for of in self._known.values())})  # of what is missing for a moment, too
        for name in self.told.keys() - names:
            del self.told[name]
            self._due.discard(name)

    def _is_open(self, line: str, now_ms: int) -> bool:
        return self.centre.opening_hours.is_open(line, now_ms)

    def _day_of(self, now_ms: int) -> int:
        return day_of(now_ms, self.rules.timezone)

    # --- What is kept

    def go_on_with(self, kept: bytes | None, scores: Mapping[date, Scores], now_ms: int) -> None:
        """With what who wrote before has kept: what was learned, and scores by date. What cannot be read is as if it
        were not there.
        """
        self.days = {midnight(on, self.rules.timezone): of for on, of in scores.items()}
        at_ms, memory, sayings = _read(kept)
        self._sayings = sayings
        self._ended_after = max(min(at_ms, now_ms), now_ms - self.rules.lately_ms)
        self._waits.begin(self._ended_after, memory)

    def kept(self, now_ms: int) -> bytes:
        """What was learned."""
        sayings = {name: told.saying for name, told in self.told.items() if told.saying != SILENT}
        return _encode(Kept(now_ms, self._waits.memory(now_ms, self._lost_at), sayings))

    def scores_to_keep(self) -> dict[date, Scores]:
        """By date those that are others than was kept, as if they are kept now."""
        found = {date_of(day, self.rules.timezone): self.days[day] for day in self._scored}
        self._scored.clear()
        return found


def _known(line: LineView, shown_as: str, before: Looked, now_ms: int) -> Known:
    """What a view says of a queue, as far as it is not ahead of the clock: a wrong date would else rule for an hour."""
    waiting, ended = line.waiting_since_ms, line.ended_lately
    if waiting is None or ended is None:
        return Known(line.version, shown_as, Looked((), before.ended), is_whole=False, is_ahead=False)
    here = [entered for entered in waiting if entered <= now_ms]
    over = [of for of in ended if of.left <= now_ms and of.entered <= now_ms]
    is_ahead = (len(here), len(over)) != (len(waiting), len(ended))
    return Known(line.version, shown_as, Looked(here, over), is_whole=True, is_ahead=is_ahead)


def _read(kept: bytes | None) -> Kept:
    """What who wrote before has kept, where it is what this build keeps."""
    with suppress(*UNREADABLE):
        if kept and (found := _decode_kept(kept)).memory.is_sound:
            return found
    return Kept(0, NO_MEMORY, {})


def _reason(channel: str, shown: Shown) -> Reason | None:
    """Why nothing can be foretold in a channel."""
    status = shown.feeds[channel].status
    if status == "rebuilding":
        return "rebuilding"
    if status == "open" and not any(line.startswith(f"{channel}/") for line in shown.lines):
        return "stale"  # nothing of it is known yet
    is_read = shown.behind.get(channel, 0) <= MOST_BEHIND
    return None if is_read and shown.is_of_now(channel) and status in OF_NOW else "stale"
