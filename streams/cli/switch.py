"""`svartid switch`: another state is served, and readers notice nothing."""

import asyncio
from typing import Annotated, Final

import typer

from streams.cli.answers import Switched, answer
from streams.cli.app import EXIT_FAILED, CommandError, app, err, out, redis_of, say
from streams.cli.states import State, first_day, state
from streams.redis_client import Client
from streams.sealed import Spoiled
from streams.serve.follower import read_snapshot
from streams.serve.serving import DONE, NOBODY_WRITES, Served, Switch, served
from streams.settings import Settings, load

_SEEN_WITHIN_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.05


@app.command()
def switch(
    name: Annotated[str, typer.Argument(help="The state to serve: what SVARTID_SHADOW calls it, or main.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as one line of JSON.")] = False,
) -> None:
    """Has another state **served**: one that was counted beside, by other definitions (`SVARTID_SHADOW`).

    It is one step in Redis. From the next snapshot on other services, boards and Prometheus are given its figures,
    under the same names; counters go on from where they were. `history`, `verify`, `doctor`, `backup` and all other
    commands go by it, too. The workers of the state before go on counting, so that `svartid switch main` leads back.
    What would not be live at once is refused. `svartid compare` says how both differ.

    Exit codes: 0 it is served, also where it was before; 1 not agreed to, or it is not whole; 2 a setting or the name
    is wrong; 3 Redis cannot be reached.
    """
    done = asyncio.run(_switch(load(), name, yes=yes))
    if as_json:
        answer(done)
        return
    if done.served == done.before:
        out.print(f"{name} is served already: nothing was done", highlight=False)
    elif done.shown:
        out.print(f"{name} is served, and {done.before} is not any more", highlight=False)
    else:
        err.print(f"{name} is to be served, and shows nothing yet: its workers' /isready say why", highlight=False)


async def _switch(settings: Settings, name: str, *, yes: bool) -> Switched:
    async with redis_of(settings) as client:
        to = await state(client, settings, name)
        now = await served(client, to.keys)
        if to.is_served:
            return Switched(served=name, before=name, shown=True)
        await _check(client, settings, to, now)
        for told in await _what_changes(client, settings, to, await state(client, settings, now.state)):
            say(told)
        if not yes and not typer.confirm(f"Serve {name} from now on, instead of {now.state}?", err=True):
            raise CommandError("nothing was done", EXIT_FAILED)
        to = await _check(client, settings, to, now)  # it may have taken long to say so
        found = await Switch(client, to.keys).to(name, now.number + 1)
        if found == NOBODY_WRITES:
            raise CommandError(f"nobody writes snapshots of {name} any more. Nothing was done", EXIT_FAILED)
        if found != DONE:
            raise CommandError("another state was switched to meanwhile. Nothing was done: look again", EXIT_FAILED)
        return Switched(served=name, before=now.state, shown=await _is_seen(client, to))


async def _what_changes(client: Client, settings: Settings, to: State, of: State) -> list[str]:
    """What the other does not have: its days are those that Kafka had when it began."""
    first, before = [await first_day(client, one, settings) for one in (to, of)]
    lines = [f"{to.name} is whole"]
    if before and (not first or before < first):
        days = f"{of.name} has days from {before} on, {to.name} none before {first or 'today'}"
        lines.append(f"{days}: they stay where they are, and `SVARTID_SHADOW={of.name} svartid history` shows them")
    return lines


async def _check(client: Client, settings: Settings, to: State, now: Served) -> State:
    """It, looked at again. Raises CommandError where it cannot be served as well as what is."""
    to = await state(client, settings, to.name)
    if why := to.why_not_instead(await state(client, settings, now.state)):
        raise CommandError(f"{why}. Nothing was done: {now.state} is served", EXIT_FAILED)
    return to


async def _is_seen(client: Client, to: State) -> bool:
    """Whether a snapshot of it is there in time: since the switch nobody else can have written one."""
    after_ms, deadline = (await served(client, to.keys)).after_ms, asyncio.get_running_loop().time() + _SEEN_WITHIN_S
    while asyncio.get_running_loop().time() < deadline:
        try:
            document = await read_snapshot(client, to.keys)
        except Spoiled:
            document = None
        if document is not None and document.as_of_ms > after_ms:
            return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False
