"""When a promise was truly broken, on the clock of the alerts: epoch ms, looked at each second."""

from config.targets import Target
from tests.truth import Answer, Promised, broken


def is_broken(found: list[Answer], target: Target, *at_ms: int) -> bool:
    """Whether, at one of these instants, those answered in the window up to it were enough, and got less than was
    promised. The instants rise."""
    return bool(list(broken(found, [at / 1000 for at in at_ms], target.window / 1000, Promised.of(target))))


def broken_since(found: list[Answer], target: Target, from_ms: int, to_ms: int) -> int | None:
    """The first instant from which the promise is broken, and stays so for its hold; None if there is none."""
    return _lasting(found, target, from_ms, to_ms, at_fault=True, for_ms=target.hold)


def kept_since(found: list[Answer], target: Target, from_ms: int, to_ms: int) -> int | None:
    """The first instant from which it is kept, and stays so for its clear time; None if there is none."""
    return _lasting(found, target, from_ms, to_ms, at_fault=False, for_ms=target.clear)


def _lasting(
    found: list[Answer], target: Target, from_ms: int, to_ms: int, *, at_fault: bool, for_ms: int
) -> int | None:
    seconds, since = range(from_ms // 1000, to_ms // 1000), None
    faults = set(broken(found, seconds, target.window / 1000, Promised.of(target)))
    for second in seconds:
        if (second in faults) is not at_fault:
            since = None
        elif since is None:
            since = second
        elif (second - since) * 1000 >= for_ms:
            return since * 1000
    return None
