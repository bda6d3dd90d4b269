"""One simulated day: what svartid would have said of each target at each scrape, and what was true.

May import: the core, config, serve, sources, truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from config.centre import Centre, Target
from streams.core.fold import PartitionState, fold
from streams.core.rules import Rules
from streams.serve.snapshot import Memo, judged
from streams.serve.view import View, Viewer
from streams.sources.simulator import events
from tests.core.events import Record
from tests.study.truth import Answer, Episode, Promised, answers, broken, episodes

SCRAPED_EVERY_S = 15
CHANNELS = ("phone", "chat")
Events = list[tuple[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Day:
    """By target: the verdict at each scrape (s), who was answered, and the episodes in which it was broken."""

    scenario: str
    seconds: range
    verdicts: dict[str, list[tuple[int, str]]]
    answered: dict[str, list[Answer]]
    broken: dict[str, list[Episode]]


class Feed:
    """One channel's events, folded as they come."""

    def __init__(self, channel: str, rules: Rules, lengths_ms: list[int]) -> None:
        self.channel = channel
        self.state = PartitionState(rules)
        self.viewer = Viewer(self.state, lengths_ms)

    def fold(self, happened: Events) -> None:
        """What happened since the last scrape."""
        first = self.state.offset
        own = [(ms, event) for ms, event in happened if event.get("channel") in (self.channel, None)]
        fold(self.state, [Record(first + n, ms, orjson.dumps(event)) for n, (ms, event) in enumerate(own)])

    def view(self, now_ms: int) -> View:
        """What a worker would show of it."""
        panes, state = self.state.aggregates.panes, self.state
        changed, panes.touched = panes.touched, set()
        lines = self.viewer.lines(now_ms, changed)
        return View(
            partition=self.channel,
            channel=self.channel,
            epoch="1",
            as_of_ms=now_ms,
            offset=state.offset,
            behind=0,
            watermark_ms=state.watermark,
            counters={},
            lines=lines,
        )


def simulate(centre: Centre, scenario: str, seed: int, start_ms: int, hours: float) -> Day:
    """One day of one scenario."""
    happened: Events = [(ms, event) for ms, event in events(scenario, seed, start_ms, hours)]
    seconds = range(start_ms // 1000, start_ms // 1000 + round(hours * 3600))
    said: dict[str, list[tuple[int, str]]] = {target.id: [] for target in centre.targets}
    for second, targets in _scrapes(centre, happened, seconds):
        for target in targets:
            said[target["id"]].append((second, target["verdict"]))
    answered = {target.id: answers(happened, _lines(centre, target)) for target in centre.targets}
    true = {
        target.id: episodes(broken(answered[target.id], seconds, target.window / 1000, promised(target)))
        for target in centre.targets
    }
    return Day(scenario, seconds, said, answered, true)


def promised(target: Target) -> Promised:
    """A target in the truth's words."""
    if target.at_most is not None:
        return Promised(target.at_most / 1000, None, False, target.least_sample)
    limit = target.more_than if target.more_than is not None else target.at_least
    assert limit is not None and target.within is not None
    return Promised(limit, target.within / 1000, target.more_than is not None, target.least_sample)


def _scrapes(centre: Centre, happened: Events, seconds: range) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    rules, memo = centre.rules(), Memo()
    lengths = {length for t in centre.targets for length in (t.window, t.window - t.lead)}  # that is judged by
    feeds = [Feed(channel, rules, sorted({*lengths, min(centre.windows.lengths)})) for channel in CHANNELS]
    by_scrape = {at: list(group) for at, group in groupby(happened, lambda e: -(-e[0] // (SCRAPED_EVERY_S * 1000)))}
    for number in sorted({*by_scrape, *(second // SCRAPED_EVERY_S for second in seconds[::SCRAPED_EVERY_S])}):
        second = number * SCRAPED_EVERY_S
        for feed in feeds:
            feed.fold(by_scrape.get(number, []))
        if second in seconds:
            now_ms = second * 1000
            yield second, judged([f.view(now_ms) for f in feeds], [], centre, rules.edges_ms, now_ms, memo)


def _lines(centre: Centre, target: Target) -> set[tuple[str, str, str]]:
    return {
        (q.channel, q.audience, id_)
        for q in centre.queues
        for id_ in q.ids
        if not q.external and (q.channel, q.audience) == (target.channel, target.audience)
    }
