"""A real browser: Chromium without a window, spoken to by its own protocol over the websocket that it opens."""

import asyncio
import base64
import json
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiohttp
import psutil

from tests.ingest.waiting import eventually
from tests.programs import program

T = TypeVar("T")
ANSWERS_WITHIN_S: Final = 20.0
LARGEST: Final = 64 << 20
_QUIET: Final = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)


class Browser:
    """One, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        command = [str(program("chromium")), *_QUIET, f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = folder / "DevToolsActivePort"
        eventually(lambda: port_file.is_file() and port_file.read_text().count("\n") > 0, lambda: "Chromium listens")
        port, path = port_file.read_text().splitlines()[:2]
        self._session = self.wait(self._make_session())
        self._port, self._path = int(port), path

    async def _make_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    def wait(self, of: Coroutine[Any, Any, T]) -> T:
        """What it comes to."""
        return asyncio.run_coroutine_threadsafe(of, self._loop).result(ANSWERS_WITHIN_S)

    @contextmanager
    def page(self, width: int = 1280, height: int = 800, mode: str = "light") -> Iterator["Page"]:
        """A tab that knows nothing of others."""
        page = Page(self, self.wait(self._open()))
        try:
            yield page.shown_on(width, height, mode)
        finally:
            page.close()

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        return await self._session.ws_connect(f"ws://127.0.0.1:{self._port}{self._path}", max_msg_size=LARGEST)

    def processes(self) -> list[psutil.Process]:
        """All that it is made of."""
        this = psutil.Process(self._process.pid)
        return [this, *this.children(recursive=True)]

    def close(self) -> None:
        """It and all that is of it."""
        self._process.kill()
        self._process.wait(10)
        with suppress(Exception):
            self.wait(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Page:
    """A tab of a context of its own: what it asked for, and what it complained of, is kept."""

    def __init__(self, browser: Browser, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._browser, self._socket = browser, socket
        self._number, self._answers = 0, dict[int, asyncio.Future[Any]]()
        self.asked: list[str] = []  # addresses
        self.complaints: list[str] = []
        self._hearing = asyncio.run_coroutine_threadsafe(self._hear(), browser._loop)
        self._session = ""
        self._context = self._call("Target.createBrowserContext")["browserContextId"]
        made = self._call("Target.createTarget", url="about:blank", browserContextId=self._context)
        attached = self._call("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    async def _hear(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if (waiting := self._answers.pop(told.get("id", 0), None)) is not None and not waiting.done():
                waiting.set_result(told)
            self._note(told.get("method", ""), told.get("params", {}))

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.asked.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([one.get("value") or one.get("description") for one in told["args"]]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            entry = told["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")

    def _call(self, method: str, **parameters: Any) -> Any:
        return self._browser.wait(self._say(method, parameters))

    async def _say(self, method: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        waiting = self._answers[self._number] = asyncio.get_running_loop().create_future()
        session = {"sessionId": self._session} if self._session else {}
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters, **session})
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            told = await waiting
        assert "error" not in told, (method, told)
        return told["result"]

    def shown_on(self, width: int, height: int, mode: str = "light", motion: str = "no-preference") -> Self:
        """A screen of so many CSS pixels, of whoever likes it so."""
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        liked = {"prefers-color-scheme": mode, "prefers-reduced-motion": motion}
        self._call("Emulation.setEmulatedMedia", features=[{"name": name, "value": liked[name]} for name in liked])
        return self

    def before_each(self, script: str) -> None:
        """Runs it in whatever is opened from now on, before anything else."""
        self._call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def open(self, address: str) -> None:
        """Goes there."""
        self._call("Page.navigate", url=address)
        self.until(lambda: self.eval("document.readyState") == "complete", f"{address} is read")

    def eval(self, script: str) -> Any:
        """What a script comes to, as JSON has it; a promise is waited for."""
        told = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def text(self, selector: str = "body") -> str:
        """What is read there; empty where there is none."""
        return str(self.eval(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def until(self, true: Callable[[], object], what: str, within_s: float = 10.0) -> None:
        """Returns when it is so."""
        eventually(
            lambda: bool(true()), lambda: f"{what}; it shows\n{self.text('body')}\nand {self.complaints}", within_s
        )

    def press(self, key: str, **more: Any) -> None:
        """A key goes down and up."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self._call("Input.dispatchKeyEvent", type=kind, key=key, **text, **more)

    def picture(self, file: Path) -> None:
        """What is seen, as a PNG."""
        told = self._call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(told["data"]))

    def heap_mb(self) -> float:
        """What its programs hold, once what is of no use was let go of."""
        self._call("HeapProfiler.collectGarbage")
        return float(self._call("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def close(self) -> None:
        """It is gone, with all that it kept."""
        self._session = ""
        with suppress(Exception):
            self._call("Target.disposeBrowserContext", browserContextId=self._context)
            self._browser.wait(self._end())

    async def _end(self) -> None:
        await self._socket.close()
