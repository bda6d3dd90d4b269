"""From two TOML files to a checked contact centre; of what is wrong, a sentence each that names the place."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.centre import Centre
from config.channels import OWN, ChannelTables, completed
from config.targets import Alerting, usual

QUEUES, TARGETS = FILES = ("queues.toml", "targets.toml")
FIRST_OF_MANY: Final = "`svartid config check` names them"

Texts = Mapping[str, str]  # of the files, by their names
T = TypeVar("T", bound=BaseModel)


class ConfigError(Exception):
    """A configuration file is missing or wrong; the message names the file, the place and the reason."""


class Problem(NamedTuple):
    """One thing that is wrong: in which file, at which place in it (empty: the whole), and why."""

    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        """All of it, in a sentence."""
        return ": ".join(filter(None, self))


class Wrong(ConfigError):
    """All that is wrong with a folder."""

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        first, more = problems[0], len(problems) - 1
        told = f"{where}: " + ": ".join(filter(None, first[1:])) if first.place else f"{where}: {first.reason}"
        super().__init__(f"{told} (and {more} more: {FIRST_OF_MANY})" if more else told)
        self.problems = problems


def load(folder: Path | None = None) -> Centre:
    """Reads `queues.toml` and `targets.toml` of a folder (default: the project's own). Raises ConfigError."""
    folder = folder or OWN
    return centre_of(texts_of(folder), str(folder))


def load_channels(folder: Path | None = None) -> ChannelTables:
    """The channels and audiences of a folder (default: the project's own), and nothing else. Raises ConfigError."""
    folder = folder or OWN
    queues = completed(_parsed(folder / QUEUES, _read(folder / QUEUES)))
    return _made(ChannelTables, {name: queues[name] for name in ChannelTables.model_fields}, str(folder), queues, {})


def texts_of(folder: Path | None = None) -> Texts:
    """The files of a folder (default: the project's own), unchecked. Raises ConfigError."""
    return {name: _read((folder or OWN) / name) for name in FILES}


def digest_of(texts: Texts) -> str:
    """Another one for other texts: what two configurations are told apart by."""
    return blake2b(repr(sorted(texts.items())).encode(), digest_size=6).hexdigest()


def centre_of(texts: Texts, where: str) -> Centre:
    """The contact centre that these texts are of; `where` is what they are called. Raises ConfigError."""
    queues, targets = (_parsed(Path(where, name), texts.get(name, "")) for name in FILES)
    own = completed(queues)
    known = {name: own[name] for name in ChannelTables.model_fields}
    channels = _made(ChannelTables, known, where, own, {})
    tables = {**targets, **own}
    alerting = tables.pop("alerting", {})
    _check_alerting(where, alerting)
    try:
        return Centre.model_validate(_with_defaults(tables, alerting), context=channels)
    except ValidationError as error:
        raise Wrong(where, [*_problems(error, tables, targets)]) from None


def _made(of: type[T], tables: dict[str, Any], where: str, all_tables: dict[str, Any], targets: dict[str, Any]) -> T:
    try:
        return of.model_validate(tables)
    except ValidationError as error:
        raise Wrong(where, [*_problems(error, all_tables, targets)]) from None


def _problems(error: ValidationError, tables: dict[str, Any], targets: dict[str, Any]) -> Iterator[Problem]:
    """Each of them. What is wrong with the whole names its places itself."""
    for problem in error.errors():
        place = _place(problem["loc"], tables)
        for reason in _reason(problem).split("\n"):
            table = (place or reason).partition(".")[0].partition(":")[0]
            yield Problem(TARGETS if table in {*targets, "alerting"} else QUEUES, place, reason)


def _check_alerting(where: str, alerting: object) -> None:
    """By itself, or the first target would be blamed. What is missing there, each target has to say itself."""
    try:
        Alerting.model_validate(alerting)
    except ValidationError as error:
        found = [problem for problem in error.errors() if problem["type"] != "missing"]
        places = [".".join(map(str, ("alerting", *problem["loc"]))) for problem in found]
        if found:
            told = zip(places, map(_reason, found), strict=True)
            raise Wrong(where, [Problem(TARGETS, *one) for one in told]) from None


def _with_defaults(tables: dict[str, Any], alerting: dict[str, Any]) -> dict[str, Any]:
    """Every target with what `[alerting]` says of all, but for what is otherwise with its measure."""
    targets = tables.get("targets")
    if not isinstance(targets, list):
        return tables
    full = [
        {**alerting, **usual(target.get("measure")), **target} if isinstance(target, dict) else target
        for target in targets
    ]
    return {**tables, "targets": full}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (at byte {error.start})") from None


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        raise ConfigError(f"{file}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{file}: is nested too deeply") from None


def _place(parts: Sequence[int | str], tables: dict[str, Any]) -> str:
    """Such as "windows.main", or "targets.3 (chat-mean).within": a number alone is hard to find in a long file."""
    names = [str(part) for part in parts]
    if parts[:1] == ("targets",) and len(parts) > 1:
        target = tables["targets"][parts[1]]
        id_ = target.get("id") if isinstance(target, dict) else None
        if isinstance(id_, str) and id_.isprintable():
            names[1] += f" ({id_})"
    return ".".join(names)


def _reason(problem: ErrorDetails) -> str:
    return problem["msg"].removeprefix("Value error, ")
