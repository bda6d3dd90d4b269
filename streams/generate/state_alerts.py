"""The alerts of what svartid has counted and keeps, and by what: lost for good, being made anew, kept by Redis alone.

May import: config, alert, records, service_alerts, words.
"""

from config import Centre
from config.channels import Names
from streams.core import series
from streams.generate.alert import MINUTE_MS, Alert
from streams.generate.recording_rules import DAY_MS, HOUR_MS, LOST, REVISION
from streams.generate.service_alerts import of_svartid
from streams.generate.words import prom_duration

EVENTS_LOST, REBUILDING, CHECKPOINT_OLD = "EventsLost", "Rebuilding", "CheckpointOld"
CONFIGURATION_REFUSED, REVISIONS_DIFFER = "ConfigurationRefused", "RevisionsDiffer"

LOST_TOLD_MS = DAY_MS  # the figures lack them for good, but a page that never ends is not read
LOST_KNOWN_MS = 30 * DAY_MS  # svartid may have been down for long: that is how events are lost
CHECKPOINT_OLD_MS = 15 * MINUTE_MS  # three times as long as workers are set to wait for the next
REVISIONS_HOLD_MS = 15 * MINUTE_MS  # a rolling change, and whoever loads the files, take some minutes


def rebuilding(channel: str, names: Names) -> Alert:
    """A channel's figures are made anew, and nothing is shown of it."""
    return of_svartid(
        REBUILDING,
        f'max by (channel) ({series.FEED_STATUS}{{channel="{channel}", status="rebuilding"}}) == 1',
        hold_ms=MINUTE_MS,
        summary=f"{names.channel(channel)}: tallene bygges opp igjen",
        consequence="Tavlene viser ingen tall for kanalen så lenge. Målene for den får ingen dom, og det kommer ingen "
        "varsler om brudd.",
        action="Følg køene i kildesystemet imens. Se på tavlen hvor langt det er kommet, og finn ut hvorfor Redis "
        "mistet tallene.",
        labels={"channel": channel},
    )


def events_lost() -> Alert:
    """Kafka let go of events before they were counted. Told for a day, whether or not svartid was up the day before."""
    known = f"last_over_time({LOST}[{prom_duration(LOST_KNOWN_MS)}] offset {prom_duration(LOST_TOLD_MS)})"
    return of_svartid(
        EVENTS_LOST,
        f"last_over_time({LOST}[{prom_duration(HOUR_MS)}]) > ({known} or vector(0))",
        severity="critical",
        summary="Hendelser er tapt: Kafka slettet dem før svartid fikk talt dem",
        consequence="Tallene mangler dem for alltid: hittil i år, og for dagene de er fra.",
        action="Se i loggen hvilke posisjoner det gjelder, og om kilden kan sende dem om igjen. Forleng oppbevaringen "
        "i Kafka før det skjer en gang til.",
    )


def checkpoint_old() -> Alert:
    """What was counted a while ago is kept by Redis alone."""
    return of_svartid(
        CHECKPOINT_OLD,
        f"max by (instance) ({series.WORKER_CHECKPOINT_AGE}) > {CHECKPOINT_OLD_MS / 1000:g}",
        summary="svartid-prosessen {{ $labels.instance }} får ikke skrevet sjekkpunkter",
        consequence="Ingenting mangler ennå. Går Redis tapt nå, må mer leses om igjen av Kafka, og det Kafka har "
        "slettet, er borte for alltid.",
        action="`svartid doctor` sier om emnet for sjekkpunkter er der. Se i loggen hvorfor det ikke går å skrive.",
    )


def configuration_refused() -> Alert:
    """A configuration is there, and a worker cannot take it: what was meant to hold does not."""
    return of_svartid(
        CONFIGURATION_REFUSED,
        f"max by (instance) ({series.CONFIG_REFUSED}) == 1",
        hold_ms=5 * MINUTE_MS,
        summary="svartid-prosessen {{ $labels.instance }} tar ikke i bruk en ny konfigurasjon",
        consequence="Den forrige gjelder fortsatt: køer, mål og åpningstider som er endret, vises og varsles som før.",
        action="`svartid config check` sier hva som er feil, og `svartid config diff` hva endringen krever. Loggen til "
        "arbeideren sier hvorfor den ikke er tatt i bruk.",
    )


def revisions_differ(centre: Centre) -> Alert:
    """What workers show by, what is recorded and what tells are not of one configuration.

    Of several workers the highest number counts, as it does for them: one that is away or holds back changes nothing.
    """
    of = centre.revision
    return of_svartid(
        REVISIONS_DIFFER,
        f"max({series.CONFIG_REVISION}) != {of}\nor max({REVISION}) != {of}",
        hold_ms=REVISIONS_HOLD_MS,
        summary="Regler og tavler er laget av en annen revisjon av konfigurasjonen enn den svartid viser etter",
        consequence="Tallene er riktige. Men køer, mål og åpningstider som er endret, kan mangle på tavlene, og "
        "varslene følger grenser som ikke gjelder.",
        action="`svartid doctor` sier hvem som har hvilken revisjon. Ligger reglene etter, kjør `svartid generate` og "
        "last inn filene. Ligger arbeiderne etter, gi dem den konfigurasjonen som reglene er laget av.",
    )
