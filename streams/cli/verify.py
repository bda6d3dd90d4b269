"""`svartid verify`: the whole log recounted by other code, and all of Redis held against it."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from aiokafka import TopicPartition
from rich.progress import Progress

from config.channels import OWN
from streams.batches import UnreadableBatch
from streams.beside import beside_us
from streams.cli.answering import LOOKING_S, answering
from streams.cli.answers import Unlike, Verification, answer
from streams.cli.app import EXIT_FAILED, EXIT_UNREACHABLE, CommandError, app, err, out, progress_bar, rules_of
from streams.cli.comparable import comparable, comparable_since_ms, leave_out_unknown, on_the_coarser_scale
from streams.cli.standing import installed
from streams.cli.telling import telling
from streams.clients import Consumer
from streams.core.account import account
from streams.core.calendar import day_of, next_day
from streams.core.definitions import Terms
from streams.core.fold import LOG_APPEND_TIME
from streams.core.open_hours import OpenHours, Stretch
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.ingest.log import HIDDEN, KafkaLog, LogReplaced, PartitionsChanged, topic_partition
from streams.ingest.store import Place, Store
from streams.kafka import consumer
from streams.oracle import Definitions, Difference, Later, LogRecord, channels_and_audiences, differences, recount
from streams.partition_names import name_of, names_of, number_of, topic_of
from streams.sealed import Spoiled
from streams.serve.snapshot import iso
from streams.settings import Settings, load

EXIT_LOST = 4  # what can be compared is alike, and what was lost cannot be
Names = tuple[frozenset[str], frozenset[str]]  # channels and audiences, as the oracle reads them for itself
SILENT_S = 30.0  # then Kafka is not there any more
SHOWN = 20  # differences, for people; --json has them all
_ASKED_FOR_MS = round(1000 * LOOKING_S) + 1000  # of one of several brokers; that none answers is told by then
# One partition is read after the other: a fetch must not wait for what comes after the last record.
_FETCHING = {"max_partition_fetch_bytes": 4 * 2**20, "fetch_max_wait_ms": 20, "request_timeout_ms": _ASKED_FOR_MS}


@app.command()
def verify(
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The result as one line of JSON.")] = False,
) -> None:
    """Recounts every partition's log from its beginning, naively, and compares all that Redis holds of it.

    The recount shares no code with the workers. It reads up to the offset that Redis had when it looked, so workers may
    go on meanwhile. What is damaged in Redis is a difference, too. Where Kafka no longer keeps the log's beginning, it
    compares what can be: the counts of visits in the panes, intervals and days that the events still kept decide alone.
    It says since when.

    Records that Kafka let go of before they were counted are in no figure and in no recount. How many were lost of each
    partition is said beside the differences, and a comparison without any ends with a code of its own then. So is how
    much of a log cannot be read yet, as a transaction is open there: it is in no figure and in no recount, either.

    Exit codes: 0 no difference; 1 there are differences (each is named), or there is nothing to compare with, as
    where a topic that was counted is not there; 3 Kafka or Redis cannot be reached; 4 no difference in what can be
    compared, but records were lost.
    """
    settings = load(config)
    rules = rules_of(settings, config)
    with progress_bar(shown=not as_json) as progress:
        found, hidden = asyncio.run(_verify(settings, rules, progress))
    wrong = {name: one.unlike for name, one in found.items() if one.unlike}
    since = {name: iso(one.since_ms) for name, one in found.items() if one.since_ms is not None}
    lost = {name: one.lost for name, one in found.items() if one.lost}
    unreadable = {name: one.unreadable for name, one in found.items() if one.unreadable}
    records = sum(one.records for one in found.values())
    if as_json:
        answer(
            Verification(
                partitions=len(found),
                records=records,
                lost=lost,
                hidden=hidden,
                unreadable=unreadable,
                differences={
                    name: [Unlike(d.path, d.expected, d.found) for d in unlike] for name, unlike in wrong.items()
                },
                compared_since=since,
            )
        )
    else:
        _tell_partial(since, lost)
        _tell_unread(hidden, unreadable)
        _tell(wrong, len(found), records, sum(lost.values()), sum(hidden.values()))
    raise typer.Exit(EXIT_FAILED if wrong else EXIT_LOST if lost else 0)


@dataclass
class Stand:
    """How far the recount is, in words."""

    doing: str = "looking at Redis"


class Verified(NamedTuple):
    """What came of one partition."""

    records: int  # recounted
    unlike: list[Difference]
    since_ms: int | None = None  # only what is later could be compared; None: everything was
    lost: int = 0  # records, at most, that Kafka let go of before they were counted
    unreadable: str = ""  # the batch from which on nothing is counted, and what helps


def _tell_partial(since: Mapping[str, str], lost: Mapping[str, int]) -> None:
    for name, at in since.items():
        err.print(
            f"{name}: Kafka no longer keeps the beginning of what was counted. Visits since {at} are compared; what is "
            "earlier, and the totals, nobody can recount",
            markup=False,
            highlight=False,
        )
    for name, n in lost.items():
        err.print(
            f"{name}: up to {n} records were lost: Kafka let go of them before they were counted. No figure has them. "
            f"`svartid rebuild --from-log {name}` counts what Kafka keeps, and nothing else",
            markup=False,
            highlight=False,
        )


def _tell_unread(hidden: Mapping[str, int], unreadable: Mapping[str, str]) -> None:
    """What is in no figure, and in no recount either."""
    for name, n in hidden.items():
        err.print(f"{name}: up to {n} records cannot be read yet: {HIDDEN}", markup=False, highlight=False)
    for why in unreadable.values():
        err.print(f"{why}. Nothing from there on is counted", markup=False, highlight=False)


def _tell(wrong: dict[str, list[Difference]], partitions: int, records: int, lost: int, hidden: int) -> None:
    lines = [f"{name}: {unlike}" for name, all_of_it in wrong.items() for unlike in all_of_it]
    for line in lines[:SHOWN]:
        err.print(line, markup=False, highlight=False)
    if len(lines) > SHOWN:
        err.print(f"… and {len(lines) - SHOWN} more (--json has them all)")
    some = "no differences" if not lines else f"{len(lines)} differences"
    missed = f"; {lost} records were lost before they were counted" if lost else ""
    unread = f"; up to {hidden} records cannot be read yet" if hidden else ""
    out.print(f"{records} records in {partitions} partitions: {some}{missed}{unread}", highlight=False)


async def _verify(settings: Settings, rules: Rules, progress: Progress) -> tuple[dict[str, Verified], dict[str, int]]:
    """For each partition that Redis knows: how many records were recounted, and what differs; and how many offsets of
    which an open transaction hides.
    """
    async with installed(settings, rules) as installation, answering(settings):
        store = installation.store
        names = await store.names()
        counted = names_of(await store.known_counts())
        every = sorted({*names, *counted})
        places = await store.places(every)
        if not any(places.values()):
            raise CommandError(f"Redis holds nothing under the namespace {settings.namespace}: has a worker run?")
        await _check_topics([name for name, place in places.items() if place and not place.damage], installation.log)
        known = channels_and_audiences(*filter(None, (settings.config, OWN)))
        task = progress.add_task("recounting", total=None)
        result: dict[str, Verified] = {}
        stand = Stand()

        def how_far() -> str:
            return f"{stand.doing}. {len(result)} of {len(places)} partitions are done"

        async with telling(how_far, progress), consumer(settings, **_FETCHING) as log:
            for name, place in places.items():
                one = await _verify_or_tell(name, place, store, log, rules, known, stand)
                if place and not place.damage:
                    one = one._replace(unreadable=await _unreadable(name, place.offset, log))
                if place and name not in names:
                    one.unlike.insert(0, Difference(installation.keys.partitions, name, None))
                if place or one.unlike:
                    result[name] = one
                progress.update(task, description=f"recounted {name}", advance=one.records)
        hidden = await installation.log.hidden(list(result))
        return result, {name: end - first for name, (first, end) in hidden.items()}


async def _check_topics(names: Collection[str], log: KafkaLog) -> None:
    """Raises CommandError where Kafka has not all partitions that were counted: its client would ask on and on."""
    topics = {topic_of(name) for name in names}
    found = await log.counts(topics) if topics else {}  # none would be all
    if missing := sorted(topics - found.keys()):
        raise CommandError(
            f"Kafka has no topic {', '.join(missing)}, and figures were made of it: `svartid doctor` says what is "
            "missing. Create it; or, if it is read no more, take it out of SVARTID_TOPICS, and its partitions off the "
            "list with `svartid retire`"
        )
    for topic, count in found.items():
        counted = 1 + max(number_of(name) for name in names if topic_of(name) == topic)
        if count < counted:
            raise CommandError(str(PartitionsChanged(topic, counted, count)))


async def _unreadable(name: str, offset: int, reading: Consumer) -> str:
    """Why nothing is counted from an offset on, where a batch cannot be read; empty where it can, or none is there."""
    tp = topic_partition(name)
    reading.assign([tp])
    if (await reading.end_offsets([tp]))[tp] > offset:
        reading.seek(tp, offset)
        try:
            await reading.getmany(timeout_ms=1000)
        except UnreadableBatch as unreadable:
            return str(unreadable)
    return ""


async def _verify_or_tell(
    name: str, place: Place | None, store: Store, reading: Consumer, rules: Rules, known: Names, stand: Stand
) -> Verified:
    """What is damaged cannot be compared, and is not what it should be."""
    try:
        if place is None:
            await store.read(name)  # nothing, unless only the first hash is gone
            return Verified(0, [])
        if place.damage:
            raise place.damage
        return await _verify_one(name, place, store, reading, rules, known, stand)
    except Spoiled as spoiled:
        return Verified(0, [Difference(spoiled.key, "what was committed", f"damage ({spoiled}). {spoiled.mend}")])


async def _verify_one(
    name: str, place: Place, store: Store, reading: Consumer, rules: Rules, known: Names, stand: Stand
) -> Verified:
    state, _ = await store.load(name)
    began, tp = place.past.began, topic_partition(name)
    reading.assign([tp])
    start = (await reading.beginning_offsets([tp]))[tp]
    first = max(began, start)
    log = [record async for record in _log(reading, tp, first, state.offset, stand)]
    stand.doing = f"recounting {len(log):,} records of {name}"
    channels, audiences = known
    definitions = replace(definitions_for(state), channels=channels, audiences=audiences)
    expected = await beside_us(partial(recount, log, definitions))
    expected["offset"] = max(expected["offset"], first)
    found = account(state)
    on_the_coarser_scale(expected, found, state.upgrade.edges_ms)
    for one in (expected, found):
        leave_out_unknown(one, state.counted_since)
    torn = [Difference("commits done in part", 0, 1)] if place.past.torn else []
    if start <= began and not place.past.lost:
        return Verified(len(log), torn + differences(expected, found))
    since = comparable_since_ms(log[0].timestamp if log else state.watermark, rules)
    unlike = torn + differences(comparable(expected, since), comparable(found, since))
    return Verified(len(log), unlike, since, place.past.lost)


async def _log(reading: Consumer, tp: TopicPartition, start: int, end: int, stand: Stand) -> AsyncIterator[LogRecord]:
    """The records from one offset up to another."""
    log_end = (await reading.end_offsets([tp]))[tp]
    if log_end < end:
        raise CommandError(str(LogReplaced(name_of(tp), end, log_end)))
    reading.seek(tp, start)
    position, heard = start, time.monotonic()
    while position < end:
        stand.doing = f"reading {name_of(tp)}: at offset {position:,} of {end:,}"
        batch = await reading.getmany(timeout_ms=1000)
        for record in batch.get(tp, ()):
            if record.offset >= end:
                return
            by_broker = record.timestamp_type == LOG_APPEND_TIME
            yield LogRecord(record.offset, record.timestamp, record.value, by_broker)
        before, position = position, await reading.position(tp)
        if position != before:
            heard = time.monotonic()
        elif time.monotonic() - heard > SILENT_S:
            what = f"Kafka has sent nothing of {name_of(tp)} from offset {position} on for {SILENT_S:.0f} s"
            raise CommandError(what, EXIT_UNREACHABLE)


def definitions_for(state: PartitionState) -> Definitions:
    """The oracle's own copy of the rules that a state was made by, with what an upgrade has left unknown."""
    made = as_kept(definitions_of(state.rules), state)
    upgrade, configured = state.upgrade, state.queues.configured
    return replace(made, known_until=upgrade.offset, known_lines=upgrade.lines, configured=configured)


def _later(terms: Terms) -> Later:
    return Later(
        from_ms=terms.from_ms,
        short_abandon_ms=terms.short_abandon_ms,
        ghost_after_ms=terms.ghost_after_ms,
        promise_ms=terms.promise_ms,
        promise_lost_ms=terms.promise_lost_ms,
        horizon_ms=terms.horizon_ms,
        edition=terms.edition,
        one_place=terms.one_place,
        memory_ms=terms.memory_ms,
        ghost_after_of_ms=terms.ghost_after_of_ms,
        while_open=terms.while_open,
        letter_lost_ms=terms.letter_lost_ms,
        conversations=terms.conversations,
    )


def _opened(hours: OpenHours, channel: str, start: int, end: int) -> list[Stretch]:
    """The stretches in which a channel is open that reach into a stretch of time."""
    days = [start]
    while days[-1] < end:
        days.append(next_day(day_of(days[-1], hours.zone), hours.zone))
    stretches = (stretch for day in days for stretch in hours.of_day(channel, day_of(day, hours.zone)))
    return [(opens, closes) for opens, closes in stretches if opens < end and closes > start]


def as_kept(definitions: Definitions, state: PartitionState) -> Definitions:
    """Keeping what the state has kept: where retention was raised, what was let go of before does not come back."""
    panes, intervals, days = (state.watermark - level.floor for level in state.aggregates.levels)
    return replace(definitions, pane_retention_ms=panes, interval_retention_ms=intervals, day_retention_ms=days)


def definitions_of(rules: Rules) -> Definitions:
    """The oracle's own copy of the rules."""
    first = rules.definitions.first
    return Definitions(
        edges_ms=rules.edges_ms,
        channels=rules.channels,
        audiences=rules.audiences,
        lines=set(rules.lines),
        short_abandon_ms=first.short_abandon_ms,
        ghost_after_ms=first.ghost_after_ms,
        promise_ms=first.promise_ms,
        promise_lost_ms=first.promise_lost_ms,
        horizon_ms=first.horizon_ms,
        edition=first.edition,
        one_place=first.one_place,
        memory_ms=first.memory_ms,
        ghost_after_of_ms=first.ghost_after_of_ms,
        while_open=first.while_open,
        letter_lost_ms=first.letter_lost_ms,
        conversations=first.conversations,
        opened=partial(_opened, rules.definitions.open_hours),
        later=[_later(terms) for terms in rules.definitions.later],
        skew_ms=rules.skew_ms,
        future_ms=rules.future_ms,
        witnesses=rules.witnesses,
        pane_retention_ms=rules.pane_retention_ms,
        interval_retention_ms=rules.interval_retention_ms,
        day_retention_ms=rules.day_retention_ms,
        timezone=rules.timezone.key,
        most_unknown=rules.most_unknown,
        sources=rules.sources,
        queue_key=None if rules.version == BY_LINE else rules.stand_ins_key,
    )
