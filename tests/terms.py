"""Rules with other terms than ours: at first, and from an instant on."""

import dataclasses
from typing import Any

from msgspec.structs import replace

from streams.core.definitions import Definitions, Terms
from streams.core.rules import Rules


def at_first(rules: Rules, **terms: Any) -> Rules:
    """The same, with other terms of the beginning, and no later ones."""
    return dataclasses.replace(rules, definitions=_with(rules, replace(rules.definitions.first, **terms)))


def from_then_on(rules: Rules, from_ms: int, **terms: Any) -> Rules:
    """The same, with other terms from an instant (epoch ms) on."""
    known = rules.definitions.terms
    return dataclasses.replace(rules, definitions=_with(rules, *known, replace(known[-1], from_ms=from_ms, **terms)))


def _with(rules: Rules, *terms: Terms) -> Definitions:
    return dataclasses.replace(rules.definitions, terms=terms)
