"""What `svartid doctor` says of what was generated: files in a folder, and the rules that a Prometheus has loaded.

May import: aiohttp, msgspec, the core's series, generate's marks and names of rules.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from streams.core import series
from streams.generate.marks import revisions
from streams.generate.recording_rules import REVISION
from streams.generate.state_alerts import REVISIONS_DIFFER

if TYPE_CHECKING:
    import aiohttp

Found = tuple[str, Literal["ok", "warning", "unknown"], str, str]  # as `Finding` has them
T = TypeVar("T")

_WITHIN_S: Final = 5.0
_NUMBER: Final = re.compile(
    r"(?:vector\(|!= )([\d.e+]+)"
)  # what such a rule says its revision by: a float, to Prometheus
_BY_WORKER: Final = f"max by (instance) ({series.CONFIG_REVISION})"
_LOAD: Final = "`svartid generate{into}`, then load its files into Prometheus and Grafana"
_FILES, _RULES, _WORKERS = "generated files", "rules in Prometheus", "workers, by Prometheus"


class _Rule(Struct):
    name: str
    query: str


class _Group(Struct):
    rules: list[_Rule]


class _Groups(Struct):
    groups: list[_Group]


class _Sample(Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Samples(Struct):
    result: list[_Sample]


class _Answer(Struct, Generic[T]):
    """What Prometheus' API answers with."""

    data: T


def files(folder: Path, here: int) -> Iterator[Found]:
    """Of which revision those in a folder are, and whether that is the one `here`. Nothing where there are none."""
    found = revisions(folder)
    others = {path: revision for path, revision in found.items() if revision != here}
    if others:
        told = f"{len(others)} of {len(found)} are of another: {_first(others)}; the configuration is {_of(here)}"
        yield _FILES, "warning", told, _LOAD.format(into=f" --into {folder}" if folder != Path() else "")
    elif found:
        yield _FILES, "ok", f"{len(found)}, {_of(here)}, as the configuration", ""


async def loaded(url: str, here: int) -> list[Found]:
    """Of which revision the rules are that a Prometheus evaluates, and what the workers show by that it scrapes."""
    import aiohttp  # most installations ask none, and it takes a while

    address = urlsplit(url).netloc.rpartition("@")[2]
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_WITHIN_S)) as session:
            groups = await _asked(session, f"{url}/api/v1/rules", _Answer[_Groups])
            samples = await _asked(session, f"{url}/api/v1/query", _Answer[_Samples], query=_BY_WORKER)
    except (aiohttp.ClientError, TimeoutError, OSError, msgspec.MsgspecError) as error:
        todo = "set SVARTID_PROMETHEUS_URL to the address of the Prometheus that scrapes svartid, or unset it"
        return [(_RULES, "unknown", f"{address} does not say ({type(error).__name__})", todo)]
    workers = {one.metric.get("instance", ""): int(float(one.value[1])) for one in samples.data.result}
    rules = [rule for group in groups.data.groups for rule in group.rules]
    return [_of_rules(rules, max(workers.values(), default=here)), _of_workers(workers)]


async def _asked(session: "aiohttp.ClientSession", url: str, kind: type[_Answer[T]], **given: str) -> _Answer[T]:
    async with session.get(url, params=given, raise_for_status=True) as answer:
        return msgspec.json.decode(await answer.read(), type=kind)


def _of_rules(rules: list[_Rule], shown_by: int) -> Found:
    """Records and alerts are files of their own, and each names its revision."""
    numbers = {rule.name: _NUMBER.search(rule.query) for rule in rules if rule.name in (REVISION, REVISIONS_DIFFER)}
    named = {name: int(float(number[1])) for name, number in numbers.items() if number}
    if REVISION not in named:
        return _RULES, "warning", "none that name a revision", "load deploy/prometheus/records.yaml into it"
    if set(named.values()) == {shown_by}:
        return _RULES, "ok", f"{_of(shown_by)}, as the workers", ""
    what = {REVISION: "records", REVISIONS_DIFFER: "alerts"}
    told = ", ".join(f"{what[name]} are {_of(revision)}" for name, revision in named.items())
    newer = max(named.values()) > shown_by
    todo = "give the workers the configuration that the rules are made of" if newer else _LOAD.format(into="")
    return _RULES, "warning", f"{told}; the workers are {_of(shown_by)}", todo


def _of_workers(workers: Mapping[str, int]) -> Found:
    if not workers:
        return _WORKERS, "warning", "it scrapes none", "have its job svartid scrape /metrics of each worker"
    if len(set(workers.values())) == 1:
        return _WORKERS, "ok", f"{len(workers)}, {_of(next(iter(workers.values())))}", ""
    todo = "each takes the highest that it can: the log of those that are behind says why they do not"
    return _WORKERS, "warning", f"they show by several: {_first(workers)}", todo


def _of(revision: int) -> str:
    return f"of revision {revision}" if revision else "without a revision"


def _first(of: Mapping[str, int]) -> str:
    """The first three of them: "a of revision 1, b of revision 2 …"."""
    told = [f"{name} {_of(revision)}" for name, revision in sorted(of.items())]
    return ", ".join(told[:3]) + (" …" if told[3:] else "")
