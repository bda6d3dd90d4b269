"""Which configuration holds: of one folder over time, and of several workers at once. On a real Valkey."""

import re
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

import config
from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.keys import Keys
from streams.redis_client import Client
from streams.serve.configuration import (
    SETTLED_AFTER,
    Configuration,
    ConfigurationCollector,
    Configured,
    configured,
    why_not,
)
from tests.answers import answered
from tests.conftest import Installations
from tests.events import START_MS, records, visit
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker as Started
from tests.serve.publishing import run
from tests.test_changes import EDITS, FILES, NOW_MS, edited

KEYS = Keys("configured")
OURS = (b"a key", b"")
TAKEN_WITHIN_S = 2.0
Texts = dict[str, str]


def texts(*edits: str, revision: int = 0) -> Texts:
    """The project's own, with some of the changes that people make."""
    made = dict(FILES)
    for name in edits:
        made = {file: text.replace(*EDITS[name][0], 1) for file, text in made.items()}
    queues = re.sub(r"(?m)^revision = \d+", f"revision = {revision}", made["queues.toml"])
    return {**made, "queues.toml": queues}


def written(folder: Path, of: Texts) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in of.items():
        (folder / name).write_text(text)
    return folder


def by(of: Texts) -> Configured:
    return configured(of, "given", *OURS)


class Worker:
    """What of a worker has to do with it."""

    def __init__(self, client: Client, folder: Path | None, first: Texts) -> None:
        self.taken: list[int] = []
        make = partial(configured, pseudonym_key=b"a key", queue_key=b"")
        self.configuration = Configuration(by(first), folder, client, KEYS, make, self._take)

    async def _take(self, other: Configured) -> None:
        self.taken.append(other.revision)

    @property
    def shows(self) -> tuple[int, str]:
        now = self.configuration.now
        return now.revision, now.digest

    async def look(self) -> None:
        """As often as it takes to find what is settled."""
        for _ in range(1 + SETTLED_AFTER):
            await self.configuration.look_at_folder()
            await self.configuration.look_at_others()


def with_redis(redis_url: str, does: Callable[[Client], Awaitable[object]]) -> None:
    async def cleared(client: Client) -> None:
        await client.delete(KEYS.configuration)
        await does(client)

    run(redis_url, cleared)


def test_what_is_changed_in_the_folder_is_taken(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folder = written(tmp_path / "c", texts())
        worker = Worker(client, folder, texts())
        await worker.look()
        assert worker.taken == []
        written(folder, texts("a queue added", revision=1))
        for _ in range(SETTLED_AFTER):
            await worker.configuration.look_at_folder()
            assert worker.taken == [], "it may be written to yet"
        await worker.configuration.look_at_folder()
        assert worker.taken == [1]
        assert "phone/personbruker/nytt" in worker.configuration.now.centre.own_lines
        assert not worker.configuration.refused

    with_redis(redis_url, does)


def test_who_asks_has_the_folder_taken_at_once_and_is_told_what_came_of_it(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folder = written(tmp_path / "c", texts())
        worker = Worker(client, folder, texts())
        with capture_logs() as said:
            await worker.configuration.look_as_asked()
            written(folder, texts("a queue added", revision=1))
            await worker.configuration.look_as_asked()
            assert worker.taken == [1]
            for of in (texts(revision=0), texts("what is lost", revision=2)):
                written(folder, of)
                await worker.configuration.look_as_asked()
            (folder / "targets.toml").unlink()
            await worker.configuration.look_as_asked()
            await Worker(client, None, texts()).configuration.look_as_asked()
        assert worker.taken == [1]
        came = [str(line["came"]) for line in said if line["event"] == "looked at the configuration, as asked"]
        assert came[:2] == ["nothing differs", "took revision 1"]
        assert came[2] == "not taken: its revision is 0, and 1 holds: give it a higher one"
        assert came[3].startswith("not taken: definitions.ghost_after")
        assert came[4].startswith("not taken: ") and "targets.toml: cannot be read" in came[4]
        assert came[5] == "no folder is looked at: name one by --config or SVARTID_CONFIG"

    with_redis(redis_url, does)


def test_what_was_changed_after_it_was_read_and_before_it_is_looked_at_is_taken(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folder = written(tmp_path / "c", texts("a queue added", revision=1))
        worker = Worker(client, folder, texts())
        await worker.look()
        assert worker.taken == [1]

    with_redis(redis_url, does)


def test_who_starts_with_another_of_the_same_number_does_not_take_it_after_all(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folders = [written(tmp_path / name, texts(name, revision=2)) for name in ("an alert", "a queue added")]
        one, two = (Worker(client, folder, texts(folder.name, revision=2)) for folder in folders)
        for worker in (one, two):
            await worker.configuration.look_at_others()
            await worker.look()
        await one.look()
        assert one.taken == [] and two.taken == [2]
        assert "another one of that number holds" in two.configuration.refused

    with_redis(redis_url, does)


def test_one_that_is_mounted_is_swapped_by_a_link(redis_url: str, tmp_path: Path) -> None:
    """As a ConfigMap is: the files are links into a folder that is a link."""

    async def does(client: Client) -> None:
        data = tmp_path / "..data"
        data.symlink_to(written(tmp_path / "one", texts()))
        mounted = tmp_path / "mounted"
        mounted.mkdir()
        for name in FILES:
            (mounted / name).symlink_to(data / name)
        worker = Worker(client, mounted, texts())
        fresh = tmp_path / "..data_tmp"
        fresh.symlink_to(written(tmp_path / "two", texts("a target moved", revision=1)))
        fresh.rename(data)
        await worker.look()
        assert worker.taken == [1]

    with_redis(redis_url, does)


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        (("what is lost",), "definitions.ghost_after: figures would have to be made anew"),
        (("an audience",), "audiences.verge: it is taken when each worker starts anew"),
        (("a queue added", "the time zone"), "timezone: figures would have to"),
    ],
)
def test_what_cannot_be_taken_while_it_runs_is_told_and_the_one_before_stays(
    redis_url: str, tmp_path: Path, edits: tuple[str, ...], why: str
) -> None:
    async def does(client: Client) -> None:
        folder = written(tmp_path / "c", texts())
        worker = Worker(client, folder, texts())
        before = worker.shows
        written(folder, texts(*edits, revision=1))
        await worker.look()
        assert (worker.taken, worker.shows) == ([], before)
        assert worker.configuration.refused.startswith(why)
        assert b"svartid_configuration_refused 1.0" in exposed(worker)
        written(folder, texts())
        await worker.look()
        assert not worker.configuration.refused
        assert b"svartid_configuration_refused 0.0" in exposed(worker)

    with_redis(redis_url, does)


def exposed(worker: Worker) -> bytes:
    registry = CollectorRegistry()
    registry.register(ConfigurationCollector(worker.configuration))
    return generate_latest(registry)


def test_a_bad_file_is_told_with_its_place_and_one_that_is_gone_too(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folder = written(tmp_path / "c", texts())
        worker = Worker(client, folder, texts())
        written(folder, {"queues.toml": texts()["queues.toml"].replace('skew = "1m"', "skew = 60")})
        await worker.look()
        assert "definitions.skew: a duration" in worker.configuration.refused
        (folder / "targets.toml").unlink()
        await worker.look()
        assert "targets.toml: cannot be read" in worker.configuration.refused
        written(folder, texts("a target moved", revision=1))
        await worker.look()
        assert (worker.taken, worker.configuration.refused) == ([1], "")

    with_redis(redis_url, does)


def test_all_workers_show_by_the_newest_whoever_has_it(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folders = [written(tmp_path / name, texts(revision=1)) for name in "ab"]
        one, two = (Worker(client, folder, texts(revision=1)) for folder in folders)
        await one.look()
        await two.look()
        written(folders[0], texts("a queue added", revision=2))
        await one.look()
        await two.look()
        assert one.shows == two.shows and two.taken == [2]
        written(folders[1], texts("hours", revision=1))
        await two.look()
        assert "its revision is 1, and 2 holds: give it a higher one" in two.configuration.refused
        assert one.shows == two.shows

        late = Worker(client, None, texts("an alert", revision=1))
        await late.configuration.look_at_others()
        assert late.shows == one.shows, "who comes with an older one takes theirs"
        assert late.configuration.refused == "its revision is 1, and 2 holds: give it a higher one"
        same = Worker(client, None, texts("an alert", revision=2))
        await same.configuration.look_at_others()
        assert same.shows == one.shows
        assert same.configuration.refused.startswith("its revision is 2, and another one of that number holds")

    with_redis(redis_url, does)


def test_without_revisions_who_starts_or_is_changed_last_holds(redis_url: str, tmp_path: Path) -> None:
    """A rolling restart: the first of the new ones brings the others along."""

    async def does(client: Client) -> None:
        old = Worker(client, None, texts())
        await old.configuration.look_at_others()
        new = Worker(client, None, texts("a target moved"))
        await new.configuration.look_at_others()
        await old.look()
        await new.look()
        assert old.shows == new.shows == (0, by(texts("a target moved")).digest)
        assert len(old.taken) == 1 and new.taken == []

    with_redis(redis_url, does)


def test_two_that_cannot_take_each_others_say_so(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        one = Worker(client, None, texts(revision=1))
        await one.configuration.look_at_others()
        two = Worker(client, None, texts("an audience", revision=2))
        await two.configuration.look_at_others()
        await one.look()
        assert "audiences.verge: it is taken when each worker starts anew" in one.configuration.refused
        assert two.shows != one.shows and not two.configuration.refused

    with_redis(redis_url, does)


def test_what_is_spoiled_in_redis_is_written_anew(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        one = Worker(client, None, texts(revision=3))
        await one.look()
        await client.set(KEYS.configuration, b"garbage")
        await one.look()
        two = Worker(client, None, texts(revision=1))
        await two.configuration.look_at_others()
        assert two.shows == one.shows

    with_redis(redis_url, does)


def test_while_something_is_of_the_version_before_none_is_taken(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folder, waits_for = written(tmp_path / "c", texts()), ["phone-0 is of the version before"]

        async def not_yet() -> str:
            return waits_for[0]

        worker = Worker(client, folder, texts())
        worker.configuration._not_yet = not_yet
        await worker.look()
        written(folder, texts("a target moved", revision=1))
        await worker.look()
        assert (worker.taken, worker.configuration.refused) == ([], "phone-0 is of the version before")
        waits_for[0] = ""
        await worker.look()
        assert (worker.taken, worker.configuration.refused) == ([1], "")

    with_redis(redis_url, does)


def test_one_that_lies_there_refused_is_made_but_once(redis_url: str, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        folder = written(tmp_path / "c", texts())
        worker, made = Worker(client, folder, texts()), list[str]()
        make = worker.configuration._made
        worker.configuration._made = lambda of, where: made.append(where) or make(of, where)  # type: ignore[func-returns-value]
        written(folder, texts("what is lost", revision=1))
        for _ in range(5):
            await worker.look()
        assert worker.configuration.refused and len(made) == 1

    with_redis(redis_url, does)


# --- what the fold takes of it


@given(
    st.sets(st.sampled_from([name for name, (_, effect) in EDITS.items() if effect is config.Effect.NOW])),
    st.sampled_from([0, 1, 9]),
)
def test_a_state_that_takes_it_is_as_one_that_is_loaded_by_it(names: set[str], is_over: int) -> None:
    log = records([event for queue in ("helse", "nytt", "familien", "x") for event in visit(queue, 0, queue=queue)])
    old, new = (
        replace(centre.rules(*OURS), most_unknown=1 + is_over) for centre in (config.load(), edited(*sorted(names)))
    )
    assert not why_not(by(dict(FILES)), Configured(edited(*sorted(names)), new, FILES), NOW_MS)
    running, loaded = PartitionState(old), PartitionState(new)
    fold(running, log)
    loaded.queues.restore(running.queues.packed)
    running.configure(new)
    assert running.queues.packed == loaded.queues.packed
    levels = zip(running.aggregates.levels, loaded.aggregates.levels, strict=True)
    assert all(one.retention_ms == other.retention_ms for one, other in levels)


# --- workers that run


def contacts(first: int, n: int, queue: str) -> list[Produced]:
    """So many callers, each answered after a minute."""
    log = [
        one
        for i in range(first, first + n)
        for one in visit(f"c{i}", START_MS + i * 50, ("queue.answered", 60_000), queue=queue)
    ]
    return [
        Produced("phone", str(one["journey_id"]).encode(), orjson.dumps(one), START_MS + n) for n, one in enumerate(log)
    ]


class Seen(NamedTuple):
    """One snapshot, when it was read."""

    at: float
    revision: int
    lines: dict[str, int]  # who entered since the beginning


@pytest.mark.real
@pytest.mark.alone
def test_a_queue_is_shown_within_two_seconds_while_events_come_and_nothing_flickers(
    installations: Installations, tmp_path: Path
) -> None:
    """
    events     |------------------------------|   300 a second, half of a queue that nobody has configured
    folder     ----------|revision 2, with it       of one worker; the other's stays as it is
    snapshot   revision 1  | 2, and never back
    """
    installation = installations({"phone": 4, "chat": 1, "written": 1})
    folders = [written(tmp_path / name, texts(revision=1)) for name in "ab"]
    workers = [installation.start("--config", str(folder)) for folder in folders]
    installation.wait_ready()
    seen: list[Seen] = []
    sent = 0

    def look() -> bool:
        shown = installation.snapshot()
        if shown and shown["configuration"]:
            lines = {name: line["total"]["entered"] for name, line in shown["lines"].items()}
            seen.append(Seen(time.monotonic(), shown["configuration"]["revision"], lines))
        return bool(seen)

    def go_on(seconds: float) -> None:
        nonlocal sent
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for queue in ("nytt", "helse"):
                installation.send(contacts(sent, 20, queue))
                sent += 20
            look()

    def taken() -> bool:
        go_on(0.1)
        return seen[-1].revision == 2

    eventually(look, "a snapshot that says what it was made by")
    go_on(3)
    changed_at = time.monotonic()
    written(folders[0], texts("a queue added", revision=2))
    eventually(taken, "it is taken", TAKEN_WITHIN_S + 1)
    go_on(2)
    installation.wait_committed(2 * sent)
    new = "phone/personbruker/nytt"
    eventually(lambda: look() and seen[-1].lines.get(new) == sent // 2, "all of it is shown")

    took = next(one.at for one in seen if one.revision == 2) - changed_at
    assert took < TAKEN_WITHIN_S, f"after {took:.1f} s"
    assert [one.revision for one in seen] == sorted(one.revision for one in seen), "it flickers"
    assert all((new in one.lines) == (one.revision == 2) for one in seen)
    everybody = [sum(one.lines.values()) for one in seen]
    assert everybody == sorted(everybody), "somebody was not counted for a moment"
    for worker in workers:
        worker.wait_for("took another configuration")
        assert worker.get("/metrics")[1].count("svartid_configuration_revision 2.0") == 1
        worker.process.send_signal(signal.SIGHUP)
        came = worker.wait_for("looked at the configuration, as asked")["came"]
        holds = worker is workers[0]
        assert came == (
            "nothing differs" if holds else "not taken: its revision is 1, and 2 holds: give it a higher one"
        )

    other = written(tmp_path / "c", texts("a queue added", "what is short", revision=900))
    ran = installation.run("config", "diff", str(other), "--json")
    told = answered("config diff", ran.stdout)
    assert (told["revisions"], told["asks_for"]) == ([2, 900], "rebuild"), ran.stderr
    assert told["changes"] == [["definitions.short_abandon.chat", "5s", "10s", "rebuild"]]
    looked = answered("doctor", installation.run("doctor", "--config", str(folders[1]), "--json").stdout)
    (of_it,) = [finding for finding in looked if finding["what"] == "configuration in use"]
    assert (of_it["state"], of_it["found"]) == ("warning", "revision 2, which is not the one here")

    made = installation.run("generate", "--config", str(other), "--into", str(tmp_path / "made"))
    assert made.returncode == 0, made.stderr
    looked = answered("doctor", installation.run("doctor", "--generated", str(tmp_path / "made"), "--json").stdout)
    (of_files,) = [finding for finding in looked if finding["what"] == "generated files"]
    assert of_files["state"] == "warning" and "of revision 900" in of_files["found"]

    (folders[0] / "targets.toml").write_text("nothing")
    workers[0].wait_for("another configuration is not taken")
    assert worker_is_well(workers[0], installation)
    for worker in workers:
        assert worker.stop() == 0, worker.said
    installation.verify(2 * sent)


def worker_is_well(worker: Started, installation: Installation) -> bool:
    refused = "svartid_configuration_refused 1.0" in worker.get("/metrics")[1]
    return worker.is_ready() and refused and installation.snapshot() is not None
