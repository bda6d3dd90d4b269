"""All that is known of one partition: its journeys and what they came to, and who waits now.

What a batch does to it is in fold.py. May import: standard library, msgspec, the core.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec.structs import replace as replace_struct

from streams.core.admission import Admission, Placed, other_of
from streams.core.aggregates import Aggregates, At
from streams.core.ahead import Ahead
from streams.core.alarms import Alarms
from streams.core.by_source import Promptness
from streams.core.cells import in_full
from streams.core.contribution import Contribution, Given, contribution, split
from streams.core.decode import decoder
from streams.core.dispute import Report
from streams.core.facts import Journey
from streams.core.lately import Lately
from streams.core.measures import HISTOGRAMS, LATER
from streams.core.memory import first_over_at, over_at
from streams.core.open_days import OpenDays
from streams.core.open_now import OpenNow
from streams.core.pseudonym import Key, Pseudonyms, pseudonyms
from streams.core.reading import Cell
from streams.core.restated import is_restated
from streams.core.rules import BY_LINE, Rules
from streams.core.upgrade import NO_UPGRADE


@dataclass(slots=True)
class Touched:
    """What has changed of what is shown: panes, and lines in any way."""

    panes: set[At] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)

    def add(self, other: "Touched") -> None:
        """What has changed since."""
        self.panes |= other.panes
        self.lines |= other.lines


NONE: Final[Set[str]] = frozenset()


class PartitionState:
    """All that is known of one partition of one topic."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.decode = decoder(rules.channels, rules.audiences, rules.sources)
        self.offset = 0  # the next one to fold
        self.upgrade = NO_UPGRADE
        # Of the measures that there are states from before: since when (epoch ms) cells have them. 0: the beginning.
        self.counted_since = dict.fromkeys(LATER, 0)
        self.is_news_of_measures = bool(LATER)  # since whoever commits it last looked
        self.is_news_of_definitions = bool(rules.definitions.later)  # likewise
        self.watermark = 0  # event time, epoch ms
        self.journeys: dict[Key, Journey] = {}
        self.restated: set[Key] = set()  # of the journeys: at least those of which anything was told with a version
        self.open: dict[Key, Contribution] = {}  # of the journeys that change with the clock; the others are settled
        self.queues = Admission(rules)
        self.placed = Placed(self.queues.see)
        self.aggregates = Aggregates(rules, self.queues)
        self.open_now = OpenNow(self.queues)
        self.lately = Lately()
        self.ahead = Ahead(rules.witnesses)
        self.promptness = Promptness(rules.source_names)
        self.open_days = OpenDays()
        # accepted, late, restated_late, let_go, newer, crowded, "rejected:<reason>", and `counted_as` by source, since
        # the beginning
        self.counters: Counter[str] = Counter()
        self.reported: dict[str, Report] = {}  # line -> the source's own latest word
        self.touched_reports: set[str] = set()  # lines of which the source has spoken since somebody last looked
        self.ids, self.other_ids = pseudonyms(rules.pseudonym_key), pseudonyms(rules.other_key)
        self.under_other = 0  # of the journeys: how many are remembered under the other key
        self.is_kept_as_of_two_keys = False  # whether whoever commits it knows of any
        self.alarms = Alarms()

    def take_touched(self) -> Touched:
        """What batches have changed of what is shown, since this was last asked.

        To be asked after each batch, as whoever commits it lets go of the marks in `Aggregates`.
        """
        aggregates, open_now = self.aggregates, self.open_now
        panes = set(aggregates.panes.touched)
        lines = aggregates.touched_totals | open_now.touched | self.touched_reports | {line for _, line in panes}
        open_now.touched, self.touched_reports = set(), set()
        return Touched(panes, lines)

    def restore(self, journeys: Iterable[tuple[Key, Journey]], not_counted: Set[str] = NONE) -> None:
        """Takes the journeys that were loaded, offset, watermark and cells being set; forgotten ones are left out.

        `not_counted` are measures that the loaded cells have not: they are counted of who is remembered.
        """
        for key, journey in journeys:
            if not self.is_forgotten(journey):
                self.remember(key, journey)
                self.under_other += journey.under_other
                given = contribution(journey, self.watermark, self.rules)
                self.stand(key, journey, given)
                self.aggregates.stand(split(given, not_counted)[1] if not_counted else given)
        if not_counted:
            self._count_from_now_on(not_counted)
        self.lately.touch(self.journeys, len(self.journeys), self.watermark, self.rules)

    def remember(self, key: Key, journey: Journey) -> None:
        """Takes what is known of a journey in place of what was known of it."""
        self.journeys[key] = journey
        if is_restated(journey):
            self.restated.add(key)

    def _count_from_now_on(self, measures: Set[str]) -> None:
        """Counts measures that were not counted till now, of all who are remembered. So a correction takes out what it
        put in, and cells are whole that begin later than the horizon: whoever adds to those is remembered still
        (`memory.over_at`).
        """
        self.aggregates.let_go_of(measures)
        for journey in self.journeys.values():
            stands = contribution(journey, self.watermark, self.rules)
            given, _ = split(stands, measures, is_in_full=self.rules.version == BY_LINE)
            self.aggregates.post(None, given, self.watermark)
        self.aggregates.settle(self.watermark)
        self.counted_since |= dict.fromkeys(measures, max(0, self.late_before + 1))
        self.is_news_of_measures = True

    def stand(self, key: Key, journey: Journey, now: Given) -> None:
        """Notes what a journey contributes from now on, until the next fact or the clock changes it."""
        before, deadline = self.open.pop(key, None), None
        if type(now) is Contribution and (now.deadline is not None or now.transfers):  # as of `is_open`
            deadline = now.deadline
            self.open[key] = now
            self.open_now.replace(key, before, now)
        elif before is not None:
            self.open_now.replace(key, before, None)
        # An alarm that is set rings early enough for all but a new deadline, and what is of several journeys; and an
        # early fact that brings another edition may shorten how long one lingers.
        if deadline is not None and now.is_close:
            self.alarms.set(key, deadline)  # it is not forgotten before that
        elif key not in self.alarms.set_for or not now.is_close or self.rules.definitions.editions_from:
            self.alarms.set(key, self.next_look(journey, deadline, is_close=now.is_close))

    @property
    def reaches_ms(self) -> int:
        """No event that was counted is later than this (epoch ms): what is dated further ahead waits."""
        return self.watermark + self.rules.future_ms

    @property
    def late_before(self) -> int:
        """An event that is older than this (epoch ms) is late now."""
        return self.rules.definitions.late_before(self.watermark)

    @property
    def fingerprint(self) -> str:
        """That of its rules, as it is now."""
        return self.rules.fingerprint(is_of_two_keys=self.is_of_two_keys)

    @property
    def is_of_two_keys(self) -> bool:
        """Whether any journey is known under the other key."""
        return bool(self.under_other or self.ahead.under_other)

    @property
    def is_news_of_keys(self) -> bool:
        """Whether that is otherwise than whoever commits it knows."""
        return self.is_of_two_keys != self.is_kept_as_of_two_keys

    def under_which(self, journey_id: str | None) -> tuple[Pseudonyms, bool]:
        """The pseudonyms by which a journey is known, or is to be, and whether they are the other key's.

        It is wholly under one key, with all that waits of it: under its partition's own, unless it began under another.
        """
        if not self.is_of_two_keys or journey_id is None or self._knows(self.ids(journey_id)):
            return self.ids, False
        return (self.other_ids, True) if self._knows(self.other_ids(journey_id)) else (self.ids, False)

    def _knows(self, key: Key) -> bool:
        journey = self.journeys.get(key)
        return key in self.ahead or (journey is not None and not self.is_forgotten(journey))

    def configure(self, rules: Rules) -> None:
        """Takes of other rules what decides nothing that was counted: which queues are configured, retention, and
        definitions from an instant on to which nothing has come yet. Raises Unlike where something has.

        So the state is as one that was loaded by them.
        """
        if rules.definitions != self.rules.definitions:
            rules.definitions.check_goes_on(self.rules.definitions.later, self.reaches_ms)
            self.take_definitions(rules)
        elif rules.definitions.goes_by_hours:
            self.rules = replace(self.rules, definitions=rules.definitions)
            self.go_on_by_open_days()
        self._wait_by_other_hours()
        if (rules.sources, rules.lately_ms) != (self.rules.sources, self.rules.lately_ms):
            self.take_sources(rules)
        if self.rules.version > BY_LINE:  # then it is counted by the configuration's lines
            self.queues.configure(rules.names)
        self.aggregates.retain(rules)

    def take_definitions(self, rules: Rules) -> None:
        """Goes on by their definitions: until the first of them that is new, they say the same."""
        self.rules = replace(self.rules, definitions=rules.definitions)
        self.go_on_by_open_days()
        self.is_news_of_definitions = True
        for key, journey in self.journeys.items():
            self.alarms.set(key, self.next_look(journey))

    def _wait_by_other_hours(self) -> None:
        """Has open letters wait for the deadlines that they have now. What is counted of them goes by days that are
        over, and those stay as they were.
        """
        for key in [key for key, stands in self.open.items() if stands.letters]:
            self.stand(key, self.journeys[key], contribution(self.journeys[key], self.watermark, self.rules))

    def go_on_by_open_days(self) -> None:
        """Has the opening hours stay as they were up to now, whatever the rules say that they were."""
        definitions = self.rules.definitions
        if definitions.goes_by_hours:
            hours = self.open_days.go_on_by(definitions.open_hours, self.reaches_ms)
            self.rules = replace(self.rules, definitions=replace(definitions, open_hours=hours))

    def note_open_days(self) -> None:
        """Keeps the opening hours of the days of which anything is counted."""
        definitions = self.rules.definitions
        if self.watermark and self.open_days.is_due(definitions, self.reaches_ms):
            first = min(self.aggregates.days.rows, default=self.watermark)
            kept_ms, channels = self.rules.day_retention_ms, self.rules.channels
            self.open_days.note(definitions, self.reaches_ms, first, kept_ms, channels)

    def take_sources(self, rules: Rules) -> None:
        """Tells apart the sources that they name, from now on, and keeps in mind who left for as long as they count."""
        self.rules = replace(self.rules, sources=rules.sources, lately_ms=rules.lately_ms)
        self.decode = decoder(rules.channels, rules.audiences, rules.sources)
        self.promptness.names = rules.source_names
        self.lately.touch(self.journeys, len(self.journeys), self.watermark, self.rules)

    def let_go_of_queues(self) -> None:
        """Brings what those have come to that are let go of to what "other" has."""
        for line in self.queues.let_go:
            other = other_of(line)
            self.aggregates.move(line, other)
            self.open_now.move(line, other)
            self.reported.pop(line, None)
        self.queues.let_go.clear()

    def hash(self) -> str:
        """The same for equal figures and facts, however the log was cut, ordered or repeated."""
        a = self.aggregates
        parts = (
            self.watermark,
            _sorted({key: _in_any_order(journey) for key, journey in self.journeys.items()}),
            [_sorted({at: _spelt_out(row) for at, row in level.rows.items()}) for level in a.levels],
            _sorted(_spelt_out(a.totals)),
            sorted(self.reported.items()),
            self.ahead.packed,
            (self.queues.is_over, self.queues.kept),
        )
        return blake2b(msgspec.msgpack.encode(parts), digest_size=16).hexdigest()

    def is_forgotten(self, journey: Journey) -> bool:
        """Whether event time has left this journey behind."""
        definitions = self.rules.definitions
        if self.watermark < journey.newest + definitions.shortest_horizon_ms:  # the cheap, common answer
            return False
        return self.late_before >= over_at(journey, definitions)

    def next_look(self, journey: Journey, deadline: int | None = None, *, is_close: bool = False) -> int:
        """The watermark at which a journey has to be looked at again even if nothing more is heard of it. Of one whose
        facts are close it may be earlier, which does no harm.
        """
        definitions, only = self.rules.definitions, self.rules.definitions.only
        if is_close and only is not None:  # as nearly always
            look_at = journey.newest + only.ghost_after_ms + only.horizon_ms
        else:  # never later than needed: a fact may shorten how long it lingers, and leaves the alarm as it is
            look_at = definitions.leaves(journey.newest + definitions.shortest_ghost_ms) if is_close else 0
        if look_at <= self.watermark:
            look_at = definitions.leaves(first_over_at(journey, definitions))
        return look_at if deadline is None else min(deadline, look_at)


def _in_any_order(journey: Journey) -> object:
    """A journey's facts, the same whichever came first."""
    newest, visits, ended, *others, _ = msgspec.to_builtins(journey)
    more: list[object] | None = None
    if journey.more is not None:
        more = list(msgspec.to_builtins(replace_struct(journey.more, with_version={})))
        by_contact = journey.more.with_version
        more.append({key: {n: _in_any_order(told) for n, told in of.items()} for key, of in by_contact.items()})
    return [newest, sorted(visits), sorted(ended or ()), *others, more]


def _spelt_out(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The same, whatever of them is written in short."""
    return {line: in_full(cell) for line, cell in cells.items()}


def _sorted(value: object) -> object:
    """Dicts as sorted lists of pairs, all the way down, and histograms as texts: they are too long to be numbers."""
    if isinstance(value, dict):
        return sorted((key, hex(inner) if key in HISTOGRAMS else _sorted(inner)) for key, inner in value.items())
    return [_sorted(inner) for inner in value] if isinstance(value, list | tuple) else value
