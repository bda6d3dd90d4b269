"""The pictures of the boards in the README, made by the program in a real browser: `python -m tests.web.pictures`.

A worker, `svartid web`, Kafka and Valkey stand at a quarter past ten of a simulated surge, with a day a week before to
look back on. What does not move in a picture (headings, buttons, what stands before and above figures) is kept in the
file itself, so that `test_pictures.py` sees when a board says something else.
"""

import json
import re
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from streams.cli.simulate import DEFAULT_START
from streams.clock import Clock
from streams.local import LocalParts, create_topics
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.web.chromium import Browser, Page
from tests.web.served import Web

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "pictures"
AT: Final = DEFAULT_START + timedelta(minutes=45)  # 25 minutes of a surge
WEEK_BEFORE: Final = datetime.fromisoformat("2025-02-25T08:00:00+01:00")
KEY: Final = "Description"  # of the text in the file, a name of PNG's own
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_STANDS = "h1, h2, h3, th, label, button, summary, nav a, .legend li, caption"
_STANDING = f"""[...document.querySelectorAll('{_STANDS}')].filter(of => of.checkVisibility())
    .map(of => of.innerText.replace(/\\s+/g, ' ').trim()).filter(Boolean)"""


class Shot(NamedTuple):
    """One picture."""

    name: str  # of its file
    address: str
    size: tuple[int, int]
    mode: str = "light"


WALL, DESK, TELEPHONE = (1920, 1080), (1280, 900), (390, 844)
SHOTS: Final = (
    Shot("koene-na", "koene-na?kiosk", WALL),
    Shot("koene-na-telephone", "koene-na", TELEPHONE, "dark"),
    Shot("resultatkort", "resultatkort", DESK),
    Shot("ko-i-dybden", "ko-i-dybden?vis=phone/personbruker", DESK),
    Shot("tilbakeblikk", "tilbakeblikk?vis=phone/personbruker", DESK),
    Shot("svartid-selv", "svartid-selv", DESK, "dark"),
)


@contextmanager
def centre(parts: LocalParts, folder: Path) -> Iterator[Web]:
    """All of it, serving."""
    of = Installation(parts, "pictures", folder)
    try:
        _simulate_without_letters(of, "--start", WEEK_BEFORE.isoformat(), "--seed", "7")
        _simulate(of, "--start", DEFAULT_START.isoformat(), "--scenario", "surge", "--hours", "0.75")
        of.env |= {"SVARTID_CLOCK": str(Clock.starting_at(round(AT.timestamp() * 1000), 1.0))}
        worker = of.start()
        eventually(worker.is_ready, lambda: f"the worker is ready; it said\n{worker.said}", 120)
        env = {name: value for name, value in of.env.items() if name.startswith("SVARTID_")}
        web = Web(folder / "web.log", env["SVARTID_REDIS_URL"], of.keys, **env | {"SVARTID_WEB_PORT": "0"})
        try:
            web.wait_until_ready()
            eventually(lambda: _is_whole(web), "there is a whole scorecard", 90)
            yield web
        finally:
            web.stop()
    finally:
        of.close()


def _is_whole(web: Web) -> bool:
    told = web.ask("/api/v1/scorecard")
    return told.status == 200 and bool(told.said["promises"])


def _simulate(of: Installation, *arguments: str, **settings: str) -> None:
    ran = of.run("simulate", *arguments, "--speed", "max", "--json", **settings)
    assert ran.returncode == 0, ran.stderr


def _simulate_without_letters(of: Installation, *arguments: str) -> None:
    """None of them would be answered in the week between."""
    unread = f"{of.name}-unread"
    create_topics(of.brokers, {unread: 1})
    _simulate(of, *arguments, SVARTID_TOPICS=json.dumps(of.topics | {"written": unread}))


@contextmanager
def shown(browser: Browser, web: Web, shot: Shot) -> Iterator[Page]:
    """What is on it, once all of it is there."""
    with browser.page(*shot.size, shot.mode) as page:
        page.open(f"{web.url}/{shot.address}")
        page.until(lambda: page.eval("document.body.dataset.belief") == "live", "it is live", 30)
        before: list[str] = []
        page.until(lambda: _settled(page, before), "it has drawn all that it draws", 30)
        yield page


def _settled(page: Page, before: list[str]) -> bool:
    """Whether it says what it said the last times, and waits for nothing."""
    before.append(json.dumps(standing(page)))
    page.eval("new Promise(done => setTimeout(done, 300))")
    return len(before) > 5 and len(set(before[-5:])) == 1


def standing(page: Page) -> list[str]:
    """What does not move, with 0 for each number."""
    return [re.sub(r"\d[\d.,:\u00a0]*", "0", text) for text in page.eval(_STANDING)]


def described(png: bytes, text: str) -> bytes:
    """A picture with a text in it."""
    data = KEY.encode() + b"\0\1\0\0\0" + zlib.compress(text.encode())  # iTXt: packed, of no language
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
    header = len(_SIGNATURE) + 25  # IHDR is always as long
    return png[:header] + chunk + png[header:]


def description(png: bytes) -> str:
    """That text."""
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"iTXt":
            return zlib.decompress(png[at + 8 : at + 8 + length].partition(b"\0")[2][4:]).decode()
        at += 12 + length
    raise ValueError("a picture without a text")


def main() -> None:
    """Makes them all anew."""
    with tempfile.TemporaryDirectory(prefix="svartid-pictures-") as name, LocalParts(on_progress=print) as parts:
        folder = Path(name)
        with centre(parts, folder) as web, Browser(folder / "chromium") as browser:
            for shot in SHOTS:
                with shown(browser, web, shot) as page:
                    page.picture(folder / "shot.png")
                    text = "\n".join(standing(page))
                (FOLDER / f"{shot.name}.png").write_bytes(described((folder / "shot.png").read_bytes(), text))
                print(FOLDER / f"{shot.name}.png")


if __name__ == "__main__":
    main()
