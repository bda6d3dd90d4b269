"""Lengths of time and promises, as PromQL and as people write them. May import: config, serve's bokmal."""

from config.centre import Target
from streams.serve.bokmal import group_name, percent, wait

_PROMETHEUS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
_PEOPLE = {"d": "døgn", "h": "t", "m": "min", "s": "s", "ms": "ms"}


def prom_duration(ms: int) -> str:
    """5_400_000 -> "1h30m", as Prometheus, Alertmanager and Grafana read it."""
    return "".join(f"{n}{unit}" for n, unit in _parts(ms)) or "0s"


def span(ms: int) -> str:
    """5_400_000 -> "1 t 30 min"."""
    return " ".join(f"{n} {_PEOPLE[unit]}" for n, unit in _parts(ms)) or "0 s"


def seconds(ms: int) -> str:
    """420_000 -> "420.0": a histogram's edge as its label `le` has it."""
    return str(ms / 1000)


def group_of(target: Target) -> str:
    """ "Telefon personbruker"."""
    return group_name(target.channel, target.audience)


def promise(target: Target) -> str:
    """What was promised: "snitt høyst 7:00", "over 60 % innen 10:00"."""
    if target.at_most is not None:
        return f"snitt høyst {wait(target.at_most)}"
    share, word = (target.more_than, "over") if target.at_least is None else (target.at_least, "minst")
    return f"{word} {percent(share)} innen {wait(target.within)}"


def _parts(ms: int) -> list[tuple[int, str]]:
    parts = []
    for unit, size in _PROMETHEUS:
        n, ms = divmod(ms, size)
        if n:
            parts.append((n, unit))
    return parts
