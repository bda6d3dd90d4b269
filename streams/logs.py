"""Logging: structured, to standard error, as text for people or JSON for machines.

May import: settings, outage, structlog.
"""

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

import structlog

from streams.outage import AGAIN_AFTER_S
from streams.settings import Settings

_MOST_TEMPLATES: Final = 200


def configure_logging(settings: Settings) -> None:
    """Sets up structlog and what Faust and aiokafka log through the standard library."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    handler.addFilter(_is_fit_to_print)
    handler.addFilter(Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("streams").setLevel(logging.INFO)


class Seldom(logging.Filter):
    """Lets what a library says again and again through once, then once in `again_after_s`, with how often it was said.

    While a broker is away Kafka's client says five things ten times a second. Ours are told once where they arise.
    """

    def __init__(self, again_after_s: float = AGAIN_AFTER_S, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._again_after_s = again_after_s
        self._now = now
        self._told: dict[tuple[str, object], list[float]] = {}  # by logger and template: when last, how often since

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be told; adds how often it was not."""
        if _is_ours(record):
            return True
        key, now = (record.name, record.msg), self._now()
        told = self._told.get(key)
        if told is None:
            if len(self._told) >= _MOST_TEMPLATES:  # texts that are made anew each time: nothing is lost but a count
                self._told.clear()
            self._told[key] = [now, 0]
            return True
        told[1] += 1
        if now - told[0] < self._again_after_s:
            return False
        record.msg, record.args = f"{record.getMessage()} ({told[1]:.0f} times since it was last told)", ()
        told[:] = [now, 0]
        return True


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == "streams"


def _is_fit_to_print(record: logging.LogRecord) -> bool:
    """Whatever level a logger is set to: at debug level Kafka's client prints records, and so people's numbers."""
    return record.levelno >= logging.WARNING or _is_ours(record)
