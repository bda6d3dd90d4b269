"""The contact centre of a long run: NAV Kontaktsenter without nights, on a clock that runs faster.

The simulator's centre is made even, so that as many events come in each minute, and as busy as is asked for. Figures
are kept for a shorter time than in production, so that a run of an hour shows whether memory, keys and series stop
growing. The config files are the project's own but for these few lines.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import config
from streams.sources.durations import Lognormal
from streams.sources.messy import disturb
from streams.sources.model import ALL_DAY, EVERY_DAY, Centre
from streams.sources.nks import nks
from streams.sources.scenarios import SCENARIOS
from streams.sources.simulator import events
from streams.sources.wire import Record

OWN_CONFIG = Path(config.__file__).parent
SPEED = 300.0  # of the clock: a day of the centre takes 4.8 minutes
START_MS = 1_743_202_800_000  # 2025-03-29T00:00 in Oslo: the next day is the one of 23 hours
KEPT_LONGEST_H = 54  # intervals; it takes so long until as many cells go as come
SHORTER = {
    "stale_after": "2h",  # a broker that restarts is silent for a quarter of an hour of this clock
    "promise_lost": "6h",
    "horizon": "6h",
    "intervals": f"{KEPT_LONGEST_H}h",
    "days": "5d",
}
SNAPSHOTS_PER_S = 0.24  # `queue.snapshot` events, which come as often however busy the centre is
EVENTS_PER_S = 0.985  # all others, as often as a centre of four times the usual day's volume divided by four
USUAL_HOURS = 4.0  # the daily volume of six opening hours is spread over 24 here, so staff is a quarter of it


def settled_after_s() -> float:
    """Real seconds after which nothing that is kept by age can grow any more."""
    return KEPT_LONGEST_H * 3600 / SPEED


def write_config(folder: Path, source: Path = OWN_CONFIG) -> Path:
    """A configuration, the project's own unless another is named, with shorter times: a folder for `SVARTID_CONFIG`."""
    folder.mkdir(parents=True, exist_ok=True)
    queues = (source / "queues.toml").read_text(encoding="utf-8")
    for name, length in SHORTER.items():
        queues, found = re.subn(rf'(?m)^{name} = "[^"]*"', f'{name} = "{length}"', queues)
        assert found == 1, f"queues.toml has {name} {found} times"
    (folder / "queues.toml").write_text(queues, encoding="utf-8")
    (folder / "targets.toml").write_bytes((source / "targets.toml").read_bytes())
    return folder


def even_centre(busy: float) -> Centre:
    """NAV Kontaktsenter open day and night, `busy` times as many contacts an hour as four usual days have in 96."""
    usual, staff = nks(), 0.97 * busy / USUAL_HOURS
    return replace(
        usual,
        hours={"phone": (0, 24), "chat": (0, 24)},
        lines=tuple(replace(line, per_day=line.per_day * busy, demand=ALL_DAY) for line in usual.lines),
        pools={name: replace(pool, agents=pool.agents * staff, shifts=ALL_DAY) for name, pool in usual.pools.items()},
        bots=tuple(replace(bot, per_day=bot.per_day * busy, demand=ALL_DAY) for bot in usual.bots),
        written=tuple(
            replace(letter, per_day=letter.per_day * busy, demand=ALL_DAY, answered_after=Lognormal(1200, 0.9))
            for letter in usual.written
        ),
        weekdays=EVERY_DAY,
        staffing=EVERY_DAY,
        holidays=(),
    )


def stream(seed: int, rate_per_s: float, hours: float) -> Iterator[Record]:
    """So many records a real second, for so many hours of the centre's clock, in order of the time they are sent."""
    busy = (rate_per_s / SPEED - SNAPSHOTS_PER_S) / EVENTS_PER_S
    if busy <= 0:
        raise ValueError(f"a stream has {SPEED * SNAPSHOTS_PER_S:g} events/s at least")
    mess = SCENARIOS["messy"].mess
    assert mess is not None
    return disturb(events("normal", seed, START_MS, hours, even_centre(busy)), mess, Random(f"{seed}/mess"))
