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

import pytest
from msgspec import structs

import config
from streams.core.definitions import Terms
from streams.core.open_hours import OpenHours, Stretch
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.core.working_days import DAY_MS, WorkingDays
from tests.core.test_oracle_agrees import folded
from tests.events import Event, event, records

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
    assert [days.deadline("written", one, 2) for one in received] == [at(day) for day in case.due.split()]
