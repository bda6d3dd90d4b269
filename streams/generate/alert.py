"""What an alert is. May import: config's names, board_names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from config.channels import Names
from streams.core import series
from streams.generate.board_names import CHOICES

Severity = Literal["critical", "warning", "none"]
MINUTE_MS = 60_000
LINE = "channel, audience, queue"
_ITS_LINE = '{{ $line := printf "%s/%s/%s" $labels.channel $labels.audience $labels.queue }}'


def of_queue(names: Names) -> str:
    """The queue that an alert is of, in its text: by its label where it has one, else by its id."""
    named = "{{ $labels.queue }}"
    for line, label in names.queues.items():
        is_it, told = f"eq $line {_quoted(line)}", _quoted(label)
        named = f"{{{{ if {is_it} }}}}{{{{ {told} }}}}{{{{ else }}}}{named}{{{{ end }}}}"
    queue = _ITS_LINE + named if names.queues else named
    return f"{queue} ({{{{ $labels.channel }}}}, {{{{ $labels.audience }}}})"


def _quoted(text: str) -> str:
    """As Go writes it."""
    return json.dumps(text, ensure_ascii=False)


def while_open(expr: str) -> str:
    """Only where the channel is open and its feed alive, and the queue by its own hours: at night nobody can act, and
    what is not known is not told.
    """
    is_alive = f'and on (channel) (max by (channel) ({series.FEED_STATUS}{{status="open"}}) == 1)'
    return f"({expr})\n{is_alive}\nunless on ({LINE}) (max by ({LINE}) ({series.QUEUE_OPEN}) == 0)"


def stopped(channels: str = "") -> str:
    """The channels (a selector's labels; else all) whose source is down on purpose now."""
    return f"max by (channel) ({series.PLANNED_STOP_UNTIL}{channels}) > time()"


def about(labels: Mapping[str, str]) -> str | None:
    """What an alert of these labels is about, of several of one name: a target's spell, else a channel."""
    return "-".join(filter(None, map(labels.get, ("target", "from")))) or labels.get("channel")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert rule. A name may be there several times, once for each target's spell.

    `hold_ms` is how long it must stand before somebody is told, `clear_ms` how long it must be gone before it is taken
    back. The rules see to that, but where its expression is of what is told already (`is_held`); and to the second of
    them alone, where it asks for all of the last `hold_ms` (`asks_for_all`), so that no hold begins anew.
    """

    name: str
    group: str  # the rule group that it is in
    expr: str
    hold_ms: int
    clear_ms: int
    severity: Severity
    summary: str
    consequence: str
    action: str
    dashboard: str  # the board to look at, one of board_names
    labels: dict[str, str] = field(default_factory=dict)
    target: str | None = None
    is_held: bool = False
    asks_for_all: bool = False

    @property
    def for_ms(self) -> int:
        """How long a rule waits until it tells."""
        return 0 if self.is_held or self.asks_for_all else self.hold_ms

    @property
    def keep_ms(self) -> int:
        """How long a rule goes on telling."""
        return 0 if self.is_held else self.clear_ms

    @property
    def runbook(self) -> str:
        """The stem of its page in deploy/runbooks: "TargetBreach" -> "target-breach"."""
        return "".join("-" + c.lower() if c.isupper() else c for c in self.name).removeprefix("-")

    @property
    def link(self) -> str:
        """Where its board is below `dashboard_url`, set to what the alert's own labels say."""
        chosen = [f"var-{name}={{{{ $labels.{name} }}}}" for name in CHOICES.get(self.dashboard, ())]
        return f"{self.dashboard}?{'&'.join(chosen)}" if chosen else self.dashboard

    @property
    def about(self) -> str | None:
        """What it is about, of several alerts of one name: a target's spell, else a channel."""
        return about(self.labels)
