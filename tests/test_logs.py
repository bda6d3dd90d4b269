"""What is said again and again is told once, then seldom; and nothing of ours is kept back."""

import logging

from streams.logs import Seldom
from streams.outage import Outage


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def record(name: str, text: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, text, args, None)


def test_a_library_that_repeats_itself_is_heard_once_a_minute() -> None:
    clock, told = Clock(), []
    seldom = Seldom(60, clock)
    for second in range(121):
        clock.seconds = float(second)
        said = [record(name, "no node %s", second) for name in ("aiokafka", "faust")]
        told += [(one.name, one.getMessage()) for one in said if seldom.filter(one)]
    assert told == [
        ("aiokafka", "no node 0"),
        ("faust", "no node 0"),
        *(
            (name, f"no node {at} (60 times since it was last told)")
            for at in (60, 120)
            for name in ("aiokafka", "faust")
        ),
    ]


def test_ours_is_always_told_and_what_is_kept_of_theirs_is_bounded() -> None:
    seldom = Seldom()
    assert all(seldom.filter(record("streams.ingest.app", "stopping")) for _ in range(3))
    assert all(seldom.filter(record("aiokafka", f"text {n}")) for n in range(1000))
    assert len(seldom._told) <= 200


def test_an_outage_is_told_when_it_begins_seldom_while_it_lasts_and_when_it_is_over() -> None:
    clock, told = Clock(), []

    class Log:
        def error(self, event: str, **fields: object) -> None:
            told.append((clock.seconds, event, fields))

        info = error

    outage = Outage(Log(), "no Redis", clock)
    outage.over()
    for second in range(90):
        clock.seconds = float(second)
        outage.tell("refused")
    assert outage.is_on
    outage.over()
    assert not outage.is_on
    assert told == [
        (0.0, "no Redis", {"why": "refused"}),
        (60.0, "no Redis", {"why": "refused", "tries": 60, "for_s": 60}),
        (89.0, "over: no Redis", {"after_s": 89.0}),
    ]
