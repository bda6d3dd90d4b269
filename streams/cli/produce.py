"""`svartid produce`: events from a file or a pipe, checked and sent to Kafka."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from streams.cli import answers
from streams.cli.answering import SENDING_S, answering
from streams.cli.app import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, CommandError, app, centre_of, err, out, say
from streams.cli.event_file import NOTHING_SENT, PIPE, Show, can_be_read_twice, check_there, counting, lines_of
from streams.cli.signals import run_or_interrupted
from streams.core.decode import decoder
from streams.core.rules import Rules
from streams.durations import short
from streams.ingest.log import KafkaLog
from streams.ingest.store import Store
from streams.keys import Keys
from streams.partition_names import names_of
from streams.redis_client import connect
from streams.sealed import Spoiled
from streams.serve.snapshot import iso
from streams.settings import Settings, load
from streams.sources.lateness import Foreseen
from streams.sources.ndjson import Check, Numbered, Produced
from streams.sources.ndjson import produce as send_lines
from streams.sources.sending import Sender, Unreachable

_ASKED_FOR_S: Final = 5.0


@app.command()
def produce(
    file: Annotated[str, typer.Argument(help="Lines of JSON, one event each; gzipped if it ends in .gz; - is a pipe.")],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one line of JSON.")] = False,
    in_order: Annotated[
        bool, typer.Option("--in-order", help="Send a file's events in order of time, whatever order they are in.")
    ] = False,
    late_too: Annotated[
        bool, typer.Option("--late-too", help="Send the file even if some of it is too old to count.")
    ] = False,
) -> None:
    """Sends events to Kafka, each to the topic of its channel, keyed by its journey, its bytes unchanged.

    Every line is checked against the event schema first. A bad line is named by its number and the reason, never by its
    text, and the rest is sent. Of many, the first ones are named, and the first one of each reason; the others are
    counted. An event that does not say its channel goes where its journey went before.

    Of a file it is looked at first how many events would come too late to count, by what the partitions have counted
    already and by those before them in the file. If any would, nothing is sent. Of a pipe nobody can know.

    Exit codes: 0 all sent; 1 some lines were bad, or some events would be late (nothing is sent); 2 no such file, or
    the configuration is wrong; 3 Kafka cannot be reached, or denies a right.
    """
    if in_order and file == PIPE:
        raise CommandError("--in-order needs a file: nobody knows where a pipe ends", EXIT_USAGE)
    check_there(file)
    with counting(shown=not as_json) as show:
        sending = _Sending(file, show, in_order, late_too)
        try:
            produced = run_or_interrupted(sending.run())
        except Unreachable as error:
            raise CommandError(str(error), EXIT_UNREACHABLE) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            what = "what could be read was sent" if sending.has_begun else NOTHING_SENT
            raise CommandError(f"{file} is not a whole gzip file; {what}") from error
        except _Late as late:
            if as_json:
                answers.answer(answers.Produced(sent=0, bad=0, reasons={}, late=dict(late.by_source)))
            raise CommandError(str(late)) from None
    _say(produced, as_json)
    raise typer.Exit(EXIT_FAILED if produced.bad else 0)


class _Late(Exception):
    """Some of a file would be too late. The text is a sentence."""

    def __init__(self, foreseen: Foreseen, rules: Rules) -> None:
        assert foreseen.oldest_ms is not None
        self.by_source = foreseen.late
        by = ", ".join(f"{n:,} of {source}" for source, n in foreseen.late.most_common())
        horizon, oldest = short(rules.definitions.at(foreseen.oldest_ms).horizon_ms), iso(foreseen.oldest_ms)
        super().__init__(
            f"{foreseen.late.total():,} of {foreseen.events:,} events would come too late to count ({by}): they are "
            f"more than {horizon} older than what their partitions have counted by then, the oldest of {oldest}; "
            f"{NOTHING_SENT}. If the file is only out of order, --in-order sends it in order; older events are brought "
            "in beside what is counted (deploy/OPERATIONS.md, History); --late-too sends them, to be counted as late "
            "alone"
        )


@dataclass
class _Sending:
    """A file on its way."""

    file: str
    show: Show
    in_order: bool
    late_too: bool
    has_begun: bool = False

    async def run(self) -> Produced:
        """Raises _Late, Unreachable, and what a file that is no whole gzip file is."""
        settings = load()
        rules = centre_of(settings, None).rules()
        decode = decoder(rules.channels, rules.audiences, rules.sources)
        async with (
            answering(settings, SENDING_S),
            Sender(settings) as sender,
            lines_of(self.file, decode, self.show, in_order=self.in_order) as lines,
        ):
            most = None
            if not self.late_too and can_be_read_twice(self.file):
                foreseen = Foreseen(rules, await _watermarks(settings, rules), settings.clock.now_ms())
                await self._look(foreseen, lines(), Check(decode), sender)
                if foreseen.late:
                    raise _Late(foreseen, rules)
                most = foreseen.lines
            self.has_begun = True
            to_send = lines() if most is None else _first(most, lines())
            return await send_lines(sender, decode, to_send, _tell_bad, lambda so_far: self.show("sent", so_far.sent))

    async def _look(self, foreseen: Foreseen, lines: AsyncIterator[Numbered], check: Check, sender: Sender) -> None:
        async for some in lines:
            foreseen.look(some, check, sender)
            self.show("looked at", foreseen.lines)
            await asyncio.sleep(0)


async def _first(n: int, lines: AsyncIterator[Numbered]) -> AsyncIterator[Numbered]:
    """The first n of them: what was written meanwhile was not looked at."""
    async for some in lines:
        yield some[:n]
        n -= len(some)
        if n < 0:
            say("the file has grown meanwhile: what is new in it was not sent")
            return


async def _watermarks(settings: Settings, rules: Rules) -> dict[str, int]:
    """How far each partition has come. That Redis does not say, or that the log is ahead of it, is told."""
    client = connect(settings)
    try:
        async with asyncio.timeout(_ASKED_FOR_S):
            found = await Store(client, Keys.of(settings), rules, settings.instance).reached()
        log = KafkaLog(settings)
        extents = await log.extents(names_of(await log.counts(settings.topics.values())))
    except (RedisError, KafkaError, OSError, TimeoutError, Spoiled):
        say(f"Redis does not say what is counted already: {_BY_THE_FILE}")
        return {}
    finally:
        await client.aclose()
    counted = {name: reached.offset for name, reached in found.items()}
    if uncounted := sum(max(0, end - max(first, counted.get(name, 0))) for name, (first, end) in extents.items()):
        say(f"{uncounted:,} records in Kafka are not counted yet, and may make more of the file late: {_BY_WHAT_IS}")
    return {name: reached.watermark for name, reached in found.items()}


_BY_THE_FILE: Final = "whether events are too late is judged by the file alone"
_BY_WHAT_IS: Final = "whether events are too late is judged by what is counted (`svartid worker` counts on)"


def _say(produced: Produced, as_json: bool) -> None:
    if as_json:
        reasons = dict(sorted(produced.reasons.items()))
        answers.answer(answers.Produced(sent=produced.sent, bad=produced.bad, reasons=reasons))
        return
    if others := produced.bad - produced.named:
        of_all = ", ".join(f"{count:,} {reason}" for reason, count in produced.reasons.most_common())
        err.print(f"… and {others:,} more bad lines. Of all: {of_all}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"{produced.sent:,} sent, {produced.bad:,} bad", highlight=False)


def _tell_bad(number: int, reason: str) -> None:
    err.print(f"line {number}: {reason}", markup=False, highlight=False)
