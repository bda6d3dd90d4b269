"""The engine: what is to happen, in order of time, and the events that come of it.

May import: standard library, model, wire.
"""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any, TypeVar

from streams.sources.model import QueueName
from streams.sources.wire import Event, source_of

T = TypeVar("T")


class Customer:
    """One who wants something: a journey, and the contact it is in."""

    __slots__ = ("contact_id", "contacts", "journey_id", "visits")

    def __init__(self, journey_id: str) -> None:
        self.journey_id = journey_id
        self.contacts = self.visits = 0
        self.contact_id = ""
        self.make_contact()

    def make_contact(self) -> None:
        """A new contact in the same journey: the first call, or the call back."""
        self.contacts += 1
        self.contact_id = f"{self.journey_id}.{self.contacts}"

    def make_visit(self) -> str:
        """The id of the next visit."""
        self.visits += 1
        return f"{self.journey_id}/{self.visits}"


class Timeline:
    """A heap of calls to make. Equal instants keep the order of planning, so that a seed repeats a run."""

    def __init__(self, prefix: str, now_ms: int) -> None:
        self.now = now_ms
        self._prefix = prefix
        self._heap: list[tuple[int, int, Callable[[Any], None], Any]] = []  # each call takes what comes after it
        self._planned = self._journeys = self._events = 0
        self._out: list[Event] = []

    def at(self, ms: int, call: Callable[[T], None], about: T) -> None:
        """Plans `call(about)`; an instant that has passed is now."""
        self._planned += 1
        heappush(self._heap, (ms if ms > self.now else self.now, self._planned, call, about))

    def run(self, until_ms: int) -> Iterator[tuple[int, Event]]:
        """Makes the calls before `until_ms` and yields the events, in order of time."""
        heap, out = self._heap, self._out
        while heap and heap[0][0] < until_ms:
            now, _, call, about = heappop(heap)
            self.now = now
            call(about)
            if out:
                for event in out:
                    yield now, event
                out.clear()

    def new_customer(self) -> Customer:
        """One with a journey id of its own."""
        self._journeys += 1
        return Customer(f"{self._prefix}-{self._journeys:06}")

    def about_customer(self, kind: str, customer: Customer, channel: str, audience: str) -> Event:
        """Something happened now to a contact. The caller may add fields to what is returned."""
        event = self._event(kind, channel, audience)
        event["journey_id"] = customer.journey_id
        event["contact_id"] = customer.contact_id
        return event

    def about_queue(self, kind: str, name: QueueName) -> Event:
        """Something was seen now of a whole queue."""
        event = self._event(kind, name[0], name[1])
        event["queue"] = name[2]
        return event

    def about_visit(self, kind: str, customer: Customer, visit_id: str, name: QueueName) -> Event:
        """Something happened now to a visit. Most events are these: made in one go, for speed."""
        self._events += 1
        event: Event = {
            "schema_version": 1,
            "event_id": f"{self._prefix}-e{self._events}",
            "type": kind,
            "occurred_at": self.now,
            "source": source_of(name[0]),
            "channel": name[0],
            "audience": name[1],
            "journey_id": customer.journey_id,
            "contact_id": customer.contact_id,
            "visit_id": visit_id,
            "queue": name[2],
        }
        self._out.append(event)
        return event

    def _event(self, kind: str, channel: str, audience: str) -> Event:
        self._events += 1
        event: Event = {
            "schema_version": 1,
            "event_id": f"{self._prefix}-e{self._events}",
            "type": kind,
            "occurred_at": self.now,
            "source": source_of(channel),
            "channel": channel,
            "audience": audience,
        }
        self._out.append(event)
        return event
