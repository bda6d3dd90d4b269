"""What was merged, brought up to a few events: only the lines that they touched are merged again, and their groups.

It comes to what merging all would. Where it would take more than that (a partition has another line, or is no longer
whole; the day of other lines has begun), it says so by None. May import: standard library, config, the core, merging,
disputes, view.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from streams.core.rules import Rules
from streams.serve.cache import Made
from streams.serve.disputes import undisputed
from streams.serve.documents import Feed
from streams.serve.merging import (
    Merged,
    Shown,
    as_line,
    feed_of,
    group_of,
    line_of,
    merge_parts,
)
from streams.serve.view import LineView, View

Swap = tuple[str, LineView, LineView]  # in a partition's view: its name, what was there, and what is in its place


def remerged(
    before: Shown,
    known: Mapping[str, View],
    views: Iterable[View],
    rules: Rules,
    now_ms: int,
    memo: Merged,
    disputes: Made[LineView],
    spelt_out: Made[LineView],
) -> Shown | None:
    """What is known at `now_ms`, some `views` being in place of those of the same partitions in `known`, which `before`
    was made of. The memos are those that it left.

    What the clock alone changes elsewhere, and what the others lack, is as before.
    """
    views = list(views)
    pairs = [(known[view.partition], view) for view in views]
    if not all(_goes_on(*pair) for pair in pairs) or not _is_same_day(before, rules, now_ms):
        return None
    again = _Again(before, rules, now_ms, memo, disputes)
    if not (all(again.queue(*swap) for pair in pairs for swap in swaps(*pair)) and again.groups()):
        return None
    full = {name: spelt_out.of(name, (of.version, of.reported), of.in_full) for name, of in again.made.items()}
    whole = replace(
        before,
        now_ms=now_ms,
        lines={**before.lines, **{name: of for name, of in full.items() if name in before.lines}},
        groups={**before.groups, **{name: of for name, of in full.items() if name in before.groups}},
        queues={**before.queues, **again.queues},
        in_short={**before.in_short, **again.lines},
    )
    return replace(whole, feeds={**before.feeds, **_feeds(whole, {**known, **{one.partition: one for one in views}})})


def _goes_on(old: View, new: View) -> bool:
    """Whether only lines that it had are others."""
    return (
        old.lines.keys() == new.lines.keys()
        and not new.is_by_line
        and bool(old.newest_ms)
        and all(getattr(old, name) == getattr(new, name) for name in _STANDS)
    )


_STANDS = ("channel", "is_fresh", "is_astray", "rebuilding", "in_part", "coarse_edges_ms", "counted_since")


def _is_same_day(before: Shown, rules: Rules, now_ms: int) -> bool:
    """Whether lines are made of the same queues."""
    naming = rules.naming
    return before.centre.as_of(now_ms) is before.centre and (
        naming.digest_at(now_ms) == naming.digest_at(before.now_ms)
    )


def swaps(old: View, new: View) -> list[Swap]:
    """The lines of a partition that are others than they were, of those that were."""
    both = ((name, old.lines.get(name), line) for name, line in new.lines.items())
    return [(name, was, line) for name, was, line in both if was is not None and was.version != line.version]


def _feeds(shown: Shown, views: Mapping[str, View]) -> dict[str, Feed]:
    return {channel: feed_of(channel, views.values(), shown) for channel in shown.feeds}


class _Again:
    """What was made again: `made` are lines and groups by name, in short."""

    def __init__(self, before: Shown, rules: Rules, now_ms: int, memo: Merged, disputes: Made[LineView]) -> None:
        self.queues: dict[str, LineView] = {}
        self.lines: dict[str, LineView] = {}
        self.made: dict[str, LineView] = {}
        self._before, self._rules, self._now_ms = before, rules, now_ms
        self._memo, self._disputes = memo, disputes

    def queue(self, name: str, was: LineView, line: LineView) -> bool:
        """Merges one of the source's queues again, and all that is made of it; False where it cannot."""
        name = self._rules.counted_as(name)
        parts = self._swapped(name, was, line)
        if parts is None:
            return False
        centre = self._before.centre
        whole = merge_parts(name, parts, centre, self._memo)
        known = self.queues.get(name) or self._before.queues.get(name)
        if known is None:  # its channel is not whole
            return True
        self.queues[name] = queue = undisputed(name, whole, centre, self._now_ms, self._disputes)
        shown_as = self._rules.shown_as(name, self._now_ms)
        return shown_as is None or self._line(shown_as, known, queue)

    def _line(self, name: str, was: LineView, queue: LineView) -> bool:
        known = self.lines.get(name) or self._before.in_short[name]
        parts = [queue] if known is was else self._swapped(as_line(name), was, queue)
        if parts is None:
            return False
        centre = self._before.centre
        self.lines[name] = self.made[name] = line_of(name, parts, centre, self._memo)
        return True

    def groups(self) -> bool:
        """Merges again the groups of the lines that were, each once for all of them; False where it cannot."""
        lines_of: dict[str, dict[int, LineView]] = {}  # by group: what is in place of which version
        for name, line in self.lines.items():
            if name not in self._before.centre.external_lines:
                lines_of.setdefault(name.rpartition("/")[0], {})[self._before.in_short[name].version] = line
        return all(self._group(name, lines) for name, lines in lines_of.items())

    def _group(self, name: str, lines: Mapping[int, LineView]) -> bool:
        parts, _ = self._memo.get(name, ([], None))
        if not lines.keys() <= {part.version for part in parts}:
            return False
        swapped = [lines.get(part.version, part) for part in parts]
        self.made[name] = group_of(name, swapped, self._before.centre, self._memo)
        return True

    def _swapped(self, name: str, was: LineView, line: LineView) -> list[LineView] | None:
        """What goes into something now; None where what was there did not."""
        parts, _ = self._memo.get(name, ([], None))
        place = next((place for place, part in enumerate(parts) if part is was), None)
        return None if place is None else [*parts[:place], line, *parts[place + 1 :]]
