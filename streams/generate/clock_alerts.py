"""The alerts of clocks: of a source's that is ahead or behind, and of svartid's own.

May import: fresh, alert, records, service_alerts, serve's bokmal.
"""

from streams.core import series
from streams.fresh import CLOCK_OFF_MS
from streams.generate.alert import MINUTE_MS, Alert
from streams.generate.recording_rules import ACCEPTED, LATE, added
from streams.generate.service_alerts import of_svartid
from streams.serve.bokmal import percent

CLOCK_AHEAD, CLOCK_WRONG, RECORDS_LATE = "ClockAhead", "ClockWrong", "RecordsLate"

LATE_SHARE = 0.01
LATE_LEAST = 10  # in a stretch: one late event is no clock
LATE_STRETCH_MS = 15 * MINUTE_MS


def clock_ahead() -> Alert:
    """A source dates events later than any right clock can."""
    return of_svartid(
        CLOCK_AHEAD,
        f"max by (channel) ({series.BEYOND_CLOCK}) > 0",
        summary="Hendelser i kanalen {{ $labels.channel }} er datert fram i tid: en kilde har feil klokke",
        consequence="De telles ikke før tiden når dem igjen. Blir det nok av dem i en partisjon, følger svartid den "
        "gale klokka, og alle andres hendelser blir for sene.",
        action="Se i loggen hvilken partisjon og posisjon det gjelder, og be avsenderen stille klokka. Sett en grense "
        "i Kafka: `svartid doctor` sier hvilken.",
    )


def records_late() -> Alert:
    """Many events come too late to count: a clock is behind, or so many were ahead that they were believed."""
    late, accepted = (f"({added(name, LATE_STRETCH_MS)})" for name in (LATE, ACCEPTED))
    return of_svartid(
        RECORDS_LATE,
        f"{late} / ({late} + {accepted}) > {LATE_SHARE:g}\nand {late} >= {LATE_LEAST}",
        summary=f"Mer enn {percent(LATE_SHARE)} av hendelsene kommer for sent til å telles",
        consequence="De er ikke med i tallene: noen som venter, synes ikke, eller venter i tallene for alltid.",
        action="Se om en kilde har feil klokke, eller sender gamle hendelser. Går klokka for fort hos en annen kilde, "
        "er det den som må stilles.",
    )


def clock_wrong() -> Alert:
    """A worker's clock is not Redis'."""
    return of_svartid(
        CLOCK_WRONG,
        f'max by (instance) (abs({series.CLOCK_OFFSET}{{than="redis"}})) > {CLOCK_OFF_MS / 1000:g}',
        summary="Klokka til svartid-prosessen {{ $labels.instance }} og klokka til Redis går ulikt",
        consequence="Det den viser, er merket som utdatert. Har ingen annen prosess riktig klokke, er alle tall det.",
        action="Still begge klokkene med NTP. `svartid doctor` på samme maskin sier hvor mye de er uenige.",
    )
