"""Lengths of time, promises and how far behind, as PromQL and as people write them. May import: config, durations,
the core's target measures and series, serve's bokmal."""

from collections.abc import Iterable

from config.channels import Names
from config.targets import Target
from streams.core.promised import TARGET_MEASURES, Name, Sampled
from streams.core.series import CHANNEL_BEHIND
from streams.durations import in_parts
from streams.serve.bokmal import TOGETHER, exactly, queue_name, wait

_SHORT = {"d": "døgn", "h": "t", "m": "min", "s": "s", "ms": "ms"}
_MEASURES: dict[Name, str] = {
    "mean_wait": "snitt",
    "share_within": "andel innen {within}",
    "share_within_of_offered": "andel innen {within} av alle som fikk svar eller ga opp",
    "share_within_with_abandons_met": "andel som fikk svar eller ga opp innen {within}",
    "abandonment": "andel som gir opp",
    "abandonment_without_short": "andel som gir opp, uten korte forsøk",
    "journey_wait": "snitt fra første kø til et menneske",
    "time_in_queues": "snitt i alle køer til sammen",
    "callbacks_kept": "andel tilbakeringinger som holdes",
}
_PROMISES: dict[Name, str] = {
    "mean_wait": "snitt {limit}",
    "share_within": "{limit} innen {within}",
    "share_within_of_offered": "{limit} innen {within} av alle som fikk svar eller ga opp",
    "share_within_with_abandons_met": "{limit} som fikk svar eller ga opp innen {within}",
    "abandonment": "{limit} som gir opp",
    "abandonment_without_short": "{limit} som gir opp, uten korte forsøk",
    "journey_wait": "snitt {limit} fra første kø til et menneske",
    "time_in_queues": "snitt {limit} i alle køer til sammen",
    "callbacks_kept": "{limit} av tilbakeringingene holdes",
}
_SAMPLED: dict[Sampled, str] = {
    "answered": "fått svar",
    "offered": "fått svar eller gitt opp",
    "journeys": "nådd fram",
    "promises": "blitt ringt opp, eller ikke blitt det",
}
_WHO: dict[Sampled, str] = {
    "answered": "fikk svar",
    "offered": "fikk svar eller ga opp",
    "journeys": "nådde fram",
    "promises": "ble ringt opp, eller ikke ble det",
}
_COUNTED: dict[Sampled, str] = {
    "answered": "svar",
    "offered": "besøk",
    "journeys": "henvendelser",
    "promises": "tilbakeringinger",
}
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


def seconds(ms: int) -> str:
    """420_000 -> "420.0": a histogram's edge as its label `le` has it."""
    return str(ms / 1000)


def channels_behind(records: int) -> str:
    """The channels of which more than so many records are still to be counted."""
    return f"max by (channel) ({CHANNEL_BEHIND}) > {records}"


def in_sum(parts: Iterable[str], less: Iterable[str] = ()) -> str:
    """Terms of PromQL added up, and others taken off, as one term."""
    first, *others = parts
    more = "".join(f" {sign} {term}" for sign, terms in (("+", others), ("-", less)) for term in terms)
    return f"({first}{more})" if more else first


def queues_of(target: Target, names: Names) -> str:
    """Whose promise it is: "Telefon samlet", "Telefon personbruker", "Telefon personbruker, Helse"."""
    if target.audience is None:
        return f"{names.channel(target.channel)} {TOGETHER}"
    group = names.group(target.channel, target.audience)
    if target.queue is None:
        return group
    return f"{group}, {queue_name(target.queue, names.queue(target.channel, target.audience, target.queue))}"


def measure_of(target: Target) -> str:
    """What is measured: "snitt", "andel innen 10 min"."""
    return _MEASURES[target.measure].format(within=span(target.within or 0))


def limit_of(target: Target) -> str:
    """How much was promised of it: "høyst 7:00", "høyst 2,5 %", "over 60 %", "minst 90 %"."""
    if target.at_most_ms is not None:
        return f"høyst {wait(target.at_most_ms)}"
    if target.at_most is not None:
        return f"høyst {exactly(target.at_most)}"
    if target.at_least is not None:
        return f"minst {exactly(target.at_least)}"
    return f"over {exactly(target.promise.limit)}"


def sampled(target: Target) -> str:
    """What whoever is counted in it has done: "fått svar", "fått svar eller gitt opp"."""
    return _SAMPLED[TARGET_MEASURES[target.measure].of]


def who(target: Target) -> str:
    """What they did: "fikk svar", "fikk svar eller ga opp"."""
    return _WHO[TARGET_MEASURES[target.measure].of]


def counted(target: Target) -> str:
    """What its sample is of: "svar", "besøk"."""
    return _COUNTED[TARGET_MEASURES[target.measure].of]


def promise(target: Target) -> str:
    """What was promised: "snitt høyst 7:00", "over 60 % innen 10 min"."""
    return _PROMISES[target.measure].format(limit=limit_of(target), within=span(target.within or 0))
