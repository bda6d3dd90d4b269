"""`svartid generate`: rules, alert routes, runbooks and boards, made of the configuration."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from config import Centre
from streams.cli.answers import Generated, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, centre_of, out
from streams.settings import load

_EXTRA = ("yaml", "grafana_foundation_sdk")  # what the extra `generate` brings


@app.command()
def generate(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name what is not as it would be made.")
    ] = False,
    into: Annotated[Path, typer.Option(help="The project's root, or another folder to write to.")] = Path(),
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    year: Annotated[
        int | None, typer.Option(help="Of what is in force in it or later; this year where not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was found or done, as one line of JSON.")] = False,
) -> None:
    """Makes the rules for Prometheus and NAIS, the alert routes, the runbooks and Grafana's boards **of the targets**.

    All of it lies in `deploy/` and `grafana/`, and is made anew when the configuration changes, and when a queue that
    has dates becomes another. It lists the queues that are shown now or later. What is left over there of an earlier
    configuration is removed. It holds for all cards that are in force this year or later, so that nothing has to be
    made anew on the night when one takes over; `--check` takes what was made in an earlier year, too.

    Exit codes: 0 done, or with --check nothing differs; 1 something differs, lacks or is left over (each is named);
    2 the configuration is wrong (nothing is written), or the packages that it takes are not installed.
    """
    settings = load(config)
    now_ms = settings.clock.now_ms()
    centre = centre_of(settings, config).as_of(now_ms)
    year = year or centre.date_at(now_ms).year
    files = made(centre, year)
    from streams.generate.files import checked, write

    if check:
        files, found = checked(centre, year, into)
    else:
        found = write(files, into)
    if as_json:
        answer(Generated(files=len(files), differs=found.differs, lacks=found.lacks, left_over=found.left_over))
    else:
        _tell((found.differs, found.lacks, found.left_over), len(files), check=check)
    raise typer.Exit(EXIT_FAILED if check and found else 0)


def made(centre: Centre, year: int) -> dict[str, str]:
    """Every generated file of a year, by its path. Raises CommandError where a package is not there that it takes."""
    try:
        from streams.generate.files import all_files
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        message = f"the package {error.name} is not there: install svartid with its extra, svartid[generate]"
        raise CommandError(message, EXIT_USAGE) from None
    return all_files(centre, year)


def _tell(told: Sequence[list[str]], files: int, *, check: bool) -> None:
    words = ("differs", "lacks", "is left over") if check else ("written anew", "written", "removed")
    for word, paths in zip(words, told, strict=True):
        for path in paths:
            out.print(f"{word}: {path}", markup=False, highlight=False)
    changed = sum(map(len, told))
    out.print(f"{files} files, {changed or 'none'} {'not as they would be made' if check else 'changed'}")
