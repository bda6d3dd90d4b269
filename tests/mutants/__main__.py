"""`make mutants`: faults put into core and serve, one at a time, and how many of them the quick tests find.

Mutmut makes all that it can think of; a seeded sample of them is tried, each by the tests that reach its function. A
first run of one collects which tests these are. Each is forked from a process that has imported everything; so what
runs as modules are imported is tried in a process of its own, by all quick tests. What is left alive is explained in
README.md beside this file.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MADE = ROOT / "mutants"  # by mutmut: all of the code, with every fault in it that is asked for by name
LOG = ROOT / "build" / "mutmut.log"
MUTMUT = str(Path(sys.executable).parent / "mutmut")
FIRST = "streams.core.reading.x_ratio__mutmut_1"
VERDICTS = {
    0: "survived",
    5: "not reached",
    33: "not reached",
    34: "not tried",
    None: "not tried",
}  # by mutmut's exit codes
FEWER = "8"  # as `make quick` has it
TOLD_AS_IMPORTED = """
import importlib, pathlib
from mutmut.state import state
for folder in ("core", "serve"):
    for path in pathlib.Path("streams", folder).glob("*.py"):
        importlib.import_module(".".join(path.with_suffix("").parts))
print(*state()._stats)
"""


def main() -> int:
    """Exits with 1 where fewer were killed than `--at-least`."""
    asked = _arguments()
    _mutmut("run", "--max-children", str(asked.jobs), FIRST)
    sample = _sample(asked.sample, asked.seed)
    for mutant in (FIRST, *sample):
        _forget(mutant)
    _mutmut("run", "--max-children", str(asked.jobs), *sample)
    found = _found(sample)
    found |= {mutant: _by_itself(mutant, asked.jobs) for mutant in _at_import(found)}
    alive = {name: _difference(name) for name, said in found.items() if said != "killed"}
    _tell(found, alive)
    if asked.json:
        Path(asked.json).write_text(json.dumps(_report(found, alive, asked), indent=1))
    killed = sum(said == "killed" for said in found.values())
    return int(killed < asked.at_least * len(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--at-least", type=float, default=0.9, help="the share that must be killed")
    parser.add_argument("--json", help="a file for what was found")
    return parser.parse_args()


def _mutmut(*words: str) -> None:
    ended = _logged([MUTMUT, *words], ROOT)
    if ended:
        raise SystemExit(f"mutmut ended with {ended}: see {LOG}")


def _logged(words: list[str], folder: Path, **environment: str) -> int:
    """Runs a program; its progress is of no use on a screen, so it goes to a file."""
    LOG.parent.mkdir(exist_ok=True)
    said = os.environ | {"SVARTID_FEWER_EXAMPLES": FEWER} | environment
    with LOG.open("ab") as out:
        return subprocess.run(words, cwd=folder, env=said, stdout=out, stderr=subprocess.STDOUT, check=False).returncode


def _at_import(found: dict[str, str]) -> list[str]:
    """Those that are not killed, of functions that run as modules are imported: mutmut tells which did."""
    told = subprocess.run(
        [sys.executable, "-c", TOLD_AS_IMPORTED],
        cwd=MADE,
        env=os.environ | {"MUTANT_UNDER_TEST": "stats", "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    functions = set(told.stdout.split())
    return [name for name, said in found.items() if said != "killed" and name.rpartition("__mutmut_")[0] in functions]


def _by_itself(mutant: str, jobs: int) -> str:
    """What all quick tests find of it, where everything is imported with it."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
    words = [*asked["pytest_add_cli_args_test_selection"], *asked["pytest_add_cli_args"], "-x", "-q", f"-n{jobs}"]
    ended = _logged([sys.executable, "-m", "pytest", *words], MADE, MUTANT_UNDER_TEST=mutant, PYTHONPATH=".")
    return "killed" if ended else "survived"


def _metas() -> Iterator[tuple[Path, dict[str, int | None]]]:
    """Mutmut's own books: by file, the mutants and what came of each."""
    for path in sorted((MADE / "streams").rglob("*.py.meta")):
        yield path, json.loads(path.read_text())["exit_code_by_key"]


def _sample(size: int, seed: int) -> list[str]:
    every = sorted(name for _, results in _metas() for name in results)
    return sorted(random.Random(seed).sample(every, min(size, len(every))))


def _forget(mutant: str) -> None:
    """What was found before: tests may have changed since."""
    for path, results in _metas():
        if mutant in results:
            meta = json.loads(path.read_text())
            meta["exit_code_by_key"][mutant] = None
            path.write_text(json.dumps(meta, indent=4))


def _found(sample: Iterable[str]) -> dict[str, str]:
    """By mutant: killed, survived, or not reached by any test."""
    results = {name: code for _, codes in _metas() for name, code in codes.items()}
    return {name: VERDICTS.get(results[name], "killed") for name in sample}


def _module(mutant: str) -> str:
    return ".".join(mutant.split(".")[:3])


def _tell(found: dict[str, str], alive: dict[str, str]) -> None:
    by_module: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mutant, said in found.items():
        by_module[_module(mutant)][said] += 1
    columns = ("killed", "survived", "not reached")
    print(f"{'module':36}", *(f"{name:>12}" for name in columns))
    for module, counts in sorted(by_module.items()):
        print(f"{module:36}", *(f"{counts[name]:12}" for name in columns))
    total = Counter(found.values())
    print(f"{'all':36}", *(f"{total[name]:12}" for name in columns))
    print(f"{100 * total['killed'] / max(len(found), 1):.1f} % of {len(found)} killed")
    for mutant, difference in alive.items():
        print(f"\n{found[mutant]}: {mutant}\n{difference}")


def _difference(mutant: str) -> str:
    shown = subprocess.run([MUTMUT, "show", mutant], cwd=ROOT, capture_output=True, text=True, check=False)
    return "\n".join(
        line
        for line in shown.stdout.splitlines()
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    )


def _report(found: dict[str, str], alive: dict[str, str], asked: argparse.Namespace) -> dict[str, object]:
    return {
        "seed": asked.seed,
        "sample": len(found),
        "found": dict(Counter(found.values())),
        "alive": alive,
    }


if __name__ == "__main__":
    sys.exit(main())
