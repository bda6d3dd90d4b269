"""The names of everything in Redis. May import: standard library.

    <namespace>:{<topic>-<partition>}:meta       epoch, owner, offset, half_done, tail, watermark, … of one partition
    <namespace>:{<topic>-<partition>}:journeys   segments of journeys, see streams/ingest/segments.py
    <namespace>:{<topic>-<partition>}:panes      "<start ms>/<line>" -> cell; likewise intervals and days
    <namespace>:{<topic>-<partition>}:totals     "<line>" -> cell
    <namespace>:{<topic>-<partition>}:view       what is shown of it, with an expiry
    {<namespace>}:partitions                     the set of all "<topic>-<partition>"
    {<namespace>}:retired                        those that were taken off that list; their figures are history's
    {<namespace>}:counts                         "<topic>" -> how many partitions it had when it was first counted
    {<namespace>}:snapshot                       the document that other services read; also the pub/sub channel
    {<namespace>}:publisher                      who writes the snapshot
    {<namespace>}:told                           what Prometheus was last told of each counter
    {<namespace>}:configuration                  the one that workers show by, with its files' texts
    {<namespace>}:tried                          what `svartid doctor` writes to see whether that can be done; for 1 s

Each value in the hashes of a partition begins with its seal (streams/sealed.py), and so does its view; each of the
hashes has a mark, `whole`.

The braces are a Redis Cluster hash tag: keys that one script writes are in one slot.
"""

from dataclasses import dataclass


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
    """All keys of one installation."""

    namespace: str

    def partition(self, name: str) -> PartitionKeys:
        """The keys of a partition named "<topic>-<partition>"."""
        return PartitionKeys(f"{self.namespace}:{{{name}}}")

    @property
    def partitions(self) -> str:
        """The set of all partitions' names."""
        return f"{{{self.namespace}}}:partitions"

    @property
    def retired(self) -> str:
        """The set of partitions that are read no more, by names; what was counted of them is history."""
        return f"{{{self.namespace}}}:retired"

    @property
    def counts(self) -> str:
        """How many partitions each topic has."""
        return f"{{{self.namespace}}}:counts"

    @property
    def snapshot(self) -> str:
        """The document that other services read, and the channel that announces it."""
        return f"{{{self.namespace}}}:snapshot"

    @property
    def publisher(self) -> str:
        """Who writes the snapshot."""
        return f"{{{self.namespace}}}:publisher"

    @property
    def told(self) -> str:
        """What Prometheus was last told of each counter."""
        return f"{{{self.namespace}}}:told"

    @property
    def configuration(self) -> str:
        """The configuration that workers show by."""
        return f"{{{self.namespace}}}:configuration"

    @property
    def tried(self) -> str:
        """Where it is tried whether Redis takes writes; nothing reads it."""
        return f"{{{self.namespace}}}:tried"
