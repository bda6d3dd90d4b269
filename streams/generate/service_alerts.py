"""The alerts of what the others rest on: the feeds, the figures' age, the workers.

May import: config, alert, board_names, records, words, serve's bokmal.
"""

from collections.abc import Iterator

from config import Centre
from streams.core import series
from streams.generate.alert import MINUTE_MS, Alert, Severity, stopped
from streams.generate.board_names import OWN
from streams.generate.recording_rules import ACCEPTED, REJECTED, added
from streams.generate.words import channels_behind
from streams.serve.bokmal import percent

FEED_SILENT, FIGURES_STALE, WATCHDOG = "FeedSilent", "FiguresStale", "Watchdog"
LAG_LASTING = "LagLasting"
KAFKA_SILENT, TOPICS_MISSING = "KafkaSilent", "TopicsMissing"
WORKER_DOWN, PARTITIONS_MISSING = "WorkerDown", "PartitionsMissing"

UNREAD, MISSING_TOPICS = series.UNREAD_PARTITIONS, series.MISSING_TOPICS
MISSING = series.MISSING_PARTITIONS
JOB = "svartid"  # what Prometheus calls the scraping of the workers

# Of svartid itself; a contact centre has no reason to tune them.
STALE_AFTER_MS = 30_000  # the writer makes a snapshot each second, and another takes over in some ten seconds
OWN_LAG_LASTS_MS = 15 * MINUTE_MS  # for so long it is no start and no surge, and what it holds back is told
OWN_LAG_RECORDS = 300  # a minute of a usual hour: well below the silence that is told, well above a commit's worth
REJECTED_SHARE = 0.01
REJECTED_LEAST = 10  # in a stretch: one broken record is no pattern
REJECTED_STRETCH_MS = 15 * MINUTE_MS


def feed_silent(channel: str, centre: Centre) -> Alert:
    """A channel that is open sends nothing."""
    stale = f'max by (channel) ({series.FEED_STATUS}{{channel="{channel}", status="stale"}}) == 1'
    # What is read late looks like silence, but it is svartid that is slow: LagHigh tells of that when it is much.
    # So does what nobody can read: KafkaSilent, TopicsMissing and PartitionsMissing tell of that.
    lacks = (f"max by (channel) ({of}) > 0" for of in (series.CHANNEL_UNREAD, series.CHANNEL_MISSING))
    # One that is down on purpose is expected to be silent, until it is to be back.
    is_ours = f"unless on (channel) ({' or '.join((channels_behind(OWN_LAG_RECORDS), *lacks, stopped()))})"
    return Alert(
        name=FEED_SILENT,
        group="svartid-feeds",
        expr=f"{stale}\n{is_ours}",
        hold_ms=centre.alerts.silence,
        clear_ms=2 * MINUTE_MS,
        severity="critical",
        summary=f"{centre.names.channel(channel)} er åpen, men svartid får ingen hendelser derfra",
        consequence="Ingen vet hvor lenge folk venter i denne kanalen. Målene for den kan verken holdes eller brytes "
        "på tavlen, og varslene om dem er slått av så lenge.",
        action="Hør med sentralbordet om kanalen tar imot. Sjekk så den som sender hendelsene til Kafka. Styr etter "
        "kildesystemets egne tall imens.",
        dashboard=OWN,
        labels={"channel": channel},
    )


def figures_stale() -> Alert:
    """Nobody makes a snapshot any more."""
    age = f"time() - max({series.AS_OF}) > {STALE_AFTER_MS / 1000:g}"
    return Alert(
        name=FIGURES_STALE,
        group="svartid-feeds",
        expr=f"{age} or absent({series.AS_OF})",
        hold_ms=MINUTE_MS,
        clear_ms=MINUTE_MS,
        severity="critical",
        summary="Tallene fra svartid er gamle, eller det kommer ingen",
        consequence="Tavlene viser fortiden, og ingen andre varsler om køene kan stoles på.",
        action="Se om noen arbeider kjører, og om Redis og Kafka svarer. `svartid doctor` sier hva som mangler.",
        dashboard=OWN,
    )


def of_itself(centre: Centre) -> Iterator[Alert]:
    """Svartid's own health, and the sign of life."""
    yield of_svartid(
        WORKER_DOWN,
        f'min by (instance) (up{{job="{JOB}"}}) == 0 or absent(up{{job="{JOB}"}})',
        # Where there are none, there is no name either.
        summary="svartid-prosessen {{ with $labels.instance }}{{ . }} {{ end }}svarer ikke Prometheus",
        consequence="De andre arbeiderne tar over køene dens. Er det ingen andre, stopper tallene, og da kommer "
        "varselet om gamle tall i tillegg.",
        action="Se i loggen hvorfor den stoppet, og start den igjen.",
    )
    yield of_svartid(
        KAFKA_SILENT,
        f"max({UNREAD}) > 0",
        severity="critical",
        summary="svartid vet ikke lenger hva som er ulest i Kafka",
        consequence="Hendelser kan hope seg opp uten at noen ser dem. Det som gjelder nå, vises ikke for kanalene det "
        "gjelder, og ingen varsler om målene deres kommer.",
        action="Se om Kafka svarer, om nettet dit virker, og om en transaksjon står åpen (/isready sier det). svartid "
        "prøver selv igjen og trenger ingen omstart. Styr etter kildesystemets egne tall imens.",
    )
    yield of_svartid(
        TOPICS_MISSING,
        f"max({MISSING_TOPICS}) > 0",
        severity="critical",
        summary="Et emne som svartid skal lese, er ikke i Kafka",
        consequence="Kanalen som emnet hører til, har ingen tall. De som venter der, synes ikke.",
        action="`svartid doctor` sier hvilket emne det er. Lag det, eller rett SVARTID_TOPICS. Det leses av seg selv "
        "når det er der.",
    )
    yield of_svartid(
        PARTITIONS_MISSING,
        f"max({MISSING}) > 0",
        severity="critical",
        summary="Tallene for en kanal mangler",
        consequence="Noen partisjoner vises av ingen arbeider, så kanalen deres har ingen tall. De andre har sine.",
        action="Spør /isready på arbeiderne: den som ikke teller et emne lenger, sier hvorfor og hva som hjelper. Se "
        "ellers om det er nok arbeidere.",
    )
    yield of_svartid(
        "LagHigh",
        f"max({series.BEHIND}) > {centre.alerts.lag_records}",
        severity="critical",
        summary=f"svartid ligger mer enn {centre.alerts.lag_records} hendelser etter",
        consequence="Tallene er riktige, men for en tid som har vært. Ligger en kanal alene så langt "
        "etter, kommer ingen varsler om målene for den.",
        action="Er svartid nettopp startet, vent. Øker etterslepet, start flere arbeidere.",
    )
    yield of_svartid(
        LAG_LASTING,
        channels_behind(OWN_LAG_RECORDS),
        severity="critical",
        hold_ms=OWN_LAG_LASTS_MS,
        summary=f"svartid har lenge ligget mer enn {OWN_LAG_RECORDS} hendelser etter ({{{{ $labels.channel }}}})",
        consequence="Så lenge varsles det verken om dem som har ventet for lenge i kanalen, eller om at kanalen er "
        "taus: det kan stå i det som ikke er lest.",
        action="Se om etterslepet går ned. Gjør det ikke det, start flere arbeidere, og følg køene i kildesystemet.",
    )
    yield of_svartid(
        "RecordsRejected",
        _rejected(),
        summary=f"Mer enn {percent(REJECTED_SHARE)} av hendelsene avvises",
        consequence="Det som avvises, telles ikke: noen som venter, synes ikke.",
        action="Se årsaken på tavlen. Som oftest har avsenderen endret formatet: meld fra til dem.",
    )
    yield of_svartid(
        "BooksDoNotBalance",
        f"max({series.RESIDUAL}) != 0",
        summary="Regnskapet i svartid går ikke opp",
        consequence="Noen som kom inn i en kø, er verken besvart, gått eller ventende. Et tall er feil.",
        action="Kjør `svartid verify` og meld funnet til dem som utvikler svartid. Stol ikke på summene imens.",
    )
    yield Alert(
        name=WATCHDOG,
        group="svartid-self",
        expr="vector(1)",
        hold_ms=0,
        clear_ms=0,
        severity="none",
        summary="Livstegn: varslingen virker",
        consequence="Dette varselet skal alltid være her. Blir det borte, når ingen andre varsler fram heller.",
        action="Ikke gjør noe så lenge det kommer. Blir det borte, feilsøk Prometheus og Alertmanager.",
        dashboard=OWN,
    )


def of_svartid(
    name: str,
    expr: str,
    *,
    summary: str,
    consequence: str,
    action: str,
    severity: Severity = "warning",
    hold_ms: int = 2 * MINUTE_MS,
    labels: dict[str, str] | None = None,
) -> Alert:
    """One of svartid itself: held long enough for a restart, and taken back when it has been well for as long."""
    return Alert(
        name=name,
        group="svartid-self",
        expr=expr,
        hold_ms=hold_ms,
        clear_ms=2 * MINUTE_MS,
        severity=severity,
        summary=summary,
        consequence=consequence,
        action=action,
        dashboard=OWN,
        labels=labels or {},
    )


def _rejected() -> str:
    rejected, accepted = (f"({added(name, REJECTED_STRETCH_MS)})" for name in (REJECTED, ACCEPTED))
    return f"{rejected} / ({rejected} + {accepted}) > {REJECTED_SHARE:g}\nand {rejected} >= {REJECTED_LEAST}"
