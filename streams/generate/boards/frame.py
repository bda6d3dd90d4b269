"""The frame of every board: panels with ids, places, a datasource variable and "ingen data"; links between boards.

May import: the SDK, config, board_names, marks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from config import Centre
from streams.core import series
from streams.generate.board_names import TITLES
from streams.generate.boards.words import DEFINITIONS_CHANGED, NO_DATA, PURPLE
from streams.generate.marks import tags_of

WIDTH = 24
DATASOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
_KEPT = "${datasource:queryparam}"

WAIT, SHARE, COUNT = "dthms", "percentunit", "none"  # Grafana's units: 00:06:04, 82 %, 12
TIME_OF_DAY = "dateTimeAsLocalNoDateIfToday"  # of epoch ms


def now(expr: str, ref: str = "A", legend: str = "") -> prometheus.Dataquery:
    """A query of one instant."""
    return _query(expr, ref, legend).instant()


def rows(expr: str, ref: str = "A") -> prometheus.Dataquery:
    """A query of one instant, as a table's rows."""
    return now(expr, ref).format(PromQueryFormat.TABLE)


def over_time(expr: str, legend: str = "", ref: str = "A") -> prometheus.Dataquery:
    """A query over the board's range."""
    return _query(expr, ref, legend).range()


def _query(expr: str, ref: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).ref_id(ref).legend_format(legend).datasource(DATASOURCE)


def link_to(uid: str, title: str | None = None, **variables: str) -> builders.DashboardLink:
    """A link to another board, which keeps the datasource."""
    query = "&".join([_KEPT, *(f"var-{name}={value}" for name, value in variables.items())])
    return builders.DashboardLink(title or TITLES[uid]).url(f"/d/{uid}?{query}").target_blank(False)


def _runbooks(centre: Centre) -> builders.DashboardLink:
    """A link to what to do about each alert."""
    return builders.DashboardLink("Hva gjør jeg?").url(centre.alerts.runbook_url).target_blank(True)


def _definitions_changed() -> builders.AnnotationQuery:
    """A mark in every graph at the instant from which on figures are by other definitions than before."""
    return (
        builders.AnnotationQuery()
        .name(DEFINITIONS_CHANGED)
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color(PURPLE)
        .expr(f"max({series.DEFINITIONS_SINCE}) * 1000")  # what it is put at: epoch ms
        .use_value_for_time(True)
        .step("60s")
        .title_format(DEFINITIONS_CHANGED)
        .text_format("Tallene før og etter er talt etter ulike definisjoner og kan ikke sammenlignes.")
    )


def properties(**values: object) -> list[model.DynamicConfigValue]:
    """An override's properties; `custom_width` is `custom.width`."""
    return [
        model.DynamicConfigValue(id_val=name.replace("custom_", "custom."), value=value)
        for name, value in values.items()
    ]


class Board:
    """One board; panels flow from left to right and get ids in order."""

    def __init__(self, centre: Centre, uid: str, description: str, *, span: str, refresh: str) -> None:
        self._panels: list[model.Panel | model.RowPanel] = []
        self._x = self._y = self._height = 0
        self._left, self._right = 0, WIDTH
        self.made = (
            builders.Dashboard(TITLES[uid])
            .uid(uid)
            .description(description)
            .tags(["svartid", *tags_of(centre.revision)])
            .timezone(centre.timezone)
            .week_start("monday")
            .time(span, "now")
            .refresh(refresh)
            .timepicker(builders.TimePicker().refresh_intervals(["5s", "10s", "30s", "1m", "5m", "15m"]))
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .readonly()
            .links([*(link_to(other) for other in TITLES if other != uid), _runbooks(centre)])
            .annotation(_definitions_changed())
            .with_variable(builders.DatasourceVariable("datasource").label("Datakilde").type("prometheus"))
        )

    def row(self, title: str) -> None:
        """A heading over the panels that follow."""
        self._new_line()
        self._place(model.RowPanel(title=title, datasource=DATASOURCE), WIDTH, 1)
        self._new_line()

    def beside(self, *columns: Callable[[], None]) -> None:
        """Columns of equal width; what each of them adds flows within it as over the whole board."""
        self._new_line()
        top, lowest, width = self._y, self._y, WIDTH // len(columns)
        for n, fill in enumerate(columns):
            self._left, self._right = n * width, (n + 1) * width
            self._x, self._y = self._left, top
            fill()
            self._new_line()
            lowest = max(lowest, self._y)
        self._left, self._right, self._x, self._y = 0, WIDTH, 0, lowest

    def add(
        self,
        builder: Builder[model.Panel],
        title: str,
        description: str,
        unit: str,
        queries: Sequence[prometheus.Dataquery],
        size: tuple[int, int],
        links: Iterable[builders.DashboardLink] = (),
    ) -> None:
        """Adds a panel, `size` its width (of 24) and height."""
        panel = builder.build()
        panel.title, panel.description, panel.datasource = title, description, DATASOURCE
        panel.targets = [query.build() for query in queries]
        panel.links = [link.build() for link in links] or None
        panel.field_config = panel.field_config or model.FieldConfigSource()
        panel.field_config.defaults.unit = unit
        panel.field_config.defaults.no_value = NO_DATA
        self._place(panel, *size)

    def built(self) -> model.Dashboard:
        """The SDK's model of the board."""
        board = self.made.build()
        board.panels = sorted(self._panels, key=_place_of)
        return board

    def _place(self, panel: model.Panel | model.RowPanel, width: int, height: int) -> None:
        if self._x + width > self._right:
            self._new_line()
        panel.id_val = len(self._panels) + 1
        panel.grid_pos = model.GridPos(h=height, w=width, x=self._x, y=self._y)
        self._panels.append(panel)
        self._x, self._height = self._x + width, max(self._height, height)

    def _new_line(self) -> None:
        self._x, self._y, self._height = self._left, self._y + self._height, 0


def _place_of(panel: model.Panel | model.RowPanel) -> tuple[int, int]:
    """From the top, and from the left."""
    at = panel.grid_pos or model.GridPos()
    return at.y, at.x


Json = dict[str, "Json"] | list["Json"] | str | float | bool | None
_LACKING: dict[str, set[str]] = {  # by where it is; anywhere else it is the `placement` of a link
    "legend": set(),
    "options": {"footer"},  # of a table
    "list": {"auto", "auto_min", "auto_count"},  # of a variable that is no interval
}


def without_what_grafana_lacks(value: Json, within: str = "") -> Json:
    """The same without what the SDK writes and Grafana's own types do not know."""
    if isinstance(value, dict):
        lacking = _LACKING.get(within, {"placement"})
        return {name: without_what_grafana_lacks(inner, name) for name, inner in value.items() if name not in lacking}
    return [without_what_grafana_lacks(inner, within) for inner in value] if isinstance(value, list) else value


def single_choice(name: str, label: str, values: Mapping[str, str]) -> builders.CustomVariable:
    """A variable that is one of some values, each under the name that people know it by."""
    options = [
        model.VariableOption(selected=n == 0, text=text, value=value) for n, (value, text) in enumerate(values.items())
    ]
    # In Grafana's own form a comma parts two choices.
    asked = ", ".join(f"{text.replace(',', ' –')} : {value}" for value, text in values.items())
    made = builders.CustomVariable(name).label(label).values(asked).options(options)
    return made.current(options[0]) if options else made


def choice(name: str, label: str, query: str) -> builders.QueryVariable:
    """A variable whose values Prometheus knows; "Alle" is all of them."""
    every = model.VariableOption(selected=True, text="Alle", value="$__all")
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": f"var-{name}", "qryType": 1})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(every)
    )
