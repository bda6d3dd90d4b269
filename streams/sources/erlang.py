"""Queueing formulas that tell what a stationary queue does on average: Erlang B, C and A.

Callers come as a Poisson process (`arrival_rate`), `agents` serve one each (mean `1 / service_rate`), and in Erlang A each
caller's patience is exponential (mean `1 / patience_rate`). Rates are per any one unit of time; times come out in that unit.

- Erlang B and C: N. Gans, G. Koole, A. Mandelbaum, "Telephone Call Centers: Tutorial, Review, and Research Prospects",
  M&SOM 5(2), 2003; the recursion for B is in every textbook since D. Jagerman, "Some properties of the Erlang loss
  function", BSTJ 53, 1974.
- Erlang A: A. Mandelbaum, S. Zeltyn, "Service Engineering in Action: The Palm/Erlang-A Queue, with Applications to Call
  Centers", 2007, after C. Palm.

Everything is a sum of positive terms, so that nothing cancels, and nothing overflows for thousands of agents.
May import: standard library.
"""

from dataclasses import dataclass
from math import exp

_NEGLIGIBLE = 1e-17  # of the sum so far


def blocking(agents: int, load: float) -> float:
    """Erlang B: the share that finds all agents busy where nobody can wait. `load` is arrival rate / service rate."""
    share = 1.0
    for n in range(1, agents + 1):
        share = load * share / (n + load * share)
    return share


@dataclass(frozen=True, slots=True)
class ErlangC:
    """M/M/n: everybody waits for as long as it takes. Needs arrival_rate < agents * service_rate."""

    agents: int
    arrival_rate: float
    service_rate: float

    def __post_init__(self) -> None:
        if self._spare_rate <= 0:
            raise ValueError("more comes than can be served: without abandonment the queue grows for ever")

    @property
    def _spare_rate(self) -> float:
        return self.agents * self.service_rate - self.arrival_rate

    @property
    def delayed(self) -> float:
        """The probability that a caller has to wait."""
        load = self.arrival_rate / self.service_rate
        blocked = blocking(self.agents, load)
        occupancy = load / self.agents
        return blocked / (1 - occupancy * (1 - blocked))

    @property
    def mean_wait(self) -> float:
        """The mean wait of all, those who did not wait included."""
        return self.delayed / self._spare_rate

    def within(self, wait: float) -> float:
        """The probability that the wait is at most this long."""
        return 1 - self.delayed * exp(-self._spare_rate * wait)


@dataclass(frozen=True, slots=True)
class ErlangA:
    """M/M/n+M: a caller gives up when the wait outlasts the patience. Stable at any load."""

    agents: int
    arrival_rate: float
    service_rate: float
    patience_rate: float

    def _queueing(self) -> tuple[float, float, float]:
        """Sums over j = 0, 1, … callers in the queue while all agents are busy.

        x(j) = product over i = 1..j of arrival_rate / (agents * service_rate + i * patience_rate) is the probability of j
        waiting relative to that of none. Gives the sums of x(j), of j x(j), and of x(j) times what a caller who meets
        j waiting contributes to the waits of the answered:
        P(outlasts the wait) * sum over i = 1..j+1 of 1 / (agents * service_rate + i * patience_rate).
        """
        capacity = self.agents * self.service_rate
        relative, steps, waiting, everything, answered_waits = 1.0, 0.0, 0, 0.0, 0.0
        queue = 0.0
        while True:
            leaving = capacity + (waiting + 1) * self.patience_rate  # the rate at which j + 1 waiting become j
            steps += 1 / leaving
            everything += relative
            queue += waiting * relative
            answered_waits += relative * capacity / leaving * steps
            # Terms rise until arrivals are outweighed, and then fall faster than a geometric series.
            if leaving > self.arrival_rate and waiting * relative < _NEGLIGIBLE * queue:
                return everything, queue, answered_waits
            relative *= self.arrival_rate / leaving
            waiting += 1

    @property
    def _all_busy(self) -> float:
        """The probability that all agents are busy and nobody waits."""
        blocked = blocking(self.agents, self.arrival_rate / self.service_rate)
        return blocked / (1 + (self._queueing()[0] - 1) * blocked)

    @property
    def delayed(self) -> float:
        """The probability that a caller has to wait."""
        return self._all_busy * self._queueing()[0]

    @property
    def mean_wait(self) -> float:
        """The mean wait of all: of those who are answered, at once or later, and those who give up."""
        return self._all_busy * self._queueing()[1] / self.arrival_rate  # Little's law

    @property
    def abandoned(self) -> float:
        """The share that gives up: patience runs out at its rate for as long as anybody waits."""
        return self.patience_rate * self.mean_wait

    @property
    def mean_wait_of_answered(self) -> float:
        """The mean wait of those who are answered, at once or later.

        A caller who meets j waiting needs j + 1 departures, at rates agents * service_rate + i * patience_rate for i = 0..j;
        the wait V is their sum, and the patience T. E[V; V < T] = E[V exp(-patience_rate V)] is minus the derivative of
        V's Laplace transform at patience_rate, which telescopes to the summand in `_queueing`.
        """
        return self._all_busy * self._queueing()[2] / (1 - self.abandoned)
