"""Kafka watched while a command uses it: one that takes connections and says nothing, or knows of no broker, is told,
and not waited for long.

Its clients wait 40 s for each answer, and say nothing meanwhile. A worker waits for Kafka for as long as it takes; a
person does not. Imports kafka.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from streams import kafka
from streams.cli.app import ANOTHER_ANSWERS, EXIT_UNREACHABLE, CommandError, say
from streams.settings import Settings
from streams.tls import BadConnectionSetting

ASK_S: Final = 3.0  # for an answer, and between two questions
LOOKING_S: Final = 12.0  # silence that ends a command that looks, or to which Kafka never answered
SENDING_S: Final = 30.0  # silence that ends one that sends: what is under way is sent when Kafka is back


class KafkaIsMute(CommandError):
    """No broker has answered for as long as the command waits; `found` is that alone, `todo` what helps."""

    def __init__(self, trouble: kafka.Mute, lasted_s: float) -> None:
        self.found, self.todo = f"{trouble}, for {lasted_s:.0f} s now", trouble.todo
        super().__init__(f"{self.found}. {self.todo}", EXIT_UNREACHABLE)


@asynccontextmanager
async def answering(settings: Settings, patience_s: float = LOOKING_S) -> AsyncIterator[None]:
    """For as long as the block lasts brokers are asked. That none answers is said within `2 * ASK_S`; it ends the
    block after `LOOKING_S`, or after `patience_s` where one has answered in it.

    Raises KafkaIsMute.
    """
    found: list[KafkaIsMute] = []
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own sentences say what it would
    try:
        async with asyncio.timeout(None) as limit:
            watching = asyncio.create_task(_watch(settings, patience_s, limit, found))
            try:
                yield
            finally:
                watching.cancel()
    except TimeoutError:
        if not found:
            raise
        raise found[0] from None


async def _watch(settings: Settings, patience_s: float, limit: asyncio.Timeout, found: list[KafkaIsMute]) -> None:
    """Ends the block once nobody has answered for long."""
    with suppress(BadConnectionSetting):  # as the command's own client says
        found.append(await _silence(settings, patience_s))
        limit.reschedule(asyncio.get_running_loop().time())


async def _silence(settings: Settings, patience_s: float) -> KafkaIsMute:
    """What it is, once it has lasted. Counts questions, not seconds: a loop that was busy has heard nobody."""
    lasts_s, unanswered_s, told = LOOKING_S, 0.0, None
    while True:
        found, _ = await asyncio.gather(kafka.troubles(settings, ASK_S), asyncio.sleep(ASK_S))
        mute = next((one for one in found if isinstance(one, kafka.Mute)), None)
        if not mute or None in found:  # who refuses is told of by the command's own client
            if unanswered_s:
                say("Kafka answers again")
            if mute and mute != told:
                say(f"{mute}. {ANOTHER_ANSWERS}")
            lasts_s, unanswered_s, told = patience_s, 0.0, mute
            continue
        unanswered_s += ASK_S
        if unanswered_s >= lasts_s:
            return KafkaIsMute(mute, lasts_s)
        say(f"{mute}. Waiting for {lasts_s - unanswered_s:.0f} s more")
