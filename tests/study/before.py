"""The alerts as they were before samples, holds and severities were chosen by this study, to be held against the same
days: each breach woke somebody, a wait beyond the limit did so after a minute, and so did whoever the source did not
count. May import: generate, the study.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from streams.core import series
from streams.generate.alert import MINUTE_MS, Alert
from streams.generate.target_alerts import BREACH, GRAVE_BREACH
from streams.generate.wait_alerts import LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, is_said
from tests.study.evaluation import Fired

_OF_WAITS = (LONGEST_WAIT, LONGEST_WAIT_DISPUTED)


def waits_before(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that have to be asked for anew."""
    made = {
        LONGEST_WAIT: is_said(series.LONGEST_WAIT_BEYOND),
        LONGEST_WAIT_DISPUTED: is_said(series.DISPUTED_WAIT_BEYOND),
    }
    return [
        replace(one, expr=made[one.name], hold_ms=MINUTE_MS, clear_ms=2 * MINUTE_MS)
        for one in alerts
        if one.name in made
    ]


def before(fired: Iterable[Fired], waits: Sequence[Fired]) -> list[Fired]:
    """All that fires, as it would have then."""
    same = (one for one in fired if one.alert.name not in (GRAVE_BREACH, WAIT_BEYOND_LIMIT, *_OF_WAITS))
    return [*(_as_critical(one) if one.alert.name == BREACH else one for one in same), *waits]


def _as_critical(one: Fired) -> Fired:
    labels = {**dict(one.labels), "severity": "critical"}
    return one._replace(alert=replace(one.alert, severity="critical"), labels=tuple(sorted(labels.items())))
