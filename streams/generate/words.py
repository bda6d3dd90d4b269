"""Lengths of time, promises and how far behind, as PromQL and as people write them. May import: config, durations,
the core's target measures and series, serve's bokmal and target_words."""

from config.channels import Names
from config.targets import Target
from streams.core.promised import TARGET_MEASURES
from streams.core.series import CHANNEL_BEHIND
from streams.durations import in_parts
from streams.serve.bokmal import exactly, number, wait, whose
from streams.serve.target_words import COUNTED, WORDS

_SHORT = {"d": "døgn", "h": "t", "m": "min", "s": "s", "ms": "ms"}
_LATEST = {60_000: "minutt", 3_600_000: "time", 86_400_000: "døgn", 7 * 86_400_000: "uke"}


def prom_duration(ms: int) -> str:
    """5_400_000 -> "1h30m", as Prometheus, Alertmanager and Grafana read it."""
    return "".join(f"{n}{unit}" for n, unit in in_parts(ms)) or "0s"


def span(ms: int) -> str:
    """1_800_000 -> "30 min", 7_200_000 -> "2 timer", 5_400_000 -> "1 t 30 min"."""
    parts = in_parts(ms)
    if len(parts) == 1 and parts[0][1] == "h":
        hours = parts[0][0]
        return "1 time" if hours == 1 else f"{hours} timer"
    return " ".join(f"{n} {_SHORT[unit]}" for n, unit in parts) or "0 s"


def latest(ms: int) -> str:
    """A stretch up to now: "siste 30 min", "siste time", "siste døgn", "siste uke"."""
    return f"siste {_LATEST.get(ms) or span(ms)}"


def stretch_of(target: Target) -> str:
    """Of what stretch of time it is: "siste 30 min", or "nå"."""
    return "nå" if TARGET_MEASURES[target.measure].is_of_now else latest(target.window)


def channels_behind(records: int) -> str:
    """The channels of which more than so many records are still to be counted."""
    return f"max by (channel) ({CHANNEL_BEHIND}) > {records}"


def queues_of(target: Target, names: Names) -> str:
    """Whose promise it is: "Telefon samlet", "Telefon personbruker", "Telefon personbruker, Helse"."""
    return whose(target.channel, target.audience, target.queue, names)


def measure_of(target: Target) -> str:
    """What is measured: "snitt", "andel innen 10 min"."""
    return WORDS[target.measure].measure.format(within=span(target.within or 0))


def limit_of(target: Target) -> str:
    """How much was promised of it: "høyst 7:00", "høyst 20", "høyst 2,5 %", "over 60 %", "minst 90 %"."""
    if target.at_most_ms is not None:
        return f"høyst {wait(target.at_most_ms)}"
    if target.at_most_visits is not None:
        return f"høyst {number(target.at_most_visits)}"
    if target.at_most is not None:
        return f"høyst {exactly(target.at_most)}"
    if target.at_least is not None:
        return f"minst {exactly(target.at_least)}"
    return f"over {exactly(target.promise.limit)}"


def sampled(target: Target) -> str:
    """What whoever is counted in it has done: "fått svar", "fått svar eller gitt opp"."""
    return COUNTED[TARGET_MEASURES[target.measure].of].has


def counted(target: Target) -> str:
    """What its sample is of: "svar", "besøk"."""
    return COUNTED[TARGET_MEASURES[target.measure].of].of


def promise(target: Target) -> str:
    """What was promised: "snitt høyst 7:00", "over 60 % innen 10 min"."""
    return WORDS[target.measure].promise.format(limit=limit_of(target), within=span(target.within or 0))
