"""Opening hours as people have them: each row is a text, and whether it is open then."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from config.hours import Hours, OpeningHours, hours_of

OSLO = ZoneInfo("Europe/Oslo")
LUNCH = "Mon-Fri 09:00-11:30,12:15-15:00"
SATURDAYS = "Mon-Fri 09:00-15:00; Sat 10:00-14:00"
NIGHT = "Mon-Sun 21:00-02:00"
# A state office's: until noon on the 24th and 31st of December, and on the Wednesday before Maundy Thursday.
HALF_DAYS = "Mo-Fr 09:00-15:00; Dec 24,Dec 31 09:00-12:00; 2026 Apr 01 09:00-12:00; PH off"
SUMMER = "Mo-Fr 09:00-15:00; 2026 Jul 01-2026 Jul 31 Mo-Fr 10:00-14:00; 2026 Jul 13 off"


def is_open(text: str, at: str, country: str | None = "NO", zone: ZoneInfo = OSLO) -> bool:
    hours = OpeningHours({"phone": hours_of(text)}, zone, country)
    return hours.is_open("phone", round(datetime.fromisoformat(at).replace(tzinfo=zone).timestamp() * 1000))


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("Mon-Fri 09:00-15:00", "2026-11-30T09:00", True),
        ("Mon-Fri 09:00-15:00", "2026-11-30T15:00", False),
        ("Fri-Mon 09:00-15:00", "2026-11-29T10:00", True),
        ("Fri-Mon 09:00-15:00", "2026-12-01T10:00", False),
        ("Mon,Wed 09:00-15:00", "2026-12-01T10:00", False),
        ("Mon,Wed 09:00-15:00", "2026-12-02T10:00", True),
        (LUNCH, "2026-11-30T11:29", True),
        (LUNCH, "2026-11-30T11:30", False),
        (LUNCH, "2026-11-30T12:15", True),
        (SATURDAYS, "2026-11-28T13:59", True),
        (SATURDAYS, "2026-11-28T14:00", False),
        (SATURDAYS, "2026-11-29T10:00", False),
        (NIGHT, "2026-11-29T23:59", True),
        (NIGHT, "2026-11-30T01:59", True),
        (NIGHT, "2026-11-30T02:00", False),
        ("Sat 21:00-02:00", "2026-11-29T01:00", True),
        ("Sat 21:00-02:00", "2026-11-28T01:00", False),
        ("24/7", "2026-12-25T03:00", True),
        ("24/7; PH off", "2026-12-25T03:00", False),
        ("Mon-Sun 00:00-24:00", "2026-12-25T03:00", False),
        ("Mon-Sun 00:00-24:00", "2026-12-24T23:59", True),
        ("Mon-Fri 09:00-15:00; PH 10:00-12:00", "2026-12-25T11:00", True),
        ("Mon-Fri 09:00-15:00; PH 10:00-12:00", "2026-12-25T09:30", False),
        (HALF_DAYS, "2026-12-24T11:59", True),
        (HALF_DAYS, "2026-12-24T12:00", False),
        (HALF_DAYS, "2027-12-31T12:00", False),
        (HALF_DAYS, "2026-12-23T14:00", True),
        (HALF_DAYS, "2026-04-01T12:30", False),
        (HALF_DAYS, "2026-04-02T10:00", False),  # Maundy Thursday
        (SUMMER, "2026-07-14T09:30", False),
        (SUMMER, "2026-07-14T10:00", True),
        (SUMMER, "2026-07-13T11:00", False),
        (SUMMER, "2026-08-03T09:30", True),
        ("Mo-Fr 09:00-15:00; 2026 Dec 24-2027 Jan 02 off", "2026-12-29T10:00", False),
        ("Mo-Fr 09:00-15:00; 2026 Dec 24-2027 Jan 02 off", "2027-01-04T10:00", True),
    ],
)
def test_when_it_is_open(text: str, at: str, expected: bool) -> None:
    assert is_open(text, at) is expected


def test_what_is_open_past_midnight_closes_where_a_day_off_begins() -> None:
    assert is_open(NIGHT, "2026-12-31T23:59") and not is_open(NIGHT, "2027-01-01T00:00")
    assert is_open(NIGHT + "; PH 20:00-01:00", "2027-01-01T20:30")
    assert is_open(NIGHT + "; PH 20:00-01:00", "2027-01-02T00:30")


def test_the_night_with_an_hour_twice_is_open_in_both() -> None:
    hours = OpeningHours({"phone": hours_of(NIGHT.replace("02:00", "02:30"))}, OSLO, "NO")
    before = round(datetime(2026, 10, 25, 2, 29, tzinfo=OSLO).timestamp() * 1000)
    assert [hours.is_open("phone", before + minutes * 60_000) for minutes in (0, 1, 31, 60, 61)] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_holidays_may_be_a_region_s() -> None:
    corpus_christi = "2026-06-04T10:00"
    assert is_open("Mon-Fri 09:00-15:00", corpus_christi, "DE")
    assert not is_open("Mon-Fri 09:00-15:00", corpus_christi, "DE-BY")
    assert is_open("Mon-Fri 09:00-15:00", "2026-12-25T10:00", None)


@pytest.mark.parametrize(
    "text",
    [
        "noon",
        "Mon-Fri 9-15",
        "Mon-Fri 09:60-10:00",
        "sunrise-sunset",
        "Mo-Fr,PH 09:00-15:00",
        "Mo-Fr 09:00-15:00; SH off",
        "",
    ],
)
def test_what_is_none_is_told_with_what_is(text: str) -> None:
    with pytest.raises(ValidationError, match=r'is not like "Mon-Fri 09:00-15:00", or "Mo-Fr 09:00-12:00,13:00-15:00'):
        TypeAdapter(Hours).validate_python(text)


@pytest.mark.parametrize("text", ["off", "2020 Dec 24-2020 Dec 26 off"])
def test_what_is_never_is_no_hours(text: str) -> None:
    with pytest.raises(ValidationError, match="is never"):
        TypeAdapter(Hours).validate_python(text)
