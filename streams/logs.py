"""Logging: structured, to standard error, as text for people or JSON for machines. May import: settings, structlog."""

import logging
import sys

import structlog

from streams.settings import Settings


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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("streams").setLevel(logging.INFO)


def _is_fit_to_print(record: logging.LogRecord) -> bool:
    """Whatever level a logger is set to: at debug level Kafka's client prints records, and so people's numbers."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] == "streams"
