"""A simulated year with all channels, thinned, on real parts: counted by a worker, recounted by `svartid verify`, and
its figures the same on the scorecard, in Redis and Prometheus, in history and in an export.

Calls, chats, letters, surveys and the chatbot, from New Year to the last evening of the year. Of each kind one in
`thin` comes, to as many advisers fewer.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from streams.clock import Clock
from streams.local import LocalParts
from streams.past.scorecard_document import Scorecard
from streams.sources.model import Centre
from streams.sources.nks import nks
from streams.sources.records import records
from tests import forked
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.soak.rig import PARTITIONS, VERIFIES_WITHIN_S, Say

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
DAYS = (LAST - FIRST).days + 1
_OSLO = ZoneInfo("Europe/Oslo")
_FIRST_MS = round(datetime(2025, 1, 1, tzinfo=_OSLO).timestamp() * 1000)
_EVENING_MS = round(datetime(2025, 12, 31, 20, tzinfo=_OSLO).timestamp() * 1000)
_KEPT_WITHIN_S = 300.0


def run(thin: int, seed: int, say: Say, picture: Path | None = None) -> dict[str, Any]:
    """What was counted, how long that and the recount took, and what differs; with a picture of the scorecard."""
    with tempfile.TemporaryDirectory(prefix="svartid-year-") as name, LocalParts(Path(name) / "parts") as parts:
        installation = Installation(parts, "year", Path(name), PARTITIONS)
        installation.env["SVARTID_CLOCK"] = str(Clock.starting_at(_EVENING_MS, 1.0))
        try:
            return _run(installation, thin, seed, say, picture)
        finally:
            installation.close()


def _run(installation: Installation, thin: int, seed: int, say: Say, picture: Path | None) -> dict[str, Any]:
    say(f"simulating {DAYS} days, one contact in {thin}")
    events = list(_year(thin, seed))
    installation.send(events)
    say(f"counting {len(events):,} events")
    began = time.monotonic()
    worker = installation.start()
    installation.wait_ready(3600.0)
    installation.wait_committed(len(events), 3600.0)
    counted_s = time.monotonic() - began
    say("comparing the scorecard's figures")
    differing = list(_differing(installation, worker))
    if picture is not None:
        assert installation.run("scorecard", "--svg", str(picture.absolute())).returncode == 0
    say("recounting all of it")
    began = time.monotonic()
    ran = forked.run("verify", "--json", env=installation.env, within_s=VERIFIES_WITHIN_S)
    verified = json.loads(ran.stdout)
    return {
        "events": len(events),
        "counted_s": round(counted_s, 1),
        "recounted": verified["records"],
        "recounted_s": round(time.monotonic() - began, 1),
        "differences": verified["differences"],
        "figures_that_differ": differing,
    }


def _year(thin: int, seed: int) -> Iterator[Produced]:
    for one in records("normal", seed, _FIRST_MS, 24 * DAYS - 4, _thinned(nks(), thin)):
        yield Produced(one.channel, one.key, one.value, one.timestamp_ms)


def _thinned(centre: Centre, thin: int) -> Centre:
    return replace(
        centre,
        lines=tuple(replace(line, per_day=line.per_day / thin) for line in centre.lines),
        pools={name: replace(pool, agents=pool.agents / thin) for name, pool in centre.pools.items()},
        bots=tuple(replace(bot, per_day=bot.per_day / thin) for bot in centre.bots),
        written=tuple(replace(one, per_day=one.per_day / thin) for one in centre.written),
        snapshot_every_s=3600,
    )


STEPS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


def _differing(installation: Installation, worker: Worker) -> Iterator[str]:
    """Each figure of the scorecard that is another elsewhere."""
    kept = _kept(installation)
    by_id: dict[str, Any] = {one["id"]: one for one in msgspec.to_builtins(kept)["promises"]}
    said = {one["id"]: one for one in json.loads(installation.run("scorecard", "--json").stdout)}
    shown = {
        (sample.labels["target"], sample.labels["stretch"]): sample.value
        for family in text_string_to_metric_families(worker.get("/metrics")[1])
        for sample in family.samples
        if sample.name in ("svartid_promise_seconds", "svartid_promise_ratio", "svartid_promise_working_days")
    }
    scales = {"mean_wait": 1000, "letters_mean": 86_400_000}
    for id_, one in by_id.items():
        for stretch in STEPS:
            value = (one[stretch] or {}).get("value")
            scaled = None if value is None else value / scales.get(one["measure"], 1)
            if said[id_][stretch] != one[stretch]:
                yield f"{id_}, {stretch}: {value} in Redis, {said[id_][stretch]} by the command"
            if shown.get((id_, stretch)) != scaled:
                yield f"{id_}, {stretch}: {scaled} in Redis, {shown.get((id_, stretch))} in Prometheus"
    yield from _beside_history(installation, by_id)


def _beside_history(installation: Installation, by_id: dict[str, Any]) -> Iterator[str]:
    for stretch, step in STEPS.items():
        asked = ("--step", step, "--to", LAST.isoformat(), "--from", FIRST.isoformat())
        groups = json.loads(installation.run("history", "--json", "--by", "group", *asked).stdout)
        newest = {(row["channel"], row["audience"]): row for row in groups}
        for channel, audience in (("phone", "personbruker"), ("phone", "samhandler"), ("chat", "personbruker")):
            value = by_id[f"{channel}-{audience}-mean"][stretch]["value"]
            of = newest.get((channel, audience), {}).get("wait_mean_ms")
            if value != of:
                yield f"{channel}-{audience}-mean, {stretch}: {value} on the scorecard, {of} in history"
        queues = json.loads(installation.run("history", "--json", "--by", "queue", *asked).stdout)
        exported = installation.run("export", "--by", "queue", *asked, "-", "--format=csv").stdout
        if exported != installation.run("history", "--csv", "--by", "queue", *asked).stdout:
            yield f"{stretch}: the export is another than history"
        letters = {row["queue"]: row for row in queues if row["channel"] == "written"}
        for queue in ("sto", "bto"):
            found = by_id[f"written-{queue}-mean"][stretch]
            row = letters.get(queue, {})
            total, answered = row.get("letter_days_sum_ms") or 0, row.get("letters_answered") or 0
            if (found["value"], found["of"]) != (total / answered if answered else None, answered):
                yield f"written-{queue}-mean, {stretch}: {found} on the scorecard, {total} / {answered} in history"


def _kept(installation: Installation) -> Scorecard:
    def found() -> Scorecard | None:
        packed = installation.redis.get(installation.keys.scorecard)
        document = msgspec.json.decode(packed, type=Scorecard) if isinstance(packed, bytes) else None
        return document if document and document.promises else None

    document = eventually(found, "the scorecard is kept", _KEPT_WITHIN_S)
    assert document is not None
    return document
