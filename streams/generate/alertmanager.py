"""Alertmanager's configuration: who is told of what, and what silences what.

May import: config, the alerts, closed, rules, spells.

Where a receiver's messages end (telephone, chat) is no part of it: each receiver is a path of one relay, `varsling`,
whose name the installation resolves, and which holds the secrets. That also serves Alertmanagers older than 0.26,
which read no address from a file.
"""

from typing import TypedDict

from config import Centre
from config.targets import Target
from streams.core.promised import TARGET_MEASURES
from streams.generate.closed import has_own_hours, mute_timings, mutes_of_channel, mutes_of_target
from streams.generate.letter_alerts import LETTERS_BACKLOG, LETTERS_OLDEST, LETTERS_OVERDUE
from streams.generate.promise_alerts import CALLBACKS_OVERDUE, TRANSFERS_UNANSWERED
from streams.generate.rules import as_yaml
from streams.generate.service_alerts import FEED_SILENT, FIGURES_STALE, WATCHDOG
from streams.generate.spells import by_id
from streams.generate.state_alerts import REBUILDING
from streams.generate.target_alerts import BREACH, BUDGET_BURN, DRIFTING, GRAVE_BREACH
from streams.generate.wait_alerts import LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED

FILE = "deploy/alertmanager/alertmanager.yaml"
_QUEUE = ["namespace", "channel", "audience", "queue"]
RELAY = "http://varsling"
ON_CALL, OPERATIONS, SIGN_OF_LIFE = "vakt", "drift", "livstegn"  # critical; warnings; the dead man's switch
_OF_WAITS = (LONGEST_WAIT, LONGEST_WAIT_DISPUTED, WAIT_BEYOND_LIMIT, WAITING_DISPUTED)
_OF_QUEUES = "|".join(
    (
        *(GRAVE_BREACH, BREACH, DRIFTING, BUDGET_BURN, *_OF_WAITS, CALLBACKS_OVERDUE, TRANSFERS_UNANSWERED),
        *(LETTERS_OVERDUE, LETTERS_BACKLOG, LETTERS_OLDEST),
    )
)


class Route(TypedDict, total=False):
    """A node of the tree that says who is told of what, as Alertmanager has it."""

    receiver: str
    group_by: list[str]
    group_wait: str
    group_interval: str
    repeat_interval: str
    matchers: list[str]
    mute_time_intervals: list[str]
    routes: "list[Route]"


class Inhibition(TypedDict):
    """What is not told while something else is."""

    source_matchers: list[str]
    target_matchers: list[str]
    equal: list[str]


def alertmanager(centre: Centre) -> dict[str, str]:
    """The file, by path."""
    document = {
        "route": route(centre),
        "inhibit_rules": inhibitions(centre),
        "receivers": [_receiver(name) for name in (ON_CALL, OPERATIONS, SIGN_OF_LIFE)],
        "time_intervals": mute_timings(centre),
    }
    return {FILE: as_yaml(document)}


def route(centre: Centre) -> Route:
    """One message for each kind of alert and group of queues: a mean and a share that break together are one matter."""
    return {
        "receiver": OPERATIONS,
        "group_by": ["alertname", "channel", "audience"],
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "4h",
        "routes": [
            {
                "matchers": [f'alertname="{WATCHDOG}"'],
                "receiver": SIGN_OF_LIFE,
                "group_wait": "0s",
                "group_interval": "1m",
                "repeat_interval": "1m",
            },
            # 5 s, not less: what inhibits must be there before what it silences is sent.
            {"matchers": ['severity="critical"'], "receiver": ON_CALL, "group_wait": "5s", "repeat_interval": "1h"},
            # Often: that a drift is over must be told before the breach that came of it silences it.
            {
                "matchers": ['severity="warning"'],
                "receiver": OPERATIONS,
                "group_interval": "30s",
                "routes": _not_at_night(centre),
            },
        ],
    }


def _not_at_night(centre: Centre) -> list[Route]:
    """The year's budget, to be told when somebody is there. A target with hours of its own comes before its channel."""
    targets = [id_ for id_, of in by_id(centre).items() if has_own_hours(of, centre)]
    channels = dict.fromkeys(str(target.channel) for target in centre.all_targets if target.channel in centre.hours)
    return [
        *(_muted(f'target="{target}"', mutes_of_target(target, centre)) for target in targets),
        *(_muted(f'channel="{channel}"', mutes_of_channel(channel, centre)) for channel in channels),
    ]


def _muted(matcher: str, timings: list[str]) -> Route:
    return {"matchers": [f'alertname="{BUDGET_BURN}"', matcher], "mute_time_intervals": timings}


def inhibitions(centre: Centre) -> list[Inhibition]:
    """What is not told while something else is. One worker that is down silences nothing: others do its work."""
    return [
        _silences([f'alertname="{FEED_SILENT}"'], f'alertname=~"{_OF_QUEUES}"', ["namespace", "channel"]),
        # What was told of them before is kept firing for a while: nobody knows whether it is over.
        _silences([f'alertname="{REBUILDING}"'], f'alertname=~"{_OF_QUEUES}"', ["namespace", "channel"]),
        _silences([f'alertname="{FIGURES_STALE}"'], f'alertname=~"{_OF_QUEUES}"', ["namespace"]),
        _silences([f'alertname="{BREACH}"'], f'alertname="{DRIFTING}"', ["namespace", "target"]),
        *_looked_for_already(centre),
        _silences([f'alertname="{LONGEST_WAIT_DISPUTED}"'], f'alertname="{WAITING_DISPUTED}"', _QUEUE),
        _silences([f'alertname="{LONGEST_WAIT}"'], f'alertname="{WAIT_BEYOND_LIMIT}"', _QUEUE),
    ]


def _looked_for_already(centre: Centre) -> list[Inhibition]:
    """Who waits for too long in the queues of a target that is broken. Of one queue's, nobody looks for the others';
    and a channel has too many for that: the breach of one silences nothing of it, as it has no audience.

    No breach silences another: a group may be well while a queue of it is not, and the other way round, and whoever is
    told of the one does not know of the other.
    """
    of_others = [id_ for id_, of in by_id(centre).items() if any(_is_of_others(spell.target) for spell in of)]
    but = [f'target!~"{"|".join(of_others)}"'] if of_others else []
    # On-call knows of what is critical alone; operations know of each breach.
    on_call = [f'alertname=~"{GRAVE_BREACH}|{BREACH}"', 'severity="critical"', *but]
    operations = [f'alertname="{BREACH}"', *but]
    return [*_of_whom(on_call, LONGEST_WAIT, centre), *_of_whom(operations, WAIT_BEYOND_LIMIT, centre)]


def _of_whom(broken: list[str], alert: str, centre: Centre) -> list[Inhibition]:
    """What is silenced by the breach of a group, and of one queue."""
    group, silenced = ["namespace", "channel", "audience"], f'alertname="{alert}"'
    if all(target.level != "queue" for target in centre.all_targets):
        return [_silences(broken, silenced, group)]
    return [
        _silences([*broken, 'queue=""'], silenced, group),
        _silences([*broken, 'queue!=""'], silenced, [*group, "queue"]),
    ]


def _is_of_others(target: Target) -> bool:
    """Whether others than those who were answered there may break it, whoever waits: who gave up, journeys that began
    elsewhere, promises, one who has waited and does no more. Who is told of that looks for nobody who waits.
    """
    return TARGET_MEASURES[target.measure].of != "answered"


def _silences(source: list[str], silenced: str, equal: list[str]) -> Inhibition:
    return {"source_matchers": source, "target_matchers": [silenced], "equal": equal}


def _receiver(name: str) -> dict[str, object]:
    return {"name": name, "webhook_configs": [{"url": f"{RELAY}/{name}", "send_resolved": name != SIGN_OF_LIFE}]}
