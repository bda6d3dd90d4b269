"""The board's strip of targets: what was promised, and whether it is kept. May import: config's names,
bokmal, target_text, target_words, board_queues, rich."""

from collections.abc import Collection, Iterable, Iterator
from datetime import tzinfo
from itertools import zip_longest
from typing import TypeVar

from msgspec import UNSET
from rich.table import Table
from rich.text import Text

from config.channels import Names
from streams.core.promised import TARGET_MEASURES
from streams.core.telling import Matter
from streams.serve.board_queues import BAD, DRIFTS, FILLED, GOOD, MET, MISSED, QUIET
from streams.serve.bokmal import (
    STOP,
    TOGETHER,
    UNKNOWN,
    clock,
    length,
    queue_name,
    wait,
    whose,
)
from streams.serve.documents import Snapshot, TargetEntry
from streams.serve.target_text import limit_text, short_text, value_text
from streams.serve.target_words import USUAL, WORDS

T = TypeVar("T")
_TO_THE_MINUTE = len("10:42")
_TODAY_FROM_WIDTH, _LIMITS_FROM_WIDTH = 112, 96


def targets(document: Snapshot, names: Names, width: int) -> Table:
    """What was promised and whether it is kept: one line for all that a target is of."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style=QUIET)
    for heading in (
        f"Mål siste {length(document.main_window)}",
        *_wide(width, (" snitt", ""), (" i tide", ""), "i dag"),
    ):
        table.add_column(heading, no_wrap=True)
    stopped = {channel for channel, feed in document.feeds.items() if feed.planned_stop is not None}
    for name, of_it in _rows(document.targets, names):
        means = [t for t in of_it if not _is_share(t)]
        shares = [t for t in of_it if _is_share(t)]
        for mean, share in zip_longest(means, shares):
            today = Text("   ").join(filter(None, (_today(mean), _today(share))))
            made = _wide(width, _target(mean, width, stopped), _target(share, width, stopped), today)
            table.add_row(name, *made)
    return table


def told_of(targets: Iterable[TargetEntry], names: Names, zone: tzinfo) -> Text | None:
    """What somebody is told of now, and since when: breaches first, and a drift where no breach of it is told."""
    found: dict[Matter, list[str]] = {"breach": [], "drifting": []}
    for target in targets:
        told = next(((matter, of) for matter, of in target.told_of if of.is_told), None)
        if told is not None:
            matter, of = told
            since = "" if of.since_ms is None else f" siden {clock(of.since_ms, zone)[:_TO_THE_MINUTE]}"
            found[matter].append(f"{_whose(target, names)}, {_measure(target)}: {_VERDICTS[matter][1]}{since}")
    told_now = [*found["breach"], *found["drifting"]]
    return Text(" · ".join(told_now), BAD) if told_now else None


def _whose(target: TargetEntry, names: Names) -> str:
    """Whose promise it is: "Telefon personbruker", "Telefon personbruker, Helse"."""
    return whose(target.channel, target.audience, None if target.queue is UNSET else target.queue, names)


def _measure(target: TargetEntry) -> str:
    return WORDS[target.measure].measure.format(within=wait(target.within_ms))


def _rows(targets: Iterable[TargetEntry], names: Names) -> Iterator[tuple[str, list[TargetEntry]]]:
    """What each row is called, and its targets: a group's, then those of its queues."""
    groups: dict[tuple[str, str | None], dict[str, list[TargetEntry]]] = {}
    for target in targets:
        rows = groups.setdefault((target.channel, target.audience), {})
        rows.setdefault("" if target.queue is UNSET else target.queue, []).append(target)
    for (channel, audience), rows in groups.items():
        group = f"{names.channel(channel)} {TOGETHER}" if audience is None else names.group(channel, audience)
        for queue in sorted(rows, key=bool):
            label = names.queue(channel, audience or "", queue)
            of_queue = f"{'  ' if '' in rows else f'{group}, '}{queue_name(queue, label)}"
            yield of_queue if queue else group, rows[queue]


def _wide(width: int, mean: tuple[T, T], share: tuple[T, T], today: T) -> list[T]:
    """What there is room for: a narrow board leaves out what was promised, and today."""
    limits = 2 if _has_limits(width) else 1
    return [*mean[:limits], *share[:limits], *([today] if width >= _TODAY_FROM_WIDTH else [])]


def _has_limits(width: int) -> bool:
    return width >= _LIMITS_FROM_WIDTH


_VERDICTS = {
    "ok": (MET, "nådd", GOOD),
    "drifting": (DRIFTS, "på vei ut", BAD),
    "breach": (MISSED, "ikke nådd", FILLED),
    "insufficient": (" ", "for få svar", QUIET),
    "closed": (" ", "stengt", QUIET),
    "stale": (" ", "utdatert", BAD),
}


def _target(target: TargetEntry | None, width: int, stopped: Collection[str]) -> tuple[Text, Text]:
    """What was achieved and the verdict on it, and what was promised. A share that is not of who was in time says so,
    where its limit is not beside it to say it. Of a channel that is `stopped` as planned nothing is known.
    """
    if target is None:
        return Text(), Text()
    value, verdict = target.window.value, target.verdict
    if verdict == "stale" and target.channel in stopped:
        return Text(f" {UNKNOWN} {STOP}", QUIET), Text(limit_text(target), QUIET)
    mark, word, style = _VERDICTS[verdict]
    if value is None and verdict not in ("breach", "stale"):
        return Text(f" {UNKNOWN}", QUIET), Text(limit_text(target), QUIET)
    # Where too few were answered and that is the breach, it is the pressure that is shown.
    is_pressed = verdict == "breach" and target.window.met is None
    shown = value_text(target, target.pressure if is_pressed else value)
    of = "" if _has_limits(width) or short_text(target) == USUAL else f"{short_text(target)} "
    return Text(f" {mark} {of}{shown} {word} ", style), Text(limit_text(target), QUIET)


def _today(target: TargetEntry | None) -> Text:
    if target is None or target.today.value is None:
        return Text()
    mark, style = {True: (MET, GOOD), False: (MISSED, BAD), None: ("", "")}[target.today.met]
    return Text.assemble(f"{value_text(target, target.today.value)} ", (mark, style))


def _is_share(target: TargetEntry) -> bool:
    return TARGET_MEASURES[target.measure].is_share
