"""What customers do: they come, talk to the chatbot, stand in queues, and are passed on until somebody could help.

May import: standard library, the model, durations, floor, promises and timeline.
"""

from collections.abc import Callable, Mapping
from random import Random

from streams.sources.durations import Draw, Lognormal
from streams.sources.floor import Floor, Queue, Visit
from streams.sources.model import Bot, Centre, Outside, QueueName
from streams.sources.promises import Promises
from streams.sources.timeline import Customer, Timeline

_TALK_OUTSIDE = Lognormal(6 * 60, 0.8)


class Journeys:
    """From the first contact to the last; `helped` is told of each contact that a person here was done with."""

    def __init__(
        self,
        centre: Centre,
        queues: Mapping[QueueName, Queue],
        timeline: Timeline,
        rng: Random,
        helped: Callable[[Customer, QueueName], None],
    ) -> None:
        self._timeline, self._chance, self._helped = timeline, rng.random, helped
        self._longest = centre.longest_journey
        self._queues = queues
        self._outside = {outside.name: _Office(outside, rng) for outside in centre.outside}
        self._menu_ms = {name: queue.spec.menu.drawn_by(rng) for name, queue in queues.items()}
        self._talk_outside_ms = _TALK_OUTSIDE.drawn_by(rng)
        self._bots = {bot: _Chatbot(bot, queues, rng) for bot in centre.bots}
        self.floor = Floor(timeline, rng)
        self._promises = Promises(timeline, self.floor, rng)
        self.floor.on_talked = self._talked
        self.floor.on_left = self._left
        self.floor.on_due = self._promises.call

    def call(self, queue: Queue) -> None:
        """Someone calls, and chooses this queue in the menu."""
        customer, name = self._start(queue.name.channel, queue.name.audience), queue.name
        if menu_ms := self._menu_ms[name]():
            self._timeline.at(self._timeline.now + menu_ms, self._menu_ends, (customer, queue))
        else:
            self._menu_ends((customer, queue))

    def ask_bot(self, bot: Bot) -> None:
        """Someone asks the chatbot."""
        chatbot = self._bots[bot]
        customer = self._start(bot.name.channel, bot.name.audience)
        self._timeline.about_customer("bot.started", customer, *bot.name[:2])["queue"] = bot.name.queue
        self._timeline.at(self._timeline.now + chatbot.talk_ms(), self._bot_ends, (customer, chatbot))

    def _start(self, channel: str, audience: str) -> Customer:
        customer = self._timeline.new_customer()
        event = self._timeline.about_customer("contact.started", customer, channel, audience)
        event["initiation"] = "inbound"
        return customer

    def _end(self, customer: Customer, name: QueueName) -> None:
        self._timeline.about_customer("contact.ended", customer, name.channel, name.audience)

    def _menu_ends(self, who: tuple[Customer, Queue]) -> None:
        customer, queue = who
        if queue.team.is_open:
            self.floor.enter(customer, queue, "inbound")
        else:
            self._end(customer, queue.name)

    def _bot_ends(self, who: tuple[Customer, "_Chatbot"]) -> None:
        customer, chatbot = who
        name, queue = chatbot.spec.name, chatbot.choose_queue()
        outcome = chatbot.outcome(self._chance(), queue.team.is_open)
        event = self._timeline.about_customer("bot.ended", customer, name.channel, name.audience)
        event["queue"], event["outcome"] = name.queue, outcome
        if outcome == "transferred":
            self.floor.enter(customer, queue, "transfer")
        else:
            self._end(customer, name)

    def _left(self, visit: Visit, way: str) -> None:
        """It left the queue unanswered."""
        if way == "callback":
            self._promises.ask(visit)
        onward = visit.line.spec.overflow if way == "overflow" else None
        if way == "transferred":
            onward = next((to for to in visit.line.spec.transfers if self._inside(visit, to)), None)
        queue = self._inside(visit, onward) if onward else None
        if queue and queue.team.is_open:
            self.floor.enter(visit.customer, queue, "transfer")
        else:
            self._end(visit.customer, visit.line.name)

    def _talked(self, visit: Visit) -> None:
        """A person talked with it: it is done, or passed on."""
        onward = self._onward(visit)
        if onward is None:
            self._end(visit.customer, visit.line.name)
            self._helped(visit.customer, visit.line.name)
            return
        self._timeline.about_customer("contact.held", visit.customer, *visit.line.name[:2])
        self.floor.tell("contact.transferred", visit)["destination"] = onward
        if queue := self._inside(visit, onward):
            self.floor.enter(visit.customer, queue, "transfer")
        else:
            self._pass_outside(visit, visit.line.name._replace(queue=onward))

    def _onward(self, visit: Visit) -> str | None:
        """Where an adviser passes the customer on to, if anywhere."""
        if not visit.line.spec.transfers or visit.customer.visits >= self._longest or not visit.line.team.is_open:
            return None
        chance = self._chance()
        for destination, share in visit.line.spec.transfers.items():
            chance -= share
            if chance < 0:
                return destination
        return None

    def _inside(self, visit: Visit, queue: str) -> Queue | None:
        return self._queues.get(visit.line.name._replace(queue=queue))

    def _pass_outside(self, visit: Visit, name: QueueName) -> None:
        """The other office is outside our floor: some answer, most do not in time."""
        office, now, customer = self._outside[name], self._timeline.now, visit.customer
        where = (customer, customer.make_visit(), name)
        self._timeline.about_visit("queue.entered", *where)["initiation"] = "transfer"
        if self._chance() < office.spec.answered:
            self._timeline.at(now + office.answered_after_ms(), self._answered_outside, where)
        else:
            self._timeline.at(now + office.given_up_after_ms(), self._given_up_outside, where)

    def _answered_outside(self, where: tuple[Customer, str, QueueName]) -> None:
        customer, _, name = where
        self._timeline.about_visit("queue.answered", *where)
        self._timeline.at(self._timeline.now + self._talk_outside_ms(), self._ends_outside, (customer, name))

    def _given_up_outside(self, where: tuple[Customer, str, QueueName]) -> None:
        customer, _, name = where
        self._timeline.about_visit("queue.abandoned", *where)
        self._end(customer, name)

    def _ends_outside(self, who: tuple[Customer, QueueName]) -> None:
        self._end(*who)


class _Office:
    """An office outside, with its times drawn."""

    def __init__(self, spec: Outside, rng: Random) -> None:
        self.spec = spec
        self.answered_after_ms: Draw = spec.answered_after.drawn_by(rng)
        self.given_up_after_ms: Draw = spec.given_up_after.drawn_by(rng)


class _Chatbot:
    """A bot, with the queues that it hands over to."""

    def __init__(self, spec: Bot, queues: Mapping[QueueName, Queue], rng: Random) -> None:
        self.spec, self._rng = spec, rng
        self.talk_ms: Draw = spec.talk.drawn_by(rng)
        self._queues = [queue for queue in queues.values() if queue.spec.bot == spec.name.queue]
        self._weights = [queue.spec.per_day for queue in self._queues]

    def choose_queue(self) -> Queue:
        """What the customer wants to talk about."""
        return self._rng.choices(self._queues, self._weights)[0]

    def outcome(self, chance: float, person_there: bool) -> str:
        """Solved, partly, or handed over; where nobody is there to take it, partly."""
        if chance < self.spec.solved:
            return "solved"
        return "partly" if chance < self.spec.solved + self.spec.partly or not person_there else "transferred"
