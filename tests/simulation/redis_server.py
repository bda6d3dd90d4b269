"""The model of Redis behind a real socket, so that the contract's tests can ask it as they ask every other server."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from streams.local.ports import HOST
from tests.simulation.redis_model import RedisModel
from tests.simulation.redis_session import Session

MOST_BYTES = 1 << 20  # of one read


@contextmanager
def serving(model: RedisModel) -> Iterator[str]:
    """Serves in a thread of its own, on a free port of this machine alone; gives the URL."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(_answering(model), HOST, 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"redis://{HOST}:{port}/0"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def _answering(model: RedisModel) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(model)
        while data := await reader.read(MOST_BYTES):
            writer.write(session.feed(data))
            await writer.drain()
        writer.close()

    return answer
