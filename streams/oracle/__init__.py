"""The recount: every figure counted again from the log, naively, by code that shares nothing with the fold.

`svartid verify` reads a partition's log from its beginning, recounts it here, and holds the answer against
what the fold has written to Redis. The definitions are those of `streams/MEASURES.md`; clarity before speed.
May import: standard library.
"""

from streams.oracle.compare import Difference, differences
from streams.oracle.decode import Event, decode
from streams.oracle.definitions import Definitions, Later, channels_and_audiences
from streams.oracle.recount import Account, LogRecord, recount, stays

__all__ = [
    "Account",
    "Definitions",
    "Difference",
    "Event",
    "Later",
    "LogRecord",
    "channels_and_audiences",
    "decode",
    "differences",
    "recount",
    "stays",
]
