"""All boards open in a real browser for as long as is asked, while events come: none of them may grow, or complain."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psutil

from streams.local import LocalPartsError
from streams.web.pages.boards import BOARDS
from tests.soak.rig import Rig, Say, Stall
from tests.soak.watch import Sizes
from tests.web.chromium import Browser, Page
from tests.web.served import Web

NAME: Final = "python -m tests.soak boards"
LOOKS_EVERY_S: Final = 30.0
SETTLED_AFTER_S: Final = 120.0  # by then each has drawn all that it draws
_NODES: Final = "document.querySelectorAll('*').length"
GRAIN: Final = {
    **{f"{board.name}_mb": 1.0 for board in BOARDS},  # of its programs
    **{f"{board.name}_nodes": 50.0 for board in BOARDS},
    "web_mb": 10.0,
    "chromium_mb": 60.0,
}


@dataclass
class Ran:
    """What came of it."""

    rate_per_s: float
    seed: int
    minutes: float = 0.0
    events: int = 0
    stalled: str = ""
    complaints: list[str] = field(default_factory=list)
    sizes: Sizes = field(default_factory=lambda: Sizes(GRAIN))

    @property
    def flat(self) -> dict[str, Any]:
        """Of each size: what it was in the second quarter and in the last, its bound, and whether it kept it."""
        return self.sizes.judged(SETTLED_AFTER_S)

    @property
    def failed(self) -> bool:
        """Whether any grew, or complained."""
        grew = any(judged["flat"] is False for judged in self.flat.values())
        return bool(self.stalled or self.complaints or grew)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        told = {name: getattr(self, name) for name in ("rate_per_s", "seed", "minutes", "events", "stalled")}
        return told | {"complaints": self.complaints, "flat": self.flat}


def run(minutes: float, rate_per_s: float, seed: int, say: Say) -> Ran:
    """One worker, one `svartid web`, one browser. Ctrl-C ends it early."""
    ran = Ran(rate_per_s, seed)
    with Rig(workers=1, rate_per_s=rate_per_s, seed=seed, say=say) as rig:
        try:
            rig.until(rig.is_shared_out, "all partitions are owned")
            with _open(rig) as (web, browser, pages):
                _watch(rig, ran, minutes * 60, web, browser, pages)
        except (Stall, LocalPartsError) as error:
            ran.stalled = str(error)
        except KeyboardInterrupt:
            say("interrupted")
        ran.events = rig.watch.in_log
    return ran


@contextmanager
def _open(rig: Rig) -> Iterator[tuple[Web, Browser, dict[str, Page]]]:
    """Each board in a tab of its own."""
    of = rig.installation
    env = {name: value for name, value in of.env.items() if name.startswith("SVARTID_")}
    web = Web(rig.folder / "web.log", env["SVARTID_REDIS_URL"], of.keys, **env | {"SVARTID_WEB_PORT": "0"})
    try:
        web.wait_until_ready()
        with Browser(rig.folder / "chromium") as browser, ExitStack() as tabs:
            pages = {board.name: tabs.enter_context(browser.page(1920, 1080)) for board in BOARDS}
            for name, page in pages.items():
                page.open(f"{web.url}/{name}")
            yield web, browser, pages
    finally:
        web.stop()


def _watch(rig: Rig, ran: Ran, seconds: float, web: Web, browser: Browser, pages: dict[str, Page]) -> None:
    began = time.monotonic()
    of_web = psutil.Process(web.process.pid)
    while (at_s := time.monotonic() - began) < seconds:
        rig.wait(min(LOOKS_EVERY_S, seconds - at_s))
        figures = {f"{name}_mb": page.heap_mb() for name, page in pages.items()}
        figures |= {f"{name}_nodes": float(page.eval(_NODES)) for name, page in pages.items()}
        beliefs = {str(page.eval("document.body.dataset.belief")) for page in pages.values()}
        of_all = sum(one.memory_full_info().uss for one in browser.processes()) / 1e6
        ran.sizes.add(at_s, **figures, web_mb=of_web.memory_info().rss / 1e6, chromium_mb=of_all)
        told = " ".join(f"{name} {figures[f'{name}_mb']:.1f}" for name in pages)
        rig.say(f"{at_s / 60:5.1f} min  {', '.join(sorted(beliefs))}  MB of programs: {told}  Chromium {of_all:.0f}")
    ran.minutes = round((time.monotonic() - began) / 60, 1)
    ran.complaints = [complaint for page in pages.values() for complaint in page.complaints]
