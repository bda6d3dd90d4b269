"""`svartid switch`: another state is served, and readers notice nothing."""

import asyncio
from typing import Annotated, Final

import typer

from streams.cli.answers import Switched, answer
from streams.cli.app import EXIT_FAILED, CommandError, app, err, out, redis_of, say
from streams.cli.carrying import NOTHING, Carrying, carry_over, carrying, take_out
from streams.cli.states import State, state
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
    carry: Annotated[bool, typer.Option(help="Carry over the days that only the state before has wholly.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as one line of JSON.")] = False,
) -> None:
    """Has another state **served**: one that was counted beside, by other definitions (`SVARTID_SHADOW`).

    It is one step in Redis. From the next snapshot on other services, boards and Prometheus are given its figures,
    under the same names; counters go on from where they were. `history`, `verify`, `doctor`, `backup` and all other
    commands go by it, too. The workers of the state before go on counting, so that `svartid switch main` leads back.
    What would not be live at once is refused. `svartid compare` says how both differ.

    Days that Kafka no longer had when this state began to count are **carried over** to it before that, as the other
    one counted them: `svartid history` shows them, and says of each row who counted it and by definitions of when.

    Exit codes: 0 it is served, also where it was before; 1 not agreed to, or it is not whole; 2 a setting or the name
    is wrong; 3 Redis cannot be reached.
    """
    done = asyncio.run(_switch(load(), name, yes=yes, carry=carry))
    if as_json:
        answer(done)
        return
    if done.carried:
        out.print(f"{len(done.carried)} partitions of {done.before} are carried over", highlight=False)
    if done.served == done.before:
        out.print(f"{name} is served already: nothing was done", highlight=False)
    elif done.shown:
        out.print(f"{name} is served, and {done.before} is not any more", highlight=False)
    else:
        err.print(f"{name} is to be served, and shows nothing yet: its workers' /isready say why", highlight=False)


async def _switch(settings: Settings, name: str, *, yes: bool, carry: bool) -> Switched:
    async with redis_of(settings) as client:
        to = await state(client, settings, name)
        now = await served(client, to.keys)
        if to.is_served:
            return Switched(served=name, before=name, shown=True)
        await _check(client, settings, to, now)
        of = await state(client, settings, now.state)
        what = await carrying(client, settings, of, to) if carry and of.partitions else NOTHING
        for told in (f"{to.name} is whole", *_what_becomes(of, what, carry=carry)):
            say(told)
        if not yes and not typer.confirm(f"Serve {name} from now on, instead of {now.state}?", err=True):
            raise CommandError("nothing was done", EXIT_FAILED)
        if await served(client, to.keys) != now:
            raise CommandError("another state was switched to meanwhile. Nothing was done: look again", EXIT_FAILED)
        kept = await carry_over(client, settings, of, to, what)
        try:
            to = await _check(client, settings, to, now)  # it may have taken long to say so
            await switch_to(client, to, now)
        except CommandError:
            if kept:
                await take_out(client, settings, to, kept)
            raise
        return Switched(served=name, before=now.state, shown=await _is_seen(client, to), carried=kept)


async def switch_to(client: Client, to: State, now: Served) -> None:
    """Raises CommandError where it is not served then. Where an answer got lost it is asked again, and done already."""
    found = await Switch(client, to.keys).to(to.name, now.number + 1)
    if found == NOBODY_WRITES:
        raise CommandError(f"nobody writes snapshots of {to.name} any more. Nothing was done", EXIT_FAILED)
    if found != DONE and (await served(client, to.keys)).state != to.name:
        raise CommandError("another state was switched to meanwhile. Nothing was done: look again", EXIT_FAILED)


def _what_becomes(of: State, what: Carrying, *, carry: bool) -> tuple[str, ...]:
    """Of the days that the other has, and it has not, as Kafka no longer had them when it began."""
    if not carry:
        return (f"days that {of.name} alone has stay there: `SVARTID_SHADOW={of.name} svartid history` shows them",)
    return (*what.told, "what is before that is carried over first") if what.names else what.told


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
