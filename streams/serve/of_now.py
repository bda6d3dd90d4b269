"""Whether a snapshot is of now, and if not, why: what exit codes and `doctor` go by. May import: documents.

A document is of now while its status is *live* and it may still be believed. One that is stale, catching up or being
rebuilt is shown, and is no answer to the question of who waits now.
"""

from streams.serve.documents import Snapshot


def why_not_of_now(document: Snapshot, now_ms: int) -> str | None:
    """What keeps a document from being of now at an instant (epoch ms), in a sentence; None where nothing does."""
    if document.clock_wrong_ms or document.status == "stale":
        return f"the figures are stale{_told(lacks(document))}"
    if now_ms > document.fresh_until_ms:
        return f"the figures are stale: nobody has written any for {(now_ms - document.as_of_ms) / 1000:.0f} s"
    if document.status == "rebuilding":
        return f"figures are being rebuilt{_told(_progress(document))}"
    if document.status == "catching_up":
        return f"the figures are of the past: {document.behind:,} records are not counted yet"
    return None


def lacks(document: Snapshot) -> str:
    """What a stale document lacks, by name; empty where it does not say."""
    found = {
        "topics that Kafka does not have": document.missing_topics,
        "partitions that nobody shows": document.missing_partitions,
        "partitions that may be unread": document.unread_partitions,
        "channels with events dated later than the clock": [
            channel for channel, waits in document.records.ahead.items() if waits.beyond_clock
        ],
    }
    told = [f"{what}: {', '.join(names)}" for what, names in found.items() if names]
    if wrong_ms := document.clock_wrong_ms:
        told.append(f"the clock of who wrote them is {abs(wrong_ms) / 1000:.1f} s off Redis'")
    return "; ".join(told)


def _progress(document: Snapshot) -> str:
    if (rebuilding := document.rebuilding) is None:
        return ""
    channels = ", ".join(rebuilding.channels)
    return f"{rebuilding.done:,} of {rebuilding.of:,} records, and none of {channels} are shown until then"


def _told(what: str) -> str:
    return f": {what}" if what else ""
