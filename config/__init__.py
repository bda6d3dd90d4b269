"""What people tune: queues, hours, definitions and targets, read from two TOML files and checked.

`load()` reads the project's own folder, or another with the same files; `load_channels()` its channels alone.
`changes()` says what differs between two, and what that asks for; `in_short()`, `lapses()` and `absences()` what the
dates of one lead to, `stops()` what is taken down on purpose, `unwatched()` where one may wait unseen. May import:
streams.core.
"""

from config.ahead import absences, in_short, lapses, stops, unwatched
from config.centre import Centre
from config.changes import LEAST_AHEAD_MS, Change, Effect, asked_for, changes
from config.loading import (
    FILES,
    ConfigError,
    Problem,
    Texts,
    Wrong,
    centre_of,
    digest_of,
    load,
    load_channels,
    texts_of,
)

__all__ = [
    "FILES",
    "LEAST_AHEAD_MS",
    "Centre",
    "Change",
    "ConfigError",
    "Effect",
    "Problem",
    "Texts",
    "Wrong",
    "absences",
    "asked_for",
    "centre_of",
    "changes",
    "digest_of",
    "in_short",
    "lapses",
    "load",
    "load_channels",
    "stops",
    "texts_of",
    "unwatched",
]
