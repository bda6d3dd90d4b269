"""What needs no queue of people waiting: letters and their answers, and what customers say of us afterwards.

May import: standard library, the model, days, durations and timeline.
"""

from random import Random

from streams.sources.days import Days
from streams.sources.durations import Draw
from streams.sources.model import Centre, QueueName, Survey, Written
from streams.sources.timeline import Customer, Timeline


class Letters:
    """Each letter is answered after some office hours."""

    def __init__(self, centre: Centre, days: Days, timeline: Timeline, surveys: "Surveys", rng: Random) -> None:
        self._days, self._timeline, self._surveys = days, timeline, surveys
        self._work_ms: dict[QueueName, Draw] = {
            letter.name: letter.answered_after.drawn_by(rng) for letter in centre.written
        }

    def receive(self, letter: Written) -> None:
        """A letter comes in."""
        customer, name = self._timeline.new_customer(), letter.name
        self._timeline.about_customer("written.received", customer, *name[:2])["queue"] = name.queue
        answered_ms = self._days.after_office_hours(self._timeline.now, self._work_ms[name]())
        self._timeline.at(answered_ms, self._answer, (customer, name))

    def _answer(self, whose: tuple[Customer, QueueName]) -> None:
        customer, name = whose
        self._timeline.about_customer("written.answered", customer, *name[:2])["queue"] = name.queue
        self._surveys.ask(customer, name)


class Surveys:
    """A few of those who were helped are asked, and answer, some time later."""

    def __init__(self, centre: Centre, timeline: Timeline, rng: Random) -> None:
        self._timeline, self._rng = timeline, rng
        self._surveys = centre.surveys
        self._after_ms = {channel: survey.after.drawn_by(rng) for channel, survey in centre.surveys.items()}

    def ask(self, customer: Customer, name: QueueName) -> None:
        """Perhaps this one will answer."""
        survey = self._surveys.get(name.channel)
        if survey and self._rng.random() < survey.share:
            at_ms = self._timeline.now + self._after_ms[name.channel]()
            self._timeline.at(at_ms, self._answered, (customer, name, survey))

    def _answered(self, what: tuple[Customer, QueueName, Survey]) -> None:
        customer, name, survey = what
        for question, satisfied in survey.satisfied.items():
            pleased = self._rng.random() < satisfied
            event = self._timeline.about_customer("survey.answered", customer, *name[:2])
            event["queue"], event["question"] = name.queue, question
            event["score"] = self._rng.choice((5, 6)) if pleased else self._rng.choice((1, 2, 3, 4))
