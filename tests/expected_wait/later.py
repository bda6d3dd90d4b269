"""`python -m tests.expected_wait.later [--seeds 101-103]`: how good it is for who has waited already, and of groups."""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from streams.core.calendar import day_of
from streams.core.expected_wait import Came, Expected, ExpectedWaits, Went
from streams.core.wait_score import NO_SCORE, Score, scored
from streams.past.stays import Stayed
from tests.expected_wait.days import DAY, ZONE, centre, day_before, lines_of, stays_of

AFTER_S = (30, 120, 300, 600)
SCENARIOS = ("normal", "surge", "short-staffed", "messy")
GROUP = "who joins the group"


class Asked(NamedTuple):
    """What is asked at an instant, and what came of it."""

    line: str
    waited_ms: int | None  # None: of the group, for who joins it
    wait_ms: int


def asked_of(stay: Stayed) -> Iterator[tuple[int, Asked]]:
    """At its entry of its group, and again each time that it has waited for so long."""
    line, ended = stay
    if ended.is_answered:
        yield ended.entered, Asked(line.rpartition("/")[0], None, ended.wait_ms)
        for after in AFTER_S:
            if ended.wait_ms > 1000 * after:
                yield ended.entered + 1000 * after, Asked(line, 1000 * after, ended.wait_ms)


def scores(scenario: str, seed: int) -> dict[str, Score]:
    """By what is asked."""
    days = partial(day_of, zone=ZONE)
    waits = ExpectedWaits(centre().opening_hours.is_open, days)
    facts: dict[int, tuple[list[Came], list[Went], list[Asked]]] = defaultdict(lambda: ([], [], []))
    today = stays_of(lines_of(scenario, seed, DAY))
    for line, ended in (*day_before(seed), *today):
        left = max(ended.left, ended.entered)
        facts[ended.entered][0].append(Came(line, ended.entered))
        facts[left][1].append(Went(line, ended._replace(left=left)))
    for at, asked in (of for stay in today for of in asked_of(stay)):
        facts[at][2].append(asked)
    groups: dict[str, list[str]] = defaultdict(list)
    for line in centre().own_lines:
        groups[line.rpartition("/")[0]].append(line)
    found: dict[str, Score] = defaultdict(lambda: NO_SCORE)
    for at in sorted(facts):
        came, went, questions = facts[at]
        for line, waited_ms, wait_ms in questions:
            is_group = waited_ms is None
            said = (
                waits.of_group({name: waits.expect(name, at) for name in groups[line]}, at)
                if is_group
                else waits.expect(line, at, waited_ms)
            )
            if isinstance(said, Expected):
                name = GROUP if waited_ms is None else f"after {waited_ms // 1000} s"
                found[name] += scored(wait_ms, said.likely_ms, said.low_ms, said.high_ms)
        waits.take(came, went)
    return found


def table(seeds: range) -> str:
    """One row for each scenario and question."""
    found: dict[tuple[str, str], Score] = defaultdict(lambda: NO_SCORE)
    for seed in seeds:
        for scenario in SCENARIOS:
            for name, of in scores(scenario, seed).items():
                found[scenario, name] += of
        day_before.cache_clear()
    rows = ["| days | of whom | waits | square | held | longer than the band |", "|---|---|--:|--:|--:|--:|"]
    for scenario in SCENARIOS:
        for name in (GROUP, *(f"after {after} s" for after in AFTER_S)):
            of = found[scenario, name]
            square, held, longer = of.root_mean_square_ms or 0, of.share_held or 0, of.share_longer or 0
            cells = (of.answered, f"{square / 1000:.0f}", f"{100 * held:.1f} %", f"{100 * longer:.1f} %")
            rows.append(f"| {scenario} | {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.expected_wait.later")
    parser.add_argument("--seeds", default="101-103", help="from-to, both included")
    first, last = (int(seed) for seed in parser.parse_args().seeds.split("-"))
    print(table(range(first, last + 1)))


if __name__ == "__main__":
    main()
