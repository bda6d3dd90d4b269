"""The board: a snapshot as a wall of the operations centre shows it in a terminal, in bokmål.

Top to bottom: whose it is, what time, and whether to believe it; the targets; the queues; what became of callbacks,
transfers and journeys; what the figures rest on. Pure: the document and the time are arguments. May import: the core,
config's names, bokmal, board_disputes, board_queues, board_targets, rich.
"""

from dataclasses import dataclass
from datetime import tzinfo

from msgspec import UNSET
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.styled import Styled
from rich.table import Table
from rich.text import Text

from config.channels import Names
from streams.core.measures import Bot
from streams.core.reading import ratio
from streams.serve.board_disputes import disputes
from streams.serve.board_queues import BAD, FILLED, GOOD, MISSED, QUIET, queues
from streams.serve.board_sources import sources
from streams.serve.board_targets import targets, told_of
from streams.serve.bokmal import (
    STOPPED,
    UNKNOWN,
    about,
    clock,
    day,
    number,
    percent,
    queue_name,
    until,
    wait,
)
from streams.serve.documents import Group as OwnQueues
from streams.serve.documents import Line, Snapshot

EMPTY = "Ingen tall å vise. Går `svartid worker`?"
_LAYOUTS = ((True, True), (True, False), (False, False))  # with queues, airy


@dataclass(frozen=True)
class Board:
    """A document (None: there is none) as of the clock's now.

    With a height, where all would be higher the blank lines go, then the queues: the groups alone are left.
    """

    document: Snapshot | None
    now_ms: int
    zone: tzinfo
    names: Names  # of channels, audiences and queues
    height: int | None = None
    note: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.document is None:
            yield _header("Svartid", self, Text(f" {MISSED} INGEN TALL ", FILLED))
            yield Text(EMPTY, BAD)
            return
        for with_queues, airy in _LAYOUTS:
            board = self._all(self.document, options.max_width, with_queues=with_queues, airy=airy)
            if self.height is None or len(console.render_lines(board, options, pad=False)) <= self.height:
                break
        yield board

    def _all(self, document: Snapshot, width: int, *, with_queues: bool, airy: bool) -> RenderableType:
        status, believed = _status(document, self)
        body = Group(
            targets(document, self.names, width),
            Text(),
            queues(document, self.names, width, with_queues=with_queues, airy=airy),
            Text(),
            _outcomes(document, self),
            _footer(document, self),
        )
        return Group(_header(document.centre, self, status), body if believed else Styled(body, QUIET))


def _header(centre: str, board: Board, status: Text) -> Table:
    header = Table.grid(expand=True)
    for justify in ("left", "center", "right"):
        header.add_column(justify=justify, ratio=1, no_wrap=True)
    time = f"{day(board.now_ms, board.zone)}  {clock(board.now_ms, board.zone)}"
    header.add_row(Text(centre, "bold"), Text(time, "bold"), status)
    return header


def _status(document: Snapshot, board: Board) -> tuple[Text, bool]:
    """In words, and whether the figures may be believed."""
    if board.now_ms > document.fresh_until_ms:
        return Text(f" {MISSED} UTDATERT siden {clock(document.as_of_ms, board.zone)} ", FILLED), False
    if document.status == "stale":  # what is not known is not shown: the rest may be believed
        return Text(f" {MISSED} UTDATERT: {_lack(document, board.names)} ", FILLED), bool(document.groups)
    if document.rebuilding is not None:
        done, of = document.rebuilding.done, document.rebuilding.of
        return Text(f" {MISSED} BYGGER OPP {percent(ratio(done, of), down=True)} ", FILLED), False
    if document.status == "catching_up":
        return Text(f" ▲ HENGER ETTER: {number(document.behind)} hendelser ", FILLED), True
    stale = {name: feed for name, feed in document.feeds.items() if feed.status == "stale"}
    if silent := [board.names.channel(name) for name, feed in stale.items() if feed.planned_stop is None]:
        return Text(f" ▲ STILLE: {', '.join(silent)} ", FILLED), True
    if stops := _stops(document, board):
        return Text(f"■ STANS: {', '.join(told for told, _ in stops)}", "bold"), True
    return Text("● LIVE", f"bold {GOOD}"), True


def _stops(document: Snapshot, board: Board) -> list[tuple[str, str]]:
    """Of each channel whose source is down as planned "Telefon til 14:00", and why."""
    stops = ((board.names.channel(name), feed.planned_stop) for name, feed in document.feeds.items())
    return [
        (f"{name} til {until(stop.until_ms, board.now_ms, board.zone)}", stop.reason)
        for name, stop in stops
        if stop is not None
    ]


def _lack(document: Snapshot, names: Names) -> str:
    if wrong_ms := document.clock_wrong_ms:
        return f"klokka i svartid går {about(abs(wrong_ms))} feil"
    if topics := document.missing_topics:
        return f"{', '.join(topics)} mangler i Kafka"
    if missing := len(document.missing_partitions):
        return f"{missing} partisjoner mangler"
    if unread := len(document.unread_partitions):
        return f"{unread} partisjoner kan være uleste"
    if ahead := [names.channel(name) for name, waits in document.records.ahead.items() if waits.beyond_clock]:
        return f"{', '.join(ahead)} er datert fram i tid"
    return "ingen viser noe"


# --- what became of them


def _outcomes(document: Snapshot, board: Board) -> Table:
    """What is told of, what is down as planned, callbacks, journeys, what lies outside, and where sources are wrong or
    disagree: a line each.
    """
    names = board.names
    table = Table.grid(padding=(0, 2, 0, 0))
    own = list(document.groups.values())
    is_whole = document.status not in ("rebuilding", "stale")  # else a sum of a part would look like all there is
    if (told := told_of(document.targets, names, board.zone)) is not None:
        table.add_row("Varslet", told)
    for stop, reason in _stops(document, board):
        table.add_row(STOPPED.capitalize(), Text(f"{stop}: {reason}"))
    table.add_row("Ringes opp", _callbacks(own) if is_whole else Text(UNKNOWN))
    table.add_row("Henvendelser", _journeys(own) if is_whole else Text(UNKNOWN))
    for line in document.lines.values():
        if line.external:
            bot = line.today.bot
            name = queue_name(line.queue, names.queue(line.channel, line.audience, line.queue))
            table.add_row(name, _office(line) if bot is UNSET else _bot(bot))
    if (told := disputes(document.lines.values(), names)) is not None:
        table.add_row("Omstridt", told)
    if (wrong := sources(document.sources.values())) is not None:
        table.add_row("Kilder", wrong)
    return table


def _callbacks(own: list[OwnQueues]) -> Text:
    today = [entry.today.callbacks for entry in own]
    asked, kept = sum(one.asked for one in today), sum(one.kept for one in today)
    overdue = sum(entry.callbacks_overdue_now or 0 for entry in own)
    oldest = max((e.callbacks_oldest_ms for e in own if e.callbacks_oldest_ms is not None), default=None)
    return Text.assemble(
        f"{number(sum(entry.callbacks_open or 0 for entry in own))} åpne nå, eldste {about(oldest)}, ",
        (f"{number(overdue)} over frist {MISSED}", BAD) if overdue else "0 over frist",
        f" · i dag {number(asked)} bedt om, {_of(kept, asked)} holdt",
    )


def _journeys(own: list[OwnQueues]) -> Text:
    today = [entry.today.journeys for entry in own]
    began = sum(one.began for one in today)
    reached = _of(sum(one.reached for one in today), began)
    first = _of(sum(one.reached_first_visit for one in today), began)
    return Text(f"{number(began)} i dag: {reached} nådde en veileder, {first} i første kø")


def _office(line: Line) -> Text:
    today = line.today.transfers
    if not line.total.transfers.passed_on:
        return Text("ingen tall", QUIET)
    answered, given_up = _of(today.answered, today.passed_on), _of(today.given_up, today.passed_on)
    waiting = number(line.transfers_waiting)
    return Text(
        f"{number(today.passed_on)} satt over i dag: {answered} besvart, {given_up} ga opp, {waiting} venter nå"
    )


def _bot(bot: Bot) -> Text:
    ended = bot.solved + bot.partly + bot.transferred
    solved, partly, passed = (percent(ratio(n, ended)) for n in (bot.solved, bot.partly, bot.transferred))
    mean = wait(bot.time_mean_ms)
    return Text(f"{number(ended)} samtaler i dag: {solved} løst, {partly} delvis, {passed} til veileder, snitt {mean}")


def _of(part: int, whole: int) -> str:
    return f"{number(part)} ({percent(ratio(part, whole))})"


# --- what the figures rest on


def _card(document: Snapshot) -> str:
    """Whose targets it shows; nothing where an earlier build does not say."""
    if document.card is None:
        return "" if document.targets else " · ingen mål gjelder nå"
    return f" · mål: {document.card}"


def _footer(document: Snapshot, board: Board) -> Text:
    records = document.records
    rejected = sum(records.rejected.values())
    read = records.accepted + records.late + rejected
    off = document.residual
    early = sum(waits.beyond_clock for waits in records.ahead.values())
    feeds = (
        f"{board.names.channel(channel).lower()} {about(feed.silent_ms)}" for channel, feed in document.feeds.items()
    )
    of = f"Tall fra {clock(document.as_of_ms, board.zone)}{_card(document)}"
    return Text.assemble(
        (f"{of} · siste hendelse for: {', '.join(feeds)} siden\n", QUIET),
        (f"{number(read)} hendelser lest, ", QUIET),
        (
            f"{number(rejected)} avvist, {number(records.late)} for sene, {number(document.behind)} ulest · ",
            QUIET,
        ),
        (f"regnskapet avviker med {number(off)} {MISSED}", BAD) if off else ("regnskapet går opp (avvik 0)", QUIET),
        (f" · {number(records.lost)} hendelser er tapt {MISSED}" if records.lost else "", BAD),
        (f" · {number(early)} er datert fram i tid {MISSED}" if early else "", BAD),
        (f" · {board.note}" if board.note else "", QUIET),
    )
