"""What needs no queue of people waiting: letters and what becomes of them, and what customers say of us afterwards.

May import: standard library, the model, days, durations and timeline.
"""

from random import Random
from typing import NamedTuple

from streams.sources.days import Days
from streams.sources.durations import Draw
from streams.sources.model import Centre, QueueName, Survey, Written
from streams.sources.timeline import Customer, Timeline


class _Letter(NamedTuple):
    customer: Customer
    spec: Written  # of the queue that it came to
    name: QueueName  # the queue that it is in


class Letters:
    """Each letter is answered after some office hours; some are moved first, or come to another end."""

    def __init__(self, centre: Centre, days: Days, timeline: Timeline, surveys: "Surveys", rng: Random) -> None:
        self._days, self._timeline, self._surveys, self._rng = days, timeline, surveys, rng
        self._work_ms: dict[QueueName, Draw] = {
            letter.name: letter.answered_after.drawn_by(rng) for letter in centre.written
        }

    def receive(self, spec: Written) -> None:
        """A letter comes in."""
        self._receive(_Letter(self._timeline.new_customer(), spec, spec.name))

    def _receive(self, letter: _Letter) -> None:
        self._place("written.received", letter)
        work_ms = self._work_ms[letter.name]()
        if letter.spec.moved_to is not None and self._rng.random() < letter.spec.moved:
            self._timeline.at(self._days.after_office_hours(self._timeline.now, work_ms // 2), self._move, letter)
        else:
            self._timeline.at(self._days.after_office_hours(self._timeline.now, work_ms), self._end, letter)

    def _move(self, letter: _Letter) -> None:
        """To another theme; as another kind of letter it begins anew."""
        assert letter.spec.moved_to is not None
        is_another = letter.spec.moved_to.queue != letter.name.queue and letter.name.queue.startswith("bto")
        moved = letter._replace(name=letter.spec.moved_to)
        self._place("written.reclassified" if is_another else "written.moved", moved)
        work_ms = self._work_ms[moved.name]()
        self._timeline.at(self._days.after_office_hours(self._timeline.now, work_ms), self._end, moved)

    def _end(self, letter: _Letter) -> None:
        fate, chance = "answered", self._rng.random()
        for name, share in letter.spec.fates.items():
            chance -= share
            if chance < 0:
                fate = name
                break
        self._place(f"written.{fate}", letter)
        if fate == "answered":
            self._surveys.ask(letter.customer, letter.name)
            if self._rng.random() < letter.spec.another:
                later = self._days.after_office_hours(self._timeline.now, self._work_ms[letter.name]())
                self._timeline.at(later, self._receive, letter)

    def _place(self, kind: str, letter: _Letter) -> None:
        self._timeline.about_customer(kind, letter.customer, *letter.name[:2])["queue"] = letter.name.queue


class Surveys:
    """Some of those who were helped are asked, and some of these answer, some time later."""

    def __init__(self, centre: Centre, timeline: Timeline, rng: Random) -> None:
        self._timeline, self._rng = timeline, rng
        self._surveys = centre.surveys
        self._after_ms = {channel: survey.after.drawn_by(rng) for channel, survey in centre.surveys.items()}

    def ask(self, customer: Customer, name: QueueName) -> None:
        """Perhaps this one is asked, and answers."""
        survey = self._surveys.get(name.channel)
        if survey and self._rng.random() < survey.asked:
            self._timeline.about_customer("survey.invited", customer, *name[:2])["queue"] = name.queue
            if self._rng.random() < survey.answers:
                at_ms = self._timeline.now + self._after_ms[name.channel]()
                self._timeline.at(at_ms, self._answered, (customer, name, survey))

    def _answered(self, what: tuple[Customer, QueueName, Survey]) -> None:
        customer, name, survey = what
        for question, satisfied in survey.satisfied.items():
            pleased = self._rng.random() < satisfied
            event = self._timeline.about_customer("survey.answered", customer, *name[:2])
            event["queue"], event["question"] = name.queue, question
            event["score"] = self._rng.choice((5, 6)) if pleased else self._rng.choice((1, 2, 3, 4))
