"""The snapshot as JSON, one after the other: what stands from the last one is not spelt out again.

May import: orjson.
"""

from typing import Any, Final

import orjson

PARTS: Final = ("groups", "lines")
STRETCHES: Final = ("windows", "today", "total")  # of each entry: nine tenths of it, and none changes with the clock

Document = dict[str, Any]


class Encoder:
    """Knows again, by their identity, the figures that `snapshot` took from its memo."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], tuple[Document, orjson.Fragment]] = {}

    def __call__(self, document: Document) -> bytes:
        """The same bytes as `orjson.dumps` gives."""
        parts = {
            part: {name: self._entry(part, name, entry) for name, entry in document[part].items()} for part in PARTS
        }
        return orjson.dumps(document | parts)

    def _entry(self, part: str, name: str, entry: Document) -> Document:
        return entry | {stretch: self._fragment((part, name, stretch), entry[stretch]) for stretch in STRETCHES}

    def _fragment(self, at: tuple[str, str, str], figures: Document) -> orjson.Fragment:
        known = self._known.get(at)
        if known is None or known[0] is not figures:
            known = self._known[at] = figures, orjson.Fragment(orjson.dumps(figures))
        return known[1]
