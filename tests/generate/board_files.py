"""The generated boards, as plain data: panels, queries, and what variables stand for when a query is tried."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import config
from streams.generate.boards import dashboards
from streams.generate.years import from_year
from tests.cards import YEAR

FILES = dashboards(from_year(config.load(), YEAR))
BOARDS: dict[str, dict[str, Any]] = {path: json.loads(text) for path, text in FILES.items()}
# Where a panel has a range of its own, how long ago it is said to have begun.
RANGES_S = {"now/w": 3 * 86_400, "now/M": 20 * 86_400, "now/y": 200 * 86_400}
NO_UNIT = {"defaults": {"unit": ""}}  # what marks an instant is no panel


class Query(NamedTuple):
    board: str
    panel: dict[str, Any]
    target: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{self.board}: {self.panel['title']}: {self.target['refId']}"

    @property
    def expr(self) -> str:
        """The query as Grafana would send it, where svartid is scraped each second or two."""
        return self.asked(rate_interval_s=10, ranges_s=RANGES_S)

    def asked(self, *, rate_interval_s: int, ranges_s: Mapping[str, int]) -> str:
        """The query as Grafana would send it; `ranges_s` is how long ago a panel's own range began."""
        range_s = ranges_s.get(self.panel.get("timeFrom", ""), 3600)
        values = {"$__rate_interval_ms": f"{rate_interval_s}000", "$__rate_interval": f"{rate_interval_s}s"}
        values |= {"$__range_s": str(range_s), "$__range": f"{range_s}s"}
        variables = next(b["templating"]["list"] for b in BOARDS.values() if b["uid"] == self.board)
        values |= {f"${variable['name']}": variable.get("allValue", ".+") for variable in variables}
        expr: str = self.target["expr"]
        for name, value in values.items():
            expr = expr.replace(name, value)
        return expr


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All but the headings."""
    return (panel for panel in board["panels"] if panel["type"] != "row")


def queries() -> list[Query]:
    of_panels = [
        Query(board["uid"], panel, target)
        for board in BOARDS.values()
        for panel in panels(board)
        for target in panel["targets"]
    ]
    return of_panels + [
        Query(
            board["uid"],
            {"title": mark["name"], "type": "annotation", "fieldConfig": NO_UNIT},
            {"refId": "Anno", **mark},
        )
        for board in BOARDS.values()
        for mark in board["annotations"]["list"]
    ]
