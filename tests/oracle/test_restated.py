"""What a recount makes of contacts that are told anew, drawn as rows."""

from .drawn import ARBEID, EDITION_3, EDITION_4, HELSE, stayed, told, totals

V1 = ("0 queue.entered a helse version=1", "2m queue.answered a version=1")


def stays(*rows: str) -> list[tuple[str, int, int | None, str]]:
    return [
        (queue, entered // 1000, left and left // 1000, how)
        for queue, entered, left, how in stayed(*rows, by=EDITION_4)
    ]


def test_the_highest_version_holds_and_equal_ones_unite() -> None:
    rows = ("0 queue.entered a helse version=2", *V1, "3m queue.abandoned a version=2", "4m queue.answered a")
    assert stays(*rows) == stays(*rows[::-1]) == [("helse", 0, 180, "abandoned")]


def test_in_edition_3_there_are_no_versions() -> None:
    rows = (*V1, "0 queue.entered a arbeid version=2")
    assert totals(*rows, by=EDITION_3, line=ARBEID)["answered"] == 1, "two at one instant: the first line"
    assert totals(*rows, by=EDITION_4, line=ARBEID) == {"entered": 1, "journeys": 1}


def test_a_visit_is_of_whom_an_entry_or_a_version_names() -> None:
    """Not of whom else an event of it names."""
    rows = ("0 queue.entered a helse", "1m queue.answered a contact=d", "0 queue.entered b arbeid contact=d version=1")
    assert stays(*rows) == [("arbeid", 0, None, "waiting"), ("helse", 0, 60, "answered")]
    assert stays(*rows, "1m queue.answered a contact=d version=1") == [("arbeid", 0, None, "waiting")]


def test_what_is_told_of_no_visit_is_of_its_contact() -> None:
    rows = (
        "0 queue.entered a helse",
        "5m contact.ended",
        "0 queue.entered b arbeid contact=d",
        "6m contact.ended contact=d",
    )
    assert stays(*rows, "0 queue.entered a helse version=1") == [
        ("arbeid", 0, 360, "left_ended"),
        ("helse", 0, None, "waiting"),
    ]


def test_a_callback_is_marked_by_the_contact_whose_entry_is_told_no_more() -> None:
    """Visit b is entered by two contacts, of which one is told anew: of the other stays that it is a callback."""
    rows = (
        "0 queue.entered a helse",
        "1m callback.requested a",
        "5m queue.entered b helse contact=d initiation=callback",
        "6m queue.entered b arbeid contact=e",
        "6m queue.entered b arbeid contact=e version=1",
        "7m queue.entered x helse contact=d",
        "8m queue.answered x",
    )
    assert totals(*rows, by=EDITION_4)["callback_kept"] == 1


def test_what_is_older_than_the_horizon_is_told_anew_by_nobody() -> None:
    late = "36h+1m tick"
    assert told(*V1, late, "0 queue.entered a helse version=2", by=EDITION_4)["restated_late"] == 1
    in_part = told(*V1, late, "2m queue.abandoned a version=2", by=EDITION_4)
    assert (in_part["late"], in_part["restated_late"]) == (0, 1), "its entry, at 0, would be taken out"
    assert in_part["totals"][HELSE]["answered"] == 1
    in_time = told(*V1, "36h tick", "2m queue.abandoned a version=2", by=EDITION_4)
    assert (in_time["restated_late"], in_time["totals"]) == (0, {})


def test_what_is_told_long_after_is_another_journey() -> None:
    rows = (*V1, "5h queue.entered a helse version=2", "5h+1m queue.answered a version=2")
    assert totals(*rows, by=EDITION_4)["answered"] == 2
