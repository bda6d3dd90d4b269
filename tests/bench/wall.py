"""How soon an event is seen on the wall: from just before it is sent to Kafka until a real browser has drawn a frame
with it, and what the page holds of memory meanwhile.

Worker, `svartid web`, Kafka, Valkey and Chromium share this machine. Somebody enters a queue that nobody is answered in
five times a second, among events of all others at the rate; how many wait there says whose turn it was. May import: the
local parts, live, latency, the tests' browser.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from streams.keys import Keys
from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.latency import BEFORE, DEADLINE_S, Spread, records_of, worker_of
from tests.bench.live import Sender, until
from tests.bench.runner import Job, JobFailed, environment
from tests.bench.workload import PARTITIONS, Truth
from tests.web.chromium import Browser, Page
from tests.web.served import Web

RATES: Final = (50, 2_000)  # events a second
GOAL_MS: Final = 300.0  # of the 95th percentile
PROBED: Final = ("personbruker", "nobody-s-own")  # which no configuration names: it is shown as the others' queue
SHOWN_AS: Final = "phone/personbruker/other"

# From then on each number that stands there is noted, with when the frame is drawn that has it.
_NOTES = """(() => {
  const cell = document.querySelector('[data-name="%s"] .waiting .value');
  window.seen = [];
  new MutationObserver(() => {
    const said = cell.textContent;
    requestAnimationFrame(() => setTimeout(() => window.seen.push([said, performance.timeOrigin + performance.now()])));
  }).observe(cell, { characterData: true, childList: true, subtree: true });
})()"""


@dataclass(frozen=True, slots=True)
class OnTheWall:
    """At one rate."""

    rate: int
    drawn: Spread
    p95_ms: float
    heap_mb: float  # of the page at the end, once what is of no use was let go of


def measure(seconds: float, say: Callable[[str], None]) -> list[OnTheWall]:
    """Every rate for so long, each with a worker and a page of its own. Raises JobFailed."""
    with LocalParts(on_progress=say) as parts, tempfile.TemporaryDirectory(prefix="svartid-bench-") as folder:
        found = []
        for rate in RATES:
            say(f"{rate} events/s for {seconds:g} s")
            found.append(_at_rate(parts, rate, seconds, Path(folder)))
        return found


def _at_rate(parts: LocalParts, rate: int, seconds: float, folder: Path) -> OnTheWall:
    job = Job("svartid", f"bench.wall-{rate}", f"bench-wall-{rate}", BEFORE + round(rate * seconds), Truth())
    create_topics(parts.kafka_brokers, {job.topic: PARTITIONS})
    (folder / job.namespace).mkdir()
    with worker_of(parts, job), _wall(parts, job, folder / job.namespace) as page:
        late = asyncio.run(_observe(parts, job, rate, page))
        heap = page.heap_mb()
        assert page.complaints == [], page.complaints
    ordered = sorted(late)
    return OnTheWall(rate, Spread.of(ordered), ordered[len(ordered) * 95 // 100], heap)


@contextmanager
def _wall(parts: LocalParts, job: Job, folder: Path) -> Iterator[Page]:
    same = {"SVARTID_PSEUDONYM_KEY": ""} | {
        name: value for name, value in environment(parts, job).items() if name.startswith("SVARTID_")
    }
    web = Web(folder / "web.log", parts.redis_url, Keys(job.namespace), **same)
    try:
        with Browser(folder / "chromium") as browser, browser.page(1920, 1080) as page:
            page.open(f"{web.wait_until_ready().url}/?kiosk")
            yield page
    finally:
        web.stop()


async def _observe(parts: LocalParts, job: Job, rate: int, page: Page) -> list[float]:
    records = records_of(job, rate)
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka_brokers) as producer:
        sender = Sender(producer, job.topic, PROBED)
        await sender.at_once(records[:BEFORE])
        await sender.probe(records[BEFORE - 1])
        await _first(page)
        epoch_s = time.time() - time.perf_counter()
        await sender.at_pace(records[BEFORE:])
        sent = sender.entries["/".join(("phone", *PROBED))]
        seen: list[Any] = []
        if not await until(lambda: _shows(page, len(sent), seen), DEADLINE_S):
            raise JobFailed(f"{len(sent)} wait, and the wall says {seen[-1:]}")
        return list(_ages(seen, [at + epoch_s for at in sent]))


async def _first(page: Page) -> None:
    """The queue is there, and from now on it is noted what it says."""
    there = f"document.querySelector('[data-name=\"{SHOWN_AS}\"] .waiting .value')?.textContent === '1'"
    if not await until(lambda: bool(page.eval(there)), DEADLINE_S):
        raise JobFailed(f"the wall does not show who waits: {page.text()}")
    page.eval(_NOTES % SHOWN_AS)


def _shows(page: Page, waiting: int, seen: list[Any]) -> bool:
    seen[:] = page.eval("window.seen")
    return bool(seen) and int(seen[-1][0]) >= waiting


def _ages(seen: list[Any], sent_s: list[float]) -> Iterator[float]:
    """In ms, of each who entered, the first of them left out: that one was there before anything was noted."""
    before = 1
    for said, at_ms in seen:
        for entered_s in sent_s[before : int(said)]:
            yield at_ms - entered_s * 1000
        before = max(before, int(said))
