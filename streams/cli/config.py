"""`svartid config`: what is wrong with a configuration, and what a change of it would do."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from config import (
    LEAST_AHEAD_MS,
    Centre,
    Change,
    ConfigError,
    Effect,
    Problem,
    Wrong,
    absences,
    asked_for,
    changes,
    in_short,
    lapses,
    stops,
    unwatched,
)
from config import centre_of as load_texts
from config import load as load_centre
from streams.cli.answers import Checked, ConfigChange, ConfigDifference, ConfigProblem, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, centre_of, err, out, redis_of
from streams.cli.generate import made
from streams.keys import Keys
from streams.sealed import UNREADABLE
from streams.serve.configuration import left_in
from streams.serve.serving import of_the_served
from streams.settings import Settings, load

IN_WORDS: Final[Mapping[Effect, str]] = {
    Effect.NOW: "workers take it while they run",
    Effect.FROM: "workers take it while they run; it holds from its date on, and what is counted till then stays",
    Effect.START: "each worker takes it when it starts anew",
    Effect.REBUILD: "figures are made anew from the log: `svartid rebuild --from-log`, or beside those that are "
    "served; a definition may hold from a date on instead, two hours ahead or more: `[[definitions.later]]`",
}
_GENERATED_ANEW: Final = "`svartid generate` makes them anew"

config_app = typer.Typer(
    no_args_is_help=True,
    help="What is wrong with a configuration (`check`), and what a change of it would do (`diff`). "
    "Neither changes anything.\n\nEach says its exit codes: `svartid config check -h`.",
)
app.add_typer(config_app, name="config")

_Json = Annotated[bool, typer.Option("--json", help="What was found, as one line of JSON.")]


@config_app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="With queues.toml and targets.toml; else SVARTID_CONFIG's.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Names what is wrong with a configuration, each with its file and place. Asks nobody, changes nothing.

    What can only be looked at once that is right is named the next time: first what a file is, then the channels, then
    each field, then the whole. Of one that can be taken: which card is in force until when, and which is next; and,
    as a warning, from when on within 60 days there is none, or a channel has no hours; on which days a target's
    queue is not there; of which audiences nobody is told where one waits for too long, or not within a window; and
    which sources are taken down as planned, or were.

    Exit codes: 0 it can be taken; 1 something is wrong.
    """
    found, centre = _looked_at(folder or load().config)
    summary, lacking = _told_of(centre, load(folder)) if centre else ("", [])
    if as_json:
        revision = centre.revision if centre else None
        answer(Checked(revision=revision, problems=[ConfigProblem(*one) for one in found], warnings=lacking))
    elif centre:
        out.print(summary, markup=False, highlight=False, soft_wrap=True)
    for told in [] if as_json else [*map(str, found), *(f"warning: {one}" for one in lacking)]:
        err.print(told, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(EXIT_FAILED if found else 0)


@config_app.command()
def diff(
    old: Annotated[Path | None, typer.Argument(help="A folder; else the configuration that workers show by.")] = None,
    new: Annotated[Path | None, typer.Argument(help="Another; else SVARTID_CONFIG's.")] = None,
    as_json: _Json = False,
) -> None:
    """What differs between two configurations, a line each, and what it takes for it to hold.

    `diff OLD NEW` compares two folders. `diff NEW` compares what workers show by, which lies in Redis, with a folder,
    and `diff` alone with SVARTID_CONFIG's.

    **now**: workers take it while they run. **from**: likewise; it decides what an event counts, from a date on that
    lies ahead. **start**: each worker takes it when it starts anew. **rebuild**: it
    decides what an event counts, so that figures have to be made anew from the log.

    Exit codes: 0 compared; 1 no worker has left one in Redis; 2 one of them is wrong; 3 Redis cannot be reached.
    """
    if old is not None and new is None:
        old, new = None, old
    settings = load(new)
    after = centre_of(settings, new)
    before = asyncio.run(_shown_by(settings)) if old is None else centre_of(settings, old)
    found = changes(before, after, _counted_to_ms(before, settings))
    now_ms = settings.clock.now_ms()
    files = _files_changed(before.as_of(now_ms), after.as_of(now_ms), after.date_at(now_ms).year)
    if as_json:
        rows = [ConfigChange(change.place, change.before, change.after, change.effect.value) for change in found]
        revisions = before.revision, after.revision
        answer(ConfigDifference(revisions=revisions, asks_for=asked_for(found).value, changes=rows, generated=files))
        return
    _tell(found, files, before, after)


def _counted_to_ms(before: Centre, settings: Settings) -> int:
    """No event that is counted by now, or by the time that workers have taken it, is later."""
    return settings.clock.now_ms() + before.definitions.future + LEAST_AHEAD_MS


async def _shown_by(settings: Settings) -> Centre:
    """What workers show by. Raises CommandError, ConfigError."""
    async with redis_of(settings) as client:
        try:
            left = await left_in(client, Keys.of(await of_the_served(client, settings)).configuration)
        except UNREADABLE:
            left = None
    if left is None:
        told = f"no worker has left a configuration under the namespace {settings.namespace}"
        raise CommandError(f"{told}: name two folders, `svartid config diff OLD NEW`")
    try:
        return load_texts(left.texts, "what workers show by")
    except ConfigError as error:  # another build has left it
        raise CommandError(f"{error}. Name two folders, `svartid config diff OLD NEW`", EXIT_USAGE) from None


def _looked_at(folder: Path | None) -> tuple[Sequence[Problem], Centre | None]:
    """What is wrong, and the centre where nothing is."""
    try:
        return [], load_centre(folder)
    except Wrong as wrong:
        return wrong.problems, None
    except ConfigError as error:  # of a file that cannot be read at all
        return [Problem("", "", str(error))], None


def _told_of(centre: Centre, settings: Settings) -> tuple[str, list[str]]:
    """What is in force today, in a sentence, and what will be lacking."""
    now_ms = settings.clock.now_ms()
    today = centre.date_at(now_ms)
    revision = f"revision {centre.revision}" if centre.revision else "without a revision"
    queues = f"{len(centre.own_lines)} queues, {in_short(centre, today)}"
    return f"{centre.name}, {revision}: {queues}. Nothing is wrong with it", [
        *lapses(centre, today),
        *absences(centre, today),
        *unwatched(centre, today),
        *stops(centre, now_ms),
    ]


def _files_changed(before: Centre, after: Centre, year: int) -> list[str]:
    """The generated files that would not be the same, but for the revision that each of them names."""
    old, new = made(before.model_copy(update={"revision": after.revision}), year), made(after, year)
    return sorted(path for path in {*old, *new} if old.get(path) != new.get(path))


def _tell(found: Sequence[Change], files: Sequence[str], before: Centre, after: Centre) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("change", "before", "after", "takes"):
        table.add_column(heading, overflow="fold")
    for change in found:
        table.add_row(*map(_cell, change[:3]), change.effect.value)
    if found:
        out.print(table)
    for effect in Effect:
        if n := sum(change.effect is effect for change in found):
            out.print(f"{effect.value}: {n} {'changes' if n > 1 else 'change'}; {IN_WORDS[effect]}", markup=False)
    if files:
        out.print(f"{len(files)} generated files change ({_GENERATED_ANEW}): {', '.join(files)}", markup=False)
    if before.revision != after.revision:
        out.print(f"each generated file names the revision that it is made of: {_GENERATED_ANEW}", markup=False)
    if not found:
        out.print("nothing differs")
    elif after.revision <= before.revision:
        told = f"the revision is {after.revision}, and was {before.revision}: give it a higher one"
        out.print(f"{told}, so that it holds wherever both are", markup=False)


def _cell(value: str | None) -> Text:
    return Text("" if value is None else value)
