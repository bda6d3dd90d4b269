"""From two TOML files to a checked contact centre; of what is wrong, one sentence that names the place."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.centre import Centre


class ConfigError(Exception):
    """A configuration file is missing or wrong; the message names the file, the place and the reason."""


def load(folder: Path | None = None) -> Centre:
    """Reads `queues.toml` and `targets.toml` of a folder (default: the project's own). Raises ConfigError."""
    folder = folder or Path(__file__).parent
    tables = {**_read(folder / "queues.toml"), **_with_defaults(_read(folder / "targets.toml"))}
    try:
        return Centre.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(f"{folder}: {_first_problem(error)}") from None


def _with_defaults(tables: dict[str, Any]) -> dict[str, Any]:
    """Every target with what `[alerting]` says of all."""
    alerting, targets = tables.pop("alerting", {}), tables.get("targets")
    if isinstance(alerting, dict) and isinstance(targets, list):
        tables["targets"] = [{**alerting, **target} if isinstance(target, dict) else target for target in targets]
    return tables


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    reason = problem["msg"].removeprefix("Value error, ")
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {reason}" if place else reason  # what is wrong with the whole names its place itself
