"""`svartid demo`: everything together on this machine, on a simulated clock. Imports streams.local."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr

from config import Centre
from streams.cli.app import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, centre_of, err, out
from streams.cli.board import watch
from streams.cli.signals import interrupting, run_until_ended
from streams.cli.simulate import DEFAULT_START
from streams.cli.snapshot import show
from streams.clock import Clock
from streams.keys import Keys
from streams.local import LocalParts, LocalPartsError
from streams.local.ports import HOST
from streams.local.process import Part
from streams.redis_client import connect
from streams.serve.documents import Snapshot
from streams.serve.follower import Follower
from streams.settings import Settings, load
from streams.sources.scenarios import SCENARIOS
from streams.tasks import end

_LIFE_WITHIN_S = 120.0  # from the start of the worker to the first figures, on a machine that has much to do
_TELL_EVERY_S, _CHECK_EVERY_S = 5.0, 0.25
_SVARTID = (sys.executable, "-c", "from streams.cli import main; main()")


@app.command()
def demo(
    seconds: Annotated[float | None, typer.Option(min=0, help="From the first figures; else until Ctrl-C.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another day of the same kind.")] = 42,
    scenario: Annotated[str, typer.Option(help="Which day: " + ", ".join(SCENARIOS) + ".")] = "normal",
    speed: Annotated[float, typer.Option(min=0.1, help="Times real time: at 30 an hour passes in two minutes.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="No board; the last snapshot as JSON.")] = False,
    svg: Annotated[Path | None, typer.Option(help="No board; the last one to this file, as a picture.")] = None,
) -> None:
    """Shows the whole of it **in one go**: a Kafka and a Valkey, a simulated day, a worker, and the live boards: one
    here, and those for browsers, at the address that it says.

    It is a Tuesday, half past nine: what came since midnight is sent at once, and from then on the day passes at
    `--speed`. With 30, each second is half a minute: queues fill and empty before your eyes, and the main window of
    half an hour turns over in a minute. `svartid simulate --help` says what each scenario is.

    Everything is on free ports of this machine and in a temporary folder, and all of it is gone at the end. The first
    time Kafka is downloaded. Without a terminal there are lines about the progress instead of the board. The end shows
    the last snapshot once more.

    Exit codes: 0 shown, or told to end before there was anything to show; 1 a part of it died (the end of its log says
    why); 2 wrong arguments; 3 Kafka or Valkey could not be had or started.
    """
    if scenario not in SCENARIOS:
        raise CommandError(f"no scenario {scenario}; there are {', '.join(SCENARIOS)}", EXIT_USAGE)
    settings = load()
    centre = centre_of(settings, None)
    last, now_ms = None, 0
    with suppress(KeyboardInterrupt), interrupting(), _parts() as parts:
        clock = Clock.starting_at(round(DEFAULT_START.timestamp() * 1000), speed)
        ours = settings.model_copy(update={"redis_url": SecretStr(parts.redis_url), "clock": clock})
        run = _Demo(parts, ours, centre, f"{scenario}, {speed:g} × · Ctrl-C avslutter")
        is_seen = not as_json and svg is None
        run.run(scenario, seed, seconds, live=out.is_terminal and is_seen, is_served=is_seen)
        last, now_ms = run.last, clock.now_ms()
    if last is None:
        err.print("Ended before there were any figures.")  # as it was asked to, so no failure
    else:
        show(last, now_ms, centre, as_json=as_json, svg=svg)


@contextmanager
def _parts() -> Iterator[LocalParts]:
    try:
        with err.status("Looking for Kafka and Valkey") as status:
            parts = LocalParts(on_progress=status.update if err.is_terminal else err.print).start()
    except LocalPartsError as error:
        raise CommandError(str(error), EXIT_UNREACHABLE) from error
    try:
        yield parts
    finally:
        parts.stop()


class _Program(Part):
    """`svartid` itself as a part: its log in a file, ended by its own id, and by itself should this process vanish."""

    def __init__(self, name: str, folder: Path, env: dict[str, str], *arguments: str, may_finish: bool = False) -> None:
        super().__init__(folder, port=0)
        self.name = name
        self._env = env
        self._arguments = arguments
        self._may_finish = may_finish

    def command(self) -> list[str]:
        """With an environment of its own."""
        return ["env", *(f"{name}={value}" for name, value in self._env.items()), *_SVARTID, *self._arguments]

    def answers(self) -> bool:
        """Nobody asks it anything."""
        return self.running

    def check(self) -> None:
        """Raises if it has ended; but the simulator may come to the end of the day."""
        if not (self._may_finish and self._process is not None and self._process.poll() == 0):
            super().check()


class _Web(_Program):
    """`svartid web`, which picks a port of its own and says it in its log."""

    @property
    def url(self) -> str | None:
        """Where its boards are, once it listens."""
        said = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        ports = (json.loads(line).get("port") for line in said.splitlines() if line.startswith("{"))
        return next((f"http://{HOST}:{port}/" for port in ports if port), None)


class _Demo:
    """What runs on the parts: a worker and a simulator on one clock, and whoever looks at what they make."""

    def __init__(self, parts: LocalParts, settings: Settings, centre: Centre, note: str) -> None:
        self.last: Snapshot | None = None  # the newest snapshot there was
        self._parts = parts
        self._settings = settings
        self._centre = centre
        self._note = note
        self._programs: list[_Program] = []
        self._web: _Web | None = None

    def run(self, scenario: str, seed: int, seconds: float | None, *, live: bool, is_served: bool) -> None:
        """Until the seconds have passed or somebody ends it. Raises CommandError if a part dies."""
        env = self._parts.env() | {"SVARTID_CLOCK": str(self._settings.clock), "SVARTID_PORT": "0"}
        start = ("--start", DEFAULT_START.isoformat(), "--scenario", scenario, "--seed", str(seed))
        folder = self._parts.folder
        self._programs = [
            _Program("worker", folder, env, "worker"),
            _Program("simulator", folder, env, "simulate", *start, may_finish=True),
        ]
        if is_served and find_spec("litestar") is not None:
            self._web = _Web("web", folder, env | {"SVARTID_WEB_PORT": "0", "SVARTID_LOG_FORMAT": "json"}, "web")
            self._programs.append(self._web)
        with ExitStack() as undo:
            for program in self._programs:
                undo.callback(program.kill)  # what it was doing is of no use to anybody
                program.launch()
            try:
                run_until_ended(self._watch(seconds, live=live))
            except LocalPartsError as error:
                raise CommandError(str(error), EXIT_FAILED) from error

    async def _watch(self, seconds: float | None, *, live: bool) -> None:
        client = connect(self._settings)
        follower = Follower(client, Keys.of(self._settings))
        clock = self._settings.clock
        show = watch(follower, clock.now_ms, self._centre, self._in_a_line) if live else self._tell(follower)
        tasks = [asyncio.create_task(task) for task in (follower.run(), show, self._until(follower, seconds))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end(tasks)
            self.last = follower.document
            await client.aclose()

    def _in_a_line(self) -> str:
        """What stands below the board: what this is, and where it is seen in a browser."""
        return f"{self._note} · i nettleser: {url}" if self._web and (url := self._web.url) else self._note

    async def _until(self, follower: Follower, seconds: float | None) -> None:
        """Returns when the figures have been there for so long, with the newest read. Raises if a part dies."""
        started, alive_since = monotonic(), None
        while alive_since is None or seconds is None or monotonic() < alive_since + seconds:
            for part in (*self._parts.parts, *self._programs):
                part.check()
            if alive_since is None and _is_alive(follower.document):
                alive_since = monotonic()
            if alive_since is None and monotonic() > started + _LIFE_WITHIN_S:
                tail = self._programs[0].log_tail()
                raise LocalPartsError(f"no figures within {_LIFE_WITHIN_S:.0f} s; the worker's last words:\n{tail}")
            await asyncio.sleep(_CHECK_EVERY_S)
        await follower.read()

    async def _tell(self, follower: Follower) -> None:
        """Without a terminal: a line now and then."""
        is_told = self._web is None
        while True:
            if self._web and not is_told and (url := self._web.url):
                is_told = True
                err.print(f"The boards for browsers: {url}", highlight=False)
            document = follower.document
            if document is None or not document.records.accepted:
                err.print("Waiting for the first figures")
            else:
                err.print(
                    _line(document, self._settings.clock.now_ms(), ZoneInfo(self._centre.timezone)), highlight=False
                )
            await asyncio.sleep(_TELL_EVERY_S)


def _is_alive(document: Snapshot | None) -> bool:
    return document is not None and document.status == "live" and document.records.accepted > 0


def _line(document: Snapshot, now_ms: int, zone: ZoneInfo) -> str:
    time = datetime.fromtimestamp(now_ms / 1000, zone)
    if rebuilding := document.rebuilding:
        return f"{time:%H:%M:%S}  {document.status}, {rebuilding.done:,} of {rebuilding.of:,} events"
    if document.status == "stale":
        return f"{time:%H:%M:%S}  stale, nobody knows who waits"
    waiting = sum(group.waiting or 0 for group in document.groups.values())
    return f"{time:%H:%M:%S}  {document.status}, {document.records.accepted:,} events, {waiting:,} wait"
