"""`svartid web`: what is now and what was, over HTTP, for other services and for browsers."""

import asyncio
import errno
import gc
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop

from config import texts_of
from streams import version
from streams.cli import signals
from streams.cli.app import EXIT_USAGE, CommandError, app, centre_of
from streams.logs import configure_logging
from streams.redis_client import connect
from streams.serve.configuration import Configured
from streams.settings import Settings, load

log = structlog.get_logger(__name__)


@app.command()
def web(
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Serves over HTTP **what is now, what was and what changes**, as JSON and as server-sent events: `/api/v1/…` on
    SVARTID_WEB_HOST:SVARTID_WEB_PORT, which is loopback unless it is set; `/api/v1/openapi.json` says what there is.

    A process of its own, that reads Redis alone: any number of them may run, and none costs the workers anything. While
    Redis is away, or nobody writes, it answers that nothing is known, and why. Beyond loopback it serves only who has a
    token (SVARTID_WEB_TOKEN), or whom a trusted proxy names (SVARTID_WEB_IDENTITY_HEADER, SVARTID_WEB_PROXIES).

    Exit codes: 0 ended as asked; 2 a setting or the configuration is wrong, or the port is taken.
    """
    settings = load(config)
    centre = centre_of(settings, config)
    _check(settings)
    configure_logging(settings)
    log.info("svartid web", **version.as_fields())
    first = Configured(centre, centre.rules(*settings.keys), texts_of(settings.config))
    on = _listening(settings)
    gc.set_threshold(50_000, 50, 1000)  # thousands who watch are looked through at each collection
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_serve(settings, first, on))


def _check(settings: Settings) -> None:
    """That it may be begun. Raises CommandError."""
    if find_spec("litestar") is None or find_spec("uvicorn") is None:
        raise CommandError("It is served with Litestar and uvicorn: pip install 'svartid[web]'", EXIT_USAGE)
    from streams.web.access import why_not

    if why := why_not(settings):
        raise CommandError(why, EXIT_USAGE)


def _listening(settings: Settings) -> socket.socket:
    from streams.web.server import listening

    try:
        return listening(settings.web_host, settings.web_port)
    except OSError as error:
        is_taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        what = "SVARTID_WEB_PORT; 0 picks a free one" if is_taken else "SVARTID_WEB_HOST to an address of this machine"
        told = f"cannot listen on {settings.web_host}:{settings.web_port} ({error.strerror}). Set {what}"
        raise CommandError(told, EXIT_USAGE) from None


async def _serve(settings: Settings, first: Configured, on: socket.socket) -> None:
    from streams.web.process import Process

    stop = signals.asked_to_end()
    process = Process(settings, first, connect(settings))
    log.info("serving /api/v1", host=settings.web_host, port=on.getsockname()[1])
    await process.run(on, stop)
    log.info("ended as asked")
