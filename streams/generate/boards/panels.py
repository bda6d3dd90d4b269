"""The kinds of panel the boards are made of: a number, a table, lines, bars, a heat map. May import: the SDK."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heat

from streams.generate.boards.frame import properties
from streams.generate.boards.words import BLUE, GREY, ORANGE, PURPLE, SKY, VERMILION

LINES = (BLUE, ORANGE, SKY, VERMILION, PURPLE, GREY)
DASHES: tuple[list[float] | None, ...] = (None, [10, 5], [2, 4], [20, 5], [10, 5, 2, 5], [4, 8])


def number(mappings: Sequence[model.ValueMap | model.RangeMap] = (), *, coloured: bool = False) -> stat.Panel:
    """The latest value, large; coloured by its mapping, which then says the same in a word and a shape."""
    return (
        stat.Panel()
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .color_mode(kinds.BigValueColorMode.BACKGROUND_SOLID if coloured else kinds.BigValueColorMode.NONE)
        .text_mode(kinds.BigValueTextMode.AUTO)
        .justify_mode(kinds.BigValueJustifyMode.CENTER)
        .mappings(list(mappings))
        .thresholds(_plain(GREY))
        .color_scheme(builders.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )


def lines(*names: str, shown: Mapping[str, str] | None = None) -> timeseries.Panel:
    """Lines over time; those named get a colour and a dash of their own, so that colour is not all there is."""
    panel = (
        timeseries.Panel()
        .line_width(2)
        .fill_opacity(0)
        .span_nulls(False)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING))
        .color_scheme(builders.FieldColor().mode(model.FieldColorModeId.CONTINUOUS_BLUES))
    )
    for index, name in enumerate(names):
        dash = DASHES[index % len(DASHES)]
        style = {"fill": "solid"} if dash is None else {"fill": "dash", "dash": dash}
        colour = {"mode": "fixed", "fixedColor": LINES[index % len(LINES)]}
        panel = panel.override_by_name(name, properties(color=colour, custom_lineStyle=style))
    for series, name in (shown or {}).items():
        panel = panel.override_by_name(series, properties(displayName=name))
    return panel


def states(mappings: Sequence[model.ValueMap], shown: Mapping[str, str] | None = None) -> statetimeline.Panel:
    """What state something was in, over time, with the words written on the bands."""
    panel = (
        statetimeline.Panel()
        .mappings(list(mappings))
        .show_value(kinds.VisibilityMode.AUTO)
        .merge_values(True)
        .row_height(0.9)
        .fill_opacity(80)
        .thresholds(_plain(GREY))
        .legend(
            common.VizLegendOptions()
            .show_legend(False)
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
        )
        .color_scheme(builders.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )
    for series, name in (shown or {}).items():
        panel = panel.override_by_name(series, properties(displayName=name))
    return panel


def bars(names: Mapping[str, str] | None = None) -> bargauge.Panel:
    """A bar for each series, its number written beside it; `names` are the series' names as people say them."""
    panel = (
        bargauge.Panel()
        .orientation(kinds.VizOrientation.HORIZONTAL)
        .display_mode(kinds.BarGaugeDisplayMode.BASIC)
        .value_mode(kinds.BarGaugeValueMode.TEXT)
        .show_unfilled(True)
        .min(0)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
        .thresholds(_plain(BLUE))
        .color_scheme(builders.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )
    for series, name in (names or {}).items():
        panel = panel.override_by_name(series, properties(displayName=name))
    return panel


def heat_map(y_unit: str) -> heatmap.Panel:
    """A histogram's buckets over time, dark for many."""
    return (
        heatmap.Panel()
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Blues").steps(32))
        .cell_gap(1)
        .exemplars_color(ORANGE)
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(y_unit))
        .cell_values(heatmap.CellValues().unit("none"))
        .show_value(kinds.VisibilityMode.NEVER)
    )


def listing(
    columns: Mapping[str, str],
    overrides: Mapping[str, Mapping[str, object]],
    hidden: Sequence[str],
    sorted_by: str | None = None,
) -> table.Panel:
    """A table merged of several queries. `columns`: the field -> its heading, in order; `sorted_by` one that may be
    hidden, else rows are in whatever order they come.
    """
    panel = (
        table.Panel()
        .cell_height(kinds.TableCellHeight.SM)
        .show_header(True)
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    )
    if sorted_by is not None:
        by = {"fields": {}, "sort": [{"field": sorted_by}]}
        panel = panel.with_transformation(model.DataTransformerConfig(id_val="sortBy", options=by))
    panel = (
        panel.with_transformation(
            model.DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": dict.fromkeys(["Time", *hidden], True),
                    "indexByName": {name: index for index, name in enumerate(columns)},
                    "renameByName": dict(columns),
                },
            )
        )
        .cell_options(kinds.TableAutoCellOptions())
        .thresholds(_plain(GREY))
        .color_scheme(builders.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )
    for heading, values in overrides.items():
        panel = panel.override_by_name(heading, properties(**values))
    return panel


FILLED = {"type": "color-background", "mode": "basic"}  # a table's cell, coloured by its mapping


def _plain(colour: str) -> builders.ThresholdsConfig:
    steps = [model.Threshold(value=None, color=colour)]
    return builders.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
