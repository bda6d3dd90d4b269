"""Three ways to kill a worker at a certain place of a commit, and what is known of where it struck.

A worker that is stopped does nothing, so there is time to look: what waits unread at Redis was sent and not done; what
waits unread at the worker was done, and it does not know; if nothing waits, no commit is under way. Redis' offsets tell
the rest. What waits may be another request than a commit; what an offset says is certain.
"""

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from tests.soak.fleet import Member
from tests.soak.rig import Rig
from tests.soak.sockets import Unread, unread

BEFORE_SENT: Final = "before a commit is sent"
BEFORE_ANSWER: Final = "before its answer"
AFTER_ANSWER: Final = "after its answer"
DRAINED_S = 0.01  # Redis has read what had arrived
SENDS_WITHIN_S = 1.0
COMMITS_WITHIN_S = 5.0
COMMIT_BYTES = 600  # a question is a command and a key or two; a commit brings a script's digest, a fence and cells
RENEWAL_BYTES = 260  # of a lease: of all partitions of a worker at once, as long together as a small commit
DONE_WITHIN_S = 3.0

Offsets = dict[str, tuple[int, int]]
Aim = Callable[[Rig, Sequence[Member], Random], list[str]]


def before_sent(rig: Rig, victims: Sequence[Member], chance: Random) -> list[str]:
    """At any instant: mostly there is no commit under way, and records wait to be read."""
    rig.wait(chance.uniform(0, 0.2))
    return [_kill_stopped(rig, member, BEFORE_SENT) for member in victims]


def after_answer(rig: Rig, victims: Sequence[Member], chance: Random) -> list[str]:
    """As soon as an offset of the worker's moves: it is answered in the same turn of Redis."""
    found = []
    for member in victims:
        names = [name for name, pid in rig.owners().items() if pid == member.pid]
        before, deadline = _of(rig.offsets(), names), time.monotonic() + SENDS_WITHIN_S
        while (moved := _of(rig.offsets(), names) != before) is False and time.monotonic() < deadline:
            pass  # a pause would be as long as what is aimed at
        found.append(_kill_stopped(rig, member, AFTER_ANSWER if moved else BEFORE_SENT))
    return found


def before_answer(rig: Rig, victims: Sequence[Member], chance: Random) -> list[str]:
    """Redis is stopped until each has sent a commit; then they die, and Redis goes on to do what they asked for."""
    for member in victims:
        member.pause()
    time.sleep(DRAINED_S)
    owners, before = rig.owners(), rig.offsets()
    port = rig.parts.valkey.port
    rig.parts.valkey.pause()
    for member in victims:
        member.resume()
    least = {m.pid: COMMIT_BYTES + RENEWAL_BYTES * [*owners.values()].count(m.pid) for m in victims}
    _wait_for(lambda: all(unread(pid, port).requests > n for pid, n in least.items()), COMMITS_WITHIN_S)
    for member in victims:
        member.kill()
    rig.parts.valkey.resume()
    _wait_for(lambda: _moved(rig.offsets(), before), DONE_WITHIN_S)
    time.sleep(DRAINED_S)
    after = rig.offsets()
    found = []
    for member in victims:
        names = [name for name, pid in owners.items() if pid == member.pid]
        done = _moved(_of(after, names), _of(before, names))
        found.append(BEFORE_ANSWER if done else BEFORE_SENT)
    return found


AIMS: dict[str, Aim] = {BEFORE_SENT: before_sent, BEFORE_ANSWER: before_answer, AFTER_ANSWER: after_answer}


def _kill_stopped(rig: Rig, member: Member, otherwise: str) -> str:
    """Stops it, looks, kills it: where it struck."""
    member.pause()
    time.sleep(DRAINED_S)
    waits = unread(member.pid, rig.parts.valkey.port)
    member.kill()
    return _phase(waits, otherwise)


def _phase(waits: Unread, otherwise: str) -> str:
    return BEFORE_ANSWER if waits.requests or waits.answers else otherwise


def _of(offsets: Offsets, names: Sequence[str]) -> Offsets:
    return {name: offsets[name] for name in names}


def _moved(after: Offsets, before: Offsets) -> bool:
    """Whether a commit was done under the same epoch."""
    return any(after[name][0] == before[name][0] and after[name][1] > before[name][1] for name in before)


def _wait_for(true: Callable[[], bool], within_s: float = SENDS_WITHIN_S) -> None:
    """Or not: what was aimed at need not come."""
    deadline = time.monotonic() + within_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.001)
