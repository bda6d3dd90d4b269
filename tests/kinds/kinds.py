"""Each kind of input that sources are known for, as a few events, and what it comes to, reckoned by hand.

A row of a log is a time of Tuesday, 4 March 2025, by Oslo's clocks (a later day as "+1d10:00"), an event's type, its
visit, a queue where one is told, and fields. All are of journey `j` and contact `c`, by phone, unless said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tests.events import Event, event

DAY, OSLO = date(2025, 3, 4), ZoneInfo("Europe/Oslo")  # that Tuesday
Right = dict[str, dict[str, int]]  # by queue: measure -> how much; "waiting" is of now, sums are in s


@dataclass(frozen=True)
class Kind:
    """One row of the table."""

    name: str
    what: str  # the source does, in words
    log: Sequence[str]
    right: Right
    rejected: dict[str, int] = field(default_factory=dict)
    in_no_queue: dict[str, int] = field(default_factory=dict)  # what is counted of no queue

    @property
    def events(self) -> list[Event]:
        """What is sent."""
        return [_event(row) for row in self.log]

    @property
    def lasts_ms(self) -> int:
        """From the first to the last that is told."""
        told: list[int] = [event["occurred_at"] for event in self.events]
        return max(told) - min(told)

    @property
    def in_words(self) -> str:
        """What is right, as the table has it."""
        told = [f"{queue}: {', '.join(f'{name} {n}' for name, n in of.items())}" for queue, of in self.right.items()]
        told += [f"rejected as {reason}: {n}" for reason, n in self.rejected.items()]
        told += [f"{name} {n}" for name, n in self.in_no_queue.items()]
        return "; ".join(told)


_ROW: Final = re.compile(r"(?:\+(\d+)d)?(\d+):(\d+)(?::(\d+))? (\S+)(.*)")


def _event(row: str) -> Event:
    found = _ROW.fullmatch(row)
    assert found, row
    days, hours, minutes, seconds = (int(one or 0) for one in found.groups()[:4])
    at = datetime.combine(DAY + timedelta(days), time(hours, minutes, seconds), OSLO)
    at_ms = int(at.timestamp()) * 1000
    words = found[6].split()
    fields = dict(word.split("=") for word in words if "=" in word)
    named = [word for word in words if "=" not in word]
    visit = named.pop(0) if named and found[5] not in ("contact.ended", "contact.started") else None
    channel = fields.pop("channel", "phone")
    line = f"{channel}/personbruker/{named[0]}" if named else None
    version = {name: int(fields.pop(name)) for name in ("contact_version",) if name in fields}
    where = {"channel": channel, "audience": "personbruker"} if "destination" in fields else {}
    made = {"journey_id": "j", "contact_id": "c", "visit_id": visit, **where, **fields, **version}
    return event(found[5], at_ms // 1000 if made.pop("in", "") == "seconds" else at_ms, None, line, **made)


KINDS: Final = (
    Kind(
        "attended transfer",
        "A transfer that was announced first is written a second after the entry that it caused.",
        [
            "10:00 queue.entered a helse",
            "10:00:12 queue.answered a",
            "10:02:11 queue.entered b arbeid",
            "10:02:12 contact.transferred a destination=arbeid",
            "10:02:18 queue.answered b",
        ],
        {"arbeid": {"passed_on": 1, "passed_on_answered": 1, "answered": 1, "wait_sum_s": 7}},
    ),
    Kind(
        "transfer back",
        "Passed on to the same queue.",
        [
            "10:00 queue.entered a helse",
            "10:00:10 queue.answered a",
            "10:05 contact.transferred a destination=helse",
            "10:05:02 queue.entered b helse",
            "10:06 queue.abandoned b",
        ],
        {"helse": {"entered": 2, "answered": 1, "abandoned": 1, "passed_on": 1, "passed_on_given_up": 1}},
    ),
    Kind(
        "several transfers of one visit",
        "One call id is put into one queue after the other, and passed on each time.",
        [
            "10:00 queue.entered a helse",
            "10:00:10 queue.answered a",
            "10:02 contact.transferred a destination=arbeid",
            "10:02:01 queue.entered a arbeid",
            "10:03 queue.answered a",
            "10:09 contact.transferred a destination=arbeid",
            "10:09:01 queue.entered a arbeid",
            "10:10 queue.answered a",
        ],
        {"arbeid": {"entered": 2, "answered": 2, "passed_on": 2, "passed_on_answered": 2, "wait_sum_s": 118}},
    ),
    Kind(
        "transfer never completed",
        "The colleague did not answer, and nobody was passed on; the customer comes by himself the day after.",
        [
            "10:00 queue.entered a helse",
            "10:00:10 queue.answered a",
            "10:05 contact.transferred a destination=arbeid",
            "+1d09:30 queue.entered b arbeid contact_id=d",
            "+1d09:31 queue.answered b",
        ],
        {"arbeid": {"passed_on": 1, "passed_on_answered": 0, "answered": 1}},
    ),
    Kind(
        "reopened chat",
        "A chat is opened again under the same contact, and ends while it waits.",
        [
            "10:00 queue.entered a helse channel=chat",
            "10:02 queue.answered a",
            "10:05 contact.ended",
            "10:30 queue.entered b helse channel=chat",
            "10:36 contact.ended",
        ],
        {"chat/helse": {"entered": 2, "answered": 1, "left_ended": 1, "waiting": 0}},
    ),
    Kind(
        "reopened chat under one id",
        "A chat's customer is gone before anybody answers, and opens it again, as the same visit.",
        [
            "10:00 queue.entered a helse channel=chat",
            "10:06 contact.ended",
            "10:30 queue.entered a helse channel=chat",
            "10:31 queue.answered a",
        ],
        {"chat/helse": {"entered": 2, "left_ended": 1, "answered": 1, "wait_sum_s": 60}},
    ),
    Kind(
        "told after the contact's end",
        "The contact's end is told, and then an answer a second after it: what is told holds.",
        ["10:00 queue.entered a helse", "10:02 contact.ended", "10:02:01 queue.answered a"],
        {"helse": {"answered": 1, "left_ended": 0, "wait_sum_s": 121}},
    ),
    Kind(
        "back in the queue",
        "A chat is put back in the queue after an answer, as the same visit.",
        [
            "10:00 queue.entered a helse channel=chat",
            "10:00:30 queue.answered a",
            "10:05 queue.entered a helse channel=chat",
        ],
        {"chat/helse": {"entered": 2, "answered": 1, "waiting": 1}},
    ),
    Kind(
        "in again under one id",
        "A caller is timed out and put in again, under one call id.",
        [
            "10:00 queue.entered a helse",
            "10:03 queue.left a reason=timeout",
            "10:03:01 queue.entered a helse",
            "10:03:06 queue.answered a",
        ],
        {"helse": {"entered": 2, "left_timeout": 1, "answered": 1, "wait_sum_s": 5, "time_in_queues_sum_s": 185}},
    ),
    Kind(
        "whole seconds",
        "The same, of a source that writes whole seconds: out, in again and answered in one.",
        [
            "10:00 queue.entered a helse",
            "10:03 queue.left a reason=timeout",
            "10:03 queue.entered a helse",
            "10:03 queue.answered a",
        ],
        {"helse": {"entered": 2, "left_timeout": 1, "answered": 1, "wait_sum_s": 0, "time_in_queues_sum_s": 180}},
    ),
    Kind(
        "in again under another id",
        "A caller waits nine minutes, is timed out, put in again as another visit, and answered after five seconds.",
        [
            "10:00 queue.entered a helse",
            "10:09 queue.left a reason=timeout",
            "10:09:01 queue.entered b helse",
            "10:09:06 queue.answered b",
        ],
        {"helse": {"entered": 2, "answered": 1, "reached": 1, "journey_wait_sum_s": 546, "time_in_queues_sum_s": 545}},
    ),
    Kind(
        "told again",
        "After a missed offer the source tells the entry anew: the wait goes on.",
        [
            "10:00 queue.entered a helse",
            "10:01 agent.missed a agent_ref=6001",
            "10:01 queue.entered a helse",
            "10:02 queue.answered a",
        ],
        {"helse": {"entered": 1, "missed": 1, "answered": 1, "wait_sum_s": 120}},
    ),
    Kind(
        "id used again",
        "The next day's call has yesterday's id.",
        [
            "10:00 queue.entered a helse",
            "10:01 queue.answered a",
            "+1d10:00 queue.entered a helse",
            "+1d10:20 queue.answered a",
        ],
        {"helse": {"answered": 2, "wait_sum_s": 1260, "waiting": 0}},
    ),
    Kind(
        "ring all",
        "Four advisers miss an offer in one millisecond.",
        ["10:00 queue.entered a helse", *(f"10:00:17 agent.missed a agent_ref=600{n}" for n in (1, 2, 3, 4))],
        {"helse": {"missed": 4, "waiting": 1}},
    ),
    Kind(
        "missed, told twice",
        "One adviser's missed offer is told again; another's is told without a name.",
        [
            "10:00 queue.entered a helse",
            "10:00:17 agent.missed a agent_ref=6001",
            "10:00:17 agent.missed a agent_ref=6001",
            "10:00:17 agent.missed a",
        ],
        {"helse": {"missed": 2}},
    ),
    Kind(
        "second queue without an exit",
        "Only the entry to the next queue is told.",
        ["10:00 queue.entered a helse", "10:01 queue.entered b arbeid", "10:01:30 queue.answered b"],
        {"helse": {"entered": 1, "left_moved": 1, "waiting": 0}, "arbeid": {"answered": 1, "wait_sum_s": 30}},
    ),
    Kind(
        "another queue under one id",
        "The same under one call id: overflow without a word.",
        ["10:00 queue.entered a helse", "10:01 queue.entered a arbeid", "10:01:30 queue.answered a"],
        {"helse": {"left_moved": 1, "answered": 0, "waiting": 0}, "arbeid": {"answered": 1, "wait_sum_s": 30}},
    ),
    Kind(
        "in two queues at once",
        "A caller is put in two queues in one second, and answered in one of them.",
        ["10:00 queue.entered a helse", "10:00 queue.entered b arbeid", "10:01:30 queue.answered b"],
        {"helse": {"left_moved": 1, "waiting": 0}, "arbeid": {"answered": 1}},
    ),
    Kind(
        "seconds in place of milliseconds",
        "Times are epoch seconds.",
        ["10:00 queue.entered a helse in=seconds", "10:09 queue.answered a in=seconds"],
        {},
        rejected={"time_in_seconds": 2},
    ),
    Kind(
        "callback as a new contact, told as such",
        "The callback is a contact of its own that enters the queue; its beginning says that it is one.",
        [
            "10:00 queue.entered a helse",
            "10:02 callback.requested a",
            "10:03:30 contact.started contact_id=d initiation=callback",
            "10:03:39 queue.entered b helse contact_id=d",
            "10:04 queue.answered b",
        ],
        {"helse": {"called_back": 1, "callback_kept": 1, "callback_settled": 0, "callback_wait_sum_s": 240}},
    ),
    Kind(
        "callback as a new contact",
        "The same, and nothing says that it is one; or the customer rings again and is answered.",
        [
            "10:00 queue.entered a helse",
            "10:02 callback.requested a",
            "10:03:39 queue.entered b helse contact_id=d",
            "10:04 queue.answered b",
            "16:00 queue.snapshot helse waiting=0",
        ],
        {"helse": {"called_back": 1, "callback_kept": 0, "callback_settled": 1, "callback_overdue": 0}},
    ),
    Kind(
        "two promises, one call",
        "The customer asks twice to be called back, and is called once: both promises are kept.",
        [
            "10:00 queue.entered a helse",
            "10:02 callback.requested a",
            "10:20 queue.entered b helse contact_id=d",
            "10:22 callback.requested b",
            "11:00 callback.connected b",
        ],
        {"helse": {"called_back": 2, "callback_kept": 2, "callback_settled": 0, "callback_wait_sum_s": 6000}},
    ),
    Kind(
        "callback withdrawn afterwards",
        "The customer rings again and is answered, so the source cancels the callback: it was settled before that.",
        [
            "10:00 queue.entered a helse",
            "10:02 callback.requested a",
            "10:03 queue.entered b helse contact_id=d",
            "10:04 queue.answered b",
            "10:05 callback.failed a reason=cancelled",
        ],
        {"helse": {"called_back": 1, "callback_settled": 1, "callback_cancelled": 0}},
    ),
    Kind(
        "a clock five minutes behind",
        "The clock of who writes answers is behind that of who writes entries.",
        ["10:00 queue.entered a helse", "9:56 queue.answered a"],
        {"helse": {"answered": 1, "wait_sum_s": 0, "cut": 1, "waiting": 0}},
    ),
    Kind(
        "id and visit used again",
        "The next day's call has yesterday's id, and its visit, too.",
        [
            "10:00 queue.entered a helse",
            "10:10 queue.answered a",
            "10:15 contact.ended",
            "+1d10:00 queue.entered a helse",
            "+1d10:11 queue.answered a",
        ],
        {"helse": {"entered": 2, "answered": 2, "wait_sum_s": 1260, "journeys": 2, "reached_first_visit": 2}},
    ),
    Kind(
        "id used again after a lost end",
        "The same, and how yesterday's call ended was never told: today's end is not its.",
        ["10:00 queue.entered a helse", "+1d10:00 queue.entered a helse", "+1d10:01 queue.answered a"],
        {"helse": {"entered": 2, "lost": 1, "answered": 1, "wait_sum_s": 60, "journeys": 2, "waiting": 0}},
    ),
    Kind(
        "callback of another day",
        "The id of a contact that began as a callback is used again the next day: what is answered then is none.",
        [
            "10:00 contact.started contact_id=d initiation=callback",
            "+1d10:00 queue.entered a helse",
            "+1d10:02 callback.requested a",
            "+1d10:03 queue.entered b helse contact_id=d",
            "+1d10:04 queue.answered b",
        ],
        {"helse": {"called_back": 1, "callback_kept": 0, "callback_settled": 1}},
    ),
    Kind(
        "chat over a weekend",
        "Asked on Friday, answered on Monday.",
        [
            "+3d14:50 queue.entered a helse channel=chat",
            "+6d09:05 queue.answered a channel=chat",
        ],
        {
            "chat/helse": {
                **{"entered": 1, "answered": 1, "lost": 0, "waiting": 0, "wait_sum_s": 238_500, "journeys": 1},
                **{"over_closed_wait_sum_s": 238_500, "while_open_wait_sum_s": 900},
            }
        },
    ),
    Kind(
        "chat over a public holiday",
        "Asked on the day before the first of May, answered on the day after it.",
        ["+57d14:50 queue.entered a helse channel=chat", "+59d09:05 queue.answered a channel=chat"],
        {"chat/helse": {"answered": 1, "over_closed": 1, "while_open_wait_sum_s": 900}},
    ),
    Kind(
        "chat over a night when the clock is changed",
        "Asked at closing time on Friday, answered on Monday, as summer time has come: an hour less has gone.",
        ["+24d15:00 queue.entered a helse channel=chat", "+27d09:00 queue.answered a channel=chat"],
        {"chat/helse": {"answered": 1, "wait_sum_s": 234_000, "while_open": 1, "while_open_wait_sum_s": 0}},
    ),
    Kind(
        "chat while it is open",
        "Asked in the morning, answered in the afternoon: it was open all the time.",
        ["09:00 queue.entered a helse channel=chat", "14:59:59 queue.answered a channel=chat"],
        {"chat/helse": {"answered": 1, "wait_sum_s": 21_599, "over_closed": 0, "while_open": 0}},
    ),
    Kind(
        "call over closing time",
        "A caller who came before closing time is answered after it: of calls only the whole wait counts.",
        ["14:59 queue.entered a helse", "15:04 queue.answered a"],
        {"helse": {"answered": 1, "wait_sum_s": 300, "over_closed": 0}},
    ),
    Kind(
        "answer beyond memory",
        "A call that was never heard of for a day is answered: nobody has waited for that, and its end is not known.",
        ["10:00 queue.entered a helse", "+1d10:00 queue.answered a"],
        {"helse": {"entered": 1, "answered": 0, "lost": 1, "waiting": 0}},
        in_no_queue={"without_entry": 1},
    ),
    Kind(
        "answer without an entry",
        "The entry was lost on its way: how long he waited nobody knows, so he is in no figure of the queue, and told.",
        ["10:05 queue.answered a", "10:20 contact.ended c"],
        {"helse": {"answered": 0, "waiting": 0}},
        in_no_queue={"without_entry": 1},
    ),
    Kind(
        "entry after its answer",
        "Two topics are read one after the other, the answers first: nothing lacks an entry in the end.",
        ["10:05 queue.answered a", "10:00 queue.entered a helse"],
        {"helse": {"answered": 1, "wait_sum_s": 300}},
        in_no_queue={"without_entry": 0},
    ),
    Kind(
        "answered corrected to abandoned",
        "The record says answered; told anew, it says that the customer gave up.",
        [
            "10:00 queue.entered a helse",
            "10:02 queue.answered a",
            "10:00 queue.entered a helse contact_version=1",
            "10:02 queue.abandoned a contact_version=1",
        ],
        {"helse": {"entered": 1, "answered": 0, "abandoned": 1, "reached": 0}},
    ),
    Kind(
        "entry's time corrected",
        "Told anew, the entry is two minutes later.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:05 queue.answered a contact_version=1",
            "10:02 queue.entered a helse contact_version=2",
            "10:05 queue.answered a contact_version=2",
        ],
        {"helse": {"entered": 1, "answered": 1, "wait_sum_s": 180, "journeys": 1, "journey_wait_sum_s": 180}},
    ),
    Kind(
        "queue corrected",
        "Told anew, it was another queue.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:05 queue.answered a contact_version=1",
            "10:00 queue.entered a arbeid contact_version=2",
            "10:05 queue.answered a contact_version=2",
        ],
        {"helse": {"entered": 0, "answered": 0}, "arbeid": {"entered": 1, "answered": 1, "wait_sum_s": 300}},
    ),
    Kind(
        "lower version last",
        "What was told first comes last: the higher version holds.",
        [
            "10:00 queue.entered a helse contact_version=7",
            "10:02 queue.abandoned a contact_version=7",
            "10:00 queue.entered a helse contact_version=3",
            "10:03 queue.answered a contact_version=3",
            "10:00 queue.entered a helse",
        ],
        {"helse": {"entered": 1, "abandoned": 1, "answered": 0}},
    ),
    Kind(
        "one version in parts",
        "Entry, offers, answer and end of a contact are told one by one, with one version; a visit is gone from it.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:01 queue.entered b arbeid contact_version=1",
            "10:00 queue.entered a helse contact_version=2",
            "10:01 agent.missed a contact_version=2",
            "10:02 queue.answered a contact_version=2",
            "10:09 contact.ended contact_version=2",
        ],
        {"helse": {"entered": 1, "missed": 1, "answered": 1, "wait_sum_s": 120}, "arbeid": {"entered": 0}},
    ),
    Kind(
        "another contact stays",
        "Of a journey's two contacts one is told anew.",
        [
            "10:00 queue.entered a helse",
            "10:02 queue.answered a",
            "10:10 queue.entered b arbeid contact_id=d",
            "10:11 queue.answered b",
            "10:10 queue.entered b arbeid contact_id=d contact_version=1",
            "10:13 queue.abandoned b contact_id=d contact_version=1",
        ],
        {"helse": {"entered": 1, "answered": 1}, "arbeid": {"entered": 1, "answered": 0, "abandoned": 1}},
    ),
    Kind(
        "told anew after all was over",
        "A day later, when the contact is long over, its record is told anew.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:02 queue.answered a contact_version=1",
            "10:09 contact.ended contact_version=1",
            "+1d18:00 queue.entered z arbeid journey_id=k contact_id=k",
            "10:00 queue.entered a helse contact_version=2",
            "10:02 queue.left a reason=closed contact_version=2",
            "10:09 contact.ended contact_version=2",
        ],
        {"helse": {"entered": 1, "answered": 0, "left_closed": 1}},
    ),
    Kind(
        "told anew too late",
        "The same, a day and a half later and more: what was told stays.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:02 queue.answered a contact_version=1",
            "+1d22:30 queue.entered z arbeid journey_id=k contact_id=k",
            "10:00 queue.entered a helse contact_version=2",
            "10:02 queue.left a reason=closed contact_version=2",
        ],
        {"helse": {"entered": 1, "answered": 1, "left_closed": 0}},
    ),
    Kind(
        "told anew in part too late",
        "The same, of a record whose end is not too old: none of it is replaced.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:02 queue.answered a contact_version=1",
            "+1d22:01 queue.entered z arbeid journey_id=k contact_id=k",
            "10:00 queue.entered a helse contact_version=2",
            "10:02 queue.left a reason=closed contact_version=2",
            "10:09 contact.ended contact_version=2",
        ],
        {"helse": {"entered": 1, "answered": 1, "left_closed": 0}},
    ),
    Kind(
        "callback corrected over midnight",
        "A callback that was told as given up was kept, and that after midnight.",
        [
            "23:50 queue.entered a helse contact_version=1",
            "23:55 callback.requested a contact_version=1",
            "+1d00:10 callback.failed a contact_version=1",
            "23:50 queue.entered a helse contact_version=2",
            "23:55 callback.requested a contact_version=2",
            "+1d00:05 callback.connected a contact_version=2",
        ],
        {"helse": {"called_back": 1, "callback_failed": 0, "callback_kept": 1, "callback_wait_sum_s": 900}},
    ),
    Kind(
        "transfer corrected",
        "Told anew, the transfer went elsewhere.",
        [
            "10:00 queue.entered a helse contact_version=1",
            "10:01 queue.answered a contact_version=1",
            "10:05 contact.transferred a destination=arbeid contact_version=1",
            "10:00 queue.entered a helse contact_version=2",
            "10:01 queue.answered a contact_version=2",
            "10:05 contact.transferred a destination=familie contact_version=2",
            "10:05:10 queue.entered b familie contact_id=d",
            "10:06 queue.answered b",
        ],
        {"arbeid": {"passed_on": 0}, "familie": {"passed_on": 1, "passed_on_answered": 1}},
    ),
    Kind(
        "callback told long before its call",
        "A contact begins as a callback in the morning; its call comes as long after that as ids are remembered.",
        [
            "09:00 contact.started initiation=callback",
            "14:00 queue.entered a helse",
            "14:01 queue.answered a",
        ],
        {"helse": {"entered": 1, "answered": 1, "wait_sum_s": 60}},
    ),
    Kind(
        "a version of the beginning alone",
        "Nothing of a contact but its beginning has a version: nothing is told anew by that.",
        [
            "10:00 contact.started contact_version=3",
            "10:00:10 queue.entered a helse",
            "10:01 queue.answered a",
        ],
        {"helse": {"entered": 1, "answered": 1, "wait_sum_s": 50}},
    ),
)
