"""The days that can be simulated, each a few words: what differs from a usual one. Times count from the start.

May import: standard library.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Surge:
    """More contacts than usual for a while. Rates change at whole five minutes of the clock."""

    from_min: float
    to_min: float
    factor: float


@dataclass(frozen=True, slots=True)
class Mess:
    """What a feed suffers on its way. Shares are of all records; nothing comes more than `lag_max_s` late."""

    repeated: float
    delayed: float
    lag_max_s: float
    broken: float  # extra records that are no events
    lost_ends: float  # of exits and ends
    skew_ms: int  # how far ahead the clock of the advisers' desks is of the phone system's


@dataclass(frozen=True, slots=True)
class Scenario:
    """What differs from a usual day."""

    about: str
    surges: tuple[Surge, ...] = ()
    staffing: float = 1.0
    silent_after_min: float | None = None
    mess: Mess | None = None
    tag: str = field(default="", kw_only=True)  # part of the ids where the day itself differs, so that two never mix


SCENARIOS = {
    "normal": Scenario("A usual day: waits near the targets, some give up."),
    "surge": Scenario(
        "From 20 minutes after the start, for an hour, 2.5 times as many contacts; then the queues recover.",
        surges=(Surge(20, 80, 2.5),),
        tag="surge",
    ),
    "short-staffed": Scenario("One adviser in five has not come.", staffing=0.8, tag="short"),
    "silent": Scenario("After 10 minutes the feed stops, as if the phone system had died.", silent_after_min=10),
    "messy": Scenario(
        "A usual day over a bad feed: duplicates, disorder, broken records, lost ends, a clock that is wrong.",
        mess=Mess(repeated=0.02, delayed=0.05, lag_max_s=180, broken=0.004, lost_ends=0.01, skew_ms=-4000),
        tag="messy",
    ),
}
