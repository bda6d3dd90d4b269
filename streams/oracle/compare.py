"""Two accounts of the same log held against each other, and each difference as a line for people.

May import: standard library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SHOWN: Final = 3  # of a long list's odd ones out


@dataclass(frozen=True)
class Difference:
    """One place where two accounts disagree; None where one of them has nothing."""

    path: str
    expected: object
    found: object

    def __str__(self) -> str:
        """Such as "days/1741042800000 (2025-03-03T23:00:00Z)/chat/…/other/lost: expected 3, found 4"."""
        path = "/".join(_dated(part) for part in self.path.split("/"))
        if isinstance(self.expected, list | tuple) and isinstance(self.found, list | tuple):
            return f"{path}: {_odd_ones_out(self.expected, self.found)}"
        return f"{path}: expected {_shown(self.expected)}, found {_shown(self.found)}"


def differences(expected: Mapping[str, object], found: Mapping[str, object]) -> list[Difference]:
    """Every leaf that differs, in the order of the path.

    Keys compare as text and tuples as lists, so that an account that was JSON on the way is no different.
    """
    return _compare("", expected, found)


def _compare(path: str, expected: object, found: object) -> list[Difference]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return _compare_items(path, expected, found)
    # A dict that one side lacks differs in its members, so that a missing cell is named by its measures.
    if isinstance(expected, Mapping) and found is None:
        return _compare_items(path, expected, {})
    if isinstance(found, Mapping) and expected is None:
        return _compare_items(path, {}, found)
    return [] if _plain(expected) == _plain(found) else [Difference(path, expected, found)]


def _compare_items(path: str, expected: Mapping[object, object], found: Mapping[object, object]) -> list[Difference]:
    left = {str(key): value for key, value in expected.items()}
    right = {str(key): value for key, value in found.items()}
    unlike: list[Difference] = []
    for key in sorted(left.keys() | right.keys()):
        unlike += _compare(f"{path}/{key}" if path else key, left.get(key), right.get(key))
    return unlike


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _dated(part: str) -> str:
    """The start of a span, with the time it stands for."""
    if not (part.isdigit() and len(part) >= 10):
        return part
    at = datetime.fromtimestamp(int(part) / 1000, UTC)
    return f"{part} ({at:%Y-%m-%dT%H:%M:%SZ})"


def _odd_ones_out(expected: Sequence[object], found: Sequence[object]) -> str:
    missing, extra = _without(expected, found), _without(found, expected)
    if not missing and not extra:
        return "the same, in another order"
    return f"missing {_some(missing)}, not expected {_some(extra)}"


def _without(items: Sequence[object], others: Sequence[object]) -> list[object]:
    left = [_plain(item) for item in items]
    for other in map(_plain, others):
        if other in left:
            left.remove(other)
    return left


def _some(items: list[object]) -> str:
    shown = ", ".join(map(str, items[:SHOWN]))
    return f"[{shown}, and {len(items) - SHOWN} more]" if len(items) > SHOWN else f"[{shown}]"


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
