"""Definitions that are otherwise from a date on: taken while workers run, and kept with what they counted."""

import time
from pathlib import Path

import orjson
import pytest

from streams.core.fold import fold
from streams.core.rules import Rules
from streams.ingest.other_rules import OtherRules
from streams.ingest.store import Store
from streams.redis_client import Client
from tests.answers import answered
from tests.conftest import Installations
from tests.events import START_MS, Event, records, visit
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, NAME, RULES, everything
from tests.ingest.sending import Produced
from tests.ingest.test_configuration import texts, written
from tests.ingest.waiting import eventually
from tests.terms import from_then_on
from tests.test_changes import later

HOUR, MINUTE = 3_600_000, 60_000
NOON = START_MS + 3 * HOUR + 30 * MINUTE  # 13:00 in Oslo
CHANGED = from_then_on(RULES, NOON, short_abandon_ms={"phone": 30_000})
# One each half hour, as what comes alone is not believed to be further ahead than `future`; the last one at NOON.
LOG = [one for i in range(8) for one in visit(f"{i}", START_MS + i * HOUR // 2, ("queue.abandoned", 20_000))]


def of(client: Client, rules: Rules) -> Store:
    return Store(client, KEYS, rules, "one")


async def commit(store: Store, rules: Rules, until: int) -> None:
    """Claims the partition, goes on by these rules, and counts so many of the log's events."""
    owned = await store.claim(NAME, None)
    if owned.committed_offset is None:
        await store.begin(owned, 0)
    owned.state.configure(rules)
    changes = fold(owned.state, records(LOG[:until]))
    assert await store.commit(NAME, store.pack(owned, changes, now_ms=1)) == ("ok", until)


def test_what_holds_later_is_written_with_the_first_batch_after_it_was_taken(run: Run) -> None:
    async def does(client: Client) -> None:
        await commit(of(client, RULES), RULES, 2)
        assert b"definitions" not in (await everything(client))[b"contract:{topic-0}:meta"]
        await commit(of(client, RULES), CHANGED, 4)
        meta = (await everything(client))[b"contract:{topic-0}:meta"]
        assert meta[b"rules"].decode() == CHANGED.fingerprint() != RULES.fingerprint(), "an earlier build refuses it"
        state, _ = await of(client, CHANGED).load(NAME)
        assert state.rules.definitions == CHANGED.definitions

    run(does)


def test_what_does_not_hold_yet_may_be_taken_back_and_what_holds_may_not(run: Run) -> None:
    async def does(client: Client) -> None:
        await commit(of(client, CHANGED), CHANGED, 2)
        await commit(of(client, RULES), RULES, 3)
        state, _ = await of(client, RULES).load(NAME)
        assert state.rules.definitions == RULES.definitions
        await commit(of(client, CHANGED), CHANGED, len(LOG))
        before = await everything(client)
        for rules in (RULES, from_then_on(RULES, NOON, ghost_after_ms=HOUR)):
            with pytest.raises(OtherRules, match=r"other definitions from 2025-03-04T12:00Z on"):
                await of(client, rules).load(NAME)
        assert await everything(client) == before
        further = from_then_on(CHANGED, NOON + 2 * HOUR, ghost_after_ms=HOUR)
        state, _ = await of(client, further).load(NAME)
        assert state.rules.definitions == further.definitions

    run(does)


def test_who_starts_by_other_definitions_than_any_partition_was_counted_by_is_refused(run: Run) -> None:
    """Though those that it is given are as yet counted alike: in the end none would fit all."""

    async def does(client: Client) -> None:
        quiet, active = of(client, RULES), of(client, CHANGED)
        for store, name, until in ((quiet, "topic-1", 2), (active, NAME, len(LOG))):
            await store.announce([NAME, "topic-1"])
            owned = await store.claim(name, None)
            await store.begin(owned, 0)
            changes = fold(owned.state, records(LOG[:until]))
            assert await store.commit(name, store.pack(owned, changes, now_ms=1)) == ("ok", until)
        await of(client, CHANGED).check_definitions()
        for rules in (RULES, from_then_on(RULES, NOON, ghost_after_ms=HOUR)):
            with pytest.raises(OtherRules, match=rf"the figures of {NAME} in Redis .* from 2025-03-04T12:00Z on"):
                await of(client, rules).check_definitions()
        await client.hset("contract:{topic-0}:meta", "watermark", b"something else")
        await of(client, RULES).check_definitions()  # it is told where it is claimed

    run(does)


def sent(log: list[Event]) -> list[Produced]:
    return [
        Produced("phone", str(one["journey_id"]).encode(), orjson.dumps(one), int(one["occurred_at"])) for one in log
    ]


@pytest.mark.real
def test_a_date_is_taken_while_workers_run_and_the_recount_knows_it(
    installations: Installations, tmp_path: Path
) -> None:
    """
    folder     short_abandon 5 s |revision 2: 30 s from 13:00 on (in Oslo)
    abandoned  09:30             |10:00 ... 12:30 13:00       each after 20 s
    """
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    clock = f"{round(time.time() * 1000)},{START_MS},1"
    folder, old = (written(tmp_path / name, texts(revision=1)) for name in ("folder", "old"))
    workers = [installation.start("--config", str(folder), SVARTID_CLOCK=clock) for _ in "ab"]
    installation.wait_ready()
    installation.send(sent(LOG[:2]))
    installation.wait_committed(2)
    edit = later('from = 2025-03-04T13:00:00\nshort_abandon = { phone = "30s" }')
    made = texts(revision=2)
    written(folder, {name: text.replace(*edit) for name, text in made.items()})
    for worker in workers:
        worker.wait_for("took another configuration")
    installation.send(sent(LOG[2:]))
    installation.wait_committed(len(LOG))
    eventually(lambda: (shown := installation.snapshot()) and shown["records"]["accepted"] == len(LOG), "all is shown")
    shown = installation.snapshot()
    assert shown is not None
    assert shown["lines"]["phone/personbruker/helse"]["total"]["abandoned"] == 8
    assert shown["lines"]["phone/personbruker/helse"]["total"]["abandoned_short"] == 1, "whoever entered at 13:00"
    for worker in workers:
        assert worker.stop() == 0, worker.said
    ran = installation.run("verify", "--config", str(folder), "--json")
    assert (ran.returncode, orjson.loads(ran.stdout)["differences"]) == (0, {}), ran.stderr
    taught = installation.start("--config", str(old), "--drain", SVARTID_CLOCK=clock)
    assert taught.wait(60) == 0, taught.said
    assert "its revision is 1, and 2 holds" in " ".join(taught.said.split())
    installation.redis.delete(installation.keys.configuration)
    unlike = written(tmp_path / "unlike", texts("what is lost", revision=2))  # since ever: no worker could claim any
    for config, is_wrong in ((old, True), (unlike, True), (folder, False)):
        looked = answered("doctor", installation.run("doctor", "--config", str(config), "--json").stdout)
        assert [one["state"] for one in looked if one["what"] == "definitions"] == ["problem"] * is_wrong
    refused = installation.start("--config", str(old), SVARTID_CLOCK=clock)
    assert refused.wait(30) == 1
    assert "other definitions from 2025-03-04T12:00Z on" in " ".join(refused.said.split())
