"""The rig of every run: Kafka, Valkey, the workers behind a proxy for each, and the stream of events."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from streams.clock import Clock
from streams.local import LocalParts
from streams.local.ports import HOST, free_ports
from tests.faults.parts import listen_behind
from tests.faults.proxy import Proxy
from tests.forked import SVARTID
from tests.ingest.installation import Installation
from tests.soak.centre import OWN_CONFIG, SPEED, START_MS, write_config
from tests.soak.fleet import Fleet, Member
from tests.soak.stream import Stream
from tests.soak.watch import Watch

PARTITIONS = {"phone": 6, "chat": 3, "written": 3}  # of which two workers or three get as many each
POLL_S = 0.05
SETTLES_WITHIN_S = 300.0
VERIFIES_WITHIN_S = 4 * 3600.0  # some thousand records a second, on a busy machine
CHECKPOINT_EVERY_S = 20.0  # an emptied Redis is restored from the last one

Say = Callable[[str], None]


class Stall(Exception):
    """What was waited for did not come in time."""


class Rig:
    """Everything, for a `with` block. Its folder is removed at the end, unless `keep` was set."""

    keeps = False  # whatever comes of it

    def __init__(
        self,
        *,
        workers: int,
        rate_per_s: float,
        seed: int,
        say: Say,
        proxied: bool = False,
        partitions: Mapping[str, int] = PARTITIONS,
        config_of: Path = OWN_CONFIG,
    ) -> None:
        self.say, self.keep = say, self.keeps
        self.folder = Path(tempfile.mkdtemp(prefix="svartid-soak-"))
        self.parts = LocalParts(self.folder / "parts")
        self.workers, self._rate, self._seed = workers, rate_per_s, seed
        self._proxied, self._partitions, self._config = proxied, partitions, config_of
        self._undo = ExitStack()
        self.proxies: list[Proxy] = []

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._clear)
            undo.enter_context(self.parts)
            self.parts.valkey.mends_file = False  # what comes back of a cut commit is for the workers to find out
            routes = self._routes(undo) if self._proxied else {}
            self.installation = Installation(self.parts, "soak", self.folder, self._partitions)
            undo.callback(self.installation.close)
            self.installation.env |= {
                "SVARTID_CONFIG": str(write_config(self.folder / "config", self._config)),
                "SVARTID_CHECKPOINT_EVERY_S": str(CHECKPOINT_EVERY_S),
                "SVARTID_CLOCK": str(Clock.starting_at(START_MS, SPEED)),
            }
            self.clock = Clock.parse(self.installation.env["SVARTID_CLOCK"])
            self.stream = Stream(self.folder, self.installation.env, self._seed, self._rate)
            undo.callback(self.stream.kill)
            self._direct = dict(self.installation.env)
            self.installation.env |= routes
            self.watch = undo.enter_context(Watch(self.installation))
            self.fleet = Fleet(self.installation, self.workers, self.say)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keep = self.keep or error is not None
        self._undo.close()

    def _routes(self, undo: ExitStack) -> dict[str, str]:
        """Settings by which workers reach Kafka and Redis through proxies. Kafka is told where its clients find it."""
        (port,) = free_ports(1)
        to_kafka = undo.enter_context(Proxy(f"{HOST}:{port}"))
        to_redis = undo.enter_context(Proxy(self.parts.valkey.address))
        self.proxies = [to_kafka, to_redis]
        listen_behind(self.parts.kafka, port, to_kafka.address)
        self.parts.kafka.restart()
        return {"SVARTID_KAFKA_BROKERS": to_kafka.address, "SVARTID_REDIS_URL": f"redis://{to_redis.address}/0"}

    def _clear(self) -> None:
        if self.keep:
            self.say(f"logs and data are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- waiting, during which the workers are tended

    def wait(self, seconds: float) -> None:
        """Lets so much of the run go by."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._tend()
            time.sleep(min(POLL_S, left))

    def until(self, true: Callable[[], bool], what: str, within_s: float = SETTLES_WITHIN_S) -> float:
        """How many seconds it took. Raises Stall."""
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > within_s:
                raise Stall(
                    f"not within {within_s:g} s: {what}; lag {self.watch.lag()}, workers {dict(self.fleet.ends)}"
                )
            self._tend()
            time.sleep(POLL_S)
        return time.monotonic() - began

    def _tend(self) -> None:
        self.fleet.tend()
        if not self.stream.running and not self.stream.stopped:
            raise Stall("the stream of events has ended")

    def until_caught_up(self, within_s: float = SETTLES_WITHIN_S) -> float:
        """Until events flow, and all is committed that was in the log a second ago."""
        return self.until(self.keeping_up(), "the workers catch up", within_s)

    def keeping_up(self) -> Callable[[], bool]:
        """To ask again and again. While no events come there is nothing to lag behind: first they have to come."""
        flows = self.watch.in_log + self._rate
        return lambda: self.watch.in_log > flows and self.watch.is_caught_up()

    # --- what is known

    def owners(self) -> dict[str, int]:
        """Partition -> the process that claimed it last, which need not live."""
        found = {}
        for name in self.installation.partitions:
            owner: Any = self.installation.redis.hget(self.installation.keys.partition(name).meta, "owner")
            if owner:
                found[name] = int(owner.decode().partition("/")[0].rpartition("-")[2])
        return found

    def offsets(self) -> dict[str, tuple[int, int]]:
        """Partition -> epoch and next offset."""
        pipe = self.installation.redis.pipeline(transaction=False)
        for name in self.installation.partitions:
            pipe.hmget(self.installation.keys.partition(name).meta, "epoch", "offset")
        found = zip(self.installation.partitions, pipe.execute(), strict=True)
        return {name: (int(epoch or 0), int(offset or 0)) for name, (epoch, offset) in found}

    def owning(self) -> list[Member]:
        """Workers at work that own a partition, in the order in which they were started."""
        pids = set(self.owners().values())
        return [member for member in self.fleet.at_work if member.pid in pids]

    def is_shared_out(self) -> bool:
        """Whether every partition is owned by a worker that is at work, and one worker alone has them all only where
        no more are wanted."""
        at_work, owners = {member.pid for member in self.fleet.at_work}, self.owners()
        own = set(owners.values())
        return len(owners) == len(self.installation.partitions) and own <= at_work and len(own) >= min(2, self.workers)

    # --- the end

    def mend(self) -> None:
        """Whatever a fault left that was not over is put right."""
        for part in self.parts.parts:
            part.resume()
            if not part.running:
                part.launch()
            part.wait_ready()
        for member in self.fleet.alive:
            if member.paused:
                member.resume()
        for proxy in self.proxies:
            proxy.flow()

    def settle(self, within_s: float = SETTLES_WITHIN_S) -> float:
        """Ends the stream; how many seconds it takes until everything in the log is committed. Raises Stall."""
        self.mend()
        self.stream.stop()
        self.wait(1.0)  # the watch has seen the log's end
        return self.until(lambda: self.watch.lag() == 0, "the lag is 0", within_s)

    def verify(self, program: Sequence[str | Path] = (SVARTID,), env: Mapping[str, str] = MappingProxyType({})) -> int:
        """How many differences `svartid verify` finds, of this build or another. What it says is kept where any are."""
        self.say("recounting")
        ran = subprocess.run(
            [*program, "verify", "--json"],
            env={**self._direct, **env},
            capture_output=True,
            text=True,
            timeout=VERIFIES_WITHIN_S,
            check=False,
        )
        assert ran.stdout, ran.stderr
        found = json.loads(ran.stdout)
        differences = sum(map(len, found["differences"].values()))
        if differences or ran.returncode:
            self.keep = True
            (self.folder / f"verify-{time.time_ns()}.json").write_text(ran.stdout)
        self.say(f"{found['records']:,} records recounted: {differences} differences")
        return differences
