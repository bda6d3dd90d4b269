"""Letters by hand: what was told, when each turn was due, and what it counts as.

Times are of Oslo. Open is as in `config/queues.toml`: Monday to Friday but for public holidays, unless a case says
otherwise. A turn is due by the end of the second working day after the day of receipt: the midnight written here is the
one that ends it.
"""

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson
import pytest
from msgspec import structs

import config
from streams.cli.verify import definitions_for
from streams.core.account import account
from streams.core.ahead import early
from streams.core.decode import Rejected, decoder
from streams.core.definitions import Terms
from streams.core.events import ContactHeld, WrittenReceived
from streams.core.fold import fold
from streams.core.open_hours import OpenHours, Stretch
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.core.working_days import DAY_MS, WorkingDays
from streams.oracle import differences, recount
from streams.oracle.decode import decode as oracle_decode
from tests.core.test_oracle_agrees import folded
from tests.events import Event, event, records
from tests.terms import from_then_on

OSLO = ZoneInfo("Europe/Oslo")
RULES = config.load().rules(b"a key")


class Case(NamedTuple):
    """`counts` has what is counted, by queue, a word for each; `days` how many working days each answer took."""

    name: str
    told: str
    due: str  # of each turn, in order of receipt
    counts: dict[str, str]
    days: tuple[int, ...] = ()
    closed: str = ""  # dates that are no working days beside those of the configuration


CASES = [
    Case("on the same day", "2026-01-05T10:00 received sto; 2026-01-05T14:00 answered", "2026-01-08",
         {"sto": "received answered within_2 within_3"}, (0,)),
    Case("on the next", "2026-01-05T10:00 received sto; 2026-01-06T07:00 answered", "2026-01-08",
         {"sto": "received answered within_2 within_3"}, (1,)),
    Case("in the last millisecond", "2026-01-05T10:00 received sto; 2026-01-07T23:59:59.999 answered", "2026-01-08",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("a millisecond later", "2026-01-05T10:00 received sto; 2026-01-08T00:00 answered", "2026-01-08",
         {"sto": "received missed_2 answered within_3"}, (3,)),
    Case("on the fourth", "2026-01-05T10:00 received sto; 2026-01-09T08:00 answered", "2026-01-08",
         {"sto": "received missed_2 missed_3 answered"}, (4,)),
    Case("at one instant with its receipt", "2026-01-05T10:00 received sto; 2026-01-05T10:00 answered", "2026-01-08",
         {"sto": "received answered within_2 within_3"}, (0,)),
    Case("Friday after closing time", "2026-01-09T16:30 received sto; 2026-01-13T12:00 answered", "2026-01-14",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("late on Friday night", "2026-01-09T23:59:59.999 received sto; 2026-01-13T23:00 answered", "2026-01-14",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("on Saturday", "2026-01-10T10:00 received sto; 2026-01-13T12:00 answered", "2026-01-14",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("on Sunday at the last moment", "2026-01-11T23:59:59.999 received sto; 2026-01-12T08:00 answered",
         "2026-01-14", {"sto": "received answered within_2 within_3"}, (1,)),
    Case("answered on a Saturday that is between", "2026-01-08T10:00 received sto; 2026-01-10T11:00 answered",
         "2026-01-13", {"sto": "received answered within_2 within_3"}, (2,)),
    Case("answered on the Saturday after it was due", "2026-01-07T10:00 received sto; 2026-01-10T11:00 answered",
         "2026-01-10", {"sto": "received missed_2 answered within_3"}, (3,)),
    Case("before Christmas: the 24th is a working day here", "2025-12-23T10:00 received sto; 2025-12-29T15:00 answered",
         "2025-12-30", {"sto": "received answered within_2 within_3"}, (2,)),
    Case("the 24th by itself closed", "2025-12-23T10:00 received sto; 2025-12-30T15:00 answered", "2025-12-31",
         {"sto": "received answered within_2 within_3"}, (2,), "2025-12-24"),
    Case("on Christmas Day", "2025-12-25T10:00 received sto; 2025-12-30T15:00 answered", "2025-12-31",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over New Year", "2025-12-30T10:00 received sto; 2026-01-02T15:00 answered", "2026-01-03",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("the day before Maundy Thursday", "2026-04-01T10:00 received sto; 2026-04-08T15:00 answered", "2026-04-09",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("on Maundy Thursday", "2026-04-02T10:00 received sto; 2026-04-08T15:00 answered", "2026-04-09",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("due on the Wednesday before Easter", "2026-03-30T10:00 received sto; 2026-04-02T10:00 answered",
         "2026-04-02", {"sto": "received missed_2 answered within_3"}, (3,)),
    Case("over the 1st of May", "2026-04-29T10:00 received sto; 2026-05-04T10:00 answered", "2026-05-05",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over Ascension Day", "2026-05-13T10:00 received sto; 2026-05-18T10:00 answered", "2026-05-19",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over Whit Monday", "2026-05-22T10:00 received sto; 2026-05-27T10:00 answered", "2026-05-28",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over a 17th of May in mid-week", "2028-05-16T10:00 received sto; 2028-05-19T10:00 answered", "2028-05-20",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over a 17th of May that is Whit Monday, too", "2027-05-14T10:00 received sto; 2027-05-19T10:00 answered",
         "2027-05-20", {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over a 17th of May on a Sunday", "2026-05-15T10:00 received sto; 2026-05-19T10:00 answered", "2026-05-20",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over the night when clocks go forward", "2026-03-27T10:00 received sto; 2026-03-31T23:59 answered",
         "2026-04-01", {"sto": "received answered within_2 within_3"}, (2,)),
    Case("over the night when they go back", "2026-10-23T10:00 received sto; 2026-10-27T23:59 answered", "2026-10-28",
         {"sto": "received answered within_2 within_3"}, (2,)),
    Case("in the hour that is there twice", "2026-10-25T02:30+01:00 received sto; 2026-10-28T00:00 answered",
         "2026-10-28", {"sto": "received missed_2 answered within_3"}, (3,)),
    Case("in the summer, by the night of another offset", "2026-07-06T23:30 received sto; 2026-07-08T23:30 answered",
         "2026-07-09", {"sto": "received answered within_2 within_3"}, (2,)),
    Case("moved: its clock goes on", "2026-01-05T10:00 received sto; 2026-01-06T10:00 moved sto-helse;"
         "2026-01-08T09:00 answered", "2026-01-08",
         {"sto": "received", "sto-helse": "moved missed_2 answered within_3"}, (3,)),
    Case("moved after it was due: missed where it was then", "2026-01-05T10:00 received sto;"
         "2026-01-08T10:00 moved sto-helse; 2026-01-08T12:00 answered", "2026-01-08",
         {"sto": "received missed_2", "sto-helse": "moved answered within_3"}, (3,)),
    Case("moved to where it is", "2026-01-05T10:00 received sto; 2026-01-06T10:00 moved sto;"
         "2026-01-06T12:00 answered", "2026-01-08", {"sto": "received answered within_2 within_3"}, (1,)),
    Case("moved twice", "2026-01-05T10:00 received sto; 2026-01-05T11:00 moved sto-helse;"
         "2026-01-05T12:00 moved sto; 2026-01-06T12:00 answered", "2026-01-08",
         {"sto": "received moved answered within_2 within_3", "sto-helse": "moved"}, (1,)),
    Case("reclassified: it begins anew", "2026-01-05T10:00 received bto; 2026-01-07T10:00 reclassified sto;"
         "2026-01-09T10:00 answered", "2026-01-08 2026-01-10",
         {"bto": "received reclassified", "sto": "begun_anew answered within_2 within_3"}, (2,)),
    Case("reclassified after it was due", "2026-01-05T10:00 received bto; 2026-01-08T10:00 reclassified sto;"
         "2026-01-09T10:00 answered", "2026-01-08 2026-01-13",
         {"bto": "received missed_2 reclassified", "sto": "begun_anew answered within_2 within_3"}, (1,)),
    Case("a message that was dealt with turns out to be a question", "2026-01-05T10:00 received bto;"
         "2026-01-05T11:00 answered; 2026-01-06T10:00 reclassified sto; 2026-01-06T12:00 answered",
         "2026-01-08 2026-01-09",
         {"bto": "received answered within_2 within_3", "sto": "begun_anew answered within_2 within_3"}, (0, 0)),
    Case("on hold is answered", "2026-01-05T10:00 received sto; 2026-01-06T10:00 held; 2026-01-20T10:00 answered",
         "2026-01-08", {"sto": "received answered held within_2 within_3"}, (1,)),
    Case("withdrawn in time: it is in no share", "2026-01-05T10:00 received sto; 2026-01-06T10:00 withdrawn",
         "2026-01-08", {"sto": "received withdrawn"}),
    Case("withdrawn too late", "2026-01-05T10:00 received sto; 2026-01-08T10:00 withdrawn", "2026-01-08",
         {"sto": "received missed_2 withdrawn"}),
    Case("merged in time", "2026-01-05T10:00 received sto; 2026-01-07T23:00 merged", "2026-01-08",
         {"sto": "received merged"}),
    Case("merged too late", "2026-01-05T10:00 received sto; 2026-01-12T08:00 merged", "2026-01-08",
         {"sto": "received missed_2 missed_3 merged"}),
    Case("another message after the answer", "2026-01-05T10:00 received sto; 2026-01-06T10:00 answered;"
         "2026-01-09T10:00 received sto; 2026-01-12T10:00 answered", "2026-01-08 2026-01-14",
         {"sto": "received answered within_2 within_3 received answered within_2 within_3"}, (1, 1)),
    Case("another message before it", "2026-01-05T10:00 received sto; 2026-01-07T10:00 received sto;"
         "2026-01-08T10:00 answered", "2026-01-08 2026-01-10",
         {"sto": "received received missed_2 answered within_3 answered within_2 within_3"}, (3, 1)),
    Case("answered again", "2026-01-05T10:00 received sto; 2026-01-06T10:00 answered; 2026-01-07T10:00 answered",
         "2026-01-08", {"sto": "received answered within_2 within_3"}, (1,)),
    Case("an answer to nothing", "2026-01-06T10:00 answered", "", {}),
    Case("moved before it came", "2026-01-05T09:00 moved sto-helse; 2026-01-05T10:00 received sto;"
         "2026-01-06T10:00 answered", "2026-01-08", {"sto": "received answered within_2 within_3"}, (1,)),
    Case("never answered", "2026-01-05T10:00 received sto", "2026-01-08",
         {"sto": "received missed_2 missed_3 lost"}),
    Case("answered after it was lost", "2026-01-05T10:00 received sto; 2026-02-02T10:00 answered", "2026-01-08",
         {"sto": "received missed_2 missed_3 lost"}),
    Case("answered just before that", "2026-01-05T10:00 received sto; 2026-02-02T09:59:59.999 answered", "2026-01-08",
         {"sto": "received missed_2 missed_3 answered"}, (20,)),
]  # fmt: skip


def at(text: str) -> int:
    """Epoch ms of a time in Oslo; of two with one name the first, unless it says its offset."""
    read = datetime.fromisoformat(text)
    return round((read if read.tzinfo else read.replace(tzinfo=OSLO)).timestamp() * 1000)


def rules_of(case: Case) -> Rules:
    """Those of the configuration, with what the case has closed besides."""
    closed, hours = {at(day) for day in case.closed.split()}, RULES.definitions.open_hours

    def of_day(channel: str, day: int) -> Sequence[Stretch]:
        return () if day in closed else hours.of_day(channel, day)

    definitions = dataclasses.replace(RULES.definitions, open_hours=OpenHours(of_day, OSLO))
    return dataclasses.replace(RULES, definitions=definitions)


def log_of(case: Case) -> list[Event]:
    made = []
    for row in case.told.split(";"):
        when, what, *queue = row.split()
        line = f"written/personbruker/{queue[0]}" if queue else None
        made.append(event(f"written.{what}", at(when), "a letter", line, visit_id=None))
    return made


def counted(state: PartitionState, case: Case) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for queue in ("sto", "bto", "sto-helse"):
        cell = state.aggregates.totals.get(RULES.line("written", "personbruker", queue), {})
        counts = {name.removeprefix("letters_"): n for name, n in cell.items() if name.startswith("letters_")}
        if counts:
            found[queue] = Counter(counts)
    return found


def days_of(state: PartitionState) -> int:
    return sum(cell.get("letter_days_sum_ms", 0) for cell in state.aggregates.totals.values()) // DAY_MS


MUCH_LATER = event("contact.held", at("2029-01-01T00:00"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_a_letter_counts_as(case: Case) -> None:
    rules = rules_of(case)
    log = [*log_of(case), MUCH_LATER]
    expected = {queue: Counter(words.split()) for queue, words in case.counts.items()}
    state = folded(rules, records(log, at("2029-01-01T00:00")), [])
    assert counted(state, case) == expected
    assert days_of(state) == sum(case.days)
    assert sum(one["answered"] for one in expected.values()) == len(case.days)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
@pytest.mark.fault(12, 14)
def test_it_is_the_same_in_any_order_and_however_often_it_is_told(case: Case) -> None:
    """What comes late comes within the horizon."""
    rules = dataclasses.replace(rules_of(case))
    log = log_of(case)
    mixed = random.Random(case.name).sample([*log, *log], 2 * len(log))
    longer = dataclasses.replace(
        rules, definitions=dataclasses.replace(rules.definitions, terms=_with_horizon(rules, 60 * DAY_MS))
    )
    later = at("2029-01-01T00:00")
    expected = folded(longer, records([*log, MUCH_LATER], later), [])
    found = folded(longer, records([*mixed, MUCH_LATER], later), [1, 2, 3])
    assert found.hash() == expected.hash()
    assert counted(found, case) == {queue: Counter(words.split()) for queue, words in case.counts.items()}


def _with_horizon(rules: Rules, horizon_ms: int) -> tuple[Terms, ...]:
    return tuple(structs.replace(terms, horizon_ms=horizon_ms) for terms in rules.definitions.terms)


@pytest.mark.parametrize("case", [case for case in CASES if case.due], ids=[case.name for case in CASES if case.due])
def test_when_it_is_due(case: Case) -> None:
    """And it is overdue from then on, if nobody has answered."""
    days = WorkingDays(rules_of(case).definitions.open_hours)
    received = [at(row.split()[0]) for row in case.told.split(";") if row.split()[1] in ("received", "reclassified")]
    assert [days.deadlines("written", one, (2,))[0] for one in received] == [at(day) for day in case.due.split()]


# --- hours that change while letters are open

MONDAY = "2026-01-05T10:00"


def by(closed: str, rules: Rules = RULES) -> Rules:
    return dataclasses.replace(rules, definitions=rules_of(Case("", "", "", {}, closed=closed)).definitions)


@pytest.mark.parametrize("channel", ["written", "chat", "phone"])
@pytest.mark.parametrize("later", [(), (at("2026-03-01T00:00"),)], ids=["hours alone", "and definitions"])
@pytest.mark.fault(12)
def test_days_that_are_opened_or_closed_ahead_move_the_deadline(channel: str, later: tuple[int, ...]) -> None:
    """Whatever else is configured with them, and of whichever channel the letter is."""
    line = f"{channel}/personbruker/sto"
    received = event("written.received", at(MONDAY), "a letter", line)
    state = folded(by("2026-01-06 2026-01-07"), records([received], at(MONDAY) + 60_000), [])
    opened = by("")
    for from_ms in later:
        opened = from_then_on(opened, from_ms, promise_ms=3_600_000)
    state.configure(opened)
    later_on = event("contact.held", at("2026-01-08T12:00"))
    fold(state, records([later_on], at("2026-01-08T12:00"), first=1))
    cell = state.aggregates.totals[RULES.line(*line.split("/"))]
    assert cell["letters_missed_2"] == 1
    assert [due for _, due in state.open_now.letters[RULES.line(*line.split("/"))].values()] == [at("2026-01-08")]


@pytest.mark.parametrize("channel", ["written", "chat", "phone"])
@pytest.mark.fault(12, 14)
def test_days_that_are_over_stay_what_they_were(channel: str) -> None:
    """What was counted by them can be taken out again, as when it turns out that the letter was put on hold first."""
    line = f"{channel}/personbruker/sto"
    told = [("received", MONDAY), ("answered", "2026-01-08T12:00")]
    log = [event(f"written.{what}", at(when), "a letter", line) for what, when in told]
    state = folded(RULES, records(log, at("2026-01-08T12:00")), [])
    state.note_open_days()
    state.configure(by("2026-01-06 2026-01-07"))
    held = event("written.held", at("2026-01-08T11:00"), "a letter", line)
    fold(state, records([held], at("2026-01-08T12:00"), first=2))
    expected = recount([one.recounted for one in records([*log, held], at("2026-01-08T12:00"))], definitions_for(state))
    assert [str(one) for one in differences(expected, account(state))] == []
    assert state.aggregates.totals[RULES.line(*line.split("/"))]["letters_missed_2"] == 1


def test_who_writes_and_calls_is_remembered_by_each() -> None:
    """A call is over after hours, a letter after weeks: neither is remembered for less, or longer, for the other."""
    days = [event("contact.held", at(MONDAY) + n * DAY_MS) for n in range(40)]
    call = [event(f"queue.{what}", at(MONDAY) + n, "j", "phone/personbruker/helse") for n, what in ((0, "entered"),)]
    again = event("queue.answered", at(MONDAY) + 2 * DAY_MS, "j", "phone/personbruker/helse")
    log = [
        *call,
        event("written.received", at(MONDAY) + 1, "j", "written/personbruker/sto"),
        *days[:3],
        again,
        *days[3:],
    ]
    state = folded(RULES, records(log, at(MONDAY) + 40 * DAY_MS), list(range(len(log))))
    assert counted(state, CASES[0]) == {"sto": Counter(["received", "missed_2", "missed_3", "lost"])}
    assert state.aggregates.totals[RULES.line("phone", "personbruker", "helse")]["lost"] == 1


def test_a_centre_without_that_channel_has_no_letters_that_do_not_say_theirs() -> None:
    strictly = decoder(("phone",), ("personbruker",))
    told = {"schema_version": 1, "type": "written.received", "occurred_at": at(MONDAY), "journey_id": "j"}
    told |= {"audience": "personbruker", "queue": "sto"}
    assert strictly(orjson.dumps(told)) == Rejected("missing_field", "channel")
    assert oracle_decode(orjson.dumps(told), ["phone"], ["personbruker"]) == "missing_field"
    assert isinstance(strictly(orjson.dumps({**told, "channel": "phone"})), WrittenReceived)


@pytest.mark.fault(14)
def test_a_letter_told_anew_is_told_whole() -> None:
    """Also what of it was told of no contact."""
    received, line = event("written.received", at(MONDAY), "j", "written/personbruker/sto", contact_id=None), None
    anew = event(
        "written.received", at(MONDAY) + 1000, "j", "written/personbruker/bto", contact_id="c", contact_version=2
    )
    answered = event("written.answered", at(MONDAY) + 2000, "j", line, contact_id="c", contact_version=2)
    state = folded(RULES, records([received, anew, answered, MUCH_LATER], at("2029-01-01T00:00")), [])
    assert counted(state, CASES[0]) == {"bto": Counter(["received", "answered", "within_2", "within_3"])}


@pytest.mark.parametrize("cuts", [[], [4]])
def test_a_call_that_has_the_id_by_which_a_letter_is_kept_has_it_forgotten_no_sooner(cuts: list[int]) -> None:
    log = [
        event("written.received", at(MONDAY), "j", "written/personbruker/sto"),
        event("queue.entered", at(MONDAY) + 60_000, "letter of j"),
        event("queue.answered", at(MONDAY) + 120_000, "letter of j"),
        event("contact.held", at(MONDAY) + 2 * DAY_MS),
        event("written.answered", at(MONDAY) + 2 * DAY_MS + 3_600_000, "j", None),
    ]
    sent = records(log)
    state = folded(RULES, sent, cuts)
    expected = recount([one.recounted for one in sent], definitions_for(state))
    assert [str(one) for one in differences(expected, account(state))] == []
    assert counted(state, CASES[0])["sto"]["answered"] == 1


def test_what_an_earlier_build_left_waiting_of_a_letter_counts_nowhere() -> None:
    """It kept neither audience nor queue of it: there is no line that is called "None"."""
    state, far = PartitionState(RULES), at(MONDAY) + 3 * DAY_MS
    fold(state, records([event("contact.held", at(MONDAY), "x")]))
    left = early(
        ContactHeld(schema_version=1, occurred_at=far, journey_id="j", contact_id="c"), far, far, state.ids, RULES
    )
    for tag in ("written.received", "written.answered", "survey.answered"):
        state.ahead.add(structs.replace(left, tag=tag))
    fold(state, records([event("contact.held", far, f"y{n}") for n in range(4)]))
    assert not len(state.ahead) and state.aggregates.totals == {}
