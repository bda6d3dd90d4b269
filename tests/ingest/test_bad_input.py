"""Whatever comes on a topic: a bad record is counted, named by its coordinates, and stands in nobody's way."""

import random
from collections import Counter
from collections.abc import Iterator

import orjson
import pytest

from tests.events import event
from tests.ingest.generated import BEGIN_MS, assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced

pytestmark = pytest.mark.real

SEED = 13
GOOD = 3_000
OF_EACH = 3

FINE = event("queue.answered", BEGIN_MS, line=None, contact_id=None)
FUTURE = BEGIN_MS + 2 * 3_600_000


def bad(chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """The reason for which a record has to be rejected, and the record. No two are alike, but for the null."""
    yield "null_value", None
    yield "broken_json", b"\xff" + chance.randbytes(chance.randrange(2000))
    yield "broken_json", b"{" + chance.randbytes(12).hex().encode()
    yield "too_large", b'{"type":"' + b"x" * (10 << 20) + chance.randbytes(8).hex().encode() + b'"}'
    yield "too_deep", b"[" * 30_000 + chance.randbytes(8)
    yield "too_deep", b'{"a":' * 8_000 + chance.randbytes(8)
    yield "not_an_object", b"[%d]" % chance.randrange(10**9)
    yield "not_an_object", b'"%s"' % chance.randbytes(9).hex().encode()
    for reason, fields in (
        ("unknown_version", {"schema_version": 2}),
        ("unknown_version", {"schema_version": {"major": 1}}),
        ("unknown_type", {"type": "queue.teleported"}),
        ("missing_field", {"type": "queue.entered"}),
        ("bad_field", {"journey_id": 7}),
        ("bad_field", {"visit_id": ["v"]}),
        ("bad_field", {"type": "queue.entered", "contact_id": "c", "channel": "fax"}),
        ("bad_time", {"occurred_at": "yesterday"}),
        ("bad_time", {"occurred_at": -1}),
        ("bad_time", {"occurred_at": 1.5}),
        ("time_in_seconds", {"occurred_at": BEGIN_MS // 1000}),
        ("from_the_future", {"occurred_at": FUTURE + 1}),
    ):
        yield reason, orjson.dumps(FINE | fields | {"source": chance.randbytes(9).hex()})


@pytest.mark.fault(13)
def test_bad_records_are_counted_and_named_and_the_good_all_count(installation: Installation) -> None:
    chance = random.Random(SEED)
    expected = [each for _ in range(OF_EACH) for each in bad(chance)]
    reasons = {value: reason for reason, value in expected}
    log = generate(SEED, GOOD)
    records = list(log.records)
    for _, value in expected:
        one = Produced(chance.choice(["phone", "chat"]), chance.randbytes(8), value, FUTURE - 3_600_000)
        records.insert(chance.randrange(len(records)), one)

    installation.send(records)
    installation.drain()

    counted = Counter(f"rejected:{reason}" for reason, _ in expected)
    assert installation.counters() == {"accepted": len(log.records), **counted}
    assert_books_agree(log.books, installation.totals())
    assert installation.committed() == len(records)

    logs, named = installation.log(), []
    for key, value in installation.rejected():
        told = orjson.loads(value or b"")
        assert told.keys() == {"topic", "partition", "offset", "reason", "field"}
        name = f"{told['topic']}-{told['partition']}"
        assert key == name.encode()
        _, record = logs[name][told["offset"]]
        assert reasons[record] == told["reason"]
        named.append((name, told["offset"]))
    assert len(named) == len(set(named)) == len(expected)
    installation.verify(len(records))
