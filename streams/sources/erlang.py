"""Queueing formulas that tell what a stationary queue does on average: Erlang B, C and A.

Callers come as a Poisson process (`arrival_rate`), `agents` serve one each (mean `1 / service_rate`), and in Erlang A
each caller's patience is exponential (mean `1 / patience_rate`). Rates are per some unit of time; times are in it.

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
from typing import NamedTuple

_NEGLIGIBLE = 1e-17  # of the sum so far
_LARGE = 1e100


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


class _Sums(NamedTuple):
    """Over j = 0, 1, … callers who wait while all agents are busy, by x(j), the probability of j relative to that of 0:
    x(j) = product over i = 1..j of arrival_rate / (agents * service_rate + i * patience_rate).
    """

    unit: float  # x(0); not 1 where the rest would overflow
    all: float  # of x(j)
    waiting: float  # of j x(j)
    waits: float  # of x(j) times what a caller who meets j waiting adds to the waits of the answered


@dataclass(frozen=True, slots=True)
class ErlangA:
    """M/M/n+M: a caller gives up when the wait outlasts the patience. Stable at any load."""

    agents: int
    arrival_rate: float
    service_rate: float
    patience_rate: float

    def __post_init__(self) -> None:
        if min(self.agents, self.arrival_rate, self.service_rate, self.patience_rate) <= 0:
            raise ValueError("agents and rates must be above 0; where nobody gives up it is Erlang C")

    @property
    def delayed(self) -> float:
        """The probability that a caller has to wait."""
        sums = self._sums()
        return sums.all * self._all_busy(sums)

    @property
    def mean_wait(self) -> float:
        """The mean wait of all: of those who are answered, at once or later, and those who give up."""
        sums = self._sums()
        return sums.waiting * self._all_busy(sums) / self.arrival_rate  # Little's law

    @property
    def abandoned(self) -> float:
        """The share that gives up: patience runs out at its rate for as long as anybody waits."""
        return self.patience_rate * self.mean_wait

    @property
    def mean_wait_of_answered(self) -> float:
        """The mean wait of those who are answered, at once or later.

        A caller who meets j waiting needs j + 1 departures, at the rates agents * service_rate + i * patience_rate for
        i = 0..j. Their sum is the wait V, against a patience T: E[V; V < T] = E[V exp(-patience_rate V)] is minus the
        derivative of V's Laplace transform at patience_rate. That product telescopes to P(V < T), which is
        agents * service_rate / (… + (j + 1) patience_rate), times the sum over i = 1..j+1 of 1 / (… + i patience_rate).
        """
        sums = self._sums()
        return sums.waits * self._all_busy(sums) / (1 - self.abandoned)

    def _all_busy(self, sums: _Sums) -> float:
        """The probability that all agents are busy and nobody waits, in units of the sums."""
        blocked = blocking(self.agents, self.arrival_rate / self.service_rate)
        return blocked / ((1 - blocked) * sums.unit + blocked * sums.all)

    def _sums(self) -> _Sums:
        capacity = self.agents * self.service_rate
        sums = _Sums(1.0, 0.0, 0.0, 0.0)
        x, j, steps = 1.0, 0, 0.0
        while True:
            leaving = capacity + (j + 1) * self.patience_rate  # the rate at which j + 1 waiting become j
            steps += 1 / leaving
            unit, everything, waiting, waits = sums
            sums = _Sums(unit, everything + x, waiting + j * x, waits + x * capacity / leaving * steps)
            # Terms rise until arrivals are outweighed; from then on they fall faster than a geometric series.
            if leaving > self.arrival_rate and j * x < _NEGLIGIBLE * sums.waiting:
                return sums
            x *= self.arrival_rate / leaving
            j += 1
            if x > _LARGE:
                x, sums = x / _LARGE, _Sums(*(part / _LARGE for part in sums))
