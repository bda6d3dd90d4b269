"""PromQL of the boards: selectors, sums and means that hold while two workers are scraped in a takeover.

May import: standard library, config.
"""

from collections.abc import Sequence

from config import Centre
from config.targets import Target

LINE = "channel, audience, queue"


def selector(**labels: str) -> str:
    """`{channel="phone",queue=~"a|b"}`; a value that begins with "~" is a pattern."""
    pairs = (f'{k}=~"{v[1:]}"' if v.startswith("~") else f'{k}="{v}"' for k, v in labels.items())
    return "{" + ",".join(pairs) + "}"


def own_labels(centre: Centre, channel: str, audience: str) -> dict[str, str]:
    """The labels of a group's own queues: what lies outside the centre is no part of its figures."""
    start = f"{channel}/{audience}/"
    ids = [line.removeprefix(start) for line in centre.own_lines if line.startswith(start)]
    return {"channel": channel, "audience": audience, "queue": "~" + "|".join(ids)}


def own_queues(centre: Centre, channel: str, audience: str) -> str:
    """The selector of them."""
    return selector(**own_labels(centre, channel, audience))


def queues_of(centre: Centre, target: Target) -> list[str]:
    """The selectors of the queues that a target is of, one for each group."""
    if target.audience is None:
        return [own_queues(centre, *group) for group in centre.own_groups if group[0] == target.channel]
    if target.queue is None:
        return [own_queues(centre, target.channel, target.audience)]
    return [selector(channel=target.channel, audience=target.audience, queue=target.queue)]


def variables_of(target: Target) -> dict[str, str]:
    """What *Kø i dybden* is to show of a target's queues."""
    every = "$__all"
    return {"channel": target.channel, "audience": target.audience or every, "queue": target.queue or every}


def one_of(metric: str, where: str, by: str = LINE) -> str:
    """A gauge, once for each of `by`."""
    return f"max by ({by}) ({metric}{where})"


def code(metric: str, states: Sequence[str], label: str, by: str, **labels: str) -> str:
    """1 for the first of the states, 2 for the second, ...: which of them a 1/0 family says."""
    each = (f"{n} * ({metric}{selector(**labels, **{label: s})} == 1)" for n, s in enumerate(states, 1))
    return f"max by ({by}) ({' or '.join(each)})"


def grown(metric: str, where: str, by: str, window: str = "$__rate_interval", of: str = LINE) -> str:
    """How much a cumulative figure grew in a window; `of` are the labels that tell its series apart.

    Not `increase`: a worker that takes over may show a figure that a late fact has corrected down by one, and that
    would be taken for a restart from 0 and count all of history again. Taken over all workers, so that it does not
    matter which of them shows it.
    """
    labels = ", ".join(dict.fromkeys(label for label in (*of.split(", "), *by.split(", ")) if label))
    least = f"min by ({labels}) (min_over_time({metric}{where}[{window}]))"
    return f"sum by ({by}) (max by ({labels}) ({metric}{where}) - {least})"


def pace(metric: str, where: str, by: str, per_s: int, of: str = LINE) -> str:
    """How much a cumulative figure grows in so many seconds, at the pace of the rate interval."""
    return f"{grown(metric, where, by, of=of)} * {per_s * 1000} / $__rate_interval_ms"


def up(expr: str) -> str:
    """A wait, rounded up to whole seconds: one that missed its promise by a hair never looks as if it had kept it."""
    return f"ceil({expr})"


def down(expr: str, decimals: int = 0) -> str:
    """A share, rounded down to whole percents, or to some decimals of them; the hair is there because 0.58 * 100 is
    57.99999999999999.
    """
    scale: int = 100 * 10**decimals
    return f"floor({scale} * ({expr}) + 1e-9) / {scale}"


def seconds(ms: int) -> str:
    """420000 -> "420"."""
    return f"{ms / 1000:g}"
