"""A configuration is taken while thousands of events come each second: on a real Kafka and Valkey, by two workers."""

import os
import time
from pathlib import Path

import pytest

from tests.bench.workload import QUEUES
from tests.conftest import Installations
from tests.ingest.test_configuration import TAKEN_WITHIN_S, texts, written
from tests.ingest.waiting import eventually
from tests.rolling.eyes import Eyes
from tests.rolling.load import NEW_QUEUE, Load, clock

# 2000 where nothing else runs: here other tests have their share of two cores, and a backlog would hold back verdicts.
RATE_PER_S = int(os.environ.get("SVARTID_TEST_RATE", "1000"))
AT_LEAST = 0.9  # of it
BEFORE_S = 2.0
AROUND_S = 1.5  # before and after it is shown: what the load itself changes later is no matter of this
LONGEST_S = 40.0  # till all is judged, the change is taken, and those
NEW = "phone/personbruker/nytt"
OTHER = "phone/personbruker/other"


@pytest.mark.real
def test_a_queue_is_shown_soon_and_no_verdict_flickers(installations: Installations, tmp_path: Path) -> None:
    """
    events     |----------------------------------|   RATE_PER_S, a tenth of a queue that is not configured
    folder     ------------|revision 2, with it        of one worker; the other's stays as it is
    snapshot   revision 1    | 2, and never back        each that is announced is read
    """
    installation = installations({"phone": 4})
    installation.env |= {"SVARTID_CLOCK": str(clock())}
    folders = [written(tmp_path / name, texts(revision=1)) for name in "ab"]
    for folder in folders:
        installation.start("--config", str(folder))
    installation.wait_ready()
    settings = installation.settings()
    load = Load(settings, RATE_PER_S, LONGEST_S, (*QUEUES, NEW_QUEUE))
    with Eyes(settings.redis_url.get_secret_value(), installation.keys, settings.clock) as eyes:
        with load:
            eventually(
                lambda: load.keeps_pace and eyes.now.is_live and judged(eyes),
                lambda: f"all is live and judged; it is {eyes.now}",
            )
            began = time.monotonic()
            eventually(lambda: time.monotonic() - began > BEFORE_S, "some seconds of it")
            changed_at = time.monotonic()
            written(folders[0], texts("a queue added", revision=2))
            eventually(lambda: eyes.now.revision == 2, "it is taken", TAKEN_WITHIN_S + 1)
            taken_at = time.monotonic()
            eventually(lambda: time.monotonic() - taken_at > 2 * AROUND_S, "some seconds more")
            pace = load.pace.per_s(began)
        installation.wait_committed(load.records)
    watched = eyes.since(began)
    told = f"{pace:.0f} events/s, {len(watched)} snapshots"
    took = next(one.at for one in watched if one.revision == 2) - changed_at
    assert took < TAKEN_WITHIN_S, f"after {took:.1f} s; {told}"
    assert pace > AT_LEAST * RATE_PER_S, told
    assert len(watched) > 5 * (watched[-1].at - began), told

    around = [one for one in watched if abs(one.at - changed_at - took) < AROUND_S]
    first = around[0]
    assert {str(one.status) for one in around} == {"live"} and all(one.is_live for one in around), told
    assert [one.verdicts for one in around if one.verdicts != first.verdicts] == [], first.verdicts
    assert [one for one in watched if one.groups != first.groups] == []
    assert [one.revision for one in watched] == sorted(one.revision for one in watched)
    assert all((NEW in one.entered) == (one.revision == 2) for one in watched)
    assert {one.late for one in watched} == {one.lost for one in watched} == {0}
    everybody = [sum(one.entered.values()) for one in watched]
    assert everybody == sorted(everybody), "somebody was not counted for a moment"
    last = next(one for one in reversed(watched) if one.revision == 1)
    assert eyes.now.entered[NEW] > last.entered[OTHER] > 0, "its history came along"
    for worker in installation.workers:
        assert worker.stop() == 0, worker.said
    installation.verify(load.records)


def judged(eyes: Eyes) -> bool:
    """Whether all targets of the phone have the verdict of a line that is well, and somebody came to the new queue."""
    of_phone = [verdict for name, verdict in eyes.now.verdicts.items() if name.startswith("phone-")]
    return set(of_phone) == {"ok"} and eyes.now.entered.get(OTHER, 0) > 0
