"""How the scorecard's boards round: asked of Prometheus' own arithmetic."""

from pathlib import Path

import pytest

from streams.core import series
from streams.generate.boards.scorecard import KINDS, Row, likely, rounded, used
from tests.generate.test_new_year import promtool

pytestmark = pytest.mark.slow

SHARES = next(kind for kind in KINDS if kind.series is series.PROMISES_OF_SHARES)
WAITS = next(kind for kind in KINDS if kind.series is series.PROMISES_OF_WAITS)


def share(value: float, *, is_asked: bool = False, **given: object) -> tuple[str, float]:
    """A query of one promise, and what is known of it."""
    own = {"it": Row(SHARES.series, "it", **given)}  # type: ignore[arg-type]
    return rounded("told", SHARES, own, is_asked=is_asked), value


def wait(value: float, *, is_asked: bool = False) -> tuple[str, float]:
    return rounded("told", WAITS, {"it": Row(WAITS.series, "it")}, is_asked=is_asked), value


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (share(0.84999, is_least=True), 0.849),
        (share(0.85, is_least=True), 0.85),
        (share(0.30001), 0.301),
        (share(0.3), 0.3),
        (share(0.02501, decimals=2), 0.0251),
        (share(0.84999, is_least=True, is_asked=True), 0.85),
        (share(0.30099, is_asked=True), 0.3),
        (share(0.64996, about=0.68), 0.649),
        (share(0.71004, about=0.68), 0.711),
        (share(0.68, about=0.68), 0.68),
        (wait(420.001), 421),
        (wait(420), 420),
        (wait(419.9, is_asked=True), 419),
        ((used("told"), 1.0001), 1.01),
        ((used("told"), 1.0), 1),
        ((likely("told"), 0.9999), 0.95),
        ((likely("told"), 0.0), 0.05),
        ((likely("told"), 0.62), 0.6),
    ],
)
def test_what_was_missed_by_a_hair_never_looks_kept(asked: tuple[str, float], shown: float, tmp_path: Path) -> None:
    expr, value = asked
    test = {
        "interval": "1m",
        "input_series": [{"series": 'told{target="it"}', "values": f"{value}x5"}],
        "promql_expr_test": [
            {
                "expr": f"round(1e6 * ({expr}))",  # it compares to the last bit
                "eval_time": "3m",
                "exp_samples": [{"labels": '{target="it"}', "value": round(1e6 * shown)}],
            }
        ],
    }
    promtool(tmp_path, [], test)
