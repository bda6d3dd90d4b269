"""The picture of the scorecard in the README was made by the program, of the table and the promises of today."""

import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import config
from streams.past.history_cells import Found
from streams.past.promise import promises_at
from streams.past.promise_text import limit_text
from streams.past.scorecard import kept_by
from streams.past.scorecard_table import shown
from streams.past.summed import Days

PICTURE = Path(__file__).parents[2] / "deploy" / "pictures" / "scorecard.svg"
OSLO = ZoneInfo("Europe/Oslo")
LAST = date(2025, 12, 31)


def words(text: str) -> str:
    """However a picture spaces them."""
    return "".join(text.split())


def test_it_has_each_heading_and_each_promise_of_today() -> None:
    centre = config.load()
    rows = kept_by(LAST, promises_at(centre), Days.of(Found([], frozenset()), centre.external_at, OSLO))
    title, table, _ = shown(rows, centre.name, centre.cards["2025"].label, centre.names, LAST, OSLO)
    drawn = words("".join(ET.parse(PICTURE).getroot().itertext()))
    told = [title.plain, *(str(column.header) for column in table.columns), *map(limit_text, rows)]
    assert len(told) > 20 and [text for text in told if words(text) not in drawn] == []


def test_it_fetches_nothing() -> None:
    assert "url(http" not in PICTURE.read_text(encoding="utf-8")
