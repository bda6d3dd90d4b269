"""Days of 23, 24 and 25 hours in Europe/Oslo, exact to the millisecond; and what does not touch a wait."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.calendar import day_of, interval_of, next_day
from tests.core.named import cells, total
from tests.core.test_oracle_agrees import RULES, folded
from tests.events import records, visit

OSLO = ZoneInfo("Europe/Oslo")
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    """An instant with its offset written out."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("midnight", "next_midnight", "hours"),
    [
        ("2025-03-29T00:00+01:00", "2025-03-30T00:00+01:00", 24),
        ("2025-03-30T00:00+01:00", "2025-03-31T00:00+02:00", 23),
        ("2025-03-31T00:00+02:00", "2025-04-01T00:00+02:00", 24),
        ("2025-10-25T00:00+02:00", "2025-10-26T00:00+02:00", 24),
        ("2025-10-26T00:00+02:00", "2025-10-27T00:00+01:00", 25),
        ("2025-12-31T00:00+01:00", "2026-01-01T00:00+01:00", 24),
        ("2024-02-29T00:00+01:00", "2024-03-01T00:00+01:00", 24),
    ],
)
@pytest.mark.fault(17)
def test_a_day_is_from_midnight_to_midnight(midnight: str, next_midnight: str, hours: int) -> None:
    begins, ends = ms(midnight), ms(next_midnight)
    assert ends - begins == hours * HOUR_MS
    assert next_day(begins, OSLO) == ends
    for t in (begins, begins + 1, *range(begins, ends, 15 * 60_000), ends - 1):
        assert day_of(t, OSLO) == begins
    assert day_of(begins - 1, OSLO) != begins != day_of(ends, OSLO) == ends


@given(st.integers(0, 4_102_444_799_999), st.sampled_from(["Europe/Oslo", "Asia/Kathmandu", "America/St_Johns", "UTC"]))
@pytest.mark.fault(17)
def test_every_instant_is_in_its_day(t: int, zone: str) -> None:
    info = ZoneInfo(zone)
    day = day_of(t, info)
    assert day <= t < next_day(day, info)
    local, midnight = (datetime.fromtimestamp(at // 1000, UTC).astimezone(info) for at in (t, day))
    assert midnight.date() == local.date()
    assert (midnight - timedelta(milliseconds=1)).date() < local.date()


@given(st.integers(0, 4_102_444_799_999))
def test_every_instant_is_in_its_interval(t: int) -> None:
    assert 0 <= t - interval_of(t) < 900_000 and interval_of(t) % 900_000 == 0


@pytest.mark.parametrize("midnight", ["2025-03-31T00:00+02:00", "2025-10-27T00:00+01:00", "2026-01-01T00:00+01:00"])
@pytest.mark.fault(17)
def test_what_happens_at_midnight_is_of_the_new_day(midnight: str) -> None:
    """
    entered   1 ms before midnight     the old day's
    answered  at midnight              the new day's, with a wait of 1 ms
    """
    at = ms(midnight)
    days = folded(RULES, records(visit("j", at - 1, ("queue.answered", 1))), []).aggregates.days
    assert list(days.rows) == [day_of(at - 1, OSLO), at]
    old, new = cells(days)
    assert old == {"entered": 1, "journeys": 1}
    assert (new["answered"], new["wait_sum_ms"]) == (1, 1)
    assert "entered" not in new


def test_an_offer_that_is_missed_does_not_start_the_wait_again() -> None:
    """
    0 s        60 s      61 s     120 s
    entered    offered   missed   answered
    |------------ the wait ------|
    """
    at = ms("2025-03-04T09:00+01:00")
    log = visit("j", at, ("agent.offered", 60_000), ("agent.missed", 61_000), ("queue.answered", 120_000))
    for some in (log[:3], log):
        state = folded(RULES, records(some), [])
        line = "phone/personbruker/helse"
        assert list(state.open_now.waiting[RULES.counted_as(line)].values()) == ([] if some is log else [at])
    cell = total(state, line)
    assert (cell["wait_sum_ms"], cell["offered"], cell["missed"], cell["answered"]) == (120_000, 1, 1, 1)
    assert cell["journey_wait_sum_ms"] == 120_000
