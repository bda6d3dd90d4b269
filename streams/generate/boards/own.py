"""svartid selv: whether the figures are fresh and whole, and what the workers cost. May import: config, boards."""

from grafana_foundation_sdk.builders import dashboard as builders

from config import Centre
from streams.core import series
from streams.generate.board_names import OWN, WALL
from streams.generate.boards import words
from streams.generate.boards.frame import COUNT, SHARE, WAIT, Board, choice, link_to, now, over_time
from streams.generate.boards.own_sources import sources
from streams.generate.boards.panels import bars, lines, number
from streams.generate.boards.promql import down, grown, pace
from streams.generate.recording_rules import REVISION

_JOB = '{job=~"$job"}'
_SMALL, _THIRD = (4, 4), (8, 7)


def board(centre: Centre) -> Board:
    """The board."""
    made = Board(
        centre,
        OWN,
        "Om tallene er ferske og hele, og hva svartid bruker. For den som har vakt.",
        span="now-6h",
        refresh="30s",
    )
    made.made.with_variable(_job())
    made.row("Tallene")
    _figures(made, centre)
    made.row("Det som leses")
    _records(made)
    made.row("Kildene")
    sources(made, centre)
    made.row("Det som er tatt vare på")
    _kept(made)
    made.row("Arbeiderne")
    _workers(made)
    return made


def _job() -> builders.QueryVariable:
    return choice("job", "Jobb", f"label_values({series.WORKER_PARTITIONS}, job)")


def _figures(made: Board, centre: Centre) -> None:
    for title, text, unit, expr, whole in (
        (
            "Alder på tallene",
            "Hvor lenge siden øyeblikksbildet ble laget. Mer enn noen sekunder: ingen skriver det.",
            WAIT,
            f"time() - max({series.AS_OF})",
            False,
        ),
        (
            "Etterslep",
            "Hendelser i loggen som ikke er regnet med ennå. Tallene er så langt bak.",
            COUNT,
            f"max({series.BEHIND})",
            False,
        ),
        (
            "Rest i regnskapet",
            "Hva regnskapet over alle besøk mangler. Skal være 0; alt annet er en feil i svartid.",
            COUNT,
            f"max({series.RESIDUAL})",
            True,
        ),
        (
            "Partisjoner uten eier",
            "Deler av loggen som ingen arbeider viser. Er det noen, mangler tallene deres.",
            COUNT,
            f"max({series.MISSING_PARTITIONS})",
            True,
        ),
        (
            "Arbeidere oppe",
            "Hvor mange arbeidere Prometheus når.",
            COUNT,
            f"sum(up{_JOB})",
            False,
        ),
        (
            "Partisjoner delt ut",
            "Hvor mange deler av loggen arbeiderne eier til sammen.",
            COUNT,
            f"sum({series.WORKER_PARTITIONS}{_JOB})",
            False,
        ),
    ):
        made.add(
            number([words.zero_is_well()] if whole else []), title, text, unit, [now(expr)], _SMALL, [link_to(WALL)]
        )
    made.add(
        lines(*words.channels(centre), shown=words.channels(centre)),
        "Stillhet fra kildene",
        "Tid siden nyeste hendelse i hver kanal (timer:minutter:sekunder). Om natta er det som det skal.",
        WAIT,
        [over_time(f"max by (channel) ({series.FEED_SILENCE})", "{{channel}}")],
        (12, 7),
    )
    made.add(
        lines("Etterslep"),
        "Etterslep over tid",
        "Hendelser i loggen som ikke er regnet med ennå.",
        COUNT,
        [over_time(f"max({series.BEHIND})", "Etterslep")],
        (12, 7),
    )


def _records(made: Board) -> None:
    made.add(
        lines("Regnet med", "For sent", "Nyere utgave"),
        "Hendelser i sekundet",
        "Hendelser som ble regnet med, som kom for sent til å telle, og som er av en nyere utgave enn svartid kjenner.",
        "reqps",
        [
            over_time(pace(series.ACCEPTED, "", "", 1, of=""), "Regnet med"),
            over_time(pace(series.LATE, "", "", 1, of=""), "For sent", "B"),
            over_time(pace(series.NEWER, "", "", 1, of=""), "Nyere utgave", "C"),
        ],
        _THIRD,
    )
    made.add(
        bars(words.REJECTIONS),
        "Avvist, etter grunn",
        "Poster i loggen som ikke er gyldige hendelser, i tidsrommet. «Ingen data» når ingen er avvist noen gang.",
        COUNT,
        [now(grown(series.REJECTED, "", "reason", "$__range", of="reason"), legend="{{reason}}")],
        _THIRD,
    )
    made.add(
        lines(*words.REJECTIONS, shown=words.REJECTIONS),
        "Avvist over tid",
        "Avviste poster i sekundet, etter grunn.",
        "reqps",
        [over_time(pace(series.REJECTED, "", "reason", 1, of="reason"), "{{reason}}")],
        _THIRD,
    )


def _kept(made: Board) -> None:
    for title, text, unit, expr, mappings in (
        (
            "Tapte hendelser",
            "Hendelser som Kafka slettet før de ble talt, på det meste. Tallene mangler dem, og dette står, til "
            "partisjonen bygges opp på nytt.",
            COUNT,
            f"max({series.LOST})",
            [words.zero_is_well()],
        ),
        (
            "Bygges opp",
            "Hvor mye av loggen som er lest om igjen, når tallene regnes ut på nytt; ellers «ingen data».",
            SHARE,
            down(f"max({series.REBUILDING})"),
            [],
        ),
    ):
        made.add(number(mappings), title, text, unit, [now(expr)], (4, 7), [link_to(WALL)])
    made.add(
        lines(),
        "Bare i Redis",
        "Hvor lenge det eldste som ikke er i noe sjekkpunkt, har ligget i Redis alene (timer:minutter:sekunder). Går "
        "Redis tapt, leses det om igjen av loggen.",
        WAIT,
        [over_time(f"max by (instance) ({series.WORKER_CHECKPOINT_AGE}{_JOB})", "{{instance}}")],
        _THIRD,
    )
    made.add(
        lines(),
        "Sjekkpunkter",
        "Hvor mange kopier av det Redis har, hver arbeider skrev til Kafka, og hvor mange som ikke lot seg skrive.",
        COUNT,
        [
            over_time(_increase(series.WORKER_CHECKPOINTS), "{{instance}}"),
            over_time(_increase(series.WORKER_CHECKPOINTS_FAILED), "{{instance}}: ikke skrevet", "B"),
        ],
        _THIRD,
    )


def _workers(made: Board) -> None:
    made.add(
        lines("Reglene"),
        "Revisjon",
        "Hvilken revisjon av konfigurasjonen hver arbeider viser etter, og hvilken reglene i Prometheus er laget av. "
        "Tavlenes står blant merkelappene deres.",
        COUNT,
        [
            over_time(f"max by (instance) ({series.CONFIG_REVISION}{_JOB})", "{{instance}}"),
            over_time(f"max({REVISION})", "Reglene", "B"),
        ],
        (24, 5),
    )
    for title, text, unit, expr in (
        (
            "Lagringer i sekundet",
            "Hvor ofte hver arbeider lagrer til Redis.",
            "ops",
            _rate(series.WORKER_COMMITS),
        ),
        (
            "Tid pr. lagring",
            "Snittid for en lagring til Redis. Vokser den, er Redis treg.",
            "s",
            f"{_rate(series.WORKER_COMMIT_SECONDS)} / ({_rate(series.WORKER_COMMITS)} > 0)",
        ),
        (
            "Mistet til en annen arbeider",
            "Partisjoner tatt over midt i en lagring. Litt ved omstart; stadig er et tegn på at to slåss.",
            COUNT,
            _increase(series.WORKER_FENCED),
        ),
        (
            "Sen hendelsesløkke",
            "Hvor sent ute hver arbeider var sist. Mer enn et sekund: den rekker ikke over.",
            "s",
            f"max by (instance) ({series.WORKER_LOOP_LAG}{_JOB})",
        ),
        (
            "Reiser i minnet",
            "Reiser (kontakter med alt som hører til) som hver arbeider holder i minnet.",
            COUNT,
            f"sum by (instance) ({series.WORKER_JOURNEYS}{_JOB})",
        ),
        (
            "Plasser uten hendelse",
            "Plasser i loggen som ble passert uten hendelse: merker og opprydding i Kafka.",
            COUNT,
            f"sum by (instance) ({series.WORKER_HOLES}{_JOB})",
        ),
        ("Minne", "Minne hos hver arbeider.", "bytes", f"max by (instance) (process_resident_memory_bytes{_JOB})"),
        ("Prosessor", "Andel av en kjerne hver arbeider bruker.", "percentunit", _rate("process_cpu_seconds_total")),
        (
            "Åpne filer",
            "Åpne filer og forbindelser hos hver arbeider.",
            COUNT,
            f"max by (instance) (process_open_fds{_JOB})",
        ),
    ):
        made.add(lines(), title, text, unit, [over_time(expr, "{{instance}}")], _THIRD)


def _rate(metric: str) -> str:
    return f"sum by (instance) (rate({metric}{_JOB}[$__rate_interval]))"


def _increase(metric: str) -> str:
    return f"sum by (instance) (increase({metric}{_JOB}[$__rate_interval]))"
