"""Figures that were counted otherwise than they would be gone on with. May import: standard library."""

from datetime import UTC, datetime


class OtherRules(Exception):
    """The figures that there are were made by other definitions; mixing them would give figures that mean nothing."""

    def __init__(self, partition: str, where: str = "Redis", since_ms: int = 0) -> None:
        other = "other definitions (horizon, promises, time zone or a key) or another version"
        if since_ms:
            since = datetime.fromtimestamp(since_ms / 1000, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
            other = f"other definitions from {since} on: what is counted already is not changed by `definitions.later`"
        super().__init__(
            f"the figures of {partition} in {where} were made by {other}; state version 4 is read by the queues, "
            "thresholds and key that it was made by. Run with the old ones (of a pseudonym key that is being changed "
            "both are needed: SVARTID_PSEUDONYM_KEY_OTHER), or set SVARTID_NAMESPACE to a new name: figures are "
            "then made anew from the log, and the old ones stay where they are. Or let them go: "
            "`svartid rebuild --from-log`"
        )


class OtherKey(OtherRules):
    """Journeys are remembered under a pseudonym key that is not known here: their events would count as new ones."""

    def __init__(self, partition: str) -> None:
        Exception.__init__(
            self,
            f"{partition} remembers journeys under another pseudonym key than SVARTID_PSEUDONYM_KEY, and "
            "SVARTID_PSEUDONYM_KEY_OTHER is not that key: set it to that one, until `svartid doctor` says that no "
            "journey under another key is remembered (deploy/OPERATIONS.md)",
        )


class OtherEdition(OtherRules):
    """The figures were counted by an edition of the definitions by which the configuration never counts."""

    def __init__(self, partition: str, edition: int, configured: int, where: str = "Redis") -> None:
        without = _WITHOUT.get(edition, "")
        Exception.__init__(
            self,
            f"the figures of {partition} in {where} were counted by edition {edition} of the definitions, and "
            f"queues.toml says that edition {configured} always held: say `edition = {edition}` in "
            f"[definitions]{without}, and from when on it is {configured} in a [[definitions.later]] "
            "(deploy/OPERATIONS.md)",
        )


_BY_FIVE = "`ghost_after_of` and `while_open`"
_WITHOUT = {  # what an edition knows nothing of
    1: f", without `one_place`, `memory`, {_BY_FIVE}",
    2: f", without `memory`, {_BY_FIVE}",
    3: f", without {_BY_FIVE}",
    4: f", without {_BY_FIVE}",
}
