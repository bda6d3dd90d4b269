"""Which panel of its board an alert is best seen on. May import: config, alerts, boards."""

import json
import re
from typing import NotRequired, TypedDict

from config import Centre
from streams.generate.alerts import Alert
from streams.generate.boards import dashboards

_METRIC = re.compile(r"svartid[_:][a-z_:]+|\bup\b")
_MADE = re.compile(r"_total$|:max$|:sum$")


class Asked(TypedDict, total=False):
    """A panel's query."""

    expr: str


class Panel(TypedDict):
    """What is read of a board's panel."""

    id: int
    type: str
    targets: NotRequired[list[Asked]]


def panels_by_board(centre: Centre) -> dict[str, list[Panel]]:
    """The panels of each board (by its uid) in reading order, without the headings."""
    boards = map(json.loads, dashboards(centre).values())
    return {board["uid"]: [panel for panel in board["panels"] if panel["type"] != "row"] for board in boards}


def panel_of(alert: Alert, panels: list[Panel]) -> int:
    """The id of the panel that shows the alert's target, or else most of its figures, or else the nearest to them."""
    figures = _figures(alert.expr.partition("\nunless")[0])  # what keeps it silent is not what it is about

    def likeness(panel: Panel) -> tuple[bool, int, int]:
        asked = " ".join(target.get("expr", "") for target in panel.get("targets", []))
        shown = _figures(asked)
        return f'target="{alert.target}"' in asked, len(figures & shown), len(_kinds(figures) & _kinds(shown))

    return max(panels, key=likeness)["id"]  # of equals, the first


def _figures(expr: str) -> set[str]:
    """The metrics in an expression; a recorded one (`queue:svartid_x:max`) counts as what it is made of."""
    return {_MADE.sub("", name).replace(":", "_") for name in _METRIC.findall(expr)}


def _kinds(figures: set[str]) -> set[str]:
    """ "svartid_feed_status" -> "svartid_feed"."""
    return {"_".join(name.split("_")[:2]) for name in figures}
