"""The alerts of clocks: of a source's that is ahead or behind, and of svartid's own.

May import: config, fresh, alert, records, service_alerts, the core's series and measures, durations, serve's bokmal.
"""

from config import Centre
from streams.core import measures, series
from streams.durations import short
from streams.fresh import CLOCK_OFF_MS
from streams.generate.alert import MINUTE_MS, Alert
from streams.generate.recording_rules import ACCEPTED, LATE, LATE_OF, added
from streams.generate.service_alerts import of_svartid
from streams.serve.bokmal import percent

CLOCK_AHEAD, CLOCK_WRONG, RECORDS_LATE = "ClockAhead", "ClockWrong", "RecordsLate"
CLOCKS_DIFFER = "ClocksDiffer"

LATE_SHARE = 0.01
LATE_LEAST = 10  # in a stretch: one late event is no clock
LATE_OF_SHARE = 0.1  # of what is late: a source that sent so much of it is named
LATE_STRETCH_MS = 15 * MINUTE_MS
CUT_SHARE = 0.01
CUT_LEAST = 5  # in the longest window: one wait that was cut is no clock


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
        f"({added(LATE_OF, LATE_STRETCH_MS)}) >= on () group_left () ({LATE_OF_SHARE:g} * ({late}))\n"
        f"and on () ({late} / ({late} + {accepted}) > {LATE_SHARE:g})\nand on () ({late} >= {LATE_LEAST})",
        summary=f"Mer enn {percent(LATE_SHARE)} av hendelsene kommer for sent: fra {{{{ $labels.source }}}}",
        consequence="De er ikke med i tallene: noen som venter, synes ikke, eller venter i tallene for alltid.",
        action="Se om kilden har feil klokke, eller sender gamle hendelser. Går klokka for fort hos en annen kilde, "
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


def clocks_differ(centre: Centre) -> Alert:
    """Ends are told from before their entries: who writes the one has another clock than who writes the other."""
    where = f'{{window="{short(max(centre.windows.lengths))}"}}'
    cut, entered = (f"sum by (channel) ({of.by_window.name}{where})" for of in (measures.CUT, measures.ENTERED))
    return of_svartid(
        CLOCKS_DIFFER,
        f"{cut} / {entered} >= {CUT_SHARE:g}\nand {cut} >= {CUT_LEAST}",
        summary=f"Minst {percent(CUT_SHARE)} av køopphold i kanalen {{{{ $labels.channel }}}} slutter før de begynner: "
        "to klokker går ulikt",
        consequence="De regnes som 0 sekunders ventetid, og alle andre ventetider er like mye for korte eller for "
        "lange. Snittet ser bedre ut enn det er.",
        action="Finn ut hvilket system som melder ankomster og hvilket som melder svar, og be dem stille klokkene.",
        hold_ms=5 * MINUTE_MS,
    )
