"""What the boards say and with which colours and shapes. May import: the SDK's models, config, spells, words, the
names that the core and serve give a verdict and a status.

Colours are Okabe and Ito's (serve/looks.py); each stands beside a shape and a word.
"""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.models import dashboard as model

from config import Centre
from config.targets import Target
from streams.core.said_wait import EDGES_MIN, Said
from streams.core.verdicts import VERDICTS
from streams.generate.spells import Spell, by_id, said
from streams.generate.words import limit_of, measure_of, queues_of, span
from streams.serve import bokmal, looks
from streams.serve.statuses import FEED_STATUSES, QUEUE_STATUSES
from streams.serve.wait_words import WITHHELD

NO_DATA = "ingen data"
DEFINITIONS_CHANGED = "Definisjoner endret"
BLUE, SKY, ORANGE, VERMILION, PURPLE, GREY = (
    looks.BLUE,
    looks.SKY,
    looks.ORANGE,
    looks.VERMILION,
    looks.PURPLE,
    looks.GREY,
)
LOOKS, SOURCES, STOPPED = looks.LOOKS, looks.SOURCES, looks.STOPPED
REASONS = {
    "transferred": "satt over",
    "overflow": "flyttet til en annen kø",
    "timeout": "ventet for lenge",
    "closed": "køen stengte",
    "ended": "kontakten tok slutt",
    "moved": "var et annet sted",
    "other": "annet",
}
REJECTIONS = bokmal.REJECTIONS


def mapping(texts: Mapping[str, tuple[str, str | None]]) -> model.ValueMap:
    """A value mapping: value -> (text, colour)."""
    return model.ValueMap(
        {
            value: model.ValueMappingResult(text=text, color=colour, index=index)
            for index, (value, (text, colour)) in enumerate(texts.items())
        }
    )


def _coded(states: Sequence[str]) -> model.ValueMap:
    return mapping({str(n): LOOKS[state] for n, state in enumerate(states, 1)})


def verdicts() -> model.ValueMap:
    """The codes of `promql.code` over the verdicts, in words, shapes and colours."""
    return _coded(VERDICTS)


def told() -> model.ValueMap:
    """0: nobody is told of it, 1: of a drift, 2: of a breach."""
    return mapping({"0": ("● ikke varslet", BLUE), "1": LOOKS["drifting"], "2": LOOKS["breach"]})


def feeds() -> model.ValueMap:
    """The same of a feed's statuses, and of one that is down as planned."""
    return _coded([*FEED_STATUSES, STOPPED])


def statuses() -> model.ValueMap:
    """The same of a queue's statuses."""
    return _coded(QUEUE_STATUSES)


def waits_told() -> model.ValueMap:
    """What callers are told of their wait, by when the band begins (s); below 0 the code of why nothing is."""
    bands = (Said(place) for place in range(len(EDGES_MIN) + 1))
    said = {f"{band.least_ms // 1000}": (band.words("nb"), None) for band in bands}
    return mapping(said | {f"-{n}": (text, GREY) for n, text in enumerate(WITHHELD.values(), 1)})


def holding() -> model.ValueMap:
    """1: the year's promise holds, 2: it does not at the present pace."""
    return mapping({"1": ("● holder", BLUE), "2": ("■ holder ikke", VERMILION)})


def zero_is_well() -> model.ValueMap:
    """0 is as it should be; any other number is shown as it is."""
    return mapping({"0": ("● 0", BLUE)})


def yes_or_no() -> model.ValueMap:
    """Of 1 and 0."""
    return mapping({"1": ("ja", ORANGE), "0": ("nei", None)})


def queues(centre: Centre, *group: str) -> model.ValueMap:
    """Queue ids as people call them, those of all groups or of a channel and audience.

    Where one id has several names there, each of them is said.
    """
    names: dict[str, list[str]] = {}
    for channel, audience, queue in (line.split("/") for line in (*centre.own_lines, *centre.external_lines)):
        if group in ((), (channel, audience)):
            names.setdefault(queue, []).append(bokmal.queue_name(queue, centre.names.queue(channel, audience, queue)))
    return mapping({queue: (" / ".join(dict.fromkeys(each)), None) for queue, each in names.items()})


def target_name(target: Target, centre: Centre) -> str:
    """ "Telefon personbruker: snitt", "Telefon personbruker: andel innen 10 min"."""
    return f"{queues_of(target, centre.names)}: {measure_of(target)}"


def targets(centre: Centre) -> dict[str, str]:
    """Target id -> the target as people call it, and what it promises."""
    return {id_: _target_name(of, centre) for id_, of in by_id(centre).items()}


def _target_name(of: list[Spell], centre: Centre) -> str:
    names = {target_name(spell.target, centre) for spell in of}
    if len(names) == 1:
        return f"{names.pop()} ({said(of, limit_of)})"
    return said(of, lambda target: f"{target_name(target, centre)} ({limit_of(target)})")


def edges(centre: Centre) -> dict[str, str]:
    """A histogram's edge, as its label has it -> "til 7 min"."""
    names = {str(ms / 1000): f"til {span(ms)}" for ms in centre.shown_edges_ms}
    return {**names, "+Inf": "lenger"}


def channels(centre: Centre) -> dict[str, str]:
    """Channel -> the channel as people call it."""
    return {channel: centre.names.channel(channel) for channel in centre.hours}
