"""Queues that are one line to the advisers are found by their waits."""

from streams.core.in_step import LEAST, MOST_QUEUES, InStep
from streams.core.waiting import Ended

S = 1000


def answered(at_s: int, wait_s: int) -> Ended:
    return Ended((at_s - wait_s) * S, at_s * S, "answered")


def test_what_is_answered_after_the_same_waits_is_one_line() -> None:
    known = InStep()
    for n in range(40):
        wait_s = 200 + 5 * (n % 7)
        known.answered("a", answered(10 * n, wait_s))
        known.answered("b", answered(10 * n + 3, wait_s + 2))
        known.answered("c", answered(10 * n + 6, 2 * wait_s))
    assert known.with_line("a") == ["a", "b"]
    assert known.with_line("b") == ["b", "a"]
    assert known.with_line("c") == ["c"]
    assert known.with_line("never heard of") == ["never heard of"]


def test_a_few_answers_are_chance() -> None:
    known = InStep()
    for n in range(int(LEAST) // 2):
        known.answered("a", answered(10 * n, 100))
        known.answered("b", answered(10 * n + 3, 100))
    assert known.with_line("a") == ["a"]


def test_nor_do_short_waits_or_old_answers_say_anything() -> None:
    known = InStep()
    for n in range(50):
        known.answered("a", answered(1000 * n, 5))
        known.answered("b", answered(1000 * n + 3, 5))
        known.answered("c", answered(1000 * n + 500, 300))
    assert [known.with_line(line) for line in "abc"] == [["a"], ["b"], ["c"]]


def test_what_parts_is_seen_to_part() -> None:
    known = InStep()
    for n in range(50):
        known.answered("a", answered(10 * n, 300))
        known.answered("b", answered(10 * n + 3, 300))
    assert known.with_line("a") == ["a", "b"]
    for n in range(50, 70):
        known.answered("a", answered(10 * n, 300))
        known.answered("b", answered(10 * n + 3, 100))
    assert known.with_line("a") == ["a"]


def test_so_many_queues_are_compared_and_no_more() -> None:
    known = InStep()
    for n in range(20):
        for line in range(MOST_QUEUES + 10):
            known.answered(f"{line}", answered(60 * n, 300))
    assert len(known.with_line("0")) == MOST_QUEUES
    assert known.with_line(f"{MOST_QUEUES}") == [f"{MOST_QUEUES}", *(f"{line}" for line in range(MOST_QUEUES))][:1]
