"""From two TOML files to a checked contact centre; of what is wrong, one sentence that names the place."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.centre import Centre
from config.channels import OWN, ChannelTables, completed
from config.targets import Alerting


class ConfigError(Exception):
    """A configuration file is missing or wrong; the message names the file, the place and the reason."""


def load(folder: Path | None = None) -> Centre:
    """Reads `queues.toml` and `targets.toml` of a folder (default: the project's own). Raises ConfigError."""
    folder = folder or OWN
    queues = completed(_read(folder / "queues.toml"))
    channels = _channel_tables(folder, queues)
    tables = {**_read(folder / "targets.toml"), **queues}
    alerting = tables.pop("alerting", {})
    _check_alerting(folder, alerting)
    try:
        return Centre.model_validate(_with_defaults(tables, alerting), context=channels)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ConfigError(f"{folder}: {_in_words(problem, _place(problem['loc'], tables))}") from None


def load_channels(folder: Path | None = None) -> ChannelTables:
    """The channels and audiences of a folder (default: the project's own), and nothing else. Raises ConfigError."""
    folder = folder or OWN
    return _channel_tables(folder, completed(_read(folder / "queues.toml")))


def _channel_tables(folder: Path, queues: dict[str, object]) -> ChannelTables:
    try:
        return ChannelTables.model_validate({name: queues[name] for name in ChannelTables.model_fields})
    except ValidationError as error:
        problem = error.errors()[0]
        raise ConfigError(f"{folder}: {_in_words(problem, _place(problem['loc'], queues))}") from None


def _check_alerting(folder: Path, alerting: object) -> None:
    """By itself, or the first target would be blamed. What is missing there, each target has to say itself."""
    try:
        Alerting.model_validate(alerting)
    except ValidationError as error:
        for problem in error.errors():
            if problem["type"] != "missing":
                place = ".".join(map(str, ("alerting", *problem["loc"])))
                raise ConfigError(f"{folder}: {_in_words(problem, place)}") from None


def _with_defaults(tables: dict[str, Any], alerting: dict[str, Any]) -> dict[str, Any]:
    """Every target with what `[alerting]` says of all."""
    targets = tables.get("targets")
    if not isinstance(targets, list):
        return tables
    full = [{**alerting, **target} if isinstance(target, dict) else target for target in targets]
    return {**tables, "targets": full}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (at byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None


def _place(parts: Sequence[int | str], tables: dict[str, Any]) -> str:
    """Such as "windows.main", or "targets.3 (chat-mean).within": a number alone is hard to find in a long file."""
    names = [str(part) for part in parts]
    if parts[:1] == ("targets",) and len(parts) > 1:
        target = tables["targets"][parts[1]]
        id_ = target.get("id") if isinstance(target, dict) else None
        if isinstance(id_, str) and id_.isprintable():
            names[1] += f" ({id_})"
    return ".".join(names)


def _in_words(problem: ErrorDetails, place: str) -> str:
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {reason}" if place else reason  # what is wrong with the whole names its place itself
