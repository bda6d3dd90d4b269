"""The alerts of the systems that send events, by the names that they are configured by.

What is too long or too far is each source's own, and is judged in the snapshot: rules only read it. May import: alert,
service_alerts, the core's series.
"""

from streams.core import series
from streams.generate.alert import MINUTE_MS, Alert
from streams.generate.service_alerts import OWN_LAG_RECORDS, of_svartid

SOURCE_SILENT, SOURCE_AHEAD, SOURCE_BEHIND = "SourceSilent", "SourceClockAhead", "SourceBehind"


def source_silent() -> Alert:
    """Nothing comes from one of several that tell of an open channel: the channel itself looks alive."""
    return of_svartid(
        SOURCE_SILENT,
        # What is read late looks like silence, as it does with FeedSilent.
        f"{_is('silent')}\nunless on () (max({series.BEHIND}) > {OWN_LAG_RECORDS})",
        summary="Kilden {{ $labels.source }} har ikke sendt noe på lengre tid enn den skal, og det er åpent",
        consequence="Det som skjer der, telles ikke: noen kan vente uten at det synes. Sender andre hendelser i samme "
        "kanal, ser kanalen levende ut likevel.",
        action="Spør den som drifter kilden, og følg køene i kildesystemet så lenge.",
    )


def source_clock_ahead() -> Alert:
    """Its clock is so far ahead that waits are wrong; what it sends is not rejected yet."""
    return of_svartid(
        SOURCE_AHEAD,
        _by(series.SOURCE_AHEAD, "ahead"),
        summary="Klokka hos kilden {{ $labels.source }} går for fort ({{ $value | humanizeDuration }})",
        consequence="Ventetidene derfra er like mye feil. Går den enda mer for fort, avvises hendelsene.",
        action="Be den som drifter kilden, om å stille klokka med NTP, og se på tavlen at det hjelper.",
        hold_ms=MINUTE_MS,
    )


def source_behind() -> Alert:
    """Even its quickest events come late: what is shown as of now is as old."""
    return of_svartid(
        SOURCE_BEHIND,
        _by(series.SOURCE_QUICKEST, "behind"),
        summary="Selv de raskeste hendelsene fra kilden {{ $labels.source }} er for gamle når de kommer "
        "({{ $value | humanizeDuration }})",
        consequence="Det som vises om nå, er like gammelt: de som venter, synes for sent, og varsler kommer for sent. "
        "Eller klokka der går for sakte, og ventetidene er feil.",
        action="Se om det hoper seg opp foran Kafka, og sammenlign klokkene.",
        hold_ms=5 * MINUTE_MS,
    )


def _by(of: series.Series, status: str) -> str:
    """By how much, where it is so: what the text says of it."""
    return f"max by (source) ({of})\nand on (source) ({_is(status)})"


def _is(status: str) -> str:
    return f'max by (source) ({series.SOURCE_STATUS}{{status="{status}"}}) == 1'
