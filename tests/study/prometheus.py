"""When an alert fires: `for` and `keep_firing_for` as Prometheus' rule manager goes by them.

Source: AlertingRule.Eval in prometheus/rules/alerting.go. An active alert is pending until it has been active for
`hold`; one that fires goes on for `clear` after it was last active.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Firing:
    """From the evaluation that made it fire to the one that ended it; seconds."""

    start_s: float
    end_s: float


def firings(evaluations: Iterable[tuple[float, bool]], hold_s: float, clear_s: float) -> list[Firing]:
    """The alert's firings over evaluations (when, whether the expression gave a sample)."""
    found: list[Firing] = []
    active_since: float | None = None
    fired_at: float | None = None
    last_active = last = 0.0
    for at, is_active in evaluations:
        last = at
        if is_active:
            last_active = at
            active_since = at if active_since is None else active_since
            if fired_at is None and at - active_since >= hold_s:
                fired_at = at
        elif fired_at is None:
            active_since = None
        elif at - last_active >= clear_s:
            found.append(Firing(fired_at, at))
            active_since = fired_at = None
    return found if fired_at is None else [*found, Firing(fired_at, last)]
