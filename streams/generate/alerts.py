"""The alerts, as data: what on-call is told of, when, and what to do. Rules, routes and runbooks are made of this list.

The texts are bokmål and use labels alone, no values: those are written differently in Prometheus and in Grafana, and
are on the board that each alert links to. May import: config, spells, the modules with the alerts.
"""

from config import Centre
from streams.generate.alert import Alert
from streams.generate.clock_alerts import clock_ahead, clock_wrong, clocks_differ, records_late
from streams.generate.letter_alerts import letters_backlog, letters_oldest, letters_overdue
from streams.generate.promise_alerts import callbacks_overdue, transfers_unanswered
from streams.generate.service_alerts import feed_silent, figures_stale, of_itself
from streams.generate.source_alerts import source_behind, source_clock_ahead, source_silent
from streams.generate.spells import spells
from streams.generate.state_alerts import (
    checkpoint_old,
    configuration_refused,
    events_lost,
    rebuilding,
    revisions_differ,
)
from streams.generate.target_alerts import breach, budget_burn, drifting, grave_breach
from streams.generate.wait_alerts import longest_wait, longest_wait_disputed, wait_beyond_limit, waiting_disputed

__all__ = ["Alert", "alerts"]


def alerts(centre: Centre) -> list[Alert]:
    """Every alert, in the order in which a person would read them."""
    return [
        *(grave_breach(spell, centre.names) for spell in spells(centre) if spell.target.grave_ms is not None),
        *(make(spell, centre.names) for make in (breach, drifting) for spell in spells(centre)),
        *(budget_burn(spell, centre.names) for spell in spells(centre) if spell.target.promise.measure.has_budget),
        longest_wait(centre),
        *(make(centre.names) for make in (longest_wait_disputed, wait_beyond_limit, waiting_disputed)),
        callbacks_overdue(centre),
        transfers_unanswered(centre),
        letters_overdue(centre),
        letters_backlog(centre),
        letters_oldest(centre),
        *(feed_silent(channel, centre) for channel in centre.hours),
        figures_stale(),
        *(rebuilding(channel, centre.names) for channel in centre.hours),
        events_lost(),
        checkpoint_old(),
        configuration_refused(),
        revisions_differ(centre),
        clock_ahead(),
        records_late(),
        clocks_differ(centre),
        clock_wrong(),
        source_silent(),
        source_clock_ahead(),
        source_behind(),
        *of_itself(centre),
    ]
