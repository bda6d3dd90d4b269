"""The workers: so many as are wanted, each started again when it ends, as a cluster would."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from streams.cli.app import EXIT_UNREACHABLE
from tests.ingest.installation import Installation
from tests.ingest.workers import Worker

GRACE_S = 30.0  # from SIGTERM to SIGKILL, as Kubernetes has it
CRASH_PAUSE_S = 2.0  # before a worker that lived shortly is started again
SHORT_LIFE_S = 10.0
BY_ITSELF = (EXIT_UNREACHABLE,)  # what faults like ours may end a worker with that nobody asked to end


@dataclass
class Member:
    """One worker, and what was done to it."""

    worker: Worker
    born: float = field(default_factory=time.monotonic)
    killed: bool = False
    paused: bool = False
    asked_to_end: float | None = None

    @property
    def pid(self) -> int:
        """Its process."""
        return self.worker.process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.worker.process.poll() is not None

    def kill(self) -> None:
        """kill -9; it is known that we did it."""
        self.killed = True
        self.worker.kill()

    def pause(self) -> None:
        """SIGSTOP."""
        self.paused = True
        self.worker.pause()

    def resume(self) -> None:
        """SIGCONT, if it is still there."""
        self.paused = False
        if not self.ended:
            self.worker.resume()

    def terminate(self) -> None:
        """SIGTERM."""
        self.asked_to_end = time.monotonic()
        self.worker.terminate()

    def rss_mb(self) -> float:
        """Its memory; 0 when it is gone."""
        try:
            return float(psutil.Process(self.pid).memory_info().rss) / 1e6
        except psutil.Error:
            return 0.0

    def series(self) -> int:
        """Lines of /metrics that are samples; 0 while it does not serve."""
        try:
            status, text = self.worker.get("/metrics") if self.worker.lines("serving") else (0, "")
        except (AssertionError, OSError):
            return 0
        return sum(not line.startswith("#") for line in text.splitlines()) if status == 200 else 0


class Fleet:
    """`tend` is to be called often."""

    def __init__(self, installation: Installation, wanted: int, say: Callable[[str], None]) -> None:
        self.starts: Callable[[], Worker] = installation.start  # the next one
        self._say = say
        self.wanted = wanted
        self.members: list[Member] = []
        self.ends: Counter[str] = Counter()
        self.wrong_ends = 0  # by themselves, with a code that says otherwise
        self._not_before = 0.0

    @property
    def alive(self) -> list[Member]:
        """Those whose process is there, stopped ones too."""
        return [member for member in self.members if not member.ended]

    @property
    def at_work(self) -> list[Member]:
        """Those that are there, not stopped and not asked to end."""
        return [member for member in self.alive if not member.paused and member.asked_to_end is None]

    def tend(self) -> None:
        """Takes note of those that ended, ends those that do not heed, starts as many as are lacking."""
        for member in [member for member in self.members if member.ended]:
            self._note(member)
            self.members.remove(member)
        for member in self.alive:
            if member.asked_to_end is not None and time.monotonic() - member.asked_to_end > GRACE_S:
                self.ends["did not end within its grace"] += 1
                member.kill()
        while len(self.members) < self.wanted and time.monotonic() >= self._not_before:
            self.members.append(Member(self.starts()))

    def _note(self, member: Member) -> None:
        code = member.worker.process.returncode
        if member.killed:
            self.ends["killed"] += 1
        elif member.asked_to_end is not None:
            self.ends[f"asked to end: {code}"] += 1
        else:
            self.ends[f"by itself: {code}"] += 1
            self.wrong_ends += code not in BY_ITSELF
            self._say(f"{member.worker.log.name} ended with {code}: {last_words(member.worker.said)}")
            if time.monotonic() - member.born < SHORT_LIFE_S:
                self._not_before = time.monotonic() + CRASH_PAUSE_S


def last_words(said: str) -> str:
    """The sentence that a command ends with, which is no line of JSON; the end of whatever it said, without one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    sentences = [line for line in lines if line.startswith("svartid: ")] or [x for x in lines if not x.startswith("{")]
    return " ".join(sentences[-3:])[-400:] if sentences else "".join(lines[-1:])[-400:]
