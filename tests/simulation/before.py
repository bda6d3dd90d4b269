"""The build before: it reads and writes state of the version before alone, and knows of no later one."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property

from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.ingest.store import Owned, Store


class RulesOfBefore(Rules):
    """By which a state of today's version is another's."""

    @cached_property
    def _fingerprints(self) -> Mapping[bytes, Rules]:
        return {self.fingerprint().encode(): self}


def rules_of_before(rules: Rules) -> Rules:
    """The same, as that build has them."""
    old = rules.of_version(BY_LINE)
    return RulesOfBefore(**{field.name: getattr(old, field.name) for field in fields(old) if field.init})


class StoreOfBefore(Store):
    """What it has is all that there is to it: nothing is to be upgraded."""

    def is_todays(self, state: PartitionState) -> bool:
        """By its own measure."""
        return True

    async def claim(self, name: str, held: Owned | None, *, as_before: bool = False) -> Owned:
        """It knows one version."""
        return await super().claim(name, held)
