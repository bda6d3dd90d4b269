#!/usr/bin/env python3
"""Makes the whole of svartid's image as a folder: `python tree.py FOLDER [--revision REV]`.

The Dockerfile calls it, and so do the tests, which run what it made without Docker. In the folder is all that the
image has: the Python that runs this script, with its shared libraries; the packages of requirements.txt here, by hash;
streams and config. There is no shell, no compiler, no pip, no test.

Nothing varies: the same sources, packages and Python give the same bytes (SOURCE_DATE_EPOCH dates all files). Modules
are compiled, and marked as never to be compared with their sources, so that a tree that cannot be written starts fast.

May import: the standard library. Needs `ldd`, and uv beside the running Python, or else its pip.
"""

import argparse
import hashlib
import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
VERSION: Final = f"python{sys.version_info.major}.{sys.version_info.minor}"
USER: Final = 1069

OURS: Final = ("streams", "config")
OUR_SUFFIXES: Final = frozenset((".py", ".toml", ".lua", ".json", ".tsv", ".css", ".html", ".js", ".svg"))

# Of the standard library: tests, graphical programs, installers, what compiles, and what needs libraries of its own.
_STDLIB_OUT: Final = frozenset(
    (
        *(
            "test",
            "tests",
            "idlelib",
            "tkinter",
            "turtledemo",
            "turtle.py",
            "ensurepip",
            "lib2to3",
            "distutils",
            "venv",
        ),
        *("pydoc_data", "site-packages", "__pycache__", "curses", "sqlite3", "dbm", "_pydecimal.py", "_aix_support.py"),
    )
)
_DYNLOAD_OUT: Final = re.compile(
    r"_(test|xxtest|tkinter|curses|sqlite3|dbm|gdbm|ctypes_test|xxsub)|xxlimited|readline|nis|ossaudiodev|spwd|audioop"
)
_PACKAGES_OUT: Final = frozenset(("bin", "__pycache__", "tests", "test", "testing_data"))
# Rich colours sources by these where it shows a traceback, which svartid never does; Python's stays.
_LEXERS_OUT: Final = re.compile(r"pygments/lexers/(?!__init__|_mapping|python|special|text)\w+\.py")
_SOURCES: Final = (".pyx", ".pxd", ".pxi", ".c", ".cc", ".cpp", ".h", ".hpp", ".pyi", ".orig", ".rst")
_KEPT_OF_METADATA: Final = re.compile(
    r"METADATA|entry_points\.txt|licenses/.*|(LICEN[CS]E|COPYING|NOTICE|AUTHORS).*", re.I
)

_OPENED_BY_NAME: Final = ("libgcc_s.so.1",)  # by glibc, when a thread ends
_AUTHORITIES: Final = Path("etc/ssl/certs/ca-certificates.crt")
_FILES: Final = {
    "etc/passwd": f"root:x:0:0:root:/:/nologin\nsvartid:x:{USER}:{USER}:svartid:/tmp:/nologin\n",
    "etc/group": f"root:x:0:\nsvartid:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",  # what runs the image lays its own over these
    "etc/hostname": "",
    "etc/resolv.conf": "",
}
_PROGRAM: Final = f"#!/usr/local/bin/{VERSION}\nfrom streams.cli import main\n\nmain()\n"


def main() -> None:
    """Makes it, and says its digest and size."""
    parser = argparse.ArgumentParser(prog="tree.py", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("folder", type=Path, help="where to make it: it must not exist, or be empty")
    parser.add_argument("--revision", default="", help="that svartid --version says")
    parser.add_argument("--installer", choices=("uv", "pip"), help="the one that is there, uv first, unless said")
    asked = parser.parse_args()
    make(asked.folder.absolute(), asked.revision, asked.installer)
    size = sum(path.lstat().st_size for path in everything(asked.folder) if path.is_file() and not path.is_symlink())
    sys.stdout.write(f"{digest(asked.folder)} {size / 1e6:.1f} MB\n")


def make(folder: Path, revision: str, installer: str | None = None) -> None:
    """All of it, into a folder that is empty or not there yet."""
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"tree.py: {folder} is not empty")
    os.umask(0o022)
    library = folder / "usr/local/lib" / VERSION
    packages = library / "site-packages"
    _python(folder, library)
    _install(packages, installer or ("uv" if _beside("uv").exists() else "pip"))
    _ours(packages, revision)
    _system(folder)
    libraries = _libraries(folder)
    _debian(folder, libraries)
    _compile(folder, library)
    _settle(folder)


def _beside(program: str) -> Path:
    return Path(sys.executable).with_name(program)


def _python(folder: Path, library: Path) -> None:
    """The interpreter and its standard library, where they find each other."""
    base = Path(sys.base_prefix)
    (folder / "usr/local/bin").mkdir(parents=True)
    shutil.copyfile((base / "bin" / VERSION).resolve(), folder / "usr/local/bin" / VERSION)

    def unused(where: str, names: list[str]) -> Iterable[str]:
        if Path(where).name == "lib-dynload":
            return [name for name in names if _DYNLOAD_OUT.match(name)]
        return [name for name in names if name in _STDLIB_OUT or name.startswith("config-")]

    shutil.copytree(Path(sysconfig.get_path("stdlib")), library, ignore=unused)


def _install(packages: Path, installer: str) -> None:
    """The locked packages, each compared with its hash; then without what nothing runs."""
    ask = ["--target", str(packages), "--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet"]
    if installer == "uv":
        program = [str(_beside("uv")), "pip", "install", "--python", sys.executable, "--link-mode", "copy"]
    else:
        program = [sys.executable, "-m", "pip", "install", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*program, *ask, "-r", str(HERE / "requirements.txt")], check=True)
    for path in sorted(everything(packages), reverse=True):
        inside = path.relative_to(packages)
        if _is_unused(inside) and not _is_metadata(inside):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        elif _is_metadata(inside) and path.is_file() and not _KEPT_OF_METADATA.fullmatch("/".join(inside.parts[1:])):
            path.unlink()


def _is_metadata(inside: Path) -> bool:
    return inside.parts[0].endswith(".dist-info")


def _is_unused(inside: Path) -> bool:
    is_of_no_use = inside.name in _PACKAGES_OUT or inside.name.endswith(_SOURCES) or inside.name == ".lock"
    return is_of_no_use or _LEXERS_OUT.fullmatch(str(inside)) is not None


def _ours(packages: Path, revision: str) -> None:
    """streams and config, as they are here, and who they are."""
    for name in OURS:
        for path in everything(ROOT / name):
            inside = path.relative_to(ROOT)
            if path.suffix in OUR_SUFFIXES and "__pycache__" not in inside.parts:
                (packages / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, packages / inside)
    (packages / "streams/revision.txt").write_text(f"{revision}\n" if revision else "")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    about = packages / f"{project['name']}-{project['version']}.dist-info"
    about.mkdir()
    told = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (about / "METADATA").write_text(f"{told}Summary: {project['description']}\nLicense: {project['license']}\n")
    shutil.copyfile(ROOT / "LICENSE", about / "LICENSE")


def _system(folder: Path) -> None:
    """What a program asks of a system: a user, the authorities that it trusts, places to mount on."""
    for name in ("etc", "tmp", "proc", "dev", "sys", "run"):
        (folder / name).mkdir(exist_ok=True)
    for name, text in _FILES.items():
        (folder / name).write_text(text)
    paths = ssl.get_default_verify_paths()
    trusted = next((Path(one) for one in (f"/{_AUTHORITIES}", paths.cafile) if one and Path(one).is_file()), None)
    if trusted is None:
        sys.exit("tree.py: this machine trusts no authorities: install ca-certificates")
    (folder / _AUTHORITIES).parent.mkdir(parents=True)
    shutil.copyfile(trusted, folder / _AUTHORITIES)
    (folder / "usr/local/bin/svartid").write_text(_PROGRAM)


def _libraries(folder: Path) -> list[Path]:
    """The shared libraries of Python and of all modules, where the loader looks; answers where they are here."""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    here = folder / "usr/lib" / multiarch
    here.mkdir(parents=True)
    (folder / "lib").symlink_to("usr/lib")
    modules = [path for path in everything(folder) if path.name.endswith(".so") or ".so." in path.name]
    told = subprocess.run(
        ["ldd", folder / "usr/local/bin" / VERSION, *modules], check=True, capture_output=True, text=True
    ).stdout
    if missing := re.findall(r"(\S+) => not found", told):
        sys.exit(f"tree.py: it needs {', '.join(sorted(set(missing)))}, which is not here")
    needed = {name: Path(path) for name, path in re.findall(r"(\S+) => (/\S+)", told)}
    loader = re.findall(r"^\s*(/\S*ld-linux\S*)", told, re.MULTILINE)[0]
    for name in _OPENED_BY_NAME:
        needed.setdefault(name, _found(name, needed["libc.so.6"].parent))
    needed = {name: path for name, path in needed.items() if folder not in path.parents}  # a wheel's own
    for name, path in sorted(needed.items()):
        shutil.copyfile(path, here / name)
    own = [*here.glob("libpython*"), *(folder / "usr/local").glob("lib/*/lib-dynload/*.so")]
    if shutil.which("strip"):  # of what a Python made by hand brings for debuggers; Docker's official ones have none
        subprocess.run(["strip", "--strip-unneeded", *own], check=True)
    place = folder / loader.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(loader, place)
    return [*needed.values(), Path(loader)]


def _found(name: str, folder: Path) -> Path:
    if not (folder / name).exists():
        sys.exit(f"tree.py: there is no {name} in {folder}")
    return folder / name


def _debian(folder: Path, libraries: list[Path]) -> None:
    """Which of Debian's packages those are of, as scanners for weaknesses read it, and their licences."""
    if shutil.which("dpkg-query") is None:
        return
    real = [path.resolve() for path in libraries]
    asked = [*libraries, *real, *(Path("/usr", *path.parts[1:]) for path in real)]  # as it knows them by one of these
    ran = subprocess.run(["dpkg-query", "--search", *asked], capture_output=True, text=True, check=False)
    owners = {line.split(":")[0] for line in ran.stdout.splitlines() if not line.startswith("diversion")}
    records = folder / "var/lib/dpkg/status.d"
    records.mkdir(parents=True)
    for owner in sorted(owners | {"ca-certificates"}):
        told = subprocess.run(["dpkg-query", "--status", owner], capture_output=True, text=True, check=True).stdout
        fields = re.findall(r"^((?:Package|Source|Version|Architecture|Maintainer|Homepage):.*\n)", told, re.MULTILINE)
        (records / owner).write_text("Status: install ok installed\n" + "".join(fields))
        licence = Path("/usr/share/doc") / owner / "copyright"
        if licence.exists():
            (folder / licence.relative_to("/")).parent.mkdir(parents=True)
            shutil.copyfile(licence, folder / licence.relative_to("/"))


def _compile(folder: Path, library: Path) -> None:
    """Each part in a process of its own: what else a process has compiled shows in the bytes that it writes."""
    packages = library / "site-packages"
    parts = [path for path in [*library.iterdir(), *packages.iterdir()] if path != packages]
    loose = [path for path in parts if path.suffix == ".py"]
    jobs = [[path] for path in parts if path.is_dir() and any(path.rglob("*.py"))]
    jobs.sort(key=lambda job: (-sum(1 for _ in job[0].rglob("*.py")), job))  # the long ones first
    ask = [sys.executable, "-I", "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    ask += ["-s", str(folder), "-p", "/"]

    def compiled(job: list[Path]) -> None:
        env = {"PYTHONHASHSEED": "0", "PATH": os.defpath}
        subprocess.run([*ask, *map(str, sorted(job))], check=True, env=env)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compiled, [*jobs, loose]))


def _settle(folder: Path) -> None:
    """Everybody may read all, nobody but root may write; all is of one date."""
    date = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    for path in sorted([folder, *everything(folder)], reverse=True):
        if not path.is_symlink():
            is_program = path.is_dir() or path.parent.name == "bin" or path.name.startswith("ld-linux")
            path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (date, date), follow_symlinks=False)
    (folder / "tmp").chmod(0o1777)


def everything(folder: Path) -> Iterator[Path]:
    """All that is in a folder, links not followed."""
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(where) / name


def digest(folder: Path) -> str:
    """Of names, kinds, rights, dates and bytes of all that is in it."""
    found = hashlib.sha256()
    for path in sorted(everything(folder)):
        about = path.lstat()
        found.update(f"{path.relative_to(folder)}\0{about.st_mode:o}\0{about.st_mtime_ns}\0".encode())
        if stat.S_ISLNK(about.st_mode):
            found.update(str(path.readlink()).encode())
        elif stat.S_ISREG(about.st_mode):
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


if __name__ == "__main__":
    main()
