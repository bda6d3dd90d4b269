"""`svartid worker`: reads the events, keeps the figures, and serves them."""

import asyncio
import errno
import gc
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Never

import structlog
import typer
import uvloop
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from redis.exceptions import RedisError

from config import texts_of
from streams import kafka, redis_client, rights, topics, version
from streams.cli import signals
from streams.cli.app import EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, centre_of, tell
from streams.clocks import Clocks
from streams.fresh import FRESH_S
from streams.ingest.app import IngestApp
from streams.ingest.drain import drained
from streams.ingest.in_force import RulesInForce
from streams.ingest.metrics import ClockCollector, LoopLag, WorkerCollector
from streams.ingest.other_rules import OtherRules
from streams.ingest.partitions import StoreLost
from streams.ingest.proving import proved
from streams.ingest.rebuilding import rebuilt
from streams.ingest.rollcall import Accepted, RollCall
from streams.ingest.watchdog import Stalled, deaf, disowned, refused, stalled
from streams.keys import Keys
from streams.logs import configure_logging
from streams.outage import Outage
from streams.partition_names import in_a_sentence
from streams.past.keeper import Scorecards
from streams.past.scorecard_metrics import ScorecardCollector
from streams.redis_client import Client, connect
from streams.serve.configuration import Configuration, ConfigurationCollector, Configured
from streams.serve.configuration import configured as made_by
from streams.serve.early import is_astray
from streams.serve.http import Endpoints
from streams.serve.metrics import SnapshotCollector
from streams.serve.publisher import Publisher
from streams.serve.serving import Serving
from streams.settings import Settings, load
from streams.tls import BadConnectionSetting

log = structlog.get_logger(__name__)

GRACE_S = 5.0
_TRY_EVERY_S = 1.0
_LAST_WORD_S = 2.0


@app.command()
def worker(
    drain: Annotated[
        bool, typer.Option("--drain", help="Read to the end of the log as it stood at the start, commit, and exit 0.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Reads call and chat events from Kafka, and keeps every queue's figures in Redis, each event counted exactly once.

    With SVARTID_SHADOW it keeps a second state beside the served one, from the start of the log: see `svartid switch`.

    Any number of workers share the partitions. A worker that is killed is taken over from where it last committed.
    Serves /metrics, /isalive and /isready on SVARTID_HOST:SVARTID_PORT. From the moment it is to end it is not ready.

    While Kafka or Redis is away it waits, alive and not ready. A topic that was made anew, or has another number of
    partitions, is not counted until that is accepted; the others are.

    SIGHUP has it look at its configuration at once, and say in its log what came of it. It ends a worker only where
    that is how its terminal says that it was closed; under nohup never.

    Exit codes: 0 ended as asked; 1 the figures were made by other definitions (with --drain, or of another log, or a
    topic has another number of partitions); 2 a setting or the configuration is wrong; 3 a fresh start may help: a
    right is denied, Redis lost writes, nothing moved for SVARTID_STALL_TIMEOUT_S (with --drain, or Kafka or Redis is
    away, or a topic is not there, or an open transaction hides a log's end for that long).
    """
    settings = load(config)
    centre = centre_of(settings, config)  # what is wrong with it is told as every command tells it
    configure_logging(settings)
    log.info("svartid worker", **version.as_fields())
    tune_python()
    first = Configured(centre, centre.rules(*settings.keys), texts_of(settings.config))
    running = Worker(settings, first, connect(settings), drain=drain)
    try:
        asyncio.run(running.run())
    finally:
        running.last_resort.loop_has_ended = True


def tune_python() -> None:
    """Sets the interpreter up for a worker: few collections, quick turns of threads, uvloop."""
    # Nearly everything the fold makes is freed by counting, and looking for cycles took a fifth of its time.
    gc.set_threshold(500_000, 50, 1000)
    # Kafka's client has a thread of its own: five milliseconds, as Python has it, are long to wait for a turn.
    sys.setswitchinterval(0.001)
    # A policy, as Kafka's thread makes a loop of its own. It is a fifth of what the worker costs at a steady pace.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


class Worker:
    """Ingest and serve in one process, composed here: of ingest, which counts, and of what shows it.

    With `drain` it ends at the end of the log, and where a log is another than was counted.
    """

    def __init__(self, settings: Settings, configured: Configured, client: Client, *, drain: bool = False) -> None:
        self.settings = settings
        self.client = client
        self.drain = drain
        self.is_ending = False  # from then on it is not ready: it gives up what it owns
        self.last_resort = LastResort()
        self.rules = rules = configured.rules
        self.clocks = Clocks(client)
        keys = Keys.of(settings)
        self.serving = Serving(client, keys)
        self.configuration = Configuration(
            configured,
            settings.config,
            client,
            keys,
            lambda texts, where: made_by(texts, where, *settings.keys),
            lambda other: self.ingest.partitions.configure(other.rules),
            self._not_yet_upgraded,
            self._counted,
            self._counted_here,
        )
        self.ingest = IngestApp(
            settings,
            rules,
            client,
            on_commit=self._show,
            on_dated=self.clocks.written,
            rules_in_force=RulesInForce(lambda: self.configuration.is_current, self.configuration.current),
            is_served=lambda: self.serving.is_ours,
            stops_at_other_logs=drain,
        )
        self.roll_call = RollCall(self.ingest, self.ingest.store, self.ingest.event_log)
        self.publisher = Publisher(
            client,
            keys,
            lambda: self.configuration.now,
            settings.clock,
            lambda: self.ingest.partitions.owned,
            self.ingest,
            lambda: self.roll_call.missing_topics,
            instance=settings.instance,
            every_s=settings.publish_every_s,
            whole_every_s=settings.snapshot_every_s,
            wrong_ms=lambda: self.clocks.wrong_ms,
            serving=self.serving,
        )
        self.scorecards = Scorecards(settings, keys, lambda: self.configuration.now, lambda: self.publisher.latest)
        self.outage = Outage(log, "waiting to begin")
        self.lag = LoopLag()
        self.endpoints = Endpoints(self._registry(), self._not_ready, lambda: self.serving.in_words)

    async def _not_yet_upgraded(self) -> str:
        """Why no other configuration can be taken for now: what was counted by the one of its time."""
        if older := await self.ingest.store.of_an_earlier_version():
            return f"{in_a_sentence(older)} are of the state version before: it is taken once they are upgraded"
        return ""

    async def _counted_here(self) -> int:
        """No event of the partitions that are held here is later (epoch ms)."""
        return max((held.state.reaches_ms for held in self.ingest.partitions.held.values()), default=0)

    async def _counted(self) -> int:
        """No event that is counted by now is later (epoch ms), whichever worker has its partition."""
        reached = max(self.settings.clock.now_ms(), await self.ingest.store.furthest())
        return reached + self.rules.future_ms

    def _show(self) -> None:
        self.publisher.notify()

    async def run(self) -> None:
        """Runs until a signal, until drained, or until something is wrong (CommandError)."""
        await self._listen()
        stop = signals.asked_to_end(self.configuration.ask)
        try:
            await _first_of(stop.wait(), self._start(waits=not self.drain))
            await _first_of(
                stop.wait(),
                self.ingest.wait_until_stopped(),
                stalled(self.ingest, self.settings.stall_timeout_s),
                refused(self.settings, lambda: self.publisher.silent_s, self.settings.stall_timeout_s),
                deaf(self.ingest, self.ingest.event_log, self.settings.stall_timeout_s),
                self.roll_call.run(),
                self.ingest.take_rest(),
                disowned(self.ingest, self.ingest.store.ownership, 2 * self.settings.session_timeout_s),
                proved(self.ingest),
                self.configuration.run(),
                self.publisher.run(),
                self.scorecards.run(),
                self.ingest.rejects.run(),
                self.ingest.checkpointer.run(),
                self.ingest.kept.run(),
                rebuilt(self.ingest),
                topics.watch(self.settings, self.rules),
                self.lag.run(),
                self.clocks.run(),
                *([drained(self.ingest, self.settings.stall_timeout_s)] if self.drain else []),
                then=self._begin_to_end,
            )
            self._raise_what_went_wrong()
            await self._publish_once_more()
        except (Stalled, StoreLost, Accepted, rights.NoRight) as error:
            raise CommandError(str(error), EXIT_UNREACHABLE) from None
        finally:
            self._begin_to_end()
            self.last_resort.arm(sys.exception())
            await self._close()
            threading.excepthook = lambda _: None  # Faust's thread can outlive its stop, and finds the loop closed

    def _begin_to_end(self) -> None:
        self.is_ending = True

    async def _start(self, *, waits: bool) -> None:
        """Not without every right: what lacks one would pass over its topic, or wait for good.

        Who waits does so for as long as Kafka or Redis is out of reach: to end would not bring them nearer, and an
        orchestrator delays each fresh start longer than the one before. But where Redis refuses the password it ends:
        only a fresh start reads another one.
        """
        while why := await self._out_of_reach():
            if not waits:
                raise CommandError(why, EXIT_UNREACHABLE)
            self.outage.tell(why)
            await asyncio.sleep(_TRY_EVERY_S)
        self.outage.over()
        await self.client.ping()
        await self.clocks.look()
        await self._check_definitions()
        await self.serving.look()
        await rights.check(self.settings, rights.of_worker(self.settings))
        await self.ingest.start()

    async def _check_definitions(self) -> None:
        """Not by others than any partition was counted by, whoever has it now: the partitions of an installation would
        be counted otherwise, one by one, as it is given them. What another worker has left of a higher revision is
        taken first. Raises CommandError.
        """
        try:
            if not await self.configuration.is_behind():
                await self.ingest.store.check_definitions()
            await self.configuration.look_at_others()
            await self.ingest.store.check_definitions()
        except OtherRules as error:
            raise CommandError(str(error)) from None

    async def _out_of_reach(self) -> str:
        troubles = await asyncio.gather(kafka.trouble(self.settings), redis_client.trouble(self.settings))
        for trouble in troubles:
            if isinstance(trouble, redis_client.Refusal):
                raise CommandError(trouble, EXIT_UNREACHABLE)
        return "; ".join(filter(None, troubles))

    def _raise_what_went_wrong(self) -> None:
        """What stopped the app, if it was not asked to."""
        failure, crash = self.ingest.failure, self.ingest.crash_reason
        for known in (failure, crash):
            if isinstance(known, RedisError | KafkaError | BadConnectionSetting):
                raise known  # whoever ran us asks what is in the way
        if failure:
            raise CommandError(str(failure), self.ingest.exit_code)
        if crash:  # its text may hold what is in an event
            what = type(crash).__name__
            told = f"it broke down with a {what}: the log says where. What was committed is kept"
            raise CommandError(
                f"{told}; if it does so again, run `svartid doctor` and tell its makers", EXIT_UNREACHABLE
            )

    async def _publish_once_more(self) -> None:
        """What was committed last, where Redis takes it: an end that was asked for does not wait for that."""
        with suppress(RedisError, TimeoutError):
            async with asyncio.timeout(_LAST_WORD_S):
                await self.publisher.publish()

    async def _listen(self) -> None:
        settings = self.settings
        try:
            port = await self.endpoints.start(settings.host, settings.port)
        except OSError as error:
            is_taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
            what = "SVARTID_PORT; 0 picks a free one" if is_taken else "SVARTID_HOST to an address of this machine"
            told = f"cannot listen on {settings.host}:{settings.port} ({error.strerror}). Set {what}"
            raise CommandError(told, EXIT_USAGE) from None
        log.info("serving /metrics, /isalive and /isready", host=settings.host, port=port)

    async def _close(self) -> None:
        """Ends what is in flight, then everything else; what does not end within its grace is left behind."""
        endings = {
            "the batch in flight": self.ingest.partitions.give_up_all(),
            "the rejected records": self.ingest.rejects.close(),
            "the checkpoints": self._last_checkpoints(),
            "Faust": self.ingest.end(),
            "the endpoints": self.endpoints.stop(),
            "the connection to Redis": self.client.aclose(),
        }
        for what, ending in endings.items():
            try:
                async with asyncio.timeout(GRACE_S):
                    await ending
            except TimeoutError:
                log.warning("did not end in time", what=what)
            except Exception as error:  # whatever it is, the others have to be ended, too
                log.warning("did not end well", what=what, error=type(error).__name__)

    async def _last_checkpoints(self) -> None:
        """Before the group hears that we leave: then another owns the partitions, and writes theirs."""
        if self.ingest.failure is None and self.ingest.started:
            await self.ingest.checkpointer.write_all()
        await self.ingest.checkpoints.close()

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(SnapshotCollector(lambda: self.publisher.latest, self.publisher.counters))
        registry.register(ScorecardCollector(lambda: self.scorecards.latest))
        registry.register(WorkerCollector(self.ingest.partitions, self.lag, self.ingest.checkpointer))
        registry.register(ClockCollector(self.clocks))
        registry.register(ConfigurationCollector(self.configuration, lambda: self.serving.is_ours))
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        return registry

    def _not_ready(self) -> str | None:
        """Ready is who serves what is whole and of now: all that it owns is read to its end, and Redis has it."""
        if self.is_ending or self.ingest.failure:
            return "stopping"
        if not self.ingest.started:
            return self.outage.why or "starting"
        if not self.ingest.partitions.taken:
            return self.ingest.taking.waits_for or "no partitions assigned yet"
        if why := self.roll_call.not_ready() or self._unwritten() or self.clocks.why_wrong:
            return why
        if rebuilding := sum(held.rebuilding is not None for held in self.ingest.partitions.owned.values()):
            return f"{rebuilding} partitions are being rebuilt"
        now_ms = self.settings.clock.now_ms()
        owned = self.ingest.partitions.owned.items()
        if astray := sorted(name for name, held in owned if is_astray(held.state, now_ms)):
            return (
                f"events of {in_a_sentence(astray)} were dated so far ahead that what is of now is late: "
                "deploy/runbooks/clock-ahead.md"
            )
        return None

    def _unwritten(self) -> str | None:
        if self.ingest.partitions.store_outage.is_on:
            return f"Redis takes no commit: {self.ingest.partitions.store_outage.why}"
        if self.publisher.silent_s > FRESH_S:
            return self.publisher.why_silent
        return None


class LastResort:
    """Ends a process whose work is done, and which a task or a thread keeps alive that does not heed its end.

    Faust's consumer thread can outlive its stop, and a cancellation can get lost on its way through a library.
    What hangs in the first half of its time ends the others' patience too: the whole is to end soon, not each part.
    """

    def __init__(self) -> None:
        self.loop_has_ended = False  # then what went wrong is told by others

    def arm(self, error: BaseException | None, within_s: float = 2 * GRACE_S) -> None:
        """From now on the end is certain, with the exit code and the words that belong to `error`."""
        timer = threading.Timer(within_s, self._end, [error])
        timer.daemon = True
        timer.start()

    def _end(self, error: BaseException | None) -> None:
        if isinstance(error, CommandError) and not self.loop_has_ended:
            tell(str(error))
        code = error.code if isinstance(error, CommandError) else EXIT_UNREACHABLE
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0 if error is None else code)


async def _first_of(*endings: Coroutine[object, Never, object], then: Callable[[], None] = lambda: None) -> None:
    """Runs all until one ends, calls `then`, and ends the others; what went wrong in the one is raised."""
    tasks = [asyncio.create_task(ending) for ending in endings]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    then()
    for task in pending:
        task.cancel()
    await asyncio.wait(pending, timeout=GRACE_S)
    for task in done:
        task.result()
