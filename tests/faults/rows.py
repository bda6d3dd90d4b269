"""The faults that svartid has to survive, once: a number, the fault in a sentence, and what must hold of it.

I1  what Redis holds of the log up to its offset is what an independent, naive recount of the log says
I2  accepted commits follow on from each other: each begins where the one before it ended
I3  the lag is back at 0 in time, or the process ends with its code, or says that it is not ready
I4  memory, keys and series stay bounded

A test says by `@pytest.mark.fault(n)` which rows it tries; plugin.py notes how that went, report.py tells it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One fault."""

    fault: str
    holds: str
    invariants: str
    elsewhere: str = ""  # the run that tries it, or the rest of it, beside the tests


ROWS: Final[dict[int, Row]] = {
    1: Row(
        "A worker is killed before a commit is sent, before its answer comes, or after it.",
        "Every event counts once.",
        "I1 I2",
    ),
    2: Row(
        "A worker is stopped for longer than its session, another takes over, and the first goes on.",
        "The first is refused, shows nothing any more, and every event counts once.",
        "I1 I2",
    ),
    3: Row(
        "Redis is killed, and the end of its append-only file is lost.",
        "State and offset go back together, and the worker reads on from there.",
        "I1 I2 I3",
    ),
    4: Row(
        "Redis is emptied under a worker, or comes back empty.",
        "It is said that figures are being rebuilt; nothing unknown is shown as 0.",
        "I1 I3",
    ),
    5: Row(
        "The network to Redis loses answers, is slow, goes silent, or breaks connections.",
        "Every batch is applied once.",
        "I1 I2 I3",
    ),
    6: Row(
        "Whoever waits for a commit is cancelled, at any of the places where it waits.",
        "Every event counts once, and the connection's answers belong to its questions.",
        "I1 I2",
    ),
    7: Row(
        "Redis refuses writes: its memory is full, or it cannot save; then there is room again.",
        "No commit is done by half; the worker waits and goes on, or ends in time.",
        "I1 I3",
    ),
    8: Row(
        "A replica that lags is promoted; the former primary becomes read-only.",
        "There is one line of commits, that of the new primary.",
        "I1 I2 I3",
    ),
    9: Row(
        "The broker restarts or is out of reach; Redis is slow or mute while partitions are taken.",
        "The worker goes on afterwards or ends; it does not stall.",
        "I1 I3",
    ),
    10: Row(
        "Kafka no longer has what was to be read; a topic is made anew, shorter or longer; partitions are added.",
        "It is named, alerted, and no contact is split.",
        "I1",
    ),
    11: Row(
        "Workers join and leave every two seconds.",
        "Every event counts once, and the lag comes back to 0.",
        "I1 I2 I3",
        elsewhere="`make soak`, for minutes",
    ),
    12: Row(
        "Events come twice, in any order, too late, by a wrong clock, or from the future.",
        "Within the horizon the figures are as if each had come once and in order; what is beyond it is counted.",
        "I1",
    ),
    13: Row(
        "Records that are no events: random bytes, deep JSON, null, 10 MB, unknown versions, wrong types.",
        "The offset advances, each is counted by its reason, and no content of theirs is told.",
        "I1 I3",
    ),
    14: Row(
        "Contacts whose end never comes, or comes late; answers to contacts that never entered.",
        "They are presumed lost, corrected when the end comes, and nothing counts twice.",
        "I1",
    ),
    15: Row(
        "Very many queue names; floods of scrapes; clients that are slow.",
        "Series and keys are bounded, totals exact, and commits go on.",
        "I3 I4",
    ),
    16: Row("A worker is asked to end in mid-batch, once and twice.", "It ends within its grace.", "I1 I3"),
    17: Row(
        "Days on which the clock is changed, midnights and New Year in Oslo.",
        "Days of 23 and 25 hours are exact.",
        "I1",
    ),
    18: Row(
        "Other numbers of workers, and batches of other sizes.",
        "The state has the same hash.",
        "I1",
    ),
    19: Row(
        "A citizen's number in every field of every event.",
        "It is nowhere in what svartid writes, says or shows.",
        "I1",
    ),
    20: Row(
        "What watches is ended: the worker, Prometheus, Alertmanager.",
        "The alert tells of it in time, or whoever misses the sign of life.",
        "I3",
    ),
    21: Row(
        "Faults at random, for hours.",
        "All of the above.",
        "I1 I2 I3 I4",
        elsewhere="`make soak`",
    ),
    22: Row(
        "Kafka, Redis or both die and do not come back for long; or are not there when a worker begins.",
        "It is told within 10 s, the worker is not ready and tries again, and is whole within 15 s of their return.",
        "I1 I3 I4",
    ),
    23: Row(
        "A topic is not there, is misspelt, deleted, made anew under a worker; partitions are added in traffic.",
        "It is told within 10 s, its channel has no figures and the others have theirs; what is there is taken.",
        "I1 I3",
    ),
    24: Row(
        "Batches of the log in each of Kafka's codecs; a batch that cannot be read; a small one that unpacks to a "
        "gigabyte.",
        "Every codec is read, 64 MiB of a batch at most. What cannot be is named by partition and offsets, once; its "
        "topic waits for a person.",
        "I1 I3 I4",
    ),
    25: Row(
        "A source's clock is years ahead or hours behind, where producers date records; a worker's own clock is wrong.",
        "No other event becomes late, it is told, and what is shown claims no freshness that others cannot judge.",
        "I1",
    ),
    26: Row(
        "A hash in Redis is spoiled, deleted, expired, renamed, or restored in part; or what all workers share is.",
        "It is named, restored by itself from checkpoint and log, and a running owner notices within a minute.",
        "I1 I3",
    ),
    27: Row(
        "A transaction is taken back at the end of a log; or stays open there, and hides what was written since.",
        "What was taken back is not behind and stands in nobody's way. What is hidden is told within 10 s, is behind, "
        "and is read as soon as the transaction ends.",
        "I1 I3",
    ),
    31: Row(
        "A task is cancelled at the moment when what it waited for is there.",
        "It ends.",
        "I3",
    ),
    32: Row(
        "Times that senders write as doubles, or in seconds.",
        "A double is a time like any other; one in seconds is rejected by that name.",
        "I1",
    ),
    33: Row(
        "Settings that cannot work; a signal in the first second; a Redis that refuses INFO, CONFIG and ROLE.",
        "What is wrong is told before anything begins; the codes are those of later; unknown is told as unknown.",
        "I3",
    ),
    34: Row(
        "Retention raised or lowered; thresholds and time zones that the configuration may have; counters after a "
        "rebuild, a correction, a restart.",
        "No figure is below 0 or shown where it is not whole; all is drawn; a counter falls with a rebuild only.",
        "I1 I4",
    ),
    35: Row(
        "Whoever asks chooses the Accept header; a source has one journey id for thousands of visits; "
        "the greatest wait of an interval is taken out, again and again.",
        "Memory and time stay bounded, and what is beyond a bound is counted.",
        "I1 I4",
    ),
    36: Row(
        "Somebody waits alone, for hours, or in a quiet queue, or came while it was closed.",
        "It is told when the limit on the longest wait has passed, for one as for a thousand.",
        "I3",
    ),
    37: Row(
        "Hangups that never come; a source that counts fewer, none at all, or more than is known here, or "
        "dates it wrongly.",
        "Who is disputed is shown apart and judges nothing; the disagreement is told, and nobody is hidden for long.",
        "I3",
    ),
    38: Row(
        "Another configuration, with definitions from a date on, while workers run, fail, stand still and take over.",
        "Each visit is judged by what holds at its entry, whoever counts it and when; nothing is refused or made anew.",
        "I1 I2 I3",
    ),
}

# What tests/simulation injects, by the row that it tries.
SIMULATED: Final[dict[str, int]] = {
    "kill": 1,
    "terminate": 16,
    "pause": 2,
    "deaf": 2,
    "cancel": 6,
    "rebalance": 11,
    "join": 11,
    "connections reset": 5,
    "replies lost": 5,
    "requests lost": 5,
    "network slow": 5,
    "store unreachable": 5,
    "store restarted": 3,
    "store back in time": 3,
    "store cut in a commit": 3,
    "store emptied": 4,
    "a hash gone": 26,
    "a value spoiled": 26,
    "store out of memory": 7,
    "store read-only": 8,
    "events let go of": 10,
    "topic made anew": 10,
    "partitions added": 10,
    "another configuration": 38,
    "clock years ahead": 25,
    "broker dead": 22,
    "partition without a leader": 22,
}


def by_row(injected: Mapping[str, int]) -> dict[int, int]:
    """How often each row was tried, of how often the simulator injected what."""
    tries: Counter[int] = Counter()
    for what, times in injected.items():
        tries[SIMULATED[what]] += times
    return dict(tries)
