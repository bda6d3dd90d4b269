"""Køene nå: the wall. Every promise and every queue at a glance. May import: config, serve.bokmal, boards."""

from typing import Any

from config import Centre
from streams.generate.boards import words
from streams.generate.boards.frame import (
    COUNT,
    DEPTH,
    OWN,
    SCORECARD,
    SHARE,
    WAIT,
    WALL,
    Board,
    link_to,
    now,
    over_time,
    rows,
)
from streams.generate.boards.panels import FILLED, listing, number, states
from streams.generate.boards.promql import (
    FEEDS,
    STATUSES,
    VERDICTS,
    code,
    down,
    duration,
    one_of,
    own_queues,
    seconds,
    up,
)
from streams.serve import bokmal

_ROW, _HEAD = 1, 3  # a table's height, in the grid's units: for each queue, and for its heading


def board(centre: Centre) -> Board:
    """The board; it renews itself each five seconds."""
    made = Board(
        centre,
        WALL,
        "Alle køer og alle løfter slik de er nå. «Ingen data» betyr at vi ikke vet, ikke at det er null.",
        span="now-3h",
        refresh="5s",
    )
    _sources(made, centre)
    _promises(made, centre)
    made.row("Køene")
    for channel, audience in words.groups(centre):
        height = _HEAD + _ROW * (own_queues(centre, channel, audience).count("|") + 1)
        _group(made, centre, channel, audience, height)
    _history(made, centre)
    return made


def _sources(made: Board, centre: Centre) -> None:
    channels = list(centre.hours)
    width = 18 // len(channels)
    for channel in channels:
        made.add(
            number([words.feeds()], coloured=True),
            f"{bokmal.CHANNELS.get(channel, channel)}: kilden",
            "Om kanalen er åpen, og om det kommer hendelser fra den. ✕ betyr at kanalen skulle vært åpen, men er taus.",
            COUNT,
            [now(code("svartid_feed_status", FEEDS, "status", "channel", channel=channel))],
            (width, 3),
            [link_to(OWN)],
        )
    made.add(
        number(),
        "Alder på tallene",
        "Hvor lenge siden tallene på tavla ble regnet ut. Skal være noen få sekunder (timer:minutter:sekunder).",
        WAIT,
        [now("time() - max(svartid_snapshot_timestamp_seconds)")],
        (6, 3),
        [link_to(OWN)],
    )


def _promises(made: Board, centre: Centre) -> None:
    if not centre.targets:
        return
    made.row("Løftene")
    width = 24 // min(len(centre.targets), 6)
    for target in centre.targets:
        made.add(
            number([words.verdicts()], coloured=True),
            words.target_name(target),
            f"Vurderingen av løftet ({words.promise(target)}) i et vindu på {bokmal.length(duration(target.window))}. "
            f"▲ betyr at det ventes brutt innen {bokmal.length(duration(target.lead))}; "
            f"○ at færre enn {target.least_sample} har fått svar.",
            COUNT,
            [now(code("svartid_target_verdict", VERDICTS, "verdict", "target", target=target.id))],
            (width, 4),
            [link_to(SCORECARD), link_to(DEPTH, **_group_variables(target.channel, target.audience))],
        )


def _history(made: Board, centre: Centre) -> None:
    if not centre.targets:
        return
    made.row("Forløpet")
    made.add(
        states([words.verdicts()], words.targets(centre)),
        "Løftene de siste timene",
        "Når hvert løfte skiftet vurdering, og hvor lenge det har stått slik.",
        COUNT,
        [over_time(code("svartid_target_verdict", VERDICTS, "verdict", "target"), "{{target}}")],
        (24, 2 + len(centre.targets)),
        [link_to(SCORECARD)],
    )


def _group(made: Board, centre: Centre, channel: str, audience: str, height: int) -> None:
    name = bokmal.group_name(channel, audience)
    where = own_queues(centre, channel, audience)
    window = duration(centre.windows.main)
    in_window = where[:-1] + f',window="{window}"' + "}"
    mean, share = _limits(centre, channel, audience)
    queries = {
        "status": (code("svartid_queue_status", STATUSES, "status", "queue", channel=channel, audience=audience), ""),
        "A": (one_of("svartid_waiting", where, "queue"), "Venter"),
        "B": (up(one_of("svartid_oldest_wait_seconds", where, "queue")), "Ventet lengst"),
        "C": (up(one_of("svartid_window_mean_wait_seconds", in_window, "queue")), "Snitt"),
        "D": (up(one_of("svartid_pressure_seconds", where, "queue")), "Trykk"),
    }
    if share is not None:
        shares = in_window[:-1] + f',within="{duration(share)}",of="of_answered"' + "}"
        share_name = f"Andel {words.within(share)}"
        queries["E"] = (down(one_of("svartid_window_share_within_ratio", shares, "queue")), share_name)
    if mean is not None:
        over = f"({one_of('svartid_pressure_seconds', where, 'queue')} > bool {seconds(mean)}) + 1"
        queries["F"] = (over, f"Trykk mot {bokmal.wait(mean)}")
    queries["G"] = (queries.pop("status")[0], "Status")
    columns = {"queue": "Kø", **{f"Value #{ref}": heading for ref, (_, heading) in queries.items()}}
    made.add(
        listing(columns, _overrides(centre, channel, audience, columns), ["channel", "audience"]),
        name,
        f"Hver kø: hvor mange som venter, hvem som har ventet lengst, snittet av dem som fikk svar siste "
        f"{bokmal.length(window)}, og trykket: hva snittet ville blitt om alle som venter fikk svar nå. "
        "Tider er timer:minutter:sekunder, rundet opp. Klikk på en kø for å se den i dybden.",
        COUNT,
        [rows(expr, ref) for ref, (expr, _) in queries.items()],
        (12, height),
        [link_to(DEPTH, **_group_variables(channel, audience))],
    )


def _overrides(centre: Centre, channel: str, audience: str, columns: dict[str, str]) -> dict[str, dict[str, Any]]:
    link = link_to(
        DEPTH, "Se køen i dybden", channel=channel, audience=audience, queue="${__value.raw:percentencode}"
    ).build()
    made: dict[str, dict[str, Any]] = {heading: {"unit": WAIT} for heading in ("Ventet lengst", "Snitt", "Trykk")}
    made["Kø"] = {"mappings": [words.queues(centre)], "links": [{"title": link.title, "url": link.url}]}
    made["Status"] = {"mappings": [words.statuses()], "custom_cellOptions": FILLED}
    for heading in columns.values():
        if heading.startswith("Andel"):
            made[heading] = {"unit": SHARE, "decimals": 0}
        if heading.startswith("Trykk mot"):
            made[heading] = {"mappings": [words.held()], "custom_cellOptions": FILLED}
    return made


def _limits(centre: Centre, channel: str, audience: str) -> tuple[int | None, int | None]:
    """The group's promised mean, and the threshold its share is counted at (another group's, if it has none)."""
    own = [t for t in centre.targets if (t.channel, t.audience) == (channel, audience)]
    mean = next((t.at_most for t in own if t.at_most is not None), None)
    share = next((t.within for t in (*own, *centre.targets) if t.within is not None), None)
    return mean, share


def _group_variables(channel: str, audience: str) -> dict[str, str]:
    return {"channel": channel, "audience": audience, "queue": "$__all"}
