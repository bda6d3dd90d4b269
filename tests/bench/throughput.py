"""Reading a log to its end: rounds of A B C A B C, so that what ails the machine ails every job alike.

May import: the local parts, the runner, the topics, the workload.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from statistics import median

from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.jobs.stopwatch import Cost
from tests.bench.runner import Job, jobs, run
from tests.bench.topics import fill
from tests.bench.workload import OPEN, PARTITIONS, Workload, make

WHOLE, PART = "bench.whole", "bench.part"
PART_EVENTS = 40_000  # for stock Faust, which would take minutes over the whole

Say = Callable[[str], None]
Round = dict[str, "Figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """One job in one round, or the medians of its rounds."""

    events: int
    cost: Cost
    events_per_s: float
    cpu_s_per_million: float  # of the job's own process
    steady_cpu_s_per_million: float  # likewise, of the second half of the events
    all_cpu_s_per_million: float  # with Kafka and Valkey
    of_plain: float  # how many times the plain loop's CPU, within the round
    of_stock: float  # likewise stock Faust's; below 1 is less


@dataclass(frozen=True, slots=True)
class Throughput:
    """All rounds of one run of the benchmark, and what was read."""

    events: int
    part_events: int
    partitions: int
    open_contacts: int  # at a time
    mean_bytes: float
    event_hours: float
    rounds: list[Round]

    @property
    def middle(self) -> Round:
        """The medians of the rounds, figure by figure."""
        return {job: _middle([figures[job] for figures in self.rounds]) for job in self.rounds[0]}


def measure(events: int, rounds: int, open_contacts: int, say: Say) -> Throughput:
    """Makes the events, fills the topics and runs every job in every round. Raises JobFailed."""
    say(f"making {events:,} events")
    speed = OPEN / open_contacts  # so that events come as thick, whatever the number
    whole = make(events, open_contacts=open_contacts, speed=speed)
    part = make(min(events, PART_EVENTS), open_contacts=open_contacts, speed=speed)
    with LocalParts(on_progress=say) as parts:
        create_topics(parts.kafka_brokers, {WHOLE: PARTITIONS, PART: PARTITIONS})
        say("producing them")
        fill(parts.kafka_brokers, WHOLE, whole.records)
        fill(parts.kafka_brokers, PART, part.records)
        done = [_round(parts, number, whole, part, say) for number in range(1, rounds + 1)]
    return Throughput(events, len(part.records), PARTITIONS, open_contacts, whole.mean_bytes, whole.hours, done)


def _round(parts: LocalParts, number: int, whole: Workload, part: Workload, say: Say) -> Round:
    costs = {}
    for job in _jobs(number, whole, part):
        cost = costs[job.name] = run(parts, job)
        each_us = cost.cpu_s * 1e6 / job.events
        say(f"round {number}: {job.name:12} {each_us:7.2f} CPU-s a million, {job.events / cost.wall_s:8,.0f} events/s")
    per_event = {job.name: costs[job.name].cpu_s / job.events for job in _jobs(number, whole, part)}
    plain, stock = per_event["plain"], per_event["stock-faust"]
    return {
        job.name: _figures(job.events, costs[job.name], per_event[job.name] / plain, per_event[job.name] / stock)
        for job in _jobs(number, whole, part)
    }


def _jobs(number: int, whole: Workload, part: Workload) -> list[Job]:
    made = []
    for name in jobs():
        topic, workload = (PART, part) if name == "stock-faust" else (WHOLE, whole)
        made.append(Job(name, topic, f"bench-{name}-{number}", len(workload.records), workload.truth))
    return made


def _figures(events: int, cost: Cost, of_plain: float, of_stock: float) -> Figures:
    with_servers = cost.cpu_s + cost.kafka_cpu_s + cost.valkey_cpu_s
    million = 1e6 / events
    each, steady, all_each = million * cost.cpu_s, 1e6 * cost.steady_cpu_s, million * with_servers
    return Figures(events, cost, events / cost.wall_s, each, steady, all_each, of_plain, of_stock)


def _middle(rounds: list[Figures]) -> Figures:
    costs = [asdict(figures.cost) for figures in rounds]
    cost = Cost(**{name: median(c[name] for c in costs) for name in costs[0]})
    names = [field.name for field in fields(Figures)[2:]]
    return Figures(rounds[0].events, cost, *(median(getattr(figures, name) for figures in rounds) for name in names))
