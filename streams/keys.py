"""The names of everything in Redis. May import: settings.

    <namespace>:{<topic>-<partition>}:meta       epoch, owner, offset, half_done, tail, watermark, … of one partition
    <namespace>:{<topic>-<partition>}:journeys   segments of journeys, see streams/ingest/segments.py
    <namespace>:{<topic>-<partition>}:panes      "<start ms>/<line>" -> cell; likewise intervals and days
    <namespace>:{<topic>-<partition>}:totals     "<line>" -> cell
    <namespace>:{<topic>-<partition>}:view       what is shown of it, with an expiry
    {<namespace>}:partitions                     the set of all "<topic>-<partition>"
    {<namespace>}:retired                        those that were taken off that list; their figures are history. So is
                                                 "<state>-<switch>:<topic>-<partition>", carried over
    {<namespace>}:counts                         "<topic>" -> how many partitions it had when it was first counted
    {<namespace>}:snapshot                       the document that other services read; also the pub/sub channel
    {<namespace>}:now                            until when the small documents may be believed, with an expiry
    {<namespace>}:now:<channel>/<audience>       the small document of a group; also the pub/sub channel
    {<namespace>}:now:<channel>/<audience>/<queue>  likewise of a queue
    {<namespace>}:now_keys                       the set of the keys of all small documents
    {<namespace>}:publisher                      who of a state's workers writes its snapshot
    {<namespace>}:serving                        which state is served: its name, number of the switch, snapshot before
    {<namespace>}:states                         the set of the states' names
    {<namespace>}:told                           what Prometheus was last told of each counter
    {<namespace>}:scorecard                      what each promise has come to; changes by the minute
    {<namespace>}:verdicts                       since when each target's verdict stands, and what of it is told
    {<namespace>}:expecting                      what expected waits have learned, kept for who writes next
    {<namespace>}:wait_scores                    date -> how good what was foretold on it has been, by queue
    {<namespace>}:configuration                  the one that workers show by, with its files' texts
    {<namespace>}:tried                          what `svartid doctor` writes to see whether that can be done; for 1 s

A shadow has keys of its own, but for `snapshot`, what begins with `now`, `scorecard`, `serving`, `states` and `told`,
of which there is one each:

    <namespace>:<shadow>:{<topic>-<partition>}:…  as above
    {<namespace>}:<shadow>:…                      as above
    {<namespace>}:aside, {<namespace>}:<shadow>:aside  the snapshot of a state that is not served

Each value in the hashes of a partition begins with its seal (streams/sealed.py), and so does its view; each of the
hashes has a mark, `whole`.

The braces are a Redis Cluster hash tag: keys that one script writes are in one slot.
"""

from dataclasses import dataclass
from typing import Self

from streams.settings import MAIN, Settings


@dataclass(frozen=True, slots=True)
class PartitionKeys:
    """The keys of one partition."""

    prefix: str

    @property
    def meta(self) -> str:
        """Epoch, owner, offset, watermark, counters."""
        return f"{self.prefix}:meta"

    @property
    def journeys(self) -> str:
        """Segments of journeys."""
        return f"{self.prefix}:journeys"

    @property
    def panes(self) -> str:
        """Cells by 10 s pane."""
        return f"{self.prefix}:panes"

    @property
    def intervals(self) -> str:
        """Cells by 15-minute interval."""
        return f"{self.prefix}:intervals"

    @property
    def days(self) -> str:
        """Cells by local day."""
        return f"{self.prefix}:days"

    @property
    def totals(self) -> str:
        """Cells since the beginning."""
        return f"{self.prefix}:totals"

    @property
    def view(self) -> str:
        """What is shown of the partition now."""
        return f"{self.prefix}:view"

    def committed(self) -> list[str]:
        """The hashes that one commit writes, in the order of its script's arguments."""
        return [self.meta, self.journeys, self.panes, self.intervals, self.days, self.totals]


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of one state of an installation."""

    namespace: str
    shadow: str = ""  # empty: the state `main`

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the state that these settings name."""
        return cls(settings.namespace, "" if settings.state == MAIN else settings.state)

    @property
    def state(self) -> str:
        """Its name."""
        return self.shadow or MAIN

    def partition(self, name: str) -> PartitionKeys:
        """The keys of a partition named "<topic>-<partition>"."""
        return PartitionKeys(f"{self.prefix}:{{{name}}}")

    @property
    def prefix(self) -> str:
        """What the names of the state's own begin with. A colon is in no namespace, so that no other has these."""
        return f"{self.namespace}:{self.shadow}" if self.shadow else self.namespace

    @property
    def _all(self) -> str:
        """What is one for all states begins so."""
        return f"{{{self.namespace}}}"

    @property
    def _own(self) -> str:
        return f"{self._all}:{self.shadow}" if self.shadow else self._all

    @property
    def partitions(self) -> str:
        """The set of all partitions' names."""
        return f"{self._own}:partitions"

    @property
    def retired(self) -> str:
        """The set of partitions that are read no more, by names; what was counted of them is history."""
        return f"{self._own}:retired"

    @property
    def counts(self) -> str:
        """How many partitions each topic has."""
        return f"{self._own}:counts"

    @property
    def snapshot(self) -> str:
        """The document that other services read, and the channel that announces it; of the state that is served."""
        return f"{self._all}:snapshot"

    @property
    def now(self) -> str:
        """Until when the small documents may be believed; of the state that is served, as they are."""
        return f"{self._all}:now"

    @property
    def now_keys(self) -> str:
        """The set of the keys of all small documents that there are."""
        return f"{self._all}:now_keys"

    def now_of(self, name: str) -> str:
        """The small document of a line or a group, and the channel that announces it."""
        return f"{self.now}:{name}"

    @property
    def aside(self) -> str:
        """The document of this state while it is not served."""
        return f"{self._own}:aside"

    @property
    def publisher(self) -> str:
        """Who writes this state's document."""
        return f"{self._own}:publisher"

    @property
    def serving(self) -> str:
        """Which state is served."""
        return f"{self._all}:serving"

    @property
    def states(self) -> str:
        """The names of all states that had a worker."""
        return f"{self._all}:states"

    @property
    def told(self) -> str:
        """What Prometheus was last told of each counter."""
        return f"{self._all}:told"

    @property
    def scorecard(self) -> str:
        """What each promise has come to; of the state that is served."""
        return f"{self._all}:scorecard"

    @property
    def verdicts(self) -> str:
        """Since when each target's verdict stands, and what of it is told."""
        return f"{self._all}:verdicts"

    @property
    def expecting(self) -> str:
        """What expected waits have learned; of the state that is served."""
        return f"{self._all}:expecting"

    @property
    def wait_scores(self) -> str:
        """By date how good expected waits have been."""
        return f"{self._all}:wait_scores"

    @property
    def configuration(self) -> str:
        """The configuration that workers show by."""
        return f"{self._own}:configuration"

    @property
    def tried(self) -> str:
        """Where it is tried whether Redis takes writes; nothing reads it."""
        return f"{self._own}:tried"
