"""When a promise was truly broken: a plain count over the simulator's events, with none of svartid's own code."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from config.centre import Target

Events = Sequence[tuple[int, dict[str, Any]]]
_STEP_MS = 1000


class Answered(NamedTuple):
    """One visit that a person answered."""

    at_ms: int
    wait_ms: int


def answered(events: Events, channel: str, audience: str, outside: Iterable[str]) -> list[Answered]:
    """Who was answered in the centre's own queues of a channel and audience, in order of time."""
    entered: dict[str, int] = {}
    found: list[Answered] = []
    for ms, event in events:
        if event["type"] == "queue.entered":
            if (event["channel"], event["audience"]) == (channel, audience) and event["queue"] not in outside:
                entered[event["visit_id"]] = ms
        elif event["type"] == "queue.answered" and event["visit_id"] in entered:
            found.append(Answered(ms, ms - entered.pop(event["visit_id"])))
    return found


def is_broken(found: list[Answered], target: Target, at_ms: int) -> bool:
    """Whether those who were answered in the window up to an instant were enough, and got less than was promised."""
    first = bisect_right(found, at_ms - target.window, key=lambda one: one.at_ms)
    waits = [one.wait_ms for one in found[first : bisect_right(found, at_ms, key=lambda one: one.at_ms)]]
    if len(waits) < target.least_sample:
        return False
    if target.within is None:
        return sum(waits) / len(waits) > (target.at_most or 0)
    share = sum(wait <= target.within for wait in waits) / len(waits)
    return share < target.at_least if target.at_least is not None else share <= (target.more_than or 0)


def broken_since(found: list[Answered], target: Target, from_ms: int, to_ms: int) -> int | None:
    """The first instant from which the promise is broken, and stays so for its hold; None if there is none."""
    return _lasting(found, target, from_ms, to_ms, broken=True, for_ms=target.hold)


def kept_since(found: list[Answered], target: Target, from_ms: int, to_ms: int) -> int | None:
    """The first instant from which it is kept, and stays so for its clear time; None if there is none."""
    return _lasting(found, target, from_ms, to_ms, broken=False, for_ms=target.clear)


def _lasting(
    found: list[Answered], target: Target, from_ms: int, to_ms: int, *, broken: bool, for_ms: int
) -> int | None:
    since = None
    for at_ms in range(from_ms, to_ms, _STEP_MS):
        if is_broken(found, target, at_ms) is not broken:
            since = None
        elif since is None:
            since = at_ms
        elif at_ms - since >= for_ms:
            return since
    return None
