"""The registry of measures: each once, each shown, and described in MEASURES.md in the same words."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

import streams
from streams.core import series
from streams.core.measure import Kind, Measure
from streams.core.measures import ANSWERED, ENTERED, FAMILIES, MEASURES, WITHOUT_WAITS, Bot, Day, Total
from streams.core.series import Series
from streams.past.history import columns
from streams.past.history_rows import Row
from streams.serve.documents import Now
from streams.serve.exposed import Path as Where
from streams.serve.exposed import counters, gauges, marked
from streams.serve.figures import fields

TEXT = Path(streams.__file__).with_name("MEASURES.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (\w+) \| (.+?) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def fields_of(measure: Measure) -> list[str]:
    """Where it is in an entry of the snapshot."""
    found = [".".join(path) for path, mark in marked(Day) if mark.measure is measure]
    return found or [f"bot.{'.'.join(path)}" for path, mark in marked(Bot) if mark.measure is measure]


def row(measure: Measure) -> tuple[str, ...]:
    exposed = f"`{measure.counter}`" if measure.series else ""
    fields = ", ".join(f"`{field}`" for field in fields_of(measure))
    return measure.name, measure.kind.value, measure.unit.value, measure.meaning, fields, exposed


class _Inner(Struct):
    n: Annotated[int, ENTERED.shown] = 0


class _Outer(Struct):
    plain: _Inner | None
    said: Annotated[_Inner, Meta(description="with words")]
    may_be: Annotated[_Inner | None, Meta(description="with words")]
    unmarked: Annotated[int, Meta(description="with words alone")] = 0
    own: Annotated[int | None, ANSWERED.shown] = None


def test_a_document_in_a_document_is_found_however_it_is_told() -> None:
    found = [(".".join(path), mark.measure) for path, mark in marked(_Outer)]
    assert found == [("plain.n", ENTERED), ("said.n", ENTERED), ("may_be.n", ENTERED), ("own", ANSWERED)]


def test_the_definitions_say_the_same() -> None:
    said = [found.groups() for found in ROW.finditer(TEXT)]
    assert said == [row(measure) for measure in MEASURES]


def test_each_is_there_once() -> None:
    names = Counter(measure.name for measure in MEASURES)
    assert names.most_common(1)[0][1] == 1
    assert {*WITHOUT_WAITS, *(m.name for f in FAMILIES for m in f.measures)} == set(names)


def test_what_is_counted_is_a_column_of_history() -> None:
    told = {measure.name for measure in MEASURES if measure.kind is not Kind.HISTOGRAM}
    assert told <= {*columns("total", (60_000,))}
    assert [name for name, _, measure in fields(Row) if measure and measure.name != name] == []


def every_series() -> Iterator[Series]:
    for value in vars(series).values():
        if isinstance(value, Series):
            yield value
        elif isinstance(value, series.TargetSeries):
            yield from value
    yield from (exposed.series for exposed in (*gauges(Now), *counters(Total)))


def test_no_two_series_have_one_name() -> None:
    found: dict[str, Series] = {}
    for one in every_series():
        assert found.setdefault(one.name, one) == one
        assert found[one.name].help == one.help
        assert one.name.startswith("svartid_"), one.name


def test_a_field_of_ms_is_exposed_in_seconds() -> None:
    for exposed in gauges(Now):
        where: Where = exposed.path
        assert where[-1].endswith("ms") is exposed.series.name.endswith("_seconds"), exposed
