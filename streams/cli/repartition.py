"""`svartid repartition`: accepts that a topic has more partitions, when no contact can be split by it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.answering import answering
from streams.cli.answers import Repartition, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, err, out, rules_of
from streams.cli.standing import Installation, Standing, installed
from streams.core.facts import Journey, ends_of, entries_of
from streams.core.memory import over_at
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.log import LogReplaced
from streams.ingest.starting import Starting
from streams.partition_names import number_of
from streams.serve.early import joined, of_now
from streams.settings import Settings, load


@dataclass
class Found:
    """What was looked at, and what stands in the way."""

    counted: dict[str, int]  # by topic: partitions when it was first counted, and now
    now: dict[str, int]
    unread: list[str]  # partitions with events that are not counted
    early: list[str]  # new partitions that have events already
    anew: list[str]  # topics that are not those that were counted, in a sentence each
    under_way: int = 0  # journeys that may get more events, of the topics that have changed, else of all
    over_by_ms: int = 0  # when the last of them is over at the latest, if nothing more comes

    @property
    def changed(self) -> dict[str, int]:
        """The topics that have more partitions than were counted."""
        return _grown(self.counted, self.now)


def _grown(counted: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    return {topic: n for topic, n in now.items() if n > counted.get(topic, n)}


@app.command()
def repartition(
    split: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Accept that the contacts under way, exactly so many, may count as two."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was found, as one line of JSON.")] = False,
) -> None:
    """Says whether partitions may be added to the topics now, and **accepts** those that were.

    A key may lie on another partition afterwards, so nothing may be under way: every event counted, no contact open.
    How it is done, step by step, is in deploy/OPERATIONS.md. Workers leave the topic alone until it
    is accepted. A topic that was made anew is named, and never accepted: there `svartid rebuild --from-log` helps.

    Exit codes: 0 accepted, or nothing is in the way; 1 something is in the way, as damaged figures in Redis are, and
    nothing was changed; 2 a setting is wrong; 3 Kafka or Redis cannot be reached.
    """
    settings = load(config)
    rules = rules_of(settings, config)
    found, obstacles = asyncio.run(_repartition(settings, rules, split))
    if as_json:
        answer(
            Repartition(
                counted=found.counted,
                now=found.now,
                under_way=found.under_way,
                obstacles=obstacles,
                accepted={} if obstacles else found.changed,
            )
        )
    else:
        _tell(found, obstacles)
    raise typer.Exit(EXIT_FAILED if obstacles else 0)


def _tell(found: Found, obstacles: list[str]) -> None:
    for obstacle in obstacles:
        err.print(f"in the way: {obstacle}", markup=False, highlight=False)
    if obstacles:
        return
    for topic, n in found.changed.items():
        out.print(f"accepted: {topic} has {n} partitions, {found.counted[topic]} before", highlight=False)
    if not found.changed:
        out.print("Nothing is in the way: partitions may be added now, before anything more is sent.")


async def _repartition(settings: Settings, rules: Rules, split: int | None) -> tuple[Found, list[str]]:
    async with installed(settings, rules) as installation, answering(settings):
        found = await _look(installation, rules)
        if not found.anew and split not in (None, found.under_way):
            raise CommandError(f"--split {split}, but there are {found.under_way} contacts under way", EXIT_USAGE)
        obstacles = list(_obstacles(found, is_accepted=split is not None))
        if not obstacles:
            await installation.store.set_counts(found.changed)
    return found, obstacles


async def _look(installation: Installation, rules: Rules) -> Found:
    standings = await installation.standings()
    counted, now_ms = await installation.store.known_counts(), installation.settings.clock.now_ms()
    if damage := next((one.place.damage for one in standings if one.place and one.place.damage), None):
        raise damage
    now = await installation.counts()
    if anew := await _anew(installation, standings):
        return Found(counted, now, [], [], anew)
    concerned = _grown(counted, now) or now
    old = [one for one in standings if one.topic in concerned and _number(one) < counted.get(one.topic, 0)]
    new = [one for one in standings if one.topic in counted and _number(one) >= counted[one.topic]]
    unread = await _unread(installation, old)
    hidden = await installation.log.hidden([one.name for one in new])
    early = [one.name for one in new if one.end > 0 or one.name in hidden]
    found, definitions = Found(counted, now, unread, early, anew), rules.definitions
    for one in old:
        state, _ = await installation.store.load(one.name)
        for journey in _under_way(state, rules, now_ms):
            found.under_way += 1
            found.over_by_ms = max(found.over_by_ms, definitions.leaves(over_at(journey, definitions)))
    return found


async def _anew(installation: Installation, standings: list[Standing]) -> list[str]:
    """The topics whose log is not the one that was counted: no worker would read on there, whatever is accepted."""
    starting, found = Starting(installation.store, installation.log, installation.checkpoints), []
    for topic in sorted({one.topic for one in standings}):
        try:
            await starting.check_places({one.name: one.place for one in standings if one.topic == topic and one.place})
        except LogReplaced as replaced:
            found.append(str(replaced))
    return found


def _number(one: Standing) -> int:
    return number_of(one.name)


async def _unread(installation: Installation, standings: list[Standing]) -> list[str]:
    """Those with a record that is not counted, also where an open transaction hides it; markers at the end of a log
    are none.
    """
    missing = [one.name for one in standings if one.place is None and one.end > one.start]
    places = {one.name: one.place.offset for one in standings if one.place is not None}
    ahead = await installation.log.tails_at(places, patience_s=0)
    hidden = await installation.log.hidden([one.name for one in standings])
    unread = [name for name in places if name in hidden or name not in ahead or ahead[name]]
    return [*missing, *unread, *(name for name in hidden if name not in places and name not in missing)]


def _under_way(state: PartitionState, rules: Rules, now_ms: int) -> Iterator[Journey]:
    """Journeys with something open; and those whose end was not told, and to which something may still be added."""
    early = {key: journey for key, (_, journey) in joined(state, of_now(state, now_ms)).items()}
    for key, journey in (state.journeys | early).items():
        entries = [entry for visit in journey.visits for entry in entries_of(visit)]
        is_ended = all(any(end >= at for end in ends_of(journey, contact)) for at, _, contact in entries)
        if key in state.open or not (is_ended or now_ms >= over_at(journey, rules.definitions)):
            yield journey


def _obstacles(found: Found, *, is_accepted: bool) -> Iterator[str]:
    yield from found.anew
    for topic, n in found.now.items():
        if not found.anew and n < found.counted.get(topic, n):
            yield (
                f"{topic} has {n} partitions, {found.counted[topic]} before: the topic was made anew. "
                "`svartid rebuild --from-log` lets the old figures go"
            )
    unread = ", ".join(found.unread)
    if unread and not found.changed:
        yield f"there are events that are not counted in {unread}: stop what sends, and let a worker read them"
    elif unread and not is_accepted:  # a worker cannot read them any more
        yield (
            f"partitions were added while there were events that are not counted in {unread}: contacts that were under "
            f"way then may count as two, and nobody can tell how many. To accept that: --split {found.under_way}"
        )
    if found.under_way and not is_accepted:
        by = datetime.fromtimestamp(found.over_by_ms / 1000, UTC).isoformat(timespec="minutes")
        yield (
            f"{found.under_way} contacts are under way. Where their next event comes to another partition, each counts "
            f"as two. If nothing more comes, the last is over by {by}. To accept that: --split {found.under_way}"
        )
    if found.early and not is_accepted:
        early = ", ".join(found.early)
        yield (
            f"{early}, added since, have events already: contacts that were under way then count as two, and nobody "
            f"can tell how many. To accept that: --split {found.under_way}"
        )
