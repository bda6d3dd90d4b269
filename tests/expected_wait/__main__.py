"""`python -m tests.expected_wait [--seeds 101-110]`: the tables in streams/MEASURES.md, *Expected wait*.

Seeds 1 to 3 are those that the method was chosen and tuned on; the tables are of others, and of the bank's day.
"""

import argparse
from collections import Counter
from collections.abc import Mapping
from functools import reduce

from streams.core.expected_wait import Expected
from streams.core.said_wait import said_of
from streams.core.wait_score import Score
from streams.past.wait_replay import METHODS, NOTHING, OURS, Foretold, Scores, scores
from streams.sources.scenarios import SCENARIOS
from tests.expected_wait.days import day_before, foretold, foretold_of_bank

TEXTBOOKS = METHODS[1:]
BANK = "the bank's day"
QUALITY = (
    "| days | mean wait, s | error, s | RRMSE | held | longer than the band | too low by 1 min | longer than said "
    f"| of those who waited: RRMSE | held | longer than the band |\n|---|{'--:|' * 10}"
)


def best(of: Mapping[str, Score]) -> tuple[str, float]:
    """Of the others the one that is least far off, and by how much svartid is nearer."""
    name = min(TEXTBOOKS, key=lambda name: of[name].squared_ms2)
    return name, 1 - (of[OURS].root_mean_square_ms or 0) / (of[name].root_mean_square_ms or 1)


def errors(name: str, of: Mapping[str, Score]) -> str:
    """One row of how far off each is, in seconds."""
    beside, by = best(of)
    cells = (f"{(of[method].root_mean_square_ms or 0) / 1000:.0f}" for method in METHODS)
    return f"| {name} | {of[OURS].answered} | {' | '.join(cells)} | {beside} {100 * by:+.0f} % |"


def quality(name: str, of: Scores, said: str) -> str:
    """One row of how good ours is."""
    ours, waited = of.of_all[OURS], of.of_waited[OURS]
    seconds = (f"{(ms or 0) / 1000:.0f}" for ms in (ours.wait_ms / ours.answered, ours.mean_error_ms))
    shares = (f"{100 * (share or 0):.1f} %" for share in (ours.share_held, ours.share_longer, ours.share_too_low))
    of_waited = (f"{100 * (share or 0):.1f} %" for share in (waited.share_held, waited.share_longer))
    cells = (*seconds, f"{ours.relative:.2f}", *shares, said, f"{waited.relative:.2f}", *of_waited)
    return f"| {name} | {' | '.join(cells)} |"


def longer_than_said(of: list[Foretold]) -> Counter[str]:
    """How many of the answered waited for longer than the upper end of what a caller would be told, and of how many."""
    told = [
        (one.judged.ended.wait_ms, said_of(said).most_ms)
        for one in of
        if one.is_compared and isinstance(said := one.judged.foretold, Expected)
    ]
    return Counter(longer=sum(most is not None and wait > most for wait, most in told), told=len(told))


def tables(seeds: range) -> str:
    """Of all scenarios, and pooled."""
    found: dict[str, Scores] = dict.fromkeys(SCENARIOS, NOTHING)
    said: dict[str, Counter[str]] = {name: Counter() for name in SCENARIOS}
    for seed in seeds:
        for name in SCENARIOS:
            of = foretold(name, seed)
            found[name] += scores(of)
            said[name] += longer_than_said(of)
        day_before.cache_clear()
    found["pooled"] = reduce(Scores.__add__, found.values())
    said["pooled"] = sum(said.values(), Counter())
    bank = foretold_of_bank()
    found[BANK], said[BANK] = scores(bank), longer_than_said(bank)
    words = {name: f"{100 * of['longer'] / of['told']:.1f} %" for name, of in said.items()}
    head = f"| days | waits | {' | '.join(METHODS)} | best other |\n|---|{'--:|' * (len(METHODS) + 2)}"
    rows = [head, *(errors(name, of.of_all) for name, of in found.items())]
    rows += ["", "of those who waited", head, *(errors(name, of.of_waited) for name, of in found.items())]
    rows += ["", QUALITY, *(quality(name, of, words[name]) for name, of in found.items())]
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.expected_wait")
    parser.add_argument("--seeds", default="101-110", help="from-to, both included")
    first, last = (int(seed) for seed in parser.parse_args().seeds.split("-"))
    print(tables(range(first, last + 1)))


if __name__ == "__main__":
    main()
